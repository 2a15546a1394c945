//! What the doctor finds wrong with OpenClaw's profiles and what names them.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cases::fill_database;
use crate::sandbox::Sandbox;

const FAR: u64 = 4_102_444_800_000;
const PAST: u64 = 1_500_000_000_000;

fn oauth(expires: u64) -> Value {
    json!({ "type": "oauth", "provider": "openai-codex", "access": "fake-access", "refresh": "fake-refresh", "expires": expires })
}

fn newer(expires: u64) -> Value {
    json!({ "type": "oauth", "provider": "openai", "access": "fake-access", "refresh": "fake-refresh", "expires": expires })
}

/// Ember, logged in, with OpenClaw 2026.5.12.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    sandbox
}

fn give_store(sandbox: &Sandbox, agent: &str, store: &Value) -> PathBuf {
    let tail = format!("home/.openclaw/agents/{agent}/agent/auth-profiles.json");
    sandbox.write(tail, &store.to_string())
}

fn configure(sandbox: &Sandbox, auth: &Value) {
    let document = json!({ "agents": { "list": [{ "id": "ember" }] }, "auth": auth });
    sandbox.configure(&document.to_string());
}

/// The doctor's whole answer; nothing secret may be in it.
pub(crate) fn diagnosed(sandbox: &Sandbox) -> Value {
    let run = sandbox.run(["doctor", "--offline", "--json"]);
    for secret in ["fake-access", "fake-refresh", "fake-canary", "+49151"] {
        assert!(!run.to_string().contains(secret), "{run}");
    }
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}:\n{run}"))
}

fn of_code<'a>(findings: &'a Value, code: &str) -> Vec<&'a Value> {
    let all = findings.as_array().expect("findings");
    all.iter()
        .filter(|finding| finding["code"] == code)
        .collect()
}

/// The first agent's only finding of this code.
#[track_caller]
pub(crate) fn of_ember(answer: &Value, code: &str) -> Value {
    let found = of_code(&answer["agents"][0]["findings"], code);
    assert_eq!(found.len(), 1, "{code} in {answer:#}");
    found[0].clone()
}

/// The machine's only finding of this code.
#[track_caller]
pub(crate) fn of_machine(answer: &Value, code: &str) -> Value {
    let found = of_code(&answer["findings"], code);
    assert_eq!(found.len(), 1, "{code} in {answer:#}");
    found[0].clone()
}

/// Whether anything of this code is told at all.
pub(crate) fn tells(answer: &Value, code: &str) -> bool {
    answer.to_string().contains(&format!("\"code\":\"{code}\""))
}

#[test]
fn an_order_that_names_what_no_agent_has_is_stale() {
    let sandbox = sandbox();
    give_store(
        &sandbox,
        "main",
        &json!({ "profiles": { "openai-codex:a": oauth(FAR) } }),
    );
    let order = json!({ "openai-codex": ["openai-codex:a", "openai-codex:gone"] });
    configure(&sandbox, &json!({ "order": order }));
    let stale = of_machine(&diagnosed(&sandbox), "stale-order");
    assert_eq!(stale["severity"], "warning");
    assert_eq!(
        stale["evidence"],
        json!({ "provider": "openai-codex", "missing": ["openai-codex:gone"] })
    );
    assert_eq!(
        stale["fix"],
        "openclaw config set auth.order.openai-codex '[\"openai-codex:a\"]' --strict-json && openclaw gateway restart"
    );
    configure(
        &sandbox,
        &json!({ "order": { "openai-codex": ["openai-codex:a"] } }),
    );
    assert!(!tells(&diagnosed(&sandbox), "stale-order"));
}

#[test]
fn an_order_of_which_nothing_is_left_stays_the_switch_that_it_is() {
    let sandbox = sandbox();
    configure(&sandbox, &json!({ "order": { "openai-codex": ["gone"] } }));
    let stale = of_machine(&diagnosed(&sandbox), "stale-order");
    assert_eq!(
        stale["fix"],
        "openclaw config set auth.order.openai-codex '[]' --strict-json && openclaw gateway restart"
    );
}

#[test]
fn a_stored_order_that_names_what_no_agent_has_is_its_agents() {
    let sandbox = sandbox();
    let store = json!({
        "profiles": { "openai-codex:a": oauth(FAR) },
        "order": { "openai-codex": ["openai-codex:gone", "openai-codex:a"] },
    });
    let path = give_store(&sandbox, "ember", &store);
    let stale = of_ember(&diagnosed(&sandbox), "stale-order");
    assert_eq!(stale["evidence"]["path"], json!(path));
    assert_eq!(
        stale["fix"],
        "openclaw models auth order set --agent ember --provider openai-codex openai-codex:a && openclaw gateway restart"
    );
}

#[test]
fn an_id_of_another_agent_makes_no_order_of_the_configuration_stale() {
    let sandbox = Sandbox::with_agents(&["ember", "flint"]);
    give_store(
        &sandbox,
        "flint",
        &json!({ "profiles": { "openai-codex:f": oauth(FAR) } }),
    );
    let document = json!({
        "agents": { "list": [{ "id": "ember" }, { "id": "flint" }] },
        "auth": { "order": { "openai-codex": ["openai-codex:f"] } },
    });
    sandbox.configure(&document.to_string());
    assert!(!tells(&diagnosed(&sandbox), "stale-order"));
}

#[test]
fn an_empty_order_is_wanted_where_the_home_has_a_login_and_in_the_way_where_not() {
    let ready = sandbox();
    give_store(
        &ready,
        "main",
        &json!({ "profiles": { "openai-codex:a": oauth(FAR) } }),
    );
    configure(&ready, &json!({ "order": { "openai-codex": [] } }));
    let info = of_ember(&diagnosed(&ready), "empty-order");
    assert_eq!(info["severity"], "info");
    assert_eq!(info["evidence"]["kept_back"], json!(["openai-codex:a"]));
    std::fs::remove_file(ready.auth_json("ember")).unwrap();
    let warning = of_ember(&diagnosed(&ready), "empty-order");
    assert_eq!(warning["severity"], "warning");
    // To take the switch back would change every agent.
    assert_eq!(warning["fix"], "codex-login --agent ember");
}

#[test]
fn a_profile_of_another_mode_than_the_configuration_says_is_never_used() {
    let sandbox = sandbox();
    let id = "openai-codex:me@example.test";
    give_store(&sandbox, "main", &json!({ "profiles": { id: oauth(FAR) } }));
    let entry = json!({ "provider": "openai-codex", "mode": "api_key" });
    configure(&sandbox, &json!({ "profiles": { id: entry } }));
    // Mended it would go before a login that works.
    let mismatch = of_ember(&diagnosed(&sandbox), "profile-mode-mismatch");
    assert_eq!(
        (&mismatch["severity"], &mismatch["fix"]),
        (&json!("info"), &Value::Null)
    );
    std::fs::remove_file(sandbox.auth_json("ember")).unwrap();
    let mismatch = of_ember(&diagnosed(&sandbox), "profile-mode-mismatch");
    assert_eq!(mismatch["severity"], "warning");
    assert_eq!(mismatch["evidence"]["configured_mode"], "api_key");
    assert_eq!(mismatch["evidence"]["mode"], "oauth");
    assert_eq!(
        mismatch["fix"],
        "openclaw config set 'auth.profiles[\"openai-codex:me@example.test\"].mode' oauth && openclaw gateway restart"
    );
}

#[test]
fn the_end_of_a_selected_profile_is_told_before_it_comes_and_after() {
    let sandbox = sandbox();
    let soon = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap() + 300_000;
    give_store(
        &sandbox,
        "ember",
        &json!({ "profiles": { "openai-codex:a": oauth(soon) } }),
    );
    let expiring = of_ember(&diagnosed(&sandbox), "profile-expiring");
    assert_eq!(expiring["severity"], "warning");
    assert_eq!(expiring["evidence"]["profile_id"], "openai-codex:a");
    give_store(
        &sandbox,
        "ember",
        &json!({ "profiles": { "openai-codex:a": oauth(PAST) } }),
    );
    let expired = of_ember(&diagnosed(&sandbox), "profile-expired");
    assert_eq!(expired["severity"], "error");
    assert_eq!(expired["evidence"]["expires_at"], "2017-07-14T02:40:00Z");
    // The finding that it shadows a login which works has the one remedy.
    assert_eq!(expired["fix"], Value::Null);
    give_store(
        &sandbox,
        "ember",
        &json!({ "profiles": { "openai-codex:a": oauth(FAR) } }),
    );
    assert!(!tells(&diagnosed(&sandbox), "profile-expired"));
}

#[test]
fn a_store_that_cannot_be_read_has_a_remedy() {
    let sandbox = sandbox();
    let path = give_store(&sandbox, "ember", &json!([]));
    std::fs::write(&path, "{").unwrap();
    let damaged = of_ember(&diagnosed(&sandbox), "profile-store");
    let remedy = format!("mend {}; `openclaw doctor` tells more", path.display());
    assert_eq!(damaged["fix"], remedy);
    let elsewhere = sandbox.write("elsewhere/auth-profiles.json", "{}");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(elsewhere, &path).unwrap();
    let linked = of_ember(&diagnosed(&sandbox), "profile-store");
    let remedy = format!(
        "put the file itself in place of the link {}",
        path.display()
    );
    assert_eq!(linked["fix"], remedy);
}

fn give_sessions(sandbox: &Sandbox, sessions: &Value) {
    let tail = "home/.openclaw/agents/ember/sessions/sessions.json";
    sandbox.write(tail, &sessions.to_string());
}

#[test]
fn sessions_that_are_pinned_to_another_profile_are_counted_and_not_named() {
    let sandbox = sandbox();
    give_store(
        &sandbox,
        "main",
        &json!({ "profiles": { "openai-codex:a": oauth(FAR) } }),
    );
    configure(&sandbox, &json!({ "order": { "openai-codex": [] } }));
    let pin = |source: &str| json!({ "sessionId": "s1", "authProfileOverride": "openai-codex:a", "authProfileOverrideSource": source });
    give_sessions(
        &sandbox,
        &json!({
            "agent:ember:whatsapp:+491511234567": pin("user"),
            "agent:ember:main": pin("user"),
            "agent:ember:other": pin("auto"),
            "agent:ember:odd": { "authProfileOverride": { "deep": ["fake-access"] } },
            "agent:ember:none": { "sessionId": "s2" },
        }),
    );
    let pinned = of_ember(&diagnosed(&sandbox), "session-pin");
    assert_eq!(pinned["severity"], "warning");
    assert_eq!(
        pinned["message"],
        "2 sessions are pinned to openai-codex:a: what `openclaw agent` runs in them goes by the profile, and not by the login in codex-home; replies to messages do not as long as `auth.order.openai-codex` is empty"
    );
    assert_eq!(
        pinned["evidence"],
        json!({ "profile_id": "openai-codex:a", "exists": true, "by_user": 2, "by_openclaw": 1, "threads": 0 })
    );
}

#[test]
fn a_session_that_is_pinned_past_the_order_does_not_go_by_codex_home() {
    let sandbox = sandbox();
    let profiles = json!({ "openai-codex:a": oauth(FAR), "openai-codex:b": oauth(FAR) });
    give_store(&sandbox, "main", &json!({ "profiles": profiles }));
    configure(
        &sandbox,
        &json!({ "order": { "openai-codex": ["openai-codex:a"] } }),
    );
    let pin = |id: &str| json!({ "authProfileOverride": id, "authProfileOverrideSource": "user" });
    give_sessions(
        &sandbox,
        &json!({ "agent:ember:one": pin("openai-codex:a"), "agent:ember:two": pin("openai-codex:b") }),
    );
    let pinned = of_ember(&diagnosed(&sandbox), "session-pin");
    assert_eq!(
        pinned["message"],
        "1 session is pinned to openai-codex:b: its turns go by the profile, and not by the login in codex-home"
    );
}

#[test]
fn a_codex_thread_that_is_bound_to_a_profile_that_is_gone_fails() {
    let sandbox = sandbox();
    give_sessions(
        &sandbox,
        &json!({ "agent:ember:main": { "sessionId": "s1" } }),
    );
    let thread =
        json!({ "schemaVersion": 1, "threadId": "t", "authProfileId": "openai-codex:gone" });
    for name in ["s1", "over"] {
        let tail =
            format!("home/.openclaw/agents/ember/sessions/{name}.jsonl.codex-app-server.json");
        sandbox.write(tail, &thread.to_string());
    }
    let pinned = of_ember(&diagnosed(&sandbox), "session-pin");
    assert_eq!(pinned["severity"], "error");
    assert_eq!(pinned["evidence"]["threads"], 1);
    assert_eq!(pinned["evidence"]["exists"], false);
}

/// A codex thread of each of these agents, bound to a profile, as the codex plugin keeps them.
fn bind_threads(sandbox: &Sandbox, threads: &[(&str, &str)]) {
    let path = sandbox.state_dir().join("state/openclaw.sqlite");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let database = rusqlite::Connection::open(path).unwrap();
    let create = "CREATE TABLE plugin_state_entries (plugin_id TEXT, namespace TEXT, entry_key TEXT, value_json TEXT, created_at INTEGER, expires_at INTEGER)";
    database.execute(create, []).unwrap();
    for (agent, profile) in threads {
        let binding = json!({ "threadId": "t", "authProfileId": profile });
        let row = json!({ "version": 1, "state": "active", "binding": binding }).to_string();
        let key = format!("session-key:{agent}:digest");
        let insert = "INSERT INTO plugin_state_entries VALUES ('codex', 'app-server-thread-bindings', ?1, ?2, 0, NULL)";
        database.execute(insert, [key, row]).unwrap();
    }
}

#[test]
fn what_a_session_is_pinned_to_is_found_where_newer_versions_keep_it() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6");
    let store = json!({ "profiles": { "openai:a": newer(FAR), "openai:b": newer(FAR) } });
    let session = json!({ "authProfileOverride": "openai:b", "authProfileOverrideSource": "user" });
    let tables = json!({
        "auth_profile_store": [{ "store_key": "primary", "store_json": store.to_string(), "updated_at": 0 }],
        "auth_profile_state": [],
        "session_nodes": [{ "session_key": "+491511234567", "entry_json": session.to_string(), "updated_at": 0 }],
    });
    let path = sandbox
        .state_dir()
        .join("agents/ember/agent/openclaw-agent.sqlite");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    fill_database(&path, tables.as_object().unwrap());
    bind_threads(
        &sandbox,
        &[("ember", "openai:gone"), ("flint", "openai:of-flint")],
    );
    let answer = diagnosed(&sandbox);
    let pins = of_code(&answer["agents"][0]["findings"], "session-pin");
    let told: Vec<_> = pins
        .iter()
        .map(|pin| {
            (
                pin["severity"].as_str().unwrap(),
                &pin["evidence"]["profile_id"],
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("error", &json!("openai:gone")),
            ("warning", &json!("openai:b"))
        ]
    );
}

#[test]
fn sessions_made_to_be_slow_or_odd_stop_nothing() {
    let sandbox = sandbox();
    let tail = "home/.openclaw/agents/ember/sessions/sessions.json";
    for text in [
        "[",
        "{\"a\":",
        &"[".repeat(100_000),
        "{\"k\":{\"authProfileOverride\":7}}",
    ] {
        sandbox.write(tail, text);
        assert!(!tells(&diagnosed(&sandbox), "session-pin"), "{text:.20}");
    }
}
