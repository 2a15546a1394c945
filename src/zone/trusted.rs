//! Reading a file that decides where logins go, and the paths that it names.
//!
//! Whoever can write such a file can have a login put where only they look. So it is read only
//! where it is the user's own or root's, and others cannot write it.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use crate::error::Problem;
use crate::files::{self, NoText, folded};
use crate::host::Host;
use crate::shell::quoted;

/// As for OpenClaw's configuration; a description of zones is far smaller.
const SIZE_LIMIT: u64 = 2 * 1024 * 1024;

/// Whose description of zones a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Own,
    AgentVm,
}

impl Kind {
    /// What must not be in the file's mode, and how to take it out. A checkout made under a umask
    /// of 002 is writable by its group, and agent-vm's file is part of one.
    fn forbidden(self) -> (u32, &'static str) {
        match self {
            Kind::Own => (0o022, "chmod go-w"),
            Kind::AgentVm => (0o002, "chmod o-w"),
        }
    }

    /// A file that does not say what it must.
    pub(super) fn damaged(self, path: &Path, reason: &str) -> Problem {
        Problem::request(
            "zones-damaged",
            format!("could not use {}: {reason}", path.display()),
        )
        .hint(match self {
            Kind::Own => "mend the file; README has an example",
            Kind::AgentVm => "mend the file, or run codex-login in another directory: it is read because it is in this one",
        })
    }
}

/// The text of the file at `path`, `None` where there is none.
pub(super) fn text(host: &Host, path: &Path, kind: Kind) -> Result<Option<String>, Problem> {
    let read = files::open(path).and_then(|file| {
        let meta = file.metadata()?;
        Ok((files::read_from(&file, SIZE_LIMIT)?, meta))
    });
    let (bytes, meta) = match read {
        Ok(read) => {
            refuse_foreign_links(host, path, kind)?;
            read
        }
        // A file where a directory would have to be: the path leads nowhere.
        Err(NoText::Missing | NoText::Unreadable(ErrorKind::NotADirectory)) => return Ok(None),
        Err(NoText::NotAFile) => return Err(kind.damaged(path, "not a file")),
        Err(NoText::TooLarge) => return Err(kind.damaged(path, "larger than 2 MiB")),
        Err(NoText::Unreadable(why)) => {
            let message = format!("could not read {}: {why}", path.display());
            return Err(Problem::request("zones-unreadable", message)
                .hint("run as the user whose zones these are, or name a file with --zones FILE"));
        }
    };
    refuse_unsafe(host, path, &meta, kind)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(kind.damaged(path, "not UTF-8")),
    }
}

/// What is relative in agent-vm's file is taken from where it was found: somebody else's link to a
/// file that is trusted would make it say something else.
fn refuse_foreign_links(host: &Host, path: &Path, kind: Kind) -> Result<(), Problem> {
    if kind == Kind::Own {
        return Ok(());
    }
    for entry in path.ancestors().take(2) {
        if let Ok(meta) = entry.symlink_metadata() {
            refuse_owner(host, entry, &meta)?;
        }
    }
    Ok(())
}

fn refuse_unsafe(host: &Host, path: &Path, meta: &Metadata, kind: Kind) -> Result<(), Problem> {
    refuse_owner(host, path, meta)?;
    let (mask, mend) = kind.forbidden();
    if meta.mode() & mask != 0 {
        let message = format!(
            "{} decides where logins go, and others can write it (mode {:04o})",
            path.display(),
            meta.mode() & 0o7777
        );
        let shell = quoted(&path.to_string_lossy());
        return Err(Problem::request("zones-unsafe", message).hint(format!("{mend} {shell}")));
    }
    Ok(())
}

fn refuse_owner(host: &Host, path: &Path, meta: &Metadata) -> Result<(), Problem> {
    if [0, host.uid].contains(&meta.uid()) {
        return Ok(());
    }
    let message = format!(
        "{} decides where logins go, and is neither yours nor root's: it belongs to user {}",
        path.display(),
        meta.uid()
    );
    let shell = quoted(&path.to_string_lossy());
    Err(Problem::request("zones-unsafe", message).hint(format!(
        "if it says what you want: chown {} {shell}",
        host.uid
    )))
}

/// What paths in a file are relative to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Base<'a> {
    /// The file's directory.
    pub(super) dir: &'a Path,
    /// The user's home, for `~`.
    pub(super) home: Option<&'a Path>,
}

impl Base<'_> {
    /// `path` made absolute: `~` and what is below it from the home, what is relative from the
    /// file's directory, both folded. What is absolute stays as it is.
    pub(super) fn resolve(&self, path: &Path) -> Result<PathBuf, &'static str> {
        let mut parts = path.components();
        match parts.next() {
            None => Err("empty"),
            Some(Component::RootDir) => Ok(path.to_owned()),
            Some(Component::Normal(first)) if first == OsStr::new("~") => {
                let home = self.home.ok_or("`~`, and there is no home directory")?;
                Ok(folded(&home.join(parts.as_path())))
            }
            Some(_) => Ok(folded(&self.dir.join(path))),
        }
    }
}
