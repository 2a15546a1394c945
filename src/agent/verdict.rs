//! What an agent's next turn would authenticate with, and whether that works: one judgement, made
//! of what the file says, what codex says, and what this OpenClaw does with the file.

use jiff::Timestamp;
use serde::Serialize;

use crate::agent::Agent;
use crate::agent::findings::{self, Finding};
use crate::codex::auth::{AuthFile, Login};
use crate::codex::status::{Says, Word};
use crate::codex::store::{BrokenConfig, Machine, Store};
use crate::error::Status;
use crate::openclaw::version::Route;

/// An agent's state; README has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    Ready,
    LoggedOut,
    Expired,
    Damaged,
    Blocked,
    Inert,
    Elsewhere,
    Unknown,
}

impl State {
    pub(crate) fn word(self) -> &'static str {
        match self {
            State::Ready => "ready",
            State::LoggedOut => "logged-out",
            State::Expired => "expired",
            State::Damaged => "damaged",
            State::Blocked => "blocked",
            State::Inert => "inert",
            State::Elsewhere => "elsewhere",
            State::Unknown => "unknown",
        }
    }

    /// The exit status that one agent in this state gives.
    pub(crate) fn status(self) -> Status {
        match self {
            State::Ready => Status::Done,
            State::Blocked | State::Inert => Status::NotUsed,
            _ => Status::NotReady,
        }
    }
}

/// What the next turn would use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum NextTurn {
    CodexHome,
    None,
}

/// The judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) state: State,
    pub(crate) login: Option<Login>,
    pub(crate) codex_says: Option<Says>,
    pub(crate) next_turn: NextTurn,
    pub(crate) findings: Vec<Finding>,
}

/// What is known of an agent before codex is asked.
#[derive(Clone, Debug)]
pub(crate) struct Evidence<'a> {
    agent: &'a Agent,
    route: Route,
    blocked_by_file: bool,
    file: AuthFile,
    store: Result<Store, BrokenConfig>,
    now: Timestamp,
}

/// What counts for all agents of a target.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(crate) route: Route,
    /// Whether this OpenClaw refuses an agent whose codex home has a login.
    pub(crate) blocked_by_file: bool,
    /// The machine's codex configuration.
    pub(crate) machine: Result<Machine, BrokenConfig>,
    pub(crate) now: Timestamp,
}

impl Evidence<'_> {
    /// Reads the files of one agent. Starts nothing, writes nothing.
    pub(crate) fn gather<'a>(agent: &'a Agent, ground: &Ground) -> Evidence<'a> {
        let store = match &ground.machine {
            Err(broken) => Err(broken.clone()),
            Ok(machine) => machine.store_of(agent.home.path()).map(|store| store.value),
        };
        Evidence {
            agent,
            route: ground.route,
            blocked_by_file: ground.blocked_by_file,
            file: AuthFile::read(&agent.home.auth_json()),
            store,
            now: ground.now,
        }
    }

    /// Joins the evidence with codex's own word, where it was asked.
    pub(crate) fn judge(self, says: Option<Says>) -> Verdict {
        let (state, finding) = self.state(says);
        let mut findings: Vec<_> = finding.into_iter().collect();
        findings.extend(findings::of_files(self.agent));
        let next_turn = match state {
            State::Ready | State::Expired | State::Elsewhere => NextTurn::CodexHome,
            _ => NextTurn::None,
        };
        let login = match self.file {
            AuthFile::Whole(login) => Some(login),
            _ => None,
        };
        Verdict {
            state,
            login,
            codex_says: says,
            next_turn,
            findings,
        }
    }

    /// The route first, then where codex keeps logins, then the file with codex's word on it.
    fn state(&self, says: Option<Says>) -> (State, Option<Finding>) {
        if let Err(problem) = self.agent.home.refuse_what_codex_ignores() {
            let finding = Finding::error(problem.code, problem.to_string());
            return (State::Unknown, Some(finding));
        }
        if self.route != Route::CodexHome {
            return self.off_route();
        }
        match &self.store {
            Err(broken) => (
                State::Unknown,
                Some(Finding::error(
                    "codex-config",
                    format!(
                        "codex could not use {}: {}",
                        broken.path.display(),
                        broken.reason
                    ),
                )),
            ),
            Ok(Store::File | Store::Auto) => self.of_file(says),
            Ok(Store::Keyring) if says == Some(Says::NotLoggedIn) => self.logged_out(),
            Ok(Store::Keyring) => elsewhere("codex keeps this home's login in a keyring"),
            Ok(Store::Ephemeral) => (
                State::LoggedOut,
                Some(Finding::error(
                    "store-ephemeral",
                    "codex is configured to forget this home's login when it ends",
                )),
            ),
        }
    }

    fn off_route(&self) -> (State, Option<Finding>) {
        let has_file = self.file != AuthFile::Absent;
        let (state, message) = match (self.route, has_file) {
            (Route::NoCodexHome, _) => (
                State::Inert,
                "this OpenClaw gives its agents no codex home: upgrade to 2026.5.2 or later",
            ),
            (_, true) if self.blocked_by_file => (
                State::Blocked,
                "this OpenClaw does not read auth.json, and an agent without a profile of its own will not start while the file is there",
            ),
            (_, true) => (State::Inert, "this OpenClaw never reads auth.json"),
            (_, false) => (
                State::Unknown,
                "this OpenClaw keeps logins in its own store, which codex-login does not read yet",
            ),
        };
        let finding = Finding::error("route-unsupported", message);
        (state, Some(finding))
    }

    fn of_file(&self, says: Option<Says>) -> (State, Option<Finding>) {
        match (&self.file, says) {
            (AuthFile::Absent, Some(Says::LoggedIn(_))) => elsewhere(
                "codex is logged in without auth.json: from a keyring, or through the home's .env",
            ),
            (AuthFile::Absent, Some(Says::Error | Says::CannotLoad)) => self.codex_fails(),
            (AuthFile::Absent, _) => self.logged_out(),
            (AuthFile::Unreadable(why), _) => (
                State::Unknown,
                Some(
                    Finding::error("unreadable", format!("could not read auth.json: {why}"))
                        .fix("run as the gateway's user"),
                ),
            ),
            (AuthFile::Damaged(damage), _) => (
                State::Damaged,
                Some(self.mend(
                    "damaged",
                    format!("codex could not use auth.json: {damage}"),
                )),
            ),
            (AuthFile::Whole(login), says) => self.of_login(login, says),
        }
    }

    fn of_login(&self, login: &Login, says: Option<Says>) -> (State, Option<Finding>) {
        match says {
            Some(Says::CannotLoad) => (
                State::Damaged,
                Some(self.mend("damaged", "codex could not load auth.json")),
            ),
            Some(Says::Error) => self.codex_fails(),
            Some(Says::NotLoggedIn) => (
                State::LoggedOut,
                Some(Finding::error(
                    "codex-refuses",
                    "codex does not accept the login in auth.json: its configuration may force another method or workspace",
                )),
            ),
            Some(Says::LoggedIn(word)) if word != Word::Stored(login.method) => (
                State::Unknown,
                Some(Finding::error(
                    "other-login",
                    format!(
                        "codex would use {} in place of auth.json: look at the home's .env",
                        Says::LoggedIn(word).word()
                    ),
                )),
            ),
            Some(Says::LoggedIn(_)) | None => self.by_expiry(login),
        }
    }

    fn by_expiry(&self, login: &Login) -> (State, Option<Finding>) {
        match login.access_expires_at {
            Some(end) if end <= self.now => (
                State::Expired,
                Some(self.mend(
                    "expired",
                    format!("the access token ran out at {end:.0}; the next turn works only if codex can still refresh it"),
                )),
            ),
            _ => (State::Ready, None),
        }
    }

    fn logged_out(&self) -> (State, Option<Finding>) {
        (
            State::LoggedOut,
            Some(self.mend("logged-out", "not logged in")),
        )
    }

    fn codex_fails(&self) -> (State, Option<Finding>) {
        let command = format!("codex-login exec {} -- login status", self.agent.address);
        let finding = Finding::error(
            "codex-fails",
            "codex could not say: its own message tells why",
        );
        (State::Unknown, Some(finding.fix(command)))
    }

    fn mend(&self, code: &'static str, message: impl Into<String>) -> Finding {
        Finding::error(code, message).fix(format!("codex-login {}", self.agent.address))
    }
}

fn elsewhere(message: &str) -> (State, Option<Finding>) {
    (State::Elsewhere, Some(Finding::error("elsewhere", message)))
}
