//! `doctor --fix` for an OpenClaw that never reads codex homes: a login that is still good there is
//! handed over, and every file of it put aside.

use std::fs;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::fixture::{CANARY, chatgpt};
use crate::import::{bench, ember_goes_by, newer, refuse, verbs};
use crate::sandbox::{Run, Sandbox, wait};
use crate::signals::{send_to, until};
use crate::stores::{FAR, give_rows, oauth};

/// Ember's login is good, and flint's has run out.
fn upgraded() -> Sandbox {
    let sandbox = newer().log_starts();
    sandbox.log_in("ember");
    let old = chatgpt("flint@example.test", 1_000_000_000);
    sandbox.give_auth("flint", old.to_string());
    sandbox
}

fn fix(sandbox: &Sandbox, further: &[&str]) -> Run {
    let run = sandbox.run([&["doctor", "--fix", "--yes"], further].concat());
    assert!(!run.to_string().contains(CANARY), "{run}");
    run
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

/// What was done, by kind.
fn kinds_of_done(document: &Value) -> Vec<&str> {
    let done = document["fixed"]["done"].as_array().unwrap().iter();
    done.map(|mend| mend["kind"].as_str().unwrap()).collect()
}

#[test]
fn a_good_login_is_handed_over_and_one_that_has_run_out_put_aside() {
    let sandbox = upgraded();
    let run = fix(&sandbox, &["--json"]).expect_code(1);
    let document = json(&run);
    assert_eq!(
        kinds_of_done(&document),
        ["import", "put-aside", "put-aside"],
        "{run}"
    );
    assert_eq!(document["fixed"]["done"][0]["agent"], "ember");
    assert_eq!(document["fixed"]["failed"], serde_json::json!([]));
    let state = |agent: usize| document["agents"][agent]["state"].clone();
    assert_eq!((state(0), state(1)), ("ready".into(), "logged-out".into()));
    assert_eq!(verbs(&sandbox), ["migrate plan", "migrate apply"]);
    assert_eq!(ember_goes_by(&sandbox).1, "refresh-fake-canary-of-ember");
    assert!(!bench(&sandbox).exists());

    let id = document["fixed"]["id"].as_str().unwrap();
    sandbox.run(["restore", id]).expect_code(0);
    for agent in ["ember", "flint"] {
        assert!(sandbox.auth_json(agent).exists(), "{agent}");
    }
    sandbox.run(["status", "--agent", "ember"]).expect_code(0);
    sandbox.run(["status", "--agent", "flint"]).expect_code(3);
}

#[test]
fn nothing_is_handed_over_without_a_yes() {
    let sandbox = upgraded();
    let run = sandbox.run(["doctor", "--fix"]).expect_code(2);
    let plan = format!(
        "hand the login in {} to OpenClaw for ember, and put the file aside",
        sandbox.auth_json("ember").display()
    );
    run.says(&plan).says("--yes");
    assert!(verbs(&sandbox).is_empty());
    assert!(sandbox.auth_json("ember").exists());
}

#[test]
fn what_openclaw_does_not_take_stays_where_it_is() {
    let sandbox = upgraded().set("FAKE_OPENCLAW", "apply=fail");
    let run = fix(&sandbox, &[]).expect_code(1);
    let run = run.says("OpenClaw 2026.9.6 did not take the login");
    run.says("nothing was changed");
    assert!(sandbox.auth_json("ember").exists());
    assert!(!sandbox.auth_json("flint").exists());
    assert!(!bench(&sandbox).exists());
}

#[test]
fn what_hands_nothing_over_for_want_of_a_node_says_what_to_do() {
    let sandbox = upgraded();
    fs::remove_file(sandbox.path("opt/bin/node")).unwrap();
    let run = fix(&sandbox, &[]).expect_code(1);
    run.says("to OpenClaw for ember, and put the file aside: ")
        .says("; then: install such a Node beside the others");
    assert!(sandbox.auth_json("ember").exists());
}

#[test]
fn of_two_agents_with_one_refresh_token_neither_is_handed_over() {
    let sandbox = newer().log_starts();
    sandbox.log_in("ember");
    let login = fs::read_to_string(sandbox.auth_json("ember")).unwrap();
    sandbox.give_auth("flint", login);
    let run = fix(&sandbox, &["--json"]).expect_code(1);
    let document = json(&run);
    assert_eq!(
        kinds_of_done(&document),
        ["put-aside", "put-aside"],
        "{run}"
    );
    assert!(verbs(&sandbox).is_empty());
}

#[test]
fn a_signal_ends_it_and_what_was_not_done_is_as_before() {
    let sandbox = upgraded();
    let told = sandbox.path("hangs");
    let sandbox = sandbox
        .set("FAKE_OPENCLAW", "apply=hang")
        .set("FAKE_OPENCLAW_HANGS", &told);
    let child = sandbox
        .command(["doctor", "--fix", "--yes"])
        .spawn()
        .unwrap();
    until("OpenClaw hangs", || told.exists());
    send_to(&child, Signal::SIGTERM);
    let run = wait(child).expect_signal(Signal::SIGTERM as i32);
    assert!(sandbox.auth_json("ember").exists(), "{run}");
    assert!(sandbox.auth_json("flint").exists(), "{run}");
    assert!(!bench(&sandbox).exists(), "{run}");
}

#[test]
fn a_file_that_nothing_reads_beside_a_profile_is_told_and_put_aside() {
    let sandbox = newer();
    let profile = serde_json::json!({ "openai:x": oauth("openai", FAR) });
    give_rows(
        &sandbox,
        "ember",
        &serde_json::json!({ "profiles": profile }),
    );
    sandbox.log_in("ember");
    let args = ["doctor", "--offline", "--agent", "ember"];
    let run = sandbox.run(args).expect_code(0);
    assert!(run.stdout.contains("\tinfo\tunread-login\t"), "{run}");
    fix(&sandbox, &["--agent", "ember"]).expect_code(0);
    assert!(!sandbox.auth_json("ember").exists());
    let run = sandbox.run(args).expect_code(0);
    assert!(!run.stdout.contains("unread-login"), "{run}");
}

#[test]
fn beside_a_profile_that_serves_no_longer_a_good_login_is_handed_over() {
    for has_run_out in [true, false] {
        let sandbox = newer();
        let mut store = serde_json::json!({
            "version": 1,
            "profiles": { "openai:account-ember": oauth("openai", FAR) },
        });
        if has_run_out {
            store["profiles"]["openai:account-ember"] = oauth("openai", 1);
        }
        give_rows(&sandbox, "ember", &store);
        if !has_run_out {
            refuse(&sandbox);
        }
        sandbox.log_in("ember");
        let args = ["status", "--offline", "--agent", "ember"];
        let run = sandbox.run(args).expect_code(1);
        assert!(run.stdout.contains("ember\texpired\t"), "{run}");
        fix(&sandbox, &["--agent", "ember"]).expect_code(0);
        assert!(!sandbox.auth_json("ember").exists());
        assert_eq!(ember_goes_by(&sandbox).1, "refresh-fake-canary-of-ember");
        assert_eq!(verbs(&sandbox)[..2], ["migrate plan", "migrate apply"]);
    }
}

#[test]
fn a_login_that_openclaw_has_already_is_not_handed_over_once_more() {
    let sandbox = newer();
    let mut profile = oauth("openai", 1);
    profile["refresh"] = "refresh-fake-canary-of-ember".into();
    let store = serde_json::json!({ "profiles": { "openai:account-ember": profile } });
    give_rows(&sandbox, "ember", &store);
    sandbox.log_in("ember");
    let run = fix(&sandbox, &["--agent", "ember"]).expect_code(1);
    let auth = sandbox.auth_json("ember");
    let run = run.says(&format!("done: put aside {}", auth.display()));
    assert!(!run.stderr.contains("could not"), "{run}");
    assert!(!auth.exists());
    assert!(verbs(&sandbox).is_empty());
}
