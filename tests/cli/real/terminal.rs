//! A login on a terminal.

use std::process::Stdio;

use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use rexpect::session::{PtySession, spawn_command};

use crate::real::Codex;
use crate::real::gateway::{Gateway, issuer, limit_in_milliseconds, until_codex_waits};
use crate::real::login::waiting;
use crate::support::issuer::Issuer;

with_each_codex! {
    ctrl_c_ends_the_login_and_keeps_the_old_one
    an_approved_login_ends_with_a_table
}

/// Starts a login whose standard streams are a terminal.
pub(super) fn log_in_on_a_terminal(gateway: &Gateway, issuer: &Issuer) -> PtySession {
    let mut command = gateway.login_command(&issuer.url(), &["--force"]);
    // The streams of the process that becomes codex-login, and those are the terminal.
    command
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit());
    spawn_command(command, Some(limit_in_milliseconds())).expect("a terminal")
}

fn ctrl_c_ends_the_login_and_keeps_the_old_one(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let before = gateway.login();
    let issuer = issuer(waiting());
    let mut terminal = log_in_on_a_terminal(&gateway, &issuer);
    until_codex_waits(&issuer);
    terminal.send_control('c').unwrap();
    let seen = terminal.exp_eof().expect("the end within the limit");
    let ended = terminal.process().wait().unwrap();
    assert!(
        matches!(ended, WaitStatus::Signaled(_, Signal::SIGINT, _)),
        "{ended:?} after\n{seen}"
    );
    assert!(seen.contains("ember: "), "nobody named:\n{seen}");
    assert!(gateway.login() == before, "another login after\n{seen}");
    gateway.assert_nothing_left(&issuer.url());
}

fn an_approved_login_ends_with_a_table(codex: Codex) {
    let gateway = Gateway::with(codex);
    let issuer = issuer(waiting());
    let mut terminal = log_in_on_a_terminal(&gateway, &issuer);
    terminal.exp_string("/codex/device").unwrap();
    until_codex_waits(&issuer);
    issuer.approve();
    let seen = terminal.exp_eof().expect("the end within the limit");
    let ended = terminal.process().wait().unwrap();
    assert!(
        matches!(ended, WaitStatus::Exited(_, 0)),
        "{ended:?} after\n{seen}"
    );
    assert!(seen.contains("ACCESS UNTIL"), "no table:\n{seen}");
    assert!(seen.contains("ember@example.com"), "no account:\n{seen}");
}
