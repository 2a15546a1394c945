//! `homeScope: "user"`: all agents use one Codex home, that of the gateway's user.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::sandbox::{Run, Sandbox};
use crate::stores::give_rows;
use crate::users::{Someone, can_be_others, openclaw_of};

/// The versions of OpenClaw that know the setting, of each kind one.
const VERSIONS: [&str; 3] = ["2026.7.1", "2026.8.2", "2026.9.6"];

fn shared(app_server: &Value) -> String {
    let config = json!({ "appServer": app_server });
    json!({
        "agents": { "list": [{ "id": "ember", "default": true }, { "id": "flint" }] },
        "plugins": { "entries": { "codex": { "config": config } } },
    })
    .to_string()
}

/// Two agents of this OpenClaw, which share the home of its user.
fn gateway(version: &str) -> Sandbox {
    let sandbox = Sandbox::with_agents(&[]).set("CODEX_LOGIN_OPENCLAW_VERSION", version);
    sandbox.configure(&shared(&json!({ "homeScope": "user" })));
    sandbox
}

fn home(sandbox: &Sandbox) -> PathBuf {
    sandbox.path("home/.codex")
}

/// A login of the gateway's user.
fn log_in(sandbox: &Sandbox) {
    sandbox.log_in("ember");
    fs::create_dir_all(home(sandbox)).unwrap();
    let auth = home(sandbox).join("auth.json");
    fs::rename(sandbox.auth_json("ember"), auth).unwrap();
}

fn error(sandbox: &Sandbox, args: &[&str]) -> Value {
    let run = sandbox.run([args, &["--json"]].concat());
    let document: Value = serde_json::from_str(&run.stdout).expect("a document");
    document["error"].clone()
}

fn lines(run: &Run) -> Vec<Value> {
    let lines = run.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("an event"))
        .collect()
}

#[test]
fn a_login_of_one_agent_says_that_it_is_one_account_for_all_and_where() {
    for version in VERSIONS {
        let sandbox = gateway(version);
        for args in [&["--agent", "ember"] as &[&str], &["--all-agents"]] {
            let run = sandbox.run(args).expect_code(3);
            run.says("one account for all agents")
                .says(&home(&sandbox).display().to_string())
                .says("hint: codex-login --user-home\n");
        }
        let error = error(&sandbox, &["--agent", "ember"]);
        assert_eq!(error["code"], "route-unsupported");
        assert!(!home(&sandbox).exists());
        assert!(!sandbox.home_of("ember").exists());
    }
}

#[test]
fn the_hint_selects_the_same_openclaw() {
    let sandbox = gateway("2026.9.6");
    let state = sandbox.state_dir().display().to_string();
    let run = sandbox.run(["--agent", "ember", "--state-dir", &state]);
    run.expect_code(3)
        .says(&format!("codex-login --state-dir {state} --user-home\n"));
}

#[test]
fn a_login_in_the_users_home_is_staged_there_and_makes_every_agent_ready() {
    for version in VERSIONS {
        let sandbox = gateway(version).log_starts();
        let run = sandbox.run(["--user-home"]).expect_code(0);
        assert!(run.stdout.contains("user-home\tready\t"), "{run}");
        let mode = |path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(home(&sandbox)), 0o700);
        assert_eq!(mode(home(&sandbox).join("auth.json")), 0o600);
        let starts = sandbox.starts();
        let is_login = |start: &&Value| start["args"][1] == "--device-auth";
        let login = starts.iter().find(is_login).expect("a login");
        let stage = login["env"]["CODEX_HOME"].as_str().unwrap();
        let stages = home(&sandbox).join(".codex-login.stage-");
        assert!(stage.starts_with(stages.to_str().unwrap()), "{stage}");

        let status = sandbox.run(["status"]).expect_code(0);
        assert!(status.stdout.starts_with("ember\tready\t"), "{status}");
        assert!(status.stdout.contains("\nflint\tready\t"), "{status}");
        status.says("one account for all agents");
        let document = sandbox.json(["status", "--json"]);
        for agent in document["agents"].as_array().unwrap() {
            assert_eq!(agent["codex_home"], home(&sandbox).to_str().unwrap());
            assert_eq!(agent["next_turn"]["kind"], "codex-home");
            assert_eq!(agent["findings"], json!([]));
        }
        assert_eq!(document["openclaw"]["notices"][0]["code"], "user-home");
        assert!(!sandbox.home_of("ember").exists());
    }
}

/// A profile of OpenClaw's for all agents.
fn give_profile(sandbox: &Sandbox, profile: &Value) {
    let store = json!({ "version": 1, "profiles": { "openai:own": profile } });
    give_rows(sandbox, "main", &store);
}

fn api_key() -> Value {
    json!({ "type": "api_key", "provider": "openai", "key": "sk-none" })
}

#[test]
fn a_profile_of_openclaws_does_not_count_there() {
    let of_chatgpt = json!({
        "type": "oauth", "provider": "openai", "access": "a", "refresh": "r",
        "expires": 4_102_444_800_000_u64,
    });
    for (version, profile) in [
        ("2026.7.1", api_key()),
        ("2026.7.1", of_chatgpt.clone()),
        ("2026.9.6", of_chatgpt),
    ] {
        let sandbox = gateway(version);
        log_in(&sandbox);
        give_profile(&sandbox, &profile);
        let status = sandbox.run(["status"]).expect_code(0);
        assert!(status.stdout.starts_with("ember\tready\t"), "{status}");
    }
}

#[test]
fn from_2026_8_1_the_account_must_be_of_the_profiles_kind() {
    let sandbox = gateway("2026.9.6");
    log_in(&sandbox);
    give_profile(&sandbox, &api_key());
    let status = sandbox.run(["status"]).expect_code(3);
    assert!(status.stdout.starts_with("ember\tblocked\t"), "{status}");
    status
        .says("OpenClaw selects openai:own and so wants an API key")
        .says("hint: codex-login --user-home --force --with-api-key < key.txt");
    let agent = &sandbox.json(["status", "--json"])["agents"][0];
    assert_eq!(agent["findings"][0]["code"], "user-home-account");
    assert_eq!(agent["next_turn"]["kind"], "none");
    // Up to 2026.9.4 the login itself is a profile, too, and goes before a key.
    let sandbox = sandbox.set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.8.2");
    sandbox.run(["status"]).expect_code(0);
}

#[test]
fn who_is_logged_in_already_stays_so_unless_that_is_forced() {
    let sandbox = gateway("2026.8.2");
    log_in(&sandbox);
    let run = sandbox.run(["--user-home"]).expect_code(0);
    run.says("logged in already");
    let run = sandbox
        .run(["--user-home", "--force", "--json"])
        .expect_code(0);
    let events = lines(&run);
    let finished = events.iter().find(|event| event["event"] == "finished");
    let agent = &finished.expect("an end")["agent"];
    assert_eq!(agent["id"], "user-home");
    assert_eq!(agent["agent_dir"], Value::Null);
    assert_eq!(agent["codex_home"], home(&sandbox).to_str().unwrap());
    let args = [
        "--user-home",
        "--force",
        "--expect-email",
        "else@example.test",
    ];
    sandbox
        .run(args)
        .expect_code(1)
        .says("hint: sign out of ChatGPT in that browser")
        .says("codex-login --user-home --expect-email else@example.test --force");
}

#[test]
fn without_a_login_every_agent_has_the_one_remedy() {
    let sandbox = gateway("2026.9.6").set("OPENAI_API_KEY", "fake-key");
    let document = sandbox.json(["status", "--json"]);
    for agent in document["agents"].as_array().unwrap() {
        assert_eq!(agent["state"], "logged-out");
        // OpenClaw logs no key in there.
        assert_eq!(agent["next_turn"]["kind"], "none");
        assert_eq!(agent["findings"][0]["fix"], "codex-login --user-home");
    }
    sandbox
        .run(["status"])
        .expect_code(1)
        .says("ember, flint: not logged in")
        .says("hint: codex-login --user-home\n");
}

#[test]
fn a_shared_home_is_no_shared_refresh_token() {
    let sandbox = gateway("2026.9.6");
    log_in(&sandbox);
    for args in [["status", "--json"], ["doctor", "--json"]] {
        let text = sandbox.run(args).stdout;
        assert!(text.contains("\"ready\""), "{text}");
        assert!(!text.contains("shared-refresh-token"), "{text}");
    }
}

#[test]
fn what_an_agents_own_home_still_has_of_the_same_login_is_told() {
    let sandbox = gateway("2026.9.6");
    log_in(&sandbox);
    let text = fs::read(home(&sandbox).join("auth.json")).unwrap();
    sandbox.give_auth("flint", text);
    let document = sandbox.json(["doctor", "--json"]);
    let flint = &document["agents"][1]["findings"].to_string();
    assert!(flint.contains("shared-refresh-token"), "{flint}");
}

#[test]
fn the_gateways_codex_home_counts_and_openclaw_home_does_not() {
    let sandbox = gateway("2026.9.6");
    let named = sandbox.path("codex of the gateway");
    sandbox.write(
        "home/.openclaw/.env",
        &format!("CODEX_HOME='{}'\n", named.display()),
    );
    let shown = |sandbox: &Sandbox| {
        let document = sandbox.json(["which", "--json"]);
        PathBuf::from(document["agents"][0]["codex_home"].as_str().unwrap())
    };
    assert_eq!(shown(&sandbox), named);
    sandbox.run(["--user-home"]).expect_code(0);
    assert!(named.join("auth.json").exists());
    // OpenClaw takes `~` for a name, and so is the variable's.
    sandbox.write("home/.openclaw/.env", "CODEX_HOME=~/x\n");
    assert!(shown(&sandbox).ends_with("~/x"));
    fs::remove_file(sandbox.path("home/.openclaw/.env")).unwrap();
    let state = sandbox.state_dir();
    let moved = sandbox
        .set("OPENCLAW_STATE_DIR", state)
        .set("OPENCLAW_HOME", "/elsewhere");
    assert_eq!(shown(&moved), home(&moved));
}

#[test]
fn the_shell_of_an_agent_does_not_name_the_users_home_whichever_way_its_path_goes() {
    let sandbox = gateway("2026.9.6");
    let real = sandbox.path("data/openclaw");
    fs::create_dir_all(real.parent().unwrap()).unwrap();
    fs::rename(sandbox.state_dir(), &real).unwrap();
    symlink(&real, sandbox.state_dir()).unwrap();
    // Before its first login as well as after it.
    // There is no home before the first login.
    let of_agent = real.join("agents/ember/agent/codex-home");
    let of_link = sandbox.home_of("ember");
    let of_other = PathBuf::from("/other/.openclaw/agents/dune/agent/codex-home");
    let mut sandbox = sandbox;
    for named in [&of_agent, &of_link, &of_other] {
        sandbox = sandbox.set("CODEX_HOME", named);
        sandbox.run(["--user-home", "--force"]).expect_code(0);
        assert!(!of_agent.exists(), "{}", named.display());
        fs::remove_file(home(&sandbox).join("auth.json")).unwrap();
    }
    let dir = sandbox.path("link");
    symlink(real.join("agents/ember/agent"), &dir).unwrap();
    fs::create_dir_all(&of_agent).unwrap();
    let sandbox = sandbox.set("CODEX_HOME", dir.join("codex-home"));
    sandbox.run(["--user-home"]).expect_code(0);
    assert!(!of_agent.join("auth.json").exists());
}

#[test]
fn a_service_has_nothing_of_the_shells_codex_home() {
    let sandbox = gateway("2026.9.6").set("CODEX_HOME", "/the/shells");
    let run = sandbox.run(["which"]);
    assert!(run.stdout.contains("\t/the/shells\t"), "{run}");
    let unit = "home/.config/systemd/user/openclaw-gateway.service";
    let start = "[Service]\nExecStart=/usr/bin/node gateway\n";
    sandbox.write(unit, start);
    let run = sandbox.run(["which"]);
    let usual = format!("\t{}\t", home(&sandbox).display());
    assert!(run.stdout.contains(&usual), "{run}");
    sandbox.write(unit, &format!("{start}Environment=CODEX_HOME=/the/units\n"));
    let run = sandbox.run(["which"]);
    assert!(run.stdout.contains("\t/the/units\t"), "{run}");
    run.says("/the/units (CODEX_HOME of openclaw-gateway.service)");
}

#[test]
fn env_and_exec_mean_the_home_that_the_agents_codex_has() {
    let sandbox = gateway("2026.9.6").log_starts();
    log_in(&sandbox);
    let whole = home(&sandbox).display().to_string();
    for who in [&["--agent", "ember"] as &[&str], &["--user-home"]] {
        let run = sandbox.run([&["env"], who].concat()).expect_code(0);
        assert!(run.stdout.contains(&whole), "{run}");
        let exec = [&["exec"], who, &["--", "features"]].concat();
        sandbox.run(exec).expect_code(0);
    }
    for start in sandbox.starts() {
        assert_eq!(start["env"]["CODEX_HOME"], whole);
    }
}

#[test]
fn a_logout_is_every_agents_and_so_wants_the_word() {
    let sandbox = gateway("2026.9.6");
    log_in(&sandbox);
    for who in [&["--agent", "ember"] as &[&str], &["--all-agents"], &[]] {
        sandbox
            .run([&["logout"], who].concat())
            .expect_code(3)
            .says("one account for all agents")
            .says("hint: codex-login logout --user-home\n");
    }
    assert!(home(&sandbox).join("auth.json").exists());
    sandbox.run(["logout", "--user-home"]).expect_code(0);
    assert!(!home(&sandbox).join("auth.json").exists());
}

#[test]
fn the_users_home_goes_with_no_agent_and_only_where_it_means_something() {
    let sandbox = gateway("2026.9.6").set("CODEX_LOGIN_AGENT", "ember");
    log_in(&sandbox);
    sandbox.run(["status", "--user-home"]).expect_code(0);
    for who in [&["--agent", "ember"] as &[&str], &["--all-agents"]] {
        sandbox
            .run([&["--user-home"], who].concat())
            .expect_code(2)
            .says("one account for all agents");
    }
    for command in ["doctor", "which", "agents", "zones", "restore"] {
        sandbox
            .run([command, "--user-home"])
            .expect_code(2)
            .says("`--user-home` goes with")
            .says("hint: leave it out\n");
    }
}

#[test]
fn where_no_agent_uses_the_users_home_a_login_there_is_refused() {
    for version in ["2026.5.12", "2026.6.11", "2026.9.6"] {
        let sandbox = gateway(version);
        if version == "2026.9.6" {
            sandbox.configure(&shared(&json!({ "homeScope": "agent" })));
        }
        sandbox
            .run(["--user-home"])
            .expect_code(2)
            .says("no agent of OpenClaw 2026.")
            .says("hint: codex-login --all-agents\n");
        assert_eq!(error(&sandbox, &["--user-home"])["code"], "no-user-home");
        assert!(!home(&sandbox).exists());
    }
}

#[test]
fn a_codex_that_openclaw_does_not_start_has_a_home_that_is_not_known() {
    let sandbox = gateway("2026.9.6");
    sandbox.configure(&shared(
        &json!({ "homeScope": "user", "transport": "unix" }),
    ));
    let run = sandbox.run(["--user-home"]).expect_code(2);
    run.says("`appServer.transport` is `unix`");
    assert_eq!(
        error(&sandbox, &["--user-home"])["code"],
        "user-home-unknown"
    );
    let run = sandbox.run(["status"]).expect_code(3);
    assert!(run.stdout.starts_with("ember\tinert\t"), "{run}");
    for command in [&["env"] as &[&str], &["logout"]] {
        let args = [command, &["--agent", "ember"]].concat();
        sandbox.run(args).expect_code(2);
    }
}

#[test]
fn root_never_takes_its_own_home_for_that_of_somebody_elses_gateway() {
    if !can_be_others() {
        return;
    }
    let user_home = json!({ "homeScope": "user" });
    let nobody = Someone::without_account();
    let sandbox = openclaw_of(&nobody, &["ember"])
        .set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6")
        .set("CODEX_HOME", "/roots/own");
    sandbox.configure(&shared(&user_home));
    nobody.take(&sandbox.state_dir());
    let run = sandbox.run(["--user-home"]).expect_code(2);
    run.says("and we are not");
    assert!(!home(&sandbox).exists());

    let daemon = Someone::of_account("daemon");
    let sandbox = openclaw_of(&daemon, &["ember"])
        .set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6")
        .set("CODEX_HOME", "/roots/own");
    sandbox.configure(&shared(&user_home));
    daemon.take(&sandbox.state_dir());
    let run = sandbox.run(["which"]);
    let of_daemon = daemon.home.join(".codex").display().to_string();
    assert!(run.stdout.contains(&format!("\t{of_daemon}\t")), "{run}");
}
