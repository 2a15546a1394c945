//! The one write that replaces a login: a rename of the staged `auth.json` into the home.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use semver::Version;

use crate::codex::home::CodexHome;
use crate::codex::lock;
use crate::codex::stage::Stage;

/// Codex's locks, each with the mode that codex gives it and the first version known to take it.
/// Of 0.167 and 0.168 nothing is known; to take a lock too many does no harm.
const CODEX_LOCKS: [(&str, u32, Version); 2] = [
    ("auth.lock", 0o644, Version::new(0, 166, 0)),
    ("auth.json.lock", 0o600, Version::new(0, 167, 0)),
];

/// The locks of a codex of this version; all of them, when the version is not known.
fn locks(codex: Option<&Version>) -> impl Iterator<Item = (&'static str, u32)> {
    CODEX_LOCKS
        .into_iter()
        .filter(move |(_, _, since)| codex.is_none_or(|version| version >= since))
        .map(|(name, mode, _)| (name, mode))
}

/// Tries what can be tried before the user is sent to a browser for nothing: that codex's locks
/// can be opened, and that a file can take the place of `auth.json`.
pub(crate) fn rehearse(home: &CodexHome, codex: Option<&Version>) -> io::Result<()> {
    if home.auth_json().is_dir() {
        return Err(io::Error::other("auth.json is a directory"));
    }
    for (name, mode) in locks(codex) {
        lock::open(home, name, mode)?;
    }
    Ok(())
}

/// Moves the staged login into the home: mode 0600, on disk before and after the rename, under
/// codex's own locks. Until the rename the old login stands untouched; `give_up` is asked until
/// then, and ends it with [`io::ErrorKind::Interrupted`].
pub(crate) fn install(
    stage: &Stage,
    home: &CodexHome,
    codex: Option<&Version>,
    give_up: &mut dyn FnMut() -> bool,
) -> io::Result<()> {
    let staged = stage.open_auth()?;
    let meta = staged.metadata()?;
    if !meta.is_file() || meta.nlink() != 1 {
        return Err(io::Error::other(
            "the staged login is not a file of its own",
        ));
    }
    staged.set_permissions(Permissions::from_mode(0o600))?;
    staged.sync_all()?;
    let held = locks(codex)
        .map(|(name, mode)| lock::take_codex_lock(home, name, mode, give_up))
        .collect::<io::Result<Vec<_>>>()?;
    if give_up() {
        return Err(io::ErrorKind::Interrupted.into());
    }
    stage.move_auth_into_home()?;
    drop(held);
    Ok(())
}
