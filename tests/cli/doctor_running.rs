//! What the doctor sees of processes that run. Linux alone shows them.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use crate::doctor_profiles::{diagnosed, of_ember, tells};
use crate::sandbox::{FAKE_CODEX, Sandbox};

/// An app-server of ember's that waits until it is dropped.
struct AppServer(Child);

impl AppServer {
    fn start(sandbox: &Sandbox) -> AppServer {
        let mut child = Command::new(FAKE_CODEX)
            .args(["login", "status", "app-server"])
            .env_clear()
            .env("FAKE_CODEX_STATUS", "HANG")
            .env("OPENAI_API_KEY", "fake-access")
            .env("CODEX_HOME", sandbox.home_of("ember"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut ready).unwrap();
        assert!(ready.starts_with("READY"), "{ready}");
        AppServer(child)
    }
}

impl Drop for AppServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn write_at(sandbox: &Sandbox, time: SystemTime) {
    let auth = File::options().write(true).open(sandbox.auth_json("ember"));
    auth.unwrap().set_modified(time).unwrap();
}

#[test]
fn an_app_server_that_is_older_than_the_login_is_to_be_started_again() {
    let sandbox = Sandbox::with_agents(&["ember", "flint"]);
    sandbox.log_in("ember");
    sandbox.log_in("flint");
    let minute = Duration::from_secs(60);
    write_at(&sandbox, SystemTime::now() + minute);
    assert!(!tells(&diagnosed(&sandbox), "gateway-restart-needed"));
    let server = AppServer::start(&sandbox);
    let answer = diagnosed(&sandbox);
    let restart = of_ember(&answer, "gateway-restart-needed");
    assert_eq!(restart["severity"], "warning");
    assert_eq!(
        restart["evidence"]["pids"],
        serde_json::json!([server.0.id()])
    );
    assert_eq!(restart["fix"], "openclaw gateway restart");
    let flint = answer["agents"][1]["findings"].to_string();
    assert!(!flint.contains("gateway-restart-needed"), "{flint}");

    write_at(&sandbox, SystemTime::now() - minute);
    assert!(!tells(&diagnosed(&sandbox), "gateway-restart-needed"));
}
