//! A login that is to be handed to OpenClaw, ended at each step: by a signal, by SIGKILL, with an
//! OpenClaw that never ends.

use std::fs;
use std::path::PathBuf;
use std::process::Child;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::import::{assert_clean, bench, ember_goes_by, login, newer, second_login, with_canary};
use crate::sandbox::{Run, Sandbox, wait};
use crate::signals::{is_gone, send_to, until};
use crate::stores::{FAR, give_rows, oauth};

/// Ember is logged in, and OpenClaw hangs at this step of the next login, which is of this kind.
fn hanging(step: &str, codex: String) -> Sandbox {
    let sandbox = newer();
    login(&sandbox, &[]).expect_code(0);
    let told = sandbox.path("hangs");
    sandbox
        .set("FAKE_OPENCLAW", step)
        .set("FAKE_OPENCLAW_HANGS", told)
        .set("FAKE_CODEX", codex)
}

/// A login up to where OpenClaw hangs, and the processes that OpenClaw is.
fn up_to_there(sandbox: &Sandbox) -> (Child, Vec<Pid>) {
    let child = sandbox.command(["--agent", "ember", "--force"]).spawn();
    let told = sandbox.path("hangs");
    until("OpenClaw hangs", || told.exists());
    let text = fs::read_to_string(&told).unwrap();
    fs::remove_file(told).unwrap();
    let processes = text.split(' ').map(|id| Pid::from_raw(id.parse().unwrap()));
    (child.unwrap(), processes.collect())
}

/// The run after this signal, none of OpenClaw left.
#[track_caller]
fn interrupted(sandbox: &Sandbox, signal: Signal) -> Run {
    let (child, processes) = up_to_there(sandbox);
    send_to(&child, signal);
    let run = wait(child).expect_signal(signal as i32);
    until("OpenClaw is gone", || {
        processes.iter().all(|process| is_gone(*process))
    });
    run
}

fn another_account() -> String {
    "email:aaa@example.test".to_owned()
}

#[test]
fn a_signal_before_openclaw_has_taken_the_login_leaves_the_old_one_and_nothing_else() {
    for step in ["plan=hang", "apply=hang"] {
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            let sandbox = hanging(step, second_login());
            let before = ember_goes_by(&sandbox);
            let run = interrupted(&sandbox, signal);
            let words = format!("login interrupted by {signal}, nothing was changed");
            let run = run
                .says(&words)
                .says("hint: codex-login --agent ember --force");
            assert_clean(&sandbox, &run);
            assert_eq!(ember_goes_by(&sandbox), before, "{step}");
        }
    }
}

#[test]
fn a_signal_after_openclaw_has_taken_the_login_leaves_it_in_use() {
    let sandbox = hanging("apply=write-and-hang", second_login());
    let run = interrupted(&sandbox, Signal::SIGTERM);
    assert_clean(&sandbox, &run);
    assert!(run.stdout.contains("ember\tready\t"), "{run}");
    assert_eq!(ember_goes_by(&sandbox).1, "refresh-fake-canary-second");
}

#[test]
fn a_signal_before_the_new_account_is_the_agents_choice_says_how_to_go_on() {
    for step in ["apply=write-and-hang", "order=hang"] {
        let sandbox = hanging(step, another_account());
        let run = interrupted(&sandbox, Signal::SIGTERM);
        let run = run.says("the login is in OpenClaw's store as openai:account-aaa, and the agent still goes by openai:account-ember: interrupted; ");
        run.says("models auth order set --agent ember --provider openai openai:account-aaa");
        assert_eq!(ember_goes_by(&sandbox).0, "openai:account-ember");
        let kept = bench(&sandbox).join("ember/openclaw-backup/1-openclaw-backup.tar.gz");
        assert_eq!(with_canary(&sandbox.path("")), [kept]);
        let run = login(&sandbox.set("FAKE_OPENCLAW", ""), &["--force"]);
        run.expect_code(0);
    }
}

#[test]
fn a_signal_while_codex_waits_leaves_nothing() {
    let sandbox = newer();
    login(&sandbox, &[]).expect_code(0);
    let before = ember_goes_by(&sandbox);
    let sandbox = sandbox.set("FAKE_CODEX", "wait").log_starts();
    let child = sandbox
        .command(["--agent", "ember", "--force"])
        .spawn()
        .unwrap();
    until("codex waits", || !sandbox.starts().is_empty());
    send_to(&child, Signal::SIGTERM);
    let run = wait(child).expect_signal(Signal::SIGTERM as i32);
    assert_clean(&sandbox, &run);
    assert_eq!(ember_goes_by(&sandbox), before);
}

/// Kills a login without a word, and then what is left of OpenClaw.
fn killed(sandbox: &Sandbox) {
    let (mut child, processes) = up_to_there(sandbox);
    child.kill().unwrap();
    child.wait().unwrap();
    for process in processes {
        kill(process, Signal::SIGKILL).unwrap();
        until("OpenClaw is gone", || is_gone(process));
    }
}

#[test]
fn what_a_login_leaves_that_is_killed_the_next_one_clears_whichever_agents_it_is() {
    for next in ["ember", "flint"] {
        let sandbox = hanging("apply=hang", second_login());
        let before = ember_goes_by(&sandbox);
        killed(&sandbox);
        assert_eq!(ember_goes_by(&sandbox), before);
        let mut left = with_canary(&sandbox.path(""));
        left.sort();
        assert_eq!(left.len(), 2, "{left:?}");
        assert!(left[0].ends_with("auth.json"), "{left:?}");
        assert!(left[1].ends_with("snapshot.copy"), "{left:?}");

        let sandbox = sandbox.set("FAKE_OPENCLAW", "");
        let run = sandbox.run(["--agent", next, "--force"]).expect_code(0);
        assert_clean(&sandbox, &run);
    }
}

#[test]
fn after_a_kill_at_any_step_the_agent_has_a_login_and_can_be_given_another() {
    for (step, goes_by) in [
        ("plan=hang", "refresh-fake-canary-of-ember"),
        ("apply=hang", "refresh-fake-canary-of-ember"),
        ("apply=write-and-hang", "refresh-fake-canary-second"),
    ] {
        let sandbox = hanging(step, second_login());
        killed(&sandbox);
        assert_eq!(ember_goes_by(&sandbox).1, goes_by, "{step}");
        sandbox.run(["status", "--agent", "ember"]).expect_code(0);
        let sandbox = sandbox.set("FAKE_OPENCLAW", "");
        let run = login(&sandbox, &["--force"]).expect_code(0);
        assert_clean(&sandbox, &run);
        assert_eq!(ember_goes_by(&sandbox).1, "refresh-fake-canary-second");
    }
}

#[test]
fn what_a_kill_leaves_the_next_login_clears_though_the_agent_is_ready_by_then() {
    let clears = ["--agent ember", "--all-agents"];
    for (further, clears) in clears
        .into_iter()
        .map(|line| (line, true))
        .chain([("--agent flint", false)])
    {
        let sandbox = hanging("apply=write-and-hang", second_login());
        give_rows(
            &sandbox,
            "flint",
            &json!({ "profiles": { "openai:x": oauth("openai", FAR) } }),
        );
        killed(&sandbox);
        let left = with_canary(&sandbox.path(""));
        assert_eq!(left.len(), 3, "{left:?}");

        let sandbox = sandbox.set("FAKE_OPENCLAW", "");
        let run = sandbox.run(further.split(' ')).expect_code(0);
        run.says("nothing was done");
        // A backup stays until the login of the same agent is known to be there.
        let left = with_canary(&sandbox.path(""));
        let is_backup = |path: &PathBuf| path.ends_with("1-openclaw-backup.tar.gz");
        assert!(left.iter().all(is_backup), "{further}: {left:?}");
        assert_eq!(left.is_empty(), clears, "{further}");
        assert_eq!(bench(&sandbox).exists(), !clears, "{further}");
        assert_eq!(ember_goes_by(&sandbox).1, "refresh-fake-canary-second");
    }
}

#[test]
fn what_may_hold_logins_is_told_by_the_doctor() {
    let sandbox = hanging("apply=write-and-hang", second_login());
    let (child, processes) = up_to_there(&sandbox);
    let codes = |sandbox: &Sandbox| {
        let run = sandbox.run(["doctor", "--offline", "--json"]);
        let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let findings = document["findings"].as_array().unwrap().iter();
        let codes = findings.map(|finding| finding["code"].as_str().unwrap().to_owned());
        codes.collect::<Vec<_>>()
    };
    // Not while a login is under way.
    let left = "import-leftovers".to_owned();
    assert!(!codes(&sandbox).contains(&left));
    send_to(&child, Signal::SIGKILL);
    wait(child);
    for process in processes {
        kill(process, Signal::SIGKILL).unwrap();
        until("OpenClaw is gone", || is_gone(process));
    }
    assert!(codes(&sandbox).contains(&left));
    let run = sandbox.run(["doctor", "--offline"]);
    assert!(run.stdout.contains("\tcodex-login --agent ember"), "{run}");
    assert!(
        codes(&sandbox).contains(&left),
        "the doctor changes nothing"
    );
    login(&sandbox.set("FAKE_OPENCLAW", ""), &[]).expect_code(0);
}

#[test]
fn one_login_of_an_agent_runs_at_a_time_and_those_of_two_do_not_meet() {
    let sandbox = hanging("apply=hang", second_login());
    let (child, _) = up_to_there(&sandbox);
    let staged: Vec<PathBuf> = with_canary(&bench(&sandbox));
    let sandbox = sandbox.set("FAKE_OPENCLAW", "");
    let run = login(&sandbox, &["--force"]).expect_code(1);
    run.says("another login of this agent is under way")
        .says("hint: wait for it, then: codex-login status --agent ember");
    sandbox.run(["--agent", "flint"]).expect_code(0);
    assert_eq!(with_canary(&bench(&sandbox)), staged);
    send_to(&child, Signal::SIGTERM);
    let run = wait(child).expect_signal(Signal::SIGTERM as i32);
    assert_clean(&sandbox, &run);
}
