//! A machine with real installs, and what codex-login says on it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::sandbox::{Run, Sandbox};
use crate::support::packages::Pnpm;

/// The words for how a codex was found, in the order in which they count.
const STEPS: [&str; 10] = [
    "named",
    "own-command",
    "plugin",
    "runtime-deps",
    "bundled-plugin",
    "global-plugin",
    "global",
    "openclaw",
    "path",
    "store",
];

/// A user's machine with an OpenClaw 2026.5.12.
pub(super) struct Machine {
    sandbox: Sandbox,
    path: Vec<PathBuf>,
}

impl Machine {
    pub(super) fn new() -> Machine {
        let sandbox = Sandbox::bare();
        sandbox.configure("{ agents: { list: [{ id: 'ember' }] } }");
        let path = vec![sandbox.path("bin")];
        Machine { sandbox, path }.with("CODEX_LOGIN_OPENCLAW_VERSION", "2026.5.12")
    }

    /// One whose user has this home, with what OpenClaw of this version has put there.
    pub(super) fn with_home(home: &Path, openclaw_version: &str) -> Machine {
        let home = home.to_str().expect("a readable path");
        let machine = Machine::new().with("HOME", home);
        machine.with("CODEX_LOGIN_OPENCLAW_VERSION", openclaw_version)
    }

    pub(super) fn with(mut self, variable: &str, value: &str) -> Machine {
        self.sandbox = self.sandbox.set(variable, value);
        self
    }

    /// Has pnpm's variable and commands, as its own setup gives them to a shell.
    pub(super) fn with_pnpm_home(self, pnpm: Pnpm, pnpm_home: &Path) -> Machine {
        let name = pnpm_home.to_str().expect("a readable path");
        let machine = self.with("PNPM_HOME", name);
        machine.with_commands_of(&pnpm.command_dir(pnpm_home))
    }

    /// Has this directory at the end of its search path.
    pub(super) fn with_commands_of(mut self, dir: &Path) -> Machine {
        self.path.push(dir.to_owned());
        let path = std::env::join_paths(&self.path).expect("a search path");
        self.with("PATH", path.to_str().expect("a readable path"))
    }

    /// Has this file in its home.
    pub(super) fn with_file(self, tail: &str, text: &str) -> Machine {
        self.sandbox.write(Path::new("home").join(tail), text);
        self
    }

    /// What `which` says to a person.
    pub(super) fn told(&self) -> Run {
        self.sandbox.run(["which"])
    }

    /// The codex that `which --json` names.
    #[track_caller]
    pub(super) fn choice(&self) -> Choice {
        self.choice_with(&[])
    }

    /// The same with more arguments.
    #[track_caller]
    pub(super) fn choice_with(&self, args: &[&str]) -> Choice {
        let run = self.sandbox.run([&["which", "--json"], args].concat());
        let run = run.expect_code(0);
        let document = serde_json::from_str(&run.stdout).expect("one document");
        let choice = Choice { document };
        choice.assert_every_rejection_is_explained();
        choice
    }

    /// The error of `which --json` where there is no codex to run.
    #[track_caller]
    pub(super) fn error(&self) -> Value {
        let run = self.sandbox.run(["which", "--json"]);
        let code = run.status.code();
        let mut document: Value = serde_json::from_str(&run.stdout).expect("one document");
        let error = document["error"].take();
        let expected = match error["code"].as_str() {
            Some("codex-not-found") => Some(127),
            Some("codex-cannot-run") => Some(126),
            _ => panic!("no such error:\n{run}"),
        };
        assert_eq!(code, expected, "{run}");
        assert!(error["searched"].is_array(), "{run}");
        assert!(!text(&error, "hint").is_empty(), "{run}");
        for candidate in rejected_in(&error) {
            assert_is_explained(candidate);
        }
        error
    }
}

/// What `which --json` answers.
pub(super) struct Choice {
    pub(super) document: Value,
}

impl Choice {
    pub(super) fn codex(&self) -> &Value {
        &self.document["codex"]
    }

    /// Asserts which codex it is: this version, at this `bin/codex.js`, and it starts by itself.
    #[track_caller]
    pub(super) fn assert_is(&self, version: &str, entry: &Path) -> &Choice {
        let codex = self.codex();
        assert_eq!(codex["version"], version, "{codex:#}");
        assert_eq!(text(codex, "entry"), entry.to_str().unwrap(), "{codex:#}");
        assert_eq!(codex["launcher"], "native", "{codex:#}");
        let native = Path::new(text(codex, "native"));
        let mode = fs::metadata(native)
            .expect("a program")
            .permissions()
            .mode();
        assert!(mode & 0o111 != 0, "{codex:#}");
        let output = Command::new(native).arg("--version").output();
        let output = output.expect("codex starts").stdout;
        let said = String::from_utf8(output).expect("a version");
        assert!(
            said.split_whitespace().any(|word| word == version),
            "{said}"
        );
        self
    }

    /// Asserts how it was found.
    #[track_caller]
    pub(super) fn assert_step(&self, step: &str) -> &Choice {
        assert!(STEPS.contains(&step), "no step is called {step}");
        assert_eq!(self.codex()["step"], step, "{:#}", self.codex());
        self
    }

    /// Asserts that a command on PATH led to it, to the file itself or to the project around it.
    #[track_caller]
    pub(super) fn assert_found_by_command(&self) -> &Choice {
        let step = text(self.codex(), "step");
        assert!(["global", "path"].contains(&step), "{:#}", self.codex());
        self
    }

    /// Asserts that this version was found too and not taken, and gives why.
    #[track_caller]
    pub(super) fn assert_rejected(&self, version: &str) -> &Value {
        let mut others = rejected_in(self.codex()).iter();
        others
            .find(|other| other["version"] == version)
            .unwrap_or_else(|| panic!("{version} is not rejected in {:#}", self.codex()))
    }

    /// Asserts that OpenClaw's user is told something of this kind.
    #[track_caller]
    pub(super) fn assert_notice(&self, code: &str) -> &Choice {
        let openclaw = &self.document["openclaw"];
        let notices = openclaw["notices"].as_array().expect("notices");
        let notice = notices.iter().find(|notice| notice["code"] == code);
        let notice = notice.unwrap_or_else(|| panic!("no {code} in {openclaw:#}"));
        assert!(!text(notice, "message").is_empty(), "{notice:#}");
        self
    }

    #[track_caller]
    fn assert_every_rejection_is_explained(&self) {
        for candidate in rejected_in(self.codex()) {
            assert_is_explained(candidate);
        }
    }
}

/// The candidates that were not taken.
#[track_caller]
pub(super) fn rejected_in(value: &Value) -> &[Value] {
    value["rejected"].as_array().expect("rejected candidates")
}

#[track_caller]
pub(super) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("no text {field:?} in {value:#}"))
}

#[track_caller]
fn assert_is_explained(candidate: &Value) {
    assert!(!text(candidate, "reason").is_empty(), "{candidate:#}");
    assert!(
        Path::new(text(candidate, "path")).is_absolute(),
        "{candidate:#}"
    );
}
