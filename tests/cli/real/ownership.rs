//! Modes and owners of what a login makes, whatever the umask and whoever runs it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use nix::unistd::{Gid, Uid};

use crate::real::Codex;
use crate::real::gateway::{Gateway, issuer};
use crate::real::login::approved;
use crate::real::running::{Running, where_modes_count};
use crate::sandbox::through_sh;

with_each_codex! {
    umask_000_gives_nobody_else_anything
    umask_077_changes_nothing
    umask_0277_takes_nothing_from_the_owner
    all_that_a_login_makes_is_of_the_owner_of_the_agent
    a_login_that_is_replaced_keeps_its_owner
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

fn all_that_a_login_makes_is_of_the_owner_of_the_agent(codex: Codex) {
    let gateway = Gateway::with(codex);
    let issuer = issuer(approved());
    let owner = give_to_the_gateways_user(&gateway);
    gateway.log_in(&issuer.url(), &[]).expect_code(0);
    let mut names = gateway.sandbox.names_in_home("ember");
    names.retain(|name| Path::new(name).extension().is_some_and(|end| end == "lock"));
    let taken: &[&str] = match codex {
        Codex::V0_130 => &[".codex-login.lock"],
        Codex::V0_169 => &[".codex-login.lock", "auth.json.lock", "auth.lock"],
    };
    assert_eq!(names, taken);
    let home = gateway.home();
    let files = taken.iter().map(|name| home.join(name));
    for path in files.chain([gateway.auth_json(), home.clone()]) {
        assert_eq!(owner_of(&path), owner, "{}", path.display());
    }
    for dir in home
        .ancestors()
        .take_while(|dir| *dir != gateway.sandbox.state_dir())
    {
        assert_eq!(owner_of(dir), owner, "{}", dir.display());
        assert_eq!(mode(dir), 0o700, "{}", dir.display());
    }
}

fn a_login_that_is_replaced_keeps_its_owner(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let issuer = issuer(approved());
    let owner = give_to_the_gateways_user(&gateway);
    let before = gateway.login();
    gateway.log_in(&issuer.url(), &[]).expect_code(0);
    assert!(gateway.login() != before);
    assert_eq!(owner_of(&gateway.auth_json()), owner);
    assert_eq!(mode(&gateway.auth_json()), 0o600);
}

/// As root gives OpenClaw's directory to a user of its own; any other user has it already.
fn give_to_the_gateways_user(gateway: &Gateway) -> (u32, u32) {
    let state_dir = gateway.sandbox.state_dir();
    if Uid::effective().is_root() {
        give(&state_dir, 12345);
    }
    let owner = owner_of(&state_dir);
    let ours = (Uid::effective().as_raw(), Gid::effective().as_raw());
    assert_eq!(owner == ours, !Uid::effective().is_root());
    owner
}

fn give(path: &Path, id: u32) {
    chown(path, Some(id), Some(id)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), id);
        }
    }
}

fn owner_of(path: &Path) -> (u32, u32) {
    let meta = fs::symlink_metadata(path).unwrap();
    (meta.uid(), meta.gid())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
