//! `exec`: any codex command in the agent's home, in place of this process.

use std::ffi::OsString;

use crate::agent::Agent;
use crate::codex::command::cannot_run;
use crate::codex::environment;
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::process::child;
use crate::process::plan::ChildPlan;
use crate::request::Selection;
use crate::target::Target;

pub(super) fn run(host: &Host, selection: &Selection, args: &[OsString]) -> anyhow::Result<Ended> {
    let target = Target::resolve(host, selection)?;
    let agent = target.selected_one()?;
    target.refuse_elsewhere(std::slice::from_ref(&agent))?;
    refuse_without_home(&agent)?;
    let located = target.locate(host, selection)?;
    let home = agent.home.path();
    let env = environment::for_home(host.vars(), home);
    let plan = located.launcher.plan(args.iter().cloned(), env, home);
    Err(become_codex(&plan).into())
}

/// Gives the reason why that could not be done.
fn become_codex(plan: &ChildPlan) -> Problem {
    let error = child::replace(plan);
    cannot_run(&plan.program, &error)
}

/// Codex wants a home that is there, and would not make it.
fn refuse_without_home(agent: &Agent) -> Result<(), Problem> {
    if agent.has_home()? {
        return Ok(());
    }
    let home = agent.home.path().display();
    Err(Problem::new(
        "no-codex-home",
        Status::NotReady,
        format!("{}: {home} does not exist", agent.id),
    )
    .hint(format!("codex-login {}", agent.address)))
}
