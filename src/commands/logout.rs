//! `logout`: codex's own logout, in the agent's home.

use std::time::Duration;

use serde_json::json;

use crate::agent::Agent;
use crate::agent::ask::Codex;
use crate::codex::lock::{HomeLock, NoLock};
use crate::codex::redact::redacted;
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::locate::locate;
use crate::output::{Cell, Output};
use crate::process::child::End;
use crate::process::signals::Watch;
use crate::process::supervise::{Stream, Wiring, supervise};
use crate::report::SCHEMA_VERSION;
use crate::request::Selection;
use crate::target::{Target, Unnamed};

/// Codex waits 10 s for the answer to a revocation, and then goes on.
const LIMIT: Duration = Duration::from_secs(60);

pub(super) fn run(host: &Host, selection: &Selection, output: Output) -> anyhow::Result<Ended> {
    let target = Target::resolve(host, selection)?;
    let agents = target.selected(Unnamed::TheOnly)?;
    let located = locate(host, selection.codex.as_ref())?;
    let codex = Codex {
        launcher: &located.launcher,
        inherited: host.vars(),
        at_a_time: 1,
    };
    let mut watch = Watch::start(host)?;
    let mut status = Status::Done;
    let mut rows = Vec::new();
    for agent in &agents {
        let outcome = log_out(host, agent, &codex, &mut watch, output);
        if let Some(signal) = watch.first() {
            return Ok(Ended::BySignal(signal));
        }
        match outcome {
            Ok(()) => rows.push((agent.id.clone(), "logged-out")),
            Err(problem) => {
                output.problem(
                    Some(&agent.id),
                    &problem.to_string(),
                    problem.hint.as_deref(),
                );
                status = status.worst(problem.status);
                rows.push((agent.id.clone(), "failed"));
            }
        }
    }
    if output.style.json {
        let agents: Vec<_> = rows
            .iter()
            .map(|(id, state)| json!({ "id": id, "state": state }))
            .collect();
        output.json(&json!({ "schema_version": SCHEMA_VERSION, "agents": agents }))?;
    } else {
        let rows: Vec<_> = rows
            .iter()
            .map(|(id, state)| vec![Cell::new(id), Cell::new(state).good(*state != "failed")])
            .collect();
        output.rows(&["AGENT", "STATE"], &rows)?;
    }
    Ok(Ended::With(status))
}

/// Under our lock, so that it does not cross a login.
fn log_out(
    host: &Host,
    agent: &Agent,
    codex: &Codex<'_>,
    watch: &mut Watch,
    output: Output,
) -> Result<(), Problem> {
    agent.home.refuse_what_codex_ignores()?;
    if !agent.home.exists() {
        return Ok(());
    }
    let failed = |message: String| Problem::new("logout-failed", Status::NotReady, message);
    let _lock = HomeLock::take(&agent.home, host.now).map_err(|none| match none {
        NoLock::Held(by) => failed(format!("a login is under way: {by} holds the lock")),
        NoLock::Io(error) => failed(format!("could not lock the home: {error}")),
    })?;
    let plan = codex.plan(agent.home.path(), ["logout"]);
    let wiring = Wiring {
        stdin: false,
        stdout: false,
        limit: LIMIT,
    };
    let end = supervise(&plan, wiring, watch, |stream, line| {
        if stream == Stream::Stderr && output.style.verbose > 0 {
            output.relay(&redacted(line));
        }
        Ok(())
    })
    .map_err(|error| crate::codex::command::cannot_run(&plan.program, &error.kind().to_string()))?;
    let gone = agent.home.auth_json().symlink_metadata().is_err();
    match end {
        Some(End::Exited(0)) if gone => Ok(()),
        _ => Err(failed("codex did not remove the login".to_owned())
            .hint(format!("codex-login exec {} -- logout", agent.address))),
    }
}
