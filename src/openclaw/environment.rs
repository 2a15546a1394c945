//! The environment as OpenClaw sees it: that of its process, filled up from `.env` files and from
//! its configuration. Each of them sets only what is not set yet.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::files;
use crate::host::Host;
use crate::openclaw::disk::Disk;
use crate::openclaw::dotenv;
use crate::openclaw::guarded::{Guard, Setter};

/// The variables that decide where everything is.
pub(crate) const SELECTORS: [&str; 4] = [
    "OPENCLAW_STATE_DIR",
    "OPENCLAW_CONFIG_PATH",
    "OPENCLAW_HOME",
    "OPENCLAW_INCLUDE_ROOTS",
];
/// From 2026.8.1 OpenClaw reads no larger `.env`; nobody has one.
const DOTENV_LIMIT: u64 = 1024 * 1024;

/// A variable, and what set it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    value: OsString,
    /// For people; `None` where it is the variable itself, as the process has it.
    source: Option<String>,
}

/// What OpenClaw has around it.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    vars: BTreeMap<OsString, Variable>,
    /// The home of the account, where no variable names one.
    account_home: Option<PathBuf>,
    /// OpenClaw's working directory, as far as it is known.
    pub(crate) cwd: Option<PathBuf>,
    pub(crate) disk: Disk,
    /// As whom we read its files.
    pub(crate) reader: u32,
}

impl Environment {
    /// That of a process started here, as we were.
    pub(crate) fn of(host: &Host) -> Environment {
        let own = |(name, value): (&OsString, &OsString)| {
            let variable = Variable {
                value: value.clone(),
                source: None,
            };
            (name.clone(), variable)
        };
        Environment {
            vars: host.vars().iter().map(own).collect(),
            account_home: host.home.clone(),
            cwd: host.cwd.clone(),
            disk: Disk::Same,
            reader: host.uid,
        }
    }

    /// That of a process in a virtual machine that sees only `disk` of this host.
    pub(crate) fn inside(disk: Disk, reader: u32) -> Environment {
        Environment {
            vars: BTreeMap::new(),
            account_home: None,
            cwd: None,
            disk,
            reader,
        }
    }

    /// The value, set or not by the process itself; a blank one is given too.
    pub(crate) fn value(&self, name: &str) -> Option<&OsStr> {
        let variable = self.vars.get(OsStr::new(name))?;
        Some(&variable.value)
    }

    /// The value without the blanks around it; a blank one counts as not set.
    pub(crate) fn trimmed(&self, name: &str) -> Option<&OsStr> {
        let value = trimmed(self.value(name)?);
        (!value.is_empty()).then_some(value)
    }

    /// Where the variable comes from, for people.
    pub(crate) fn source(&self, name: &str) -> String {
        let variable = self.vars.get(OsStr::new(name));
        variable
            .and_then(|variable| variable.source.clone())
            .unwrap_or_else(|| name.to_owned())
    }

    /// Whether the process itself has it.
    pub(crate) fn is_own(&self, name: &str) -> bool {
        let variable = self.vars.get(OsStr::new(name));
        variable.is_some_and(|variable| variable.source.is_none())
    }

    /// The home that a variable names, else the account's.
    pub(crate) fn own_home(&self) -> Option<PathBuf> {
        let named = self.trimmed("HOME").map(PathBuf::from);
        named.or_else(|| self.account_home.clone())
    }

    /// The home of the account.
    pub(crate) fn account_home(&self) -> Option<&Path> {
        self.account_home.as_deref()
    }

    /// Whether something decides where the state or the configuration is.
    pub(crate) fn is_selected(&self) -> bool {
        SELECTORS[..3]
            .iter()
            .any(|name| self.trimmed(name).is_some())
    }

    /// Sets a variable, whatever it was. `source` says for people where it comes from.
    pub(crate) fn set(
        &mut self,
        name: &str,
        value: impl Into<OsString>,
        source: impl Into<String>,
    ) {
        let variable = Variable {
            value: value.into(),
            source: Some(source.into()),
        };
        self.vars.insert(name.into(), variable);
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.vars.remove(OsStr::new(name));
    }

    /// What OpenClaw's command line loads first, if there is a `.env` in the working directory or in
    /// the state directory.
    pub(crate) fn load_first_files(&mut self, state_dir: &Path, home: &Path, guard: &Guard) {
        let in_cwd = self.cwd.as_ref().map(|cwd| cwd.join(".env"));
        let is_there = |path: &Path| self.disk.has(path);
        if in_cwd.is_some_and(|path| is_there(&path)) || is_there(&state_dir.join(".env")) {
            self.load_files(state_dir, home, guard);
        }
    }

    /// Takes what is set by `.env` in the working directory, less what is guarded, then by `.env`
    /// in this directory of OpenClaw's own; and by `gateway.env` of the home, unless the state is
    /// named and that directory is not the home's.
    pub(crate) fn load_files(&mut self, dir: &Path, home: &Path, guard: &Guard) {
        if let Some(cwd) = self.cwd.clone() {
            let file = cwd.join(".env");
            self.fill(&file, |name| !guard.refuses(name, Setter::WorkspaceFile));
        }
        let is_elsewhere =
            self.value("OPENCLAW_STATE_DIR").is_some() && dir != home.join(".openclaw");
        self.fill(&dir.join(".env"), |_| true);
        if !is_elsewhere {
            self.fill(&home.join(".config/openclaw/gateway.env"), |_| true);
        }
    }

    /// Takes from a file what is not set yet. One that cannot be read is passed over, as OpenClaw
    /// does.
    fn fill(&mut self, file: &Path, takes: impl Fn(&str) -> bool) {
        let Some(path) = self.disk.on_host(file) else {
            return;
        };
        let Ok(bytes) = files::read(&path, DOTENV_LIMIT) else {
            return;
        };
        for (name, value) in dotenv::parse(&String::from_utf8_lossy(&bytes)) {
            if is_portable(&name) && takes(&name) && self.value(&name).is_none() {
                let source = format!("{name} in {}", path.display());
                self.set(&name, value, source);
            }
        }
    }
}

/// A name that OpenClaw sets.
pub(crate) fn is_portable(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(is_word)
}

/// `value` without the blanks around it, as JavaScript trims. One that is not UTF-8 is left as it
/// is, so that the path it names is refused by name later.
pub(crate) fn trimmed(value: &OsStr) -> &OsStr {
    match value.to_str() {
        Some(text) => OsStr::new(js_trim(text)),
        None => value,
    }
}

/// JavaScript's `trim`: Unicode's blanks without U+0085, and the byte order mark.
pub(crate) fn js_trim(text: &str) -> &str {
    text.trim_matches(|c: char| (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}')
}
