//! `status`: states, exit statuses, forms of the answer.

use std::fs;

use serde_json::{Value, json};

use crate::fixture;
use crate::sandbox::Sandbox;

#[test]
fn an_agent_that_is_logged_in_is_ready_and_the_exit_status_is_0() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let run = sandbox.run(["status"]).expect_code(0);
    assert_eq!(
        run.stdout,
        "ember\tready\tember@example.test\tpro\t2100-01-01T00:00:00Z\n"
    );
    assert_eq!(run.stderr, "");
}

#[test]
fn json_is_one_document_with_all_that_is_known() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let text = sandbox.run(["status", "--json"]).expect_code(0).stdout;
    assert_eq!(text.lines().count(), 1);
    let root = sandbox.path("").display().to_string();
    let document: Value = serde_json::from_str(&text.replace(&root, "$ROOT/")).unwrap();
    let package = "$ROOT/home/.local/share/pnpm/global/5/.pnpm/@openai+codex@0.130.0/node_modules/@openai/codex";
    assert_eq!(
        document,
        json!({
            "schema_version": 1,
            "zone": { "name": null, "source": "this machine" },
            "openclaw": {
                "version": "2026.5.12",
                "source": "CODEX_LOGIN_OPENCLAW_VERSION",
                "route": "codex-home",
                "state_dir": "$ROOT/home/.openclaw",
                "config": "$ROOT/home/.openclaw/openclaw.json", "notices": [],
            },
            "codex": {
                "version": "0.130.0",
                "path": "$ROOT/home/.local/share/pnpm/global/5/node_modules/@openai/codex",
                "entry": format!("{package}/bin/codex.js"),
                "native": env!("CARGO_BIN_EXE_fake-codex"),
                "launcher": "native",
                "node": null,
                "source": "pnpm global/5 (~/.local/share/pnpm)",
                "step": "global",
                "managed": false,
                "rejected": [],
            },
            "agents": [{
                "id": "ember",
                "agent_dir": "$ROOT/home/.openclaw/agents/ember/agent",
                "codex_home": "$ROOT/home/.openclaw/agents/ember/agent/codex-home",
                "source": "agents.list[0]",
                "is_default": true,
                "state": "ready",
                "login": {
                    "method": "chatgpt",
                    "email": "ember@example.test",
                    "plan": "pro",
                    "account_id": "acct-of-fixture",
                    "access_expires_at": "2100-01-01T00:00:00Z",
                    "last_refresh": "2026-11-20T22:51:01.92472101Z",
                },
                "codex_says": "chatgpt",
                "live": null,
                "next_turn": { "kind": "codex-home" },
                "findings": [],
            }],
            "summary": { "ready": 1, "total": 1 },
        })
    );
}

#[test]
fn what_is_wrong_with_a_file_is_named_by_field() {
    let whole = fixture::chatgpt("ember@example.test", fixture::FAR_AHEAD);
    let without = |field: &str| {
        let mut auth = whole.clone();
        auth["tokens"].as_object_mut().unwrap().remove(field);
        auth.to_string()
    };
    for (auth, state, words) in [
        ("{}".to_owned(), "damaged", "missing tokens"),
        (without("id_token"), "damaged", "missing tokens.id_token"),
        (
            without("access_token"),
            "damaged",
            "missing tokens.access_token",
        ),
        (
            without("refresh_token"),
            "damaged",
            "missing tokens.refresh_token",
        ),
        (String::new(), "damaged", "it is empty"),
        (
            "\"fake-canary\"".to_owned(),
            "damaged",
            "it is no JSON object",
        ),
        (
            r#"{"auth_mode":"fake-canary"}"#.to_owned(),
            "damaged",
            "invalid auth_mode",
        ),
        (
            r#"{"auth_mode":"apikey","OPENAI_API_KEY":""}"#.to_owned(),
            "damaged",
            "empty OPENAI_API_KEY",
        ),
    ] {
        let sandbox = Sandbox::with_agents(&["ember"]);
        sandbox.give_auth("ember", &auth);
        let run = sandbox
            .run(["status", "--offline"])
            .expect_code(1)
            .says(words);
        assert!(
            run.stdout.starts_with(&format!("ember\t{state}\t")),
            "{run}"
        );
        assert!(!run.to_string().contains("canary"), "{run}");
    }
}

#[test]
fn a_login_is_expired_once_its_access_token_has_run_out() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.give_auth(
        "ember",
        fixture::chatgpt("ember@example.test", 1_500_000_000).to_string(),
    );
    let run = sandbox.run(["status"]).expect_code(1);
    assert!(
        run.stdout
            .starts_with("ember\texpired\tember@example.test\tpro\t2017-07-14"),
        "{run}"
    );
}

#[test]
fn a_directory_in_place_of_the_file_is_damage_and_no_crash() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    fs::create_dir_all(sandbox.auth_json("ember")).unwrap();
    sandbox
        .run(["status", "--offline"])
        .expect_code(1)
        .says("it is not a file");
}
