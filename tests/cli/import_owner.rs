//! As whom OpenClaw's command is run, and whose all is that comes of it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::import::{assert_clean, steps};
use crate::sandbox::{FAKE_CODEX, FAKE_NODE, Sandbox, wait};
use crate::users::{Someone, can_be_others, close, place, sandbox_for_everybody};

/// An OpenClaw 2026.9.6 of this user's, and programs that everybody can run.
fn newer_of(someone: &Someone) -> Sandbox {
    let sandbox = sandbox_for_everybody();
    sandbox.configure(r#"{ "agents": { "entries": { "ember": {} } } }"#);
    sandbox.install_openclaw("opt", "2026.9.6", ">=24.16.0 <25 || >=26.1.0");
    place(Path::new(FAKE_NODE), &sandbox.path("opt/bin/node"));
    let codex = sandbox.path("bin/codex");
    place(Path::new(FAKE_CODEX), &codex);
    someone.take(&sandbox.state_dir());
    let log = sandbox.write("openclaw.log", "");
    fs::set_permissions(&log, Permissions::from_mode(0o666)).unwrap();
    sandbox
        .set("FAKE_OPENCLAW_LOG", log)
        .set("CODEX_LOGIN_CODEX", codex)
}

#[test]
fn root_becomes_the_owner_and_nothing_of_roots_is_left() {
    if !can_be_others() {
        return;
    }
    for someone in Someone::both() {
        let sandbox = newer_of(&someone);
        // Nobody but root can make something beside the state directory here.
        let run = sandbox.run(["--agent", "ember"]).expect_code(1);
        let place = sandbox.path("home/.openclaw.codex-login-import");
        let command = format!(
            "hint: sudo install -d -m 700 -o {} -g {} {}",
            someone.uid,
            someone.gid,
            place.display()
        );
        run.says("OpenClaw wants its backup outside of its state directory")
            .says(&command);
        assert!(steps(&sandbox).is_empty(), "nobody is sent to a browser");

        fs::create_dir(&place).unwrap();
        someone.take(&place);
        let run = sandbox.run(["--agent", "ember"]).expect_code(0);
        assert!(place.exists(), "what root made stays");
        fs::remove_dir(&place).expect("nothing is in it");
        assert_clean(&sandbox, &run);
        let steps = steps(&sandbox);
        assert_eq!(steps.len(), 3, "{run}");
        for step in steps {
            assert_eq!(step["uid"], someone.uid, "{step:#}");
            let cwd = step["cwd"].as_str().unwrap();
            assert!(Path::new(cwd).starts_with(&place), "{cwd}");
        }
        someone.assert_has(&sandbox.state_dir());
        run.says(&format!("going on as {}, the owner", someone.words()));
        let agent = sandbox.state_dir().join("agents/ember/agent");
        let names: Vec<_> = fs::read_dir(agent)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["openclaw-agent.sqlite"]);
    }
}

#[test]
fn where_nothing_can_be_made_beside_the_state_the_place_is_in_the_owners_home() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::without_account();
    let sandbox = newer_of(&someone);
    let state = sandbox.path("srv/state");
    fs::create_dir_all(&state).unwrap();
    fs::copy(
        sandbox.state_dir().join("openclaw.json"),
        state.join("openclaw.json"),
    )
    .unwrap();
    someone.take(&state);
    std::os::unix::fs::chown(sandbox.path("home"), Some(someone.uid), Some(someone.gid)).unwrap();
    let sandbox = sandbox.set("OPENCLAW_STATE_DIR", &state);
    let program = sandbox.path("bin/codex-login");
    let command = sandbox.command_of(&program, ["--agent", "ember"]);
    let mut command = someone.run_as(&command);
    let run = wait(command.spawn().unwrap()).expect_code(0);
    assert_clean(&sandbox, &run);
    for step in steps(&sandbox) {
        let cwd = step["cwd"].as_str().unwrap();
        assert!(cwd.contains("/home/.codex-login-import-"), "{cwd}");
    }
    let names = fs::read_dir(sandbox.path("home")).unwrap();
    let mut names = names.map(|entry| entry.unwrap().file_name());
    assert!(names.all(|name| !name.to_string_lossy().contains("import")));
}

#[test]
fn where_the_owner_can_make_it_the_place_is_beside_the_state() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::without_account();
    let sandbox = newer_of(&someone);
    std::os::unix::fs::chown(sandbox.path("home"), Some(someone.uid), Some(someone.gid)).unwrap();
    let run = sandbox.run(["--agent", "ember"]).expect_code(0);
    assert_clean(&sandbox, &run);
    for step in steps(&sandbox) {
        let cwd = step["cwd"].as_str().unwrap();
        assert!(
            cwd.contains("/.openclaw.codex-login-import/ember/"),
            "{cwd}"
        );
    }
    someone.assert_has(&sandbox.path("home"));
}

#[test]
fn somebody_who_is_neither_is_told_to_become_the_owner() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::of_account("daemon");
    let sandbox = newer_of(&someone);
    let program = sandbox.path("bin/codex-login");
    let command = sandbox.command_of(&program, ["--agent", "ember", "--force"]);
    let mut command = Someone::of_account("nobody").run_as(&command);
    let run = wait(command.spawn().unwrap()).expect_code(2);
    run.says("this OpenClaw is daemon's")
        .says("hint: run codex-login as daemon");
    assert!(steps(&sandbox).is_empty());
}

#[test]
fn what_the_owner_cannot_reach_is_not_run() {
    if !can_be_others() {
        return;
    }
    let sandbox = newer_of(&Someone::without_account());
    close(&sandbox.path("opt/bin"));
    let run = sandbox.run(["--agent", "ember"]).expect_code(2);
    run.says("needs Node >=24.16.0");
    close(&sandbox.path("opt"));
    let run = sandbox.run(["--agent", "ember"]).expect_code(2);
    run.says("no `openclaw` of that version was found");
    assert!(steps(&sandbox).is_empty());
}
