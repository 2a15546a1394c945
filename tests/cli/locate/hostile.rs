//! What lies in the way is told; it is never fatal, and nothing is read without bound.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::{Value, json};

use super::{rejected, which, without_codex};
use crate::sandbox::{FAKE_CODEX, Sandbox, link, package_without_binary, wait};
use crate::users::{Someone, copy, sandbox_for_everybody};

const LIVE: &str = "home/.local/share/pnpm/global/5/node_modules/@openai/codex";

/// A codex of yarn's, so that there is one; something else comes before it.
fn machine() -> Sandbox {
    let sandbox = without_codex("2026.5.12");
    let yarns = sandbox.path("home/.config/yarn/global/node_modules/@openai/codex");
    crate::sandbox::fake_package(&yarns, "0.150.0");
    sandbox
}

/// yarn's is taken, and this is said of what lies at `path`.
#[track_caller]
fn assert_passed_over(sandbox: &Sandbox, path: &Path, reason: &str) {
    let codex = which(sandbox);
    assert_eq!(codex["version"], "0.150.0");
    assert_eq!(rejected(&codex, path)["reason"], reason);
}

#[test]
fn a_manifest_of_a_gigabyte_is_not_read() {
    let sandbox = machine();
    let path = sandbox.path(LIVE);
    fs::create_dir_all(&path).unwrap();
    let manifest = File::create(path.join("package.json")).unwrap();
    manifest.set_len(1 << 30).unwrap();
    let reason = "not an @openai/codex package: its package.json is larger than 1 MiB";
    assert_passed_over(&sandbox, &path, reason);
}

#[test]
fn a_manifest_that_is_none_is_told_by_what_it_is() {
    let nested = "[".repeat(500_000);
    for (text, why) in [
        (nested.as_str(), "its package.json is damaged"),
        ("{", "its package.json is damaged"),
        ("[]", "its package.json is damaged"),
        ("", "its package.json is damaged"),
    ] {
        let sandbox = machine();
        sandbox.write(format!("{LIVE}/package.json"), text);
        let reason = format!("not an @openai/codex package: {why}");
        assert_passed_over(&sandbox, &sandbox.path(LIVE), &reason);
    }
    for text in [
        "{}",
        r#"{"name":["@openai/codex"]}"#,
        r#"{"name":"@openai/codex","bin":"x.js"}"#,
    ] {
        let sandbox = machine();
        sandbox.write(format!("{LIVE}/package.json"), text);
        assert_passed_over(
            &sandbox,
            &sandbox.path(LIVE),
            "not an @openai/codex package",
        );
    }
}

#[test]
fn what_stands_in_place_of_a_manifest_is_not_waited_for() {
    let sandbox = machine();
    let path = sandbox.path(LIVE);
    fs::create_dir_all(path.join("package.json")).unwrap();
    let reason = "not an @openai/codex package: its package.json is not a file";
    assert_passed_over(&sandbox, &path, reason);
    fs::remove_dir(path.join("package.json")).unwrap();
    mkfifo(&path.join("package.json"), Mode::S_IRWXU).unwrap();
    assert_passed_over(&sandbox, &path, reason);
}

#[test]
fn links_that_lead_nowhere_or_round_are_told() {
    let sandbox = machine();
    let path = sandbox.path(LIVE);
    link(&sandbox.path("gone"), &path);
    assert_passed_over(&sandbox, &path, "a dangling link");
    fs::remove_file(&path).unwrap();
    link(&path, &path);
    let codex = which(&sandbox);
    assert_eq!(codex["version"], "0.150.0");
    let reason = rejected(&codex, &path)["reason"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(reason.starts_with("could not be read: "), "{reason}");
}

#[test]
fn a_file_in_place_of_a_directory_is_told() {
    let sandbox = machine();
    let path = sandbox.write("home/.local/share/pnpm/global/5/node_modules/@openai", "");
    let codex = which(&sandbox);
    assert_eq!(codex["version"], "0.150.0");
    let reason = &rejected(&codex, &path.join("codex"))["reason"];
    assert_eq!(reason, "could not be read: not a directory");
    sandbox.write("home/.local/share/pnpm/global/v11", "");
    assert_eq!(which(&sandbox)["version"], "0.150.0");
}

#[test]
fn a_directory_that_may_not_be_listed_is_told_by_its_name() {
    // Root may list everything, so the tests of root do this as somebody else.
    let someone = Someone::without_account();
    let sandbox = sandbox_for_everybody().set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.5.12");
    sandbox.configure("{ agents: { list: [{ id: 'ember' }] } }");
    let yarns = sandbox.path("home/.config/yarn/global/node_modules/@openai/codex");
    let binary = package_without_binary(&yarns, "0.150.0");
    copy(Path::new(FAKE_CODEX), &binary);
    let groups = sandbox.path("home/.local/share/pnpm/global/v11");
    fs::create_dir_all(&groups).unwrap();
    fs::set_permissions(&groups, Permissions::from_mode(0o000)).unwrap();
    let program = sandbox.path("bin/codex-login");
    let mut command = sandbox.command_of(&program, ["which", "--json"]);
    if nix::unistd::geteuid().is_root() {
        someone.take(&sandbox.path("home"));
        command = someone.run_as(&command);
    }
    let run = wait(command.spawn().unwrap());
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
    let codex = &document["codex"];
    assert_eq!(codex["version"], "0.150.0");
    let reason = &rejected(codex, &groups)["reason"];
    assert_eq!(reason, "could not be listed: permission denied");
}

#[test]
fn names_that_are_no_text_are_passed_over_and_shown_as_well_as_can_be() {
    let sandbox = machine();
    let globals = sandbox.path("home/.local/share/pnpm/global/v11");
    let store = sandbox.path("home/.local/share/pnpm/global/5/.pnpm");
    let odd = OsStr::from_bytes(b"@openai+codex@\xff\xfe");
    for dir in [&globals, &store] {
        fs::create_dir_all(dir.join(odd).join("node_modules/@openai/codex")).unwrap();
    }
    let nvm = sandbox.path("home/.nvm/versions/node");
    fs::create_dir_all(nvm.join(OsStr::from_bytes(b"v22.\xff"))).unwrap();
    assert_eq!(which(&sandbox)["rejected"], json!([]));

    fs::remove_dir_all(sandbox.path("home/.config")).unwrap();
    let document = sandbox.json(["which", "--json"]);
    assert_eq!(document["error"]["code"], "codex-not-found");
    let rejected = &document["error"]["rejected"][0];
    assert!(
        rejected["path"]
            .as_str()
            .unwrap()
            .contains("@openai+codex@\u{fffd}"),
        "{rejected}"
    );
}

#[test]
fn control_characters_in_a_name_do_not_reach_the_terminal() {
    let sandbox = machine();
    let path = sandbox.path(LIVE);
    link(&PathBuf::from("/nowhere/\u{1b}[31m"), &path);
    let sandbox = sandbox.set("YARN_GLOBAL_FOLDER", "/nowhere/\u{1b}]0;owned\u{7}");
    let run = sandbox.run(["which"]).expect_code(0);
    assert!(!run.stdout.contains('\u{1b}'), "{run}");
    assert_eq!(which(&sandbox)["error"], Value::Null);
}
