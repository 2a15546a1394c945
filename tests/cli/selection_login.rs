//! `login` for an OpenClaw that goes by profiles of its own alone: nothing is done where one is
//! good, and where its program is not to be found the command is told that makes one.

use std::fs;

use serde_json::{Value, json};

use crate::sandbox::Sandbox;
use crate::stores::{FAR, PAST, give_rows, oauth};

/// Two agents that have no codex home, and a store for the first.
fn newer(profile: &Value) -> Sandbox {
    let sandbox = Sandbox::bare().set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6");
    sandbox.configure("{ agents: { entries: { ember: {}, flint: {} }, ownership: 'explicit' } }");
    sandbox.install_fake_codex("0.130.0");
    give_rows(
        &sandbox,
        "ember",
        &json!({ "profiles": { "openai:x": profile } }),
    );
    sandbox.log_starts()
}

#[test]
fn an_agent_that_is_ready_by_a_profile_is_not_logged_in_again() {
    let sandbox = newer(&oauth("openai", FAR));
    let run = sandbox.run(["--agent", "ember"]).expect_code(0);
    let words = "ember: OpenClaw uses openai:x until 2100-01-01T00:00:00Z, nothing was done";
    let run = run.says(words);
    assert_eq!(run.stdout, "ember\tready\t-\t-\t2100-01-01T00:00:00Z\n");
    let run = sandbox.run(["--agent", "ember", "--json"]).expect_code(0);
    let events: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events.len(), 2, "{run}");
    assert_eq!(events[0]["event"], "finished");
    assert_eq!(events[0]["outcome"], "already");
    assert_eq!(events[0]["agent"]["next_turn"]["profile_id"], "openai:x");
    assert_eq!(events[1]["summary"], json!({ "ready": 1, "total": 1 }));
    assert!(sandbox.starts().is_empty());
    assert!(!sandbox.home_of("ember").exists());
}

#[test]
fn a_login_that_is_asked_for_all_the_same_needs_the_program() {
    let sandbox = newer(&oauth("openai", FAR));
    for further in [
        &["--force"][..],
        &["--expect-email", "ember@example.test"],
        &["--expect-account", "acct-1"],
    ] {
        let run = sandbox.run([&["--agent", "ember"], further].concat());
        run.expect_code(2)
            .says("no `openclaw` of that version was found")
            .says("(by hand: openclaw models auth login --provider openai --method device-code --agent ember)");
    }
}

#[test]
fn the_command_for_an_agent_that_is_not_ready_names_that_one() {
    let sandbox = newer(&oauth("openai", FAR));
    let run = sandbox.run(["--all-agents"]).expect_code(2);
    run.says("--method device-code --agent flint)\n");
    let no_good = [
        oauth("openai", PAST),
        json!({ "type": "oauth", "provider": "openai" }),
    ];
    for profile in no_good {
        let run = newer(&profile).run(["--agent", "ember"]).expect_code(2);
        run.says("--method device-code --agent ember)\n");
    }
}

#[test]
fn the_command_has_the_state_that_was_selected() {
    let sandbox = newer(&oauth("openai", PAST));
    let elsewhere = sandbox.path("elsewhere");
    fs::rename(sandbox.state_dir(), &elsewhere).unwrap();
    let place = elsewhere.display();
    let run = sandbox.run(["--agent", "ember", "--state-dir", &place.to_string()]);
    run.expect_code(2).says(&format!(
        "(by hand: OPENCLAW_STATE_DIR={place} OPENCLAW_CONFIG_PATH={place}/openclaw.json openclaw models auth login --provider openai "
    ));
}

#[test]
fn versions_that_take_no_logins_are_refused_as_before() {
    for version in ["2026.7.2-beta.1", "2026.7.2-beta.7", "2026.8.1-beta.2"] {
        let sandbox = newer(&oauth("openai", PAST)).set("CODEX_LOGIN_OPENCLAW_VERSION", version);
        sandbox.configure("{ agents: { list: [{ id: 'ember' }] } }");
        let run = sandbox.run(["--agent", "ember"]).expect_code(3);
        let run = run.says("never reads codex-home/auth.json");
        run.says(
            "hint: openclaw models auth --agent ember login --provider openai --method device-code",
        );
    }
}
