//! The environment that a package's own launcher, `bin/codex.js`, gives the native binary, for
//! where the binary is started without it.
//!
//! As read in the launchers of 0.20.0 to 0.169.0. Codex tells by these variables how to update
//! itself, and up to 0.137 finds its helpers (ripgrep) on PATH alone.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use semver::Version;

use crate::codex::package::{CodexPackage, NAME};

const BY_NPM: &str = "CODEX_MANAGED_BY_NPM";
const BY_BUN: &str = "CODEX_MANAGED_BY_BUN";
const BY_PNPM: &str = "CODEX_MANAGED_BY_PNPM";
const BY_VITE_PLUS: &str = "CODEX_MANAGED_BY_VITE_PLUS";
const ROOT: &str = "CODEX_MANAGED_PACKAGE_ROOT";

/// What bun's global directory is called in every path to it.
const BUNS_GLOBAL: &str = ".bun/install/global";

/// What the launcher would have set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Managed {
    /// The package's real directory.
    root: PathBuf,
    /// Whether pnpm has installed it, and this launcher can tell.
    is_pnpms: bool,
    /// Whether the launcher names the package's directory.
    tells_root: bool,
    /// What it puts first on PATH.
    helpers: Option<PathBuf>,
}

impl Managed {
    /// `None` for a binary that no launcher starts.
    pub(crate) fn of(package: &CodexPackage) -> Option<Managed> {
        let root = package.entry.as_ref()?.parent()?.parent()?;
        let version = package.version.as_ref();
        // A version that cannot be read is taken for a new one.
        let is_since = |minor| version.is_none_or(|version| *version >= Version::new(0, minor, 0));
        let helpers = package.native.as_ref()?.helpers.clone();
        Some(Managed {
            is_pnpms: is_since(144) && is_pnpms(root, package.link.as_deref()),
            tells_root: is_since(131),
            helpers: helpers.filter(|_| !is_since(138)),
            root: root.to_owned(),
        })
    }

    /// Sets them.
    pub(crate) fn apply(&self, vars: &mut BTreeMap<OsString, OsString>) {
        let installer = self.installer(vars);
        for name in [BY_NPM, BY_BUN, BY_PNPM, BY_VITE_PLUS, ROOT] {
            vars.remove(OsStr::new(name));
        }
        vars.insert(installer.into(), "1".into());
        if self.tells_root {
            vars.insert(ROOT.into(), self.root.clone().into());
        }
        if let Some(helpers) = &self.helpers {
            let inherited = vars.get(OsStr::new("PATH")).cloned().unwrap_or_default();
            let rest = std::env::split_paths(&inherited).filter(|dir| !dir.as_os_str().is_empty());
            // A directory with a colon in its name cannot stand on a PATH.
            if let Ok(path) = std::env::join_paths(std::iter::once(helpers.clone()).chain(rest)) {
                vars.insert("PATH".into(), path);
            }
        }
    }

    fn installer(&self, vars: &BTreeMap<OsString, OsString>) -> &'static str {
        let text = |name: &str| {
            let value = vars
                .get(OsStr::new(name))
                .map(|value| value.to_string_lossy());
            value.unwrap_or_default().into_owned()
        };
        let is_buns = text("npm_config_user_agent")
            .split(' ')
            .any(|word| word.starts_with("bun/"))
            || text("npm_execpath").contains("bun")
            || self.root.to_string_lossy().contains(BUNS_GLOBAL);
        match (self.is_pnpms, is_buns) {
            (true, _) => BY_PNPM,
            (false, true) => BY_BUN,
            (false, false) => BY_NPM,
        }
    }
}

/// Whether a directory above the package, or above the link that led to it, is a project of pnpm's
/// that has this package.
fn is_pnpms(root: &Path, link: Option<&Path>) -> bool {
    let above = [Some(root), link]
        .into_iter()
        .flatten()
        .flat_map(Path::ancestors);
    above.map(|dir| dir.join("node_modules")).any(|modules| {
        modules.join(".modules.yaml").exists()
            && modules
                .join(NAME)
                .canonicalize()
                .is_ok_and(|real| real == root)
    })
}
