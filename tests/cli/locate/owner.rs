//! Root looks for the codex of another user's OpenClaw as that user, in that user's home.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{plugin_at, rejected};
use crate::sandbox::{
    FAKE_CODEX, Sandbox, fake_package, link, not_tried, package_without_binary, through, wait,
};
use crate::users::{Someone, can_be_others, close, copy, logged_in, open, openclaw_of, place};

/// A package that every user can run.
fn open_package(package: &Path, version: &str) {
    copy(
        Path::new(FAKE_CODEX),
        &package_without_binary(package, version),
    );
}

/// An OpenClaw of daemon's, and no codex named.
fn machine(someone: &Someone) -> Sandbox {
    let sandbox = openclaw_of(someone, &["ember"]);
    // There is a codex in `bin`, which is not to be found.
    let empty = sandbox.path("cwd");
    sandbox.set("CODEX_LOGIN_CODEX", "").set("PATH", empty)
}

/// Gives daemon a home in the sandbox, for all that is started in there, and for nobody else.
const WITH_A_HOME: &str = r#"
sed "s|^daemon:.*|daemon:x:1:1::$HOME/of-daemon:/bin/sh|" /etc/passwd >"$HOME/passwd" || exit 98
mount --bind "$HOME/passwd" /etc/passwd || exit 99
exec "$@"
"#;

#[test]
fn the_owners_packages_go_before_roots() {
    if !can_be_others() {
        return;
    }
    let daemon = Someone::of_account("daemon");
    let sandbox = machine(&daemon).set("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let theirs = "home/of-daemon/.local/share/pnpm/global/5/node_modules/@openai/codex";
    open_package(&sandbox.path(theirs), "0.150.0");
    daemon.take(&sandbox.path("home/of-daemon"));
    sandbox.install_fake_codex("0.169.0");
    let prefix = [
        "/usr/bin/unshare",
        "--mount",
        "/bin/sh",
        "-c",
        WITH_A_HOME,
        "sh",
    ];
    let run = |args: &[&str]| {
        let mut command = through(&prefix, &sandbox.command(args));
        wait(command.spawn().unwrap())
    };
    if run(&["--version"]).status.code() != Some(0) {
        return not_tried("this machine lets us mount nothing");
    }
    let run = run(&["which", "--json"]).expect_code(0);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["codex"]["version"], "0.150.0", "{document:#}");
}

#[test]
fn where_the_owner_has_none_roots_is_taken() {
    if !can_be_others() {
        return;
    }
    let sandbox = machine(&Someone::of_account("daemon"));
    let roots = "home/.local/share/pnpm/global/5/node_modules/@openai/codex";
    open_package(&sandbox.path(roots), "0.169.0");
    assert_eq!(super::which(&sandbox)["version"], "0.169.0");
    close(&sandbox.path("home/.local"));
    sandbox
        .run(["which"])
        .expect_code(0)
        .says("daemon has no codex that can be used: root's is taken")
        .says("daemon, the owner of the home, has no way past ")
        .says("hint: install codex where daemon can reach it");
}

#[test]
fn reading_the_owners_record_leaves_nothing_of_roots() {
    if !can_be_others() {
        return;
    }
    for someone in Someone::both() {
        let sandbox = machine(&someone).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6");
        let modules = sandbox.state_dir().join("npm/projects/one/node_modules");
        plugin_at(&modules.join("@openclaw/codex"), "0.153.4");
        open_package(&modules.join("@openai/codex"), "0.153.4");
        let path = sandbox.state_dir().join("state/openclaw.sqlite");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let gateway = Connection::open(path).unwrap();
        gateway.pragma_update(None, "journal_mode", "WAL").unwrap();
        gateway
            .execute_batch("CREATE TABLE config_machine_state (state_key TEXT, value_json TEXT)")
            .unwrap();
        let index = json!({ "index": { "installRecords": { "codex": {
            "source": "npm", "installPath": modules.join("@openclaw/codex"),
        } } } });
        let insert = "INSERT INTO config_machine_state VALUES ('plugins.installedIndex', ?1)";
        gateway.execute(insert, [index.to_string()]).unwrap();
        someone.take(&sandbox.state_dir());
        assert_eq!(
            super::chosen(&sandbox).2,
            "OpenClaw's codex plugin (openclaw.sqlite)"
        );
        someone.assert_has(&sandbox.state_dir());
    }
}

#[test]
fn a_plugin_that_others_could_have_changed_is_not_taken() {
    if !can_be_others() {
        return;
    }
    let daemon = Someone::of_account("daemon");
    let stranger = Someone::without_account();
    for (owner, mode, reason) in [
        (
            &daemon,
            0o777,
            "everybody can write there: OpenClaw does not load it",
        ),
        (
            &stranger,
            0o755,
            "it belongs to another user: OpenClaw does not load it",
        ),
    ] {
        let sandbox = machine(&daemon);
        let modules = sandbox.state_dir().join("npm/node_modules");
        let plugin = modules.join("@openclaw/codex");
        plugin_at(&plugin, "0.130.0");
        fake_package(&modules.join("@openai/codex"), "0.130.0");
        let wanted = r#"{"dependencies":{"@openclaw/codex":"2026.9.4"}}"#;
        fs::write(sandbox.state_dir().join("npm/package.json"), wanted).unwrap();
        daemon.take(&sandbox.state_dir());
        owner.take(&plugin);
        fs::set_permissions(&plugin, fs::Permissions::from_mode(mode)).unwrap();
        let prefix = sandbox.path("prefix");
        open_package(&prefix.join("lib/node_modules/@openai/codex"), "0.169.0");
        let sandbox = sandbox.set("npm_config_prefix", prefix);
        open(&sandbox.path("home"));
        let codex = super::which(&sandbox);
        assert_eq!(codex["version"], "0.169.0");
        assert_eq!(rejected(&codex, &plugin)["reason"], reason);
    }
}

#[test]
fn what_a_link_of_the_owners_leads_to_is_not_read_with_roots_powers() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::without_account();
    let sandbox = machine(&someone).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6");
    sandbox.install_fake_codex("0.169.0");
    let secret = sandbox.path("of-root/secret.sqlite");
    fs::create_dir_all(secret.parent().unwrap()).unwrap();
    let database = Connection::open(&secret).unwrap();
    database
        .execute_batch("CREATE TABLE config_machine_state (state_key TEXT)")
        .unwrap();
    drop(database);
    close(secret.parent().unwrap());
    let before = fs::read_dir(secret.parent().unwrap()).unwrap().count();
    let state = sandbox.state_dir().join("state");
    link(&secret, &state.join("openclaw.sqlite"));
    fs::write(state.join("openclaw.sqlite-wal"), "not empty").unwrap();
    let modules = sandbox.state_dir().join("npm/node_modules");
    plugin_at(&modules.join("@openclaw/codex"), "0.130.0");
    open_package(&modules.join("@openai/codex"), "0.130.0");
    let wanted = r#"{"dependencies":{"@openclaw/codex":"2026.9.4"}}"#;
    fs::write(sandbox.state_dir().join("npm/package.json"), wanted).unwrap();
    someone.take(&sandbox.state_dir());
    let codex = super::which(&sandbox);
    assert_eq!(codex["version"], "0.130.0");
    let record = rejected(&codex, &state.join("openclaw.sqlite"));
    assert_eq!(record["reason"], "could not be read: permission denied");
    let after = fs::read_dir(secret.parent().unwrap()).unwrap().count();
    assert_eq!(before, after);
}

#[test]
fn a_program_that_somebody_elses_openclaw_names_is_not_run_as_us() {
    if !can_be_others() {
        return;
    }
    let daemon = Someone::of_account("daemon");
    let sandbox = machine(&daemon);
    let theirs = sandbox.path("theirs/codex");
    place(Path::new(FAKE_CODEX), &theirs);
    sandbox.configure(&format!(
        "{{ plugins: {{ entries: {{ codex: {{ config: {{ appServer: {{ command: '{}' }} }} }} }} }}, agents: {{ list: [{{ id: 'ember' }}] }} }}",
        theirs.display()
    ));
    let ours = sandbox.path("home/.local/share/pnpm/global/5/node_modules/@openai/codex");
    open_package(&ours, "0.150.0");
    daemon.take(&sandbox.state_dir());
    let program = sandbox.path("bin/codex-login");
    let as_a_stranger = |args: &[&str]| {
        let command = sandbox.command_of(&program, args);
        let mut command = Someone::without_account().run_as(&command);
        wait(command.spawn().unwrap())
    };
    let run = as_a_stranger(&["which", "--json"]).expect_code(0);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["codex"]["version"], "0.150.0", "{document:#}");
    let notices = document["openclaw"]["notices"].as_array().unwrap();
    assert!(
        notices
            .iter()
            .any(|notice| notice["code"] == "openclaw-of-another"),
        "{document:#}"
    );
    fs::remove_dir_all(sandbox.path("home/.local")).unwrap();
    as_a_stranger(&["which"])
        .expect_code(127)
        .says("hint: run codex-login as daemon");
    // As root it is run, as the one whose it is.
    assert_eq!(super::chosen(&sandbox).1, "own-command");
}

#[test]
fn a_state_directory_and_a_configuration_of_two_users_have_no_codex_in_common() {
    if !can_be_others() {
        return;
    }
    let [one, other] = Someone::both();
    let sandbox = logged_in(&one, &["ember"]);
    let home = sandbox.home_of("ember");
    let dir = home.parent().unwrap().display();
    let config = sandbox.write(
        "config/openclaw.json",
        &format!("{{ agents: {{ list: [{{ id: 'ember', agentDir: '{dir}' }}] }} }}"),
    );
    let state = sandbox.path("state");
    fs::create_dir_all(&state).unwrap();
    open(&sandbox.path("config"));
    one.take(&config);
    other.take(&state);
    let sandbox = sandbox
        .set("OPENCLAW_CONFIG_PATH", &config)
        .set("OPENCLAW_STATE_DIR", &state);
    let run = sandbox
        .run(["exec", "--agent", "ember", "--", "features"])
        .expect_code(2);
    run.says("and the configuration or the state directory that leads there to ");
    assert_eq!(sandbox.starts(), [] as [Value; 0]);
}
