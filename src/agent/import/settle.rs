//! After OpenClaw was told to take a login: what its store says, and what is cleared or kept.

use std::path::PathBuf;

use super::bench::Bench;
use super::choice::{Taken, Unfinished};
use super::openclaw::OpenClaw;
use super::proof::{Fate, Standing};
use super::{Flow, Handed, Purpose, say_left};
use crate::agent::evidence::{Evidence, Ground};
use crate::agent::failure::{Failure, failed};
use crate::agent::login::{Event, Say};
use crate::agent::mend::{Mend, round};
use crate::agent::profile::shown;
use crate::agent::verdict::Verdict;
use crate::codex::stage::Stage;
use crate::error::Problem;
use crate::process::identity::Vars;
use crate::process::signals::Watch;

/// A login that stands.
pub(super) struct Settled {
    pub(super) verdict: Verdict,
    /// The agents that have no login that works any more, and why.
    pub(super) harm: Vec<(String, Problem)>,
}

impl Flow<'_> {
    /// Proves the login, makes it the agent's choice where it is not yet, and clears up.
    pub(super) fn settle(
        &self,
        (bench, stage, handed): (Bench, Stage, Handed),
        ground: Result<Ground, Problem>,
        vars: &Vars,
        watch: &mut Watch,
        say: &mut Say<'_>,
    ) -> Result<Settled, Failure> {
        let mut ground = match ground {
            Ok(ground) => ground,
            Err(problem) => {
                drop(stage);
                let kept = kept(bench.keep_backup());
                let message =
                    format!("what OpenClaw made of the login cannot be told: {problem}; {kept}");
                return Err(failed("import-unproven", message).hint(self.look()).into());
            }
        };
        let standing = self.standing(&ground, handed.login);
        let taken = Taken {
            login: handed.login,
            stage: stage.path(),
            openclaw: self.openclaw(vars, &bench),
        };
        let finished = self.finish(taken, &standing, &mut ground, watch, say);
        let staged = stage.path().to_owned();
        if stage.remove().is_err() {
            say_left(Some(staged), say);
        }
        match (standing, finished) {
            (Standing::Missing, _) => return Err(self.not_taken(bench, handed, &ground, say)),
            (_, Ok(())) => {}
            (standing, Err(Unfinished::NotChosen(why))) => {
                return Err(self.not_chosen(&standing, (bench, why)));
            }
            (_, Err(Unfinished::NotRenewed(why))) => return Err(self.not_renewed(bench, why)),
        }
        self.tell_of_config(&handed, say);
        let openclaw = self.openclaw(vars, &bench);
        let harm = self.undo_for_others(&handed, openclaw, &mut ground, watch, say);
        self.put_aside(say);
        say_left(bench.clear(), say);
        let verdict = Evidence::gather(self.agent, &ground).judge(None);
        Ok(Settled { verdict, harm })
    }

    /// The store has it not: it is lost, and the agent has what the store says.
    fn not_taken(
        &self,
        bench: Bench,
        handed: Handed,
        ground: &Ground,
        say: &mut Say<'_>,
    ) -> Failure {
        let fate = handed.before.fate(ground, self.agent);
        let has_same_config = handed.before.has_same_config(self.import);
        let is_unchanged = fate == Fate::Same && has_same_config;
        let what = if is_unchanged {
            say_left(bench.undo(), say);
            "nothing was changed".to_owned()
        } else {
            let kept = kept(bench.keep_backup());
            let config = self.import.config.display();
            match fate {
                Fate::Same => {
                    format!("the agent goes by what it had; {config} was changed; {kept}")
                }
                Fate::Different => {
                    format!("what OpenClaw has for the agent is not what it was before; {kept}")
                }
                Fate::Unknown(why) => {
                    format!("what OpenClaw has for the agent now cannot be told, {why}; {kept}")
                }
            }
        };
        let problem = match handed.told {
            Err(Failure::Problem(problem, _)) => problem,
            Err(interrupted @ Failure::Interrupted(_)) if is_unchanged => return interrupted,
            Err(Failure::Interrupted(_)) => {
                failed("interrupted", "interrupted while OpenClaw took the login")
            }
            Ok(()) => failed(
                "import-unproven",
                "OpenClaw says that it took the login, and its store has it not",
            ),
        };
        let hint = match problem.hint.clone() {
            _ if !is_unchanged => self.look(),
            Some(hint) => hint,
            None => self.anew(),
        };
        Problem::new(problem.code, problem.status, format!("{problem}; {what}"))
            .hint(hint)
            .into()
    }

    /// The store has it, and the agent goes by another.
    fn not_chosen(&self, standing: &Standing, (bench, why): (Bench, Failure)) -> Failure {
        let (profile, other) = match standing {
            Standing::Stored(profile, other) => (profile.as_str(), other.as_deref()),
            Standing::Selected(profile) => (profile.as_str(), None),
            Standing::Missing => ("no profile", None),
        };
        let other = other.map_or("another", shown);
        let (code, why) = told(why);
        let kept = kept(bench.keep_backup());
        let profile = shown(profile);
        let message = format!(
            "the login is in OpenClaw's store as {profile}, and the agent still goes by {other}: {why}; {kept}"
        );
        let typed = &self.import.typed;
        failed(code, message)
            .hint(format!(
                "{typed} models auth order set --agent {} --provider openai {profile}",
                self.agent.id
            ))
            .into()
    }

    /// The profile was refused before, so that nothing that works is lost with it.
    fn not_renewed(&self, bench: Bench, why: Failure) -> Failure {
        let (code, why) = told(why);
        let message = format!(
            "the profile was taken out of OpenClaw's store, since it was refused before, and the login is not in it: {why}; {}",
            kept(bench.keep_backup())
        );
        let again = self.logins.options.again(self.agent);
        failed(code, message).hint(again).into()
    }

    /// Who hears this changes nothing about the login, which stands.
    fn tell_of_config(&self, handed: &Handed, say: &mut Say<'_>) {
        if handed.before.has_same_config(self.import) {
            return;
        }
        let note = format!(
            "OpenClaw's import has written {} as well: `auth.profiles`, and a default model where none was set",
            self.import.config.display()
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
    ) -> Vec<(String, Problem)> {
        let typed = &self.import.typed;
        let mut harm = Vec::new();
        for change in handed.before.changed(ground, self.agent, self.import) {
            if change.is_to_be_undone() && watch.first().is_none() {
                // What the store says counts, and not how the command ended.
                let _ = openclaw.set_order(&change.agent.id, &change.was, watch);
                ground.profiles = ground.profiles.afresh();
            }
            let note = if change.is_undone(ground) {
                change.undone()
            } else if change.is_harm {
                harm.push((change.agent.id.clone(), change.problem(typed)));
                continue;
            } else {
                change.note(typed)
            };
            let _ = say(Event::Note(note));
        }
        harm
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
                "put aside {path}, which this OpenClaw never reads; codex-login {}restore {} undoes it",
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

    /// The command that tells what there is.
    fn look(&self) -> String {
        format!("codex-login doctor {}", self.agent.address)
    }
}

fn told(why: Failure) -> (&'static str, String) {
    match why {
        Failure::Problem(problem, _) => (problem.code, problem.to_string()),
        Failure::Interrupted(_) => ("interrupted", "interrupted".to_owned()),
    }
}

fn kept(backup: Option<PathBuf>) -> String {
    match backup {
        Some(dir) => format!(
            "OpenClaw's backup of what was before is in {}; it holds logins",
            dir.display()
        ),
        None => "OpenClaw has made no backup".to_owned(),
    }
}
