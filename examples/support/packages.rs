//! Real installs of Codex and OpenClaw for tests and demos, fetched from npm once and kept.
//!
//! Every install is complete or absent: it is made in place, because package
//! managers may write absolute paths, and counts only once a marker file says
//! it is whole. Threads and processes share the cache; a lock file per install
//! keeps them apart. Nothing is written outside [`cache_dir`].

mod manager;

use std::env;
use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use manager::Manager;

/// Names another place for the downloads.
const CACHE_VARIABLE: &str = "CODEX_LOGIN_TEST_CACHE";
const MARKER: &str = "complete";

/// A pnpm major version whose global installs are laid out in their own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pnpm {
    V10,
    V12,
}

impl Pnpm {
    fn version(self) -> &'static str {
        match self {
            Pnpm::V10 => "10.34.9",
            Pnpm::V12 => "12.21.0",
        }
    }

    /// Where this pnpm puts the commands of global packages.
    fn command_dir(self, pnpm_home: &Path) -> PathBuf {
        match self {
            Pnpm::V10 => pnpm_home.to_owned(),
            Pnpm::V12 => pnpm_home.join("bin"),
        }
    }
}

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

/// A `PNPM_HOME` in which this pnpm has globally installed this codex. It is
/// shared: copy it or link to it, but do not change it.
pub(crate) fn pnpm_home_with_codex(pnpm: Pnpm, codex_version: &str) -> Result<PathBuf, String> {
    let version = pnpm.version();
    let tree = install(&format!("codex-{codex_version}-pnpm-{version}"), |tree| {
        let pnpm_home = tree.join("pnpm");
        let command_dir = pnpm.command_dir(&pnpm_home);
        make_dir(&command_dir)?;
        let manager = Manager::pnpm(&pnpm_program(pnpm)?, &pnpm_home, &command_dir)?;
        manager.run(&["add", "--global", &codex_package(codex_version)])?;
        manager.expect_codex(&command_dir.join("codex"), codex_version)
    })?;
    Ok(tree.join("pnpm"))
}

/// A prefix in which npm has globally installed this codex, at
/// `lib/node_modules/@openai/codex`. Shared: do not change it.
pub(crate) fn npm_prefix_with_codex(codex_version: &str) -> Result<PathBuf, String> {
    let tree = install(&format!("codex-{codex_version}-npm"), |tree| {
        let prefix = tree.join("prefix");
        make_dir(&prefix)?;
        let manager = Manager::npm(&prefix)?;
        manager.run(&["install", "--global", &codex_package(codex_version)])?;
        manager.expect_codex(&prefix.join("bin/codex"), codex_version)
    })?;
    Ok(tree.join("prefix"))
}

/// The `openclaw.mjs` of this OpenClaw. Shared: do not change it.
pub(crate) fn openclaw_program(version: &str) -> Result<PathBuf, String> {
    let tree = install(&format!("openclaw-{version}"), |tree| {
        add_without_scripts(tree, &format!("openclaw@{version}"))
    })?;
    Ok(tree.join("node_modules/openclaw/openclaw.mjs"))
}

/// The directory in which this Node is, alone, as `node`: an OpenClaw may need another Node than
/// the one that npm runs on.
pub(crate) fn node_dir(version: &str) -> Result<PathBuf, String> {
    let platform = match (env::consts::OS, env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-x64",
        ("macos", "aarch64") => "darwin-arm64",
        (os, arch) => return Err(format!("no package has a Node for {os} on {arch}")),
    };
    let package = format!("node-{platform}");
    let tree = install(&format!("{package}-{version}"), |tree| {
        add_without_scripts(tree, &format!("{package}@{version}"))
    })?;
    Ok(tree.join("node_modules").join(package).join("bin"))
}

/// A package with what it depends on, and nothing that packages would do by themselves.
fn add_without_scripts(tree: &Path, package: &str) -> Result<(), String> {
    Manager::npm(tree)?.run(&[
        "install",
        "--ignore-scripts",
        "--omit=optional",
        "--no-audit",
        "--no-fund",
        package,
    ])
}

fn codex_package(version: &str) -> String {
    format!("@openai/codex@{version}")
}

/// This pnpm itself, which npm can install anywhere.
fn pnpm_program(pnpm: Pnpm) -> Result<PathBuf, String> {
    let version = pnpm.version();
    let tree = install(&format!("pnpm-{version}"), |tree| {
        Manager::npm(tree)?.run(&["install", &format!("pnpm@{version}")])
    })?;
    Ok(tree.join("node_modules/.bin/pnpm"))
}

/// The directory of this name in the cache, filled by `fill` unless a complete
/// one is there. A directory that was left half filled is made again.
fn install(name: &str, fill: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
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
    progress(&format!("installing {name}, once, into {}", tree.display()));
    if tree.exists() {
        fs::remove_dir_all(&tree).map_err(|error| failure("remove", &tree, &error))?;
    }
    make_dir(&tree)?;
    fill(&tree).map_err(|reason| format!("could not install {name}: {reason}"))?;
    fs::write(&marker, "").map_err(|error| failure("write", &marker, &error))?;
    progress(&format!("installed {name}"));
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

fn make_dir(path: &Path) -> Result<(), String> {
    fs::create_dir_all(path).map_err(|error| failure("create", path, &error))
}

fn failure(verb: &str, path: &Path, error: &std::io::Error) -> String {
    format!("could not {verb} {}: {error}", path.display())
}

/// Says what takes so long. Written past the test harness, which would hold
/// it back until the test has failed.
fn progress(line: &str) {
    let _ = writeln!(std::io::stderr(), "packages: {line}");
}
