//! A login that is handed over while something else happens: what is said then is what is so, and
//! nothing that works is lost.

use std::fs;

use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};
use serde_json::json;

use crate::import::{
    assert_clean, bench, ember_goes_by, login, newer, refuse, second_login, with_canary,
};
use crate::sandbox::{Sandbox, wait};
use crate::signals::{is_gone, send_to, until};
use crate::stores::{FAR, give_rows, oauth};

/// OpenClaw holds against ember's profile that it was refused.
fn refused() -> Sandbox {
    let sandbox = newer();
    login(&sandbox, &[]).expect_code(0);
    refuse(&sandbox);
    sandbox.set("FAKE_CODEX", second_login())
}

#[test]
fn a_profile_that_was_taken_out_is_put_in_again_however_that_ended() {
    let sandbox = refused().set("FAKE_OPENCLAW", "logout=write-and-fail");
    let run = login(&sandbox, &[]).expect_code(0);
    assert_clean(&sandbox, &run);
    assert_eq!(ember_goes_by(&sandbox).1, "refresh-fake-canary-second");
    assert!(!run.to_string().contains("could not be brought"), "{run}");

    let told = "hangs";
    let sandbox = refused();
    let told = sandbox.path(told);
    let sandbox = sandbox
        .set("FAKE_OPENCLAW", "logout=write-and-hang")
        .set("FAKE_OPENCLAW_HANGS", &told);
    let child = sandbox.command(["--agent", "ember"]).spawn().unwrap();
    until("OpenClaw hangs", || told.exists());
    send_to(&child, Signal::SIGTERM);
    let run = wait(child).expect_signal(Signal::SIGTERM as i32);
    assert_clean(&sandbox, &run);
    assert_eq!(
        ember_goes_by(&sandbox).1,
        "refresh-fake-canary-second",
        "{run}"
    );
}

#[test]
fn an_openclaw_that_outlives_us_keeps_the_next_login_waiting() {
    let sandbox = newer();
    login(&sandbox, &[]).expect_code(0);
    let told = sandbox.path("hangs");
    let sandbox = sandbox
        .set("FAKE_OPENCLAW", "apply=wait")
        .set("FAKE_OPENCLAW_HANGS", &told)
        .set("FAKE_CODEX", second_login());
    let mut child = sandbox
        .command(["--agent", "ember", "--force"])
        .spawn()
        .unwrap();
    until("OpenClaw is at work", || told.exists());
    let id = fs::read_to_string(&told).unwrap();
    let openclaw = Pid::from_raw(id.parse().unwrap());
    child.kill().unwrap();
    child.wait().unwrap();

    let idle = sandbox.set("FAKE_OPENCLAW", "");
    let run = login(&idle, &["--force"]).expect_code(1);
    run.says("another login of this agent is under way");
    let left = with_canary(&bench(&idle));
    assert!(!left.is_empty(), "nothing is cleared under its hands");
    let run = idle.run(["doctor", "--offline"]);
    assert!(!run.stdout.contains("import-leftovers"), "{run}");

    fs::write(told.with_extension("go"), "").unwrap();
    until("OpenClaw is gone", || is_gone(openclaw));
    assert_eq!(ember_goes_by(&idle).1, "refresh-fake-canary-second");
    let run = login(&idle, &[]).expect_code(0);
    assert_clean(&idle, &run);
}

#[test]
fn what_openclaw_leaves_running_is_ended() {
    let sandbox = newer();
    let told = sandbox.path("child");
    let sandbox = sandbox
        .set("FAKE_OPENCLAW", "apply=leave-child")
        .set("FAKE_OPENCLAW_HANGS", &told);
    login(&sandbox, &[]).expect_code(0);
    let child = fs::read_to_string(told).unwrap().parse().unwrap();
    until("it is gone", || is_gone(Pid::from_raw(child)));
}

#[test]
fn nothing_was_changed_is_not_said_where_another_agents_was() {
    let sandbox = newer().set("FAKE_OPENCLAW", "apply=spread");
    let own = json!({ "profiles": { "openai:x": oauth("openai", FAR) } });
    give_rows(&sandbox, "flint", &own);
    let run = login(&sandbox, &[]).expect_code(1);
    assert!(!run.to_string().contains("nothing was changed"), "{run}");
    run.says("flint goes by no profile now, and by openai:x before")
        .says("the agent goes by what it had, others do not; ");
}

#[test]
fn what_others_do_meanwhile_is_not_laid_to_an_import() {
    let sandbox = newer().set("FAKE_OPENCLAW", "plan=beside");
    let run = login(&sandbox, &[]).expect_code(0);
    assert_clean(&sandbox, &run);
    assert!(!run.to_string().contains("flint"), "{run}");
}

#[test]
fn a_login_that_is_refreshed_while_it_is_handed_over_stays() {
    let sandbox = newer().set("FAKE_OPENCLAW", "apply=refresh");
    sandbox.log_in("ember");
    let run = login(&sandbox, &[]).expect_code(1);
    run.says("has another login by now than the one that was handed over")
        .says("hint: codex-login --agent ember --force");
    assert!(sandbox.auth_json("ember").exists());
    assert!(!bench(&sandbox).exists());
}

#[test]
fn what_stands_in_place_of_a_lock_is_not_waited_for() {
    let sandbox = newer();
    let dir = bench(&sandbox).join("flint");
    fs::create_dir_all(&dir).unwrap();
    mkfifo(&dir.join("lock"), Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
    let run = sandbox.run(["doctor", "--offline"]);
    assert!(run.stdout.contains("import-leftovers"), "{run}");
    let run = sandbox.run(["--agent", "flint"]).expect_code(1);
    run.says("lock is no file");
}

#[test]
fn a_backup_for_an_agent_that_is_no_more_is_told_with_the_command_that_removes_it() {
    let sandbox = newer();
    let dir = bench(&sandbox).join("gone");
    fs::create_dir_all(dir.join("openclaw-backup")).unwrap();
    fs::write(dir.join("openclaw-backup/1.tar.gz"), "fake").unwrap();
    let run = sandbox.run(["doctor", "--offline"]);
    let command = format!("\trm -r {}", dir.display());
    assert!(run.stdout.contains(&command), "{run}");
}
