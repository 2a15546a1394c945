//! Where the directories of all agents' logins under way are, and what killed runs have left there.

use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::bench::{self, NoBench};
use crate::files;

const SUFFIX: &str = ".codex-login-import";

/// The places, the best first. For the user who would work there.
#[derive(Clone, Debug)]
pub(crate) struct Benches {
    places: Vec<PathBuf>,
}

impl Benches {
    /// Those of an OpenClaw with this state directory, whose owner has this home.
    pub(crate) fn of(state_dir: &Path, home: Option<&Path>) -> Benches {
        let real = |dir: &Path| dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
        let state_dir = real(state_dir);
        let mut beside = state_dir.clone().into_os_string();
        beside.push(SUFFIX);
        let home = home.filter(|home| home.is_dir()).map(real);
        // A backup in what is backed up OpenClaw refuses.
        let home = home.filter(|home| !home.starts_with(&state_dir));
        let in_home = home.map(|home| home.join(format!("{SUFFIX}-{}", name_of(&state_dir))));
        let places = [Some(beside.into()), in_home];
        Benches {
            places: places.into_iter().flatten().collect(),
        }
    }

    /// The first place that is there, or can be made.
    pub(super) fn make(&self) -> Result<PathBuf, NoBench> {
        let mut refused = None;
        for place in &self.places {
            match bench::make(place) {
                Ok(()) => return Ok(place.clone()),
                // One that is there and cannot be used is somebody's doing.
                Err(error) if place.symlink_metadata().is_ok() || !may_not(&error) => {
                    return Err(NoBench::Io(place.clone(), error));
                }
                Err(error) => {
                    refused.get_or_insert((place.clone(), error));
                }
            }
        }
        let (place, error) =
            refused.unwrap_or_else(|| (PathBuf::new(), ErrorKind::NotFound.into()));
        Err(NoBench::Nowhere(place, error))
    }

    /// Clears what killed runs have left, backups aside, and gives what could not be removed.
    pub(crate) fn sweep(&self) -> Vec<PathBuf> {
        let dirs = self.dirs().into_iter();
        let left = dirs.filter_map(|dir| bench::clear_of_killed(&dir, false));
        let left = left.collect();
        for place in self.places.iter().filter(|place| bench::is_ours(place)) {
            // One that has something in it stays.
            let _ = std::fs::remove_dir(place);
        }
        left
    }

    /// Clears all that runs for this agent have left: its login is proved.
    pub(crate) fn clear_proved(&self, id: &str) -> Vec<PathBuf> {
        let dirs = self.dirs().into_iter();
        dirs.filter(|dir| dir.ends_with(id))
            .filter_map(|dir| bench::clear_of_killed(&dir, true))
            .collect()
    }

    /// What runs that are over have left. Changes nothing.
    pub(crate) fn left(&self) -> Vec<PathBuf> {
        let mut dirs = self.dirs();
        dirs.retain(|dir| bench::is_left(dir));
        dirs
    }

    /// The directories of agents that are there, of ours alone.
    fn dirs(&self) -> Vec<PathBuf> {
        let ours = self.places.iter();
        let ours = ours.filter(|place| bench::is_ours(place));
        let names = ours.flat_map(|place| {
            let names = files::names(place).unwrap_or_default();
            names.into_iter().map(|name| place.join(name))
        });
        names.collect()
    }
}

fn name_of(state_dir: &Path) -> String {
    let digest = Sha256::digest(state_dir.as_os_str().as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    format!("{:016x}", u64::from_be_bytes(first))
}

fn may_not(error: &std::io::Error) -> bool {
    let kind = error.kind();
    matches!(
        kind,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
    )
}
