//! Up to the moment when OpenClaw was told to take a login: the one that the codex home has, or a
//! new one.

use super::at_hand::{AtHand, Found};
use super::bench::Bench;
use super::openclaw::OpenClaw;
use super::proof::Before;
use super::{Flow, Handed, Purpose, say_left};
use crate::agent::Agent;
use crate::agent::ask::Codex;
use crate::agent::evidence::{Evidence, Ground};
use crate::agent::failure::{Failure, failed, unusable};
use crate::agent::login::{Event, Run, Say, Success};
use crate::agent::profile::Profiles;
use crate::agent::staged;
use crate::agent::verdict::{State, Verdict};
use crate::codex::auth::{AuthFile, SIZE_LIMIT};
use crate::codex::nobody;
use crate::codex::stage::Stage;
use crate::error::Problem;
use crate::files;
use crate::fingerprint::Fingerprint;
use crate::process::identity::Vars;
use crate::process::signals::Watch;

/// How far it has come before the configuration is read again.
pub(super) enum Halfway {
    /// There was nothing to do.
    Already(Box<Verdict>),
    /// OpenClaw was told to take it.
    Handed(Box<AtWork>),
}

/// A login that OpenClaw was told to take, and where that was done.
pub(super) struct AtWork {
    pub(super) bench: Bench,
    pub(super) stage: Stage,
    pub(super) handed: Handed,
}

/// Whether the login in the agent's codex home was handed over, and whoever did it did not come to
/// putting the file aside. To be asked as who may read both.
pub(crate) fn is_half_done(agent: &Agent, verdict: &Verdict, profiles: &Profiles) -> bool {
    let token = verdict.token.as_ref().map(|place| place.refresh);
    token.is_some_and(|token| profiles.holding(agent, token).is_some())
}

impl Flow<'_> {
    pub(super) fn until_handed(
        &self,
        vars: &Vars,
        watch: &mut Watch,
        say: &mut Say<'_>,
    ) -> Result<Halfway, Failure> {
        if let Some(verdict) = self.already(vars, say) {
            return Ok(Halfway::Already(Box::new(verdict)));
        }
        self.refuse_what_cannot_work()?;
        self.user.refuse_unreachable_codex(self.logins.launcher)?;
        let at_hand = self.wanted_at_hand(say)?;
        let bench = self.bench(vars)?;
        let mut run = Run {
            codex: Codex {
                launcher: self.logins.launcher,
                user: self.user,
                inherited: vars,
                at_a_time: 1,
            },
            codex_version: self.logins.codex_version,
            ground: &self.ground,
            options: self.logins.options,
            watch,
            said: None,
        };
        match self.handed(&mut run, &bench, at_hand.as_ref(), say) {
            Ok((stage, handed)) => Ok(Halfway::Handed(Box::new(AtWork {
                bench,
                stage,
                handed,
            }))),
            Err(failure) => {
                say_left(bench.undo(), say);
                Err(match at_hand {
                    Some(_) => failure.or_hint(self.anew()),
                    None => failure,
                })
            }
        }
    }

    /// What the agent is where nothing is to be done but to clear up.
    fn already(&self, vars: &Vars, say: &mut Say<'_>) -> Option<Verdict> {
        let verdict = Evidence::gather(self.agent, &self.ground).judge(None);
        let is_ready =
            verdict.state == State::Ready && self.logins.options.is_met_by_profile(&verdict);
        if !is_ready || self.is_served_by_another() {
            return None;
        }
        self.benches(vars).clear_proved(&self.agent.id);
        if is_half_done(self.agent, &verdict, &self.ground.profiles) {
            self.put_aside(say);
        }
        Some(verdict)
    }

    /// A login that OpenClaw was told to take: this one, or a new one.
    fn handed(
        &self,
        run: &mut Run<'_>,
        bench: &Bench,
        at_hand: Option<&AtHand>,
        say: &mut Say<'_>,
    ) -> Result<(Stage, Handed), Failure> {
        let (success, (stage, login)) = match at_hand {
            Some(at_hand) => (Success::Imported, self.copied(run, bench, at_hand, say)?),
            None => (Success::Installed, self.logged_in(run, bench, say)?),
        };
        let (before, told) = self.hand_over(run, bench, &stage, say)?;
        let handed = Handed {
            login,
            success,
            before,
            told,
        };
        Ok((stage, handed))
    }

    /// Whether the agent would only be ready by a login that was imported for another, and has a good
    /// one of its own.
    fn is_served_by_another(&self) -> bool {
        !self.import.ready.contains(&self.agent.id) && matches!(self.at_hand(), Found::Good(_))
    }

    /// The login of the codex home, where it is good and will do.
    fn wanted_at_hand(&self, say: &mut Say<'_>) -> Result<Option<AtHand>, Failure> {
        let is_only = self.import.purpose == Purpose::WhatIsThere;
        match self.at_hand() {
            _ if self.logins.options.force => Ok(None),
            Found::Good(at_hand) => Ok(Some(at_hand)),
            Found::Useless(why) if is_only => {
                Err(failed("not-imported", why).hint(self.anew()).into())
            }
            Found::Useless(why) => {
                let note = format!("{why}: a new login is needed");
                self.tell(say, Event::Note(note))?;
                Ok(None)
            }
            Found::Nothing if is_only => {
                let message = "the codex home has no login any more";
                Err(failed("not-imported", message).hint(self.anew()).into())
            }
            Found::Nothing => Ok(None),
        }
    }

    /// A staged copy of the login that the codex home has.
    fn copied(
        &self,
        run: &mut Run<'_>,
        bench: &Bench,
        at_hand: &AtHand,
        say: &mut Say<'_>,
    ) -> Result<(Stage, Fingerprint), Failure> {
        let until = at_hand.login.access_expires_at;
        let until = until.map_or(String::new(), |end| format!(", good until {end:.0}"));
        let whose = at_hand.login.email.as_deref().unwrap_or("somebody");
        let note = format!(
            "handing the login of its codex-home to OpenClaw, which never reads it there: of {whose}{until}; --force asks for a new one"
        );
        self.tell(say, Event::Note(note))?;
        let stage = self.stage(bench)?;
        let path = self.agent.home.auth_json();
        let text =
            files::read(&path, SIZE_LIMIT).map_err(|_| self.unread("it could not be read"))?;
        let text = secrecy::zeroize::Zeroizing::new(text);
        stage
            .write_auth(&text)
            .map_err(|error| self.could_not("write into the directory for the login", &error))?;
        let login = self.login_in(&stage)?;
        if login != at_hand.token {
            return Err(self.unread("it was changed meanwhile").into());
        }
        // What it says would be to try the same again.
        staged::verify(run, self.agent, &stage).map_err(|failure| match failure {
            Failure::Problem(problem, signal) => {
                Failure::Problem(problem.hint(self.anew()), signal)
            }
            interrupted @ Failure::Interrupted(_) => interrupted,
        })?;
        Ok((stage, login))
    }

    /// A new login, in a staging home.
    fn logged_in(
        &self,
        run: &mut Run<'_>,
        bench: &Bench,
        say: &mut Say<'_>,
    ) -> Result<(Stage, Fingerprint), Failure> {
        let openclaw = self.openclaw(run.codex.inherited, bench);
        self.rehearse(&openclaw, &self.stage(bench)?, run.watch, say)?;
        self.tell(say, Event::Started)?;
        let stage = self.stage(bench)?;
        staged::log_in_at(run, self.agent, &stage, say)?;
        let login = self.login_in(&stage)?;
        Ok((stage, login))
    }

    /// Tells OpenClaw to take it. With what it says comes what was before.
    fn hand_over(
        &self,
        run: &mut Run<'_>,
        bench: &Bench,
        stage: &Stage,
        say: &mut Say<'_>,
    ) -> Result<(Before, Result<(), Failure>), Failure> {
        let openclaw = self.openclaw(run.codex.inherited, bench);
        openclaw.plan(stage.path(), &self.agent.id, run.watch)?;
        if let Some(signal) = run.watch.first() {
            return Err(Failure::Interrupted(signal));
        }
        let note = "OpenClaw is taking it in, which takes half a minute, and more where its state is large: it makes a backup first";
        self.tell(say, Event::Note(note.to_owned()))?;
        // Others may have changed it since.
        let ground = Ground {
            profiles: run.ground.profiles.afresh(),
            ..run.ground.clone()
        };
        let before = Before::of(&ground, self.agent, self.import);
        let told = openclaw.apply(stage.path(), &self.agent.id, run.watch);
        Ok((before, told))
    }

    /// Asks OpenClaw whether it would take a login, with one that is nobody's: a user is not to be
    /// sent to a browser for nothing.
    fn rehearse(
        &self,
        openclaw: &OpenClaw<'_>,
        stage: &Stage,
        watch: &mut Watch,
        say: &mut Say<'_>,
    ) -> Result<(), Failure> {
        let version = &openclaw.program.command.version;
        let note = format!(
            "OpenClaw {version} keeps logins in a store of its own: asking it whether it can take one"
        );
        self.tell(say, Event::Note(note))?;
        if let Some(name) = self.user.name() {
            let note = format!("going on as {name}, the owner of the home");
            self.tell(say, Event::Note(note))?;
        }
        let login = nobody::auth_json();
        stage
            .write_auth(login.as_bytes())
            .map_err(|error| self.could_not("write into the directory for the login", &error))?;
        openclaw.plan(stage.path(), &self.agent.id, watch)
    }

    fn stage(&self, bench: &Bench) -> Result<Stage, Problem> {
        bench
            .stage()
            .map_err(|error| self.could_not("make a directory for the login", &error))
    }

    /// What tells this login from others.
    fn login_in(&self, stage: &Stage) -> Result<Fingerprint, Problem> {
        let file = stage.open_auth();
        let refresh = file.ok().and_then(|file| AuthFile::of_open(&file).1);
        let why = "it has no refresh token";
        let refresh = refresh.ok_or_else(|| unusable(self.agent, self.logins.options, why))?;
        Ok(refresh.token)
    }

    fn unread(&self, why: &str) -> Problem {
        let path = self.agent.home.auth_json();
        let message = format!("could not take the login from {}: {why}", path.display());
        failed("not-imported", message).hint(self.anew())
    }

    pub(super) fn openclaw<'b>(&'b self, vars: &'b Vars, bench: &'b Bench) -> OpenClaw<'b> {
        OpenClaw {
            program: self.import.program,
            state_dir: self.import.state_dir,
            config: self.import.config,
            typed: &self.import.typed,
            vars,
            work: &bench.work,
            scratch: &bench.scratch,
            lock: bench.lock(),
        }
    }
}
