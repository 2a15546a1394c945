//! `login` with a codex that does what the real one cannot be made to do.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use serde_json::Value;

use crate::fixture;
use crate::sandbox::Sandbox;

#[test]
fn a_login_is_staged_verified_and_installed_with_tight_modes() {
    let sandbox = Sandbox::with_agents(&["ember"]).log_starts();
    let run = sandbox.run(["--agent", "ember"]).expect_code(0);
    assert!(run.stdout.contains("P4DP-8OSZ4"), "{run}");
    assert!(
        run.stdout
            .ends_with("ember\tready\tember@example.test\tpro\t2100-01-01T00:00:00Z\n"),
        "{run}"
    );
    let mode = |path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(sandbox.home_of("ember")), 0o700);
    assert_eq!(mode(sandbox.auth_json("ember")), 0o600);
    assert_eq!(
        sandbox.names_in_home("ember"),
        [".codex-login.lock", "auth.json"]
    );

    let starts = sandbox.starts();
    let login = starts
        .iter()
        .find(|start| start["args"][1] == "--device-auth")
        .unwrap();
    assert_eq!(
        login["args"],
        serde_json::json!([
            "login",
            "--device-auth",
            "-c",
            "cli_auth_credentials_store=\"file\""
        ])
    );
    let stage = login["env"]["CODEX_HOME"].as_str().unwrap();
    let home = sandbox.home_of("ember").display().to_string();
    assert!(
        stage.starts_with(&format!("{home}/.codex-login.stage-")),
        "{stage}"
    );
    assert_eq!(login["cwd"], stage);
}

#[test]
fn an_agent_that_is_not_configured_is_named_and_nothing_is_created() {
    let sandbox = Sandbox::with_agents(&["ember", "shravan"]);
    sandbox
        .run(["--agent", "nobody"])
        .expect_code(2)
        .says("unknown agent `nobody`")
        .says("has ember, shravan");
    assert_eq!(fs::read_dir(sandbox.state_dir()).unwrap().count(), 1);
}

#[test]
fn with_several_agents_and_none_named_it_asks_which() {
    let sandbox = Sandbox::with_agents(&["ember", "shravan"]);
    sandbox
        .run::<&str>([])
        .expect_code(2)
        .says("there are ember, shravan")
        .says("--all-agents");
}

#[test]
fn agents_named_before_and_after_the_command_are_all_selected() {
    let sandbox = Sandbox::with_agents(&["ember", "shravan", "sun"]);
    let run = sandbox
        .run(["--agent", "sun", "login", "--agent", "Ember"])
        .expect_code(0);
    let agents: Vec<_> = run
        .stdout
        .lines()
        .filter(|line| line.contains("\tready\t"))
        .collect();
    assert_eq!(agents.len(), 2, "{run}");
    assert!(!sandbox.home_of("shravan").exists());
}

#[test]
fn a_ready_agent_is_left_alone_unless_forced() {
    let sandbox = Sandbox::with_agents(&["ember"]).log_starts();
    sandbox.log_in("ember");
    let before = fs::read(sandbox.auth_json("ember")).unwrap();
    sandbox
        .run(["--agent", "ember"])
        .expect_code(0)
        .says("logged in already")
        .says("--force");
    assert_eq!(fs::read(sandbox.auth_json("ember")).unwrap(), before);
    assert!(
        sandbox
            .starts()
            .iter()
            .all(|start| start["args"][1] == "status")
    );

    let sandbox = sandbox.set("FAKE_CODEX", "email:new@example.test");
    let run = sandbox.run(["--agent", "ember", "--force"]).expect_code(0);
    assert!(
        run.stdout.contains("ember\tready\tnew@example.test"),
        "{run}"
    );
}

#[test]
fn all_agents_logs_in_those_that_are_not_ready() {
    let sandbox = Sandbox::with_agents(&["ember", "shravan", "sun"]).log_starts();
    sandbox.log_in("shravan");
    sandbox
        .run(["--all-agents"])
        .expect_code(0)
        .says("note: ember: logging in")
        .says("note: sun: logging in");
    let logins = sandbox
        .starts()
        .iter()
        .filter(|start| start["args"][1] == "--device-auth")
        .count();
    assert_eq!(logins, 2);
}

#[test]
fn all_agents_goes_on_after_a_failure_and_ends_with_the_worst_status() {
    let sandbox = Sandbox::with_agents(&["ember", "shravan"]).set(
        "FAKE_CODEX",
        "say:Error logging in: device code request failed with status 429 Too Many Requests",
    );
    let run = sandbox
        .run(["--all-agents"])
        .expect_code(1)
        .says("error: ember: login failed")
        .says("error: shravan: login failed")
        .says("wait a few minutes");
    assert_eq!(run.stderr.matches("hint: ").count(), 2, "{run}");
}

#[test]
fn what_fails_leaves_the_login_that_was_there() {
    for (wish, words) in [
        ("exit:7", "codex ended with exit status 7"),
        ("nothing", "codex ended without leaving a login"),
        (
            "write:{}",
            "codex left one that it cannot use: missing tokens",
        ),
        ("write:not json fake-canary", "at line 1"),
        (
            "email:somebody@example.test",
            "it is of somebody@example.test, not of Ember@Example.test",
        ),
        (
            "say:Error logging in: device code login is not enabled for this Codex server.",
            "allow device codes first",
        ),
        (
            "say:Error logging in: device auth failed with status 400 Bad Request",
            "denied or ran out",
        ),
    ] {
        let sandbox = Sandbox::with_agents(&["ember"]).set("FAKE_CODEX", wish);
        sandbox.log_in("ember");
        let before = fs::read(sandbox.auth_json("ember")).unwrap();
        let args = [
            "--agent",
            "ember",
            "--force",
            "--expect-email",
            "Ember@Example.test",
        ];
        let run = sandbox
            .run(args)
            .expect_code(1)
            .says(words)
            .says("error: ember: ")
            .says("hint: ");
        assert_eq!(
            fs::read(sandbox.auth_json("ember")).unwrap(),
            before,
            "{wish}"
        );
        assert!(!run.to_string().contains("canary"), "{run}");
        sandbox.assert_nothing_staged("ember");
    }
}

#[test]
fn codex_refusing_the_new_login_keeps_it_out() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("FAKE_CODEX_STATUS", "Not logged in");
    sandbox
        .run(["--agent", "ember"])
        .expect_code(1)
        .says("codex does not accept it");
    assert!(!sandbox.auth_json("ember").exists());
}

#[test]
fn an_expected_account_is_compared_before_the_login_is_installed() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox
        .run(["--agent", "ember", "--expect-account", "acct-of-somebody"])
        .expect_code(1)
        .says("it is of acct-of-fixture, not of acct-of-somebody");
    assert!(!sandbox.auth_json("ember").exists());
    sandbox
        .run(["--agent", "ember", "--expect-account", "acct-of-fixture"])
        .expect_code(0);
}

#[test]
fn somebody_elses_login_is_replaced_when_an_identity_is_expected() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("FAKE_CODEX", "email:ember@example.test");
    let other = fixture::chatgpt("other@example.test", fixture::FAR_AHEAD);
    sandbox.give_auth("ember", other.to_string());
    let run = sandbox
        .run(["--agent", "ember", "--expect-email", "ember@example.test"])
        .expect_code(0);
    assert!(
        run.stdout.contains("ember\tready\tember@example.test"),
        "{run}"
    );
}

#[test]
fn an_api_key_comes_from_standard_input() {
    let sandbox = Sandbox::with_agents(&["ember"]).log_starts();
    let run = sandbox.run_with_input(["--agent", "ember", "--with-api-key"], "sk-fake-canary\n");
    let run = run.expect_code(0);
    assert!(
        run.stdout.ends_with("ember\tready\tapi-key\t-\t-\n"),
        "{run}"
    );
    assert!(!run.to_string().contains("canary"), "{run}");
    assert!(
        !sandbox
            .starts()
            .iter()
            .any(|start| start["args"].to_string().contains("canary"))
    );
}

#[test]
fn one_key_is_not_given_to_several_agents() {
    let sandbox = Sandbox::with_agents(&["ember", "shravan"]);
    let run = sandbox.run_with_input(["--all-agents", "--with-api-key"], "");
    run.expect_code(2).says("is for one agent");
}

#[test]
fn the_browser_flow_and_further_arguments_reach_codex() {
    let sandbox = Sandbox::with_agents(&["ember"]).log_starts();
    sandbox
        .run(["--agent", "ember", "--browser", "--", "--enable", "x"])
        .expect_code(0);
    let args: Vec<_> = sandbox
        .starts()
        .iter()
        .map(|start| start["args"].to_string())
        .collect();
    let browser = r#"["login","-c","cli_auth_credentials_store=\"file\"","--enable","x"]"#;
    assert!(args.iter().any(|args| args == browser), "{args:?}");
}

#[test]
fn codex_sees_the_home_and_nothing_that_defeats_it() {
    let mut sandbox = Sandbox::with_agents(&["ember"]).log_starts();
    let rivals = [
        "CODEX_ACCESS_TOKEN",
        "CODEX_API_KEY",
        "OPENAI_API_KEY",
        "OPENAI_FEDERATION_RULE_ID",
        "OPENAI_IDENTITY_TOKEN_FILE",
        "CODEX_REVOKE_TOKEN_URL_OVERRIDE",
        "CODEX_REFRESH_TOKEN_URL_OVERRIDE",
    ];
    for rival in rivals {
        sandbox = sandbox.set(rival, "fake-rival");
    }
    let kept = [
        "HTTPS_PROXY",
        "CODEX_CA_CERTIFICATE",
        "SSL_CERT_FILE",
        "LANG",
        "TERM",
    ];
    for name in kept {
        sandbox = sandbox.set(name, "kept");
    }
    let sandbox = sandbox.set("CODEX_HOME", "/elsewhere");
    sandbox.run(["--agent", "ember"]).expect_code(0);
    sandbox
        .run(["exec", "--agent", "ember", "--", "x"])
        .expect_code(0);
    for start in sandbox.starts() {
        for rival in rivals {
            assert_eq!(start["env"][rival], Value::Null, "{rival}");
        }
        for name in kept {
            assert_eq!(start["env"][name], "kept", "{name}");
        }
        let home = start["env"]["CODEX_HOME"].as_str().unwrap();
        assert!(home.starts_with(sandbox.home_of("ember").to_str().unwrap()));
        assert_eq!(start["cwd"], home);
    }
}

#[test]
fn the_homes_proxy_is_passed_on_to_the_staging_home_and_its_identity_is_not() {
    let sandbox = Sandbox::with_agents(&["ember"]).log_starts();
    sandbox.write(
        "home/.openclaw/agents/ember/agent/codex-home/.env",
        "HTTPS_PROXY=http://proxy.test:3128\nOPENAI_FEDERATION_RULE_ID=fake-rule\n",
    );
    sandbox.run(["--agent", "ember"]).expect_code(0);
    let starts = sandbox.starts();
    let login = starts
        .iter()
        .find(|start| start["args"][1] == "--device-auth")
        .unwrap();
    assert_eq!(login["env"]["HTTPS_PROXY"], "http://proxy.test:3128");
    assert_eq!(login["env"]["OPENAI_FEDERATION_RULE_ID"], Value::Null);
}

#[test]
fn a_second_login_says_who_holds_the_lock() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let lock = sandbox.write(
        "home/.openclaw/agents/ember/agent/codex-home/.codex-login.lock",
        "process 4711, running since 2026-11-21T00:00:00Z,\n",
    );
    let held = File::options().write(true).open(lock).unwrap();
    held.lock().unwrap();
    sandbox
        .run(["--agent", "ember"])
        .expect_code(1)
        .says("process 4711, running since 2026-11-21T00:00:00Z, holds the lock");
    drop(held);
    sandbox.run(["--agent", "ember"]).expect_code(0);
}

#[test]
fn what_a_killed_run_left_is_cleared_and_nothing_else() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let home = sandbox.home_of("ember");
    fs::create_dir_all(home.join(".codex-login.stage-Ab12cd/log")).unwrap();
    fs::create_dir_all(home.join(".codex-login.backup")).unwrap();
    let elsewhere = sandbox.write("elsewhere/precious", "x");
    symlink(
        elsewhere.parent().unwrap(),
        home.join(".codex-login.stage-Zz99zz"),
    )
    .unwrap();
    sandbox.run(["--agent", "ember"]).expect_code(0);
    assert!(!home.join(".codex-login.stage-Ab12cd").exists());
    assert!(home.join(".codex-login.backup").exists());
    assert!(elsewhere.exists());
}

#[test]
fn a_link_in_place_of_auth_json_is_replaced_and_not_written_through() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    fs::create_dir_all(sandbox.home_of("ember")).unwrap();
    let shared = sandbox.write("home/.codex/auth.json", "{}");
    symlink(&shared, sandbox.auth_json("ember")).unwrap();
    sandbox.run(["--agent", "ember"]).expect_code(0);
    assert_eq!(fs::read_to_string(&shared).unwrap(), "{}");
    assert!(
        sandbox
            .auth_json("ember")
            .symlink_metadata()
            .unwrap()
            .is_file()
    );
}

#[test]
fn a_link_in_place_of_the_lock_is_refused() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    fs::create_dir_all(sandbox.home_of("ember")).unwrap();
    let victim = sandbox.write("victim", "precious");
    symlink(&victim, sandbox.home_of("ember").join(".codex-login.lock")).unwrap();
    sandbox
        .run(["--agent", "ember"])
        .expect_code(1)
        .says("could not lock");
    assert_eq!(fs::read_to_string(victim).unwrap(), "precious");
}

#[test]
fn an_openclaw_that_does_not_read_the_file_is_refused_before_anything_is_made() {
    for (version, code, words) in [
        (
            "2026.8.1",
            2,
            "handed to OpenClaw 2026.8.1 (--openclaw-version) by its own command, and no `openclaw`",
        ),
        (
            "2026.7.2-beta.1",
            3,
            "OpenClaw 2026.7.2-beta.1 (--openclaw-version) never reads codex-home/auth.json",
        ),
        ("2026.4.22", 3, "gives its agents no codex home"),
    ] {
        let sandbox = Sandbox::with_agents(&["ember"]);
        let run = sandbox.run(["--agent", "ember", "--openclaw-version", version]);
        run.expect_code(code).says(words).says("hint: ");
        assert!(!sandbox.home_of("ember").exists());
    }
}

#[test]
fn a_version_that_cannot_be_told_is_said_and_does_not_stop_the_login() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", "");
    sandbox
        .run(["--agent", "ember"])
        .expect_code(0)
        .says("OpenClaw's version is not known");
}

#[test]
fn the_configurations_last_writer_tells_the_version() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", "");
    sandbox.configure(
        r#"{ meta: { lastTouchedVersion: "2026.9.6" }, agents: { list: [{ id: "ember" }] } }"#,
    );
    sandbox
        .run(["--agent", "ember"])
        .expect_code(2)
        .says("meta.lastTouchedVersion");
}

#[test]
fn a_home_that_keeps_logins_in_a_keyring_is_refused_before_codex_is_started() {
    let sandbox = Sandbox::with_agents(&["ember"]).log_starts();
    sandbox.write(
        "home/.openclaw/agents/ember/agent/codex-home/config.toml",
        "cli_auth_credentials_store = \"keyring\"\n",
    );
    sandbox
        .run(["--agent", "ember"])
        .expect_code(1)
        .says("keeps logins elsewhere")
        .says("--in-place");
    assert!(
        sandbox
            .starts()
            .iter()
            .all(|start| start["args"][1] == "status")
    );
}

#[test]
fn in_place_logs_in_directly_in_the_home() {
    let sandbox = Sandbox::with_agents(&["ember"]).log_starts();
    sandbox
        .run(["--agent", "ember", "--in-place"])
        .expect_code(0);
    let starts = sandbox.starts();
    let login = starts
        .iter()
        .find(|start| start["args"][1] == "--device-auth")
        .unwrap();
    assert_eq!(
        login["env"]["CODEX_HOME"],
        sandbox.home_of("ember").to_str().unwrap()
    );
}

#[test]
fn a_home_that_is_there_keeps_its_mode() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    fs::create_dir_all(sandbox.home_of("ember")).unwrap();
    fs::set_permissions(sandbox.home_of("ember"), Permissions::from_mode(0o755)).unwrap();
    sandbox.run(["--agent", "ember"]).expect_code(0);
    assert_eq!(
        fs::metadata(sandbox.home_of("ember")).unwrap().mode() & 0o777,
        0o755
    );
    assert_eq!(
        fs::metadata(sandbox.auth_json("ember")).unwrap().mode() & 0o777,
        0o600
    );
}

#[test]
fn json_gives_one_event_a_line_with_the_code_in_it() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let run = sandbox.run(["--agent", "ember", "--json"]).expect_code(0);
    let events: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let names: Vec<_> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["started", "device-code", "progress", "finished", "summary"],
        "{run}"
    );
    assert_eq!(events[1]["url"], "https://auth.example.test/codex/device");
    assert_eq!(events[1]["code"], "P4DP-8OSZ4");
    assert_eq!(events[3]["agent"]["state"], "ready");
    assert_eq!(events[3]["outcome"], "installed");
    assert_eq!(
        events[4]["summary"],
        serde_json::json!({ "ready": 1, "total": 1 })
    );
}

#[test]
fn the_device_code_is_shown_even_when_quiet() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let run = sandbox.run(["--agent", "ember", "--quiet"]).expect_code(0);
    assert!(run.stdout.contains("P4DP-8OSZ4"), "{run}");
    assert!(!run.stderr.contains("note:"), "{run}");
}

#[test]
fn a_machine_without_openclaw_is_left_as_it_is() {
    let sandbox = Sandbox::bare();
    sandbox.install_fake_codex("0.130.0");
    sandbox
        .run::<&str>([])
        .expect_code(2)
        .says("no OpenClaw here")
        .says("--state-dir");
    assert!(!sandbox.state_dir().exists());
}

#[test]
fn a_hint_repeats_what_was_asked_for() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("FAKE_CODEX", "email:other@example.test");
    let run = sandbox.run([
        "--agent",
        "ember",
        "--force",
        "--expect-email",
        "e@x.test",
        "--",
        "--enable",
        "a b",
    ]);
    run.expect_code(1)
        .says("codex-login --agent ember --expect-email e@x.test --force -- --enable 'a b'\n");
    let sandbox = sandbox.set("FAKE_CODEX_STATUS", "Not logged in");
    let run = sandbox.run_with_input(["--agent", "ember", "--with-api-key"], "sk-fake");
    run.expect_code(1)
        .says("hint: codex-login --agent ember --with-api-key < FILE\n");
}

#[test]
fn in_place_cannot_keep_somebody_else_out_and_says_so() {
    let sandbox = Sandbox::with_agents(&["ember"]).log_starts();
    let run = sandbox.run([
        "--agent",
        "ember",
        "--in-place",
        "--expect-email",
        "e@x.test",
    ]);
    run.expect_code(2).says("cannot be used with");
    assert!(sandbox.starts().is_empty());
}

#[test]
fn what_would_keep_the_login_out_is_found_before_a_code_is_shown() {
    let sandbox = Sandbox::with_agents(&["ember"]).log_starts();
    fs::create_dir_all(sandbox.auth_json("ember")).unwrap();
    let run = sandbox
        .run(["--agent", "ember"])
        .expect_code(1)
        .says("auth.json is a directory");
    assert!(!run.stdout.contains("P4DP"), "{run}");
    assert!(
        sandbox
            .starts()
            .iter()
            .all(|start| start["args"][1] == "status")
    );
    let status = sandbox.run(["status"]).expect_code(1);
    assert!(!status.stderr.contains("chmod 600"), "{status}");
}

#[test]
fn a_key_that_is_asked_for_replaces_a_login_of_another_kind() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let run = sandbox.run_with_input(["--agent", "ember", "--with-api-key"], "sk-fake");
    assert!(
        run.expect_code(0)
            .stdout
            .ends_with("ember\tready\tapi-key\t-\t-\n")
    );
}

#[test]
fn a_pipe_in_place_of_a_file_does_not_hang_the_login() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    fs::create_dir_all(sandbox.home_of("ember")).unwrap();
    let pipe = |name: &str| {
        let mode = nix::sys::stat::Mode::from_bits_truncate(0o600);
        nix::unistd::mkfifo(&sandbox.home_of("ember").join(name), mode).unwrap();
    };
    pipe(".env");
    sandbox.run(["--agent", "ember"]).expect_code(0);
    pipe("config.toml");
    sandbox
        .run(["--agent", "ember", "--force"])
        .expect_code(1)
        .says("config.toml: not a file");
}

#[test]
fn a_directory_put_in_place_of_the_staging_home_gives_nothing_away() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let victim = fixture::chatgpt("victim@example.test", fixture::FAR_AHEAD).to_string();
    let elsewhere = sandbox.write("elsewhere/auth.json", &victim);
    let wish = format!("swap:{}", elsewhere.parent().unwrap().display());
    let sandbox = sandbox.set("FAKE_CODEX", wish);
    sandbox
        .run(["--agent", "ember"])
        .expect_code(1)
        .says("without leaving a login");
    assert_eq!(fs::read_to_string(elsewhere).unwrap(), victim);
    assert!(!sandbox.auth_json("ember").exists());
}

#[test]
fn what_the_configuration_refers_to_is_there_in_the_staging_home() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("FAKE_CODEX", "list");
    let home = "home/.openclaw/agents/ember/agent/codex-home";
    for name in [
        "config.toml",
        "instructions.md",
        ".env",
        "auth.lock",
        "state_5.sqlite",
        "log/x",
    ] {
        sandbox.write(format!("{home}/{name}"), "");
    }
    let run = sandbox.run(["--agent", "ember"]).expect_code(0);
    assert!(
        run.stdout.contains("STAGED config.toml instructions.md\n"),
        "{run}"
    );
}

#[test]
fn a_failed_login_does_not_call_ready_what_codex_refuses() {
    let sandbox = Sandbox::with_agents(&["ember"])
        .set("FAKE_CODEX", "exit:1")
        .set("FAKE_CODEX_STATUS", "Not logged in");
    sandbox.log_in("ember");
    let run = sandbox.run(["--agent", "ember"]).expect_code(1);
    assert!(run.stdout.contains("ember\tlogged-out\t"), "{run}");
    let run = sandbox.run(["--agent", "ember", "--json"]).expect_code(1);
    assert!(
        run.stdout.contains(r#""summary":{"ready":0,"total":1}"#),
        "{run}"
    );
}

#[test]
fn a_hint_does_not_repeat_a_secret_that_was_typed() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("FAKE_CODEX", "exit:1");
    let args = [
        "--agent",
        "ember",
        "--json",
        "--",
        "--api-key",
        "sk-fake-canary",
        "-c",
        "x=fake-canary",
    ];
    let run = sandbox.run(args).expect_code(1);
    assert!(!run.to_string().contains("canary"), "{run}");
    run.says("-- --api-key '[hidden]' -c 'x=…'");
}

#[test]
fn in_place_is_no_login_unless_codex_says_so() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("FAKE_CODEX", "exit:0");
    sandbox.log_in("ember");
    let run = sandbox.run(["--agent", "ember", "--in-place", "--force"]);
    run.expect_code(1)
        .says("codex did not say that it logged in");
}

#[test]
fn a_line_that_cannot_be_passed_on_is_passed_over() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.write(
        "home/.openclaw/agents/ember/agent/codex-home/.env",
        "HTTPS_PROXY=a\0b\n",
    );
    sandbox.run(["--agent", "ember"]).expect_code(0);
}

#[test]
fn json_tells_a_login_that_was_there_from_one_that_failed() {
    let outcome = |sandbox: &Sandbox, args: &[&str]| {
        let run = sandbox.run([&["--agent", "ember", "--json"], args].concat());
        let events = run
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        let finished = |event: &Value| event["event"] == "finished";
        events.into_iter().find(finished).unwrap()["outcome"].clone()
    };
    let sandbox = Sandbox::with_agents(&["ember"]).set("FAKE_CODEX", "exit:1");
    sandbox.log_in("ember");
    assert_eq!(outcome(&sandbox, &[]), "already");
    assert_eq!(outcome(&sandbox, &["--force"]), "failed");
}
