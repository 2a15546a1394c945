//! Real installs of Codex and OpenClaw for tests and demos, fetched from npm once and kept.
//!
//! Every install is complete or absent: it is made in place, because package
//! managers may write absolute paths, and counts only once a marker file says
//! it is whole. Threads and processes share the cache; a lock file per install
//! keeps them apart. Nothing is written outside [`cache_dir`].
//!
//! All of them are shared: copy them or link to them, but do not change them.

mod kept;
mod large;
mod manager;
mod others;
mod plugins;
mod pnpm_homes;
mod programs;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

#[allow(unused_imports, reason = "each includer uses its own part")]
pub(crate) use self::{
    others::*,
    plugins::*,
    pnpm_homes::*,
    programs::{Pnpm, node_dir, openclaw_program},
};

/// Names another place for the downloads.
const CACHE_VARIABLE: &str = "CODEX_LOGIN_TEST_CACHE";

/// Where downloads are kept: `$CODEX_LOGIN_TEST_CACHE`, else a directory in
/// cargo's target directory.
pub(crate) fn cache_dir() -> PathBuf {
    let named = |variable| env::var_os(variable).filter(|value| !value.is_empty());
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    if let Some(cache) = named(CACHE_VARIABLE) {
        return package.join(cache);
    }
    let target = named("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    package.join(target).join("codex-login-cache")
}

fn codex_package(version: &str) -> String {
    format!("@openai/codex@{version}")
}

fn make_dir(path: &Path) -> Result<(), String> {
    fs::create_dir_all(path).map_err(|error| failure("create", path, &error))
}

fn remove_dir(path: &Path) -> Result<(), String> {
    fs::remove_dir_all(path).map_err(|error| failure("remove", path, &error))
}

fn failure(verb: &str, path: &Path, error: &std::io::Error) -> String {
    format!("could not {verb} {}: {error}", path.display())
}
