//! Where OpenClaw keeps its state and its configuration.
//!
//! The rules are those of OpenClaw's own `paths` and `home-dir` modules, alike from 2026.4.14 to
//! 2026.9.6: `OPENCLAW_STATE_DIR`, else `.openclaw` in `OPENCLAW_HOME`, else in the user's home.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use crate::error::Problem;
use crate::host::Host;
use crate::sourced::Sourced;

/// The two places from which everything else follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paths {
    /// Base for `~` in paths of the configuration: `OPENCLAW_HOME`, else the user's home.
    home: Option<PathBuf>,
    /// The gateway's working directory as far as we can know it: our own. Base for relative paths.
    cwd: Option<PathBuf>,
    pub(crate) state_dir: Sourced<PathBuf>,
    /// Whether somebody named the state directory, which then has no substitute.
    is_state_dir_given: bool,
    pub(crate) config: Sourced<PathBuf>,
}

impl Paths {
    /// Resolves both from the options, then from the environment.
    pub(crate) fn resolve(
        host: &Host,
        state_dir: Option<&Sourced<PathBuf>>,
        config: Option<&Sourced<PathBuf>>,
    ) -> Result<Paths, Problem> {
        let mut paths = Paths {
            home: host.home.clone(),
            cwd: host.cwd.clone(),
            state_dir: Sourced::new(PathBuf::new(), ""),
            is_state_dir_given: state_dir.is_some()
                || variable(host, "OPENCLAW_STATE_DIR").is_some(),
            config: Sourced::new(PathBuf::new(), ""),
        };
        let openclaw_home = variable(host, "OPENCLAW_HOME");
        if let Some(home) = openclaw_home {
            paths.home = Some(paths.expand(Path::new(home))?);
        }
        paths.state_dir = match (state_dir, variable(host, "OPENCLAW_STATE_DIR")) {
            (Some(given), _) => Sourced::new(paths.expand(&given.value)?, &*given.source),
            (None, Some(dir)) => Sourced::new(paths.expand(Path::new(dir))?, "OPENCLAW_STATE_DIR"),
            (None, None) => Sourced::new(
                paths.expand(Path::new("~/.openclaw"))?,
                openclaw_home.map_or("~/.openclaw", |_| "OPENCLAW_HOME"),
            ),
        };
        paths.config = match (config, variable(host, "OPENCLAW_CONFIG_PATH")) {
            (Some(given), _) => Sourced::new(paths.expand(&given.value)?, &*given.source),
            (None, Some(file)) => {
                Sourced::new(paths.expand(Path::new(file))?, "OPENCLAW_CONFIG_PATH")
            }
            (None, None) => Sourced::new(
                paths.state_dir.value.join("openclaw.json"),
                "the state directory",
            ),
        };
        Ok(paths)
    }

    /// A configuration, or a state directory, under OpenClaw's former name that it would turn to
    /// where its own are missing. Those places are not read here yet.
    pub(crate) fn legacy(&self) -> Option<PathBuf> {
        let mut places = vec![self.state_dir.value.join("clawdbot.json")];
        if let (false, Some(home)) = (self.is_state_dir_given, &self.home) {
            let former = home.join(".clawdbot");
            places.extend(["clawdbot.json", "openclaw.json"].map(|name| former.join(name)));
            if !self.state_dir.value.exists() {
                places.push(former);
            }
        }
        places.into_iter().find(|path| path.exists())
    }

    /// A path as OpenClaw reads one: a leading `~` is the home, the rest is made absolute against
    /// the working directory, `.` and `..` are folded without asking the disk.
    pub(crate) fn expand(&self, path: &Path) -> Result<PathBuf, Problem> {
        let mut parts = path.components();
        let joined = if parts.next() == Some(Component::Normal(OsStr::new("~"))) {
            let home = self.home.as_ref().ok_or_else(no_home)?;
            home.join(parts.as_path())
        } else if path.is_absolute() {
            path.to_owned()
        } else {
            self.cwd.as_ref().ok_or_else(no_cwd)?.join(path)
        };
        Ok(folded(&joined))
    }
}

/// A variable of OpenClaw's: trimmed; empty, `undefined` and `null` count as not set. One that is
/// not UTF-8 is left untrimmed, so that the path it names is refused by name later.
fn variable<'a>(host: &'a Host, name: &str) -> Option<&'a OsStr> {
    let value = host.var(name)?;
    match value.to_str().map(str::trim) {
        None => Some(value),
        Some("" | "undefined" | "null") => None,
        Some(text) => Some(OsStr::new(text)),
    }
}

/// `path` without `.` and `..`, as Node's `path.resolve` folds them.
fn folded(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

fn no_home() -> Problem {
    Problem::request("no-home", "cannot tell the user's home directory")
        .hint("set HOME, or give --state-dir")
}

fn no_cwd() -> Problem {
    Problem::request("no-working-directory", "the working directory is gone")
        .hint("cd somewhere that exists, and try again")
}
