//! Logging in: what the user sees, and what is there afterwards.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::real::Codex;
use crate::real::gateway::{Gateway, assert_no_secret, issuer, until_codex_waits};
use crate::support::issuer::{Approval, Script};

with_each_codex! {
    an_approved_login_makes_the_agent_ready
    the_code_is_shown_while_codex_still_waits
    with_json_each_step_is_a_line
    a_ready_agent_is_not_logged_in_again
    a_second_login_replaces_the_first_and_revokes_nothing
    the_configuration_of_the_home_counts
}

/// Approved after two answers that it is not yet.
pub(super) fn approved() -> Script {
    Script {
        approval: Approval::After(2),
        ..Script::default()
    }
}

/// Approved once the issuer is told.
pub(super) fn waiting() -> Script {
    Script {
        approval: Approval::WhenTold,
        ..Script::default()
    }
}

fn an_approved_login_makes_the_agent_ready(codex: Codex) {
    let gateway = Gateway::with(codex);
    let issuer = issuer(approved());
    let run = gateway.log_in(&issuer.url(), &[]).expect_code(0);
    assert_no_secret(&run);
    gateway.assert_nothing_left(&issuer.url());
    let paths: Vec<_> = issuer
        .requests()
        .into_iter()
        .map(|seen| seen.path)
        .collect();
    assert_eq!(
        paths,
        [
            "/api/accounts/deviceauth/usercode",
            "/api/accounts/deviceauth/token",
            "/api/accounts/deviceauth/token",
            "/api/accounts/deviceauth/token",
            "/oauth/token",
        ]
    );
    assert_eq!(mode(&gateway.auth_json()), 0o600);
    assert_eq!(mode(&gateway.home()), 0o700);

    let row = "ember\tready\tember@example.com\tpro\t";
    assert!(
        run.stdout.lines().any(|line| line.starts_with(row)),
        "{run}"
    );
    let status = gateway.sandbox.run(["status"]).expect_code(0);
    assert!(status.stdout.starts_with(row), "{status}");
    assert_no_secret(&status);
    let agent = &gateway.sandbox.json(["status", "--json"])["agents"][0];
    assert_eq!(agent["codex_says"], "chatgpt", "{agent:#}");
    assert_eq!(agent["findings"], json!([]), "{agent:#}");
}

fn the_code_is_shown_while_codex_still_waits(codex: Codex) {
    let gateway = Gateway::with(codex);
    let issuer = issuer(waiting());
    let mut run = gateway.start_login(&issuer.url(), &["--quiet"]);
    until_codex_waits(&issuer);
    let code = code_that_is_waited_for(&issuer);
    run.until_stdout_has(&format!("{}/codex/device", issuer.url()));
    run.until_stdout_has(&code);
    assert!(!gateway.auth_json().exists());
    issuer.approve();
    run.end().expect_code(0);
    assert!(gateway.auth_json().exists());
}

fn with_json_each_step_is_a_line(codex: Codex) {
    let gateway = Gateway::with(codex);
    let issuer = issuer(waiting());
    let mut run = gateway.start_login(&issuer.url(), &["--json"]);
    run.until_stdout_has("device-code");
    run.until_stdout_has("expires_at");
    until_codex_waits(&issuer);
    let code = code_that_is_waited_for(&issuer);
    issuer.approve();
    let run = run.end().expect_code(0);
    assert_no_secret(&run);

    let lines: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let told: Vec<_> = lines
        .iter()
        .filter(|line| line["event"] != "progress")
        .collect();
    let events: Vec<_> = told.iter().map(|line| &line["event"]).collect();
    assert_eq!(events, ["started", "device-code", "finished", "summary"]);
    assert_eq!(told[1]["url"], format!("{}/codex/device", issuer.url()));
    assert_eq!(told[1]["code"], code);
    assert_eq!(told[2]["agent"]["state"], "ready", "{:#}", told[2]);
    assert_eq!(told[2]["agent"]["login"]["email"], "ember@example.com");
    assert_eq!(told[3]["summary"], json!({ "ready": 1, "total": 1 }));
}

fn a_ready_agent_is_not_logged_in_again(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let issuer = issuer(approved());
    let before = gateway.login();
    gateway
        .sandbox
        .run([
            "--agent",
            "ember",
            "--",
            "--experimental_issuer",
            &issuer.url(),
        ])
        .expect_code(0)
        .says("logged in already");
    assert!(gateway.login() == before);
    assert_eq!(issuer.requests(), []);
}

fn a_second_login_replaces_the_first_and_revokes_nothing(codex: Codex) {
    let mut gateway = Gateway::with(codex);
    let outside = TcpListener::bind("127.0.0.1:0").unwrap();
    outside.set_nonblocking(true).unwrap();
    let proxy = format!("http://{}", outside.local_addr().unwrap());
    gateway.sandbox = gateway.sandbox.set("HTTPS_PROXY", proxy);
    let issuer = issuer(approved());
    gateway.log_in(&issuer.url(), &[]).expect_code(0);
    let first = gateway.login();
    gateway.log_in(&issuer.url(), &[]).expect_code(0);
    assert!(gateway.login() != first, "the first login is still there");
    gateway.assert_nothing_left(&issuer.url());

    let revoked = issuer
        .requests()
        .into_iter()
        .any(|seen| seen.path.contains("revoke"));
    assert!(!revoked, "at the issuer: {:?}", issuer.requests());
    let called = outside.accept().map(|_| ()).unwrap_err().kind();
    assert_eq!(called, std::io::ErrorKind::WouldBlock, "at OpenAI itself");
}

fn the_configuration_of_the_home_counts(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let before = gateway.login();
    let text = "forced_chatgpt_workspace_id = \"somebody-elses\"\n";
    let config = gateway.home().join("config.toml");
    fs::write(&config, text).unwrap();
    let issuer = issuer(approved());
    let run = gateway
        .log_in(&issuer.url(), &[])
        .expect_code(1)
        .says("config");
    gateway.assert_kept(&before, &issuer.url(), &run);
    assert_eq!(fs::read_to_string(&config).unwrap(), text);

    fs::write(&config, "model = \"any\"\n").unwrap();
    gateway.log_in(&issuer.url(), &[]).expect_code(0);
    assert!(gateway.login() != before);
    assert_eq!(fs::read_to_string(&config).unwrap(), "model = \"any\"\n");
    assert!(!config.is_symlink());
}

/// The code that codex sent along when it asked whether it is approved.
fn code_that_is_waited_for(issuer: &crate::support::issuer::Issuer) -> String {
    let asked = issuer
        .requests()
        .into_iter()
        .find(|seen| seen.path.ends_with("deviceauth/token"))
        .expect("codex waits");
    let body: Value = serde_json::from_str(&asked.body).expect("JSON");
    body["user_code"].as_str().expect("a code").to_owned()
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
