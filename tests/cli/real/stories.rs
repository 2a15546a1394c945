//! What users reported, with a real codex: each is found, named, and mended where that is possible.

use serde_json::{Value, json};

use crate::doctor::{give_store, oauth, store};
use crate::real::Codex;
use crate::real::gateway::{Gateway, assert_no_secret, issuer};
use crate::real::login::approved;

with_each_codex! {
    a_fresh_login_behind_a_stale_default_of_the_main_store
    a_profile_whose_secret_is_gone
    two_agents_with_one_copied_refresh_token
    a_harness_auth_home_without_an_id_token
    a_profile_that_expires_in_0m
}

/// What the doctor says, exit status asserted, no secret told.
#[track_caller]
fn doctor(gateway: &Gateway, args: &[&str], code: i32) -> Value {
    let args = ["doctor", "--json"].iter().chain(args);
    let run = gateway.sandbox.run(args).expect_code(code);
    assert_no_secret(&run);
    assert!(!run.to_string().contains("fake-"), "{run}");
    serde_json::from_str(&run.stdout).expect("one document")
}

#[track_caller]
fn finding<'a>(agent: &'a Value, code: &str) -> &'a Value {
    let findings = agent["findings"].as_array().expect("findings");
    let found = findings.iter().find(|finding| finding["code"] == code);
    found.unwrap_or_else(|| panic!("no {code} in {agent:#}"))
}

fn a_fresh_login_behind_a_stale_default_of_the_main_store(codex: Codex) {
    let gateway = Gateway::with(codex);
    let stale = json!({ "openai-codex:default": oauth("stale") });
    let path = give_store(&gateway.sandbox, "main", &store(&stale));
    let before = std::fs::read(&path).unwrap();

    let issuer = issuer(approved());
    let run = gateway.log_in(&issuer.url(), &[]).expect_code(3);
    assert_no_secret(&run);
    assert!(run.stdout.contains("\nember\tshadowed\t"), "{run}");
    assert!(run.stderr.contains("openai-codex:default (oauth)"), "{run}");
    let fix = "hint: codex-login doctor --fix --agent ember\n";
    assert!(run.stderr.contains(fix), "{run}");

    let document = doctor(&gateway, &[], 3);
    finding(&document["agents"][0], "shadowed-by-profile");

    let document = doctor(&gateway, &["--fix", "--yes", "--agent", "ember"], 0);
    let ember = &document["agents"][0];
    assert_eq!(ember["state"], "ready", "{ember:#}");
    assert_eq!(ember["codex_says"], "chatgpt", "{ember:#}");
    assert_eq!(ember["next_turn"], json!({ "kind": "codex-home" }));
    gateway.sandbox.run(["status"]).expect_code(0);

    let id = document["fixed"]["id"].as_str().unwrap();
    gateway.sandbox.run(["restore", id]).expect_code(0);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    gateway.sandbox.run(["status"]).expect_code(3);
}

fn a_profile_whose_secret_is_gone(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let profile = json!({
        "type": "oauth", "provider": "openai-codex",
        "oauthRef": { "source": "openclaw-credentials", "provider": "openai-codex",
            "id": "0123456789abcdef0123456789abcdef" },
    });
    let profiles = json!({ "openai-codex:default": profile });
    give_store(&gateway.sandbox, "ember", &store(&profiles));
    let document = doctor(&gateway, &[], 3);
    let ember = &document["agents"][0];
    assert_eq!(ember["state"], "shadowed", "{ember:#}");
    let missing = finding(ember, "profile-secret-missing");
    let message = missing["message"].as_str().unwrap();
    let file = "credentials/auth-profiles/0123456789abcdef0123456789abcdef.json";
    assert!(message.contains(file), "{message}");
    let document = doctor(&gateway, &["--fix", "--yes"], 0);
    assert_eq!(document["agents"][0]["state"], "ready");
}

fn two_agents_with_one_copied_refresh_token(codex: Codex) {
    let gateway = Gateway::with(codex);
    let sandbox = &gateway.sandbox;
    sandbox.configure(r#"{ "agents": { "list": [{ "id": "ember" }, { "id": "storm" }] } }"#);
    let issuer = issuer(approved());
    gateway.log_in(&issuer.url(), &[]).expect_code(0);
    sandbox.give_auth("storm", std::fs::read(gateway.auth_json()).unwrap());

    let document = doctor(&gateway, &[], 0);
    for agent in document["agents"].as_array().unwrap() {
        let shared = finding(agent, "shared-refresh-token");
        assert_eq!(shared["severity"], "error", "{shared:#}");
        let message = shared["message"].as_str().unwrap();
        for id in ["ember", "storm"] {
            let home = sandbox.auth_json(id);
            assert!(message.contains(home.to_str().unwrap()), "{message}");
        }
        assert_eq!(shared["fix"], "codex-login --agent storm --force");
    }

    let url = issuer.url();
    let args = [
        "--agent",
        "storm",
        "--force",
        "--",
        "--experimental_issuer",
        &url,
    ];
    sandbox.run(args).expect_code(0);
    let document = doctor(&gateway, &[], 0);
    for agent in document["agents"].as_array().unwrap() {
        let found = agent["findings"].as_array().unwrap();
        let is_shared = |finding: &Value| finding["code"] == "shared-refresh-token";
        assert!(!found.iter().any(is_shared), "{agent:#}");
    }
}

fn a_harness_auth_home_without_an_id_token(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let dead = gateway
        .home()
        .with_file_name("harness-auth/codex/0123456789abcdef");
    std::fs::create_dir_all(&dead).unwrap();
    let left = json!({ "auth_mode": "chatgpt", "tokens": {
        "access_token": "fake-access-of-harness", "refresh_token": "fake-refresh-of-harness" } });
    std::fs::write(dead.join("auth.json"), left.to_string()).unwrap();
    let run = gateway
        .sandbox
        .run(["exec", "--agent", "ember", "--", "login", "status"]);
    run.expect_code(0);

    let document = doctor(&gateway, &[], 0);
    let found = finding(&document["agents"][0], "dead-harness-auth");
    assert_eq!(found["fixable"], true, "{found:#}");
    let message = found["message"].as_str().unwrap();
    assert!(message.contains("missing tokens.id_token"), "{message}");
    // The real codex does not load it, either.
    let says = std::process::Command::new(native(&gateway))
        .args(["login", "status"])
        .env_clear()
        .env("CODEX_HOME", &dead)
        .output()
        .unwrap();
    assert!(
        !says.status.success(),
        "{}",
        String::from_utf8_lossy(&says.stderr)
    );

    let document = doctor(&gateway, &["--fix", "--yes"], 0);
    assert!(!dead.exists());
    let id = document["fixed"]["id"].as_str().unwrap();
    gateway.sandbox.run(["restore", id]).expect_code(0);
    assert!(dead.join("auth.json").exists());
}

/// The binary that codex-login would run.
fn native(gateway: &Gateway) -> String {
    let which = gateway.sandbox.json(["which", "--json"]);
    which["codex"]["native"].as_str().unwrap().to_owned()
}

fn a_profile_that_expires_in_0m(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let now = jiff::Timestamp::now().as_millisecond();
    let mut profile = oauth("of-ember");
    profile["expires"] = json!(now + 20_000);
    let profiles = json!({ "openai-codex:default": profile });
    let path = give_store(&gateway.sandbox, "ember", &store(&profiles));
    let document = doctor(&gateway, &[], 3);
    let expiring = finding(&document["agents"][0], "profile-expiring");
    assert_eq!(expiring["severity"], "warning", "{expiring:#}");
    let mut profile = oauth("of-ember");
    profile["expires"] = json!(now - 1);
    let profiles = json!({ "openai-codex:default": profile });
    std::fs::write(path, store(&profiles)).unwrap();
    let document = doctor(&gateway, &[], 3);
    let expired = finding(&document["agents"][0], "profile-expired");
    assert_eq!(expired["severity"], "error", "{expired:#}");
    let document = doctor(&gateway, &["--fix", "--yes"], 0);
    assert_eq!(document["agents"][0]["state"], "ready");
}
