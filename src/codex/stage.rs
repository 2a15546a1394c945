//! A staging home: where a login happens before it may replace the one that is there.
//!
//! From codex 0.140 on `codex login` revokes and deletes the old login before it starts. In a
//! directory of its own it finds none, so a failure costs nothing.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::codex::home::CodexHome;
use crate::codex::lock::HomeLock;

const PREFIX: &str = ".codex-login.";

/// A private directory inside the home, on the same file system. Gone when dropped.
#[derive(Debug)]
pub(crate) struct Stage {
    dir: TempDir,
}

impl Stage {
    /// Makes one, with the home's `config.toml` linked in. What an earlier run that was killed has
    /// left is removed first; the lock says that nobody is using it.
    pub(crate) fn make(home: &CodexHome, _ours: &HomeLock) -> io::Result<Stage> {
        clear_leftovers(home.path())?;
        let dir = tempfile::Builder::new()
            .prefix(PREFIX)
            .rand_bytes(6)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(home.path())?;
        // The umask may have taken bits from the owner.
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o700))?;
        let config = home.path().join("config.toml");
        if config.symlink_metadata().is_ok() {
            symlink(&config, dir.path().join("config.toml"))?;
        }
        Ok(Stage { dir })
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn auth_json(&self) -> PathBuf {
        self.dir.path().join("auth.json")
    }

    /// Removes it, and says so when it cannot.
    pub(crate) fn remove(self) -> io::Result<()> {
        self.dir.close()
    }
}

/// Removes staging directories of earlier runs: real directories with our prefix and six more
/// characters, nothing else.
fn clear_leftovers(home: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(home)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_ours = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX))
            .is_some_and(|rest| rest.len() == 6 && rest.chars().all(char::is_alphanumeric));
        if is_ours && entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
