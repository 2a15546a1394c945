//! Logging one agent in: in a staging home, verified, and only then in place of what it had.

use std::io;

use crate::agent::Agent;
use crate::agent::ask::{Codex, NoAnswer};
use crate::agent::options::Options;
use crate::agent::staged;
use crate::agent::verdict::{Evidence, Ground, State, Verdict};
use crate::codex::device::DeviceCode;
use crate::codex::lock::{HomeLock, NoLock};
use crate::codex::store::{BrokenConfig, Store};
use crate::error::{Problem, Status};
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
}

/// Where events go. An error says that nobody hears them.
pub(crate) type Say<'a> = dyn FnMut(Event) -> io::Result<()> + 'a;

/// A login that stands, and what the agent would use now.
#[derive(Debug)]
pub(crate) enum Success {
    /// It was ready before; nothing was done.
    Already(Verdict),
    /// A new login was installed.
    Installed(Verdict),
}

/// Why there is no new login.
#[derive(Debug)]
pub(crate) enum Failure {
    /// With the signal, where codex died of one.
    Problem(Problem, Option<i32>),
    /// This signal ended it.
    Interrupted(i32),
}

impl From<NoAnswer> for Failure {
    fn from(none: NoAnswer) -> Failure {
        match none {
            NoAnswer::Signal(signal) => Failure::Interrupted(signal),
            NoAnswer::Problem(problem) => problem.into(),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        Failure::Problem(problem, None)
    }
}

/// What every login of one run shares.
pub(crate) struct Run<'a> {
    pub(crate) codex: Codex<'a>,
    pub(crate) codex_version: Option<&'a semver::Version>,
    pub(crate) ground: &'a Ground,
    pub(crate) options: &'a Options,
    pub(crate) watch: &'a mut Watch,
}

impl Run<'_> {
    /// Logs `agent` in, and says what it would use then.
    pub(crate) fn login(&mut self, agent: &Agent, say: &mut Say<'_>) -> Result<Success, Failure> {
        agent.home.refuse_what_codex_ignores()?;
        let verdict = self.judge(agent)?;
        if verdict.state == State::Ready && !self.options.force && self.is_expected(&verdict) {
            return Ok(Success::Already(verdict));
        }
        self.refuse_other_stores(agent)?;
        let home = &agent.home;
        home.make()
            .map_err(|error| could_not(agent, "make", &error))?;
        let lock = HomeLock::take(home, self.ground.now).map_err(|none| no_lock(agent, none))?;
        say(Event::Started).map_err(|error| unheard(agent, &error))?;
        if self.options.in_place {
            staged::log_in_place(self, agent, say)?;
        } else {
            staged::log_in(self, agent, &lock, say)?;
        }
        let verdict = self.judge_installed(agent)?;
        if self.options.in_place && !self.is_expected(&verdict) {
            let what = "the login in place now is somebody else's";
            return Err(failed("wrong-account", what).into());
        }
        Ok(Success::Installed(verdict))
    }

    /// The judgement after the login has been replaced: a signal must not hide that it was.
    fn judge_installed(&mut self, agent: &Agent) -> Result<Verdict, NoAnswer> {
        match self.judge(agent) {
            Err(NoAnswer::Signal(_)) => Ok(Evidence::gather(agent, self.ground).judge(None)),
            other => other,
        }
    }

    /// What the agent would use now, codex asked.
    fn judge(&mut self, agent: &Agent) -> Result<Verdict, NoAnswer> {
        let mut says = None;
        if agent.home.exists() {
            let plan = self.codex.plan(agent.home.path(), ["login", "status"]);
            says = self.codex.ask(vec![plan], self.watch)?.pop();
        }
        Ok(Evidence::gather(agent, self.ground).judge(says))
    }

    fn is_expected(&self, verdict: &Verdict) -> bool {
        verdict
            .login
            .as_ref()
            .is_none_or(|login| self.options.expect.refuse(login).is_none())
    }

    /// A login that codex would keep elsewhere cannot be staged, and one that is staged would not
    /// be read: refused before anything is made.
    fn refuse_other_stores(&self, agent: &Agent) -> Result<(), Problem> {
        let broken = |broken: &BrokenConfig| {
            let file = broken.path.display();
            failed(
                "codex-config",
                format!("codex could not use {file}: {}", broken.reason),
            )
            .hint("mend that file, then try again")
        };
        let machine = self.ground.machine.as_ref().map_err(broken)?;
        if self.options.in_place {
            return Ok(());
        }
        if let Some(forced) = machine.forbids_staging() {
            return Err(failed(
                "staging-forbidden",
                format!(
                    "{} forces another credential store than the file",
                    forced.source
                ),
            )
            .hint(format!(
                "codex-login {} --in-place    (a failure then costs the login it has)",
                agent.address
            )));
        }
        let store = machine
            .store_of(agent.home.path())
            .map_err(|error| broken(&error))?;
        match store.value {
            Store::File | Store::Auto => Ok(()),
            Store::Keyring | Store::Ephemeral => Err(failed(
                "store-elsewhere",
                format!("{} keeps logins elsewhere than in auth.json", store.source),
            )
            .hint("set cli_auth_credentials_store = \"file\" there, or log in with --in-place")),
        }
    }
}

/// A login that did not come about: exit status 1.
pub(crate) fn failed(code: &'static str, message: impl Into<String>) -> Problem {
    Problem::new(code, Status::NotReady, message)
}

/// A step in the home that the system refused.
pub(crate) fn could_not(agent: &Agent, what: &str, error: &io::Error) -> Problem {
    let home = agent.home.path().display();
    failed("home-unusable", format!("could not {what} {home}: {error}")).hint(format!(
        "look at `ls -ld {home}` and `df {home}`, or run as the gateway's user; then codex-login {}",
        agent.address
    ))
}

/// The user would not see the code.
pub(crate) fn unheard(agent: &Agent, error: &io::Error) -> Problem {
    failed(
        "output-closed",
        format!("login given up, nothing was changed: standard output failed: {error}"),
    )
    .hint(format!("codex-login {}", agent.address))
}

fn no_lock(agent: &Agent, none: NoLock) -> Problem {
    match none {
        NoLock::Io(error) => could_not(agent, "lock", &error),
        NoLock::Held(by) => failed(
            "locked",
            format!("another login is under way: {by} holds the lock"),
        )
        .hint(format!(
            "wait for it, then codex-login status {}",
            agent.address
        )),
    }
}
