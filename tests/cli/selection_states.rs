//! What a selected profile makes of an agent: its state, what its next turn uses, and the way out.

use serde_json::{Value, json};

use crate::fixture;
use crate::sandbox::{Sandbox, link};
use crate::stores::{
    FAR, PAST, finding, give_database, give_store, judged, keep_in_keyring, oauth, own_database,
    sandbox,
};
use crate::users::{Someone, can_be_others, close, logged_in};

#[test]
fn a_profile_of_its_own_shadows_the_login_and_an_empty_order_mends_that() {
    let sandbox = sandbox("2026.5.12");
    let store = json!({ "profiles": { "openai-codex:x": oauth("openai-codex", FAR) } });
    let path = give_store(&sandbox, "ember", &store);
    let ember = judged(&sandbox, 3);
    assert_eq!(ember["state"], "shadowed");
    assert_eq!(
        ember["next_turn"],
        json!({
            "kind": "profile", "profile_id": "openai-codex:x", "owner": "ember", "type": "oauth",
            "expires_at": "2100-01-01T00:00:00Z", "source": path, "rule": "by-kind-and-use",
            "email": null, "account_id": null,
        })
    );
    let shadow = finding(&ember, "shadowed-by-profile");
    let message = shadow["message"].as_str().unwrap();
    assert_eq!(
        message,
        format!(
            "OpenClaw goes by a profile of its own and not by codex-home: openai-codex:x (oauth) in {}, first by kind and use, since no order is set",
            path.display()
        )
    );
    assert_eq!(shadow["fix"], "codex-login doctor --fix --agent ember");
    sandbox.configure(
        "{ agents: { list: [{ id: 'ember' }] }, auth: { order: { 'openai-codex': [] } } }",
    );
    let ember = judged(&sandbox, 0);
    assert_eq!(ember["state"], "ready");
    assert_eq!(ember["next_turn"], json!({ "kind": "codex-home" }));
}

#[test]
fn an_order_that_is_stored_has_to_be_cleared_first() {
    let sandbox = sandbox("2026.5.12");
    keep_in_keyring(&sandbox);
    let store = json!({
        "profiles": { "openai-codex:x": oauth("openai-codex", FAR) },
        "order": { "openai-codex": ["openai-codex:x"] },
    });
    give_store(&sandbox, "main", &store);
    let ember = judged(&sandbox, 3);
    assert_eq!(ember["next_turn"]["owner"], "main");
    assert_eq!(ember["next_turn"]["rule"], "stored-order");
    let shadow = finding(&ember, "shadowed-by-profile");
    assert_eq!(shadow["fix"], Value::Null);
    let message = shadow["message"].as_str().unwrap();
    let none = "OpenClaw has no command for that order while no agent is called main";
    assert!(message.ends_with(none), "{message}");

    sandbox.configure("{ agents: { list: [{ id: 'ember' }, { id: 'main' }] } }");
    let ember = judged(&sandbox, 3);
    let fix = finding(&ember, "shadowed-by-profile")["fix"]
        .as_str()
        .unwrap();
    let clear = "openclaw models auth order clear --agent main --provider openai-codex && ";
    assert!(fix.starts_with(clear), "{fix}");
}

#[test]
fn the_login_of_the_gateways_user_shadows_but_that_of_an_agents_shell_does_not() {
    let login = fixture::chatgpt("shravan@example.test", fixture::FAR_AHEAD).to_string();
    let shell = sandbox("2026.7.1");
    let home = shell.home_of("ember");
    let shell = shell.set("CODEX_HOME", home);
    assert_eq!(judged(&shell, 0)["state"], "ready");

    let path = shell.write("home/.codex/auth.json", &login);
    let ember = judged(&shell, 3);
    assert_eq!(ember["state"], "shadowed");
    assert_eq!(ember["next_turn"]["owner"], "codex-cli");
    assert_eq!(ember["next_turn"]["profile_id"], "openai:default");
    assert_eq!(ember["next_turn"]["source"], json!(path));
}

#[test]
fn an_api_key_of_the_gateway_is_named_where_there_is_nothing_else() {
    let sandbox = Sandbox::with_agents(&["ember"])
        .set("OPENAI_API_KEY", "fake-key-1")
        .set("CODEX_API_KEY", "fake-key-2");
    let ember = judged(&sandbox, 1);
    assert_eq!(ember["state"], "logged-out");
    let key = json!({ "kind": "api-key-env", "variable": "CODEX_API_KEY" });
    assert_eq!(ember["next_turn"], key);
    finding(&ember, "api-key-env");
    sandbox.log_in("ember");
    assert_eq!(judged(&sandbox, 0)["next_turn"]["kind"], "codex-home");
}

#[test]
fn a_secret_that_a_profile_refers_to_is_missed() {
    let sandbox = sandbox("2026.5.12");
    let id = "0123456789abcdef0123456789abcdef";
    let reference =
        json!({ "source": "openclaw-credentials", "provider": "openai-codex", "id": id });
    let profile = json!({ "type": "oauth", "provider": "openai-codex", "oauthRef": reference });
    give_store(
        &sandbox,
        "ember",
        &json!({ "profiles": { "openai-codex:x": profile } }),
    );
    let ember = judged(&sandbox, 3);
    let message = finding(&ember, "profile-secret-missing")["message"].to_string();
    assert!(message.contains(id), "{message}");

    let encrypted = json!({ "algorithm": "aes-256-gcm", "iv": "fake-iv", "tag": "fake-tag", "ciphertext": "fake-text" });
    let secret = json!({ "version": 1, "profileId": "openai-codex:x", "provider": "openai-codex", "encrypted": encrypted });
    let tail = format!("home/.openclaw/credentials/auth-profiles/{id}.json");
    sandbox.write(tail, &secret.to_string());
    let ember = judged(&sandbox, 3);
    assert_eq!(ember["findings"].as_array().unwrap().len(), 1, "{ember:#}");
}

#[test]
fn on_newer_versions_a_profile_is_what_makes_an_agent_ready() {
    let sandbox = sandbox("2026.9.6");
    let path = own_database(&sandbox, &json!({ "openai:x": oauth("openai", FAR) }));
    let ember = judged(&sandbox, 0);
    assert_eq!(ember["state"], "ready");
    assert_eq!(ember["next_turn"]["profile_id"], "openai:x");
    assert_eq!(ember["findings"], json!([]));

    std::fs::remove_file(path).unwrap();
    own_database(&sandbox, &json!({ "openai:x": oauth("openai", PAST) }));
    let ember = judged(&sandbox, 1);
    assert_eq!(ember["state"], "expired");
    assert_eq!(ember["next_turn"]["expires_at"], "2017-07-14T02:40:00Z");
    assert_eq!(
        finding(&ember, "expired")["fix"],
        "codex-login --agent ember"
    );
}

#[test]
fn on_newer_versions_an_agent_without_a_profile_is_blocked_by_a_file_or_logged_out() {
    let with_file = sandbox("2026.9.6");
    assert_eq!(judged(&with_file, 3)["state"], "blocked");
    let without = Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6");
    let ember = judged(&without, 1);
    assert_eq!(ember["state"], "logged-out");
    assert_eq!(ember["next_turn"]["kind"], "none");
}

#[test]
fn from_2026_8_1_the_shared_store_may_be_in_the_states_own_database() {
    let sandbox = sandbox("2026.8.2");
    let rows: Vec<_> = [
        ("auth.sharedStore", json!({ "location": "state-db" })),
        ("authProfiles.store", json!({ "profiles": { "openai:all": oauth("openai", FAR) } })),
        ("authProfiles.state", json!({})),
    ]
    .into_iter()
    .map(|(key, value)| {
        json!({ "state_key": key, "value_json": value.to_string(), "updated_at_ms": 0 })
    })
    .collect();
    let path = give_database(
        &sandbox,
        "state/openclaw.sqlite",
        &json!({ "config_machine_state": rows }),
    );
    let ember = judged(&sandbox, 0);
    assert_eq!(ember["next_turn"]["profile_id"], "openai:all");
    assert_eq!(ember["next_turn"]["owner"], "main");
    assert_eq!(ember["next_turn"]["source"], json!(path));
}

#[test]
fn from_2026_8_1_files_of_earlier_versions_block_an_agent_without_profiles() {
    let sandbox = sandbox("2026.9.6");
    let store = json!({ "profiles": { "openai:x": oauth("openai", FAR) } });
    give_store(&sandbox, "ember", &store);
    let ember = judged(&sandbox, 3);
    assert_eq!(ember["state"], "blocked");
    assert_eq!(
        finding(&ember, "profile-migration")["fix"],
        "openclaw doctor --fix"
    );
    own_database(&sandbox, &store["profiles"]);
    assert_eq!(judged(&sandbox, 0)["state"], "ready");
}

#[test]
fn a_login_that_is_good_but_shadowed_is_not_made_again() {
    let sandbox = sandbox("2026.5.12").log_starts();
    let store = json!({ "profiles": { "openai-codex:x": oauth("openai-codex", FAR) } });
    give_store(&sandbox, "ember", &store);
    sandbox
        .run(["login"])
        .expect_code(3)
        .says("logged in already")
        .says("OpenClaw goes by a profile of its own");
    let started = |start: &Value| start["args"].to_string().contains("device-auth");
    assert!(!sandbox.starts().iter().any(started));
}

#[test]
fn an_agent_that_never_had_a_login_is_first_to_be_logged_in() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let store = json!({ "profiles": { "openai-codex:x": oauth("openai-codex", PAST) } });
    give_store(&sandbox, "main", &store);
    let ember = judged(&sandbox, 3);
    let shadow = finding(&ember, "shadowed-by-profile");
    let message = shadow["message"].as_str().unwrap();
    assert!(
        message.contains("(oauth, which ran out at 2017-07-14T02:40:00Z)"),
        "{message}"
    );
    assert!(
        message.ends_with("there is no good login in codex-home"),
        "{message}"
    );
    assert_eq!(shadow["fix"], "codex-login --agent ember");
}

#[test]
fn where_the_version_is_not_known_files_select_as_the_versions_that_read_them() {
    let sandbox = sandbox("");
    let store = json!({ "profiles": { "openai-codex:x": oauth("openai-codex", FAR) } });
    give_store(&sandbox, "main", &store);
    assert_eq!(judged(&sandbox, 3)["state"], "shadowed");
}

#[test]
fn a_fix_for_somebody_elses_openclaw_is_done_as_that_one() {
    if !can_be_others() {
        return;
    }
    let daemon = Someone::of_account("daemon");
    let sandbox = logged_in(&daemon, &["ember"]);
    let store = json!({ "profiles": { "openai-codex:x": oauth("openai-codex", FAR) } });
    give_store(&sandbox, "main", &store);
    keep_in_keyring(&sandbox);
    daemon.take(&sandbox.state_dir());
    let ember = judged(&sandbox, 3);
    let fix = finding(&ember, "shadowed-by-profile")["fix"]
        .as_str()
        .unwrap();
    assert!(
        fix.starts_with("sudo -u daemon -H env OPENCLAW_STATE_DIR="),
        "{fix}"
    );
    assert!(fix.contains(" && sudo -u daemon -H env "), "{fix}");
}

#[test]
fn root_reads_no_store_that_is_closed_to_the_owner() {
    if !can_be_others() {
        return;
    }
    let daemon = Someone::of_account("daemon");
    let sandbox = logged_in(&daemon, &["ember", "flint"]);
    let store = json!({ "profiles": { "openai-codex:of-root": oauth("openai-codex", FAR) } });
    let closed = sandbox.write("of-root/auth-profiles.json", &store.to_string());
    let closed = closed.parent().unwrap();
    close(closed);
    std::fs::create_dir_all(sandbox.state_dir().join("agents/flint")).unwrap();
    link(closed, &sandbox.state_dir().join("agents/flint/agent"));
    daemon.take(&sandbox.state_dir());
    for args in [
        &["status"][..],
        &["status", "--offline"],
        &["status", "--json"],
    ] {
        let run = sandbox.run(args);
        assert!(!run.to_string().contains("of-root:"), "{run}");
        assert!(!run.to_string().contains("openai-codex:of-root"), "{run}");
    }
}

#[test]
fn a_profile_that_was_named_is_named_in_the_fix() {
    let sandbox = sandbox("2026.5.12");
    keep_in_keyring(&sandbox);
    let store = json!({ "profiles": { "openai-codex:x": oauth("openai-codex", FAR) } });
    let work = sandbox.path("home/.openclaw-work");
    std::fs::rename(sandbox.state_dir(), &work).unwrap();
    sandbox.write(
        "home/.openclaw-work/agents/main/agent/auth-profiles.json",
        &store.to_string(),
    );
    let run = sandbox
        .run(["status", "--offline", "--profile", "work"])
        .expect_code(3);
    run.says("hint: openclaw --profile work config set auth.order.openai-codex '[]'");
}

#[test]
fn one_remedy_for_all_is_said_once_and_of_openclaws_commands_none_is_made_for_several() {
    let sandbox = Sandbox::with_agents(&["ember", "flint"]);
    sandbox.log_in("ember");
    sandbox.log_in("flint");
    let store = json!({ "profiles": { "openai-codex:x": oauth("openai-codex", FAR) } });
    give_store(&sandbox, "main", &store);
    let run = sandbox.run(["status", "--offline"]).expect_code(3);
    run.says("ember, flint: OpenClaw goes by")
        .says("hint: codex-login doctor --fix --agent ember --agent flint\n");
    let newer = sandbox.set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6");
    std::fs::remove_dir_all(newer.state_dir().join("agents")).unwrap();
    newer.configure("{ agents: { entries: { ember: {}, flint: {} }, ownership: 'explicit' } }");
    let run = newer.run(["status", "--offline"]).expect_code(1);
    run.says("hint: codex-login --agent ember --agent flint\n");
    let beta = newer.set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.8.1-beta.2");
    let run = beta.run(["status", "--offline"]).expect_code(1);
    run.says("--method device-code    # for ember; 1 more alike\n");
}

#[test]
fn the_account_in_a_codex_home_is_not_shown_for_a_profile() {
    let sandbox = sandbox("2026.9.6");
    own_database(&sandbox, &json!({ "openai:x": oauth("openai", FAR) }));
    let run = sandbox.run(["status", "--offline"]).expect_code(0);
    assert_eq!(run.stdout, "ember\tready\t-\t-\t2100-01-01T00:00:00Z\n");
}

#[test]
fn a_fix_names_the_state_that_is_not_in_its_usual_place() {
    let sandbox = sandbox("2026.5.12");
    keep_in_keyring(&sandbox);
    let store = json!({ "profiles": { "openai-codex:x": oauth("openai-codex", FAR) } });
    give_store(&sandbox, "ember", &store);
    let state = sandbox.state_dir();
    let sandbox = sandbox.set("OPENCLAW_STATE_DIR", &state);
    let ember = judged(&sandbox, 3);
    let fix = finding(&ember, "shadowed-by-profile")["fix"]
        .as_str()
        .unwrap();
    let place = format!(
        "OPENCLAW_STATE_DIR={} OPENCLAW_CONFIG_PATH=",
        state.display()
    );
    assert!(fix.starts_with(&place), "{fix}");
}
