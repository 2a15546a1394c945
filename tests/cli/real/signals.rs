//! Signals while codex waits for its user: codex-login dies of the same one, codex goes with it.

use nix::sys::signal::{Signal, kill};

use crate::real::Codex;
use crate::real::gateway::{Gateway, issuer, until_codex_waits};
use crate::real::login::waiting;
use crate::real::processes::codex_logins_at;

with_each_codex! {
    sigterm_ends_the_login_and_keeps_the_old_one
    sighup_ends_the_login_and_keeps_the_old_one
    sigint_without_a_terminal_ends_the_login_and_keeps_the_old_one
    after_a_kill_the_next_login_clears_up
}

/// Sends codex-login alone this signal while codex waits, with the code on a pipe and as an event.
fn ends_the_login(codex: Codex, signal: Signal) {
    for args in [&[] as &[&str], &["--json"]] {
        let gateway = Gateway::logged_in(codex);
        let before = gateway.login();
        let issuer = issuer(waiting());
        let run = gateway.start_login(&issuer.url(), args);
        until_codex_waits(&issuer);
        run.send(signal);
        let run = run.end().expect_signal(signal as i32);
        gateway.assert_kept(&before, &issuer.url(), &run);
    }
}

fn sigterm_ends_the_login_and_keeps_the_old_one(codex: Codex) {
    ends_the_login(codex, Signal::SIGTERM);
}

fn sighup_ends_the_login_and_keeps_the_old_one(codex: Codex) {
    ends_the_login(codex, Signal::SIGHUP);
}

fn sigint_without_a_terminal_ends_the_login_and_keeps_the_old_one(codex: Codex) {
    ends_the_login(codex, Signal::SIGINT);
}

fn after_a_kill_the_next_login_clears_up(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let before = gateway.login();
    let issuer = issuer(waiting());
    let run = gateway.start_login(&issuer.url(), &[]);
    until_codex_waits(&issuer);
    run.send(Signal::SIGKILL);
    for orphan in codex_logins_at(&issuer.url()) {
        kill(orphan, Signal::SIGKILL).expect("a codex that nobody else ends");
    }
    // Codex has the same standard output, so this waits for its end too.
    run.end().expect_signal(Signal::SIGKILL as i32);
    assert!(gateway.login() == before);
    let left = gateway.sandbox.names_in_home("ember");
    let staged = |name: &String| name.starts_with(".codex-login.") && name.len() == 25;
    assert!(left.iter().any(staged), "nothing to clear up in {left:?}");

    issuer.approve();
    gateway.log_in(&issuer.url(), &[]).expect_code(0);
    assert!(gateway.login() != before);
    gateway.assert_nothing_left(&issuer.url());
}
