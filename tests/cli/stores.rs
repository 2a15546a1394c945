//! OpenClaw's profile stores as tests write them, and what codex-login then judges.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::cases::fill_database;
use crate::sandbox::Sandbox;

pub const FAR: u64 = 4_102_444_800_000;
pub const PAST: u64 = 1_500_000_000_000;

pub fn oauth(provider: &str, expires: u64) -> Value {
    json!({ "type": "oauth", "provider": provider, "access": "fake-access", "refresh": "fake-refresh", "expires": expires })
}

/// Ember, logged in, with an OpenClaw of this version.
pub fn sandbox(version: &str) -> Sandbox {
    let sandbox = Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", version);
    sandbox.log_in("ember");
    sandbox
}

pub fn give_store(sandbox: &Sandbox, agent: &str, store: &Value) -> PathBuf {
    let tail = format!("home/.openclaw/agents/{agent}/agent/auth-profiles.json");
    sandbox.write(tail, &store.to_string())
}

pub fn give_database(sandbox: &Sandbox, tail: &str, tables: &Value) -> PathBuf {
    let path = sandbox.state_dir().join(tail);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    fill_database(&path, tables.as_object().unwrap());
    path
}

/// The store of an agent as versions from 2026.6.5 on keep it, in place of one that is there.
pub fn give_rows(sandbox: &Sandbox, agent: &str, store: &Value) -> PathBuf {
    let tail = format!("agents/{agent}/agent/openclaw-agent.sqlite");
    let path = sandbox.state_dir().join(&tail);
    if path.exists() {
        std::fs::remove_file(path).unwrap();
    }
    let store = store.to_string();
    let tables = json!({
        "auth_profile_store": [{ "store_key": "primary", "store_json": store, "updated_at": 0 }],
        "auth_profile_state": [],
    });
    give_database(sandbox, &tail, &tables)
}

pub fn own_database(sandbox: &Sandbox, profiles: &Value) -> PathBuf {
    give_rows(sandbox, "ember", &json!({ "profiles": profiles }))
}

/// A store as this version keeps it.
pub fn give(sandbox: &Sandbox, version: &str, agent: &str, store: &Value) -> PathBuf {
    let in_files = ["2026.5.", "2026.6.1"]
        .iter()
        .any(|early| version.starts_with(early));
    if in_files {
        give_store(sandbox, agent, store)
    } else {
        give_rows(sandbox, agent, store)
    }
}

/// The time so many seconds from now, in milliseconds.
pub fn ahead(seconds: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    (now.as_secs() + seconds) * 1000
}

#[track_caller]
pub fn judged(sandbox: &Sandbox, code: i32) -> Value {
    let run = sandbox
        .run(["status", "--offline", "--json"])
        .expect_code(code);
    assert!(!run.to_string().contains("fake-"), "{run}");
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    document["agents"][0].clone()
}

pub fn finding<'a>(agent: &'a Value, code: &str) -> &'a Value {
    let findings = agent["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["code"] == code);
    found.unwrap_or_else(|| panic!("no {code} in {agent:#}"))
}

/// What is judged of the first agent, however the others are.
#[track_caller]
pub fn first(sandbox: &Sandbox) -> Value {
    let run = sandbox.run(["status", "--offline", "--json"]);
    assert!(!run.to_string().contains("fake-"), "{run}");
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    document["agents"][0].clone()
}

/// The profile that its next turn would use; null where it would use none.
#[track_caller]
pub fn selected(sandbox: &Sandbox) -> Value {
    first(sandbox)["next_turn"]["profile_id"].clone()
}

/// Ember's login is kept in a keyring: whether it is good is not known, so that the doctor takes no
/// profile out.
pub fn keep_in_keyring(sandbox: &Sandbox) {
    let config = sandbox.home_of("ember").join("config.toml");
    std::fs::write(config, "cli_auth_credentials_store = \"keyring\"").unwrap();
}
