//! The process's surroundings, read once: arguments, environment, working
//! directory, user, terminals, cores, the time of the start.
//!
//! Nothing else in the program asks the process for these; lints see to it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::PathBuf;

use jiff::Timestamp;

/// What this process was started with.
#[derive(Clone, Debug)]
pub struct Host {
    /// The arguments, the program's name first.
    pub(crate) args: Vec<OsString>,
    vars: BTreeMap<OsString, OsString>,
    /// The working directory, `None` where it is gone.
    pub(crate) cwd: Option<PathBuf>,
    /// The home of the user: `HOME`, else the account's.
    pub(crate) home: Option<PathBuf>,
    /// As whom we act: the effective user id.
    pub(crate) uid: u32,
    /// Which of the standard streams are terminals.
    pub(crate) terminal: Terminals,
    /// How wide the terminal is that standard output is.
    pub(crate) columns: Option<usize>,
    /// How many processes can usefully run at a time.
    pub(crate) cores: usize,
    /// The time of the start: one "now" for one report.
    pub(crate) now: Timestamp,
    /// Signals that our caller ignores (`nohup`), and that so stay ignored.
    pub(crate) ignored_signals: u64,
    /// The machine's configuration: `/etc`.
    pub(crate) etc: PathBuf,
}

/// Which standard streams are terminals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terminals {
    pub(crate) stdin: bool,
    pub(crate) stdout: bool,
    pub(crate) stderr: bool,
}

impl Terminals {
    pub(crate) fn any(self) -> bool {
        self.stdin || self.stdout || self.stderr
    }
}

impl Host {
    /// Reads all of it from the running process.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the process's state"
    )]
    pub fn of_this_process() -> Host {
        Host {
            args: std::env::args_os().collect(),
            vars: std::env::vars_os().collect(),
            cwd: std::env::current_dir().ok(),
            home: dirs::home_dir().filter(|home| !home.as_os_str().is_empty()),
            uid: nix::unistd::geteuid().as_raw(),
            terminal: Terminals {
                stdin: std::io::stdin().is_terminal(),
                stdout: std::io::stdout().is_terminal(),
                stderr: std::io::stderr().is_terminal(),
            },
            columns: terminal_size::terminal_size_of(std::io::stdout())
                .map(|(width, _)| usize::from(width.0)),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            now: Timestamp::now(),
            ignored_signals: ignored_signals(),
            etc: PathBuf::from("/etc"),
        }
    }

    /// A variable's value; an empty one counts as not set.
    pub(crate) fn var(&self, name: &str) -> Option<&OsStr> {
        self.vars
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// The same for another user, who has this environment.
    pub(crate) fn with_vars(&self, vars: &BTreeMap<OsString, OsString>) -> Host {
        Host {
            home: vars.get(OsStr::new("HOME")).map(PathBuf::from),
            vars: vars.clone(),
            ..self.clone()
        }
    }

    /// The whole environment, as a child would inherit it.
    pub(crate) fn vars(&self) -> &BTreeMap<OsString, OsString> {
        &self.vars
    }
}

/// The signals set to "ignore" when we were started, bit n-1 for signal n. Known on Linux only;
/// elsewhere none, since asking the kernel there needs unsafe code.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
