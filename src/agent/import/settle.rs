//! After OpenClaw was told to take a login: what its store says, and what is cleared or kept.

use std::path::Path;

use super::bench::Bench;
use super::choice::{Taken, Unfinished};
use super::handover::AtWork;
use super::openclaw::OpenClaw;
use super::{Flow, Handed, Purpose, say_left};
use crate::agent::evidence::{Evidence, Ground};
use crate::agent::failure::{Failure, failed};
use crate::agent::login::{Event, Say, Success};
use crate::agent::mend::{Mend, round};
use crate::agent::verdict::Verdict;
use crate::codex::auth::AuthFile;
use crate::error::Problem;
use crate::process::identity::Vars;
use crate::process::signals::Watch;

/// How it ended.
pub(super) struct Settled {
    pub(super) done: Result<Verdict, Failure>,
    /// The agents that have no login that works any more, and why.
    pub(super) harm: Vec<(String, Problem)>,
}

/// What became of other agents.
pub(super) struct Others {
    /// None of them goes by another profile than before.
    pub(super) are_same: bool,
    harm: Vec<(String, Problem)>,
}

impl Flow<'_> {
    /// Proves the login, makes it the agent's choice where it is not yet, and clears up.
    pub(super) fn settle(
        &self,
        at_work: AtWork,
        ground: Result<Ground, Problem>,
        vars: &Vars,
        watch: &mut Watch,
        say: &mut Say<'_>,
    ) -> Settled {
        let AtWork {
            bench,
            stage,
            handed,
        } = at_work;
        let mut ground = match ground {
            Ok(ground) => ground,
            Err(problem) => {
                drop(stage);
                let done = Err(self.unproven(bench, &problem));
                let harm = Vec::new();
                return Settled { done, harm };
            }
        };
        let taken = Taken {
            login: handed.login,
            stage: stage.path(),
            openclaw: self.openclaw(vars, &bench),
        };
        let finished = self.finish(taken, &mut ground, watch, say);
        let others = self.undo_for_others(&handed, taken.openclaw, &mut ground, watch, say);
        let staged = stage.path().to_owned();
        if stage.remove().is_err() {
            say_left(Some(staged), say);
        }
        let done = match finished {
            Ok(()) => self.finished(bench, &handed, &ground, say),
            Err(Unfinished::Missing) => Err(self.not_taken(bench, handed, (&ground, &others), say)),
            Err(Unfinished::Unchosen(why)) => {
                let standing = self.standing(&ground, handed.login);
                Err(self.not_chosen(&standing, bench, why))
            }
            Err(Unfinished::Lost(why)) => Err(self.not_renewed(bench, why)),
        };
        let harm = others.harm;
        Settled { done, harm }
    }

    /// It is proved: what was needed for it goes.
    fn finished(
        &self,
        bench: Bench,
        handed: &Handed,
        ground: &Ground,
        say: &mut Say<'_>,
    ) -> Result<Verdict, Failure> {
        self.tell_of_config(handed, say);
        say_left(bench.clear(), say);
        if handed.success == Success::Imported && self.has_changed_at_home(handed) {
            let message = format!(
                "{} has another login by now than the one that was handed over: whatever runs there has refreshed it, and what OpenClaw has is used up",
                self.agent.home.auth_json().display()
            );
            let problem = failed("changed-meanwhile", message);
            return Err(problem.hint(self.anew()).into());
        }
        self.put_aside(say);
        Ok(Evidence::gather(self.agent, ground).judge(None))
    }

    /// Whether the codex home has another login than the one that was taken from it.
    fn has_changed_at_home(&self, handed: &Handed) -> bool {
        let path = self.agent.home.auth_json();
        let refresh = AuthFile::read(&path).1;
        path.symlink_metadata().is_ok()
            && refresh.is_none_or(|refresh| refresh.token != handed.login)
    }

    /// Who hears this changes nothing about the login, which stands.
    fn tell_of_config(&self, handed: &Handed, say: &mut Say<'_>) {
        if handed.before.has_same_config(self.import) {
            return;
        }
        let config = self.import.config.display();
        let before = format!("{config}.bak");
        let before = if Path::new(&before).exists() {
            format!(" (OpenClaw has put what it was before into {before})")
        } else {
            String::new()
        };
        let note = format!(
            "OpenClaw's import has written {config} anew, without comments: `auth.profiles`, `agents.defaults.models`, and a default model for all agents where none was set{before}"
        );
        let _ = say(Event::Note(note));
    }

    /// Gives other agents back what they went by. What could not be given back is told; those that
    /// are left without a login come back.
    fn undo_for_others(
        &self,
        handed: &Handed,
        openclaw: OpenClaw<'_>,
        ground: &mut Ground,
        watch: &mut Watch,
        say: &mut Say<'_>,
    ) -> Others {
        let typed = &self.import.typed;
        let mut harm = Vec::new();
        let changed = handed.before.changed(ground, self.agent, self.import);
        let mut are_same = true;
        for change in changed {
            if change.is_to_be_undone() && watch.first().is_none() {
                // What the store says counts, and not how the command ended.
                let _ = openclaw.set_order(&change.agent.id, &change.was, watch);
                ground.profiles = ground.profiles.afresh();
            }
            let is_undone = change.is_undone(ground);
            are_same &= is_undone;
            let note = if is_undone {
                change.undone()
            } else if change.is_harm {
                harm.push((change.agent.id.clone(), change.problem(typed)));
                continue;
            } else {
                change.note(typed)
            };
            let _ = say(Event::Note(note));
        }
        Others { are_same, harm }
    }

    /// Puts the file in the codex home aside, unless the caller will.
    ///
    /// A file that nothing reads keeps the agent from starting as soon as it has no profile, and
    /// whoever used it would use up the refresh token of what was handed over.
    pub(super) fn put_aside(&self, say: &mut Say<'_>) {
        let path = self.agent.home.auth_json();
        if self.import.purpose == Purpose::WhatIsThere || path.symlink_metadata().is_err() {
            return;
        }
        let mends = vec![Mend::PutAside(path.clone())];
        let round = round::apply(self.import.state_dir, self.ground.now, mends);
        let path = path.display();
        let note = match round {
            Ok(round) if round.failed.is_empty() => format!(
                "put aside {path}, which this OpenClaw never reads; codex-login {}restore {} brings the file back",
                self.agent.openclaw_options(),
                round.id.unwrap_or_default()
            ),
            Ok(round) => {
                let why = round.failed.into_iter().map(|(_, why)| why);
                let why = why.collect::<Vec<_>>().join("; ");
                format!("{path} stays, since it could not be put aside: {why}")
            }
            Err(error) => format!("{path} stays, since it could not be put aside: {error}"),
        };
        let _ = say(Event::Note(note));
    }
}
