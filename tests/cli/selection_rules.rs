//! Rules of the selection one by one, each on both sides of where it begins or ends: what OpenClaw
//! itself was asked about is in `selection`.

use serde_json::{Value, json};

use crate::fixture;
use crate::stores::{
    FAR, PAST, ahead, finding, first, give, give_rows, give_store, judged, oauth, own_database,
    sandbox, selected,
};

/// OAuth of this account, without an address.
fn of_account(provider: &str, account: &str, expires: u64) -> Value {
    let mut profile = oauth(provider, expires);
    profile["accountId"] = account.into();
    profile
}

#[test]
fn a_login_of_the_gateways_user_counts_while_it_lasts_five_minutes_more() {
    for version in ["2026.5.12", "2026.7.1"] {
        let sandbox = sandbox(version);
        for (seconds, state) in [(240, "ready"), (420, "shadowed")] {
            let end = i64::try_from(ahead(seconds) / 1000).unwrap();
            let login = fixture::chatgpt("shravan@example.test", end).to_string();
            sandbox.write("home/.codex/auth.json", &login);
            let code = if state == "ready" { 0 } else { 3 };
            assert_eq!(judged(&sandbox, code)["state"], state, "{version}");
        }
    }
}

#[test]
fn a_profile_of_the_main_store_replaces_an_own_one_while_it_lasts_five_minutes_more() {
    for (version, provider) in [("2026.5.12", "openai-codex"), ("2026.9.6", "openai")] {
        let sandbox = sandbox(version);
        let own = format!("{provider}:default");
        let ours = json!({ "profiles": { own.clone(): of_account(provider, "one", PAST) } });
        give(&sandbox, version, "ember", &ours);
        for (seconds, chosen) in [(240, own.as_str()), (420, "main-one")] {
            let main = of_account(provider, "one", ahead(seconds));
            // By kind and use both are alike, and the own one is the first to be taken again.
            let main = json!({
                "profiles": { "main-one": main }, "order": { provider: [own, "main-one"] },
            });
            give(&sandbox, version, "main", &main);
            assert_eq!(selected(&sandbox), chosen, "{version}, {seconds}");
        }
    }
}

#[test]
fn an_agents_own_stored_order_goes_before_the_one_it_would_inherit() {
    for (version, provider) in [("2026.5.12", "openai-codex"), ("2026.9.6", "openai")] {
        let sandbox = sandbox(version);
        let main = json!({
            "profiles": { "a": oauth(provider, FAR), "b": oauth(provider, FAR) },
            "order": { provider: ["a"] },
        });
        give(&sandbox, version, "main", &main);
        assert_eq!(selected(&sandbox), "a", "{version}");
        // Of an agent's own profiles none goes in front of an order that is its own as well.
        let own = json!({
            "profiles": { "c": oauth(provider, FAR) }, "order": { provider: ["b"] },
        });
        give(&sandbox, version, "ember", &own);
        assert_eq!(selected(&sandbox), "b", "{version}");
    }
}

#[test]
fn up_to_2026_5_28_an_own_profile_that_was_refused_gives_way_to_one_of_the_main_store() {
    let fates = [
        (json!({ "failureCounts": { "auth": 1 } }), true),
        (json!({ "failureCounts": { "auth_permanent": 2 } }), true),
        (json!({ "cooldownReason": "session_expired" }), true),
        (json!({ "disabledReason": "auth_permanent" }), true),
        (
            json!({ "failureCounts": { "auth": 0, "rate_limit": 3 } }),
            false,
        ),
        (
            json!({ "cooldownReason": "rate_limit", "disabledReason": "billing" }),
            false,
        ),
        (json!({ "lastUsed": 1 }), false),
    ];
    for (version, provider, gives_way) in [
        ("2026.5.12", "openai-codex", true),
        ("2026.5.28", "openai-codex", true),
        ("2026.6.1", "openai", false),
    ] {
        for (fate, was_refused) in &fates {
            let sandbox = sandbox(version);
            let main = json!({ "profiles": { "of-main": oauth(provider, FAR) } });
            give(&sandbox, version, "main", &main);
            let own = json!({
                "profiles": { "of-its-own": oauth(provider, FAR) },
                "order": { provider: ["of-its-own"] },
                "usageStats": { "of-its-own": fate },
            });
            give(&sandbox, version, "ember", &own);
            let is_replaced = gives_way && *was_refused;
            let expected = if is_replaced { "of-main" } else { "of-its-own" };
            assert_eq!(selected(&sandbox), expected, "{version}: {fate}");
        }
    }
}

#[test]
fn only_what_the_agent_was_told_to_use_gives_way_when_it_was_refused() {
    for (told, expected) in [
        (json!({}), "of-its-own"),
        (json!({ "order": { "openai": ["of-its-own"] } }), "of-main"),
        (
            json!({ "lastGood": { "openai-codex": "of-its-own" } }),
            "of-main",
        ),
    ] {
        let sandbox = sandbox("2026.5.12");
        let main = json!({
            "profiles": { "of-main": oauth("openai-codex", FAR) },
            // So that the own one would be first by use.
            "usageStats": { "of-main": { "lastUsed": 1 } },
        });
        give_store(&sandbox, "main", &main);
        let mut own = json!({
            "profiles": { "of-its-own": oauth("openai-codex", FAR) },
            "usageStats": { "of-its-own": { "cooldownReason": "auth" } },
        });
        own.as_object_mut()
            .unwrap()
            .extend(told.as_object().unwrap().clone());
        give_store(&sandbox, "ember", &own);
        assert_eq!(selected(&sandbox), expected, "{told}");
    }
}

#[test]
fn a_profile_of_the_same_name_in_the_main_store_replaces_no_own_one() {
    for (version, provider) in [("2026.5.12", "openai-codex"), ("2026.9.6", "openai")] {
        let sandbox = sandbox(version);
        let id = format!("{provider}:default");
        for (agent, expires) in [("ember", PAST), ("main", FAR)] {
            let profile = of_account(provider, "one", expires);
            let store = json!({ "profiles": { id.clone(): profile } });
            give(&sandbox, version, agent, &store);
        }
        assert_eq!(first(&sandbox)["next_turn"]["owner"], "ember", "{version}");
    }
}

#[test]
fn a_profile_without_tokens_makes_room_for_a_login_of_the_same_account_only() {
    for (version, provider) in [("2026.5.12", "openai-codex"), ("2026.7.1", "openai")] {
        let id = format!("{provider}:default");
        let login = fixture::chatgpt("shravan@example.test", fixture::FAR_AHEAD).to_string();
        for (identity, makes_room) in [
            (json!({}), true),
            (json!({ "accountId": "acct-of-fixture" }), true),
            (
                json!({ "accountId": "acct-of-fixture", "email": "x@example.test" }),
                true,
            ),
            (json!({ "accountId": "acct-of-somebody-else" }), false),
            (json!({ "email": "shravan@example.test" }), false),
        ] {
            let sandbox = sandbox(version);
            sandbox.write("home/.codex/auth.json", &login);
            let mut place = json!({ "type": "oauth", "provider": provider });
            place
                .as_object_mut()
                .unwrap()
                .extend(identity.as_object().unwrap().clone());
            let store = json!({ "profiles": { id.clone(): place } });
            give(&sandbox, version, "ember", &store);
            let expected = if makes_room { json!(id) } else { Value::Null };
            assert_eq!(selected(&sandbox), expected, "{version}: {identity}");
        }
    }
}

#[test]
fn from_2026_8_1_the_oldest_logins_block_all_until_they_are_moved_into_the_main_store() {
    let oldest = json!({ "openai": oauth("openai", FAR) }).to_string();
    for version in ["2026.8.1", "2026.9.6"] {
        let sandbox = sandbox(version);
        own_database(&sandbox, &json!({ "openai:x": oauth("openai", FAR) }));
        let path = sandbox.write("home/.openclaw/credentials/oauth.json", &oldest);
        let ember = judged(&sandbox, 3);
        assert_eq!(ember["state"], "blocked", "{version}");
        let message = finding(&ember, "profile-migration")["message"].to_string();
        assert!(message.contains(&path.display().to_string()), "{message}");
        // They are the main store's affair: no other that is empty is stopped by them.
        let main = json!({ "profiles": { "openai:main": oauth("openai", FAR) } });
        give_rows(&sandbox, "main", &main);
        own_database(&sandbox, &json!({}));
        assert_eq!(
            judged(&sandbox, 0)["next_turn"]["profile_id"],
            "openai:main"
        );
    }
    let earlier = sandbox("2026.7.1");
    earlier.write("home/.openclaw/credentials/oauth.json", &oldest);
    assert_eq!(
        judged(&earlier, 3)["next_turn"]["profile_id"],
        "openai:default"
    );
}

#[test]
fn from_2026_8_1_oauth_that_has_run_out_goes_last_of_its_kind() {
    let profiles = json!({
        "run-out": oauth("openai", PAST),
        "lasting": oauth("openai", FAR),
        "key": { "type": "api_key", "provider": "openai", "key": "fake-key" },
    });
    let store = json!({ "profiles": profiles, "usageStats": { "lasting": { "lastUsed": PAST } } });
    for (version, chosen) in [
        ("2026.7.1", "run-out"),
        ("2026.7.35", "run-out"),
        ("2026.7.2-beta.1", "lasting"),
        ("2026.8.1", "lasting"),
        ("2026.9.6", "lasting"),
    ] {
        let sandbox = sandbox(version);
        give_rows(&sandbox, "ember", &store);
        assert_eq!(selected(&sandbox), chosen, "{version}");
        let mut only = store.clone();
        only["profiles"].as_object_mut().unwrap().remove("lasting");
        give_rows(&sandbox, "ember", &only);
        assert_eq!(selected(&sandbox), "run-out", "{version}: before any key");
    }
}

#[test]
fn a_secret_counts_for_the_profile_that_it_was_made_for_only() {
    let sandbox = sandbox("2026.5.12");
    let id = "0123456789abcdef0123456789abcdef";
    let reference =
        json!({ "source": "openclaw-credentials", "provider": "openai-codex", "id": id });
    let profile = json!({ "type": "oauth", "provider": "openai-codex", "oauthRef": reference });
    let store = json!({ "profiles": { "openai-codex:x": profile } });
    give_store(&sandbox, "ember", &store);
    let good = json!({
        "version": 1, "profileId": "openai-codex:x", "provider": "openai-codex",
        "encrypted": { "algorithm": "aes-256-gcm", "iv": "fake-1", "tag": "fake-2", "ciphertext": "fake-3" },
    });
    let but = |key: &str, value: Value| {
        let mut secret = good.clone();
        secret[key] = value;
        secret
    };
    for (secret, is_missed) in [
        (good.clone(), false),
        (but("profileId", "openai-codex:y".into()), true),
        (but("provider", "openai".into()), true),
        (but("version", 2.into()), true),
        (
            but("encrypted", json!({ "algorithm": "aes-256-gcm" })),
            true,
        ),
    ] {
        let tail = format!("home/.openclaw/credentials/auth-profiles/{id}.json");
        sandbox.write(tail, &secret.to_string());
        let findings = judged(&sandbox, 3)["findings"].to_string();
        let was_missed = findings.contains("profile-secret-missing");
        assert_eq!(was_missed, is_missed, "{findings}");
    }
}

#[test]
fn an_id_is_trimmed_as_javascript_does() {
    let sandbox = sandbox("2026.5.12");
    for (id, shown) in [("\u{feff}x\u{a0}", "x"), ("x\u{85}", "x\u{85}")] {
        let store = json!({ "profiles": { id: oauth("openai-codex", FAR) } });
        give_store(&sandbox, "ember", &store);
        assert_eq!(selected(&sandbox), shown);
    }
}
