//! A staging home: where a login happens before it may replace the one that is there, and where
//! one is tried out.
//!
//! From codex 0.140 on `codex login` revokes and deletes the old login before it starts. In a
//! directory of its own it finds none, so a failure costs nothing.

use std::ffi::OsStr;
use std::fs::{File, Permissions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use nix::fcntl::{OFlag, openat, renameat};
use nix::sys::stat::Mode;
use tempfile::TempDir;

use crate::codex::home::{self, CodexHome};
use crate::codex::lock::HomeLock;
use crate::files;

const PREFIX: &str = ".codex-login.stage-";
const RANDOM: usize = 6;

/// A private directory inside the home, on the same file system. Gone when dropped.
#[derive(Debug)]
pub(crate) struct Stage {
    dir: TempDir,
    /// The directory that was made, whatever its path leads to by now.
    made: File,
    home: File,
}

impl Stage {
    /// Makes one for a login. The lock says that there is no other.
    pub(crate) fn make(home: &CodexHome, _ours: &HomeLock) -> io::Result<Stage> {
        Stage::make_beside(home)
    }

    /// Makes one, with what the home's configuration may refer to linked in, beside whatever else
    /// is under way in the home.
    pub(crate) fn make_beside(home: &CodexHome) -> io::Result<Stage> {
        let stage = Stage::make_in(home.path())?;
        for name in files::names(home.path())? {
            if is_configuration(&name) {
                symlink(home.path().join(&name), stage.path().join(name))?;
            }
        }
        Ok(stage)
    }

    /// Makes one with nothing in it, in a directory that is no codex home.
    pub(crate) fn make_in(parent: &Path) -> io::Result<Stage> {
        let dir = tempfile::Builder::new()
            .prefix(PREFIX)
            .rand_bytes(RANDOM)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        let made = home::open_made(dir.path())?;
        // Tells it from what a killed run left. Where a file system cannot lock directories a
        // login may take it for that.
        let _ = made.try_lock();
        Ok(Stage {
            dir,
            made,
            home: File::open(parent)?,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Gives it this login.
    pub(crate) fn write_auth(&self, text: &[u8]) -> io::Result<()> {
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
        let mode = Mode::S_IRUSR | Mode::S_IWUSR;
        let file = openat(&self.made, "auth.json", flags, mode)?;
        File::from(file).write_all(text)
    }

    /// The login that codex left, not followed where it is a link.
    pub(crate) fn open_auth(&self) -> io::Result<File> {
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        Ok(openat(&self.made, "auth.json", flags, Mode::empty())?.into())
    }

    /// Puts the login in place of the home's: one rename. The home's directory is then written to
    /// disk; a system that cannot do that has still done the rename.
    pub(crate) fn move_auth_into_home(&self) -> io::Result<()> {
        renameat(&self.made, "auth.json", &self.home, "auth.json")?;
        if let Err(error) = self.home.sync_all() {
            tracing::warn!(%error, "could not sync the home");
        }
        Ok(())
    }

    /// Removes it, and says so when it cannot.
    pub(crate) fn remove(self) -> io::Result<()> {
        self.dir.close()
    }
}

/// Whether codex may need the entry to read its configuration: all but logins, locks, hidden
/// files (`.env` can name another identity) and what codex itself keeps there.
fn is_configuration(name: &OsStr) -> bool {
    const CODEXS_OWN: [&str; 5] = ["log", "tmp", "memories", "sessions", "history.jsonl"];
    let name = name.to_string_lossy();
    let is_database = name.contains(".sqlite");
    !name.starts_with('.')
        && !name.starts_with("auth.")
        && !is_database
        && !CODEXS_OWN.contains(&name.as_ref())
}

/// Whether there are staging directories of runs that were killed.
pub(crate) fn has_leftovers(home: &CodexHome) -> bool {
    let names = files::names(home.path()).unwrap_or_default();
    let mut stages = names.iter().filter(|name| is_stage(name));
    stages.any(|name| !is_in_use(&home.path().join(name)))
}

/// Removes the staging directories of runs that were killed, real directories of our naming and
/// nothing else, and gives those that could not be removed.
pub(crate) fn clear_leftovers(home: &CodexHome, _ours: &HomeLock) -> io::Result<Vec<PathBuf>> {
    clear_in(home.path())
}

/// The same for any directory, whose lock the caller has.
pub(crate) fn clear_in(parent: &Path) -> io::Result<Vec<PathBuf>> {
    let mut left = Vec::new();
    for name in files::names(parent)?
        .into_iter()
        .filter(|name| is_stage(name))
    {
        let path = parent.join(name);
        let is_dir = path.symlink_metadata().is_ok_and(|meta| meta.is_dir());
        if is_dir && !is_in_use(&path) && std::fs::remove_dir_all(&path).is_err() {
            left.push(path);
        }
    }
    Ok(left)
}

/// Whether the run that made it still goes on.
fn is_in_use(stage: &Path) -> bool {
    File::open(stage).is_ok_and(|dir| matches!(dir.try_lock(), Err(TryLockError::WouldBlock)))
}

fn is_stage(name: &OsStr) -> bool {
    name.to_str()
        .and_then(|name| name.strip_prefix(PREFIX))
        .is_some_and(|rest| rest.len() == RANDOM && rest.chars().all(char::is_alphanumeric))
}
