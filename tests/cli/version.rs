//! Which OpenClaw it is, how that is known, and what follows for a login.

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, link};

/// A sandbox that is told no version, with this roster.
fn untold(text: &str) -> Sandbox {
    let sandbox = Sandbox::bare();
    sandbox.configure(text);
    sandbox.install_fake_codex("0.130.0");
    sandbox
}

const LIST: &str = "{ agents: { list: [{ id: 'ember' }] } }";
const ENTRIES: &str = "{ agents: { entries: { ember: {} } } }";

/// The package of an OpenClaw at `tail`.
fn install(sandbox: &Sandbox, tail: &str, version: &str) {
    let manifest = json!({ "name": "openclaw", "version": version });
    sandbox.write(format!("{tail}/package.json"), &manifest.to_string());
    sandbox.write(
        format!("{tail}/openclaw.mjs"),
        "throw new Error('not run')\n",
    );
}

#[test]
fn the_installed_package_tells_the_version() {
    let sandbox = untold(LIST);
    install(
        &sandbox,
        "home/.local/share/pnpm/global/5/node_modules/openclaw",
        "2026.5.12",
    );
    let openclaw = &sandbox.json(["agents", "--json"])["openclaw"];
    assert_eq!(openclaw["version"], "2026.5.12");
    let source = openclaw["source"].as_str().unwrap();
    assert!(
        source.ends_with("global/5/node_modules/openclaw"),
        "{source}"
    );

    // What PATH leads to goes before it.
    install(&sandbox, "opt/openclaw", "2026.6.11");
    link(
        &sandbox.path("opt/openclaw/openclaw.mjs"),
        &sandbox.path("bin/openclaw"),
    );
    make_executable(&sandbox, "opt/openclaw/openclaw.mjs");
    let openclaw = &sandbox.json(["agents", "--json"])["openclaw"];
    assert_eq!(openclaw["version"], "2026.6.11");

    // And what the gateway runs before that.
    install(&sandbox, "srv/node_modules/openclaw", "2026.7.1-2");
    let program = sandbox.path("srv/node_modules/openclaw/openclaw.mjs");
    sandbox.write(
        "home/.config/systemd/user/openclaw-gateway.service",
        &format!(
            "[Service]\nExecStart=/usr/bin/node {} gateway\n",
            program.display()
        ),
    );
    let openclaw = &sandbox.json(["agents", "--json"])["openclaw"];
    assert_eq!(openclaw["version"], "2026.7.1-2");
    let source = openclaw["source"].as_str().unwrap();
    assert!(
        source.starts_with("openclaw-gateway.service runs "),
        "{source}"
    );
}

fn make_executable(sandbox: &Sandbox, tail: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(sandbox.path(tail), mode).unwrap();
}

#[test]
fn where_no_package_is_found_the_files_tell() {
    let touched = "{ meta: { lastTouchedVersion: '2026.6.1' } }";
    for (text, store, version, source) in [
        (
            touched,
            None,
            json!("2026.6.1"),
            "meta.lastTouchedVersion in ",
        ),
        (ENTRIES, None, json!(null), "the form of the roster in "),
        (
            LIST,
            Some("state/openclaw.sqlite"),
            json!(null),
            "2026.7.1 or later",
        ),
        (
            LIST,
            Some("agents/ember/agent/openclaw-agent.sqlite"),
            json!(null),
            "2026.6.5 or later",
        ),
        (LIST, None, json!(null), "not known"),
    ] {
        let sandbox = untold(text);
        if let Some(store) = store {
            sandbox.write(format!("home/.openclaw/{store}"), "");
        }
        let openclaw = &sandbox.json(["agents", "--json"])["openclaw"];
        assert_eq!(openclaw["version"], version, "{text}");
        let told = openclaw["source"].as_str().unwrap();
        assert!(told.contains(source), "{told}");
    }
}

#[test]
fn a_version_that_the_configuration_alone_tells_is_doubted_beside_stores_of_a_later_one() {
    let touched = |version: &str| json!({ "meta": { "lastTouchedVersion": version }, "agents": { "list": [{ "id": "ember" }] } });
    let early = || {
        let sandbox = untold(&touched("2026.5.12").to_string());
        sandbox.log_in("ember");
        sandbox
    };
    let doubts = |sandbox: &Sandbox| {
        let notices = sandbox.json(["agents", "--json"])["openclaw"]["notices"].clone();
        let is_doubt = |notice: &&Value| notice["code"] == "version-doubtful";
        notices.as_array().unwrap().iter().find(is_doubt).cloned()
    };
    let stores = [
        "agents/ember/agent/openclaw-agent.sqlite",
        "state/openclaw.sqlite",
    ];
    for store in stores {
        let sandbox = early();
        assert_eq!(doubts(&sandbox), None);
        let store = sandbox.write(format!("home/.openclaw/{store}"), "");
        let doubt = doubts(&sandbox).expect("a doubt");
        let message = doubt["message"].as_str().unwrap();
        let words = format!(" would not have made {}: ", store.display());
        assert!(message.contains(&words), "{message}");
        assert!(message.starts_with("OpenClaw 2026.5.12 (meta.lastTouchedVersion in "));
        let run = sandbox.run(["status", "--offline"]);
        run.says("hint: tell it with --openclaw-version VERSION");
        // Not where it is known, nor where files of that version are there as well.
        sandbox.configure(&touched("2026.7.1").to_string());
        assert_eq!(doubts(&sandbox), None);
        let given = early().set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.5.12");
        given.write(
            "home/.openclaw/agents/ember/agent/openclaw-agent.sqlite",
            "",
        );
        assert_eq!(doubts(&given), None);
        let back = early();
        back.write("home/.openclaw/state/openclaw.sqlite", "");
        back.write("home/.openclaw/agents/ember/agent/auth-profiles.json", "{}");
        assert_eq!(doubts(&back), None);
    }
}

#[test]
fn a_roster_of_entries_is_one_of_the_versions_that_import() {
    let sandbox = untold(ENTRIES);
    let openclaw = &sandbox.json(["agents", "--json"])["openclaw"];
    assert_eq!(openclaw["route"], "import");
    sandbox
        .run(["--agent", "ember"])
        .expect_code(2)
        .says("handed to OpenClaw 2026.8.1 or later (the form of the roster in ")
        .says("no `openclaw` of that version was found");
    assert!(!sandbox.home_of("ember").exists());
}

#[test]
fn a_login_waits_where_the_version_that_decides_is_not_known() {
    let sandbox = untold(LIST);
    sandbox.write("home/.openclaw/state/openclaw.sqlite", "");
    sandbox
        .run(["--agent", "ember"])
        .expect_code(2)
        .says("OpenClaw 2026.7.1 or later (")
        .says("hint: tell it with --openclaw-version VERSION");
    let error = &sandbox.json(["--agent", "ember", "--json"])["error"];
    assert_eq!(error["code"], "version-unknown");
    assert!(!sandbox.home_of("ember").exists());
    let args = ["--agent", "ember", "--openclaw-version", "2026.7.1"];
    sandbox.run(args).expect_code(0);
}

#[test]
fn with_home_scope_user_no_agents_own_login_is_used() {
    let sandbox = untold(
        "{ plugins: { entries: { codex: { config: { appServer: { homeScope: 'user' } } } } }, agents: { list: [{ id: 'ember' }] } }",
    );
    sandbox.log_in("ember");
    let run = sandbox
        .run(["login", "--openclaw-version", "2026.7.1"])
        .expect_code(3);
    run.says("`homeScope` is `user`")
        .says("hint: codex-login --openclaw-version 2026.7.1 --user-home");
    let run = sandbox
        .run(["status", "--openclaw-version", "2026.7.1"])
        .expect_code(1);
    assert!(run.stdout.starts_with("ember\tlogged-out\t"), "{run}");
    // An older one does not know the setting.
    let run = sandbox.run(["status", "--openclaw-version", "2026.5.12"]);
    assert!(run.expect_code(0).stdout.starts_with("ember\tready\t"));
}

#[test]
fn before_there_were_codex_homes_a_login_is_refused_and_dead_ones_are_named() {
    let sandbox = untold(LIST);
    sandbox
        .run(["login", "--openclaw-version", "2026.4.22"])
        .expect_code(3)
        .says("harness-auth/codex")
        .says("hint: upgrade OpenClaw to 2026.5.2 or later");
}

#[test]
fn directories_that_no_agent_owns_are_named_on_demand() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    sandbox.log_in("gone");
    let run = sandbox.run(["agents", "-v"]).expect_code(0);
    assert_eq!(run.stdout.lines().count(), 1, "{run}");
    run.says("agents/gone: left over, no agent of the configuration owns it");
    let left = &sandbox.json(["agents", "-v", "--json"])["leftovers"];
    let gone = sandbox.state_dir().join("agents/gone");
    assert_eq!(left, &json!([gone.display().to_string()]));
    sandbox
        .run(["status", "--agent", "gone"])
        .expect_code(2)
        .says("unknown agent `gone`");
}
