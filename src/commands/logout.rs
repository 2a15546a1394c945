//! `logout`: codex's own logout, in the homes of the selected agents.

use serde_json::json;

use crate::agent::Agent;
use crate::agent::failure::Failure;
use crate::agent::logout::Logouts;
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::output::{Cell, Output};
use crate::process::signals::Watch;
use crate::report::SCHEMA_VERSION;
use crate::request::Selection;
use crate::target::{Target, Unnamed};

pub(super) fn run(host: &Host, selection: &Selection, output: Output) -> anyhow::Result<Ended> {
    let target = Target::resolve(host, selection)?;
    // Where all share a home it makes no difference which is named.
    let unnamed = match target.openclaw.user_home {
        Some(_) => Unnamed::Every,
        None => Unnamed::TheOnly,
    };
    let agents = target.selected(unnamed)?;
    target.refuse_elsewhere(&agents)?;
    target.refuse_without_openclaw()?;
    target.refuse_logout_of_all(&agents)?;
    let located = target.locate(host, selection)?;
    let logouts = Logouts {
        launcher: &located.launcher,
        inherited: host.vars(),
        ours: host.uid,
        now: host.now,
    };
    let ground = super::ground(host, &target);
    let refuse_kept = |agent: &Agent| match ground.kept(agent)? {
        Some(kept) => Err(target.no_logout_of(agent, &kept, host.uid)),
        None => Ok(()),
    };
    let mut watch = Watch::start(host)?;
    let mut status = Status::Done;
    let mut outcomes = Vec::new();
    for agent in &agents {
        let say = |line: &str| output.relay(line);
        let is_ours = refuse_kept(agent).map_err(Failure::from);
        match is_ours.and_then(|()| logouts.log_out(agent, &mut watch, say)) {
            Ok(()) => outcomes.push((&agent.id, None)),
            Err(Failure::Interrupted(signal)) => return super::interrupted(output, signal),
            Err(Failure::Problem(problem, _)) => {
                output.problem(Some(&agent.id), &problem);
                status = status.worst(problem.status);
                outcomes.push((&agent.id, Some(problem)));
            }
        }
    }
    super::unless_reader_left(answer(&outcomes, output))?;
    Ok(Ended::With(status))
}

fn answer(outcomes: &[(&String, Option<Problem>)], output: Output) -> std::io::Result<()> {
    let state = |problem: &Option<Problem>| {
        if problem.is_some() {
            "failed"
        } else {
            "logged-out"
        }
    };
    if output.style.json {
        let agents: Vec<_> = outcomes
            .iter()
            .map(|(id, problem)| {
                let error = problem
                    .as_ref()
                    .map(|problem| json!({ "code": problem.code, "message": problem.to_string() }));
                json!({ "id": id, "state": state(problem), "error": error })
            })
            .collect();
        return output.json(&json!({ "schema_version": SCHEMA_VERSION, "agents": agents }));
    }
    let rows: Vec<_> = outcomes
        .iter()
        .map(|(id, problem)| {
            let state = Cell::new(state(problem)).good(problem.is_none());
            vec![Cell::new(id), state]
        })
        .collect();
    output.rows(&["AGENT", "STATE"], &rows)
}
