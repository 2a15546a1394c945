//! Logging an agent in where OpenClaw keeps logins in a store of its own: a staged login, handed
//! over by OpenClaw's own command, and proved by what that store says then.
//!
//! Where the codex home has a login that is still good, which this OpenClaw never reads, that one
//! is handed over, and put aside then. Until OpenClaw has taken a login nothing is changed; after
//! that the store decides what is said, not how a command ended.

mod at_hand;
mod bench;
mod benches;
mod choice;
mod handover;
mod openclaw;
mod proof;
mod refusals;
mod settle;
mod unsettled;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::agent::Agent;
use crate::agent::evidence::{Evidence, Ground};
use crate::agent::failure::{Failure, unheard};
use crate::agent::login::{Event, Logins, Outcome, Say, Success};
use crate::agent::user::User;
use crate::agent::verdict::Verdict;
use crate::error::Problem;
use crate::fingerprint::Fingerprint;
use crate::openclaw::program::Program;
use crate::process::identity::Vars;
use crate::process::signals::Watch;
pub(crate) use at_hand::can_be_taken;
pub(crate) use benches::Benches;
use handover::Halfway;
pub(crate) use handover::is_half_done;
use proof::Before;
use settle::Settled;

/// The OpenClaw that takes logins in.
pub(crate) struct Import<'a> {
    pub(crate) program: &'a Program,
    pub(crate) state_dir: &'a Path,
    pub(crate) config: &'a Path,
    /// How its commands begin when a user types them.
    pub(crate) typed: String,
    /// All of its agents: what is imported for one can change what others go by.
    pub(crate) every: &'a [Agent],
    pub(crate) purpose: Purpose,
    /// The agents that were ready before anything was done. What the login of another has made of
    /// an agent since is no login of its own.
    pub(crate) ready: Vec<String>,
    /// Reads its configuration once more, as whoever we are.
    pub(crate) reread: &'a (dyn Fn() -> Result<Ground, Problem> + Sync),
}

/// What for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The agent is to have a login: what its codex home has where that is good, else a new one. The
    /// file in the codex home is put aside then.
    Login,
    /// What the codex home has is to be handed over, and nothing else. The file stays.
    WhatIsThere,
}

/// One login under way.
struct Flow<'a> {
    logins: &'a Logins<'a>,
    import: &'a Import<'a>,
    agent: &'a Agent,
    user: User,
    /// As it is now: a login of another agent can have changed it.
    ground: Ground,
}

/// A login that OpenClaw was told to take.
struct Handed {
    login: Fingerprint,
    /// What it is where all goes well.
    success: Success,
    before: Before,
    /// What came of it by OpenClaw's own account.
    told: Result<(), Failure>,
}

/// Logs `agent` in, as this user, who owns its home.
pub(super) fn log_in(
    logins: &Logins<'_>,
    agent: &Agent,
    (import, user): (&Import<'_>, User),
    watch: &mut Watch,
    say: &mut (dyn FnMut(Event) -> std::io::Result<()> + Send),
) -> Outcome {
    let ground = (import.reread)();
    let (ground, problem) = match ground {
        Ok(ground) => (ground, None),
        Err(problem) => (logins.ground.clone(), Some(problem)),
    };
    let flow = Flow {
        logins,
        import,
        agent,
        user,
        ground,
    };
    let done = match problem {
        None => flow.run(watch, say),
        Some(problem) => Err(problem.into()),
    };
    let (done, harm) = match done {
        Ok((success, Settled { done, harm })) => (done.map(|verdict| (success, verdict)), harm),
        Err(failure) => (Err(failure), Vec::new()),
    };
    let (done, verdict) = match done {
        Ok((success, verdict)) => (Ok(success), verdict),
        Err(failure) => (Err(failure), flow.judged_afresh()),
    };
    Outcome {
        done,
        verdict,
        harm,
    }
}

impl Flow<'_> {
    fn run(
        &self,
        watch: &mut Watch,
        say: &mut (dyn FnMut(Event) -> std::io::Result<()> + Send),
    ) -> Result<(Success, Settled), Failure> {
        let inherited = self.logins.inherited;
        let halfway = self
            .user
            .work(inherited, |vars| self.until_handed(vars, watch, say))??;
        let handed = match halfway {
            Halfway::Already(verdict) => {
                let done = Ok(*verdict);
                let harm = Vec::new();
                return Ok((Success::Already, Settled { done, harm }));
            }
            Halfway::Handed(both) => *both,
        };
        let success = handed.handed.success;
        // Not as the agent's user: what leads to the configuration may be ours alone to read.
        let ground = (self.import.reread)();
        let settled = self.user.work(inherited, |vars| {
            self.settle(handed, ground, vars, watch, say)
        })?;
        Ok((success, settled))
    }

    /// Where logins are staged, for the user in whose environment this is.
    fn benches(&self, vars: &Vars) -> Benches {
        Benches::of(self.import.state_dir, home_in(vars))
    }

    /// What is true of the agent now, whatever was known before.
    fn judged_afresh(&self) -> Verdict {
        let ground = Ground {
            profiles: self.ground.profiles.afresh(),
            ..self.ground.clone()
        };
        let read = || Evidence::gather(self.agent, &ground).judge(None);
        self.user
            .work(self.logins.inherited, |_| read())
            .unwrap_or_else(|_| read())
    }

    fn tell(&self, say: &mut Say<'_>, event: Event) -> Result<(), Problem> {
        say(event).map_err(|error| unheard(self.agent, self.logins.options, &error))
    }
}

/// Clears what killed runs have left, and of these agents, whose logins are proved, the backups, too.
/// Gives what could not be removed.
pub(crate) fn clear_leftovers(
    state_dir: &Path,
    ours: u32,
    inherited: &Vars,
    proved: &[&str],
) -> Vec<PathBuf> {
    let owner = User::who_owns(state_dir, ours);
    let done = owner.work(inherited, |vars| {
        let benches = Benches::of(state_dir, home_in(vars));
        let of_proved = proved.iter().flat_map(|id| benches.clear_proved(id));
        let mut left: Vec<_> = of_proved.collect();
        left.extend(benches.sweep());
        left
    });
    done.unwrap_or_default()
}

/// The home of the user in whose environment this is.
pub(crate) fn home_in(vars: &Vars) -> Option<&Path> {
    let home = vars.get(OsStr::new("HOME")).map(Path::new);
    home.filter(|home| home.is_absolute())
}

/// Who hears this changes nothing about how the login ended.
fn say_left(left: Option<PathBuf>, say: &mut Say<'_>) {
    if let Some(left) = left {
        let note = format!("could not remove {}: it may hold logins", left.display());
        let _ = say(Event::Note(note));
    }
}
