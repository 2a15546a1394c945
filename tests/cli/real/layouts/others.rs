//! npm, yarn and bun.

use crate::support::packages;

use super::machine::Machine;
use super::node::codex_js_from;
use super::{NEW, OLD};

#[test]
fn the_global_codex_of_npm_is_found() {
    let prefix = packages::npm_prefix_with_codex(OLD).unwrap();
    let machine = Machine::new().with_commands_of(&prefix.join("bin"));
    let settings = format!("prefix={}\n", prefix.display());
    let entry = codex_js_from(&prefix.join("lib"));
    // The settings name the prefix; without them it is told by the command on PATH.
    machine
        .choice()
        .assert_is(OLD, &entry)
        .assert_step("global");
    let machine = machine.with_file(".npmrc", &settings);
    machine
        .choice()
        .assert_is(OLD, &entry)
        .assert_step("global");
}

#[test]
fn the_global_codex_of_yarn_is_found() {
    let yarn = packages::yarn_with_codex(OLD).unwrap();
    let global = yarn.join("global");
    Machine::new()
        .with("YARN_GLOBAL_FOLDER", global.to_str().unwrap())
        .with_commands_of(&yarn.join("prefix/bin"))
        .choice()
        .assert_is(OLD, &codex_js_from(&global))
        .assert_step("global");
}

#[test]
fn the_global_codex_of_bun_is_found() {
    let bun_install = packages::bun_with_codex(NEW).unwrap();
    Machine::new()
        .with("BUN_INSTALL", bun_install.to_str().unwrap())
        .with_commands_of(&bun_install.join("bin"))
        .choice()
        .assert_is(NEW, &codex_js_from(&bun_install.join("install/global")))
        .assert_step("global");
}
