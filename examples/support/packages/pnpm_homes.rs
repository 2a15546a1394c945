//! `PNPM_HOME`s with a global codex, as each pnpm lays them out.

use std::path::{Path, PathBuf};

use super::kept::install;
use super::manager::Manager;
use super::programs::{Pnpm, platform};
use super::{codex_package, make_dir, remove_dir};

/// The plugin, and what keeps pnpm from bringing a whole OpenClaw with it.
const PLUGIN: [&str; 2] = [
    "@openclaw/codex@2026.9.5",
    "--config.auto-install-peers=false",
];

/// A `PNPM_HOME` in which this pnpm has globally installed this codex. It is
/// shared: copy it or link to it, but do not change it.
pub(crate) fn pnpm_home_with_codex(pnpm: Pnpm, codex_version: &str) -> Result<PathBuf, String> {
    let name = format!("codex-{codex_version}-pnpm-{}", pnpm.version());
    filled(&name, |home| home.add_codex(pnpm, codex_version, &[]))
}

/// One in which this pnpm has installed these one after the other. The last one
/// is live; the store has more.
pub(crate) fn pnpm_home_after(pnpm: Pnpm, codex_versions: &[&str]) -> Result<PathBuf, String> {
    let versions = codex_versions.join("-then-");
    let name = format!("codex-{versions}-pnpm-{}", pnpm.version());
    filled(&name, |home| {
        let mut versions = codex_versions.iter();
        versions.try_for_each(|version| home.add_codex(pnpm, version, &[]))
    })
}

/// One in which pnpm 10 has installed the first, and pnpm 12 the second since.
pub(crate) fn pnpm_home_of_10_and_12(by_10: &str, by_12: &str) -> Result<PathBuf, String> {
    let name = format!("codex-{by_10}-pnpm-10-and-{by_12}-pnpm-12");
    filled(&name, |home| {
        home.add_codex(Pnpm::V10, by_10, &[])?;
        home.add_codex(Pnpm::V12, by_12, &[])
    })
}

/// One with a codex that has no platform package.
pub(crate) fn pnpm_home_without_platform_package(
    pnpm: Pnpm,
    codex_version: &str,
) -> Result<PathBuf, String> {
    let name = format!("codex-{codex_version}-no-optional-pnpm-{}", pnpm.version());
    filled(&name, |home| {
        home.add(pnpm, &["--no-optional", &codex_package(codex_version)], &[])
    })
}

/// One without links: every package is a directory in the one `node_modules`.
pub(crate) fn pnpm_home_hoisted(pnpm: Pnpm, codex_version: &str) -> Result<PathBuf, String> {
    let name = format!("codex-{codex_version}-hoisted-pnpm-{}", pnpm.version());
    let settings = [("node_linker", "hoisted")];
    filled(&name, |home| {
        // Without links pnpm 10 writes into the project before it has made it.
        if pnpm == Pnpm::V10 {
            make_dir(&home.dir.join("global/5"))?;
        }
        home.add_codex(pnpm, codex_version, &settings)
    })
}

/// One whose virtual store is where the other majors have it: global for pnpm
/// 10, the project's own for pnpm 12.
pub(crate) fn pnpm_home_with_other_virtual_store(
    pnpm: Pnpm,
    codex_version: &str,
) -> Result<PathBuf, String> {
    let name = format!(
        "codex-{codex_version}-other-virtual-store-pnpm-{}",
        pnpm.version()
    );
    let is_global = if pnpm == Pnpm::V10 { "true" } else { "false" };
    let settings = [("enable_global_virtual_store", is_global)];
    filled(&name, |home| home.add_codex(pnpm, codex_version, &settings))
}

/// One whose global packages are in [`global_dir_elsewhere`].
pub(crate) fn pnpm_home_with_global_dir_elsewhere(
    pnpm: Pnpm,
    codex_version: &str,
) -> Result<PathBuf, String> {
    let name = format!("codex-{codex_version}-elsewhere-pnpm-{}", pnpm.version());
    filled(&name, |home| {
        let dir = global_dir_elsewhere(&home.dir);
        make_dir(&dir)?;
        let dir = dir.to_str().ok_or("the cache's path is not UTF-8")?;
        home.add_codex(pnpm, codex_version, &[("global_dir", dir)])
    })
}

/// The global directory of a `PNPM_HOME` that has it outside of itself.
pub(crate) fn global_dir_elsewhere(pnpm_home: &Path) -> PathBuf {
    pnpm_home.with_file_name("elsewhere")
}

/// One with OpenClaw's plugin, which pins a codex, and another codex.
pub(crate) fn pnpm_home_with_plugin_and_codex(
    pnpm: Pnpm,
    codex_version: &str,
) -> Result<PathBuf, String> {
    let name = format!("plugin-and-codex-{codex_version}-pnpm-{}", pnpm.version());
    filled(&name, |home| {
        home.add(pnpm, &PLUGIN, &[])?;
        home.add_codex(pnpm, codex_version, &[])
    })
}

/// One from which the only codex was removed: its store still has it.
pub(crate) fn pnpm_home_after_removal(pnpm: Pnpm, codex_version: &str) -> Result<PathBuf, String> {
    let name = format!("codex-{codex_version}-removed-pnpm-{}", pnpm.version());
    filled(&name, |home| {
        home.add_codex(pnpm, codex_version, &[])?;
        home.run(pnpm, &["remove", "--global", "@openai/codex"], &[])
    })
}

/// One in which a platform package stands where codex should.
pub(crate) fn pnpm_home_with_platform_package_only(codex_version: &str) -> Result<PathBuf, String> {
    let package = codex_package(&format!("{codex_version}-{}", platform()?));
    let name = format!("codex-{codex_version}-platform-only-pnpm-10");
    filled(&name, |home| home.add(Pnpm::V10, &[&package], &[]))
}

/// One whose codex has another name, `mycodex`.
pub(crate) fn pnpm_home_with_alias(codex_version: &str) -> Result<PathBuf, String> {
    let package = format!("mycodex@npm:{}", codex_package(codex_version));
    filled(&format!("codex-{codex_version}-alias-pnpm-10"), |home| {
        home.add(Pnpm::V10, &[&package], &[])?;
        home.expect_codex(Pnpm::V10, codex_version)
    })
}

/// One whose live link leads nowhere.
pub(crate) fn pnpm_home_with_dangling_link(codex_version: &str) -> Result<PathBuf, String> {
    filled(&format!("codex-{codex_version}-dangling-pnpm-10"), |home| {
        home.add_codex(Pnpm::V10, codex_version, &[])?;
        let folder = format!("global/5/.pnpm/@openai+codex@{codex_version}/node_modules/@openai");
        remove_dir(&home.dir.join(&folder))?;
        make_dir(&home.dir.join(folder))
    })
}

/// The `PNPM_HOME` of this name.
fn filled(
    name: &str,
    fill: impl FnOnce(&PnpmHome) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let below = |tree: &Path| tree.join("pnpm");
    let tree = install(name, |tree| fill(&PnpmHome { dir: below(tree) }))?;
    Ok(below(&tree))
}

/// A `PNPM_HOME` while it is filled.
struct PnpmHome {
    dir: PathBuf,
}

/// What pnpm is told besides its arguments.
type Settings<'a> = &'a [(&'a str, &'a str)];

impl PnpmHome {
    fn add_codex(&self, pnpm: Pnpm, version: &str, settings: Settings) -> Result<(), String> {
        self.add(pnpm, &[&codex_package(version)], settings)?;
        self.expect_codex(pnpm, version)
    }

    fn add(&self, pnpm: Pnpm, words: &[&str], settings: Settings) -> Result<(), String> {
        self.run(pnpm, &[&["add", "--global"], words].concat(), settings)
    }

    fn run(&self, pnpm: Pnpm, arguments: &[&str], settings: Settings) -> Result<(), String> {
        self.manager(pnpm, settings)?.run(arguments)
    }

    fn expect_codex(&self, pnpm: Pnpm, version: &str) -> Result<(), String> {
        let shim = pnpm.command_dir(&self.dir).join("codex");
        self.manager(pnpm, &[])?.expect_codex(&shim, version)
    }

    fn manager(&self, pnpm: Pnpm, settings: Settings) -> Result<Manager, String> {
        Manager::pnpm(pnpm, &self.dir, settings)
    }
}
