//! What an agent's codex home makes of it, profiles of OpenClaw's aside.

use std::io::ErrorKind;

use crate::agent::evidence::Evidence;
use crate::agent::findings::Finding;
use crate::agent::verdict::State;
use crate::codex::auth::{AuthFile, Damage, Login};
use crate::codex::home::KEYRING;
use crate::codex::status::{Says, Word};
use crate::codex::store::Store;
use crate::openclaw::route::Route;
use crate::shell::quoted;

impl Evidence<'_> {
    /// The route first, then where codex keeps logins, then the file with codex's word on it.
    pub(super) fn state(&self, says: Option<Says>) -> (State, Option<Finding>) {
        if self.agent.is_elsewhere {
            return unknown(
                "inside-vm",
                "its directory is inside the zone's virtual machine, and not on this host",
            );
        }
        if let Err(problem) = self.agent.home.refuse_what_codex_ignores() {
            let finding = Finding::error(problem.code, problem.to_string());
            return (State::Unknown, Some(finding));
        }
        if let AuthFile::Unreadable(why) = self.file {
            return self.unreadable(why);
        }
        if !self.reads_home() {
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
            Ok(Store::Keyring) => self.elsewhere("codex keeps this home's login in a keyring"),
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
            (Route::UserHome, _) => (
                State::Inert,
                "`homeScope` is `user`: all agents use the Codex home of the gateway's user, which is not known here",
            ),
            (_, true) if self.blocked_by_file => return self.blocked(),
            (_, true) => (
                State::Inert,
                "OpenClaw has no profile for it, and this version never reads auth.json",
            ),
            (_, false) => {
                let finding = Finding::error(
                    "logged-out",
                    "not logged in: OpenClaw has no profile for it",
                );
                let fix = self.profiles.login(self.agent);
                return (State::LoggedOut, Some(finding.maybe_fix(fix)));
            }
        };
        let fix = match self.route {
            Route::Import => self.profiles.login(self.agent),
            _ => None,
        };
        let finding = Finding::error("route-unsupported", message).maybe_fix(fix);
        (state, Some(finding))
    }

    fn of_file(&self, says: Option<Says>) -> (State, Option<Finding>) {
        match (&self.file, says) {
            (AuthFile::Absent, Some(Says::LoggedIn(_))) => self.elsewhere(
                "codex is logged in without auth.json: from a keyring, or through the home's .env",
            ),
            (AuthFile::Absent, Some(Says::Error | Says::CannotLoad)) => self.codex_fails(),
            (AuthFile::Absent, Some(Says::Nothing)) => {
                unknown("codex-hangs", "codex did not answer in time")
            }
            (AuthFile::Absent, _) => self.logged_out(),
            (AuthFile::Unreadable(why), _) => self.unreadable(*why),
            (AuthFile::Damaged(damage), _) => {
                let finding = self.mend(
                    "damaged",
                    format!("codex could not use auth.json: {damage}"),
                );
                let finding = match damage {
                    Damage::NotAFile => finding.fix(self.put_aside()),
                    _ => finding,
                };
                (State::Damaged, Some(finding))
            }
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
            Some(Says::Nothing) => unknown("codex-hangs", "codex did not answer in time"),
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

    /// The command that takes `auth.json` out of the way and loses nothing.
    fn put_aside(&self) -> String {
        let path = self.agent.home.auth_json();
        let path = quoted(&path.to_string_lossy());
        format!("mv -n {path} {path}.aside-{}", self.now.as_second())
    }

    /// Where the file is another user's than the home, a finding about that has the remedy.
    fn unreadable(&self, why: ErrorKind) -> (State, Option<Finding>) {
        let finding = Finding::error("unreadable", format!("could not read auth.json: {why}"));
        let others = self.agent.home.names_of_others().unwrap_or_default();
        let finding = if others.iter().any(|name| name == "auth.json") {
            finding
        } else {
            finding.fix("run as the gateway's user")
        };
        (State::Unknown, Some(finding))
    }

    /// The keyring's item goes by the home's path, and is lost to a home that is moved.
    fn elsewhere(&self, message: &str) -> (State, Option<Finding>) {
        let finding = match self.agent.home.keyring_account() {
            Some(account) => Finding::error(
                "elsewhere",
                format!("{message} (in a keyring it is the item `{KEYRING}`, `{account}`)"),
            )
            .with("keyring_service", KEYRING)
            .with("keyring_account", account),
            None => Finding::error("elsewhere", message),
        };
        (State::Elsewhere, Some(finding))
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
        Finding::error(code, message).fix(self.agent.login_command())
    }
}

fn unknown(code: &'static str, message: &str) -> (State, Option<Finding>) {
    (State::Unknown, Some(Finding::error(code, message)))
}
