//! With the real OpenClaw, its real codex plugin and the real codex: a login arrives in OpenClaw's
//! own store, and is what it goes by.

use serde_json::{Value, json};

use crate::fixture::CANARY;
use crate::real::gateway::{assert_no_secret, issuer};
use crate::real::importing::{Gateway, profile_of};
use crate::real::login::approved;
use crate::support::issuer::Account;

/// A second login of ember's, whose tokens are told from those of the first.
fn again() -> Account {
    Account {
        token_mark: format!("{CANARY}-again"),
        ..Account::default()
    }
}

pub(super) fn other() -> Account {
    Account {
        email: "dune@example.com".to_owned(),
        account_id: "00000000-0000-4000-8000-0000000dd0e5".to_owned(),
        user_id: "user-fake-dune".to_owned(),
        token_mark: format!("{CANARY}-dune"),
        ..Account::default()
    }
}

#[test]
fn with_openclaw_2026_9_6_a_login_arrives_and_is_replaced_and_another_account_is_chosen() {
    let gateway = Gateway::of("2026.9.6");
    let first = Account::default();
    let run = gateway.log_in(first.clone(), &[]).expect_code(0);
    gateway.assert_goes_by(&first, &run);
    let run = run.says("OpenClaw's import has written ");
    assert!(run.stdout.contains("ember\tready\t"), "{run}");
    assert!(!gateway.sandbox.home_of("ember").exists());
    let doctor = gateway
        .sandbox
        .run(["doctor", "--agent", "ember", "--json"]);
    let doctor = doctor.expect_code(0);
    assert_no_secret(&doctor);
    let document: Value = serde_json::from_str(&doctor.stdout).expect("one document");
    let ember = &document["agents"][0];
    assert_eq!(ember["findings"], json!([]), "{document:#}");

    // Not a second time, unless that is asked for.
    let unasked = gateway.log_in(again(), &[]).expect_code(0);
    gateway.assert_goes_by(&first, &unasked);
    assert!(!gateway.profiles("ember").to_string().contains("-again"));

    let run = gateway.log_in(again(), &["--force"]).expect_code(0);
    gateway.assert_goes_by(&again(), &run);
    assert_eq!(
        gateway
            .profiles("ember")
            .as_object()
            .expect("profiles")
            .len(),
        1
    );

    let args = ["--force", "--expect-email", "dune@example.com"];
    let run = gateway.log_in(other(), &args).expect_code(0);
    gateway.assert_goes_by(&other(), &run);
    let args = [
        "models",
        "auth",
        "order",
        "get",
        "--agent",
        "ember",
        "--provider",
        "openai",
        "--json",
    ];
    let order = gateway.openclaw(&args)["order"].clone();
    assert_eq!(order[0], profile_of(&other()), "{order}");
    gateway.assert_lists(&[first, other()]);
}

#[test]
fn with_openclaw_2026_8_2_and_a_plugin_brought_to_it_a_login_arrives_in_a_store_of_its_own_form() {
    let gateway = Gateway::of_2026_8_2_with_a_plugin();
    let run = gateway.log_in(Account::default(), &[]).expect_code(0);
    gateway.assert_goes_by(&Account::default(), &run);
    gateway.assert_lists(&[Account::default()]);
    let query = "SELECT schema_version, app_version FROM schema_meta WHERE meta_key = 'primary'";
    let form = gateway
        .database("ember")
        .query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?)));
    assert_eq!(form, Ok((19, "2026.8.2".to_owned())));
}

#[test]
fn with_openclaw_2026_8_2_and_the_plugins_that_are_published_nobody_is_sent_to_a_browser() {
    // They want a later OpenClaw than this one.
    let gateway = Gateway::of("2026.8.2");
    let issuer = issuer(approved());
    let url = issuer.url();
    let line = ["--agent", "ember", "--", "--experimental_issuer", &url];
    let run = gateway.sandbox.run(line).expect_code(1);
    gateway.assert_clean(&run);
    run.says("OpenClaw 2026.8.2 has no codex plugin that it can load");
    assert_eq!(issuer.requests(), []);
}

#[test]
fn a_login_that_was_refused_is_replaced_by_one_that_is_not() {
    let gateway = Gateway::of("2026.9.6");
    gateway.log_in(Account::default(), &[]).expect_code(0);
    gateway.refuse(&Account::default());
    gateway
        .sandbox
        .run(["status", "--agent", "ember"])
        .expect_code(1);
    let run = gateway.log_in(again(), &[]).expect_code(0);
    gateway.assert_goes_by(&again(), &run);
    run.says("was refused before, which OpenClaw holds against it");
}
