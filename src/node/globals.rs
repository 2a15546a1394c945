//! The `node_modules` directories that hold what pnpm and npm installed globally.
//!
//! Only live links are followed: a scan of pnpm's stores would offer versions that were removed
//! long ago. The directories are as measured with pnpm 7 to 12 and npm 11.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::files;
use crate::host::Host;

/// A directory that holds global packages, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GlobalModules {
    /// The `node_modules` directory.
    pub(crate) dir: PathBuf,
    pub(crate) source: String,
}

/// Those of package roots that somebody named: directories that are a `node_modules`, or hold one.
pub(crate) fn in_roots(roots: &[PathBuf]) -> impl Iterator<Item = GlobalModules> {
    roots.iter().flat_map(|root| {
        ["", "node_modules", "lib/node_modules"].map(|tail| GlobalModules {
            dir: root.join(tail),
            source: format!("packages of the zone, {}", root.display()),
        })
    })
}

/// All of them that can exist on this machine, the most telling first. They may not exist.
pub(crate) fn global_modules(host: &Host) -> Vec<GlobalModules> {
    let mut found = Vec::new();
    for (home, named) in pnpm_homes(host) {
        let groups = pnpm_groups(&home, &named);
        if groups.is_empty() {
            found.push(GlobalModules {
                dir: home.join("global/v11"),
                source: format!("pnpm global/v11 ({named})"),
            });
        }
        found.extend(groups);
        found.push(GlobalModules {
            dir: home.join("global/5/node_modules"),
            source: format!("pnpm global/5 ({named})"),
        });
    }
    for (prefix, named) in npm_prefixes(host) {
        found.push(GlobalModules {
            dir: prefix.join("lib/node_modules"),
            source: format!("npm global ({named})"),
        });
    }
    // What is relative would be found in whatever directory we happen to be in.
    let mut seen = BTreeSet::new();
    found.retain(|modules| modules.dir.is_absolute() && seen.insert(modules.dir.clone()));
    found
}

/// pnpm's homes in pnpm's own order, then `/pnpm`, where containers put it.
fn pnpm_homes(host: &Host) -> Vec<(PathBuf, String)> {
    let below_home = |tail: &str| host.home.as_ref().map(|home| home.join(tail));
    let mut homes = Vec::new();
    let mut add = |dir: Option<PathBuf>, named: &str| {
        homes.extend(dir.map(|dir| (dir, named.to_owned())));
    };
    add(host.var("PNPM_HOME").map(PathBuf::from), "PNPM_HOME");
    let xdg = host.var("XDG_DATA_HOME").map(PathBuf::from);
    add(xdg.map(|dir| dir.join("pnpm")), "XDG_DATA_HOME");
    if cfg!(target_os = "macos") {
        add(below_home("Library/pnpm"), "~/Library/pnpm");
    }
    add(below_home(".local/share/pnpm"), "~/.local/share/pnpm");
    add(below_home(".pnpm"), "~/.pnpm");
    add(Some(PathBuf::from("/pnpm")), "/pnpm");
    homes
}

/// The install groups of pnpm 11 and 12: links with 64 hex digits for a name. What they lead to
/// has another name, and a group that was replaced keeps none.
fn pnpm_groups(home: &Path, named: &str) -> Vec<GlobalModules> {
    let Ok(entries) = std::fs::read_dir(home.join("global/v11")) else {
        return Vec::new();
    };
    let mut groups: Vec<_> = entries
        .flatten()
        .filter(|entry| is_group_name(&entry.file_name()))
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()))
        .map(|entry| GlobalModules {
            dir: entry.path().join("node_modules"),
            source: format!("pnpm global/v11 ({named})"),
        })
        .collect();
    groups.sort_by(|one, other| one.dir.cmp(&other.dir));
    groups
}

fn is_group_name(name: &OsStr) -> bool {
    name.len() == 64 && name.as_encoded_bytes().iter().all(u8::is_ascii_hexdigit)
}

/// npm's prefixes: the configured ones, those of the `npm` and `node` on PATH, the usual ones.
fn npm_prefixes(host: &Host) -> Vec<(PathBuf, String)> {
    let mut prefixes = Vec::new();
    for name in ["npm_config_prefix", "NPM_CONFIG_PREFIX"] {
        prefixes.extend(
            host.var(name)
                .map(|dir| (PathBuf::from(dir), name.to_owned())),
        );
    }
    if let Some(prefix) = prefix_of_npmrc(host) {
        prefixes.push((prefix, "prefix in ~/.npmrc".to_owned()));
    }
    for program in ["npm", "node"] {
        let found = on_path(host, program);
        let prefix = found
            .as_deref()
            .and_then(Path::parent)
            .and_then(Path::parent);
        prefixes.extend(prefix.map(|dir| (dir.to_owned(), format!("beside `{program}` on PATH"))));
    }
    for tail in [".npm-global", ".local"] {
        prefixes.extend(
            host.home
                .as_ref()
                .map(|home| (home.join(tail), format!("~/{tail}"))),
        );
    }
    for usual in ["/usr/local", "/usr", "/opt/homebrew"] {
        prefixes.push((PathBuf::from(usual), usual.to_owned()));
    }
    prefixes
}

/// The last `prefix = DIR` of the user's `.npmrc`, with `~/` and `${HOME}` for the home.
fn prefix_of_npmrc(host: &Host) -> Option<PathBuf> {
    let home = host.home.as_ref()?;
    let bytes = files::read(&home.join(".npmrc"), 1024 * 1024).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let value = text.lines().rev().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "prefix").then(|| value.trim().trim_matches('"'))
    })?;
    let tail = value
        .strip_prefix("~/")
        .or_else(|| value.strip_prefix("${HOME}/"));
    Some(tail.map_or_else(|| PathBuf::from(value), |tail| home.join(tail)))
}

/// Where `program` is on the caller's PATH.
pub(crate) fn on_path(host: &Host, program: &str) -> Option<PathBuf> {
    let cwd = host.cwd.clone().unwrap_or_else(|| PathBuf::from("/"));
    which::which_in(program, host.var("PATH"), cwd).ok()
}
