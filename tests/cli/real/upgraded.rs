//! Real upgrades to the real OpenClaw 2026.9.6: logins that codex homes have from before are taken
//! over, and nobody is asked for a login who has a good one.

use serde_json::{Value, json};

use crate::fixture;
use crate::real::gateway::{assert_no_secret, issuer};
use crate::real::import::other;
use crate::real::importing::{Gateway, profile_of};
use crate::real::login::approved;
use crate::support::issuer::{Account, Script};

/// 2023: long over.
const LONG_AGO: i64 = 1_700_000_000;

/// The agents in codex-login's word, each with its state.
#[track_caller]
fn states(gateway: &Gateway, code: i32) -> Value {
    let run = gateway.sandbox.run(["status", "--all-agents", "--json"]);
    let run = run.expect_code(code);
    assert_no_secret(&run);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let agents = document["agents"].as_array().expect("agents");
    agents
        .iter()
        .map(|agent| json!([agent["id"], agent["state"]]))
        .collect()
}

/// Asserts that the file was put aside, where `restore` finds it.
#[track_caller]
fn assert_put_aside(gateway: &Gateway, agent: &str) {
    let path = gateway.sandbox.auth_json(agent);
    assert!(!path.exists(), "{} is still there", path.display());
    let run = gateway.sandbox.run(["restore"]).expect_code(0);
    let path = format!("agents/{agent}/agent/codex-home/auth.json");
    assert!(run.stdout.contains(&path), "{run}");
    assert_no_secret(&run);
}

#[test]
fn after_an_upgrade_a_good_login_is_taken_over_and_only_the_other_is_asked_for() {
    let gateway = Gateway::of_2026_7_1();
    // It lays out its state.
    let agents = gateway.openclaw(&["agents", "list", "--json"]);
    assert_eq!(agents[0]["id"], "ember", "{agents:#}");
    gateway.log_in(Account::default(), &[]).expect_code(0);
    let expired = fixture::chatgpt("flint@example.test", LONG_AGO);
    gateway.sandbox.give_auth("flint", expired.to_string());

    let gateway = gateway.upgraded();
    let both_blocked = json!([["ember", "blocked"], ["flint", "blocked"]]);
    assert_eq!(states(&gateway, 3), both_blocked);
    let issuer = issuer(Script {
        account: other(),
        ..approved()
    });
    let url = issuer.url();
    let line = ["--all-agents", "--", "--experimental_issuer", &url];

    // Its databases are of the form of before, which this OpenClaw leaves to its doctor.
    gateway.sandbox.run(line).expect_code(1);
    assert_eq!(issuer.requests(), []);
    assert_eq!(states(&gateway, 3), both_blocked);
    gateway.run_openclaw(&["doctor", "--fix", "--non-interactive"]);

    let run = gateway.sandbox.run(line).expect_code(0);
    let codes = issuer.requests();
    let codes = codes.iter().filter(|seen| seen.path.ends_with("/usercode"));
    assert_eq!(codes.count(), 1, "{run}");
    gateway.assert_agent_goes_by("ember", &Account::default(), &run);
    gateway.assert_agent_goes_by("flint", &other(), &run);
    assert_put_aside(&gateway, "ember");
    assert_put_aside(&gateway, "flint");
    assert_eq!(
        states(&gateway, 0),
        json!([["ember", "ready"], ["flint", "ready"]])
    );
    gateway.assert_lists(&[Account::default()]);
}

#[test]
fn the_doctor_takes_over_what_a_codex_home_has_and_restore_brings_the_file_back() {
    let gateway = Gateway::of_2026_7_1();
    gateway.log_in(Account::default(), &[]).expect_code(0);
    let gateway = gateway.upgraded();
    let path = gateway.sandbox.auth_json("ember");
    let before = std::fs::read(&path).expect("a login");
    let status = gateway.sandbox.run(["status", "--agent", "ember"]);
    let status = status.expect_code(3);
    assert!(status.stdout.starts_with("ember\tblocked\t"), "{status}");

    let line = ["doctor", "--fix", "--yes", "--agent", "ember", "--json"];
    let run = gateway.sandbox.run(line).expect_code(0);
    gateway.assert_agent_goes_by("ember", &Account::default(), &run);
    assert_put_aside(&gateway, "ember");
    gateway.assert_lists(&[Account::default()]);

    // The login that the store has is the one of the file.
    let file: Value = serde_json::from_slice(&before).expect("JSON");
    let profile = &gateway.profiles("ember")[profile_of(&Account::default())];
    assert!(profile["refresh"] == file["tokens"]["refresh_token"]);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let id = document["fixed"]["id"].as_str().expect("an id");
    gateway.sandbox.run(["restore", id]).expect_code(0);
    assert!(std::fs::read(&path).expect("a login") == before);
}
