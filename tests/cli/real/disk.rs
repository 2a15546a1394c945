//! A machine that refuses: a full disk, a limit on files, a home that cannot be written.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;

use nix::sys::signal::Signal;
use nix::unistd::Uid;

use crate::real::Codex;
use crate::real::gateway::{Gateway, assert_no_secret, issuer};
use crate::real::login::approved;
use crate::real::running::{Running, where_modes_count};
use crate::sandbox::{not_tried, through, through_sh};

with_each_codex! {
    a_file_size_limit_that_kills_codex_keeps_the_old_login
    a_file_size_limit_that_codex_survives_keeps_the_old_login
    a_full_disk_keeps_the_old_login
    a_home_that_cannot_be_written_is_left_as_it_is
}

/// Files may have 512 bytes: less than any login.
const SMALL_FILES: &str = "ulimit -f 1";

fn a_file_size_limit_that_kills_codex_keeps_the_old_login(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let before = gateway.login();
    let issuer = issuer(approved());
    let command = gateway.login_command(&issuer.url(), &["--force"]);
    let run = Running::start(through_sh(SMALL_FILES, &command)).end();
    // A shell sees both alike.
    let signal = Signal::SIGXFSZ as i32;
    let ended = (run.status.signal(), run.status.code());
    assert!(
        ended == (Some(signal), None) || ended == (None, Some(128 + signal)),
        "{run}"
    );
    gateway.assert_kept(&before, &issuer.url(), &run);
}

fn a_file_size_limit_that_codex_survives_keeps_the_old_login(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let before = gateway.login();
    let issuer = issuer(approved());
    let command = gateway.login_command(&issuer.url(), &["--force"]);
    let command = through_sh(&format!("trap '' XFSZ; {SMALL_FILES}"), &command);
    let run = Running::start(command).end().expect_code(1);
    let run = run.says("make room on the disk");
    gateway.assert_kept(&before, &issuer.url(), &run);
}

/// Mounts a small disk as the home, puts the login on it, fills it, and logs in. The mount is
/// seen, and lives, in there alone.
const ON_A_FULL_DISK: &str = r#"
cp -p "$HOMEDIR/auth.json" "$OUT/before" || exit 98
mount -t tmpfs -o size=64k,mode=0700 tmpfs "$HOMEDIR" || exit 99
cp -p "$OUT/before" "$HOMEDIR/auth.json" || exit 98
dd if=/dev/zero of="$HOMEDIR/full" bs=512 2>"$OUT/dd" && exit 98
"$@"
status=$?
cp -p "$HOMEDIR/auth.json" "$OUT/after"
ls -A "$HOMEDIR" >"$OUT/names"
exit $status
"#;

fn a_full_disk_keeps_the_old_login(codex: Codex) {
    if !cfg!(target_os = "linux") {
        not_tried("only Linux mounts a disk for one process");
        return;
    }
    let mut gateway = Gateway::logged_in(codex);
    let (home, out) = (gateway.home(), gateway.sandbox.path("tmp"));
    gateway.sandbox = gateway
        .sandbox
        .set("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .set("HOMEDIR", home)
        .set("OUT", &out);
    let issuer = issuer(approved());
    let command = gateway.login_command(&issuer.url(), &["--force"]);
    let mut prefix = vec!["/usr/bin/unshare", "--mount"];
    if !Uid::effective().is_root() {
        prefix.push("--map-root-user");
    }
    prefix.extend(["/bin/sh", "-c", ON_A_FULL_DISK, "sh"]);
    let run = Running::start(through(&prefix, &command)).end();
    if run.status.code() == Some(99) || run.stderr.starts_with("unshare: ") {
        not_tried(&format!("this machine lets us mount nothing:\n{run}"));
        return;
    }
    let run = run.expect_code(1).says("error: ember: ").says("\nhint: ");
    assert_no_secret(&run);
    let read = |name: &str| fs::read(out.join(name)).unwrap();
    assert!(
        read("before") == read("after"),
        "another login after\n{run}"
    );
    let names = String::from_utf8(read("names")).unwrap();
    let staged = |name: &str| name.starts_with(".codex-login.") && name != ".codex-login.lock";
    assert!(!names.lines().any(staged), "left: {names}");
}

fn a_home_that_cannot_be_written_is_left_as_it_is(codex: Codex) {
    let gateway = Gateway::logged_in(codex);
    let (before, names) = (gateway.login(), gateway.sandbox.names_in_home("ember"));
    let issuer = issuer(approved());
    fs::set_permissions(gateway.home(), Permissions::from_mode(0o500)).unwrap();
    let command = gateway.login_command(&issuer.url(), &["--force"]);
    let run = Running::start(where_modes_count(command)).end();
    // Back, so that the sandbox can be removed.
    fs::set_permissions(gateway.home(), Permissions::from_mode(0o700)).unwrap();
    let run = run.expect_code(1);
    gateway.assert_kept(&before, &issuer.url(), &run);
    assert_eq!(gateway.sandbox.names_in_home("ember"), names);
    assert_eq!(issuer.requests(), [], "a code for nothing");
}
