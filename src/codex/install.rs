//! The one write that replaces a login: a rename of the staged `auth.json` into the home.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};

use nix::fcntl::OFlag;
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

/// Moves the staged login into the home: mode 0600, the home's owner, on disk before and after
/// the rename, under the locks that a codex of this version takes (all of them, when the version
/// is not known). Until the rename the old login stands untouched.
pub(crate) fn install(stage: &Stage, home: &CodexHome, codex: Option<&Version>) -> io::Result<()> {
    let staged = OpenOptions::new()
        .read(true)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(stage.auth_json())?;
    let meta = staged.metadata()?;
    if !meta.is_file() || meta.nlink() != 1 {
        return Err(io::Error::other(
            "the staged login is not a file of its own",
        ));
    }
    home.owner()?.take(&staged)?;
    staged.set_permissions(Permissions::from_mode(0o600))?;
    staged.sync_all()?;
    let mut held = Vec::new();
    for (name, mode, since) in CODEX_LOCKS {
        if codex.is_none_or(|version| *version >= since) {
            held.push(lock::take_codex_lock(home, name, mode)?);
        }
    }
    std::fs::rename(stage.auth_json(), home.auth_json())?;
    File::open(home.path())?.sync_all()
}
