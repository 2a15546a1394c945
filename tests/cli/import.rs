//! `login` for an OpenClaw that keeps logins in a store of its own: staged, handed over by its own
//! command, and proved by what is in the store.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::fixture::{CANARY, FAR_AHEAD, chatgpt};
use crate::sandbox::{Run, Sandbox};
use crate::stores::{FAR, give_rows, oauth};

/// Two agents of an OpenClaw 2026.9.6 that is installed, with a Node.
pub fn newer() -> Sandbox {
    newer_with(&json!({ "ember": {}, "flint": {} }))
}

pub fn newer_with(agents: &Value) -> Sandbox {
    let sandbox = Sandbox::bare();
    let config = json!({ "agents": { "entries": agents, "ownership": "explicit" } });
    sandbox.configure(&config.to_string());
    sandbox.install_fake_codex("0.154.0");
    sandbox.install_openclaw("opt", "2026.9.6", ">=24.16.0 <25 || >=26.1.0");
    sandbox.install_node("opt/bin/node");
    let log = sandbox.path("openclaw.log");
    sandbox.set("FAKE_OPENCLAW_LOG", log)
}

/// A login of ember's, other tokens than the first.
pub fn second_login() -> String {
    let mut login = chatgpt("ember@example.test", FAR_AHEAD);
    login["tokens"]["refresh_token"] = json!(format!("refresh-{CANARY}-second"));
    format!("write:{login}")
}

/// What OpenClaw was started with, a value each.
pub fn steps(sandbox: &Sandbox) -> Vec<Value> {
    let text = fs::read_to_string(sandbox.path("openclaw.log")).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub fn verbs(sandbox: &Sandbox) -> Vec<String> {
    let steps = steps(sandbox).into_iter();
    let words = |step: Value| {
        [&step["args"][0], &step["args"][1]]
            .map(|word| word.as_str().unwrap().to_owned())
            .join(" ")
    };
    steps.map(words).collect()
}

pub fn bench(sandbox: &Sandbox) -> PathBuf {
    sandbox.path("home/.openclaw.codex-login-import")
}

/// The profile that ember goes by, and its refresh token.
pub fn ember_goes_by(sandbox: &Sandbox) -> (String, String) {
    let run = sandbox.run(["status", "--offline", "--json", "--agent", "ember"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let id = &document["agents"][0]["next_turn"]["profile_id"];
    let id = id.as_str().unwrap_or_else(|| panic!("{run}")).to_owned();
    let token = profiles(sandbox)[&id]["refresh"]
        .as_str()
        .unwrap()
        .to_owned();
    (id, token)
}

fn profiles(sandbox: &Sandbox) -> Value {
    let path = sandbox
        .state_dir()
        .join("agents/ember/agent/openclaw-agent.sqlite");
    let database = rusqlite::Connection::open(path).unwrap();
    let query = "SELECT store_json FROM auth_profile_store";
    let text: String = database.query_row(query, [], |row| row.get(0)).unwrap();
    let store: Value = serde_json::from_str(&text).unwrap();
    store["profiles"].clone()
}

/// Asserts that no token is in any file but OpenClaw's databases, nor in what was said.
#[track_caller]
pub fn assert_clean(sandbox: &Sandbox, run: &Run) {
    assert!(!run.to_string().contains("canary"), "a secret is in\n{run}");
    assert!(!bench(sandbox).exists(), "something is left of\n{run}");
    assert_eq!(
        with_canary(&sandbox.path("")),
        [] as [PathBuf; 0],
        "after\n{run}"
    );
}

/// Files with a token in them, OpenClaw's databases aside.
pub fn with_canary(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let kind = path.symlink_metadata().unwrap();
        if kind.is_dir() {
            found.extend(with_canary(&path));
        } else if kind.is_file() && !is_program_or_store(&path, kind.permissions().mode()) {
            let text = fs::read(&path).unwrap();
            let has = text
                .windows(CANARY.len())
                .any(|bytes| bytes == CANARY.as_bytes());
            found.extend(has.then_some(path));
        }
    }
    found
}

/// The fakes have the canary in them.
fn is_program_or_store(path: &Path, mode: u32) -> bool {
    path.to_string_lossy().contains(".sqlite") || mode & 0o111 != 0
}

/// The lines of `--json`.
pub fn events(run: &Run) -> Vec<Value> {
    let lines = run.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {run}")))
        .collect()
}

pub fn login(sandbox: &Sandbox, further: &[&str]) -> Run {
    sandbox.run([&["--agent", "ember"], further].concat())
}

#[test]
fn a_login_is_handed_to_openclaws_own_store_and_proved() {
    let sandbox = newer();
    let run = login(&sandbox, &[]).expect_code(0);
    assert_clean(&sandbox, &run);
    let told = "ember\tready\tember@example.test\t-\t2100-01-01T00:00:00Z\n";
    assert!(run.stdout.ends_with(told), "{run}");
    let run = run.says("hint: openclaw gateway restart");
    assert!(run.stdout.contains("P4DP-8OSZ4"), "{run}");
    assert_eq!(
        verbs(&sandbox),
        ["migrate plan", "migrate plan", "migrate apply"]
    );
    let (id, token) = ember_goes_by(&sandbox);
    assert_eq!(id, "openai:account-ember");
    assert_eq!(token, "refresh-fake-canary-of-ember");
    assert!(!sandbox.home_of("ember").exists());
    sandbox.run(["status", "--agent", "ember"]).expect_code(0);

    // And is not asked for again.
    let run = login(&sandbox, &[]).expect_code(0);
    run.says("OpenClaw uses openai:account-ember until");
    assert_eq!(verbs(&sandbox).len(), 3);
}

#[test]
fn openclaw_is_started_in_a_private_place_for_the_state_that_was_selected() {
    let sandbox = newer()
        .set("OPENCLAW_AUTH_STORE_READONLY", "1")
        .set("OPENCLAW_PROFILE", "other");
    login(&sandbox, &[]).expect_code(0);
    for step in steps(&sandbox) {
        let cwd = step["cwd"].as_str().unwrap();
        assert!(Path::new(cwd).starts_with(bench(&sandbox)), "{cwd}");
        let env = &step["env"];
        assert_eq!(
            env["OPENCLAW_STATE_DIR"],
            sandbox.state_dir().to_str().unwrap()
        );
        assert_eq!(env["OPENCLAW_AUTH_STORE_READONLY"], Value::Null);
        assert_eq!(env["OPENCLAW_PROFILE"], Value::Null);
        let scratch = Path::new(env["TMPDIR"].as_str().unwrap());
        assert!(scratch.starts_with(bench(&sandbox)), "{scratch:?}");
        // Nobody outside is asked.
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            assert_eq!(env[name], "http://127.0.0.1:9", "{name}");
        }
        let from = step["args"][4].as_str().unwrap();
        assert!(!Path::new(from).starts_with(sandbox.state_dir()), "{from}");
        assert!(!step["args"].to_string().contains(CANARY));
    }
}

#[test]
fn with_json_each_step_is_a_line() {
    let sandbox = newer();
    let run = login(&sandbox, &["--json"]).expect_code(0);
    let events = events(&run);
    let names: Vec<_> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["started", "device-code", "progress", "finished", "summary"]
    );
    assert_eq!(events[3]["outcome"], "installed");
    assert_eq!(
        events[3]["agent"]["next_turn"]["profile_id"],
        "openai:account-ember"
    );
    assert_eq!(events[4]["summary"], json!({ "ready": 1, "total": 1 }));
    assert_clean(&sandbox, &run);
}

#[test]
fn a_second_login_of_an_account_replaces_its_profile() {
    let sandbox = newer();
    login(&sandbox, &[]).expect_code(0);
    let sandbox = sandbox.set("FAKE_CODEX", second_login());
    let run = login(&sandbox, &["--force"]).expect_code(0);
    assert_clean(&sandbox, &run);
    let (id, token) = ember_goes_by(&sandbox);
    assert_eq!(
        (id.as_str(), token.as_str()),
        ("openai:account-ember", "refresh-fake-canary-second")
    );
    assert_eq!(profiles(&sandbox).as_object().unwrap().len(), 1);
}

#[test]
fn another_account_becomes_the_agents_choice() {
    let sandbox = newer();
    login(&sandbox, &[]).expect_code(0);
    let sandbox = sandbox.set("FAKE_CODEX", "email:dune@example.test");
    let run = login(
        &sandbox,
        &["--force", "--expect-email", "dune@example.test"],
    )
    .expect_code(0);
    assert_clean(&sandbox, &run);
    assert_eq!(ember_goes_by(&sandbox).0, "openai:account-dune");
    assert_eq!(profiles(&sandbox).as_object().unwrap().len(), 2);
    assert_eq!(verbs(&sandbox).last().unwrap(), "models auth");
}

#[test]
fn what_openclaw_would_have_tried_before_it_tries_after_the_new_choice() {
    let sandbox = newer();
    let two = json!({
        "profiles": { "openai:a": oauth("openai", FAR), "openai:b": oauth("openai", FAR) },
        "order": { "openai": ["openai:b", "openai:a"] },
    });
    give_rows(&sandbox, "ember", &two);
    let run = login(&sandbox, &["--force"]).expect_code(0);
    assert_clean(&sandbox, &run);
    let steps = steps(&sandbox);
    let args = steps.last().unwrap()["args"].as_array().unwrap();
    let order = ["openai:account-ember", "openai:b", "openai:a"];
    assert_eq!(args[args.len() - 3..], order.map(Value::from));
    assert_eq!(ember_goes_by(&sandbox).0, "openai:account-ember");
}

#[test]
fn where_the_choice_cannot_be_made_it_is_said_what_stands_where() {
    for (wish, why) in [
        ("order=fail", "ended with exit status 1"),
        ("order=lie", "would go by another all the same"),
    ] {
        let sandbox = newer();
        login(&sandbox, &[]).expect_code(0);
        let sandbox = sandbox
            .set("FAKE_CODEX", "email:aaa@example.test")
            .set("FAKE_OPENCLAW", wish);
        // By kind and use the first in the store goes first.
        let run = login(&sandbox, &["--force"]).expect_code(1);
        let run = run.says("the login is in OpenClaw's store as openai:account-aaa, and the agent still goes by openai:account-ember: ");
        let run = run.says(why).says("it holds logins");
        let run =
            run.says("models auth order set --agent ember --provider openai openai:account-aaa");
        assert!(!run.to_string().contains("canary"), "{run}");
        assert_eq!(ember_goes_by(&sandbox).0, "openai:account-ember");
        let kept = bench(&sandbox).join("ember/openclaw-backup/1-openclaw-backup.tar.gz");
        assert_eq!(with_canary(&sandbox.path("")), [kept.as_path()]);
        assert_eq!(kept.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            bench(&sandbox).metadata().unwrap().permissions().mode() & 0o777,
            0o700
        );

        // One that fails does not cost it; the next one that goes well clears it.
        let sandbox = sandbox
            .set("FAKE_OPENCLAW", "apply=fail")
            .set("FAKE_CODEX", "email:bbb@example.test");
        login(&sandbox, &["--force"]).expect_code(1);
        assert_eq!(with_canary(&sandbox.path("")), [kept.as_path()]);
        let sandbox = sandbox.set("FAKE_OPENCLAW", "");
        let run = login(&sandbox, &["--force"]).expect_code(0);
        assert_clean(&sandbox, &run);
    }
}

#[test]
fn what_openclaw_does_not_take_changes_nothing() {
    for (wish, why) in [
        (
            "apply=fail",
            "OpenClaw 2026.9.6 did not take the login: it broke: refresh_token [hidden] is no good; nothing was changed",
        ),
        (
            "apply=lie",
            "OpenClaw says that it took the login, and its store has it not; nothing was changed",
        ),
        (
            "apply=babble",
            "it gave no answer that is understood; nothing was changed",
        ),
        (
            "apply=die",
            "it gave no answer that is understood; nothing was changed",
        ),
    ] {
        let sandbox = newer();
        login(&sandbox, &[]).expect_code(0);
        let before = ember_goes_by(&sandbox);
        let sandbox = sandbox
            .set("FAKE_CODEX", second_login())
            .set("FAKE_OPENCLAW", wish);
        let run = login(&sandbox, &["--force"])
            .expect_code(1)
            .says(why)
            .says("\nhint: ");
        assert_clean(&sandbox, &run);
        assert_eq!(ember_goes_by(&sandbox), before, "{run}");
    }
}

#[test]
fn where_what_the_agent_had_is_lost_that_is_said_and_the_backup_kept() {
    for (wish, why) in [
        (
            "apply=empty",
            "; what OpenClaw has for the agent is not what it was before; ",
        ),
        (
            "apply=spoil",
            "; what OpenClaw has for the agent now cannot be told, ",
        ),
    ] {
        let sandbox = newer();
        login(&sandbox, &[]).expect_code(0);
        let kept = bench(&sandbox).join("ember/openclaw-backup");
        let sandbox = sandbox
            .set("FAKE_CODEX", second_login())
            .set("FAKE_OPENCLAW", wish);
        let run = login(&sandbox, &["--force"]).expect_code(1);
        assert!(!run.to_string().contains("nothing was changed"), "{run}");
        let run = run.says(why).says(&kept.display().to_string());
        run.says("hint: codex-login doctor --agent ember");
        assert!(kept.exists(), "{wish}");
    }
}

#[test]
fn what_stands_counts_and_not_how_the_command_ended() {
    let sandbox = newer().set("FAKE_OPENCLAW", "apply=write-and-fail");
    let run = login(&sandbox, &[]).expect_code(0);
    assert_clean(&sandbox, &run);
    assert_eq!(ember_goes_by(&sandbox).0, "openai:account-ember");
}

#[test]
fn nobody_is_sent_to_a_browser_for_what_cannot_work() {
    let sandbox = newer().set("FAKE_OPENCLAW", "plan=fail").log_starts();
    let run = login(&sandbox, &[]).expect_code(1);
    let run = run.says("OpenClaw 2026.9.6 would not take a login: it broke: ");
    assert_clean(&sandbox, &run);
    assert!(sandbox.starts().is_empty(), "{run}");

    let sandbox = sandbox.set("FAKE_OPENCLAW", "plan=blind");
    let before = verbs(&sandbox).len();
    let run = login(&sandbox, &[]).expect_code(1);
    let run = run.says("hint: openclaw doctor --fix    # then try again");
    assert_clean(&sandbox, &run);
    assert_eq!(verbs(&sandbox).len(), before + 2, "asked once more");

    let sandbox = sandbox.set("FAKE_OPENCLAW", "plan=no-plugin");
    let run = login(&sandbox, &[]).expect_code(1);
    let run = run
        .says("has no codex plugin that it can load")
        .says("hint: openclaw plugins install @openclaw/codex");
    assert_clean(&sandbox, &run);

    let sandbox = sandbox.set("FAKE_OPENCLAW", "");
    sandbox.write("home/.openclaw/agents/ember/agent/auth-profiles.json", "{}");
    let run = login(&sandbox, &[]).expect_code(1);
    let run = run
        .says("auth-profiles.json")
        .says("hint: openclaw doctor --fix");
    assert_clean(&sandbox, &run);
    assert!(sandbox.starts().is_empty(), "{run}");
}

#[test]
fn a_login_of_somebody_else_is_not_handed_over() {
    let sandbox = newer().set("FAKE_CODEX", "email:dune@example.test");
    let run = login(&sandbox, &["--expect-email", "ember@example.test"]).expect_code(1);
    let run = run.says("it is of dune@example.test, not of ember@example.test");
    assert_clean(&sandbox, &run);
    assert_eq!(verbs(&sandbox), ["migrate plan"]);
}

#[test]
fn whose_profile_is_the_one_expected_is_not_asked_again() {
    let sandbox = newer().log_starts();
    login(&sandbox, &["--expect-email", "ember@example.test"]).expect_code(0);
    let starts = sandbox.starts().len();
    for expected in [
        &["--expect-email", "Ember@Example.test"][..],
        &["--expect-account", "acct-of-fixture"],
        &[
            "--expect-email",
            "ember@example.test",
            "--expect-account",
            "acct-of-fixture",
        ],
    ] {
        let run = login(&sandbox, expected).expect_code(0);
        run.says("OpenClaw uses openai:account-ember until");
        assert_eq!(sandbox.starts().len(), starts, "{expected:?}");
    }
    assert_eq!(verbs(&sandbox).len(), 3);
    // In a run for several the one that has it is left alone as well.
    let sandbox = sandbox.set("FAKE_CODEX", second_login());
    let all = ["--all-agents", "--expect-email", "ember@example.test"];
    sandbox.run(all).expect_code(0);
    assert_eq!(verbs(&sandbox).len(), 6);
}

#[test]
fn somebody_elses_profile_and_one_of_nobody_known_are_not_the_one_expected() {
    let profile = oauth("openai", FAR);
    let mut with_account = profile.clone();
    with_account["accountId"] = json!("acct-of-fixture");
    let mut of_dune = with_account.clone();
    of_dune["email"] = json!("dune@example.test");
    for profile in [profile, with_account, of_dune] {
        let sandbox = newer();
        let store = json!({ "profiles": { "openai:x": profile } });
        give_rows(&sandbox, "ember", &store);
        login(&sandbox, &[]).expect_code(0);
        assert!(verbs(&sandbox).is_empty());
        let run = login(&sandbox, &["--expect-email", "ember@example.test"]).expect_code(0);
        assert_clean(&sandbox, &run);
        assert_eq!(ember_goes_by(&sandbox).0, "openai:account-ember");
    }
}

#[test]
fn options_that_the_import_cannot_serve_are_refused() {
    for option in ["--with-api-key", "--with-access-token", "--in-place"] {
        let run = login(&newer(), &[option]).expect_code(2);
        run.says(&format!("{option} does not go with this OpenClaw"));
    }
}

#[test]
fn what_a_killed_run_has_left_the_next_one_clears() {
    let sandbox = newer();
    for agent in ["ember", "flint"] {
        let stage = bench(&sandbox)
            .join(agent)
            .join(".codex-login.stage-a1b2c3");
        fs::create_dir_all(&stage).unwrap();
        fs::write(stage.join("auth.json"), CANARY).unwrap();
    }
    let run = login(&sandbox, &[]).expect_code(0);
    assert_clean(&sandbox, &run);
}

#[test]
fn several_agents_are_logged_in_one_after_another() {
    let sandbox = newer();
    give_rows(
        &sandbox,
        "flint",
        &json!({ "profiles": { "openai:x": oauth("openai", FAR) } }),
    );
    let run = sandbox.run(["--all-agents"]).expect_code(0);
    assert!(run.stdout.contains("ember\tready\t"), "{run}");
    assert!(run.stdout.contains("flint\tready\t"), "{run}");
    assert_eq!(verbs(&sandbox).len(), 3);
}

/// OpenClaw notes of ember's profile that it was refused.
pub fn refuse(sandbox: &Sandbox) {
    let refused = json!({
        "lastUsed": 1_795_000_000_000_u64, "disabledUntil": FAR, "disabledReason": "auth_permanent",
        "failureCounts": { "auth_permanent": 1 },
    });
    let state = json!({ "version": 1, "usageStats": { "openai:account-ember": refused } });
    let path = sandbox
        .state_dir()
        .join("agents/ember/agent/openclaw-agent.sqlite");
    let database = rusqlite::Connection::open(path).unwrap();
    let put = "INSERT OR REPLACE INTO auth_profile_state VALUES ('primary', ?1, 0)";
    database.execute(put, [state.to_string()]).unwrap();
}

#[test]
fn what_is_held_against_the_old_login_is_not_held_against_the_new_one() {
    for (codex, goes_by) in [
        (second_login(), "openai:account-ember"),
        ("email:dune@example.test".to_owned(), "openai:account-dune"),
    ] {
        let sandbox = newer();
        login(&sandbox, &[]).expect_code(0);
        refuse(&sandbox);
        sandbox.run(["status", "--agent", "ember"]).expect_code(1);
        let sandbox = sandbox.set("FAKE_CODEX", codex);
        let run = login(&sandbox, &[]).expect_code(0);
        assert_clean(&sandbox, &run);
        assert_eq!(ember_goes_by(&sandbox).0, goes_by);
        sandbox.run(["status", "--agent", "ember"]).expect_code(0);
    }
}

#[test]
fn where_openclaw_does_not_forget_a_refusal_the_agent_is_not_called_ready() {
    let sandbox = newer();
    login(&sandbox, &[]).expect_code(0);
    refuse(&sandbox);
    let sandbox = sandbox
        .set("FAKE_CODEX", second_login())
        .set("FAKE_OPENCLAW", "logout=fail");
    let run = login(&sandbox, &[]).expect_code(1);
    assert_clean(&sandbox, &run);
    let run = run.says(
        "openai:account-ember was refused before, and OpenClaw could not be brought to forget that",
    );
    assert!(run.stdout.contains("ember\texpired\t"), "{run}");
    assert_eq!(ember_goes_by(&sandbox).1, "refresh-fake-canary-second");
}

#[test]
fn what_the_import_changes_for_other_agents_is_told() {
    let sandbox = newer_with(&json!({ "main": {}, "flint": {} }));
    let own = json!({ "profiles": { "openai:x": oauth("openai", FAR) } });
    give_rows(&sandbox, "flint", &own);
    let run = sandbox.run(["--agent", "main"]).expect_code(0);
    assert_clean(&sandbox, &run);
    run.says("OpenClaw's import has written ")
        .says("flint goes on by openai:x: ");
    let run = sandbox.run(["status", "--offline", "--agent", "flint", "--json"]);
    assert!(run.stdout.contains("\"openai:x\""), "{run}");
}

/// Flint goes by a profile of its own, until OpenClaw's configuration names ember's account: then by
/// what flint has had of that, which has run out.
fn newer_with_flint_at_risk() -> Sandbox {
    let sandbox = newer();
    let mut old = oauth("openai", 1_000_000_000_000);
    old["accountId"] = json!("ember");
    let both = json!({ "openai:account-ember": old, "openai:x": oauth("openai", FAR) });
    give_rows(&sandbox, "flint", &json!({ "profiles": both }));
    sandbox.run(["status", "--agent", "flint"]).expect_code(0);
    sandbox
}

#[test]
fn what_an_import_takes_from_another_agent_it_is_given_back() {
    let sandbox = newer_with_flint_at_risk();
    let run = login(&sandbox, &[]).expect_code(0);
    assert_clean(&sandbox, &run);
    run.says("flint goes on by openai:x: it was given an order of its own");
    let steps = steps(&sandbox);
    let args = steps.last().unwrap()["args"].to_string();
    assert!(
        args.ends_with(r#""flint","--provider","openai","openai:x","openai:account-ember"]"#),
        "{args}"
    );
    sandbox.run(["status"]).expect_code(0);
}

#[test]
fn an_agent_that_an_import_leaves_without_a_login_counts() {
    let undo = "openclaw models auth order set --agent flint --provider openai openai:x openai:account-ember";
    let sandbox = newer_with_flint_at_risk().set("FAKE_OPENCLAW", "order=fail");
    let run = login(&sandbox, &[]).expect_code(1);
    assert_clean(&sandbox, &run);
    assert!(run.stdout.contains("ember\tready\t"), "{run}");
    run.says("error: flint: flint goes by openai:account-ember now, and by openai:x before: ")
        .says(&format!("hint: {undo}"));

    let sandbox = newer_with_flint_at_risk().set("FAKE_OPENCLAW", "order=fail");
    let run = login(&sandbox, &["--json"]).expect_code(1);
    let events = events(&run);
    let changed = events.iter().find(|event| event["event"] == "changed");
    let changed = changed.unwrap_or_else(|| panic!("{run}"));
    assert_eq!(changed["agent"]["id"], "flint");
    assert_eq!(changed["error"]["code"], "changed-by-import");
    assert_eq!(changed["error"]["hint"], undo);
    let last = events.last().unwrap();
    assert_eq!(last["summary"], json!({ "ready": 1, "total": 1 }));
}
