//! No part of a token is ever told, however it gets into codex's words.

use serde_json::{Value, json};

use crate::fixture::{self, CANARY, FAR_AHEAD};
use crate::real::Codex;
use crate::real::gateway::{Gateway, assert_no_secret, issuer};
use crate::real::login::approved;
use crate::support::issuer::{Reply, Script};

with_each_codex! {
    the_most_talkative_login_and_status_tell_no_token
    a_token_in_an_error_is_not_told
    a_token_in_brackets_is_not_told
    a_token_in_an_address_is_not_told
    a_token_in_any_answer_is_not_told
    what_codex_quotes_from_a_damaged_file_is_not_told
}

fn the_most_talkative_login_and_status_tell_no_token(codex: Codex) {
    let gateway = Gateway::with(codex);
    let issuer = issuer(approved());
    for args in [&["-vv"] as &[&str], &["-vv", "--json"]] {
        assert_no_secret(&gateway.log_in(&issuer.url(), args).expect_code(0));
    }
    let text = std::fs::read_to_string(gateway.auth_json()).unwrap();
    assert!(
        text.contains(CANARY),
        "a login without the mark shows nothing"
    );
    for args in [
        &["status"] as &[&str],
        &["status", "-vv"],
        &["status", "--json", "-vv"],
        &["status", "--offline", "-vv"],
        &["which", "-vv"],
        &["agents", "-vv"],
    ] {
        assert_no_secret(&gateway.sandbox.run(args).expect_code(0));
    }
}

fn a_token_in_an_error_is_not_told(codex: Codex) {
    let login = fixture::chatgpt("ember@example.com", FAR_AHEAD);
    let id_token = login["tokens"]["id_token"].as_str().unwrap();
    is_not_told(codex, &login.to_string());
    is_not_told(codex, &format!("no, {id_token}"));
    is_not_told(
        codex,
        &format!("refresh_token=rt_{CANARY}-0123456789-of-nobody&x=y"),
    );
}

fn a_token_in_brackets_is_not_told(codex: Codex) {
    is_not_told(codex, &format!("(rt_{CANARY}-0123456789)"));
    is_not_told(codex, &format!("<p>sk-{CANARY}</p>"));
}

fn a_token_in_an_address_is_not_told(codex: Codex) {
    let code = format!("ac_{CANARY}-0123456789-abcdef-of-nobody");
    is_not_told(codex, &format!("https://issuer.test/callback?code={code}"));
    is_not_told(codex, &format!("/callback?code={code}"));
}

/// Has the exchange fail with this text, which codex quotes.
fn is_not_told(codex: Codex, text: &str) {
    let exchange = Reply::StatusBody(400, text.to_owned());
    let script = Script {
        exchange,
        ..approved()
    };
    fails_discreetly(&Gateway::logged_in(codex), script, &["-vv"]);
}

/// Asserts that a login fails, and tells no secret.
fn fails_discreetly(gateway: &Gateway, script: Script, args: &[&str]) {
    let before = gateway.login();
    let issuer = issuer(script);
    let run = gateway.log_in(&issuer.url(), args).expect_code(1);
    gateway.assert_kept(&before, &issuer.url(), &run);
}

fn a_token_in_any_answer_is_not_told(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let all = fixture::chatgpt("ember@example.com", FAR_AHEAD).to_string();
    for body in [
        json!({ "error": { "message": all } }),
        json!({ "error": "invalid_grant", "error_description": all }),
        json!({ "device_auth_id": [all], "id_token": [all], "authorization_code": [all] }),
        json!(all),
    ] {
        let wrong = Reply::StatusBody(400, body.to_string());
        let right = Reply::Ok(body.to_string());
        for script in [
            Script {
                usercode: wrong.clone(),
                ..approved()
            },
            Script {
                usercode: right.clone(),
                ..approved()
            },
            Script {
                token: wrong.clone(),
                ..approved()
            },
            Script {
                token: right.clone(),
                ..approved()
            },
            Script {
                exchange: wrong,
                ..approved()
            },
            Script {
                exchange: right,
                ..approved()
            },
        ] {
            fails_discreetly(&gateway, script, &["-vv", "--json"]);
        }
    }
}

fn what_codex_quotes_from_a_damaged_file_is_not_told(codex: Codex) {
    let gateway = Gateway::with(codex);
    let files = damaged();
    let agents: Vec<_> = (0..files.len())
        .map(|n| json!({ "id": format!("a{n}") }))
        .collect();
    let config = json!({ "agents": { "list": agents } });
    gateway.sandbox.configure(&config.to_string());
    for (n, text) in files.iter().enumerate() {
        gateway.sandbox.give_auth(&format!("a{n}"), text);
    }
    for args in [&["status", "-vv"] as &[&str], &["status", "--json", "-vv"]] {
        assert_no_secret(&gateway.sandbox.run(args).expect_code(1));
    }
}

/// Files with the mark in the place of each value that is not shown, and of the whole.
fn damaged() -> Vec<String> {
    let secret = Value::String(format!("rt-{CANARY}"));
    let whole = fixture::chatgpt("ember@example.com", FAR_AHEAD);
    let mut texts = vec![
        secret.to_string(),
        json!([secret]).to_string(),
        format!("{CANARY}{whole}"),
        whole
            .to_string()
            .replace("\"tokens\"", &format!("{CANARY}\"tokens\"")),
        json!({ (CANARY): secret }).to_string(),
        fixture::api_key().to_string().replace("apikey", "chatgpt"),
    ];
    let forms = [secret.clone(), json!([secret]), json!({ (CANARY): secret })];
    for value in &forms {
        for field in [
            "auth_mode",
            "OPENAI_API_KEY",
            "tokens",
            "last_refresh",
            "agent_identity",
        ] {
            let mut damaged = whole.clone();
            damaged[field] = value.clone();
            texts.push(damaged.to_string());
        }
        for field in ["id_token", "access_token", "refresh_token", "account_id"] {
            let mut damaged = whole.clone();
            damaged["tokens"][field] = value.clone();
            // An account's id is no secret.
            if field != "account_id" || !value.is_string() {
                texts.push(damaged.to_string());
            }
        }
    }
    texts
}
