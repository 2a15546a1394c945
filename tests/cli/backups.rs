//! Backups and other copies that nothing reads: found by name, told once, and put aside.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cases::fill_database;
use crate::copies::{
    PROFILE, SHARED, diagnosis, give, oauth, of_agent, says, store, the, with_code,
};
use crate::fixture::{self, CANARY};
use crate::sandbox::Sandbox;

/// What people and programs put after a name.
const ENDS: [&str; 12] = [
    ".aside-1700000000",
    ".backup",
    ".bak",
    ".bak-2026-05-01",
    ".bak.1",
    ".bak2",
    ".legacy-flat.1700000000000.bak",
    ".migrated-2026-07-31T10-00-00-000Z-0a1b2c3d-0000-4000-8000-000000000000",
    ".old",
    ".orig",
    ".sqlite-import.1700000000001.bak",
    "~",
];

/// The paths of what is said to be a backup with a token in it.
fn stale(findings: &Value) -> Vec<PathBuf> {
    let stale = with_code(findings, "stale-copy").into_iter();
    let paths = stale.map(|finding| finding["evidence"]["path"].as_str().unwrap());
    let mut paths: Vec<PathBuf> = paths.map(PathBuf::from).collect();
    paths.sort();
    paths
}

fn login() -> Value {
    fixture::chatgpt("old@example.test", fixture::FAR_AHEAD)
}

/// The whole answer of `doctor --fix`, which has done all that it meant to.
#[track_caller]
fn fixed(sandbox: &Sandbox) -> Value {
    let answer = sandbox.json(["doctor", "--offline", "--json", "--fix", "--yes"]);
    assert_eq!(answer["fixed"]["failed"], json!([]), "{answer:#}");
    answer
}

fn rows(key: &str, value: &str, all: &[(&str, Value)]) -> Value {
    let rows = all
        .iter()
        .map(|(name, text)| json!({ key: name, value: text.to_string(), "updated_at": 0 }));
    rows.collect()
}

fn give_database(path: &Path, tables: &Value) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fill_database(path, tables.as_object().unwrap());
}

/// A profile as OpenClaw 2026.9.6 keeps it in a database.
fn newer(refresh: &str) -> Value {
    let mut profile = oauth(refresh);
    profile["provider"] = json!("openai");
    json!({ "profiles": { "openai:x": profile } })
}

#[test]
fn backups_are_found_whatever_was_put_after_the_name() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let forms = [
        ("auth-profiles.json", store(&[(PROFILE, oauth("fake-old"))])),
        ("auth.json", json!({ "openai-codex": oauth("fake-oldest") })),
        ("codex-home/auth.json", login()),
    ];
    let mut all = vec![give(&sandbox, "ember", "auth.json.of-codex", &login())];
    for (name, text) in &forms {
        all.extend(ENDS.map(|end| give(&sandbox, "ember", &format!("{name}{end}"), text)));
    }
    all.sort();
    assert_eq!(stale(of_agent(&diagnosis(&sandbox), "ember")), all);

    let mended = fixed(&sandbox);
    assert_eq!(of_agent(&mended, "ember")["findings"], json!([]));
    assert_eq!(of_agent(&mended, "ember")["state"], "ready");
    assert!(all.iter().all(|path| !path.exists()));
    let id = mended["fixed"]["id"].as_str().unwrap();
    sandbox.run(["restore", id]).expect_code(0);
    assert!(all.iter().all(|path| path.exists()));
}

#[test]
fn what_is_written_just_now_and_what_has_no_token_is_no_backup() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let old = store(&[(PROFILE, oauth("fake-old"))]);
    for end in [".lock", ".lock.reclaim-1", ".0a1b2c3d.tmp", ".tmp-1"] {
        give(&sandbox, "ember", &format!("auth-profiles.json{end}"), &old);
        give(
            &sandbox,
            "ember",
            &format!("codex-home/auth.json{end}"),
            &login(),
        );
    }
    give(&sandbox, "ember", "auth-profiles.json.empty", &json!({}));
    let dir = sandbox.home_of("ember").parent().unwrap().to_owned();
    fs::write(dir.join("auth.json.text"), CANARY).unwrap();
    fs::create_dir(dir.join("auth-profiles.json.dir")).unwrap();
    let other = sandbox.write("home/.openclaw/other", &old.to_string());
    symlink(other, dir.join("auth-profiles.json.link")).unwrap();
    assert_eq!(
        of_agent(&diagnosis(&sandbox), "ember")["findings"],
        json!([])
    );
}

#[test]
fn a_backup_beside_a_store_of_no_agent_is_said_of_the_machine() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let old = store(&[(PROFILE, oauth("fake-old"))]);
    let path = give(&sandbox, "main", "auth-profiles.json.old", &old);
    let document = diagnosis(&sandbox);
    assert_eq!(stale(&document), [path]);
    assert_eq!(
        the(&document, "stale-copy")["fix"],
        "codex-login doctor --fix"
    );
    assert!(stale(&fixed(&sandbox)).is_empty());
}

#[test]
fn a_token_that_is_twice_in_one_backup_is_one_token_in_one_place() {
    let sandbox = Sandbox::with_agents(&["main"]).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6");
    let shared = [
        ("auth.sharedStore", json!({ "location": "state-db" })),
        ("authProfiles.store", newer("fake-shared")),
    ];
    let tables = json!({ "config_machine_state": rows("state_key", "value_json", &shared) });
    give_database(&sandbox.state_dir().join("state/openclaw.sqlite"), &tables);
    let profile = || oauth("fake-shared");
    let twice = store(&[(PROFILE, profile()), ("openai-codex:default", profile())]);
    let name = "auth-profiles.json.sqlite-import.1700000000001.bak";
    let backup = give(&sandbox, "main", name, &twice);
    let document = diagnosis(&sandbox);
    let main = of_agent(&document, "main");
    assert_eq!(stale(main), [backup]);
    says(
        the(main, "stale-copy"),
        &["still holds a refresh token, which is in use"],
    );
    assert!(stale(&document).is_empty());
    let finding = the(main, SHARED);
    says(finding, &["one refresh token is in 2 places"]);
    assert_eq!(finding["evidence"]["places"].as_array().unwrap().len(), 2);
    assert_eq!(finding["fixable"], true);
}

#[test]
fn one_backup_of_several_agents_is_put_aside_once() {
    let sandbox = Sandbox::with_agents(&["ember", "flint"]);
    sandbox.log_in("ember");
    give(&sandbox, "ember", "codex-home/auth.json.old", &login());
    let flint = sandbox.home_of("flint");
    fs::create_dir_all(flint.parent().unwrap()).unwrap();
    symlink(sandbox.home_of("ember"), flint).unwrap();
    let document = diagnosis(&sandbox);
    for id in ["ember", "flint"] {
        the(of_agent(&document, id), "stale-copy");
    }
    assert_eq!(
        fixed(&sandbox)["fixed"]["done"].as_array().unwrap().len(),
        1
    );
}

/// Two agents with profiles of their own, and one login in both codex homes.
fn with_one_login_in_two_homes() -> Sandbox {
    let sandbox = Sandbox::with_agents(&["ember", "flint"]);
    sandbox.log_in("ember");
    sandbox.log_in("flint");
    for agent in ["ember", "flint"] {
        let own = [("primary", newer(&format!("fake-{agent}")))];
        let own = rows("store_key", "store_json", &own);
        let tables = json!({ "auth_profile_store": own, "auth_profile_state": [] });
        let path = sandbox
            .home_of(agent)
            .with_file_name("openclaw-agent.sqlite");
        give_database(&path, &tables);
    }
    fs::copy(sandbox.auth_json("ember"), sandbox.auth_json("flint")).unwrap();
    sandbox
}

#[test]
fn copies_in_codex_homes_that_are_never_read_are_put_aside() {
    let sandbox = with_one_login_in_two_homes().set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6");
    let agents = json!({ "ownership": "explicit", "entries": { "ember": {}, "flint": {} } });
    sandbox.configure(&json!({ "agents": agents }).to_string());
    let document = diagnosis(&sandbox);
    for id in ["ember", "flint"] {
        assert_eq!(of_agent(&document, id)["state"], "ready");
        let finding = the(of_agent(&document, id), SHARED);
        assert_eq!(finding["fixable"], true);
        assert_eq!(finding["fix"], "codex-login doctor --fix --agent ember");
    }
    let mended = fixed(&sandbox);
    let done = mended["fixed"]["done"].as_array().unwrap().iter();
    assert_eq!(done.filter(|done| done["kind"] == "put-aside").count(), 2);
    for id in ["ember", "flint"] {
        assert_eq!(of_agent(&mended, id)["state"], "ready");
        assert!(with_code(of_agent(&mended, id), SHARED).is_empty());
        assert!(!sandbox.auth_json(id).exists());
    }
}

#[test]
fn a_codex_home_that_a_setting_alone_keeps_from_being_read_is_left_as_it_is() {
    let sandbox = with_one_login_in_two_homes().set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.7.1");
    let scope = json!({ "appServer": { "homeScope": "user" } });
    let plugins = json!({ "entries": { "codex": { "config": scope } } });
    let agents = json!({ "list": [{ "id": "ember" }, { "id": "flint" }] });
    sandbox.configure(&json!({ "agents": agents, "plugins": plugins }).to_string());
    let document = diagnosis(&sandbox);
    let finding = the(of_agent(&document, "ember"), SHARED);
    assert_eq!(of_agent(&document, "ember")["state"], "logged-out");
    assert_eq!(finding["fix"], Value::Null);
    assert_eq!(finding["fixable"], Value::Null);
}
