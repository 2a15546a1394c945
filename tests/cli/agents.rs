//! Which agents there are and where: state directory, configuration, zones.

use std::ffi::OsStr;
#[cfg(target_os = "linux")]
use std::os::unix::ffi::OsStrExt as _;

use crate::sandbox::Sandbox;

/// Ids and homes as `agents` lists them, the sandbox's own path left out.
fn listed(sandbox: &Sandbox) -> Vec<(String, String)> {
    let run = sandbox.run(["agents"]).expect_code(0);
    let root = sandbox.path("").display().to_string();
    run.stdout
        .lines()
        .map(|line| {
            let mut columns = line.split('\t');
            let id = columns.next().unwrap().to_owned();
            let home = columns.nth(1).unwrap().replace(&root, "$ROOT/");
            (id, home)
        })
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(id, home): &(&str, &str)| ((*id).to_owned(), (*home).to_owned());
    expected.iter().map(pair).collect()
}

#[test]
fn a_list_gives_ids_folded_and_directories_expanded() {
    let sandbox = Sandbox::with_agents(&[]);
    sandbox.configure(
        "// JSON5\n{ agents: { list: [\n  { id: 'Ember Bot!!', agentDir: \"~/agents/x\" },\n  { id: 'sun' }, { id: 'SUN', agentDir: '/second' },\n  { id: 'rel', agentDir: 'rel/../dir' }, ] } }",
    );
    assert_eq!(
        listed(&sandbox),
        pairs(&[
            ("ember-bot", "$ROOT/home/agents/x/codex-home"),
            ("sun", "$ROOT/home/.openclaw/agents/sun/agent/codex-home"),
            ("rel", "$ROOT/cwd/dir/codex-home"),
        ])
    );
    let run = sandbox.run(["agents"]);
    assert!(
        run.stdout
            .contains("agentDir, relative to the gateway's working directory"),
        "{run}"
    );
}

#[test]
fn entries_give_their_keys_in_javascripts_order() {
    let sandbox = Sandbox::with_agents(&[]).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6");
    sandbox.configure(
        r#"{"agents":{"ownership":"explicit","entries":{"ember":{},"10":{},"Sun":{"agentDir":"/a"},"9":{}}}}"#,
    );
    let ids: Vec<_> = listed(&sandbox).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["9", "10", "ember", "sun"]);
}

#[test]
fn without_a_roster_there_is_main() {
    for text in ["{}", "{ agents: { list: [] } }", "\u{feff}{ agents: {} }"] {
        let sandbox = Sandbox::with_agents(&[]);
        sandbox.configure(text);
        assert_eq!(
            listed(&sandbox),
            pairs(&[("main", "$ROOT/home/.openclaw/agents/main/agent/codex-home")])
        );
    }
}

#[test]
fn the_state_directory_is_taken_where_openclaw_takes_it() {
    let list = "{ agents: { list: [{ id: 'ember' }] } }";
    let sandbox = Sandbox::with_agents(&[]);
    sandbox.write("elsewhere/openclaw.json", list);
    sandbox.write("other/.openclaw/openclaw.json", list);
    let home = |variable: &str, value: std::path::PathBuf| {
        let mut command = sandbox.command(["agents"]);
        let output = command.env(variable, value).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let at = |tail: &str| {
        format!(
            "{}/agents/ember/agent/codex-home",
            sandbox.path(tail).display()
        )
    };
    assert!(home("OPENCLAW_STATE_DIR", sandbox.path("elsewhere")).contains(&at("elsewhere")));
    assert!(home("OPENCLAW_HOME", sandbox.path("other")).contains(&at("other/.openclaw")));
    assert!(home("CODEX_LOGIN_STATE_DIR", sandbox.path("elsewhere")).contains(&at("elsewhere")));
    let config = sandbox.path("elsewhere/openclaw.json");
    assert!(home("OPENCLAW_CONFIG_PATH", config).contains(&at("home/.openclaw")));
}

#[test]
fn undefined_and_null_count_as_not_set() {
    for value in ["undefined", " null ", "  "] {
        let sandbox = Sandbox::with_agents(&["ember"]).set("OPENCLAW_HOME", value);
        assert_eq!(listed(&sandbox)[0].0, "ember", "{value:?}");
    }
}

#[test]
fn a_broken_configuration_is_an_error_with_its_place_and_never_an_empty_roster() {
    for (text, words) in [
        ("{\n  agents: {\n    list: [,\n", "line 3, column 12"),
        ("[]", "not an object"),
        ("{ agents: { list: {} } }", "agents.list: not a list"),
        (
            "{ agents: { entries: {} } }",
            "agents.entries: unknown to this OpenClaw",
        ),
        (
            "{ agents: { list: [{ id: 'ember' }, null] } }",
            "agents.list[1]: not an object",
        ),
        (
            "{\n  agents: { list: [{ id: 7 }] } }",
            "line 2, column 26: agents.list[0].id",
        ),
        (
            "{ agents: { list: [{ id: 'a', default: 'yes' }] } }",
            "agents.list[0].default",
        ),
        (
            "{ agents: { list: [{ id: 'a', agentDir: '/x' }, { id: 'b', agentDir: '/x/.' }] } }",
            "have one directory, /x",
        ),
    ] {
        let sandbox = Sandbox::with_agents(&[]);
        sandbox.configure(text);
        let run = sandbox
            .run(["status"])
            .expect_code(2)
            .says(words)
            .says("openclaw.json")
            .says("hint: ");
        assert_eq!(run.stdout, "", "{text}");
    }
}

#[test]
fn a_configuration_nested_without_end_is_refused() {
    let sandbox = Sandbox::with_agents(&[]);
    sandbox.configure(&"[".repeat(100_000));
    sandbox
        .run(["status"])
        .expect_code(2)
        .says("nested too deeply");
}

#[test]
fn the_zone_is_the_one_that_the_configuration_names() {
    let sandbox = Sandbox::with_agents(&[]);
    sandbox.configure(
        "{ plugins: { entries: { gondolin: { config: { zoneId: 'sunfam' } } } }, agents: { list: [{ id: 'ember' }] } }",
    );
    sandbox
        .run(["--zone", "sunfam", "--agent", "ember"])
        .expect_code(0);
    sandbox
        .run(["--zone", "moonfam", "--agent", "ember"])
        .expect_code(2)
        .says("unknown zone `moonfam`: known is `sunfam`");
    let error = &sandbox.json(["--zone", "moonfam", "status", "--json"])["error"];
    assert_eq!(error["code"], "unknown-zone");
}

#[test]
fn a_zone_is_unknown_where_the_configuration_names_none() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox
        .run(["status", "--zone", "sunfam"])
        .expect_code(2)
        .says("none is known");
}

#[test]
#[cfg(target_os = "linux")] // others refuse to make such a directory
fn a_path_that_codex_would_ignore_is_refused() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let state = sandbox.path("home").join(OsStr::from_bytes(b"st\xffte"));
    std::fs::create_dir_all(&state).unwrap();
    let sandbox = sandbox.set("OPENCLAW_STATE_DIR", state);
    sandbox
        .run(["--agent", "main"])
        .expect_code(2)
        .says("is not UTF-8: codex would silently use ~/.codex");
}

#[test]
fn hints_carry_the_options_that_selected_this_openclaw() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.write(
        "with space/openclaw.json",
        "{ agents: { list: [{ id: 'ember' }] } }",
    );
    let dir = sandbox.path("with space");
    let args = [
        OsStr::new("status"),
        OsStr::new("--state-dir"),
        dir.as_os_str(),
    ];
    let hint = format!(
        "hint: codex-login --state-dir '{}' --agent ember",
        dir.display()
    );
    sandbox.run(args).expect_code(1).says(&hint);
}

#[test]
fn a_name_that_only_folds_to_an_id_selects_nobody() {
    for name in ["", " ", "!!", "main!", "../main", "é"] {
        let sandbox = Sandbox::with_agents(&["main"]);
        sandbox.log_in("main");
        for command in ["logout", "status", "login"] {
            sandbox
                .run([command, "--agent", name])
                .expect_code(2)
                .says("unknown agent");
        }
        assert!(sandbox.auth_json("main").exists(), "{name:?}");
    }
}

#[test]
fn a_name_selects_the_agent_whatever_its_capitals_and_as_the_configuration_has_it() {
    let sandbox = Sandbox::with_agents(&["Ember Bot!!", "sun"]);
    for name in ["ember-bot", "EMBER-BOT", "Ember Bot!!", " ember-bot "] {
        let run = sandbox.run(["status", "--offline", "--agent", name]);
        assert!(
            run.expect_code(1).stdout.starts_with("ember-bot\t"),
            "{name:?}"
        );
    }
}

#[test]
fn a_relative_directory_is_said_to_depend_on_the_gateway() {
    let sandbox = Sandbox::with_agents(&[]);
    sandbox.configure("{ agents: { list: [{ id: 'ember', agentDir: 'rel' }] } }");
    let run = sandbox
        .run(["status"])
        .expect_code(1)
        .says("its agentDir is relative, taken as ");
    run.says("/cwd/rel: the gateway takes it from its own working directory");
}

#[test]
fn a_configuration_that_was_named_must_exist() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let run = sandbox.run(["status", "--openclaw-config", "/nowhere/openclaw.json"]);
    run.expect_code(2)
        .says("/nowhere/openclaw.json (--openclaw-config) does not exist");
}

#[test]
fn a_state_directory_that_was_named_has_no_substitute() {
    let sandbox = Sandbox::bare();
    sandbox.write("home/.clawdbot/clawdbot.json", "{}");
    let dir = sandbox.path("cwd");
    let args = ["agents", "--state-dir", dir.to_str().unwrap()];
    assert!(
        sandbox
            .run(args)
            .expect_code(0)
            .stdout
            .starts_with("main\t")
    );
}
