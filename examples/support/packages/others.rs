//! Global codexes of npm, yarn and bun.

use std::path::PathBuf;

use super::kept::install;
use super::manager::Manager;
use super::programs::{bun_program, yarn_program};
use super::{codex_package, make_dir, remove_dir};

/// A prefix in which npm has globally installed this codex, at
/// `lib/node_modules/@openai/codex`.
pub(crate) fn npm_prefix_with_codex(codex_version: &str) -> Result<PathBuf, String> {
    npm_prefix(
        &format!("codex-{codex_version}-npm"),
        codex_version,
        &[&codex_package(codex_version)],
    )
}

/// One with OpenClaw's plugin, which pins a codex, and another codex. Without
/// the OpenClaw that the plugin would be used by, which is large.
pub(crate) fn npm_prefix_with_plugin_and_codex(codex_version: &str) -> Result<PathBuf, String> {
    npm_prefix(
        &format!("plugin-and-codex-{codex_version}-npm"),
        codex_version,
        &[
            "--legacy-peer-deps",
            "@openclaw/codex@2026.9.5",
            &codex_package(codex_version),
        ],
    )
}

/// One with a codex that has no platform package. npm installs it whatever it
/// is told, so it is taken away.
pub(crate) fn npm_prefix_without_platform_package(codex_version: &str) -> Result<PathBuf, String> {
    let tree = install(&format!("codex-{codex_version}-no-optional-npm"), |tree| {
        let prefix = tree.join("prefix");
        make_dir(&prefix)?;
        let npm = Manager::npm(&prefix)?;
        npm.run(&["install", "--global", &codex_package(codex_version)])?;
        remove_dir(&prefix.join("lib/node_modules/@openai/codex/node_modules"))
    })?;
    Ok(tree.join("prefix"))
}

fn npm_prefix(name: &str, codex_version: &str, words: &[&str]) -> Result<PathBuf, String> {
    let tree = install(name, |tree| {
        let prefix = tree.join("prefix");
        make_dir(&prefix)?;
        let npm = Manager::npm(&prefix)?;
        npm.run(&[&["install", "--global"], words].concat())?;
        npm.expect_codex(&prefix.join("bin/codex"), codex_version)
    })?;
    Ok(tree.join("prefix"))
}

/// A directory in which yarn 1 has globally installed this codex: `global` is
/// its global folder, `prefix/bin` has the commands.
pub(crate) fn yarn_with_codex(codex_version: &str) -> Result<PathBuf, String> {
    install(&format!("codex-{codex_version}-yarn"), |tree| {
        let yarn = Manager::yarn(&yarn_program()?, tree)?;
        yarn.run(&["global", "add", &codex_package(codex_version)])?;
        yarn.expect_codex(&tree.join("prefix/bin/codex"), codex_version)?;
        // It has the packages of all platforms.
        remove_dir(&tree.join("cache"))
    })
}

/// A `BUN_INSTALL` in which bun has globally installed this codex.
pub(crate) fn bun_with_codex(codex_version: &str) -> Result<PathBuf, String> {
    let tree = install(&format!("codex-{codex_version}-bun"), |tree| {
        let bun_install = tree.join("bun");
        make_dir(&bun_install)?;
        let bun = Manager::bun(&bun_program()?, &bun_install)?;
        bun.run(&["add", "--global", &codex_package(codex_version)])?;
        bun.expect_codex(&bun_install.join("bin/codex"), codex_version)
    })?;
    Ok(tree.join("bun"))
}
