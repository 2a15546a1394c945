//! The plugin as OpenClaw itself installs it: what the agent's next turn runs.

use std::path::Path;

use crate::support::packages::{self, Pnpm};

use super::machine::Machine;
use super::node::{codex_js_from, plugin_in_the_state_of};
use super::{NEWEST, OLD};

#[test]
fn the_plugin_that_openclaw_2026_5_12_installed_has_the_codex() {
    let home = packages::openclaw_2026_5_12_home_with_plugin().unwrap();
    let plugin = home.join(".openclaw/npm/node_modules/@openclaw/codex");
    Machine::with_home(&home, "2026.5.12")
        .choice()
        .assert_is("0.154.0", &codex_js_from(&plugin))
        .assert_step("plugin");
}

/// A home where OpenClaw 2026.9.6 runs an older plugin than one that it retains.
fn home_with_generations() -> std::path::PathBuf {
    packages::openclaw_2026_9_6_home_with_retained_plugins().unwrap()
}

/// The plugin that it runs.
pub(in crate::real) fn active_plugin() -> std::path::PathBuf {
    plugin_in_the_state_of(&home_with_generations())
}

fn codex_versions_below(home: &Path) -> Vec<String> {
    let projects = home.join(".openclaw/npm/projects");
    let entries = std::fs::read_dir(projects).expect("projects");
    let manifests = entries.filter_map(|entry| {
        let modules = entry.expect("an entry").path().join("node_modules");
        std::fs::read_to_string(modules.join("@openai/codex/package.json")).ok()
    });
    let version = |text: String| {
        let manifest: serde_json::Value = serde_json::from_str(&text).expect("a manifest");
        manifest["version"].as_str().expect("a version").to_owned()
    };
    let mut versions: Vec<_> = manifests.map(version).collect();
    versions.sort();
    versions
}

#[test]
fn of_the_plugins_that_openclaw_2026_9_6_retains_the_active_one_has_the_codex() {
    let home = home_with_generations();
    assert_eq!(
        codex_versions_below(&home),
        ["0.153.4", "0.153.4", "0.154.0"]
    );
    Machine::with_home(&home, "2026.9.6")
        .choice()
        .assert_is("0.153.4", &codex_js_from(&plugin_in_the_state_of(&home)))
        .assert_step("plugin");
}

#[test]
fn the_plugin_of_openclaw_2026_9_6_goes_before_a_newer_global_codex() {
    let home = home_with_generations();
    let pnpm_home = packages::pnpm_home_with_codex(Pnpm::V12, NEWEST).unwrap();
    Machine::with_home(&home, "2026.9.6")
        .with_pnpm_home(Pnpm::V12, &pnpm_home)
        .choice()
        .assert_is("0.153.4", &codex_js_from(&plugin_in_the_state_of(&home)))
        .assert_step("plugin")
        .assert_notice("codex-versions-differ")
        .assert_rejected(NEWEST);
}

#[test]
fn a_named_codex_that_the_plugin_does_not_pin_is_told() {
    let home = home_with_generations();
    let prefix = packages::npm_prefix_with_codex(OLD).unwrap();
    let entry = codex_js_from(&prefix.join("lib"));
    Machine::with_home(&home, "2026.9.6")
        .choice_with(&["--codex", entry.to_str().unwrap()])
        .assert_is(OLD, &entry)
        .assert_step("named")
        .assert_notice("codex-pin-differs");
}
