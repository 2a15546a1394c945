//! What is on PATH.

use std::path::{Path, PathBuf};

use crate::host::Host;

/// Where `program` is on the caller's PATH: the first that can be executed.
pub(crate) fn first(host: &Host, program: &str) -> Option<PathBuf> {
    which::which_in(program, host.var("PATH"), cwd(host)).ok()
}

/// Everything of this name on the caller's PATH, dangling links and what cannot be executed
/// included: they are what somebody wonders about.
pub(crate) fn every(host: &Host, program: &str) -> Vec<PathBuf> {
    dirs(host)
        .into_iter()
        .map(|dir| dir.join(program))
        .filter(|command| command.symlink_metadata().is_ok_and(|meta| !meta.is_dir()))
        .collect()
}

/// The directories of the caller's PATH that do not depend on where we are.
pub(crate) fn dirs(host: &Host) -> Vec<PathBuf> {
    let path = host.var("PATH").unwrap_or_default();
    let mut dirs: Vec<_> = std::env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    dirs.retain(|dir| seen.insert(dir.clone()));
    dirs
}

fn cwd(host: &Host) -> &Path {
    host.cwd.as_deref().unwrap_or(Path::new("/"))
}
