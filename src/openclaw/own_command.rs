//! A command of the user's own that OpenClaw starts in place of the codex that it manages.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::host::Host;
use crate::node::path;
use crate::openclaw::config::Config;
use crate::openclaw::environment::Environment;

const VARIABLE: &str = "OPENCLAW_CODEX_APP_SERVER_BIN";

/// A command of the user's in place of the managed codex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnCommand {
    command: OsString,
    pub(crate) source: String,
    /// How to be rid of it.
    pub(crate) remedy: String,
    /// The directory from which OpenClaw would look, where it is known.
    cwd: Option<PathBuf>,
}

impl OwnCommand {
    /// What the configuration says, else the environment. OpenClaw trims it and does nothing else:
    /// a `~` or an argument in it is part of the file's name.
    pub(crate) fn of(config: &Config, env: &Environment) -> Option<OwnCommand> {
        let written = config
            .app_server("command")
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let (command, source, setting) = if let Some(text) = written {
            let file = config.path.display();
            (
                OsStr::new(text),
                format!("appServer.command in {file}"),
                format!("plugins.entries.codex.config.appServer.command in {file}"),
            )
        } else {
            let source = env.source(VARIABLE);
            (env.trimmed(VARIABLE)?, source.clone(), source)
        };
        Some(OwnCommand {
            command: command.to_owned(),
            source,
            remedy: format!("correct or remove {setting}"),
            cwd: env.cwd.clone(),
        })
    }

    /// For people. Somebody may have written arguments behind it, and a key among them: they are
    /// not shown.
    pub(crate) fn shown(&self) -> String {
        let text = self.command.to_string_lossy();
        if !text.contains(char::is_whitespace) || Path::new(&self.command).exists() {
            return text.into_owned();
        }
        let mut parts = text.split(|c: char| c.is_whitespace() || c == '=');
        format!("{} …", parts.next().unwrap_or_default())
    }

    /// Whether there is more than a file's name, as OpenClaw takes it.
    pub(crate) fn has_arguments(&self) -> bool {
        self.shown() != self.command.to_string_lossy()
    }

    /// The file: a bare name is looked for on PATH, a relative one where OpenClaw runs.
    pub(crate) fn file(&self, host: &Host) -> Option<PathBuf> {
        let written = Path::new(&self.command);
        match self.command.to_str() {
            _ if self.has_arguments() => None,
            Some(name) if !name.contains('/') => path::first(host, name),
            _ if written.is_absolute() => Some(written.to_owned()),
            _ => Some(self.cwd.as_ref()?.join(written)),
        }
    }
}
