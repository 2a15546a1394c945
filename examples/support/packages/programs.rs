//! The programs that the trees are made with: package managers, Node, OpenClaw.

use std::env;
use std::path::{Path, PathBuf};

use super::kept::install;
use super::manager::Manager;

const YARN: &str = "1.22.22";
const BUN: &str = "1.4.5";
const NODE_OF_PNPM_11: &str = "22.23.3";

/// A pnpm major version whose global installs are laid out in their own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pnpm {
    V9,
    V10,
    V11,
    V12,
}

impl Pnpm {
    pub(super) fn version(self) -> &'static str {
        match self {
            Pnpm::V9 => "9.15.9",
            Pnpm::V10 => "10.34.9",
            Pnpm::V11 => "11.28.10",
            Pnpm::V12 => "12.21.0",
        }
    }

    /// Where this pnpm puts the commands of global packages.
    pub(crate) fn command_dir(self, pnpm_home: &Path) -> PathBuf {
        match self {
            Pnpm::V9 | Pnpm::V10 => pnpm_home.to_owned(),
            Pnpm::V11 | Pnpm::V12 => pnpm_home.join("bin"),
        }
    }

    /// The Node that it needs where that is a later one than npm runs on.
    pub(super) fn node_dir(self) -> Result<Option<PathBuf>, String> {
        match self {
            Pnpm::V11 => node_dir(NODE_OF_PNPM_11).map(Some),
            Pnpm::V9 | Pnpm::V10 | Pnpm::V12 => Ok(None),
        }
    }

    /// This pnpm itself, which npm can install anywhere.
    pub(super) fn program(self) -> Result<PathBuf, String> {
        let version = self.version();
        let tree = install(&format!("pnpm-{version}"), |tree| {
            Manager::npm(tree)?.run(&["install", &format!("pnpm@{version}")])
        })?;
        Ok(tree.join("node_modules/.bin/pnpm"))
    }
}

pub(super) fn yarn_program() -> Result<PathBuf, String> {
    let tree = install(&format!("yarn-{YARN}"), |tree| {
        add_without_scripts(tree, &format!("yarn@{YARN}"))
    })?;
    Ok(tree.join("node_modules/.bin/yarn"))
}

/// The binary of the platform's own package: the package `bun` would have to
/// run a script that takes it from there.
pub(super) fn bun_program() -> Result<PathBuf, String> {
    let package = match platform()? {
        "linux-arm64" => "@oven/bun-linux-aarch64",
        "darwin-arm64" => "@oven/bun-darwin-aarch64",
        "darwin-x64" => "@oven/bun-darwin-x64",
        // The other one needs a processor with AVX2.
        _ => "@oven/bun-linux-x64-baseline",
    };
    let tree = install(&format!("bun-{BUN}"), |tree| {
        add_without_scripts(tree, &format!("{package}@{BUN}"))
    })?;
    Ok(tree.join("node_modules").join(package).join("bin/bun"))
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
    let package = format!("node-{}", platform()?);
    let tree = install(&format!("{package}-{version}"), |tree| {
        add_without_scripts(tree, &format!("{package}@{version}"))
    })?;
    Ok(tree.join("node_modules").join(package).join("bin"))
}

/// This platform, as Node and Codex name it in packages.
pub(super) fn platform() -> Result<&'static str, String> {
    match (env::consts::OS, env::consts::ARCH) {
        ("linux", "x86_64") => Ok("linux-x64"),
        ("linux", "aarch64") => Ok("linux-arm64"),
        ("macos", "x86_64") => Ok("darwin-x64"),
        ("macos", "aarch64") => Ok("darwin-arm64"),
        (os, arch) => Err(format!("there are no packages for {os} on {arch}")),
    }
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
