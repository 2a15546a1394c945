//! Where pnpm keeps global packages: projects with live links, and the stores behind them.
//!
//! As measured with pnpm 7 to 12. Up to 10 there is one global project, `global/5`; from 11 on a
//! group for each `pnpm add`, `global/v11/<64 hex digits>`.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::files;
use crate::host::Host;
use crate::node::{path, settings};

/// A directory of global projects (`…/global`), and how it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Globals {
    pub(crate) dir: PathBuf,
    pub(crate) named: String,
}

/// pnpm's homes in pnpm's own order, then those that PATH betrays, then `/pnpm`, where containers
/// put it. `leads` are real paths of packages that may lie in one.
pub(crate) fn homes(host: &Host, leads: &[PathBuf]) -> Vec<(PathBuf, String)> {
    let below_home = |tail: &str| host.home.as_ref().map(|home| home.join(tail));
    let mut homes = Vec::new();
    let mut add = |dir: Option<PathBuf>, named: &str| {
        homes.extend(dir.map(|dir| (dir, named.to_owned())));
    };
    add(host.var("PNPM_HOME").map(PathBuf::from), "PNPM_HOME");
    let xdg = host.var("XDG_DATA_HOME").map(PathBuf::from);
    add(xdg.map(|dir| dir.join("pnpm")), "XDG_DATA_HOME");
    for dir in path::dirs(host) {
        add(home_of_commands(&dir), "a directory on PATH");
    }
    for lead in leads {
        add(home_of_package(lead), "where openclaw is");
    }
    if cfg!(target_os = "macos") {
        add(below_home("Library/pnpm"), "~/Library/pnpm");
    }
    add(below_home(".local/share/pnpm"), "~/.local/share/pnpm");
    add(below_home(".pnpm"), "~/.pnpm");
    add(Some(PathBuf::from("/pnpm")), "/pnpm");
    // What is relative would be found in whatever directory we happen to be in.
    let mut seen = BTreeSet::new();
    homes.retain(|(dir, _)| dir.is_absolute() && seen.insert(dir.clone()));
    homes
}

/// The directories of global projects: where settings put them, else in the homes.
pub(crate) fn globals(host: &Host, leads: &[PathBuf]) -> Vec<Globals> {
    let mut all: Vec<_> = configured(host, "global_dir", "global-dir", "globalDir")
        .into_iter()
        .map(|(dir, named)| Globals { dir, named })
        .collect();
    all.extend(homes(host, leads).into_iter().map(|(home, named)| Globals {
        dir: home.join("global"),
        named,
    }));
    let mut seen = BTreeSet::new();
    all.retain(|one| one.dir.is_absolute() && seen.insert(one.dir.clone()));
    all
}

/// The content stores, which from 11 on hold the packages themselves (`links`).
pub(crate) fn stores(host: &Host, leads: &[PathBuf]) -> Vec<PathBuf> {
    let configured = configured(host, "store_dir", "store-dir", "storeDir");
    let of_homes = homes(host, leads)
        .into_iter()
        .map(|(home, _)| home.join("store"));
    let mut all: Vec<_> = configured
        .into_iter()
        .map(|(dir, _)| dir)
        .chain(of_homes)
        .collect();
    let mut seen = BTreeSet::new();
    all.retain(|dir| dir.is_absolute() && seen.insert(dir.clone()));
    all
}

/// The install groups of pnpm 11 and 12 in a directory of global projects: links with 64 hex
/// digits for a name. What they lead to has another name, and a group that was replaced keeps none.
pub(crate) fn groups(globals: &Path) -> std::io::Result<Vec<PathBuf>> {
    // Each `pnpm add` makes one. What is beyond this, or the same under another name, is no live one.
    const LIMIT: usize = 256;
    let dir = globals.join("v11");
    let mut seen = BTreeSet::new();
    let names = files::names(&dir)?.into_iter();
    Ok(names
        .filter(|name| is_group_name(name))
        .map(|name| dir.join(name))
        .filter(|group| group.is_symlink())
        .take(LIMIT)
        .filter(|group| group.canonicalize().is_ok_and(|real| seen.insert(real)))
        .collect())
}

fn is_group_name(name: &OsStr) -> bool {
    name.len() == 64 && name.as_encoded_bytes().iter().all(u8::is_ascii_hexdigit)
}

/// What variables and settings files say of one setting, in the words of each pnpm: a variable up
/// to 10 and one from 11 on, `.npmrc`, `rc` and `config.yaml`.
fn configured(host: &Host, variable: &str, ini: &str, yaml: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for prefix in ["pnpm_config", "npm_config"] {
        let name = format!("{prefix}_{variable}");
        let value = host.var(&name).map(PathBuf::from);
        found.extend(value.map(|dir| (dir, name)));
    }
    for dir in config_dirs(host) {
        for (file, value) in [
            (dir.join("config.yaml"), settings::of_yaml as Reader),
            (dir.join("rc"), settings::of_ini),
        ] {
            let key = if file.ends_with("rc") { ini } else { yaml };
            found.extend(
                value(host, &file, key).map(|dir| (dir, format!("{key} in {}", file.display()))),
            );
        }
    }
    if let Some(home) = &host.home {
        let value = settings::of_ini(host, &home.join(".npmrc"), ini);
        found.extend(value.map(|dir| (dir, format!("{ini} in ~/.npmrc"))));
    }
    found
}

type Reader = fn(&Host, &Path, &str) -> Option<PathBuf>;

fn config_dirs(host: &Host) -> Vec<PathBuf> {
    let xdg = host.var("XDG_CONFIG_HOME").map(PathBuf::from);
    let home = host.home.as_ref();
    let of_system = if cfg!(target_os = "macos") {
        "Library/Preferences/pnpm"
    } else {
        ".config/pnpm"
    };
    let default = home.map(|home| home.join(of_system));
    xdg.map(|dir| dir.join("pnpm"))
        .or(default)
        .into_iter()
        .collect()
}

/// The home whose commands are in `dir`: itself up to 10, its `bin` from 11 on.
fn home_of_commands(dir: &Path) -> Option<PathBuf> {
    let is_home = |home: &Path| {
        ["5", "v11"]
            .iter()
            .any(|project| home.join("global").join(project).is_dir())
    };
    if is_home(dir) {
        return Some(dir.to_owned());
    }
    let above = dir.parent().filter(|_| dir.ends_with("bin"))?;
    is_home(above).then(|| above.to_owned())
}

/// The home that a package lies in, by the directories above it.
fn home_of_package(package: &Path) -> Option<PathBuf> {
    const INSIDE: [&str; 3] = ["global/5", "global/v11", "store/v11/links"];
    package.ancestors().find_map(|dir| {
        INSIDE
            .iter()
            .filter(|inside| dir.ends_with(inside))
            .find_map(|inside| dir.ancestors().nth(Path::new(inside).components().count()))
            .map(Path::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::home_of_package;

    #[test]
    fn the_home_of_pnpm_is_told_by_where_a_package_lies() {
        for (package, home) in [
            (
                "/p/global/5/.pnpm/openclaw@2026.5.12/node_modules/openclaw",
                Some("/p"),
            ),
            ("/p/global/v11/1a2b/node_modules/openclaw", Some("/p")),
            (
                "/p/store/v11/links/@/openclaw/2026.9.6/ab/node_modules/openclaw",
                Some("/p"),
            ),
            ("/usr/lib/node_modules/openclaw", None),
        ] {
            assert_eq!(
                home_of_package(Path::new(package)),
                home.map(PathBuf::from),
                "{package}"
            );
        }
    }
}
