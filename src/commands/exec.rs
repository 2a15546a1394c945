//! `exec`: any codex command in the agent's home, in place of this process.

use std::ffi::OsString;

use crate::agent::Agent;
use crate::agent::ask::Codex;
use crate::agent::user::User;
use crate::codex::command::cannot_run;
use crate::codex::environment;
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::output::Output;
use crate::process::child;
use crate::process::plan::ChildPlan;
use crate::request::Selection;
use crate::target::Target;

pub(super) fn run(
    host: &Host,
    selection: &Selection,
    args: &[OsString],
    output: Output,
) -> anyhow::Result<Ended> {
    let target = Target::resolve(host, selection)?;
    let agent = target.selected_one()?;
    target.refuse_elsewhere(std::slice::from_ref(&agent))?;
    target.refuse_unknown_home()?;
    let is_kept = super::note_kept(host, &target, &agent, output);
    refuse_without_home(&agent, is_kept)?;
    let located = target.locate(host, selection)?;
    let again = format!("codex-login exec {} -- …", agent.address);
    let user = User::of(&agent, host.uid, &again)?;
    let problem = user.work(host.vars(), |inherited| {
        let codex = Codex {
            launcher: &located.launcher,
            user,
            inherited,
            at_a_time: 1,
        };
        if let Err(problem) = codex.refuse_unreachable(&agent) {
            return problem;
        }
        let home = agent.home.path();
        let env = environment::for_home(inherited, home);
        become_codex(&codex.launcher.plan(args.iter().cloned(), env, home))
    })?;
    Err(problem.into())
}

/// Gives the reason why that could not be done.
fn become_codex(plan: &ChildPlan) -> Problem {
    let error = child::replace(plan);
    cannot_run(&plan.program, &error)
}

/// Codex wants a home that is there, and would not make it; nor does a login where OpenClaw has one.
fn refuse_without_home(agent: &Agent, is_kept: bool) -> Result<(), Problem> {
    if agent.has_home()? {
        return Ok(());
    }
    let home = agent.home.path().display();
    let message = format!("{}: {home} does not exist", agent.id);
    let problem = Problem::new("no-codex-home", Status::NotReady, message);
    Err(if is_kept {
        problem
    } else {
        problem.hint(agent.login_command())
    })
}
