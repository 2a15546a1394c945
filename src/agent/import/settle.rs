//! After OpenClaw was told to take a login: what its store says, and what is cleared or kept.

use std::path::PathBuf;

use super::bench::Bench;
use super::choice::{Taken, Unfinished};
use super::proof::{self, Standing};
use super::{Flow, Handed};
use crate::agent::evidence::{Evidence, Ground};
use crate::agent::failure::{Failure, failed};
use crate::agent::login::{Event, Say};
use crate::agent::profile::shown;
use crate::agent::verdict::Verdict;
use crate::codex::stage::Stage;
use crate::error::Problem;
use crate::process::identity::Vars;
use crate::process::signals::Watch;

impl<'a> Flow<'a> {
    /// Proves the login, makes it the agent's choice where it is not yet, and clears up.
    pub(super) fn settle(
        &self,
        (bench, stage, handed): (Bench, Stage, Handed<'a>),
        ground: Result<Ground, Problem>,
        vars: &Vars,
        watch: &mut Watch,
        say: &mut Say<'_>,
    ) -> Result<Verdict, Failure> {
        let mut ground = match ground {
            Ok(ground) => ground,
            Err(problem) => {
                drop(stage);
                let kept = kept(bench.keep_backup());
                let message = format!("what OpenClaw made of the login cannot be told: {problem}");
                return Err(failed("import-unproven", message).hint(kept).into());
            }
        };
        let standing = self.standing(&ground, handed.login);
        let taken = Taken {
            login: handed.login,
            stage: stage.path(),
            openclaw: self.openclaw(vars, &bench.work),
        };
        let finished = self.finish(taken, &standing, &mut ground, watch, say);
        let staged = stage.path().to_owned();
        if stage.remove().is_err() {
            super::say_left(Some(staged), say);
        }
        match (standing, finished) {
            (Standing::Missing, _) => return Err(self.not_taken(bench, handed, say)),
            (_, Ok(())) => {}
            (standing, Err(Unfinished::NotChosen(why))) => {
                return Err(self.not_chosen(&standing, (bench, why)));
            }
            (_, Err(Unfinished::NotRenewed(why))) => return Err(self.not_renewed(bench, why)),
        }
        self.say_what_else_has_changed(&handed, &ground, say);
        super::say_left(bench.clear(), say);
        Ok(Evidence::gather(self.agent, &ground).judge(None))
    }

    /// The store has it not: it is lost, and the agent has what it had.
    fn not_taken(&self, bench: Bench, handed: Handed<'_>, say: &mut Say<'_>) -> Failure {
        let is_unchanged = std::fs::read(self.import.config).ok() == handed.config;
        let kept = if is_unchanged {
            super::say_left(bench.undo(), say);
            String::new()
        } else {
            format!("; {}", kept(bench.keep_backup()))
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
        let what = if is_unchanged {
            "nothing was changed".to_owned()
        } else {
            let config = self.import.config.display();
            format!("the agent goes by what it had; {config} was changed{kept}")
        };
        let again = self.logins.options.again(self.agent);
        let hint = problem.hint.clone().unwrap_or(again);
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
    fn say_what_else_has_changed(&self, handed: &Handed<'a>, ground: &Ground, say: &mut Say<'_>) {
        let mut note = |text: String| {
            let _ = say(Event::Note(text));
        };
        let config = self.import.config;
        if std::fs::read(config).ok() != handed.config {
            note(format!(
                "OpenClaw's import has written {} as well: `auth.profiles`, and a default model where none was set",
                config.display()
            ));
        }
        let after = self.all_selected(ground);
        for changed in proof::changed(&handed.selected, &after, self.agent) {
            note(changed);
        }
        let stale = self.agent.home.auth_json();
        if stale.symlink_metadata().is_ok() {
            note(format!(
                "{} stays as it is: beside a profile it does no harm, and nothing reads it",
                stale.display()
            ));
        }
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
