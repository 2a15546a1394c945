//! A login that a codex home has from before, where OpenClaw by now keeps logins in a store of its own:
//! it is handed over as it is where that can work, and a new one is asked for where it cannot.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::fixture::{CANARY, FAR_AHEAD, api_key, chatgpt};
use crate::import::{
    bench, ember_goes_by, events, login, newer, newer_with, steps, verbs, with_canary,
};
use crate::sandbox::{Run, Sandbox};
use crate::stores::{FAR, give_rows, oauth};

/// Both agents were logged in for an OpenClaw that still read that.
fn upgraded() -> Sandbox {
    let sandbox = newer().log_starts();
    sandbox.log_in("ember");
    sandbox.log_in("flint");
    sandbox
}

/// How often codex was started to log in.
fn logins(sandbox: &Sandbox) -> usize {
    let starts = sandbox.starts();
    let is_login = |args: &&Value| args[0] == "login" && args[1] != "status";
    starts
        .iter()
        .map(|start| &start["args"])
        .filter(is_login)
        .count()
}

/// Asserts that ember's login was handed over and is nowhere else but where it can be had back.
#[track_caller]
fn assert_moved(sandbox: &Sandbox, run: &Run) {
    assert_eq!(
        ember_goes_by(sandbox).1,
        "refresh-fake-canary-of-ember",
        "{run}"
    );
    assert!(!sandbox.auth_json("ember").exists(), "{run}");
    assert!(!bench(sandbox).exists(), "{run}");
    assert!(!run.to_string().contains(CANARY), "{run}");
    sandbox.run(["status", "--agent", "ember"]).expect_code(0);
}

#[test]
fn a_good_login_is_handed_over_without_a_new_one_and_can_be_had_back() {
    let sandbox = upgraded();
    let before = fs::read(sandbox.auth_json("ember")).unwrap();
    let run = sandbox.run(["status", "--agent", "ember"]).expect_code(3);
    assert!(run.stdout.starts_with("ember\tblocked\t"), "{run}");
    let run = login(&sandbox, &[]).expect_code(0);
    assert_moved(&sandbox, &run);
    assert_eq!(logins(&sandbox), 0, "{run}");
    assert_eq!(verbs(&sandbox), ["migrate plan", "migrate apply"]);
    let run = run
        .says("handing the login of its codex-home to OpenClaw")
        .says("of ember@example.test, good until 2100-01-01")
        .says("put aside ")
        .says("hint: openclaw gateway restart");
    assert!(run.stdout.starts_with("ember\tready\t"), "{run}");

    let fixes = sandbox.run(["restore", "--json"]).expect_code(0);
    let fixes: Value = serde_json::from_str(&fixes.stdout).unwrap();
    let id = fixes["fixes"][0]["id"].as_str().unwrap();
    sandbox.run(["restore", id]).expect_code(0);
    assert!(fs::read(sandbox.auth_json("ember")).unwrap() == before);
    // Beside its profile it does no harm.
    sandbox.run(["status", "--agent", "ember"]).expect_code(0);
}

#[test]
fn with_json_it_is_told_that_no_new_login_was_made() {
    let sandbox = upgraded();
    let run = login(&sandbox, &["--json"]).expect_code(0);
    let events = events(&run);
    assert_eq!(events[0]["event"], "finished", "{run}");
    assert_eq!(events[0]["outcome"], "imported", "{run}");
    assert_eq!(events[1]["summary"], json!({ "ready": 1, "total": 1 }));
}

#[test]
fn after_an_upgrade_only_those_agents_log_in_anew_whose_logins_are_not_good() {
    let sandbox = upgraded();
    let old = chatgpt("flint@example.test", 1_000_000_000);
    sandbox.give_auth("flint", old.to_string());
    let run = sandbox.run(["--all-agents"]).expect_code(0);
    assert_moved(&sandbox, &run);
    assert_eq!(logins(&sandbox), 1, "{run}");
    assert!(!sandbox.auth_json("flint").exists(), "{run}");
    run.says("its access token ran out at 2001-09-09T01:46:40Z: a new login is needed");
}

#[test]
fn no_agent_is_left_to_a_login_that_was_handed_over_for_another() {
    // What is imported for main all inherit.
    for (args, count) in [
        (vec!["--all-agents"], 0),
        (vec!["doctor", "--fix", "--yes"], 0),
    ] {
        let sandbox = newer_with(&json!({ "main": {}, "flint": {}, "dune": {} })).log_starts();
        sandbox.log_in("main");
        sandbox.log_in("flint");
        let run = sandbox.run(args).expect_code(0);
        assert_eq!(logins(&sandbox), count, "{run}");
        let document = sandbox
            .run(["status", "--offline", "--json"])
            .expect_code(0);
        let document: Value = serde_json::from_str(&document.stdout).unwrap();
        let profiles = [0, 1, 2].map(|agent: usize| {
            let profile = &document["agents"][agent]["next_turn"]["profile_id"];
            profile.as_str().unwrap().to_owned()
        });
        let own = ["main", "flint", "main"].map(|agent| format!("openai:account-{agent}"));
        assert_eq!(profiles, own, "dune has nothing of its own\n{run}");
    }
}

#[test]
fn what_cannot_be_handed_over_is_replaced_by_a_new_login_and_put_aside() {
    let no_refresh = {
        let mut login = chatgpt("ember@example.test", FAR_AHEAD);
        login["tokens"]["refresh_token"] = json!("");
        login
    };
    let whole = chatgpt("ember@example.test", FAR_AHEAD);
    let in_ten_minutes = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(10);
    let short = chatgpt("ember@example.test", in_ten_minutes.as_second());
    for (auth, args, why) in [
        (short.to_string(), &[][..], "its access token runs out at "),
        (
            api_key().to_string(),
            &[][..],
            "takes in logins with ChatGPT alone",
        ),
        (no_refresh.to_string(), &[], "refresh_token"),
        ("{".to_owned(), &[], "it is damaged: "),
        (
            whole.to_string(),
            &["--expect-email", "other@example.test"],
            "it is of ember@example.test",
        ),
        (whole.to_string(), &["--force"], ""),
    ] {
        let sandbox = newer()
            .log_starts()
            .set("FAKE_CODEX", "email:other@example.test");
        sandbox.give_auth("ember", &auth);
        let run = login(&sandbox, args).expect_code(0);
        assert_eq!(logins(&sandbox), 1, "{run}");
        assert_eq!(ember_goes_by(&sandbox).0, "openai:account-other", "{run}");
        assert!(!sandbox.auth_json("ember").exists(), "{run}");
        run.says(why).says("put aside ");
    }
}

#[test]
fn a_refresh_token_that_somebody_else_has_is_not_handed_over() {
    let of_ember = chatgpt("ember@example.test", FAR_AHEAD).to_string();
    let other_home = |sandbox: &Sandbox| {
        sandbox.give_auth("flint", &of_ember);
    };
    let of_user = |sandbox: &Sandbox| {
        sandbox.write("home/.codex/auth.json", &of_ember);
    };
    let in_store = |sandbox: &Sandbox| {
        let mut profile = oauth("openai", FAR);
        profile["refresh"] = json!("refresh-fake-canary-of-ember");
        give_rows(
            sandbox,
            "flint",
            &json!({ "profiles": { "openai:x": profile } }),
        );
    };
    let shares: [&dyn Fn(&Sandbox); 3] = [&other_home, &of_user, &in_store];
    let whys = [
        "its refresh token is also in ",
        "its refresh token is also in ",
        "as openai:x of flint",
    ];
    for (share, why) in shares.into_iter().zip(whys) {
        let sandbox = newer()
            .log_starts()
            .set("FAKE_CODEX", crate::import::second_login());
        sandbox.give_auth("ember", &of_ember);
        share(&sandbox);
        let run = login(&sandbox, &[]).expect_code(0);
        assert_eq!(logins(&sandbox), 1, "{run}");
        assert_eq!(ember_goes_by(&sandbox).1, "refresh-fake-canary-second");
        run.says(why);
    }
}

#[test]
fn where_codex_does_not_accept_it_or_openclaw_does_not_take_it_all_is_as_before() {
    let in_use = "Logged in using ChatGPT";
    for (codex, openclaw) in [
        ("Not logged in", ""),
        (in_use, "plan=fail"),
        (in_use, "apply=fail"),
    ] {
        let sandbox = upgraded()
            .set("FAKE_CODEX_STATUS", codex)
            .set("FAKE_OPENCLAW", openclaw);
        let before = fs::read(sandbox.auth_json("ember")).unwrap();
        let run = login(&sandbox, &[]).expect_code(1);
        let run = run.says("hint: codex-login --agent ember --force");
        assert!(
            fs::read(sandbox.auth_json("ember")).unwrap() == before,
            "{run}"
        );
        assert!(!bench(&sandbox).exists(), "{run}");
        let homes: Vec<PathBuf> = ["ember", "flint"]
            .map(|agent| sandbox.auth_json(agent))
            .into();
        let mut left = with_canary(&sandbox.path(""));
        left.sort();
        assert_eq!(left, homes, "{run}");
    }
}

#[test]
fn a_link_is_not_followed_to_what_may_be_anothers() {
    let sandbox = upgraded();
    fs::remove_file(sandbox.auth_json("ember")).unwrap();
    std::os::unix::fs::symlink(sandbox.auth_json("flint"), sandbox.auth_json("ember")).unwrap();
    let run = login(&sandbox, &[]).expect_code(0);
    run.says("it is no file of its own: a new login is needed");
    assert_eq!(logins(&sandbox), 1);
    assert!(sandbox.auth_json("flint").exists());
}

#[test]
fn where_the_file_cannot_be_put_aside_the_login_stands_and_that_is_said() {
    let sandbox = upgraded();
    sandbox.write("home/.openclaw.codex-login", "no directory");
    sandbox.write("home/.openclaw/codex-login", "no directory");
    let run = login(&sandbox, &[]).expect_code(0);
    run.says("stays, since it could not be put aside");
    assert!(sandbox.auth_json("ember").exists());
    assert_eq!(steps(&sandbox).len(), 2);
    sandbox.run(["status", "--agent", "ember"]).expect_code(0);
}
