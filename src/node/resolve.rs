//! Node's own walk from one package to another.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The directory of package `name` as Node resolves it from within `dir`, which must be a real
/// path: in each directory upward that is not itself `node_modules`, `node_modules/<name>`.
pub(crate) fn package_dir(dir: &Path, name: &str) -> Option<PathBuf> {
    dir.ancestors()
        .filter(|ancestor| ancestor.file_name() != Some(OsStr::new("node_modules")))
        .map(|ancestor| ancestor.join("node_modules").join(name))
        .find(|package| package.join("package.json").is_file())
}
