//! What `status` and `doctor` tell to type where OpenClaw keeps logins itself: what is told must work.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::doctor_profiles::{diagnosed, of_ember};
use crate::fixture::chatgpt;
use crate::import::{ember_goes_by, newer};
use crate::sandbox::{Run, Sandbox};
use crate::stores::{FAR, PAST, ahead, finding, first, give_database, give_rows, oauth};

/// The remedy of this finding about the agent.
#[track_caller]
fn fix(agent: &Value, code: &str) -> String {
    let fix = finding(agent, code)["fix"].as_str();
    fix.unwrap_or_else(|| panic!("no remedy in {agent:#}"))
        .to_owned()
}

/// Does what a remedy of ours says.
#[track_caller]
fn typed(sandbox: &Sandbox, command: &str) -> Run {
    let words: Vec<_> = command.split(' ').collect();
    assert_eq!(words[0], "codex-login", "{command}");
    sandbox.run(&words[1..])
}

fn profile(expires: u64) -> Value {
    let mut profile = oauth("openai", expires);
    profile["accountId"] = json!("ember");
    json!({ "profiles": { "openai:account-ember": profile } })
}

#[test]
fn a_login_that_openclaw_keeps_is_ours_to_make_and_ends_what_was_found() {
    for (store, code) in [(None, "logged-out"), (Some(profile(PAST)), "expired")] {
        let sandbox = newer();
        if let Some(store) = store {
            give_rows(&sandbox, "ember", &store);
        }
        let command = fix(&first(&sandbox), code);
        assert_eq!(command, "codex-login --agent ember", "{code}");
        let run = typed(&sandbox, &command);
        assert_eq!(run.status.code(), Some(0), "{code}:\n{run}");
        let ember = first(&sandbox);
        assert_eq!(ember["state"], "ready", "{ember:#}");
        assert_eq!(ember["findings"], json!([]), "{ember:#}");
        assert_eq!(ember_goes_by(&sandbox).1, "refresh-fake-canary-of-ember");
    }
}

#[test]
fn a_profile_that_still_works_is_replaced_by_force_alone() {
    let sandbox = newer();
    give_rows(&sandbox, "ember", &profile(ahead(300)));
    let expiring = of_ember(&diagnosed(&sandbox), "profile-expiring");
    let command = expiring["fix"].as_str().unwrap();
    assert_eq!(command, "codex-login --agent ember --force");
    typed(&sandbox, command).expect_code(0);
    assert_eq!(ember_goes_by(&sandbox).1, "refresh-fake-canary-of-ember");

    // One token in the stores of two.
    give_rows(&sandbox, "ember", &profile(FAR));
    give_rows(&sandbox, "flint", &profile(FAR));
    let shared = of_ember(&diagnosed(&sandbox), "shared-refresh-token");
    let command = shared["fix"].as_str().unwrap();
    assert_eq!(command, "codex-login --agent ember --force");
    typed(&sandbox, command).expect_code(0);
    let answer = diagnosed(&sandbox);
    assert!(
        !answer.to_string().contains("shared-refresh-token"),
        "{answer:#}"
    );
}

#[test]
fn what_all_inherit_is_replaced_by_a_login_of_the_agents_own() {
    let sandbox = newer();
    let value = |value: Value| value.to_string();
    let rows = [
        ("auth.sharedStore", json!({ "location": "state-db" })),
        ("authProfiles.store", profile(PAST)),
    ];
    let rows = rows.map(
        |(key, row)| json!({ "state_key": key, "value_json": value(row), "updated_at_ms": 0 }),
    );
    let tables = json!({ "config_machine_state": rows });
    let shared = give_database(&sandbox, "state/openclaw.sqlite", &tables);
    let ember = first(&sandbox);
    assert_eq!(ember["next_turn"]["owner"], "main");
    assert_eq!(ember["next_turn"]["source"], json!(shared));
    // No agent is called main.
    assert_eq!(fix(&ember, "expired"), "codex-login --agent ember");
    typed(&sandbox, "codex-login --agent ember").expect_code(0);
    let ember = first(&sandbox);
    assert_eq!(ember["state"], "ready", "{ember:#}");
    assert_eq!(ember["next_turn"]["owner"], "ember");
}

#[test]
fn a_remedy_has_the_options_that_were_typed() {
    let sandbox = newer();
    sandbox.log_in("ember");
    let elsewhere = sandbox.path("elsewhere");
    fs::rename(sandbox.state_dir(), &elsewhere).unwrap();
    let place = elsewhere.to_str().unwrap();
    let status = ["status", "--offline", "--json", "--state-dir", place];
    let document = sandbox.json(status);
    let [ember, flint] = [0, 1].map(|agent| &document["agents"][agent]);
    assert_eq!(
        fix(ember, "route-unsupported"),
        format!("codex-login --state-dir {place} --agent ember")
    );
    let message = finding(ember, "route-unsupported")["message"].to_string();
    let doctor = format!("`codex-login doctor --fix --state-dir {place}`");
    assert!(message.contains(&doctor), "{message}");
    assert_eq!(
        fix(flint, "logged-out"),
        format!("codex-login --state-dir {place} --agent flint")
    );
}

#[test]
fn a_file_that_blocks_an_agent_has_two_ways_out() {
    for by_login in [true, false] {
        let sandbox = newer();
        sandbox.log_in("ember");
        let run = sandbox
            .run(["status", "--offline", "--agent", "ember"])
            .expect_code(3);
        let run = run
            .says("OpenClaw does not start it because of a login in codex-home that it never reads, and that is still good: ")
            .says("codex-login hands it over, no browser is needed, and so does `codex-login doctor --fix`\n")
            .says("hint: codex-login --agent ember\n");
        assert!(run.stdout.starts_with("ember\tblocked\t"), "{run}");
        let blocked = first(&sandbox);
        let blocked = finding(&blocked, "route-unsupported");
        assert_eq!(
            blocked["evidence"]["path"],
            json!(sandbox.auth_json("ember"))
        );
        let end = blocked["evidence"]["access_expires_at"].as_str();
        assert_eq!(end, Some("2100-01-01T00:00:00Z"));
        assert_eq!(blocked["fixable"], true);
        if by_login {
            typed(&sandbox, blocked["fix"].as_str().unwrap()).expect_code(0);
            assert_eq!(first(&sandbox)["state"], "ready");
        } else {
            sandbox.run(["doctor", "--fix", "--yes", "--agent", "ember"]);
            assert!(!sandbox.auth_json("ember").exists());
            assert_ne!(first(&sandbox)["state"], "blocked");
        }
    }
}

#[test]
fn what_blocks_many_is_told_once() {
    let sandbox = newer();
    sandbox.log_in("ember");
    sandbox.log_in("flint");
    let run = sandbox.run(["status", "--offline"]).expect_code(3);
    assert_eq!(run.stderr.matches("does not start it").count(), 1, "{run}");
    run.says("ember, flint: OpenClaw does not start it because of a login")
        .says("hint: codex-login --agent ember --agent flint\n");
}

/// What is said of ember's file that blocks it, and what the doctor would do about it.
#[track_caller]
fn why_blocked(sandbox: &Sandbox) -> (String, String) {
    let status = finding(&first(sandbox), "route-unsupported")["message"].clone();
    let plan = sandbox.run(["doctor", "--fix"]).expect_code(2).stderr;
    let doctor = of_ember(&diagnosed(sandbox), "route-unsupported")["message"].clone();
    assert_eq!(status, doctor);
    (status.as_str().unwrap().to_owned(), plan)
}

#[test]
fn what_blocks_tells_who_needs_a_browser_and_why() {
    let of_key = json!({ "OPENAI_API_KEY": "sk-fake-key" });
    for (file, why) in [
        (
            chatgpt("ember@example.test", 1_000_000_000),
            "(its access token has run out, or is about to)",
        ),
        (of_key, "(it is no login with ChatGPT)"),
        (json!(["damaged"]), "(auth.json is damaged)"),
    ] {
        let sandbox = newer();
        sandbox.give_auth("ember", file.to_string());
        let (message, plan) = why_blocked(&sandbox);
        let cannot = format!("and that cannot be handed over {why}: codex-login makes a new one; ");
        assert!(message.contains(&cannot), "{message}");
        assert!(
            message.ends_with("`codex-login doctor --fix` only puts the file aside"),
            "{message}"
        );
        assert!(
            plan.contains("put aside ") && !plan.contains("hand the login"),
            "{plan}"
        );
    }
}

#[test]
fn what_two_share_blocks_both_and_neither_is_handed_over() {
    let sandbox = newer();
    sandbox.log_in("ember");
    let login = fs::read_to_string(sandbox.auth_json("ember")).unwrap();
    sandbox.give_auth("flint", login);
    let (message, plan) = why_blocked(&sandbox);
    let why = "cannot be handed over (another place has its refresh token, too)";
    assert!(message.contains(why), "{message}");
    assert!(!plan.contains("hand the login"), "{plan}");
    let run = sandbox.run(["status", "--offline"]).expect_code(3);
    run.says("ember, flint: OpenClaw does not start it because of a login");
}

#[test]
fn what_blocks_is_handed_over_though_a_backup_has_it_too() {
    let sandbox = newer();
    sandbox.log_in("ember");
    let backup = sandbox.auth_json("ember").with_extension("json.bak");
    fs::copy(sandbox.auth_json("ember"), &backup).unwrap();
    let (message, plan) = why_blocked(&sandbox);
    assert!(message.contains("that is still good"), "{message}");
    assert!(plan.contains("hand the login"), "{plan}");
    assert!(
        plan.contains(&format!("put aside {}", backup.display())),
        "{plan}"
    );
}

/// OpenClaw's own command; `--agent` behind `login` is unknown to betas before 2026.8.1-beta.3.
const OPENCLAWS: &str =
    "openclaw models auth --agent ember login --provider openai --method device-code";

#[test]
fn a_beta_that_takes_no_logins_is_logged_in_by_its_own_command() {
    for (version, state, code) in [
        ("2026.7.2-beta.1", "inert", "route-unsupported"),
        ("2026.7.2-beta.7", "inert", "route-unsupported"),
        ("2026.8.1-beta.1", "blocked", "route-unsupported"),
        ("2026.8.1-beta.3", "blocked", "route-unsupported"),
    ] {
        let sandbox = Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", version);
        assert_eq!(fix(&first(&sandbox), "logged-out"), OPENCLAWS, "{version}");
        sandbox.log_in("ember");
        let ember = first(&sandbox);
        assert_eq!(ember["state"], state, "{version}");
        assert_eq!(fix(&ember, code), OPENCLAWS, "{version}");
        let message = finding(&ember, code)["message"].to_string();
        assert!(!message.contains("hands it over"), "{message}");
        give_rows(&sandbox, "ember", &profile(PAST));
        assert_eq!(fix(&first(&sandbox), "expired"), OPENCLAWS, "{version}");
        sandbox.run(["login"]).expect_code(3).says(OPENCLAWS);
    }
}

#[test]
fn a_zone_in_a_virtual_machine_is_logged_in_from_within() {
    let sandbox = Sandbox::with_agents(&["here"]).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6");
    let gateway = json!({
        "type": "openclaw", "stateDir": "../state", "config": "openclaw.json",
    });
    let system = json!({ "zones": [{ "id": "sunfam", "gateway": gateway }] });
    let system = sandbox.write("cwd/config/system.json", &system.to_string());
    fs::set_permissions(system, Permissions::from_mode(0o644)).unwrap();
    sandbox.write(
        "cwd/config/openclaw.json",
        "{ agents: { entries: { ember: {} } } }",
    );
    sandbox.write("cwd/state/agents/ember/agent/codex-home/auth.json", "{}");
    let document = sandbox.json(["status", "--zone", "sunfam", "--offline", "--json"]);
    let ember = &document["agents"][0];
    assert_eq!(ember["state"], "blocked", "{document:#}");
    assert_eq!(
        fix(ember, "route-unsupported"),
        "agent-vm controller ssh --zone sunfam    # then, inside: codex-login --agent ember"
    );
    let message = finding(ember, "route-unsupported")["message"].to_string();
    let doctor = "log in to OpenClaw's own store, or have `codex-login doctor --fix --zone sunfam` put the file aside";
    assert!(message.contains(doctor), "{message}");
    let login = sandbox.run(["--zone", "sunfam", "--agent", "ember"]);
    login
        .expect_code(2)
        .says("# then, inside: codex-login --agent ember");
}

#[test]
fn a_store_that_cannot_be_read_is_all_that_there_is() {
    let sandbox = newer();
    sandbox.write(
        "home/.openclaw/agents/ember/agent/openclaw-agent.sqlite",
        "no database",
    );
    let ember = first(&sandbox);
    assert_eq!(ember["state"], "unknown", "{ember:#}");
    let message = finding(&ember, "profile-store")["message"].to_string();
    assert!(
        message.contains("it is by them alone that OpenClaw goes"),
        "{message}"
    );
}

#[test]
fn with_v_the_profile_is_named_and_where_it_is() {
    let sandbox = newer();
    let store = give_rows(&sandbox, "ember", &profile(FAR));
    let run = sandbox
        .run(["status", "--offline", "-v", "--agent", "ember"])
        .expect_code(0);
    let place = format!("store={}", store.display());
    run.says("goes by a profile")
        .says("profile=\"openai:account-ember\"")
        .says(&place);
}

#[test]
fn where_no_login_is_taken_in_a_file_that_blocks_is_put_aside_however_good() {
    let sandbox =
        Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.8.1-beta.1");
    sandbox.log_in("ember");
    let fixed = sandbox.json(["doctor", "--fix", "--yes", "--offline", "--json"])["fixed"].clone();
    assert_eq!(fixed["done"][0]["kind"], "put-aside", "{fixed:#}");
    assert_eq!(fixed["failed"], json!([]), "{fixed:#}");
    assert!(!sandbox.auth_json("ember").exists());
    let ember = first(&sandbox);
    assert_eq!(ember["state"], "logged-out", "{ember:#}");
}
