//! Asking codex about homes: `codex login status`, several at a time.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::agent::Agent;
use crate::agent::user::User;
use crate::codex::command::{Launcher, cannot_run};
use crate::codex::environment;
use crate::codex::status::Says;
use crate::error::Problem;
use crate::process::child;
use crate::process::identity::Vars;
use crate::process::plan::ChildPlan;
use crate::process::signals::Watch;

/// Local work of some 30 ms; what takes this long will never answer.
const LIMIT: Duration = Duration::from_secs(30);

/// Why there is no answer at all.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// This signal ended the asking.
    Signal(i32),
    /// Codex cannot be run.
    Problem(Problem),
}

/// Whom to ask, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Codex<'a> {
    pub(crate) launcher: &'a Launcher,
    /// As whom it runs; to be that one is the caller's part.
    pub(crate) user: User,
    /// The environment of that user.
    pub(crate) inherited: &'a Vars,
    /// How many may run at a time.
    pub(crate) at_a_time: usize,
}

impl<'a> Codex<'a> {
    /// The same as this user, whose environment this is.
    pub(crate) fn of<'b>(&self, user: User, inherited: &'b Vars) -> Codex<'b>
    where
        'a: 'b,
    {
        Codex {
            launcher: self.launcher,
            user,
            inherited,
            at_a_time: self.at_a_time,
        }
    }

    /// Refuses where its user can reach the home, or codex itself, only as somebody else.
    pub(crate) fn refuse_unreachable(&self, agent: &Agent) -> Result<(), Problem> {
        self.user.refuse_unreachable_home(agent.home.path())?;
        self.user.refuse_unreachable_codex(self.launcher)
    }

    /// The plan for codex with these arguments in `home`.
    pub(crate) fn plan<'s>(
        &self,
        home: &Path,
        args: impl IntoIterator<Item = &'s str>,
    ) -> ChildPlan {
        let env = environment::for_home(self.inherited, home);
        self.launcher
            .plan(args.into_iter().map(OsString::from), env, home)
    }

    /// What codex says of each home, in order, when run as planned. The homes must exist. An error
    /// of one home is that home's answer; only a codex that cannot be run at all is a problem.
    pub(crate) fn ask(
        &self,
        plans: Vec<ChildPlan>,
        watch: &mut Watch,
    ) -> Result<Vec<Says>, NoAnswer> {
        let homes: Vec<_> = plans.iter().map(|plan| plan.cwd.clone()).collect();
        let failed = |error: &std::io::Error| {
            let program = match self.launcher {
                Launcher::Native {
                    binary: program, ..
                }
                | Launcher::Node { node: program, .. } => program,
            };
            NoAnswer::Problem(cannot_run(program, error))
        };
        let answers = child::capture_all(plans, self.at_a_time, LIMIT, watch)
            .map_err(|error| failed(&error))?
            .map_err(NoAnswer::Signal)?;
        answers
            .into_iter()
            .zip(homes)
            .map(|(answer, home)| match answer {
                Ok(captured) => Ok(Says::of_output(&captured.text)),
                Err(error) if error.kind() == std::io::ErrorKind::TimedOut => Ok(Says::Nothing),
                Err(_) if home.join(".").metadata().is_err() => Ok(Says::Error),
                Err(error) => Err(failed(&error)),
            })
            .collect()
    }
}
