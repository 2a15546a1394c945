//! Standard output that nobody reads: the user would never see the code.

use std::io::{PipeReader, pipe};
use std::time::Duration;

use crate::real::Codex;
use crate::real::gateway::{Gateway, issuer, until_asked_for, until_codex_waits};
use crate::real::login::{approved, waiting};
use crate::real::running::Running;
use crate::sandbox::not_tried;
use crate::support::issuer::{Approval, Issuer, Reply, Script};

with_each_codex! {
    a_closed_output_keeps_the_old_login
    a_full_output_keeps_the_old_login
    a_reader_who_leaves_before_the_code_ends_codex
    a_reader_who_leaves_before_the_end_keeps_the_old_login
}

fn a_closed_output_keeps_the_old_login(codex: Codex) {
    for args in [&["--force"] as &[&str], &["--force", "--json"]] {
        let gateway = Gateway::logged_in(codex);
        let before = gateway.login();
        let issuer = issuer(approved());
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let mut command = gateway.login_command(&issuer.url(), args);
        command.stdout(writer);
        let run = Running::start(command).end().expect_code(1);
        gateway.assert_kept(&before, &issuer.url(), &run);
    }
}

fn a_full_output_keeps_the_old_login(codex: Codex) {
    if !cfg!(target_os = "linux") {
        not_tried("only Linux has /dev/full");
        return;
    }
    for args in [&["--force"] as &[&str], &["--force", "--json"]] {
        let gateway = Gateway::logged_in(codex);
        let before = gateway.login();
        let issuer = issuer(approved());
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut command = gateway.login_command(&issuer.url(), args);
        command.stdout(full);
        let run = Running::start(command).end().expect_code(1);
        gateway.assert_kept(&before, &issuer.url(), &run);
    }
}

fn a_reader_who_leaves_before_the_code_ends_codex(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let before = gateway.login();
    let issuer = issuer(Script {
        usercode: Reply::Slow(Duration::from_millis(500)),
        // Long enough to be met by whoever looks for a codex that is left.
        approval: Approval::After(500),
        ..Script::default()
    });
    let (run, reader) = log_in_to_a_reader(&gateway, &issuer);
    until_asked_for("deviceauth/usercode", &issuer);
    drop(reader);
    let run = run.end().expect_code(1).says("standard output failed");
    gateway.assert_kept(&before, &issuer.url(), &run);
}

fn a_reader_who_leaves_before_the_end_keeps_the_old_login(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let before = gateway.login();
    let issuer = issuer(waiting());
    let (run, reader) = log_in_to_a_reader(&gateway, &issuer);
    until_codex_waits(&issuer);
    drop(reader);
    issuer.approve();
    let run = run.end().expect_code(1).says("standard output failed");
    gateway.assert_kept(&before, &issuer.url(), &run);
}

/// Starts a login whose events go to this reader.
fn log_in_to_a_reader(gateway: &Gateway, issuer: &Issuer) -> (Running, PipeReader) {
    let (reader, writer) = pipe().unwrap();
    let mut command = gateway.login_command(&issuer.url(), &["--force", "--json"]);
    command.stdout(writer);
    (Running::start(command), reader)
}
