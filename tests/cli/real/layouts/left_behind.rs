//! Nothing is live: what removals and accidents leave.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::packages::{self, Pnpm};

use super::OLD;
use super::machine::{Machine, rejected_in, text};

/// The only `bin/codex.js` in the store of this pnpm.
fn orphan(pnpm: Pnpm, pnpm_home: &std::path::Path) -> PathBuf {
    let modules = match pnpm {
        Pnpm::V9 | Pnpm::V10 => pnpm_home
            .join("global/5/.pnpm")
            .join(format!("@openai+codex@{OLD}")),
        Pnpm::V11 | Pnpm::V12 => {
            let versions = pnpm_home.join("store/v11/links/@openai/codex");
            let mut hashes = versions.join(OLD).read_dir().expect("a version");
            hashes.next().expect("a hash").expect("an entry").path()
        }
    };
    let entry = modules.join("node_modules/@openai/codex/bin/codex.js");
    entry.canonicalize().expect("an orphan")
}

/// Asserts that what is only in the store is taken, and called a guess.
#[track_caller]
fn assert_guessed(pnpm: Pnpm) {
    let pnpm_home = packages::pnpm_home_after_removal(pnpm, OLD).unwrap();
    let machine = Machine::new().with_pnpm_home(pnpm, &pnpm_home);
    machine
        .choice()
        .assert_is(OLD, &orphan(pnpm, &pnpm_home))
        .assert_step("store");
    machine.told().expect_code(0).says("guess");
}

#[test]
fn after_a_removal_with_pnpm_10_the_store_is_guessed_from() {
    assert_guessed(Pnpm::V10);
}

#[test]
fn after_a_removal_with_pnpm_12_the_store_is_guessed_from() {
    assert_guessed(Pnpm::V12);
}

/// Asserts that one candidate is rejected for a reason that has these words.
#[track_caller]
fn assert_rejected_for(error: &Value, words: &str) {
    let named = |candidate: &Value| text(candidate, "reason").contains(words);
    assert!(rejected_in(error).iter().any(named), "{error:#}");
}

#[test]
fn a_platform_package_alone_is_no_codex() {
    let pnpm_home = packages::pnpm_home_with_platform_package_only(OLD).unwrap();
    let error = Machine::new().with_pnpm_home(Pnpm::V10, &pnpm_home).error();
    assert_eq!(error["code"], "codex-not-found");
    assert_rejected_for(&error, "a platform package");
}

#[test]
fn a_link_that_leads_nowhere_is_told() {
    let pnpm_home = packages::pnpm_home_with_dangling_link(OLD).unwrap();
    let error = Machine::new().with_pnpm_home(Pnpm::V10, &pnpm_home).error();
    assert_eq!(error["code"], "codex-not-found");
    assert_rejected_for(&error, "a dangling link");
}
