//! `env`, `exec`, `logout`, and what all commands share.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use crate::sandbox::{Sandbox, wait};

#[test]
fn env_writes_for_each_shell() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.configure("{ agents: { list: [{ id: 'ember', agentDir: \"/it's here\" }] } }");
    for (shell, line) in [
        ("sh", "export CODEX_HOME='/it'\\''s here/codex-home'\n"),
        ("fish", "set -gx CODEX_HOME '/it\\'s here/codex-home'\n"),
        ("powershell", "$env:CODEX_HOME = '/it''s here/codex-home'\n"),
    ] {
        let run = sandbox
            .run(["env", "--agent", "ember", "--shell", shell])
            .expect_code(0);
        assert_eq!(run.stdout, line);
    }
    let fish = sandbox.set("SHELL", "/usr/bin/fish");
    let run = fish
        .run(["env", "--agent", "ember"])
        .expect_code(0)
        .says("does not exist yet");
    assert!(run.stdout.starts_with("set -gx"), "{run}");
}

#[test]
fn env_names_a_variable_that_would_win_over_the_home() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("CODEX_ACCESS_TOKEN", "fake-canary");
    let run = sandbox
        .run(["env", "--agent", "ember"])
        .expect_code(0)
        .says("CODEX_ACCESS_TOKEN is set");
    assert!(!run.to_string().contains("canary"), "{run}");
}

#[test]
fn exec_is_codex_from_then_on() {
    let sandbox = Sandbox::with_agents(&["ember"]).log_starts();
    sandbox.log_in("ember");
    let child = sandbox
        .command(["exec", "--agent", "ember", "--", "exit", "7"])
        .spawn()
        .unwrap();
    let ours = child.id();
    wait(child).expect_code(7);
    assert_eq!(sandbox.starts()[0]["pid"], ours);
}

#[test]
fn exec_ends_as_codex_ended() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    for code in [0, 1, 125, 255] {
        let text = code.to_string();
        sandbox
            .run(["exec", "--agent", "ember", "--", "exit", &text])
            .expect_code(code);
    }
    for signal in [2, 9, 15] {
        let text = signal.to_string();
        let run = sandbox.run(["exec", "--agent", "ember", "--", "die", &text]);
        assert_eq!(run.status.signal(), Some(signal), "{run}");
    }
}

#[test]
fn exec_hands_streams_through() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let run = sandbox.run_with_input(["exec", "--agent", "ember", "--", "cat"], "one\ntwo");
    assert_eq!(run.expect_code(0).stdout, "one\ntwo");
}

#[test]
fn exec_without_a_home_names_the_login() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox
        .run(["exec", "--agent", "ember", "--", "x"])
        .expect_code(1)
        .says("does not exist")
        .says("hint: codex-login --agent ember");
    assert!(!sandbox.home_of("ember").exists());
}

#[test]
fn exec_and_env_take_one_agent() {
    let sandbox = Sandbox::with_agents(&["ember", "sun"]);
    sandbox
        .run(["env"])
        .expect_code(2)
        .says("there are ember, sun");
    sandbox
        .run(["env", "--all-agents"])
        .expect_code(2)
        .says("takes one agent");
}

#[test]
fn logout_logs_out_the_named_agent_and_no_other() {
    let sandbox = Sandbox::with_agents(&["ember", "sun"]);
    sandbox.log_in("ember");
    sandbox.log_in("sun");
    let run = sandbox.run(["logout", "--agent", "ember"]).expect_code(0);
    assert_eq!(run.stdout, "ember\tlogged-out\n");
    assert!(!sandbox.auth_json("ember").exists());
    assert!(sandbox.auth_json("sun").exists());
    sandbox
        .run(["logout"])
        .expect_code(2)
        .says("there are ember, sun");
}

#[test]
fn logging_out_an_agent_without_a_home_is_done_and_makes_none() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.run(["logout", "--agent", "ember"]).expect_code(0);
    assert!(!sandbox.home_of("ember").exists());
}

#[test]
fn login_options_do_not_go_with_another_command() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox
        .run(["--force", "status"])
        .expect_code(2)
        .says("do not go with another command");
    sandbox
        .run(["--zone", "a", "status", "--zone", "b"])
        .expect_code(2)
        .says("`--zone` is given twice");
    sandbox
        .run(["--agent", "a", "status", "--all-agents"])
        .expect_code(2)
        .says("exclude each other");
}

#[test]
fn a_usage_error_is_a_document_where_json_was_asked_for() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let error = &sandbox.json(["status", "--json", "--bogus"])["error"];
    assert_eq!(error["code"], "usage");
    assert!(error["message"].as_str().unwrap().contains("--bogus"));
    sandbox.run(["status", "--bogus"]).expect_code(2);
}

#[test]
fn every_option_has_a_variable_of_the_same_meaning() {
    let sandbox = Sandbox::with_agents(&["ember", "sun"])
        .set("CODEX_LOGIN_AGENT", "sun, ember")
        .set("CODEX_LOGIN_JSON", "1")
        .set("CODEX_LOGIN_QUIET", "1");
    let document = sandbox.json(["status"]);
    assert_eq!(document["summary"]["total"], 2);
    let sandbox = sandbox.set("CODEX_LOGIN_COLOR", "loud");
    sandbox
        .run(["status"])
        .expect_code(2)
        .says("`auto`, `always` or `never`");
}

#[test]
fn a_reader_who_has_gone_is_no_failure_of_status() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let mut child = sandbox
        .command(["status", "--offline"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    wait(child).expect_code(0);
}

#[test]
#[cfg(target_os = "linux")] // has a device that is always full
fn a_full_standard_output_is_a_failure() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let child = sandbox.command(["status"]).stdout(full).spawn().unwrap();
    wait(child).expect_code(2).says("No space left");
}

#[test]
fn findings_name_loose_modes_and_links() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    fs::set_permissions(
        sandbox.auth_json("ember"),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let agent = &sandbox.json(["status", "--json"])["agents"][0];
    assert_eq!(agent["state"], "ready");
    assert_eq!(agent["findings"][0]["code"], "readable-by-others");
    assert!(
        agent["findings"][0]["fix"]
            .as_str()
            .unwrap()
            .starts_with("chmod 600 /")
    );
}

#[test]
fn on_newer_versions_a_file_blocks_and_ready_is_never_said() {
    let sandbox = Sandbox::with_agents(&["ember", "sun"]);
    sandbox.log_in("ember");
    let roster = sandbox.write(
        "entries.json",
        r#"{"agents":{"ownership":"explicit","entries":{"ember":{},"sun":{}}}}"#,
    );
    let run = sandbox
        .run([
            "status",
            "--openclaw-version",
            "2026.9.6",
            "--openclaw-config",
            roster.to_str().unwrap(),
        ])
        .expect_code(1);
    assert!(run.stdout.starts_with("ember\tblocked\t"), "{run}");
    assert!(run.stdout.contains("\nsun\tlogged-out\t"), "{run}");
    let run = sandbox.run([
        "status",
        "--agent",
        "ember",
        "--openclaw-version",
        "2026.7.2-beta.3",
    ]);
    assert!(run.expect_code(3).stdout.starts_with("ember\tinert\t"));
}

#[test]
fn a_home_that_cannot_be_looked_at_is_not_one_that_is_missing() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let file = sandbox.write("file", "in place of a directory");
    let dir = file.display();
    sandbox.configure(&format!(
        "{{ agents: {{ list: [{{ id: 'ember', agentDir: '{dir}/agent' }}] }} }}"
    ));
    for args in [&["logout"][..], &["env"], &["exec", "--", "x"], &["login"]] {
        let run = sandbox.run(args).expect_code(1).says("could not look at");
        assert!(!run.to_string().contains("logged-out"), "{args:?}:\n{run}");
    }
    let run = sandbox.run(["status"]).expect_code(1);
    assert!(run.stdout.starts_with("ember\tunknown\t"), "{run}");
}

#[test]
fn a_reader_who_has_gone_does_not_change_the_exit_status() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    for form in [&["status"][..], &["status", "--json"]] {
        let mut child = sandbox.command(form).spawn().unwrap();
        drop(child.stdout.take());
        wait(child).expect_code(1);
    }
}

#[test]
fn verbose_words_that_nobody_hears_are_no_failure() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let mut child = sandbox.command(["status", "-vv"]).spawn().unwrap();
    drop(child.stderr.take());
    wait(child).expect_code(0);
}

#[test]
fn what_is_true_of_many_agents_is_said_once() {
    let sandbox = Sandbox::with_agents(&["a", "b", "c", "d", "e"]);
    let run = sandbox
        .run(["status"])
        .expect_code(1)
        .says("a, b, c and 2 more: not logged in");
    assert_eq!(run.stderr.lines().count(), 2, "{run}");
    run.says("hint: codex-login --agent a --agent b --agent c --agent d --agent e\n");
    let run = sandbox.run(["status", "--agent", "a", "--agent", "c"]);
    run.expect_code(1)
        .says("hint: codex-login --agent a --agent c\n");
    let run = sandbox.run(["status", "-q"]).expect_code(1);
    assert_eq!(run.stderr, "");
}

#[test]
fn a_switch_that_says_no_is_off() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_JSON", "0");
    assert_eq!(sandbox.run(["status", "--bogus"]).expect_code(2).stdout, "");
}

#[test]
fn a_logout_that_failed_is_told_by_its_exit_status_to_nobody_too() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    fs::create_dir_all(sandbox.auth_json("ember")).unwrap();
    let mut child = sandbox
        .command(["logout", "--agent", "ember"])
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    wait(child)
        .expect_code(1)
        .says("codex did not remove the login");
}
