//! The package managers' own settings files, as far as they move what is installed globally.

use std::path::{Path, PathBuf};

use crate::files;
use crate::host::Host;

const LIMIT: u64 = 1024 * 1024;

/// The last `key = DIR` of the ini file at `file`, as npm (`.npmrc`) and pnpm up to 10 (`rc`) write
/// it, with `~/` and `${HOME}/` for the home.
pub(crate) fn of_ini(host: &Host, file: &Path, key: &str) -> Option<PathBuf> {
    let line = last(file, |line| {
        let (found, value) = line.split_once('=')?;
        (found.trim() == key).then(|| value.trim())
    })?;
    expanded(host, &line)
}

/// The same out of YAML: one `key: DIR` at the top level, as pnpm 11 and 12 write it.
pub(crate) fn of_yaml(host: &Host, file: &Path, key: &str) -> Option<PathBuf> {
    let line = last(file, |line| {
        let value = line.strip_prefix(key)?.strip_prefix(':')?;
        Some(value.split(" #").next()?.trim())
    })?;
    expanded(host, &line)
}

fn last(file: &Path, wanted: impl Fn(&str) -> Option<&str>) -> Option<String> {
    let bytes = files::read(file, LIMIT).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.lines()
        .rev()
        .find_map(|line| wanted(line).map(str::to_owned))
}

fn expanded(host: &Host, value: &str) -> Option<PathBuf> {
    let value = value.trim_matches(['"', '\'']);
    let below_home = value
        .strip_prefix("~/")
        .or_else(|| value.strip_prefix("${HOME}/"));
    match below_home {
        Some(tail) => Some(host.home.as_ref()?.join(tail)),
        None => (!value.is_empty()).then(|| PathBuf::from(value)),
    }
}
