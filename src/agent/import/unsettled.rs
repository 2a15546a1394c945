//! A login that OpenClaw was told to take, and that is not what the agent goes by: what stands where,
//! and how to go on.

use std::path::PathBuf;

use super::bench::Bench;
use super::proof::{Fate, Standing};
use super::settle::Others;
use super::{Flow, Handed, say_left};
use crate::agent::evidence::Ground;
use crate::agent::failure::{Failure, failed};
use crate::agent::login::Say;
use crate::agent::profile::shown;
use crate::error::Problem;
use crate::shell::quoted;

impl Flow<'_> {
    /// OpenClaw's configuration cannot be read any more.
    pub(super) fn unproven(&self, bench: Bench, why: &Problem) -> Failure {
        let kept = kept(bench.keep_backup());
        let message = format!("what OpenClaw made of the login cannot be told: {why}; {kept}");
        let problem = failed("import-unproven", message);
        problem.hint(self.look()).into()
    }

    /// The store has it not: it is lost, and the agent has what the store says.
    pub(super) fn not_taken(
        &self,
        bench: Bench,
        handed: Handed,
        (ground, others): (&Ground, &Others),
        say: &mut Say<'_>,
    ) -> Failure {
        let fate = handed.before.fate(ground, self.agent);
        let has_same_config = handed.before.has_same_config(self.import);
        let is_unchanged = fate == Fate::Same && has_same_config && others.are_same;
        let what = if is_unchanged {
            say_left(bench.undo(), say);
            "nothing was changed".to_owned()
        } else {
            let kept = kept(bench.keep_backup());
            let config = self.import.config.display();
            match fate {
                Fate::Same if has_same_config => {
                    format!("the agent goes by what it had, others do not; {kept}")
                }
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
    pub(super) fn not_chosen(&self, standing: &Standing, bench: Bench, why: Failure) -> Failure {
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
                "{typed} models auth order set --agent {} --provider openai {}",
                self.agent.id,
                quoted(profile)
            ))
            .into()
    }

    /// The profile was refused before, so that nothing that works is lost with it.
    pub(super) fn not_renewed(&self, bench: Bench, why: Failure) -> Failure {
        let (code, why) = told(why);
        let message = format!(
            "the profile was taken out of OpenClaw's store, since it was refused before, and the login is not in it: {why}; {}",
            kept(bench.keep_backup())
        );
        let again = self.logins.options.again(self.agent);
        failed(code, message).hint(again).into()
    }

    /// The command that tells what there is.
    pub(super) fn look(&self) -> String {
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
