//! What is kept in the cache: directories that are complete or absent.

use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{cache_dir, failure, large, make_dir};

const MARKER: &str = "complete";

/// The directory of this name in the cache, filled by `fill` unless a complete
/// one is there. A directory that was left half filled is made again.
pub(super) fn install(
    name: &str,
    fill: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let cache = cache_dir();
    let tree = cache.join(name);
    let marker = tree.join(MARKER);
    // Needs no lock: a complete tree is never touched again.
    if marker.is_file() {
        return Ok(tree);
    }
    make_dir(&cache)?;
    let _lock = lock(&cache.join(format!("{name}.lock")), name)?;
    if marker.is_file() {
        return Ok(tree);
    }
    let start = Instant::now();
    progress(&format!("installing {name}, once, into {}", tree.display()));
    if tree.exists() {
        fs::remove_dir_all(&tree).map_err(|error| failure("remove", &tree, &error))?;
    }
    make_dir(&tree)?;
    fill(&tree).map_err(|reason| format!("could not install {name}: {reason}"))?;
    large::share(&tree)?;
    fs::write(&marker, "").map_err(|error| failure("write", &marker, &error))?;
    let seconds = start.elapsed().as_secs();
    progress(&format!("installed {name} in {seconds} s"));
    Ok(tree)
}

/// Holds the file's lock until the returned file is dropped.
fn lock(path: &Path, name: &str) -> Result<File, String> {
    let file = File::create(path).map_err(|error| failure("create", path, &error))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {
            progress(&format!("waiting for another test to install {name}"));
        }
        Err(TryLockError::Error(error)) => return Err(failure("lock", path, &error)),
    }
    file.lock().map_err(|error| failure("lock", path, &error))?;
    Ok(file)
}

/// Says what takes so long. Written past the test harness, which would hold
/// it back until the test has failed.
fn progress(line: &str) {
    let _ = writeln!(std::io::stderr(), "packages: {line}");
}
