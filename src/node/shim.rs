//! What a command on PATH leads to. Shims are read and never run: some of them start a package
//! manager.

use std::path::{Path, PathBuf};

use crate::files::{self, NoText};

/// pnpm's longest shim has 5 kB.
const SHIM_LIMIT: u64 = 64 * 1024;
/// Which file a shim of pnpm 11 and 12 is for, in its last line.
const TARGET: &str = "# cmd-shim-target=";

/// What is behind a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// A script for node.
    Script(PathBuf),
    /// A program of its own.
    Program(PathBuf),
    /// A shell script that does not say what it starts.
    Unclear,
    /// A link to nothing.
    Dangling,
}

/// What `command` leads to. `script` is the name of the file that a shim for it starts.
pub(crate) fn behind(command: &Path, script: &str) -> Behind {
    let Ok(real) = command.canonicalize() else {
        return Behind::Dangling;
    };
    if real.extension().is_some_and(|ending| ending == "js") {
        return Behind::Script(real);
    }
    match files::read(&real, SHIM_LIMIT) {
        Ok(text) if text.starts_with(b"#!") => {
            let text = String::from_utf8_lossy(&text);
            let dirs = [command.parent(), real.parent()];
            target(&text, script, &dirs).map_or(Behind::Unclear, Behind::Script)
        }
        // A program is larger than any shim.
        Ok(_) | Err(NoText::TooLarge | NoText::Unreadable(_)) => Behind::Program(real),
        Err(NoText::Missing | NoText::NotAFile) => Behind::Unclear,
    }
}

/// The file that the shim `text`, which lies in one of `dirs`, starts.
fn target(text: &str, script: &str, dirs: &[Option<&Path>]) -> Option<PathBuf> {
    let said = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix(TARGET));
    if let Some(said) =
        said.filter(|said| Path::new(said).is_absolute() && Path::new(said).ends_with(script))
    {
        return Some(PathBuf::from(said));
    }
    let words = text.lines().flat_map(shlex::Shlex::new);
    let mut named = words.filter(|word| Path::new(word).ends_with(script));
    let word = named.next()?;
    let Some(tail) = ["$basedir/", "${basedir}/"]
        .iter()
        .find_map(|start| word.strip_prefix(start))
    else {
        return Some(PathBuf::from(word)).filter(|path| path.is_absolute());
    };
    let mut places = dirs
        .iter()
        .flatten()
        .map(|dir| files::folded(&dir.join(tail)));
    let first = places.next()?;
    Some(
        Some(first.clone())
            .filter(|path| path.exists())
            .or_else(|| places.find(|path| path.exists()))
            .unwrap_or(first),
    )
}
