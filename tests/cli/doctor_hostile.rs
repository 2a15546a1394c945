//! `doctor --fix` and `restore` where somebody is in the way: another run, another user, a full
//! memory, names that are made to deceive.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::doctor::{give_store, oauth, snapshot, store};
use crate::doctor_profiles::{diagnosed, of_ember, tells};
use crate::sandbox::{CODEX_LOGIN, Sandbox, wait};
use crate::users::{Someone, can_be_others, logged_in, sandbox_for_everybody};

const FIX: [&str; 5] = ["doctor", "--fix", "--yes", "--offline", "--json"];

fn ember() -> Sandbox {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    sandbox
}

fn until(mut is_true: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_true() {
        assert!(Instant::now() < end);
        std::thread::yield_now();
    }
}

#[test]
fn nothing_is_restored_while_a_fix_waits_for_openclaw() {
    let sandbox = ember();
    let profiles = json!({ "openai-codex:default": oauth("stale") });
    let path = give_store(&sandbox, "main", &store(&profiles));
    let lock = path.with_file_name("auth-profiles.json.lock");
    let holder = json!({ "pid": std::process::id(), "createdAt": "2026-01-01T00:00:00.000Z" });
    fs::write(&lock, holder.to_string()).unwrap();
    let child = sandbox.command(FIX).spawn().unwrap();
    let aside = sandbox.path("home/.openclaw.codex-login");
    let begun = || Some(fs::read_dir(&aside).ok()?.next()?.ok()?.path());
    until(|| begun().is_some_and(|dir| dir.join("manifest.json").exists()));
    let id = begun().unwrap().file_name().unwrap().to_owned();
    let run = sandbox
        .run(["restore".as_ref(), id.as_os_str()])
        .expect_code(2);
    assert!(
        run.stderr.contains("another codex-login is at work"),
        "{run}"
    );
    fs::remove_file(&lock).unwrap();
    wait(child).expect_code(0);
    assert!(!lock.exists());
    assert!(!fs::read_to_string(&path).unwrap().contains("stale"));
    sandbox
        .run(["restore".as_ref(), id.as_os_str()])
        .expect_code(0);
    assert!(fs::read_to_string(&path).unwrap().contains("stale"));
    assert!(!aside.exists());
}

#[test]
fn root_mends_nothing_where_another_could_lead_it_elsewhere() {
    if !can_be_others() {
        return;
    }
    let daemon = Someone::of_account("daemon");
    let sandbox = sandbox_for_everybody().set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.5.12");
    let dir = sandbox.path("theirs/agent");
    let text = store(&json!({ "openai-codex:default": oauth("stale") }));
    for name in ["auth-profiles.json", "auth-profiles.json.old.bak"] {
        let path = sandbox.write(format!("theirs/agent/{name}"), &text);
        fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    }
    daemon.take(&sandbox.path("theirs"));
    let list = json!([{ "id": "ember", "agentDir": dir }]);
    sandbox.configure(&json!({ "agents": { "list": list } }).to_string());
    let before = snapshot(&dir);
    let document = sandbox.json(FIX);
    assert_eq!(document["fixed"]["done"], json!([]), "{document:#}");
    let failed = document["fixed"]["failed"].as_array().unwrap();
    assert!(!failed.is_empty());
    for failed in failed {
        let why = failed["why"].as_str().unwrap();
        assert!(why.contains("belongs to daemon"), "{why}");
    }
    assert_eq!(snapshot(&dir), before);
    daemon.assert_has(&dir);
}

#[test]
fn root_restores_nothing_where_anothers_link_leads() {
    if !can_be_others() {
        return;
    }
    let daemon = Someone::of_account("daemon");
    let sandbox = logged_in(&Someone::ourselves(), &["ember"]);
    let link = sandbox.path("theirs");
    symlink(sandbox.state_dir(), &link).unwrap();
    daemon.take(&link);
    let sandbox = sandbox.set("CODEX_LOGIN_STATE_DIR", &link);
    let run = sandbox.run(["restore"]).expect_code(2);
    assert!(run.stderr.contains("which leads there, to daemon"), "{run}");
}

#[test]
fn a_dotenv_of_references_to_references_does_not_fill_the_memory() {
    let sandbox = ember();
    let line = |n: usize| format!("V{n}={}\n", format!("${{V{}}}", n - 1).repeat(8));
    let mut text = "V0=xxxxxxxx\n".to_owned();
    text.extend((1..20).map(line));
    text.push_str("OPENAI_BASE_URL=\"\\$x\"\n");
    sandbox.write("home/.openclaw/agents/ember/agent/codex-home/.env", &text);
    let told = of_ember(&diagnosed(&sandbox), "home-dotenv");
    assert_eq!(told["evidence"]["names"], json!(["OPENAI_BASE_URL"]));
    assert_eq!(told["evidence"]["others"], 20);
}

#[test]
fn one_damaged_manifest_keeps_nothing_else_from_being_restored() {
    let sandbox = ember();
    let home = sandbox.home_of("ember");
    fs::set_permissions(&home, Permissions::from_mode(0o755)).unwrap();
    let document = sandbox.json(FIX);
    let id = document["fixed"]["id"].as_str().unwrap();
    let other = sandbox.write("home/.openclaw.codex-login/2020/manifest.json", "{ canary");
    let run = sandbox.run(["restore"]).expect_code(0);
    assert!(
        run.stderr.contains("2020/manifest.json is damaged"),
        "{run}"
    );
    assert!(
        run.stdout.starts_with(id) && !run.to_string().contains("canary"),
        "{run}"
    );
    sandbox.run(["restore", id]).expect_code(0);
    assert_eq!(home.metadata().unwrap().mode() & 0o777, 0o755);
    assert!(other.exists());
}

#[test]
fn a_login_that_came_since_is_not_opened_to_others_again() {
    let sandbox = ember();
    let auth = sandbox.auth_json("ember");
    fs::set_permissions(&auth, Permissions::from_mode(0o644)).unwrap();
    let document = sandbox.json(FIX);
    let new = auth.with_file_name("new");
    fs::write(&new, fs::read(&auth).unwrap()).unwrap();
    fs::set_permissions(&new, Permissions::from_mode(0o600)).unwrap();
    fs::rename(&new, &auth).unwrap();
    let id = document["fixed"]["id"].as_str().unwrap();
    sandbox.run(["restore", id]).expect_code(0);
    assert_eq!(auth.metadata().unwrap().mode() & 0o777, 0o600);
}

#[test]
fn the_mode_of_a_store_from_which_a_profile_was_taken_is_given_back() {
    let sandbox = ember();
    let profiles = json!({ "openai-codex:default": oauth("stale") });
    let path = give_store(&sandbox, "main", &store(&profiles));
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let document = sandbox.json(FIX);
    assert_eq!(document["fixed"]["done"].as_array().unwrap().len(), 2);
    assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
    let id = document["fixed"]["id"].as_str().unwrap();
    sandbox.run(["restore", id]).expect_code(0);
    assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o644);
    assert!(fs::read_to_string(&path).unwrap().contains("stale"));
}

#[test]
fn a_name_of_several_lines_is_one_line_of_the_plan() {
    let sandbox = ember();
    let name = "auth-profiles.json.\n  nothing will be done.bak";
    let text = store(&json!({ "openai-codex:default": oauth("stale") }));
    sandbox.write(format!("home/.openclaw/agents/ember/agent/{name}"), &text);
    let run = sandbox.run(["doctor", "--fix", "--offline"]).expect_code(2);
    assert_eq!(run.stderr.matches("put aside").count(), 1, "{run}");
    assert!(!run.stderr.contains("\n  nothing"), "{run}");
}

#[test]
fn a_mend_that_came_to_nothing_leaves_no_copy() {
    let sandbox = ember();
    let big = json!({ "type": "api_key", "provider": "other", "key": "k".repeat(100_000) });
    let profiles = json!({ "openai-codex:default": oauth("stale"), "other:a": big });
    let path = give_store(&sandbox, "main", &store(&profiles));
    let home = sandbox.home_of("ember");
    fs::set_permissions(&home, Permissions::from_mode(0o755)).unwrap();
    let before = fs::read(&path).unwrap();
    // As on a full disk: what is taken out can be written, the rest of the store cannot.
    let limited = "trap '' XFSZ; ulimit -f 32; exec \"$@\"";
    let args = ["-c", limited, "sh", CODEX_LOGIN];
    let child = sandbox.command_of("/bin/sh".as_ref(), args.iter().chain(&FIX));
    let run = wait({ child }.spawn().unwrap());
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let fixed = &document["fixed"];
    assert_eq!(fixed["failed"][0]["kind"], "take-out", "{run}");
    assert_eq!(fixed["done"][0]["kind"], "tighten", "{run}");
    let dir = fs::read_dir(fixed["dir"].as_str().unwrap()).unwrap();
    let left: Vec<_> = dir.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["manifest.json"]);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert!(!path.with_file_name("auth-profiles.json.lock").exists());
}

#[test]
fn a_link_from_the_secrets_to_elsewhere_is_not_followed() {
    let sandbox = ember();
    let other = sandbox.write("home/project/package.json", "{}");
    fs::set_permissions(&other, Permissions::from_mode(0o644)).unwrap();
    fs::create_dir(sandbox.path("home/.openclaw/credentials")).unwrap();
    symlink(
        sandbox.path("home/project"),
        sandbox.path("home/.openclaw/credentials/auth-profiles"),
    )
    .unwrap();
    let answer: Value = diagnosed(&sandbox);
    assert!(!tells(&answer, "readable-by-others"), "{answer:#}");
    sandbox.json(FIX);
    assert_eq!(other.metadata().unwrap().mode() & 0o777, 0o644);
}

#[test]
fn an_odd_record_hides_no_pin_behind_it() {
    let sandbox = ember();
    let pinned = r#"{"sessionId":"1","authProfileOverride":"openai-codex:gone","authProfileOverrideSource":"user"}"#;
    for odd in [
        "null",
        "\"x\"",
        "[[]]",
        "{\"sessionId\":\"1\",\"sessionId\":\"2\"}",
    ] {
        sandbox.write(
            "home/.openclaw/agents/ember/sessions/sessions.json",
            &format!("{{\"a\":{odd},\"b\":{pinned}}}"),
        );
        let told = of_ember(&diagnosed(&sandbox), "session-pin");
        assert_eq!(told["evidence"]["by_user"], 1, "{odd}");
    }
}
