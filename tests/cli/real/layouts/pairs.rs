//! OpenClaw's plugin as a global package, beside a newer codex: the agent runs what the plugin pins.

use std::path::Path;

use crate::support::packages::{self, Pnpm};

use super::NEWEST;
use super::machine::Machine;
use super::node::{codex_js_from, global_project};

/// What the plugin pins.
const PINNED: &str = "0.154.0";

/// Asserts that the plugin's codex is taken, and the newer one is told of.
#[track_caller]
fn assert_pin_goes_first(machine: &Machine, plugin: &Path) {
    let choice = machine.choice();
    choice
        .assert_is(PINNED, &codex_js_from(plugin))
        .assert_step("global-plugin")
        .assert_notice("codex-versions-differ")
        .assert_rejected(NEWEST);
}

#[track_caller]
fn assert_pin_goes_first_with(pnpm: Pnpm) {
    let pnpm_home = packages::pnpm_home_with_plugin_and_codex(pnpm, NEWEST).unwrap();
    let project = global_project(pnpm, &pnpm_home.join("global"), "@openclaw/codex");
    let machine = Machine::new().with_pnpm_home(pnpm, &pnpm_home);
    assert_pin_goes_first(&machine, &project.join("node_modules/@openclaw/codex"));
}

#[test]
fn the_codex_that_the_plugin_pins_goes_first_with_pnpm_10() {
    assert_pin_goes_first_with(Pnpm::V10);
}

#[test]
fn the_codex_that_the_plugin_pins_goes_first_with_pnpm_12() {
    assert_pin_goes_first_with(Pnpm::V12);
}

#[test]
fn the_codex_that_the_plugin_pins_goes_first_with_npm() {
    let prefix = packages::npm_prefix_with_plugin_and_codex(NEWEST).unwrap();
    let machine = Machine::new()
        .with_commands_of(&prefix.join("bin"))
        .with_file(".npmrc", &format!("prefix={}\n", prefix.display()));
    assert_pin_goes_first(&machine, &prefix.join("lib/node_modules/@openclaw/codex"));
}
