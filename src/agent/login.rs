//! Logging one agent in: in a staging home, verified, and only then in place of what it had.

use std::io;

use crate::agent::Agent;
use crate::agent::ask::Codex;
use crate::agent::evidence::{Evidence, Ground};
use crate::agent::failure::{Failure, broken_config, could_not, failed, no_lock, unheard};
use crate::agent::import::{self, Import};
use crate::agent::options::Options;
use crate::agent::staged;
use crate::agent::user::User;
use crate::agent::verdict::{State, Verdict};
use crate::codex::command::Launcher;
use crate::codex::device::DeviceCode;
use crate::codex::install;
use crate::codex::lock::HomeLock;
use crate::codex::stage;
use crate::codex::status::Says;
use crate::codex::store::Store;
use crate::error::Problem;
use crate::process::identity::Vars;
use crate::process::signals::Watch;

/// What happens on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Codex is about to start.
    Started,
    /// The user has to act now.
    DeviceCode(DeviceCode),
    /// A line that codex wrote to its standard error, secrets hidden.
    CodexSaid(String),
    /// Something that went wrong and does not matter to the login.
    Note(String),
}

/// Where events go. An error says that nobody hears them.
pub(crate) type Say<'a> = dyn FnMut(Event) -> io::Result<()> + 'a;

/// A login that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Success {
    /// It was ready before; nothing was done.
    Already,
    /// A new login was installed.
    Installed,
    /// The login that its codex home had was handed to OpenClaw.
    Imported,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) done: Result<Success, Failure>,
    /// What the agent would use now, whether it is that login or not.
    pub(crate) verdict: Verdict,
    /// Other agents that have no login that works any more, by what was done for this one.
    pub(crate) harm: Vec<(String, Problem)>,
}

impl Outcome {
    /// One that no other agent feels.
    pub(crate) fn new(done: Result<Success, Failure>, verdict: Verdict) -> Outcome {
        let harm = Vec::new();
        Outcome {
            done,
            verdict,
            harm,
        }
    }
}

/// What all logins share.
pub(crate) struct Logins<'a> {
    pub(crate) launcher: &'a Launcher,
    pub(crate) codex_version: Option<&'a semver::Version>,
    /// Our own environment.
    pub(crate) inherited: &'a Vars,
    /// Who we are.
    pub(crate) ours: u32,
    pub(crate) ground: &'a Ground,
    pub(crate) options: &'a Options,
    /// Where OpenClaw keeps logins in a store of its own.
    pub(crate) import: Option<&'a Import<'a>>,
}

impl Logins<'_> {
    /// Logs `agent` in, as the owner of its home.
    pub(crate) fn log_in(
        &self,
        agent: &Agent,
        watch: &mut Watch,
        mut say: impl FnMut(Event) -> io::Result<()> + Send,
    ) -> Outcome {
        let refused = |problem: Problem| {
            let read = || Evidence::gather(agent, self.ground).judge(None);
            let reader = User::who_reads(agent, self.ours);
            let verdict = reader.work(self.inherited, |_| read());
            Outcome::new(Err(problem.into()), verdict.unwrap_or_else(|_| read()))
        };
        let user = match User::of(agent, self.ours, &self.options.again(agent)) {
            Ok(user) => user,
            Err(problem) => return refused(problem),
        };
        if let Some(import) = self.import {
            return import::log_in(self, agent, (import, user), watch, &mut say);
        }
        let done = user.work(self.inherited, |inherited| {
            let mut run = Run {
                codex: Codex {
                    launcher: self.launcher,
                    user,
                    inherited,
                    at_a_time: 1,
                },
                codex_version: self.codex_version,
                ground: self.ground,
                options: self.options,
                watch,
                said: None,
            };
            if let Err(problem) = run.codex.refuse_unreachable(agent) {
                return refused(problem);
            }
            match run.login(agent, &mut say) {
                Ok((success, verdict)) => Outcome::new(Ok(success), verdict),
                Err(failure) => Outcome::new(Err(failure), run.judge_failed(agent)),
            }
        });
        done.unwrap_or_else(refused)
    }
}

/// One login under way.
pub(crate) struct Run<'a> {
    pub(crate) codex: Codex<'a>,
    pub(crate) codex_version: Option<&'a semver::Version>,
    pub(crate) ground: &'a Ground,
    pub(crate) options: &'a Options,
    pub(crate) watch: &'a mut Watch,
    /// What codex last said of the agent at hand.
    pub(crate) said: Option<Says>,
}

impl Run<'_> {
    /// Logs `agent` in, and says what it would use then.
    fn login(&mut self, agent: &Agent, say: &mut Say<'_>) -> Result<(Success, Verdict), Failure> {
        let verdict = self.judge(agent)?;
        let is_met = verdict
            .login
            .as_ref()
            .is_none_or(|login| self.options.is_met_by(login));
        if verdict.of_home == State::Ready && is_met && !self.options.force {
            return Ok((Success::Already, verdict));
        }
        self.refuse_other_stores(agent)?;
        let lock = self.prepare(agent, say)?;
        if let Some(name) = self.codex.user.name() {
            let note = format!("going on as {name}, the owner of the home");
            say(Event::Note(note)).map_err(|error| unheard(agent, self.options, &error))?;
        }
        say(Event::Started).map_err(|error| unheard(agent, self.options, &error))?;
        if self.options.in_place {
            staged::log_in_place(self, agent, say)?;
        } else {
            staged::log_in(self, agent, &lock, say)?;
        }
        Ok((Success::Installed, self.judge_installed(agent)))
    }

    /// Makes the home, takes its lock, and finds out what would keep a login out of it.
    fn prepare(&mut self, agent: &Agent, say: &mut Say<'_>) -> Result<HomeLock, Failure> {
        let home = &agent.home;
        home.make()
            .map_err(|error| could_not(agent, "make", &error))?;
        let lock = HomeLock::take(home, self.ground.now).map_err(|none| no_lock(agent, none))?;
        let left = stage::clear_leftovers(home, &lock)
            .map_err(|error| could_not(agent, "look into", &error))?;
        for path in left {
            let note = format!(
                "could not remove {}, left by a run that was killed",
                path.display()
            );
            say(Event::Note(note)).map_err(|error| unheard(agent, self.options, &error))?;
        }
        install::rehearse(home, self.codex_version)
            .map_err(|error| could_not(agent, "install a login in", &error))?;
        Ok(lock)
    }

    /// The judgement after the login has been replaced: that codex cannot be asked any more must
    /// not hide that it was.
    fn judge_installed(&mut self, agent: &Agent) -> Verdict {
        self.judge(agent)
            .unwrap_or_else(|_| Evidence::gather(agent, self.ground).judge(None))
    }

    /// What the agent has after a login that did not come about. A staged one has changed nothing,
    /// so that what codex said before still holds; after one in place codex is asked again.
    fn judge_failed(&mut self, agent: &Agent) -> Verdict {
        if self.options.in_place
            && let Ok(verdict) = self.judge(agent)
        {
            return verdict;
        }
        Evidence::gather(agent, self.ground).judge(self.said)
    }

    /// What the agent would use now, codex asked.
    fn judge(&mut self, agent: &Agent) -> Result<Verdict, Failure> {
        self.said = None;
        if agent.has_home()? {
            let plan = self.codex.plan(agent.home.path(), ["login", "status"]);
            self.said = self.codex.ask(vec![plan], self.watch)?.pop();
        }
        Ok(Evidence::gather(agent, self.ground).judge(self.said))
    }

    /// A login that codex would keep elsewhere cannot be staged, and one that is staged would not
    /// be read: refused before anything is made.
    fn refuse_other_stores(&self, agent: &Agent) -> Result<(), Problem> {
        let machine = self.ground.machine.as_ref().map_err(broken_config)?;
        if self.options.in_place {
            return Ok(());
        }
        let in_place = format!("codex-login {} --in-place", agent.address);
        if let Some(forced) = machine.forbids_staging() {
            let file = &forced.source;
            return Err(failed(
                "staging-forbidden",
                format!("{file} forces another credential store than the file"),
            )
            .hint(format!(
                "{in_place}    # a failure then costs the login it has"
            )));
        }
        let store = machine
            .store_of(agent.home.path())
            .map_err(|error| broken_config(&error))?;
        match store.value {
            Store::File | Store::Auto => Ok(()),
            Store::Keyring | Store::Ephemeral => Err(failed(
                "store-elsewhere",
                format!("{} keeps logins elsewhere than in auth.json", store.source),
            )
            .hint(format!(
                "set cli_auth_credentials_store = \"file\" there, or: {in_place}"
            ))),
        }
    }
}
