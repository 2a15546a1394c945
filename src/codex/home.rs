//! `<agentDir>/codex-home`: the directory that is an agent's `CODEX_HOME`.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use sha2::{Digest as _, Sha256};

use crate::error::Problem;
use crate::files;

/// The service that codex has in a keyring.
pub(crate) const KEYRING: &str = "Codex Auth";

/// An agent's codex home. It may not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodexHome {
    path: PathBuf,
}

impl CodexHome {
    /// The home of the agent that keeps its files in `agent_dir`.
    pub(crate) fn of_agent(agent_dir: &Path) -> CodexHome {
        CodexHome {
            path: agent_dir.join("codex-home"),
        }
    }

    /// A home that is no agent's.
    pub(crate) fn at(path: PathBuf) -> CodexHome {
        CodexHome { path }
    }

    /// The home whose login is at this path, if it is an agent's.
    pub(crate) fn of_auth_json(path: &Path) -> Option<CodexHome> {
        let home = path.parent().filter(|home| home.ends_with("codex-home"))?;
        path.ends_with("auth.json").then(|| CodexHome {
            path: home.to_owned(),
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn auth_json(&self) -> PathBuf {
        self.path.join("auth.json")
    }

    /// The account under which codex keeps this home's login in a keyring, in the service
    /// [`KEYRING`]: it goes by the home's real path.
    pub(crate) fn keyring_account(&self) -> Option<String> {
        let path = self.path.canonicalize().ok()?;
        let digest = Sha256::digest(path.as_os_str().as_bytes());
        let beginning = digest.iter().take(8);
        let hex: Vec<_> = beginning.map(|byte| format!("{byte:02x}")).collect();
        Some(format!("cli|{}", hex.concat()))
    }

    /// Whether it is there: a directory, or something in its place that codex will name.
    pub(crate) fn is_there(&self) -> io::Result<bool> {
        match self.path.metadata() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Refuses a path that codex would not take for `CODEX_HOME`: of one that is not UTF-8 it says
    /// nothing and uses `~/.codex` in its place.
    pub(crate) fn refuse_what_codex_ignores(&self) -> Result<(), Problem> {
        if self.path.to_str().is_none() {
            return Err(Problem::request(
                "home-not-utf8",
                format!(
                    "{} is not UTF-8: codex would silently use ~/.codex",
                    self.path.display()
                ),
            )
            .hint("give the agent an `agentDir` whose path is UTF-8"));
        }
        Ok(())
    }

    /// Makes the home, and what is missing above it, with mode 0700 whatever the umask. A home that
    /// is there is left as it is.
    pub(crate) fn make(&self) -> io::Result<()> {
        let mut missing = Vec::new();
        let mut top = self.path.as_path();
        while let Err(error) = top.metadata() {
            match (error.kind(), top.parent()) {
                (io::ErrorKind::NotFound, Some(_)) => missing.push(top),
                _ => return Err(error),
            }
            top = top.parent().unwrap_or(top);
        }
        for dir in missing.into_iter().rev() {
            match DirBuilder::new().mode(0o700).create(dir) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                other => other?,
            }
            open_made(dir)?;
        }
        if self.path.is_dir() {
            Ok(())
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// The names in the home of what belongs to another user than the home itself: codex, run as
    /// its owner, may not be able to write there.
    pub(crate) fn names_of_others(&self) -> io::Result<Vec<String>> {
        let owner = self.path.metadata()?.uid();
        let mut others = Vec::new();
        for name in files::names(&self.path)? {
            if self.path.join(&name).symlink_metadata()?.uid() != owner {
                others.push(name.to_string_lossy().into_owned());
            }
        }
        Ok(others)
    }
}

/// A directory that we have just made, with mode 0700 whatever the umask took from it. What
/// somebody puts in its place meanwhile is not followed.
pub(crate) fn open_made(dir: &Path) -> io::Result<File> {
    let open = || {
        OpenOptions::new()
            .read(true)
            .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_DIRECTORY).bits())
            .open(dir)
    };
    let made = match open() {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            std::fs::set_permissions(dir, Permissions::from_mode(0o700))?;
            open()?
        }
        other => other?,
    };
    made.set_permissions(Permissions::from_mode(0o700))?;
    Ok(made)
}
