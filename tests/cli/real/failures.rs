//! Logins that the issuer, the network or the user's wishes stop: each keeps the login that was
//! there, names the agent, and says how to go on.

use serde_json::{Value, json};

use crate::real::Codex;
use crate::real::gateway::{Gateway, issuer, until_asked_for};
use crate::real::login::approved;
use crate::sandbox::Run;
use crate::support::issuer::{Account, Approval, Reply, Script};

with_each_codex! {
    a_denied_login_keeps_the_old_one
    a_code_that_ran_out_keeps_the_old_login
    too_many_codes_asked_for_keeps_the_old_login
    device_codes_that_are_not_allowed_keep_the_old_login
    an_issuer_that_fails_at_the_exchange_keeps_the_old_login
    an_answer_that_is_no_json_keeps_the_old_login
    an_answer_without_a_refresh_token_keeps_the_old_login
    an_issuer_that_nobody_reaches_keeps_the_old_login
    an_issuer_that_dies_at_the_exchange_keeps_the_old_login
    a_login_that_ran_out_already_is_not_installed
    a_login_of_somebody_else_is_not_installed
    with_json_a_failure_is_told_in_the_last_lines
}

/// Nothing pending: the script's own answer at once.
fn decided() -> Script {
    Script {
        approval: Approval::After(0),
        ..Script::default()
    }
}

/// A login with this script fails with this hint, and the old login stays.
fn keeps_the_old_login(codex: Codex, script: Script, hint: &str) {
    let gateway = Gateway::logged_in(codex);
    let before = gateway.login();
    let issuer = issuer(script);
    let run = gateway.log_in(&issuer.url(), &[]).expect_code(1);
    gateway.assert_kept(&before, &issuer.url(), &run);
    assert!(hint_of(&run).contains(hint), "another hint:\n{run}");
}

fn hint_of(run: &Run) -> &str {
    let hint = run
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("hint: "));
    hint.expect("a hint")
}

fn a_denied_login_keeps_the_old_one(codex: Codex) {
    let denied = Reply::StatusBody(400, json!({ "error": "access_denied" }).to_string());
    let script = Script {
        token: denied,
        ..decided()
    };
    keeps_the_old_login(codex, script, "denied or ran out");
}

fn a_code_that_ran_out_keeps_the_old_login(codex: Codex) {
    let expired = Reply::StatusBody(400, json!({ "error": "expired_token" }).to_string());
    let script = Script {
        token: expired,
        ..approved()
    };
    keeps_the_old_login(codex, script, "denied or ran out");
}

fn too_many_codes_asked_for_keeps_the_old_login(codex: Codex) {
    let script = Script {
        usercode: Reply::Status(429),
        ..Script::default()
    };
    keeps_the_old_login(codex, script, "wait a few minutes");
}

fn device_codes_that_are_not_allowed_keep_the_old_login(codex: Codex) {
    let script = Script {
        usercode: Reply::Status(404),
        ..Script::default()
    };
    keeps_the_old_login(codex, script, "allow device codes first");
}

fn an_issuer_that_fails_at_the_exchange_keeps_the_old_login(codex: Codex) {
    let script = Script {
        exchange: Reply::Status(500),
        ..approved()
    };
    keeps_the_old_login(codex, script, "codex-login --agent ember");
}

fn an_answer_that_is_no_json_keeps_the_old_login(codex: Codex) {
    for script in [
        Script {
            usercode: Reply::Ok("<html>no</html>".to_owned()),
            ..approved()
        },
        Script {
            token: Reply::Ok("<html>no</html>".to_owned()),
            ..approved()
        },
        Script {
            exchange: Reply::Ok("<html>no</html>".to_owned()),
            ..approved()
        },
    ] {
        keeps_the_old_login(codex, script, "codex-login --agent ember");
    }
}

fn an_answer_without_a_refresh_token_keeps_the_old_login(codex: Codex) {
    let script = Script {
        exchange: Reply::Without("refresh_token"),
        ..approved()
    };
    keeps_the_old_login(codex, script, "codex-login --agent ember");
}

fn an_issuer_that_nobody_reaches_keeps_the_old_login(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let before = gateway.login();
    let gone = issuer(Script::default()).url();
    let run = gateway.log_in(&gone, &[]).expect_code(1);
    gateway.assert_kept(&before, &gone, &run);
    assert!(
        hint_of(&run).contains("HTTPS_PROXY"),
        "another hint:\n{run}"
    );
}

fn an_issuer_that_dies_at_the_exchange_keeps_the_old_login(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let before = gateway.login();
    let issuer = issuer(Script {
        exchange: Reply::Hang,
        ..approved()
    });
    let url = issuer.url();
    let run = gateway.start_login(&url, &[]);
    until_asked_for("oauth/token", &issuer);
    drop(issuer);
    let run = run.end().expect_code(1);
    gateway.assert_kept(&before, &url, &run);
}

fn a_login_that_ran_out_already_is_not_installed(codex: Codex) {
    let account = Account {
        access_lives_secs: -60,
        ..Account::default()
    };
    let script = Script {
        account,
        ..approved()
    };
    keeps_the_old_login(codex, script, "codex-login --agent ember");
}

fn a_login_of_somebody_else_is_not_installed(codex: Codex) {
    for expected in [
        ["--expect-email", "flint@example.com"],
        ["--expect-account", "00000000-0000-4000-8000-0000000f1147"],
    ] {
        let gateway = Gateway::logged_in(codex);
        let before = gateway.login();
        let issuer = issuer(approved());
        let run = gateway
            .log_in(&issuer.url(), &expected)
            .expect_code(1)
            .says(&format!("not of {}", expected[1]));
        gateway.assert_kept(&before, &issuer.url(), &run);
    }
    let gateway = Gateway::logged_in(codex);
    let issuer = issuer(approved());
    gateway
        .log_in(&issuer.url(), &["--expect-email", "Ember@Example.com"])
        .expect_code(0);
}

fn with_json_a_failure_is_told_in_the_last_lines(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let before = gateway.login();
    let issuer = issuer(Script {
        exchange: Reply::Status(500),
        ..approved()
    });
    let run = gateway.log_in(&issuer.url(), &["--json"]).expect_code(1);
    gateway.assert_kept(&before, &issuer.url(), &run);
    let lines: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let [.., finished, summary] = &lines[..] else {
        panic!("too few lines:\n{run}");
    };
    assert_eq!(finished["event"], "finished");
    let finding = &finished["agent"]["findings"][0];
    assert_eq!(finding["code"], "login-failed", "{finished:#}");
    assert!(finding["fix"].is_string(), "{finished:#}");
    assert_eq!(summary["event"], "summary");
}
