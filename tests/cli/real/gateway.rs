//! A gateway with one agent, `ember`, a real codex, and somebody to log in.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::Pid;

use crate::fixture::CANARY;
use crate::real::Codex;
use crate::real::processes::codex_logins_at;
use crate::real::running::{LIMIT, Running};
use crate::sandbox::{Run, Sandbox, package_without_binary};
use crate::support::issuer::{Issuer, Script};
use crate::users::{self, Someone};

/// Nobody listens there, so that nothing leaves this machine.
const CLOSED_PORT: &str = "http://127.0.0.1:9";

/// A machine with an OpenClaw 2026.5.12, its agent `ember`, and a real codex.
pub(super) struct Gateway {
    pub(super) sandbox: Sandbox,
}

/// An issuer that does as told.
pub(super) fn issuer(script: Script) -> Issuer {
    Issuer::start(script).expect("a port on loopback")
}

/// Waits until codex asks whether its user has approved.
pub(super) fn until_codex_waits(issuer: &Issuer) {
    until_asked_for("deviceauth/token", issuer);
}

/// Waits until codex has asked for this.
pub(super) fn until_asked_for(path: &str, issuer: &Issuer) {
    if let Err(reason) = issuer.wait_for(path, LIMIT) {
        panic!("{reason}");
    }
}

impl Gateway {
    pub(super) fn with(codex: Codex) -> Gateway {
        Gateway::in_sandbox(Sandbox::bare().set("PNPM_HOME", codex.pnpm_home()))
    }

    /// One whose OpenClaw is this user's, and whose codex everybody can reach: the package as npm
    /// would lay it out, with the binary that pnpm installed.
    pub(super) fn of_user(codex: Codex, user: &Someone) -> Gateway {
        let installed = Gateway::with(codex).sandbox.json(["which", "--json"]);
        let binary = installed["codex"]["native"].as_str().expect("a binary");
        let sandbox = users::sandbox_for_everybody();
        let package = sandbox.path("codex");
        let place = package_without_binary(&package, codex.version());
        users::place(Path::new(binary), &place);
        let gateway = Gateway::in_sandbox(sandbox.set("CODEX_LOGIN_CODEX", package));
        user.take(&gateway.sandbox.state_dir());
        gateway
    }

    /// One of this user's where ember has a login that is good for many years.
    pub(super) fn of_user_logged_in(codex: Codex, user: &Someone) -> Gateway {
        let gateway = Gateway::of_user(codex, user);
        gateway.sandbox.log_in("ember");
        user.take(&gateway.sandbox.state_dir());
        gateway
    }

    fn in_sandbox(sandbox: Sandbox) -> Gateway {
        let sandbox = sandbox
            .set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.5.12")
            .set("HTTP_PROXY", CLOSED_PORT)
            .set("HTTPS_PROXY", CLOSED_PORT);
        sandbox.configure(r#"{ "agents": { "list": [{ "id": "ember" }] } }"#);
        Gateway { sandbox }
    }

    /// One where ember has a login that is good for many years.
    pub(super) fn logged_in(codex: Codex) -> Gateway {
        let gateway = Gateway::with(codex);
        gateway.sandbox.log_in("ember");
        gateway
    }

    pub(super) fn home(&self) -> PathBuf {
        self.sandbox.home_of("ember")
    }

    pub(super) fn auth_json(&self) -> PathBuf {
        self.sandbox.auth_json("ember")
    }

    /// `codex-login --agent ember ARGS… -- --experimental_issuer URL`
    pub(super) fn login_command(&self, issuer: &str, args: &[&str]) -> Command {
        let mut line = vec!["--agent", "ember"];
        line.extend(args);
        line.extend(["--", "--experimental_issuer", issuer]);
        self.sandbox.command(line)
    }

    /// Starts to log ember in, also where it is logged in.
    pub(super) fn start_login(&self, issuer: &str, args: &[&str]) -> Running {
        let args: Vec<_> = std::iter::once("--force")
            .chain(args.iter().copied())
            .collect();
        Running::start(self.login_command(issuer, &args))
    }

    /// Logs ember in, also where it is logged in, to the end.
    pub(super) fn log_in(&self, issuer: &str, args: &[&str]) -> Run {
        self.start_login(issuer, args).end()
    }

    /// The login that ember has, to compare.
    pub(super) fn login(&self) -> Login {
        let path = self.auth_json();
        let meta = fs::symlink_metadata(&path).expect("a login");
        Login {
            bytes: fs::read(path).expect("a login that can be read"),
            mode: meta.permissions().mode(),
            owner: (meta.uid(), meta.gid()),
        }
    }

    /// Asserts that a run at this issuer left nothing behind: no staging directory, no codex.
    #[track_caller]
    pub(super) fn assert_nothing_left(&self, issuer: &str) {
        self.sandbox.assert_nothing_staged("ember");
        assert_eq!(codex_logins_at(issuer), [] as [Pid; 0], "still running");
    }

    /// Asserts what every failed login must be: ember named, a way on, nothing changed, nothing
    /// left, nothing secret told.
    #[track_caller]
    pub(super) fn assert_kept(&self, before: &Login, issuer: &str, run: &Run) {
        assert!(self.login() == *before, "another login after\n{run}");
        assert!(
            run.stderr.contains("error: ember: "),
            "nobody named:\n{run}"
        );
        assert!(run.stderr.contains("\nhint: "), "no way on:\n{run}");
        assert_no_secret(run);
        self.assert_nothing_left(issuer);
    }
}

/// A login as it stands on disk.
#[derive(PartialEq, Eq)]
pub(super) struct Login {
    bytes: Vec<u8>,
    mode: u32,
    owner: (u32, u32),
}

/// Asserts that a run told nothing of any token.
#[track_caller]
pub(super) fn assert_no_secret(run: &Run) {
    assert!(!run.to_string().contains(CANARY), "a secret is in\n{run}");
}

/// The limit of a terminal, in its unit.
pub(super) fn limit_in_milliseconds() -> u64 {
    u64::try_from(LIMIT.as_millis()).expect("a short limit")
}
