//! Modes and owners of what a login makes, whatever the umask and whoever runs it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::WaitStatus;

use crate::fixture::CANARY;
use crate::real::Codex;
use crate::real::gateway::{Gateway, assert_no_secret, issuer, until_codex_waits};
use crate::real::login::{approved, waiting};
use crate::real::processes::codex_logins_at;
use crate::real::running::{Running, where_modes_count};
use crate::real::terminal::log_in_on_a_terminal;
use crate::sandbox::through_sh;
use crate::support::issuer::{Reply, Script};
use crate::users::{Someone, can_be_others};

with_each_codex! {
    umask_000_gives_nobody_else_anything
    umask_077_changes_nothing
    umask_0277_takes_nothing_from_the_owner
    all_that_a_login_makes_is_of_the_owner_of_the_agent
    a_login_that_is_replaced_keeps_its_owner
    every_command_of_roots_leaves_all_to_the_owner
    a_key_from_standard_input_is_the_owners
    a_login_that_fails_leaves_all_to_the_owner
    a_login_that_a_signal_ends_leaves_all_to_the_owner
    ctrl_c_on_roots_terminal_reaches_the_owners_codex
    after_a_kill_the_owner_clears_up
}

/// Logs in twice under this umask, the second time over what the first has made.
fn under_umask(codex: Codex, umask: &str) {
    let gateway = Gateway::with(codex);
    let issuer = issuer(approved());
    for _ in ["first", "second"] {
        let command = gateway.login_command(&issuer.url(), &["--force"]);
        let command = through_sh(&format!("umask {umask}"), &command);
        Running::start(where_modes_count(command))
            .end()
            .expect_code(0);
        gateway.assert_nothing_left(&issuer.url());
        assert_eq!(mode(&gateway.auth_json()), 0o600);
        assert_eq!(mode(&gateway.home()), 0o700);
    }
    let status = gateway.sandbox.run(["status"]).expect_code(0);
    assert!(status.stdout.starts_with("ember\tready\t"), "{status}");
}

fn umask_000_gives_nobody_else_anything(codex: Codex) {
    under_umask(codex, "000");
}

fn umask_077_changes_nothing(codex: Codex) {
    under_umask(codex, "077");
}

fn umask_0277_takes_nothing_from_the_owner(codex: Codex) {
    match codex {
        Codex::V0_130 => under_umask(codex, "0277"),
        // Codex itself cannot use the directories that it then makes.
        Codex::V0_169 => {
            let gateway = Gateway::logged_in(codex);
            let before = gateway.login();
            let issuer = issuer(approved());
            for _ in ["first", "second"] {
                let command = gateway.login_command(&issuer.url(), &["--force"]);
                let command = where_modes_count(through_sh("umask 0277", &command));
                let run = Running::start(command).end().expect_code(1);
                let run = run.says("codex ended with exit status 1");
                gateway.assert_kept(&before, &issuer.url(), &run);
            }
        }
    }
}

/// As root gives OpenClaw's directory to a user of its own; any other user has it already.
pub(super) fn owners() -> Vec<Someone> {
    if can_be_others() {
        Someone::both().to_vec()
    } else {
        vec![Someone::ourselves()]
    }
}

fn all_that_a_login_makes_is_of_the_owner_of_the_agent(codex: Codex) {
    for owner in owners() {
        let gateway = Gateway::of_user(codex, &owner);
        let issuer = issuer(approved());
        gateway.log_in(&issuer.url(), &[]).expect_code(0);
        let mut names = gateway.sandbox.names_in_home("ember");
        names.retain(|name| Path::new(name).extension().is_some_and(|end| end == "lock"));
        let taken: &[&str] = match codex {
            Codex::V0_130 => &[".codex-login.lock"],
            Codex::V0_169 => &[".codex-login.lock", "auth.json.lock", "auth.lock"],
        };
        assert_eq!(names, taken);
        owner.assert_has(&gateway.sandbox.state_dir());
        assert_eq!(mode(&gateway.auth_json()), 0o600);
        let home = gateway.home();
        for dir in home
            .ancestors()
            .take_while(|dir| *dir != gateway.sandbox.state_dir())
        {
            assert_eq!(mode(dir), 0o700, "{}", dir.display());
        }
    }
}

fn a_login_that_is_replaced_keeps_its_owner(codex: Codex) {
    for owner in owners() {
        let gateway = Gateway::of_user_logged_in(codex, &owner);
        let issuer = issuer(approved());
        let before = gateway.login();
        gateway.log_in(&issuer.url(), &[]).expect_code(0);
        assert!(gateway.login() != before);
        owner.assert_has(&gateway.sandbox.state_dir());
        assert_eq!(mode(&gateway.auth_json()), 0o600);
    }
}

fn every_command_of_roots_leaves_all_to_the_owner(codex: Codex) {
    for owner in owners() {
        let gateway = Gateway::of_user(codex, &owner);
        let issuer = issuer(approved());
        let url = issuer.url();
        let is_owners = || owner.assert_has(&gateway.sandbox.state_dir());
        gateway.log_in(&url, &[]).expect_code(0);
        let status = gateway.sandbox.run(["status"]).expect_code(0);
        assert!(status.stdout.starts_with("ember\tready\t"), "{status}");
        is_owners();
        let exec = ["exec", "--agent", "ember", "--", "login", "status"];
        let run = gateway.sandbox.run(exec).expect_code(0);
        run.says("Logged in using ChatGPT");
        is_owners();
        gateway.log_in(&url, &["--in-place"]).expect_code(0);
        is_owners();
        let agent = &gateway.sandbox.json(["status", "--json"])["agents"][0];
        assert_eq!(agent["codex_says"], "chatgpt", "{agent:#}");
        // Who has no account has no home where another login could be looked for.
        let findings = agent["findings"].as_array().expect("a list").iter();
        let told: Vec<_> = findings.map(|finding| finding["code"].clone()).collect();
        let unseen: &[_] = match owner.name {
            Some(_) => &[],
            None => &["codex-cli-unseen"],
        };
        assert_eq!(told, unseen, "{agent:#}");
        let logout = ["logout", "--agent", "ember"];
        let run = gateway.sandbox.run(logout).expect_code(0);
        assert_eq!(run.stdout, "ember\tlogged-out\n");
        assert!(!gateway.auth_json().exists());
        is_owners();
        assert_eq!(mode(&gateway.home()), 0o700);
    }
}

fn a_key_from_standard_input_is_the_owners(codex: Codex) {
    for owner in owners() {
        let gateway = Gateway::of_user(codex, &owner);
        let key = format!("sk-{CANARY}-0123456789-of-nobody");
        let args = ["--agent", "ember", "--with-api-key"];
        let run = gateway.sandbox.run_with_input(args, &key).expect_code(0);
        assert_no_secret(&run);
        assert_eq!(mode(&gateway.auth_json()), 0o600);
        owner.assert_has(&gateway.sandbox.state_dir());
    }
}

fn a_login_that_fails_leaves_all_to_the_owner(codex: Codex) {
    for owner in owners() {
        let gateway = Gateway::of_user_logged_in(codex, &owner);
        let before = gateway.login();
        let issuer = issuer(Script {
            exchange: Reply::Status(500),
            ..approved()
        });
        let run = gateway.log_in(&issuer.url(), &[]).expect_code(1);
        gateway.assert_kept(&before, &issuer.url(), &run);
        owner.assert_has(&gateway.sandbox.state_dir());
        let run = gateway.log_in(&issuer.url(), &["--in-place"]);
        run.expect_code(1);
        owner.assert_has(&gateway.sandbox.state_dir());
    }
}

fn a_login_that_a_signal_ends_leaves_all_to_the_owner(codex: Codex) {
    for owner in owners() {
        for signal in [Signal::SIGINT, Signal::SIGTERM] {
            let gateway = Gateway::of_user_logged_in(codex, &owner);
            let before = gateway.login();
            let issuer = issuer(waiting());
            let run = gateway.start_login(&issuer.url(), &[]);
            until_codex_waits(&issuer);
            run.send(signal);
            let run = run.end().expect_signal(signal as i32);
            gateway.assert_kept(&before, &issuer.url(), &run);
            owner.assert_has(&gateway.sandbox.state_dir());
        }
    }
}

fn ctrl_c_on_roots_terminal_reaches_the_owners_codex(codex: Codex) {
    for owner in owners() {
        let gateway = Gateway::of_user_logged_in(codex, &owner);
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
        assert!(gateway.login() == before, "another login after\n{seen}");
        gateway.assert_nothing_left(&issuer.url());
        owner.assert_has(&gateway.sandbox.state_dir());
    }
}

fn after_a_kill_the_owner_clears_up(codex: Codex) {
    for owner in owners() {
        let gateway = Gateway::of_user(codex, &owner);
        let issuer = issuer(waiting());
        let run = gateway.start_login(&issuer.url(), &[]);
        until_codex_waits(&issuer);
        run.send(Signal::SIGKILL);
        for orphan in codex_logins_at(&issuer.url()) {
            kill(orphan, Signal::SIGKILL).expect("a codex that nobody else ends");
        }
        run.end().expect_signal(Signal::SIGKILL as i32);
        owner.assert_has(&gateway.sandbox.state_dir());
        issuer.approve();
        gateway.log_in(&issuer.url(), &[]).expect_code(0);
        gateway.assert_nothing_left(&issuer.url());
        owner.assert_has(&gateway.sandbox.state_dir());
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
