//! States as files and the real codex make them, and codex's own logout.

use serde_json::json;

use crate::fixture;
use crate::real::Codex;
use crate::real::gateway::{Gateway, assert_no_secret, issuer};
use crate::real::login::approved;

with_each_codex! {
    an_empty_object_is_damaged_though_codex_calls_it_logged_in
    a_login_whose_access_has_run_out_is_expired_though_codex_calls_it_logged_in
    an_api_key_from_standard_input_makes_the_agent_ready
    without_an_api_key_the_old_login_stays
    a_logout_removes_the_login
    without_a_home_the_agent_is_logged_out_and_none_is_made
}

/// The state, what codex says, and the first finding, where the exit status is this one.
fn judged(gateway: &Gateway, code: i32) -> [serde_json::Value; 3] {
    let run = gateway.sandbox.run(["status", "--json"]).expect_code(code);
    assert_no_secret(&run);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("one document");
    let agent = &report["agents"][0];
    [
        agent["state"].clone(),
        agent["codex_says"].clone(),
        agent["findings"][0]["code"].clone(),
    ]
}

fn an_empty_object_is_damaged_though_codex_calls_it_logged_in(codex: Codex) {
    let gateway = Gateway::with(codex);
    gateway.sandbox.give_auth("ember", "{}");
    assert_eq!(judged(&gateway, 1), ["damaged", "chatgpt", "damaged"]);
}

fn a_login_whose_access_has_run_out_is_expired_though_codex_calls_it_logged_in(codex: Codex) {
    let gateway = Gateway::with(codex);
    let expired = fixture::chatgpt("ember@example.com", 1_500_000_000);
    gateway.sandbox.give_auth("ember", expired.to_string());
    assert_eq!(judged(&gateway, 1), ["expired", "chatgpt", "expired"]);
}

fn an_api_key_from_standard_input_makes_the_agent_ready(codex: Codex) {
    let gateway = Gateway::with(codex);
    let key = format!("sk-{}-0123456789-of-nobody", fixture::CANARY);
    let run = gateway
        .sandbox
        .run_with_input(["--agent", "ember", "--with-api-key"], &key)
        .expect_code(0);
    assert_no_secret(&run);
    let agent = &gateway.sandbox.json(["status", "--json"])["agents"][0];
    assert_eq!(agent["state"], "ready", "{agent:#}");
    assert_eq!(agent["login"]["method"], "api-key", "{agent:#}");
    assert_eq!(agent["codex_says"], "api-key", "{agent:#}");
    assert_no_secret(&gateway.sandbox.run(["status", "-vv"]).expect_code(0));
}

fn without_an_api_key_the_old_login_stays(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let before = gateway.login();
    let run = gateway
        .sandbox
        .run_with_input(["--agent", "ember", "--force", "--with-api-key"], "")
        .expect_code(1);
    gateway.assert_kept(&before, "http://nobody", &run);
}

fn a_logout_removes_the_login(codex: Codex) {
    let gateway = Gateway::with(codex);
    let issuer = issuer(approved());
    gateway.log_in(&issuer.url(), &[]).expect_code(0);
    let run = gateway
        .sandbox
        .run(["logout", "--agent", "ember"])
        .expect_code(0);
    assert_eq!(run.stdout, "ember\tlogged-out\n");
    assert_no_secret(&run);
    assert!(!gateway.auth_json().exists());
    assert_eq!(
        judged(&gateway, 1),
        ["logged-out", "not-logged-in", "logged-out"]
    );
}

fn without_a_home_the_agent_is_logged_out_and_none_is_made(codex: Codex) {
    let gateway = Gateway::with(codex);
    assert_eq!(
        judged(&gateway, 1),
        [json!("logged-out"), json!(null), json!("logged-out")]
    );
    assert!(!gateway.home().exists());
}
