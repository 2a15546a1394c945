//! `logout`, `env` and `exec` for agents whose login OpenClaw keeps itself: codex has no part in it.

use serde_json::json;

use crate::fixture::CANARY;
use crate::import::{ember_goes_by, login, newer};
use crate::sandbox::Sandbox;
use crate::stores::{FAR, give_database, give_rows, oauth};

const LOGOUT: [&str; 3] = ["logout", "--agent", "ember"];

const LOGOUT_AS_JSON: [&str; 4] = ["logout", "--agent", "ember", "--json"];

/// Ember goes by a profile of OpenClaw's, which may be of any account.
fn give(sandbox: &Sandbox, profile: &str) -> String {
    let store = json!({ "profiles": { profile: oauth("openai", FAR) } });
    give_rows(sandbox, "ember", &store).display().to_string()
}

#[test]
fn a_logout_of_what_openclaw_keeps_is_refused_and_says_by_what_it_is_done() {
    let sandbox = newer().log_starts();
    login(&sandbox, &[]).expect_code(0);
    let starts = sandbox.starts().len();
    let run = sandbox.run(LOGOUT).expect_code(3);
    let run = run
        .says("error: ember: OpenClaw 2026.9.6 keeps this login itself (openai:account-ember in ")
        .says("codex's logout does not reach it, and nothing was revoked")
        .says("hint: openclaw models auth logout openai:account-ember --agent ember\n");
    assert_eq!(run.stdout, "ember\tfailed\n");
    assert_eq!(sandbox.starts().len(), starts);
    assert_eq!(ember_goes_by(&sandbox).0, "openai:account-ember");
    let document = sandbox.json(LOGOUT_AS_JSON);
    let error = &document["agents"][0]["error"];
    assert_eq!(error["code"], "route-unsupported", "{document:#}");
}

#[test]
fn a_logout_of_many_is_done_where_codex_has_the_login() {
    let sandbox = newer();
    give(&sandbox, "openai:x");
    sandbox.log_in("flint");
    let run = sandbox.run(["logout", "--all-agents"]).expect_code(3);
    assert_eq!(run.stdout, "ember\tfailed\nflint\tlogged-out\n");
    assert!(!sandbox.auth_json("flint").exists());
}

#[test]
fn a_logout_leaves_the_file_beside_a_profile_which_is_not_what_the_agent_goes_by() {
    let sandbox = newer();
    sandbox.log_in("ember");
    give(&sandbox, "openai:x");
    sandbox.run(LOGOUT).expect_code(3);
    assert!(sandbox.auth_json("ember").exists());
}

#[test]
fn a_logout_knows_a_profile_that_is_kept_and_not_selected() {
    let sandbox = newer();
    let store = give(&sandbox, "openai:x");
    let config = json!({
        "agents": { "entries": { "ember": {}, "flint": {} }, "ownership": "explicit" },
        "auth": { "order": { "openai": [] } },
    });
    sandbox.configure(&config.to_string());
    let place = format!("(openai:x in {store})");
    sandbox.run(LOGOUT).expect_code(3).says(&place);
}

#[test]
fn a_logout_says_of_an_inherited_profile_that_it_is_everybodys() {
    let sandbox = newer();
    let store = json!({ "profiles": { "openai:x": oauth("openai", FAR) } });
    let rows = [
        ("auth.sharedStore", json!({ "location": "state-db" })),
        ("authProfiles.store", store),
    ];
    let rows = rows.map(
        |(key, row)| json!({ "state_key": key, "value_json": row.to_string(), "updated_at_ms": 0 }),
    );
    let tables = json!({ "config_machine_state": rows });
    give_database(&sandbox, "state/openclaw.sqlite", &tables);
    sandbox.run(LOGOUT).expect_code(3).says(
        "hint: openclaw models auth logout openai:x --agent ember    # all agents inherit it",
    );
}

#[test]
fn a_logout_never_shows_an_id_that_may_be_a_token() {
    let sandbox = newer();
    let token = format!("sk-proj-{CANARY}");
    give(&sandbox, &token);
    let run = sandbox.run(LOGOUT).expect_code(3);
    assert!(!run.to_string().contains(CANARY), "{run}");
    run.says("([hidden] in ")
        .says("hint: openclaw models auth list --agent ember    # then");
}

#[test]
fn a_logout_where_the_store_cannot_be_read_claims_nothing() {
    let sandbox = newer();
    let store = "home/.openclaw/agents/ember/agent/openclaw-agent.sqlite";
    sandbox.write(store, "no database");
    let run = sandbox.run(LOGOUT).expect_code(1);
    assert_eq!(run.stdout, "ember\tfailed\n");
    run.says("could not read the profiles in ");
}

#[test]
fn a_logout_for_a_beta_names_no_command_that_it_does_not_have() {
    let sandbox =
        Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.8.1-beta.1");
    give(&sandbox, "openai:x");
    let run = sandbox.run(LOGOUT).expect_code(3);
    assert!(!run.to_string().contains("models auth"), "{run}");
    let document = sandbox.json(LOGOUT_AS_JSON);
    assert_eq!(document["agents"][0]["state"], "failed");
}

#[test]
fn a_logout_without_a_profile_is_of_the_file_that_blocks_the_agent() {
    let sandbox = newer();
    sandbox.log_in("ember");
    let run = sandbox.run(LOGOUT).expect_code(0);
    assert_eq!(run.stdout, "ember\tlogged-out\n");
    assert!(!sandbox.auth_json("ember").exists());
}

#[test]
fn env_and_exec_say_that_codex_has_no_login_there() {
    let note = "note: OpenClaw 2026.9.6 keeps ember's login itself: codex in this home has none\n";
    let sandbox = newer();
    give(&sandbox, "openai:x");
    let env = ["env", "--agent", "ember"];
    let run = sandbox.run(env).expect_code(0).says(note);
    run.says("does not exist yet\n");
    let exec = ["exec", "--agent", "ember", "--", "exit", "7"];
    let run = sandbox.run(exec).expect_code(1).says(note);
    assert!(run.stderr.ends_with("codex-home does not exist\n"), "{run}");

    std::fs::create_dir_all(sandbox.home_of("ember")).unwrap();
    let run = sandbox.run(env).expect_code(0).says(note);
    assert!(run.stdout.starts_with("export CODEX_HOME="), "{run}");
    sandbox.run(exec).expect_code(7).says(note);
    let quiet = sandbox.run([&["--quiet"], &exec[..]].concat());
    assert_eq!(quiet.expect_code(7).stderr, "");
}

#[test]
fn env_and_exec_say_nothing_where_codex_has_a_login_or_openclaw_none() {
    for is_kept in [true, false] {
        let sandbox = newer();
        if is_kept {
            give(&sandbox, "openai:x");
        }
        sandbox.log_in("ember");
        for command in [&["env"] as &[&str], &["exec", "--", "exit", "0"]] {
            let run = sandbox.run([&["--agent", "ember"], command].concat());
            assert_eq!(run.expect_code(0).stderr, "", "{is_kept} {command:?}");
        }
    }
}
