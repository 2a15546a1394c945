//! Installs whose platform package is missing: with `--no-optional`, or after an update gone wrong.

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
    let mends = ["pnpm", "npm"].map(|manager| text(candidate, "fix").contains(manager));
    assert!(mends.contains(&true), "{candidate:#}");
}

/// Asserts that it is not taken where npm has another, and that it is not passed over in silence
/// where it is alone.
#[track_caller]
fn assert_last_resort(machine: Machine) {
    if let Some(candidate) = alone(&machine) {
        assert_mendable(&candidate);
    }
    let prefix = packages::npm_prefix_with_codex(OLD).unwrap();
    let machine = machine
        .with_commands_of(&prefix.join("bin"))
        .with_file(".npmrc", &format!("prefix={}\n", prefix.display()));
    let choice = machine.choice();
    choice.assert_is(OLD, &codex_js_from(&prefix.join("lib")));
    assert_mendable(choice.assert_rejected(NEW));
}

/// The rejected candidate where nothing else is on the machine; nothing where it was taken for want
/// of a better one.
#[track_caller]
fn alone(machine: &Machine) -> Option<Value> {
    let found = |candidate: &&Value| candidate["version"] == NEW;
    if machine.told().status.success() {
        let choice = machine.choice();
        let codex = choice.codex();
        assert_eq!(codex["version"], NEW, "{codex:#}");
        assert_eq!(codex["native"], Value::Null, "{codex:#}");
        return None;
    }
    let error = machine.error();
    let candidate = rejected_in(&error).iter().find(found);
    Some(
        candidate
            .unwrap_or_else(|| panic!("{NEW} is not in {error:#}"))
            .clone(),
    )
}

#[track_caller]
fn assert_last_resort_of(pnpm: Pnpm) {
    let pnpm_home = packages::pnpm_home_without_platform_package(pnpm, NEW).unwrap();
    assert_last_resort(Machine::new().with_pnpm_home(pnpm, &pnpm_home));
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
    let machine = Machine::new().with_commands_of(&prefix.join("bin"));
    if let Some(candidate) = alone(&machine) {
        assert_mendable(&candidate);
    }
    let pnpm_home = packages::pnpm_home_with_codex(Pnpm::V9, OLD).unwrap();
    let machine = machine
        .with_pnpm_home(Pnpm::V9, &pnpm_home)
        .with_file(".npmrc", &format!("prefix={}\n", prefix.display()));
    let choice = machine.choice();
    assert_eq!(choice.codex()["version"], OLD, "{:#}", choice.codex());
    assert_mendable(choice.assert_rejected(NEW));
}
