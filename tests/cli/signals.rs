//! Signals and ends: what arrives at codex, and what the caller sees.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rexpect::session::PtySession;

use crate::sandbox::{Run, Sandbox, through_sh, wait};

/// For whatever is waited for: far more than it can take.
const LIMIT: Duration = Duration::from_secs(30);

/// A login under way, its codex ready for signals.
struct Waiting {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    codex: Pid,
}

impl Waiting {
    fn start(sandbox: &Sandbox) -> Waiting {
        let mut command = sandbox.command(["--agent", "ember", "--force"]);
        Waiting::start_as(&mut command)
    }

    fn start_as(command: &mut Command) -> Waiting {
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let ready = line_with(&mut stdout, "READY ");
        Waiting {
            child,
            stdout,
            codex: pid_in(&ready),
        }
    }

    fn send(&self, signal: Signal) {
        send_to(&self.child, signal);
    }

    /// Waits for the line and gives it.
    fn line(&mut self, text: &str) -> String {
        line_with(&mut self.stdout, text)
    }

    fn end(mut self) -> Run {
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.stdout, &mut rest).unwrap();
        let mut run = wait(self.child);
        run.stdout = rest;
        run
    }
}

pub fn send_to(child: &Child, signal: Signal) {
    let id = i32::try_from(child.id()).unwrap();
    kill(Pid::from_raw(id), signal).unwrap();
}

/// The next line that holds `text`. Ends with the stream, so a test cannot hang on a program that
/// has gone; one that hangs is ended by the test runner's own limit.
fn line_with(stdout: &mut impl std::io::BufRead, text: &str) -> String {
    stdout
        .lines()
        .map(|line| line.unwrap())
        .find(|line| line.contains(text))
        .unwrap_or_else(|| panic!("no {text:?} before the end"))
}

fn pid_in(ready: &str) -> Pid {
    let number = ready.trim().rsplit(' ').next().unwrap();
    Pid::from_raw(number.parse().unwrap())
}

/// Whether it runs no more. One that has died and that nobody has waited for counts as gone.
pub fn is_gone(process: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = stat.rsplit(") ").next().unwrap();
    state.starts_with('Z') || kill(process, None).is_err()
}

/// Looks until it is true; gives up after far more than it can take.
pub fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !is_true() {
        assert!(Instant::now() < end, "{what}: not within {LIMIT:?}");
        std::thread::yield_now();
    }
}

/// Waits until codex has told of its start.
fn until_asked(sandbox: &Sandbox) {
    let log = sandbox.path("starts.log");
    let text = || fs::read_to_string(&log).unwrap_or_default();
    until("codex is asked", || text().ends_with('\n'));
}

/// An agent that is logged in, and a codex whose login waits.
fn waiting_sandbox() -> (Sandbox, Vec<u8>) {
    let sandbox = Sandbox::with_agents(&["ember"]).set("FAKE_CODEX", "wait");
    sandbox.log_in("ember");
    let before = fs::read(sandbox.auth_json("ember")).unwrap();
    (sandbox, before)
}

#[test]
fn a_signal_sent_to_us_reaches_codex_and_its_death_is_ours() {
    for signal in [Signal::SIGTERM, Signal::SIGQUIT, Signal::SIGUSR1] {
        let (sandbox, before) = waiting_sandbox();
        let waiting = Waiting::start(&sandbox);
        let codex = waiting.codex;
        waiting.send(signal);
        let run = waiting.end().expect_signal(signal as i32);
        let run = run
            .says("error: ember: login interrupted")
            .says("hint: codex-login --agent ember");
        assert!(is_gone(codex), "{run}");
        assert_eq!(fs::read(sandbox.auth_json("ember")).unwrap(), before);
        sandbox.assert_nothing_staged("ember");
    }
}

#[test]
fn sigint_and_sighup_without_a_terminal_are_forwarded_once() {
    for (signal, line) in [
        (Signal::SIGINT, "END hup=0 int=1"),
        (Signal::SIGHUP, "END hup=1 int=0"),
    ] {
        let (sandbox, before) = waiting_sandbox();
        let mut waiting = Waiting::start(&sandbox);
        waiting.send(signal);
        waiting.line("GOT ");
        waiting.send(Signal::SIGTERM);
        waiting.line(line);
        // The first signal is what ended the login, whatever codex died of.
        waiting.end().expect_signal(signal as i32);
        assert_eq!(fs::read(sandbox.auth_json("ember")).unwrap(), before);
        sandbox.assert_nothing_staged("ember");
    }
}

#[test]
fn a_stopped_codex_is_woken_to_obey() {
    let (sandbox, _) = waiting_sandbox();
    let mut waiting = Waiting::start(&sandbox);
    kill(waiting.codex, Signal::SIGSTOP).unwrap();
    waiting.send(Signal::SIGTERM);
    waiting.line("END ");
    waiting.end().expect_signal(Signal::SIGTERM as i32);
}

#[test]
fn a_codex_that_ignores_signals_does_not_outlive_us() {
    let (sandbox, before) = waiting_sandbox();
    let sandbox = sandbox.set("FAKE_CODEX", "stubborn");
    let waiting = Waiting::start(&sandbox);
    let codex = waiting.codex;
    waiting.send(Signal::SIGTERM);
    waiting.end().expect_signal(Signal::SIGTERM as i32);
    assert!(is_gone(codex));
    assert_eq!(fs::read(sandbox.auth_json("ember")).unwrap(), before);
    sandbox.assert_nothing_staged("ember");
}

#[test]
fn a_codex_that_dies_of_a_signal_takes_us_along() {
    for signal in [Signal::SIGKILL, Signal::SIGTERM] {
        let wish = format!("die:{}", signal as i32);
        let sandbox = Sandbox::with_agents(&["ember"]).set("FAKE_CODEX", wish);
        let run = sandbox
            .run(["--agent", "ember"])
            .expect_signal(signal as i32);
        run.says("error: ember: login failed")
            .says("codex was ended by signal");
        sandbox.assert_nothing_staged("ember");
    }
}

#[test]
fn one_codex_killed_among_several_is_one_failure() {
    let sandbox = Sandbox::with_agents(&["ember", "shravan"]).set("FAKE_CODEX", "die:9");
    sandbox
        .run(["--all-agents"])
        .expect_code(1)
        .says("error: shravan: login failed");
}

#[test]
fn a_signal_ends_the_whole_of_all_agents() {
    let sandbox = Sandbox::with_agents(&["ember", "shravan"])
        .set("FAKE_CODEX", "wait")
        .log_starts();
    let waiting = Waiting::start_as(&mut sandbox.command(["--all-agents"]));
    waiting.send(Signal::SIGTERM);
    waiting.end().expect_signal(Signal::SIGTERM as i32);
    let logins = sandbox
        .starts()
        .iter()
        .filter(|start| start["args"][1] == "--device-auth")
        .count();
    assert_eq!(logins, 1);
}

#[test]
fn what_our_caller_ignores_stays_ignored_by_codex_too() {
    let (sandbox, _) = waiting_sandbox();
    let plain = sandbox.command(["--agent", "ember", "--force"]);
    let mut command = through_sh("trap '' HUP", &plain);
    let mut waiting = Waiting::start_as(&mut command);
    waiting.send(Signal::SIGHUP);
    waiting.send(Signal::SIGTERM);
    // On systems that do not tell what is ignored the signal is passed on.
    let hups = if cfg!(target_os = "linux") {
        "hup=0"
    } else {
        "hup="
    };
    waiting.line(&format!("END {hups}"));
    waiting.end();
}

#[test]
fn a_signal_during_status_kills_the_codex_that_was_asked() {
    let sandbox = Sandbox::with_agents(&["ember"])
        .set("FAKE_CODEX_STATUS", "HANG")
        .log_starts();
    sandbox.log_in("ember");
    let child = sandbox.command(["status"]).spawn().unwrap();
    until_asked(&sandbox);
    let codex = i32::try_from(sandbox.starts()[0]["pid"].as_u64().unwrap()).unwrap();
    send_to(&child, Signal::SIGTERM);
    wait(child).expect_signal(Signal::SIGTERM as i32);
    until("codex is gone", || is_gone(Pid::from_raw(codex)));
}

/// A login on a terminal of its own, its codex ready for signals.
fn on_a_terminal(sandbox: &Sandbox) -> (PtySession, Pid) {
    let plain = sandbox.command(["--agent", "ember", "--force"]);
    let mut command = Command::new(plain.get_program());
    command
        .args(plain.get_args())
        .env_clear()
        .envs(
            plain
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(sandbox.path("cwd"));
    let limit = u64::try_from(LIMIT.as_millis()).unwrap();
    let mut session = rexpect::session::spawn_command(command, Some(limit)).unwrap();
    session.exp_string("P4DP-8OSZ4").unwrap();
    session.exp_string("READY ").unwrap();
    let number = session.exp_regex("[0-9]+").unwrap().1;
    (session, pid_in(&number))
}

#[test]
fn ctrl_c_on_a_terminal_reaches_codex_once() {
    let (sandbox, before) = waiting_sandbox();
    let (mut session, codex) = on_a_terminal(&sandbox);
    session.send_control('c').unwrap();
    session.exp_string("GOT hup=0 int=1").unwrap();
    session.process_mut().signal(Signal::SIGTERM).unwrap();
    session.exp_string("END hup=0 int=1").unwrap();
    let status = session.process().wait().unwrap();
    assert!(format!("{status:?}").contains("SIGINT"), "{status:?}");
    assert!(is_gone(codex));
    assert_eq!(fs::read(sandbox.auth_json("ember")).unwrap(), before);
    sandbox.assert_nothing_staged("ember");
}

#[test]
fn codex_has_the_terminal_in_its_hands() {
    let (sandbox, _) = waiting_sandbox();
    let sandbox = sandbox.log_starts();
    let (mut session, _) = on_a_terminal(&sandbox);
    session.send_control('c').unwrap();
    session.exp_string("GOT ").unwrap();
    let starts = sandbox.starts();
    let login = starts
        .iter()
        .find(|start| start["args"][1] == "--device-auth")
        .unwrap();
    assert_eq!(login["stdin_is_terminal"], true);
    assert_eq!(login["stdout_is_terminal"], true);
    session.process_mut().signal(Signal::SIGTERM).unwrap();
    session.process().wait().unwrap();
}

#[test]
fn a_signal_while_codexs_lock_is_waited_for_keeps_the_old_login() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.install_fake_codex_over("0.169.0");
    sandbox.log_in("ember");
    let before = fs::read(sandbox.auth_json("ember")).unwrap();
    let lock = fs::File::create(sandbox.home_of("ember").join("auth.lock")).unwrap();
    lock.lock().unwrap();
    let mut child = sandbox
        .command(["--agent", "ember", "--force"])
        .spawn()
        .unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    line_with(&mut { stderr }, "Successfully logged in");
    send_to(&child, Signal::SIGTERM);
    wait(child).expect_signal(Signal::SIGTERM as i32);
    assert_eq!(fs::read(sandbox.auth_json("ember")).unwrap(), before);
    sandbox.assert_nothing_staged("ember");
}

#[test]
fn a_status_that_is_interrupted_is_still_one_document() {
    let sandbox = Sandbox::with_agents(&["ember"])
        .set("FAKE_CODEX_STATUS", "HANG")
        .log_starts();
    sandbox.log_in("ember");
    let child = sandbox.command(["status", "--json"]).spawn().unwrap();
    until_asked(&sandbox);
    send_to(&child, Signal::SIGTERM);
    let run = wait(child).expect_signal(Signal::SIGTERM as i32);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["error"]["code"], "interrupted");
}

#[test]
fn a_codex_that_never_stops_writing_does_not_outlive_us() {
    let (sandbox, before) = waiting_sandbox();
    let sandbox = sandbox.set("FAKE_CODEX", "flood");
    let mut command = sandbox.command(["--agent", "ember", "--force"]);
    let waiting = Waiting::start_as(command.stderr(Stdio::null()));
    let codex = waiting.codex;
    waiting.send(Signal::SIGTERM);
    waiting.end().expect_signal(Signal::SIGTERM as i32);
    assert!(is_gone(codex));
    assert_eq!(fs::read(sandbox.auth_json("ember")).unwrap(), before);
    sandbox.assert_nothing_staged("ember");
}
