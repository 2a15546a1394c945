//! A command of the user's own for codex: it is what OpenClaw starts, so it is what is used.

use std::path::Path;

use serde_json::Value;

use super::{notices, rejected, which, without_codex};
use crate::sandbox::{FAKE_CODEX, Sandbox, fake_package, link};

fn configured(command: &str) -> Sandbox {
    let sandbox = without_codex("2026.5.12");
    sandbox.configure(&format!(
        "{{ plugins: {{ entries: {{ codex: {{ config: {{ appServer: {{ command: '{command}' }} }} }} }} }}, agents: {{ list: [{{ id: 'ember' }}] }} }}"
    ));
    sandbox.install_fake_codex("0.169.0");
    sandbox
}

#[test]
fn the_command_of_the_configuration_is_used_and_said_not_to_be_managed() {
    let sandbox = configured(FAKE_CODEX);
    let codex = which(&sandbox);
    assert_eq!(codex["native"], FAKE_CODEX);
    assert_eq!(codex["step"], "own-command");
    assert_eq!(codex["managed"], false);
    assert_eq!(codex["entry"], Value::Null);
    let config = sandbox.state_dir().join("openclaw.json");
    assert_eq!(
        codex["source"],
        format!("appServer.command in {}", config.display())
    );
    sandbox
        .run(["which"])
        .expect_code(0)
        .says("OpenClaw starts codex with a command of the user's, ")
        .says("does not manage it");
}

#[test]
fn a_bare_name_is_looked_for_on_path() {
    let sandbox = configured(" codex-of-the-user ");
    link(
        Path::new(FAKE_CODEX),
        &sandbox.path("bin/codex-of-the-user"),
    );
    assert_eq!(which(&sandbox)["native"], FAKE_CODEX);
}

#[test]
fn the_variable_is_used_where_the_configuration_has_none() {
    let sandbox = without_codex("2026.5.12");
    sandbox.install_fake_codex("0.169.0");
    let package = sandbox.path("mine/node_modules/@openai/codex");
    fake_package(&package, "0.140.0");
    let sandbox = sandbox.set(
        "OPENCLAW_CODEX_APP_SERVER_BIN",
        package.join("bin/codex.js"),
    );
    let codex = which(&sandbox);
    assert_eq!(codex["version"], "0.140.0");
    assert_eq!(codex["source"], "OPENCLAW_CODEX_APP_SERVER_BIN");
    assert_eq!(codex["step"], "own-command");
    assert_eq!(
        notices(&sandbox),
        ["own-codex-command", "codex-versions-differ"]
    );
}

#[test]
fn a_script_of_the_users_is_started_as_it_is() {
    let script = "#!/bin/sh\nexec /opt/somewhere/else \"$@\"\n";
    let sandbox = without_codex("2026.5.12");
    let path = sandbox.write("wrapper", script);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, mode).unwrap();
    let sandbox = sandbox.set("OPENCLAW_CODEX_APP_SERVER_BIN", &path);
    assert_eq!(which(&sandbox)["native"], path.display().to_string());
}

#[test]
fn one_that_is_not_there_is_told_and_the_next_is_taken() {
    let sandbox = configured("/nowhere/codex");
    let codex = which(&sandbox);
    assert_eq!(codex["version"], "0.169.0");
    assert_eq!(
        rejected(&codex, Path::new("/nowhere/codex"))["reason"],
        "not there"
    );
    assert_eq!(
        notices(&sandbox),
        ["own-codex-command", "own-codex-unusable"]
    );
    sandbox
        .run(["which"])
        .expect_code(0)
        .says("OpenClaw would start /nowhere/codex, which cannot be used (not there)")
        .says("hint: correct or remove plugins.entries.codex.config.appServer.command in ");
    sandbox
        .run(["status"])
        .says("OpenClaw would start /nowhere/codex");
}

#[test]
fn a_bare_name_that_is_not_on_our_path_may_be_on_the_gateways() {
    let sandbox = configured("codex-of-the-gateway");
    let codex = which(&sandbox);
    let reason = &rejected(&codex, Path::new("codex-of-the-gateway"))["reason"];
    assert_eq!(
        reason,
        "not on this shell's PATH; the gateway's may be another"
    );
}

#[test]
fn arguments_behind_it_are_told_and_never_shown() {
    for command in [
        "/opt/codex --key fake-canary",
        "env KEY=fake-canary codex",
        "KEY=fake-canary codex",
    ] {
        let sandbox = configured(command);
        for args in [
            &["which"][..],
            &["which", "--json"],
            &["status", "-vv"],
            &["agents", "--json"],
        ] {
            let run = sandbox.run(args);
            assert!(!run.to_string().contains("canary"), "{run}");
        }
        let codex = which(&sandbox);
        let first = command.split([' ', '=']).next().unwrap();
        let path = format!("{first} …");
        let reason = rejected(&codex, Path::new(&path))["reason"]
            .as_str()
            .unwrap();
        assert!(reason.contains("arguments do not go there"), "{reason}");
    }
}

#[test]
fn a_file_with_a_blank_in_its_name_is_one() {
    let sandbox = without_codex("2026.5.12");
    let path = sandbox.path("my codex/codex");
    link(Path::new(FAKE_CODEX), &path);
    let sandbox = sandbox.set("OPENCLAW_CODEX_APP_SERVER_BIN", &path);
    assert_eq!(which(&sandbox)["native"], FAKE_CODEX);
}

#[test]
fn where_nothing_else_is_there_the_hint_is_about_the_command() {
    let sandbox = configured("/nowhere/codex");
    std::fs::remove_dir_all(sandbox.path("home/.local")).unwrap();
    let run = sandbox.run(["which"]).expect_code(127);
    run.says("hint: correct or remove plugins.entries.codex.config.appServer.command in ");
}

#[test]
fn a_codex_that_is_named_goes_before_it() {
    let sandbox = configured("/nowhere/codex").set("CODEX_LOGIN_CODEX", FAKE_CODEX);
    assert_eq!(which(&sandbox)["source"], "CODEX_LOGIN_CODEX");
}
