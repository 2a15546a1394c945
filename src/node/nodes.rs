//! The Nodes that version managers have installed, and which Node starts a script.
//!
//! Their places are as nvm, fnm, asdf, mise and Volta document them.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use crate::files;
use crate::host::Host;
use crate::node::globals::Unlisted;
use crate::node::path;
use crate::sourced::Sourced;

/// What was installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Node,
    /// One package, alone.
    Package,
}

/// One version of a tool: `bin` and `lib/node_modules` are below `prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Install {
    pub(crate) tool: Tool,
    pub(crate) prefix: PathBuf,
    pub(crate) named: String,
}

/// A directory with a subdirectory for each version.
struct Versions {
    dir: PathBuf,
    /// From a version's directory to the prefix.
    tail: &'static str,
    tool: Tool,
    manager: &'static str,
}

/// What nvm, fnm, asdf and mise have installed, the newest of each first, and what could not be
/// listed.
pub(crate) fn installs(host: &Host) -> (Vec<Install>, Vec<Unlisted>) {
    let mut found = Vec::new();
    let mut unlisted = Vec::new();
    for versions in of_managers(host) {
        match files::names(&versions.dir) {
            Ok(names) => found.extend(versions.installs(names)),
            Err(error) => unlisted.extend(Unlisted::of(&versions.dir, &error)),
        }
    }
    (found, unlisted)
}

impl Versions {
    fn installs(&self, mut names: Vec<std::ffi::OsString>) -> impl Iterator<Item = Install> {
        // Words such as `latest` are links to one of the others.
        names.retain(|name| version(name).is_some());
        names.sort_by_key(|name| Reverse(version(name)));
        names.into_iter().map(|name| Install {
            tool: self.tool,
            prefix: self.dir.join(&name).join(self.tail),
            named: format!("{} {}", self.manager, name.to_string_lossy()),
        })
    }
}

fn version(name: &std::ffi::OsStr) -> Option<semver::Version> {
    let text = name.to_str()?;
    semver::Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()
}

fn of_managers(host: &Host) -> Vec<Versions> {
    let mut all = Vec::new();
    let mut add = |roots: Vec<PathBuf>, dir: &str, tail: &'static str, tool, manager| {
        all.extend(
            roots
                .into_iter()
                .filter(|root| root.is_absolute())
                .map(|root| Versions {
                    dir: root.join(dir),
                    tail,
                    tool,
                    manager,
                }),
        );
    };
    let nvm = roots(host, "NVM_DIR", &[".nvm", ".config/nvm"]);
    add(nvm, "versions/node", "", Tool::Node, "nvm");
    let fnm = roots(
        host,
        "FNM_DIR",
        &[
            ".local/share/fnm",
            ".fnm",
            "Library/Application Support/fnm",
        ],
    );
    add(fnm, "node-versions", "installation", Tool::Node, "fnm");
    let asdf = roots(host, "ASDF_DATA_DIR", &[".asdf"]);
    add(asdf, "installs/nodejs", "", Tool::Node, "asdf");
    let mise = roots(host, "MISE_DATA_DIR", &[".local/share/mise"]);
    add(mise.clone(), "installs/node", "", Tool::Node, "mise node");
    for (dir, manager) in [
        ("installs/npm-openclaw-codex", "mise npm:@openclaw/codex"),
        ("installs/npm-openai-codex", "mise npm:@openai/codex"),
    ] {
        add(mise.clone(), dir, "", Tool::Package, manager);
    }
    all
}

/// A manager's data directory: what its variable names, else those in the home.
fn roots(host: &Host, variable: &str, below_home: &[&str]) -> Vec<PathBuf> {
    if let Some(named) = host.var(variable) {
        return vec![PathBuf::from(named)];
    }
    let home = host.home.iter();
    let all = home.flat_map(|home| below_home.iter().map(|tail| home.join(tail)));
    all.collect()
}

/// Volta's home, and how it is known.
pub(crate) fn volta_homes(host: &Host) -> Vec<(PathBuf, String)> {
    let named = host
        .var("VOLTA_HOME")
        .map(|dir| (PathBuf::from(dir), "VOLTA_HOME"));
    let usual = host
        .home
        .as_ref()
        .map(|home| (home.join(".volta"), "~/.volta"));
    named
        .or(usual)
        .map(|(dir, named)| (dir, named.to_owned()))
        .into_iter()
        .collect()
}

/// The Node to start the script of a package with: one that lies beside its package manager, the
/// one on PATH, else the newest that a version manager has.
pub(crate) fn for_package(host: &Host, package: &Path) -> Option<Sourced<PathBuf>> {
    beside(package)
        .or_else(|| Some(Sourced::new(path::first(host, "node")?, "PATH")))
        .or_else(|| of_version_managers(host).into_iter().next())
}

/// All of them, in the same order, for a package that not every Node can run.
pub(crate) fn every(host: &Host, package: &Path) -> Vec<Sourced<PathBuf>> {
    let on_path = path::every(host, "node").into_iter();
    let on_path = on_path
        .filter(|node| is_program(node))
        .map(|node| Sourced::new(node, "PATH"));
    let all = beside(package).into_iter().chain(on_path);
    all.chain(of_version_managers(host)).collect()
}

fn beside(package: &Path) -> Option<Sourced<PathBuf>> {
    // npm has its packages below `lib`, pnpm below `global` and `store`; nothing else above a
    // package is a place for programs.
    package
        .ancestors()
        .filter(|dir| {
            ["lib", "global", "store"]
                .iter()
                .any(|name| dir.ends_with(name))
        })
        .filter_map(Path::parent)
        .flat_map(|prefix| [prefix.join("bin/node"), prefix.join("node")])
        .find(|node| is_program(node))
        .map(|node| Sourced::new(node, "beside the package manager"))
}

fn of_version_managers(host: &Host) -> Vec<Sourced<PathBuf>> {
    let (installs, _) = installs(host);
    let of_volta = volta_homes(host).into_iter().flat_map(|(home, _)| {
        let versions = Versions {
            dir: home.join("tools/image/node"),
            tail: "",
            tool: Tool::Node,
            manager: "Volta",
        };
        let names = files::names(&versions.dir).unwrap_or_default();
        versions.installs(names).collect::<Vec<_>>()
    });
    installs
        .into_iter()
        .chain(of_volta)
        .filter(|install| install.tool == Tool::Node)
        .map(|install| Sourced::new(install.prefix.join("bin/node"), install.named))
        .filter(|node| is_program(&node.value))
        .collect()
}

fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, AccessFlags::X_OK).is_ok()
}
