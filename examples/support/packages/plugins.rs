//! Homes in which OpenClaw itself has installed its codex plugin.

use std::path::{Path, PathBuf};

use super::kept::install;
use super::make_dir;
use super::manager::Manager;
use super::programs::{node_dir, openclaw_program};

/// A home whose OpenClaw 2026.5.12 has installed the plugin that pins codex
/// 0.154.0. That plugin wants a newer OpenClaw, but stands where any would.
pub(crate) fn openclaw_2026_5_12_home_with_plugin() -> Result<PathBuf, String> {
    let tree = install("plugin-openclaw-2026.5.12", |tree| {
        let openclaw = openclaw("2026.5.12", "22.23.3", tree)?;
        openclaw.run(&["plugins", "install", "@openclaw/codex@2026.9.5"])
    })?;
    Ok(home_in(&tree))
}

/// A home whose OpenClaw 2026.9.6 has updated the plugin and gone back: the one
/// in use pins codex 0.153.4, and one with 0.154.0 is retained beside it.
pub(crate) fn openclaw_2026_9_6_home_with_retained_plugins() -> Result<PathBuf, String> {
    let tree = install("plugin-generations-openclaw-2026.9.6", |tree| {
        let openclaw = openclaw("2026.9.6", "24.21.0", tree)?;
        let older = "@openclaw/codex@2026.9.4";
        openclaw.run(&["plugins", "install", older])?;
        // Named with its version, for later ones pin other codexes.
        openclaw.run(&["plugins", "update", "@openclaw/codex@2026.9.5"])?;
        openclaw.run(&["plugins", "install", older, "--force"])
    })?;
    Ok(home_in(&tree))
}

fn openclaw(version: &str, node: &str, tree: &Path) -> Result<Manager, String> {
    let home = home_in(tree);
    make_dir(&home)?;
    Manager::openclaw(&node_dir(node)?, &openclaw_program(version)?, &home)
}

fn home_in(tree: &Path) -> PathBuf {
    tree.join("home")
}
