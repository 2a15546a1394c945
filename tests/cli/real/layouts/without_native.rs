//! Installs whose platform package is missing: with `--no-optional`, or after an update gone wrong.

use std::path::Path;

use serde_json::Value;

use crate::support::packages::{self, Pnpm};

use super::machine::{Machine, rejected_in, text};
use super::node::codex_js_from;
use super::{NEW, OLD};

const MISSING: &str = "platform package is missing";

/// Asserts that the candidate is told to be without its platform package, and what mends it.
#[track_caller]
fn assert_mendable(candidate: &Value) {
    assert!(text(candidate, "reason").contains(MISSING), "{candidate:#}");
    // `npm` or `pnpm`, whichever has installed it.
    assert!(text(candidate, "fix").contains("npm "), "{candidate:#}");
}

/// Asserts that it is not passed over in silence where it is alone: taken for want of a better one,
/// or rejected.
#[track_caller]
fn assert_told_where_alone(machine: &Machine) {
    if machine.told().status.success() {
        let choice = machine.choice();
        let codex = choice.codex();
        assert_eq!(codex["version"], NEW, "{codex:#}");
        assert_eq!(codex["native"], Value::Null, "{codex:#}");
    } else {
        let error = machine.error();
        let mut candidates = rejected_in(&error).iter();
        let candidate = candidates.find(|candidate| candidate["version"] == NEW);
        assert_mendable(candidate.unwrap_or_else(|| panic!("{NEW} is not in {error:#}")));
    }
}

/// Asserts that it is not taken where there is an older one that can run, with this `codex.js`.
#[track_caller]
fn assert_not_taken_beside(machine: &Machine, older: &Path) {
    let choice = machine.choice();
    choice.assert_is(OLD, older);
    assert_mendable(choice.assert_rejected(NEW));
}

fn with_npm_prefix(machine: Machine, prefix: &Path) -> Machine {
    machine
        .with_commands_of(&prefix.join("bin"))
        .with_file(".npmrc", &format!("prefix={}\n", prefix.display()))
}

#[track_caller]
fn assert_last_resort_of(pnpm: Pnpm) {
    let pnpm_home = packages::pnpm_home_without_platform_package(pnpm, NEW).unwrap();
    let machine = Machine::new().with_pnpm_home(pnpm, &pnpm_home);
    assert_told_where_alone(&machine);
    let prefix = packages::npm_prefix_with_codex(OLD).unwrap();
    let machine = with_npm_prefix(machine, &prefix);
    assert_not_taken_beside(&machine, &codex_js_from(&prefix.join("lib")));
}

#[test]
fn pnpm_10_without_the_platform_package_is_a_last_resort() {
    assert_last_resort_of(Pnpm::V10);
}

#[test]
fn pnpm_12_without_the_platform_package_is_a_last_resort() {
    assert_last_resort_of(Pnpm::V12);
}

#[test]
fn npm_without_the_platform_package_is_a_last_resort() {
    let prefix = packages::npm_prefix_without_platform_package(NEW).unwrap();
    let machine = with_npm_prefix(Machine::new(), &prefix);
    assert_told_where_alone(&machine);
    let yarn = packages::yarn_with_codex(OLD).unwrap();
    let global = yarn.join("global");
    let machine = machine.with("YARN_GLOBAL_FOLDER", global.to_str().unwrap());
    assert_not_taken_beside(&machine, &codex_js_from(&global));
}
