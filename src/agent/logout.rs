//! Logging one agent out: codex's own logout, under our lock, so that it does not cross a login.

use std::time::Duration;

use jiff::Timestamp;

use crate::agent::Agent;
use crate::agent::ask::Codex;
use crate::agent::failure::{Failure, could_not, failed, no_lock};
use crate::agent::user::User;
use crate::codex::command::{Launcher, cannot_run};
use crate::codex::lock::HomeLock;
use crate::codex::redact::redacted;
use crate::codex::stage;
use crate::process::child::End;
use crate::process::identity::Vars;
use crate::process::signals::Watch;
use crate::process::supervise::{Stream, Wiring, supervise};

/// Codex waits 10 s for the answer to a revocation, and then goes on.
const LIMIT: Duration = Duration::from_secs(60);

/// What all logouts share.
pub(crate) struct Logouts<'a> {
    pub(crate) launcher: &'a Launcher,
    /// Our own environment.
    pub(crate) inherited: &'a Vars,
    /// Who we are.
    pub(crate) ours: u32,
    pub(crate) now: Timestamp,
}

impl Logouts<'_> {
    /// Logs `agent` out, as the owner of its home. One without a home is logged out already.
    pub(crate) fn log_out(
        &self,
        agent: &Agent,
        watch: &mut Watch,
        mut say: impl FnMut(&str) + Send,
    ) -> Result<(), Failure> {
        if !agent.has_home()? {
            return Ok(());
        }
        let again = format!("codex-login logout {}", agent.address);
        let user = User::of(agent, self.ours, &again)?;
        user.work(self.inherited, |inherited| {
            let codex = Codex {
                launcher: self.launcher,
                user,
                inherited,
                at_a_time: 1,
            };
            log_out(agent, &codex, self.now, watch, &mut say)
        })?
    }
}

/// Has codex log the agent out. `say` gets what codex writes to its standard error, secrets hidden.
fn log_out(
    agent: &Agent,
    codex: &Codex<'_>,
    now: Timestamp,
    watch: &mut Watch,
    say: &mut dyn FnMut(&str),
) -> Result<(), Failure> {
    codex.refuse_unreachable(agent)?;
    let lock = HomeLock::take(&agent.home, now).map_err(|none| no_lock(agent, none))?;
    stage::clear_leftovers(&agent.home, &lock)
        .map_err(|error| could_not(agent, "look into", &error))?;
    let plan = codex.plan(agent.home.path(), ["logout"]);
    let wiring = Wiring {
        stdin: false,
        stdout: false,
        limit: LIMIT,
    };
    let end = supervise(&plan, wiring, watch, |stream, line| {
        if stream == Stream::Stderr {
            say(&redacted(line));
        }
        Ok(())
    })
    .map_err(|error| cannot_run(&plan.program, &error))?;
    if let Some(signal) = watch.first() {
        return Err(Failure::Interrupted(signal));
    }
    let is_gone = agent.home.auth_json().symlink_metadata().is_err();
    match end {
        Some(End::Exited(0)) if is_gone => Ok(()),
        _ => Err(failed("logout-failed", "codex did not remove the login")
            .hint(format!("codex-login exec {} -- logout", agent.address))
            .into()),
    }
}
