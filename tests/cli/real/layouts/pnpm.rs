//! pnpm: each major, settings that move things, and what stays in the store.

use std::path::Path;

use crate::support::packages::{self, Pnpm};

use super::machine::{Choice, Machine};
use super::node::{codex_js_from, global_project, resolved};
use super::{MIDDLE, NEW, OLD};

/// Asserts that the live codex of this `PNPM_HOME` is taken, and is this one.
#[track_caller]
fn assert_live(pnpm: Pnpm, pnpm_home: &Path, version: &str) -> Choice {
    let machine = Machine::new().with_pnpm_home(pnpm, pnpm_home);
    let project = global_project(pnpm, &pnpm_home.join("global"), "@openai/codex");
    let choice = machine.choice();
    choice
        .assert_is(version, &codex_js_from(&project))
        .assert_step("global");
    choice
}

#[track_caller]
fn assert_plain_install_is_found(pnpm: Pnpm, version: &str) {
    let pnpm_home = packages::pnpm_home_with_codex(pnpm, version).unwrap();
    assert_live(pnpm, &pnpm_home, version);
}

#[test]
fn the_global_codex_of_pnpm_9_is_found() {
    assert_plain_install_is_found(Pnpm::V9, OLD);
}

#[test]
fn the_global_codex_of_pnpm_10_is_found() {
    assert_plain_install_is_found(Pnpm::V10, NEW);
}

#[test]
fn the_global_codex_of_pnpm_11_is_found() {
    assert_plain_install_is_found(Pnpm::V11, OLD);
}

#[test]
fn the_global_codex_of_pnpm_12_is_found() {
    assert_plain_install_is_found(Pnpm::V12, NEW);
}

#[test]
fn pnpm_10_after_a_downgrade_runs_the_live_version() {
    let pnpm_home = packages::pnpm_home_after(Pnpm::V10, &[OLD, NEW, MIDDLE]).unwrap();
    let orphan = format!("global/5/.pnpm/@openai+codex@{NEW}");
    assert!(pnpm_home.join(orphan).is_dir(), "pnpm has cleared up");
    assert_live(Pnpm::V10, &pnpm_home, MIDDLE);
}

#[test]
fn pnpm_12_after_a_downgrade_runs_the_live_version() {
    let pnpm_home = packages::pnpm_home_after(Pnpm::V12, &[NEW, OLD]).unwrap();
    let orphan = format!("store/v11/links/@openai/codex/{NEW}");
    assert!(pnpm_home.join(orphan).is_dir(), "pnpm has cleared up");
    assert_live(Pnpm::V12, &pnpm_home, OLD);
}

#[test]
fn where_pnpm_10_and_12_share_a_home_the_codex_of_12_goes_first() {
    let pnpm_home = packages::pnpm_home_of_10_and_12(NEW, OLD).unwrap();
    assert_live(Pnpm::V12, &pnpm_home, OLD).assert_rejected(NEW);
}

#[test]
fn a_hoisted_install_of_pnpm_10_is_found() {
    let pnpm_home = packages::pnpm_home_hoisted(Pnpm::V10, OLD).unwrap();
    assert_live(Pnpm::V10, &pnpm_home, OLD);
}

#[test]
fn a_hoisted_install_of_pnpm_12_is_found() {
    let pnpm_home = packages::pnpm_home_hoisted(Pnpm::V12, OLD).unwrap();
    assert_live(Pnpm::V12, &pnpm_home, OLD);
}

#[test]
fn pnpm_10_with_a_global_virtual_store_is_followed_into_it() {
    let pnpm_home = packages::pnpm_home_with_other_virtual_store(Pnpm::V10, OLD).unwrap();
    let store = pnpm_home.join("global/5/.pnpm/@openai/codex").join(OLD);
    assert!(store.is_dir(), "pnpm has put it elsewhere");
    assert_live(Pnpm::V10, &pnpm_home, OLD);
}

#[test]
fn pnpm_12_without_a_global_virtual_store_is_followed_into_the_group() {
    let pnpm_home = packages::pnpm_home_with_other_virtual_store(Pnpm::V12, OLD).unwrap();
    assert!(!pnpm_home.join("store/v11/links").exists());
    assert_live(Pnpm::V12, &pnpm_home, OLD);
}

/// Asserts that the codex of a global directory that a setting names is taken.
#[track_caller]
fn assert_global_dir_is_followed(pnpm: Pnpm, settings: &str, key: &str) {
    let pnpm_home = packages::pnpm_home_with_global_dir_elsewhere(pnpm, OLD).unwrap();
    let dir = packages::global_dir_elsewhere(&pnpm_home);
    let project = global_project(pnpm, &dir, "@openai/codex");
    Machine::new()
        .with_pnpm_home(pnpm, &pnpm_home)
        .with_file(settings, &format!("{key}{}\n", dir.display()))
        .choice()
        .assert_is(OLD, &codex_js_from(&project))
        .assert_step("global");
}

#[test]
fn a_global_dir_in_the_settings_of_pnpm_10_is_followed() {
    assert_global_dir_is_followed(Pnpm::V10, ".config/pnpm/rc", "global-dir=");
}

#[test]
fn a_global_dir_in_the_settings_of_pnpm_12_is_followed() {
    assert_global_dir_is_followed(Pnpm::V12, ".config/pnpm/config.yaml", "globalDir: ");
}

/// Without the setting, the command is what leads there.
#[track_caller]
fn assert_command_is_followed(pnpm: Pnpm) {
    let pnpm_home = packages::pnpm_home_with_global_dir_elsewhere(pnpm, OLD).unwrap();
    let dir = packages::global_dir_elsewhere(&pnpm_home);
    let project = global_project(pnpm, &dir, "@openai/codex");
    Machine::new()
        .with_pnpm_home(pnpm, &pnpm_home)
        .choice()
        .assert_is(OLD, &codex_js_from(&project))
        .assert_found_by_command();
}

#[test]
fn the_command_of_pnpm_10_leads_to_a_global_dir_that_nothing_names() {
    assert_command_is_followed(Pnpm::V10);
}

#[test]
fn the_command_of_pnpm_12_leads_to_a_global_dir_that_nothing_names() {
    assert_command_is_followed(Pnpm::V12);
}

#[test]
fn a_codex_by_another_name_is_found_by_its_command_or_its_manifest() {
    let pnpm_home = packages::pnpm_home_with_alias(OLD).unwrap();
    let entry = resolved("mycodex/bin/codex.js", &pnpm_home.join("global/5"));
    Machine::new()
        .with_pnpm_home(Pnpm::V10, &pnpm_home)
        .choice()
        .assert_is(OLD, &entry)
        .assert_found_by_command();
}
