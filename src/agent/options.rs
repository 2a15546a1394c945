//! What was asked of a login: by which flow, whose, and how carefully.

use std::ffi::OsString;
use std::time::Duration;

use crate::agent::Agent;
use crate::agent::verdict::{NextTurn, Verdict};
use crate::codex::auth::{Login, Method};
use crate::codex::redact::redacted;
use crate::error::Problem;
use crate::shell::quoted;

/// A device code lives 15 minutes; codex itself has no limit for a server that hangs.
pub(crate) const LIMIT: Duration = Duration::from_secs(20 * 60);

/// How to log in.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) flow: Flow,
    pub(crate) force: bool,
    pub(crate) in_place: bool,
    pub(crate) expect: Expect,
    /// Further arguments for `codex login`.
    pub(crate) args: Vec<OsString>,
    /// Hand our standard output to codex; else what it says there comes as events.
    pub(crate) show: bool,
}

impl Options {
    /// The command that asks for the same again.
    pub(crate) fn again(&self, agent: &Agent) -> String {
        let mut command = format!("codex-login {}", agent.address);
        let expected = [
            ("--expect-email", &self.expect.email),
            ("--expect-account", &self.expect.account),
        ];
        for (flag, value) in expected {
            if let Some(value) = value {
                command += &[" ", flag, " ", &quoted(value)].concat();
            }
        }
        for (flag, is_set) in [("--force", self.force), ("--in-place", self.in_place)] {
            if is_set {
                command += &[" ", flag].concat();
            }
        }
        match self.flow {
            Flow::DeviceCode => {}
            Flow::Browser => command += " --browser",
            Flow::ApiKey => command += " --with-api-key < FILE",
            Flow::AccessToken => command += " --with-access-token < FILE",
        }
        if !self.args.is_empty() {
            command += " --";
        }
        for arg in &self.args {
            command += &[" ", &quoted(&without_value(&arg.to_string_lossy()))].concat();
        }
        command
    }

    /// What to say of the old login where a new one did not come about.
    pub(crate) fn unchanged(&self) -> &'static str {
        if self.in_place {
            ""
        } else {
            ", nothing was changed"
        }
    }

    /// Standard input can be read once, and agents that share a secret is what this program is
    /// against.
    pub(crate) fn refuse_one_secret_for_many(&self, agents: usize) -> Result<(), Problem> {
        if matches!(self.flow, Flow::ApiKey | Flow::AccessToken) && agents > 1 {
            let message = "a key or token from standard input is for one agent";
            return Err(Problem::request("usage", message).hint("run it once for each agent"));
        }
        Ok(())
    }

    /// OpenClaw takes in what a person has logged in with, and from a directory that is not the
    /// home.
    pub(crate) fn refuse_what_is_not_imported(&self) -> Result<(), Problem> {
        let (option, why) = match self.flow {
            Flow::ApiKey => ("--with-api-key", "takes in logins with ChatGPT alone"),
            Flow::AccessToken => ("--with-access-token", "takes in logins with ChatGPT alone"),
            _ if self.in_place => ("--in-place", "never reads codex-home/auth.json"),
            Flow::DeviceCode | Flow::Browser => return Ok(()),
        };
        let message = format!("{option} does not go with this OpenClaw, which {why}");
        Err(Problem::request("usage", message).hint("leave the option out"))
    }

    /// Whether the profile that an agent is ready by is what was asked for. What its store does not
    /// tell of it is not.
    pub(crate) fn is_met_by_profile(&self, verdict: &Verdict) -> bool {
        let NextTurn::Profile { account, .. } = &verdict.next_turn else {
            return false;
        };
        let is_of_any_kind = matches!(self.flow, Flow::DeviceCode | Flow::Browser);
        let refused = self
            .expect
            .refuse_of(account.email.as_ref(), account.account_id.as_ref());
        is_of_any_kind && !self.force && refused.is_none()
    }

    /// Whether `login` is what was asked for, so that there is nothing left to do.
    pub(crate) fn is_met_by(&self, login: &Login) -> bool {
        let is_kind = match self.flow {
            Flow::DeviceCode | Flow::Browser => true,
            Flow::ApiKey => login.method == Method::ApiKey,
            Flow::AccessToken => matches!(
                login.method,
                Method::AccessToken | Method::PersonalAccessToken
            ),
        };
        is_kind && self.expect.refuse(login).is_none()
    }
}

/// An argument of the user's as a message may show it: a setting without its value, and nothing
/// that could be a credential.
fn without_value(arg: &str) -> String {
    match arg.split_once('=') {
        Some((name, _)) if !arg.contains("://") => format!("{name}=…"),
        _ => redacted(arg),
    }
}

/// Codex's ways to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    DeviceCode,
    Browser,
    ApiKey,
    AccessToken,
}

impl Flow {
    fn flag(self) -> Option<&'static str> {
        match self {
            Flow::DeviceCode => Some("--device-auth"),
            Flow::Browser => None,
            Flow::ApiKey => Some("--with-api-key"),
            Flow::AccessToken => Some("--with-access-token"),
        }
    }

    /// The arguments for `codex login`.
    pub(crate) fn args(self) -> impl Iterator<Item = OsString> {
        std::iter::once("login")
            .chain(self.flag())
            .map(OsString::from)
    }
}

/// Whose login it must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expect {
    pub(crate) email: Option<String>,
    pub(crate) account: Option<String>,
}

impl Expect {
    /// What is wrong with `login`, if it is somebody else's. Addresses compare without case.
    pub(crate) fn refuse(&self, login: &Login) -> Option<String> {
        self.refuse_of(login.email.as_ref(), login.account_id.as_ref())
    }

    fn refuse_of(&self, email: Option<&String>, account: Option<&String>) -> Option<String> {
        let differs = |want: &Option<String>, have: Option<&String>| {
            let same = |want: &String| have.is_some_and(|have| have.eq_ignore_ascii_case(want));
            want.as_ref().filter(|want| !same(want)).map(|want| {
                let have = have.map_or("nobody known", String::as_str);
                format!("it is of {have}, not of {want}")
            })
        };
        differs(&self.email, email).or_else(|| differs(&self.account, account))
    }
}
