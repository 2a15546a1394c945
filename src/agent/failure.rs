//! Why there is no new login, in words, each with the next command to type.

use std::io;

use nix::sys::signal::Signal;

use crate::agent::Agent;
use crate::agent::ask::NoAnswer;
use crate::agent::options::Options;
use crate::codex::device::Reason;
use crate::codex::lock::NoLock;
use crate::codex::store::BrokenConfig;
use crate::error::{Problem, Status};

/// Why there is no new login.
#[derive(Debug)]
pub(crate) enum Failure {
    /// With the signal, where codex died of one.
    Problem(Problem, Option<i32>),
    /// This signal ended it.
    Interrupted(i32),
}

impl Failure {
    /// The same with this as the next command to type, where it names none.
    pub(crate) fn or_hint(self, hint: String) -> Failure {
        match self {
            Failure::Problem(problem, signal) if problem.hint.is_none() => {
                Failure::Problem(problem.hint(hint), signal)
            }
            other => other,
        }
    }
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

/// A login or logout that did not come about: exit status 1.
pub(crate) fn failed(code: &'static str, message: impl Into<String>) -> Problem {
    Problem::new(code, Status::NotReady, message)
}

/// Codex's configuration, where codex could not use it.
pub(crate) fn broken_config(broken: &BrokenConfig) -> Problem {
    let message = format!(
        "codex could not use {}: {}",
        broken.path.display(),
        broken.reason
    );
    failed("codex-config", message).hint("mend that file, then try again")
}

/// A step in the home that the system refused.
pub(crate) fn could_not(agent: &Agent, what: &str, error: &io::Error) -> Problem {
    let home = agent.home.path().display();
    let others = agent.home.names_of_others().unwrap_or_default();
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied if !others.is_empty() => format!(
            "give the home's owner what others left there: {}; codex-login status {} has the command",
            others.join(", "),
            agent.address
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "run as the gateway's user, who must be able to write there".to_owned()
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room on the disk of the home, and try again".to_owned()
        }
        io::ErrorKind::ResourceBusy => {
            format!(
                "a codex is writing there; in a moment: codex-login {}",
                agent.address
            )
        }
        _ => "look at the home with `ls -la`".to_owned(),
    };
    failed("home-unusable", format!("could not {what} {home}: {error}")).hint(hint)
}

/// Whether there is a home, and whose, is not known.
pub(crate) fn could_not_look(agent: &Agent, error: &io::Error) -> Problem {
    let path = agent.home.path().display();
    failed(
        "home-unusable",
        format!("could not look at {path}: {error}"),
    )
    .hint("run as the gateway's user")
}

/// Nobody would see the code.
pub(crate) fn unheard(agent: &Agent, options: &Options, error: &io::Error) -> Problem {
    failed(
        "output-closed",
        format!("login given up{}: {error}", options.unchanged()),
    )
    .hint(options.again(agent))
}

/// Our own lock was not to be had.
pub(crate) fn no_lock(agent: &Agent, none: NoLock) -> Problem {
    match none {
        NoLock::Io(error) => could_not(agent, "lock", &error),
        NoLock::Held(by) => failed(
            "locked",
            format!("another login is under way: {by} holds the lock"),
        )
        .hint(format!(
            "wait for it, then: codex-login status {}",
            agent.address
        )),
    }
}

/// A signal ended the login.
pub(crate) fn interrupted(agent: &Agent, options: &Options, signal: i32) -> Problem {
    let name = Signal::try_from(signal).map_or("a signal", Signal::as_str);
    failed(
        "interrupted",
        format!("login interrupted by {name}{}", options.unchanged()),
    )
    .hint(options.again(agent))
}

/// What came back is not what may replace a login.
pub(crate) fn unusable(agent: &Agent, options: &Options, why: &str) -> Problem {
    failed(
        "login-unusable",
        format!("the login was not installed: {why}"),
    )
    .hint(options.again(agent))
}

/// The login is somebody else's.
pub(crate) fn wrong_account(agent: &Agent, options: &Options, who: &str) -> Problem {
    let again = options.again(agent);
    failed(
        "wrong-account",
        format!("the login was not installed: {who}"),
    )
    .hint(format!(
        "sign out of ChatGPT in that browser, or use a private window; then: {again}"
    ))
}

/// Codex's failure, with what to do about it as far as its last words tell.
pub(crate) fn login_failed(
    agent: &Agent,
    options: &Options,
    how: &str,
    reason: Option<Reason>,
) -> Problem {
    let again = options.again(agent);
    let hint = match reason {
        Some(Reason::NotEnabled) => format!(
            "allow device codes first (ChatGPT: Settings > Security; in a workspace its admin), then: {again}"
        ),
        Some(Reason::TooMany) => format!("wait a few minutes, then: {again}"),
        Some(Reason::Refused) => {
            format!("the code was denied or ran out; for a new one: {again}")
        }
        Some(Reason::Unreachable) => {
            format!("check the network, HTTPS_PROXY and SSL_CERT_FILE, then: {again}")
        }
        Some(Reason::Disk) => format!("make room on the disk of the home, then: {again}"),
        Some(Reason::Forbidden) => "codex's configuration forbids this login: see its forced_login_method and forced_chatgpt_workspace_id".to_owned(),
        Some(Reason::Other) | None => {
            format!("codex's own words are above; to try again: {again}")
        }
    };
    let unchanged = options.unchanged();
    failed("login-failed", format!("login failed{unchanged}: {how}")).hint(hint)
}
