//! Logging an agent in where OpenClaw keeps logins in a store of its own: a staged login, handed
//! over by OpenClaw's own command, and proved by what that store says then.
//!
//! Until OpenClaw has taken it nothing is changed; after that the store decides what is said, not
//! how a command ended.

mod bench;
mod choice;
mod openclaw;
mod proof;
mod refusals;
mod settle;

use std::path::{Path, PathBuf};

use crate::agent::Agent;
use crate::agent::ask::Codex;
use crate::agent::evidence::{Evidence, Ground};
use crate::agent::failure::{Failure, unheard, unusable};
use crate::agent::login::{Event, Logins, Outcome, Run, Say, Success};
use crate::agent::staged;
use crate::agent::user::User;
use crate::agent::verdict::{State, Verdict};
use crate::codex::auth::AuthFile;
use crate::codex::nobody;
use crate::codex::stage::Stage;
use crate::error::Problem;
use crate::fingerprint::Fingerprint;
use crate::openclaw::program::Program;
use crate::process::identity::Vars;
use crate::process::signals::Watch;
use bench::Bench;
use openclaw::OpenClaw;

/// The OpenClaw that takes logins in.
pub(crate) struct Import<'a> {
    pub(crate) program: &'a Program,
    pub(crate) state_dir: &'a Path,
    pub(crate) config: &'a Path,
    /// How its commands begin when a user types them.
    pub(crate) typed: String,
    /// All of its agents: what is imported for one can change what others go by.
    pub(crate) every: &'a [Agent],
    /// Reads its configuration once more, as whoever we are.
    pub(crate) reread: &'a (dyn Fn() -> Result<Ground, Problem> + Sync),
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

/// How far it has come before the configuration is read again.
enum Halfway<'a> {
    /// There was nothing to do.
    Already(Box<Verdict>),
    /// OpenClaw was told to take it.
    Handed(Box<(Bench, Stage, Handed<'a>)>),
}

/// A login that OpenClaw was told to take.
struct Handed<'a> {
    login: Fingerprint,
    /// What came of it by OpenClaw's own account.
    told: Result<(), Failure>,
    /// What was before.
    config: Option<Vec<u8>>,
    selected: Vec<(&'a Agent, Option<String>)>,
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
    match done {
        Ok((success, verdict)) => Outcome {
            done: Ok(success),
            verdict,
        },
        Err(failure) => Outcome {
            done: Err(failure),
            verdict: flow.judged_afresh(),
        },
    }
}

impl<'a> Flow<'a> {
    fn run(
        &self,
        watch: &mut Watch,
        say: &mut (dyn FnMut(Event) -> std::io::Result<()> + Send),
    ) -> Result<(Success, Verdict), Failure> {
        let inherited = self.logins.inherited;
        let halfway = self
            .user
            .work(inherited, |vars| self.until_handed(vars, watch, say))??;
        let handed = match halfway {
            Halfway::Already(verdict) => return Ok((Success::Already, *verdict)),
            Halfway::Handed(both) => *both,
        };
        // Not as the agent's user: what leads to the configuration may be ours alone to read.
        let ground = (self.import.reread)();
        let settled = self.user.work(inherited, |vars| {
            self.settle(handed, ground, vars, watch, say)
        })??;
        Ok((Success::Installed, settled))
    }

    /// All up to the moment when OpenClaw was told to take the login.
    fn until_handed(
        &self,
        vars: &Vars,
        watch: &mut Watch,
        say: &mut Say<'_>,
    ) -> Result<Halfway<'a>, Failure> {
        let ground = &self.ground;
        let verdict = Evidence::gather(self.agent, ground).judge(None);
        if verdict.state == State::Ready && self.logins.options.is_met_by_any() {
            return Ok(Halfway::Already(Box::new(verdict)));
        }
        self.refuse_what_cannot_work()?;
        self.user.refuse_unreachable_codex(self.logins.launcher)?;
        let bench = self.bench()?;
        let mut run = Run {
            codex: Codex {
                launcher: self.logins.launcher,
                user: self.user,
                inherited: vars,
                at_a_time: 1,
            },
            codex_version: self.logins.codex_version,
            ground,
            options: self.logins.options,
            watch,
            said: None,
        };
        match self.staged(&mut run, &bench, say) {
            Ok((stage, handed)) => Ok(Halfway::Handed(Box::new((bench, stage, handed)))),
            Err(failure) => {
                say_left(bench.undo(), say);
                Err(failure)
            }
        }
    }

    /// The login, and what OpenClaw says of it.
    fn staged(
        &self,
        run: &mut Run<'_>,
        bench: &Bench,
        say: &mut Say<'_>,
    ) -> Result<(Stage, Handed<'a>), Failure> {
        let could_not = |error| self.could_not("make a directory for the login", &error);
        let openclaw = self.openclaw(run.codex.inherited, &bench.work);
        self.rehearse(
            &openclaw,
            &bench.stage().map_err(could_not)?,
            run.watch,
            say,
        )?;
        self.tell(say, Event::Started)?;
        let stage = bench.stage().map_err(could_not)?;
        staged::log_in_at(run, self.agent, &stage, say)?;
        let login = self.login_in(&stage)?;
        openclaw.plan(stage.path(), &self.agent.id, run.watch)?;
        if let Some(signal) = run.watch.first() {
            return Err(Failure::Interrupted(signal));
        }
        let handed = Handed {
            login,
            config: std::fs::read(self.import.config).ok(),
            selected: self.all_selected(run.ground),
            told: openclaw.apply(stage.path(), &self.agent.id, run.watch),
        };
        Ok((stage, handed))
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
        let command = &openclaw.program.command;
        let note = format!(
            "OpenClaw {} keeps logins in a store of its own: asking it whether it can take one",
            command.version
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

    /// What tells this login from others.
    fn login_in(&self, stage: &Stage) -> Result<Fingerprint, Problem> {
        let file = stage.open_auth();
        let refresh = file.ok().and_then(|file| AuthFile::of_open(&file).1);
        let why = "it has no refresh token";
        let refresh = refresh.ok_or_else(|| unusable(self.agent, self.logins.options, why))?;
        Ok(refresh.token)
    }

    fn openclaw<'b>(&'b self, vars: &'b Vars, work: &'b Path) -> OpenClaw<'b> {
        OpenClaw {
            program: self.import.program,
            state_dir: self.import.state_dir,
            config: self.import.config,
            typed: &self.import.typed,
            vars,
            work,
        }
    }

    fn all_selected(&self, ground: &Ground) -> Vec<(&'a Agent, Option<String>)> {
        proof::all_selected(&ground.profiles, self.import.every, ground.now)
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

/// Who hears this changes nothing about how the login ended.
fn say_left(left: Option<PathBuf>, say: &mut Say<'_>) {
    if let Some(left) = left {
        let note = format!("could not remove {}: it may hold logins", left.display());
        let _ = say(Event::Note(note));
    }
}
