//! `doctor --fix` and `restore`, killed at every step: nothing is lost, and the next run goes on.
//!
//! "Step" is meant literally: the program is traced, and killed with SIGKILL as it enters its first
//! system call that changes a file, then its second, and so on until it comes to its end.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nix::libc::{
    SYS_chmod, SYS_fchmod, SYS_fchmodat, SYS_fsync, SYS_mkdir, SYS_mkdirat, SYS_openat, SYS_rename,
    SYS_renameat, SYS_renameat2, SYS_rmdir, SYS_unlink, SYS_unlinkat, SYS_write, c_long,
};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::doctor::{give_store, oauth, snapshot, store};
use crate::fixture::chatgpt;
use crate::import::{bench, ember_goes_by, login, newer, with_canary};
use crate::sandbox::{Sandbox, through_sh};
use crate::signals::until;

/// The calls that can change what is on disk. To open a file may make one.
const CHANGES: [c_long; 14] = [
    SYS_chmod,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fsync,
    SYS_mkdir,
    SYS_mkdirat,
    SYS_openat,
    SYS_rename,
    SYS_renameat,
    SYS_renameat2,
    SYS_rmdir,
    SYS_unlink,
    SYS_unlinkat,
    SYS_write,
];
/// Of opening only this is of interest: `O_CREAT`.
const CREATES: u64 = 0o100;

type Files = BTreeMap<PathBuf, (u32, Vec<u8>)>;

/// Runs codex-login and kills it as it enters its change number `n`; whether it came so far.
fn killed_at(sandbox: &Sandbox, args: &[&str], n: usize) -> bool {
    let mut command = through_sh("kill -STOP $$", &sandbox.command(args));
    let mut child = command.spawn().unwrap();
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    let stopped = waitpid(pid, Some(WaitPidFlag::WUNTRACED)).unwrap();
    assert_eq!(stopped, WaitStatus::Stopped(pid, Signal::SIGSTOP));
    let options =
        Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACEEXEC | Options::PTRACE_O_EXITKILL;
    ptrace::seize(pid, options).unwrap();
    kill(pid, Signal::SIGCONT).unwrap();
    let was_killed = traced_to(pid, n);
    // It was waited for as what is traced.
    child.wait().unwrap_err();
    was_killed
}

fn traced_to(pid: Pid, n: usize) -> bool {
    let (mut is_ours, mut is_entry, mut changes) = (false, true, 0);
    loop {
        let mut pass = None;
        match waitpid(pid, None).unwrap() {
            WaitStatus::Exited(..) => return false,
            WaitStatus::Signaled(_, signal, _) => panic!("ended by {signal}"),
            WaitStatus::PtraceEvent(_, _, event) if event == nix::libc::PTRACE_EVENT_EXEC => {
                // What follows is the end of the call.
                (is_ours, is_entry) = (true, false);
            }
            WaitStatus::PtraceSyscall(_) => {
                if is_ours && is_entry && is_change(pid) {
                    changes += 1;
                    if changes > n {
                        kill(pid, Signal::SIGKILL).unwrap();
                        waitpid(pid, None).unwrap();
                        return true;
                    }
                }
                is_entry = !is_entry;
            }
            WaitStatus::Stopped(_, signal) => pass = Some(signal),
            _ => {}
        }
        ptrace::syscall(pid, pass).unwrap();
    }
}

fn is_change(pid: Pid) -> bool {
    let regs = ptrace::getregs(pid).unwrap();
    let call = c_long::try_from(regs.orig_rax).unwrap();
    CHANGES.contains(&call) && (call != SYS_openat || regs.rdx & CREATES != 0)
}

/// Everything that `doctor --fix` can do is there to be done.
fn sick() -> Sandbox {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let profiles = json!({
        "other:a": { "type": "api_key", "provider": "other", "key": "fake-key" },
        "openai-codex:default": oauth("stale"),
        "openai-codex:second": oauth("second"),
    });
    give_store(&sandbox, "main", &store(&profiles));
    let auth = sandbox.auth_json("ember");
    fs::set_permissions(auth, fs::Permissions::from_mode(0o644)).unwrap();
    let dead = "home/.openclaw/agents/ember/agent/harness-auth/codex/0123456789abcdef/auth.json";
    sandbox.write(
        dead,
        r#"{ "tokens": { "refresh_token": "fake-refresh-of-harness" } }"#,
    );
    sandbox
}

/// The same for what only `--native-only` does.
fn sick_of_profiles() -> Sandbox {
    let sandbox = sick();
    sandbox.configure("{ agents: { list: [{ id: 'ember' }] } } // of the house\n");
    sandbox
}

/// An agent that OpenClaw 2026.9.6 refuses to start.
fn blocked() -> Sandbox {
    let sandbox = Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6");
    let old = chatgpt("ember@example.test", 1_000_000_000);
    sandbox.give_auth("ember", old.to_string());
    sandbox
}

/// The same where its login is still good, and OpenClaw's command is there.
fn to_be_handed_over() -> Sandbox {
    let sandbox = newer();
    sandbox.log_in("ember");
    sandbox
}

const FIX: [&str; 4] = ["doctor", "--fix", "--yes", "--offline"];
const FIX_NATIVE: [&str; 5] = ["doctor", "--fix", "--yes", "--offline", "--native-only"];

fn home(sandbox: &Sandbox) -> Files {
    let mut files = snapshot(&sandbox.path("home"));
    // The home's lock stays, as that of every login.
    files.retain(|path, _| !path.ends_with(".codex-login.lock"));
    files
}

/// Every token that there was is still somewhere.
#[track_caller]
fn assert_nothing_lost(before: &Files, now: &Files) {
    let text = |files: &Files| {
        let texts = files
            .values()
            .map(|(_, text)| String::from_utf8_lossy(text).into_owned());
        texts.collect::<Vec<_>>().join("\n")
    };
    let (before, now) = (text(before), text(now));
    let tokens = before.split('"').filter(|word| word.starts_with("fake-"));
    for token in tokens {
        assert!(now.contains(token), "{token} is lost");
    }
}

#[track_caller]
fn restore_all(sandbox: &Sandbox) {
    let document = sandbox.json(["restore", "--json"]);
    for fix in document["fixes"].as_array().unwrap() {
        let id = fix["id"].as_str().unwrap();
        sandbox.run(["restore", id]).expect_code(0);
    }
}

/// Kills a run of `args` at every step; then `go_on` has to come to the same end.
fn survives(args: &[&str], sick: impl Fn() -> Sandbox, go_on: impl Fn(&Sandbox, &Files)) {
    for n in 0.. {
        let sandbox = sick();
        let before = home(&sandbox);
        let was_killed = killed_at(&sandbox, args, n);
        assert_nothing_lost(&before, &home(&sandbox));
        go_on(&sandbox, &before);
        if !was_killed {
            assert!(n > 10, "only {n} steps");
            return;
        }
    }
}

#[test]
fn a_login_that_was_killed_while_it_was_handed_over_is_whole_after_the_next_run() {
    for args in [
        ["--agent", "ember"].as_slice(),
        &["doctor", "--fix", "--yes"],
    ] {
        survives(args, to_be_handed_over, |sandbox, _| {
            // What it had started may go on for a moment.
            until("OpenClaw is gone", || !is_at_work(&bench(sandbox)));
            login(sandbox, &[]).expect_code(0);
            assert_eq!(ember_goes_by(sandbox).1, "refresh-fake-canary-of-ember");
            assert!(!bench(sandbox).exists(), "{:?}", snapshot(&bench(sandbox)));
            assert!(!sandbox.auth_json("ember").exists());
            let aside = sandbox.path("home/.openclaw.codex-login");
            let elsewhere = with_canary(&sandbox.path(""));
            let is_elsewhere = |path: &PathBuf| !path.starts_with(&aside);
            assert!(!elsewhere.iter().any(is_elsewhere), "{elsewhere:?}");
        });
    }
}

/// Whether some process works in there.
fn is_at_work(dir: &Path) -> bool {
    let links = fs::read_dir("/proc").unwrap().flatten();
    let mut dirs = links.filter_map(|entry| fs::read_link(entry.path().join("cwd")).ok());
    dirs.any(|cwd| cwd.starts_with(dir))
}

#[test]
fn a_fix_that_was_killed_is_undone_by_restore() {
    for (args, sick) in [
        (FIX.as_slice(), sick as fn() -> Sandbox),
        (FIX_NATIVE.as_slice(), sick_of_profiles),
        (FIX.as_slice(), blocked),
    ] {
        survives(args, sick, |sandbox, before| {
            restore_all(sandbox);
            assert_eq!(
                home(sandbox).keys().collect::<Vec<_>>(),
                before.keys().collect::<Vec<_>>()
            );
            assert_eq!(home(sandbox), *before);
        });
    }
}

#[test]
fn a_fix_that_was_killed_is_finished_by_the_next_and_still_undone_by_restore() {
    for (args, sick) in [
        (FIX.as_slice(), sick as fn() -> Sandbox),
        (FIX_NATIVE.as_slice(), sick_of_profiles),
    ] {
        survives(args, sick, |sandbox, before| {
            sandbox.run(args).expect_code(0);
            restore_all(sandbox);
            assert_eq!(home(sandbox), *before);
        });
    }
}

#[test]
fn a_restore_that_was_killed_is_finished_by_the_next() {
    for (args, sick) in [
        (FIX.as_slice(), sick as fn() -> Sandbox),
        (FIX_NATIVE.as_slice(), sick_of_profiles),
        (FIX.as_slice(), blocked),
    ] {
        for n in 0.. {
            let sandbox = sick();
            let before = home(&sandbox);
            sandbox.run(args);
            let document: Value = sandbox.json(["restore", "--json"]);
            let id = document["fixes"][0]["id"].as_str().unwrap();
            let was_killed = killed_at(&sandbox, &["restore", id], n);
            assert_nothing_lost(&before, &home(&sandbox));
            restore_all(&sandbox);
            assert_eq!(home(&sandbox), before);
            if !was_killed {
                assert!(n > 3, "only {n} steps");
                break;
            }
        }
    }
}
