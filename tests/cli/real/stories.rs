//! What users reported, with a real codex: each is found, named, and mended where that is possible.

use serde_json::{Value, json};

use crate::doctor::{give_store, oauth, store};
use crate::real::Codex;
use crate::real::gateway::{Gateway, assert_no_secret, issuer};
use crate::real::login::approved;

with_each_codex! {
    a_fresh_login_behind_a_stale_default_of_the_main_store
    a_profile_whose_secret_is_gone
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
