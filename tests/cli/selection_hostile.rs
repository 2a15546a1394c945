//! Stores that nobody means well with, and stores in use: one that cannot be read is an error of
//! its agent alone, no token is ever shown, and nothing is written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::Config;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::cases::fill_database;
use crate::sandbox::{Sandbox, link};
use crate::stores::{give, selected};

const CANARY: &str = "canary-4711";

/// Two agents, of which sun is logged in; ember's store is to be spoilt.
fn sandbox(version: &str) -> Sandbox {
    let sandbox =
        Sandbox::with_agents(&["ember", "sun"]).set("CODEX_LOGIN_OPENCLAW_VERSION", version);
    sandbox.log_in("ember");
    sandbox.log_in("sun");
    sandbox
}

fn agent_dir(sandbox: &Sandbox, agent: &str) -> PathBuf {
    sandbox.home_of(agent).parent().unwrap().to_owned()
}

fn oauth(provider: &str) -> Value {
    json!({
        "type": "oauth", "provider": provider, "access": format!("eyJ{CANARY}"),
        "refresh": format!("rt_{CANARY}"), "expires": 4_102_444_800_000_u64,
    })
}

fn rows(store: &Value) -> Value {
    json!({
        "auth_profile_store": [{ "store_key": "primary", "store_json": store.to_string(), "updated_at": 0 }],
        "auth_profile_state": [],
    })
}

/// What is judged of both, ember first; sun is ready whatever ember's store is.
#[track_caller]
fn judged(sandbox: &Sandbox) -> Value {
    let run = sandbox.run(["status", "--offline", "--json"]);
    assert!(!run.to_string().contains("panicked"), "{run}");
    assert!(!run.to_string().contains(CANARY), "{run}");
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["agents"][1]["state"], "ready", "{run}");
    assert_the_doctor_agrees(sandbox, &document);
    document["agents"][0].clone()
}

/// The doctor reads more of the same files, and must come to the same states.
#[track_caller]
fn assert_the_doctor_agrees(sandbox: &Sandbox, document: &Value) {
    let run = sandbox.run(["doctor", "--offline", "--json"]);
    assert!(!run.to_string().contains("panicked"), "{run}");
    assert!(!run.to_string().contains(CANARY), "{run}");
    let doctors: Value = serde_json::from_str(&run.stdout).unwrap();
    for agent in 0..2 {
        let states = [document, &doctors].map(|said| &said["agents"][agent]["state"]);
        assert_eq!(states[0], states[1], "{run}");
    }
}

#[track_caller]
fn assert_unreadable(sandbox: &Sandbox, words: &str) {
    let ember = judged(sandbox);
    assert_eq!(ember["state"], "unknown", "{ember:#}");
    assert_eq!(ember["next_turn"]["kind"], "none", "{ember:#}");
    let finding = &ember["findings"][0];
    assert_eq!(finding["code"], "profile-store", "{ember:#}");
    assert_eq!(finding["severity"], "error", "{ember:#}");
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains(words), "no {words:?} in {message}");
}

/// Text that is nearly a store.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("\"profiles\":{"),
        Just("\"openai-codex:default\":"),
        Just("\"type\":\"oauth\""),
        Just("\"provider\":\"openai-codex\""),
        Just("\"access\":\"eyJcanary-4711\""),
        Just("\"expires\":-1e308"),
        Just("\"order\":{\"openai-codex\":["),
        Just("\"key\":{\"source\":\"env\",\"id\":\"canary-4711\"}"),
        Just("\"usageStats\":{"),
        Just("null"),
        Just("1e999"),
        Just("\"\\ud800\""),
    ];
    let text = prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![3 => text, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(96) })]

    #[test]
    fn whatever_a_store_holds_only_its_agent_suffers(store in nearly(), state in nearly()) {
        let sandbox = sandbox("2026.5.12");
        let dir = agent_dir(&sandbox, "ember");
        fs::write(dir.join("auth-profiles.json"), store).unwrap();
        fs::write(dir.join("auth-state.json"), &state).unwrap();
        fs::write(dir.join("auth.json"), state).unwrap();
        let ember = judged(&sandbox);
        prop_assert!(ember["state"].is_string());
    }

    #[test]
    fn whatever_a_database_holds_only_its_agent_suffers(
        cut in 0_usize..20_000, at in 0_usize..20_000, byte in any::<u8>(),
    ) {
        let sandbox = sandbox("2026.7.1");
        let path = agent_dir(&sandbox, "ember").join("openclaw-agent.sqlite");
        let store = json!({ "profiles": { "openai:x": oauth("openai") } });
        fill_database(&path, rows(&store).as_object().unwrap());
        let mut bytes = fs::read(&path).unwrap();
        bytes.truncate(cut);
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        fs::write(&path, bytes).unwrap();
        let ember = judged(&sandbox);
        prop_assert!(ember["state"].is_string());
    }
}

#[test]
fn a_store_that_is_no_json_is_an_error_of_its_agent_alone() {
    for text in [
        format!("{{\"profiles\":{{\"a\":\"{CANARY}\""),
        "[".repeat(100_000),
        String::new(),
        format!("eyJ{CANARY}"),
    ] {
        let sandbox = sandbox("2026.5.12");
        let dir = agent_dir(&sandbox, "ember");
        fs::write(dir.join("auth-profiles.json"), text).unwrap();
        assert_unreadable(&sandbox, "auth-profiles.json: no JSON, at line 1");
    }
}

#[test]
fn a_file_or_directory_that_is_no_store_is_an_error_of_its_agent_alone() {
    let directory = |path: &Path| fs::create_dir(path).unwrap();
    let text = |path: &Path| fs::write(path, "no database, and no header of one").unwrap();
    let foreign = |path: &Path| {
        let database = Connection::open(path).unwrap();
        database.execute("CREATE TABLE cookies (a)", []).unwrap();
    };
    let other_columns = |path: &Path| {
        let database = Connection::open(path).unwrap();
        for table in ["auth_profile_store", "auth_profile_state"] {
            let create = format!("CREATE TABLE {table} (a)");
            database.execute(&create, []).unwrap();
        }
    };
    let blob = |path: &Path| {
        fill_database(path, rows(&json!({})).as_object().unwrap());
        let database = Connection::open(path).unwrap();
        database
            .execute("UPDATE auth_profile_store SET store_json = x'00ff'", [])
            .unwrap();
    };
    let no_json = |path: &Path| {
        fill_database(path, rows(&json!({})).as_object().unwrap());
        let database = Connection::open(path).unwrap();
        database
            .execute("UPDATE auth_profile_store SET store_json = '{\"a\":'", [])
            .unwrap();
    };
    let spoil: [&dyn Fn(&Path); 6] = [&directory, &text, &foreign, &other_columns, &blob, &no_json];
    for spoil in spoil {
        let sandbox = sandbox("2026.7.1");
        spoil(&agent_dir(&sandbox, "ember").join("openclaw-agent.sqlite"));
        assert_unreadable(&sandbox, "openclaw-agent.sqlite");
    }
}

#[test]
fn a_link_out_of_the_state_directory_is_not_followed() {
    let sandbox = sandbox("2026.5.12");
    let store = json!({ "profiles": { "openai-codex:x": oauth("openai-codex") } });
    let outside = sandbox.write("elsewhere/auth-profiles.json", &store.to_string());
    let inside = agent_dir(&sandbox, "ember").join("auth-profiles.json");
    link(&outside, &inside);
    assert_unreadable(&sandbox, "link out of the state directory");

    // One within it is a store like any other.
    fs::remove_file(&inside).unwrap();
    let shared = sandbox.write("home/.openclaw/shared.json", &store.to_string());
    link(&shared, &inside);
    let ember = judged(&sandbox);
    assert_eq!(
        ember["next_turn"]["profile_id"], "openai-codex:x",
        "{ember:#}"
    );
}

#[test]
fn ten_thousand_profiles_are_not_too_many() {
    let mut profiles: serde_json::Map<_, _> = (0..10_000)
        .map(|index| (format!("openai-codex:{index}"), oauth("openai-codex")))
        .collect();
    profiles["openai-codex:9999"]["type"] = "token".into();
    profiles["openai-codex:9999"]["token"] = CANARY.into();
    let ids: Vec<_> = profiles.keys().rev().cloned().collect();
    let store = json!({ "profiles": profiles, "order": { "openai-codex": ids } });
    let sandbox = sandbox("2026.5.12");
    let path = agent_dir(&sandbox, "ember").join("auth-profiles.json");
    fs::write(path, store.to_string()).unwrap();
    let ember = judged(&sandbox);
    let next_turn = &ember["next_turn"];
    assert_eq!(next_turn["profile_id"], "openai-codex:9999");
    assert_eq!(next_turn["type"], "token");
    assert_eq!(next_turn["rule"], "stored-order");
}

/// A store of as many profiles as there may be, in all of whose parts a number is put for `#`.
fn as_many_as_may_be(provider: &str, id: &str, expires: u64) -> Value {
    let mut store = json!({ "profiles": {}, "order": {}, "usageStats": {} });
    let mut order: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for index in 0..10_000 {
        let numbered = |text: &str| text.replace('#', &index.to_string());
        let mut profile = oauth(&numbered(provider));
        profile["expires"] = expires.into();
        store["profiles"][numbered(id)] = profile;
        store["usageStats"][numbered(id)] = json!({ "cooldownReason": "auth" });
        order
            .entry(numbered(provider))
            .or_default()
            .push(numbered(id));
    }
    store["order"] = json!(order);
    store
}

/// Each profile of one could give way to each of the other.
#[test]
fn two_stores_of_ten_thousand_profiles_are_joined_as_small_ones_are() {
    const FAR: u64 = 4_102_444_800_000;
    for (version, own, main, expected) in [
        (
            "2026.5.12",
            ("openai-codex", "own-#"),
            ("openai-codex", "main-#"),
            json!("main-0"),
        ),
        (
            "2026.5.12",
            ("p#", "p#:default"),
            ("p#", "main-#"),
            Value::Null,
        ),
        (
            "2026.7.1",
            ("p#", "p#:default"),
            ("p#", "main-#"),
            Value::Null,
        ),
        (
            "2026.7.1",
            ("openai", "own-#"),
            ("openai", "main-#"),
            json!("own-0"),
        ),
    ] {
        let sandbox = sandbox(version);
        for (agent, (provider, id), expires) in [("ember", own, FAR - 1), ("main", main, FAR)] {
            let store = as_many_as_may_be(provider, id, expires);
            give(&sandbox, version, agent, &store);
        }
        assert_eq!(selected(&sandbox), expected, "{version}");
    }
}

#[test]
fn an_id_that_may_be_a_token_is_not_shown() {
    let sandbox = sandbox("2026.5.12");
    let id = format!("eyJ{CANARY}");
    let store = json!({ "profiles": { id: oauth("openai-codex") } });
    let path = agent_dir(&sandbox, "ember").join("auth-profiles.json");
    fs::write(path, store.to_string()).unwrap();
    let ember = judged(&sandbox);
    assert_eq!(ember["state"], "shadowed");
    assert_eq!(ember["next_turn"]["profile_id"], "[hidden]");
}

/// Every file below a directory with what it holds.
fn contents(dir: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            contents(&path, found);
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, bytes);
        }
    }
}

#[test]
fn a_database_is_read_while_the_gateway_writes_and_nothing_is_written() {
    let sandbox = sandbox("2026.7.1");
    let path = agent_dir(&sandbox, "ember").join("openclaw-agent.sqlite");
    fill_database(&path, rows(&json!({})).as_object().unwrap());
    let gateway = Connection::open(&path).unwrap();
    gateway.pragma_update(None, "journal_mode", "WAL").unwrap();
    gateway
        .pragma_update(None, "wal_autocheckpoint", 0)
        .unwrap();
    let store = json!({ "profiles": { "openai:in-the-log": oauth("openai") } });
    let update = "UPDATE auth_profile_store SET store_json = ?1";
    gateway.execute(update, [store.to_string()]).unwrap();
    gateway.execute_batch("BEGIN IMMEDIATE").unwrap();
    gateway.execute(update, ["{}"]).unwrap();

    let [mut before, mut after] = [BTreeMap::new(), BTreeMap::new()];
    contents(&sandbox.state_dir(), &mut before);
    let ember = judged(&sandbox);
    contents(&sandbox.state_dir(), &mut after);
    assert_eq!(
        ember["next_turn"]["profile_id"], "openai:in-the-log",
        "{ember:#}"
    );
    // The index of the log is the gateway's and ours to share; of its locks nothing is to be seen.
    assert!(before == after, "something was written");
}

#[test]
fn no_command_shows_anything_of_a_stores_secrets() {
    let everywhere = |provider: &str| {
        json!({
            "profiles": {
                format!("{provider}:a"): oauth(provider),
                format!("{provider}:b"): {
                    "type": CANARY, "provider": CANARY, "mode": CANARY, "email": CANARY, "key": CANARY,
                    "access": { "id": CANARY }, "token": [CANARY], "oauthRef": { "id": CANARY },
                },
            },
            "order": { CANARY: [CANARY] },
            "usageStats": { CANARY: { "cooldownReason": CANARY } },
            "lastGood": { CANARY: CANARY },
        })
    };
    let early = sandbox("2026.5.12");
    let store = everywhere("openai-codex").to_string();
    let dir = agent_dir(&early, "ember");
    fs::write(dir.join("auth-profiles.json"), store).unwrap();
    let late = sandbox("2026.9.6");
    let path = agent_dir(&late, "ember").join("openclaw-agent.sqlite");
    fill_database(&path, rows(&everywhere("openai")).as_object().unwrap());
    for sandbox in [early, late] {
        for args in [
            &["status", "-vv"][..],
            &["status", "--offline", "--json", "-v"],
            &["agents", "--json", "-v"],
            &["which", "-v"],
            &["login", "--agent", "ember", "-v", "--json"],
        ] {
            let run = sandbox.run(args);
            assert!(!run.to_string().contains(CANARY), "{args:?}:\n{run}");
            assert!(!run.to_string().contains("panicked"), "{args:?}:\n{run}");
        }
    }
}
