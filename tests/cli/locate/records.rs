//! OpenClaw's own record says which install of the plugin is active.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::json;

use super::{chosen, plugin_at, rejected, which, without_codex};
use crate::sandbox::{Sandbox, fake_package, link};

/// An install of the plugin with this codex; gives the plugin's directory.
fn install(sandbox: &Sandbox, name: &str, codex: &str) -> PathBuf {
    let modules = sandbox.path(name).join("node_modules");
    plugin_at(&modules.join("@openclaw/codex"), codex);
    fake_package(&modules.join("@openai/codex"), codex);
    modules.join("@openclaw/codex")
}

fn record_in_file(sandbox: &Sandbox, plugin: &Path) {
    let records =
        json!({ "installRecords": { "codex": { "source": "npm", "installPath": plugin } } });
    sandbox.write("home/.openclaw/plugins/installs.json", &records.to_string());
}

/// The database as 2026.9.6 has it, still open, its log not yet written back.
fn record_in_database(sandbox: &Sandbox, plugin: &Path) -> Connection {
    let path = sandbox.state_dir().join("state/openclaw.sqlite");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let database = Connection::open(path).unwrap();
    database.pragma_update(None, "journal_mode", "WAL").unwrap();
    database
        .execute_batch("CREATE TABLE config_machine_state (state_key TEXT PRIMARY KEY, value_json TEXT, updated_at_ms INTEGER)")
        .unwrap();
    let index = json!({ "index": { "installRecords": { "codex": { "source": "npm", "installPath": plugin } } } });
    database
        .execute(
            "INSERT INTO config_machine_state VALUES ('plugins.installedIndex', ?1, 0)",
            [index.to_string()],
        )
        .unwrap();
    database
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_record_of_2026_5_12_is_a_file() {
    let sandbox = without_codex("2026.5.12");
    let plugin = install(&sandbox, "elsewhere", "0.130.0");
    record_in_file(&sandbox, &plugin);
    assert_eq!(
        chosen(&sandbox),
        (
            "0.130.0".into(),
            "plugin".into(),
            "OpenClaw's codex plugin (installs.json)".into()
        )
    );
}

#[test]
fn the_record_of_2026_9_6_is_read_while_its_gateway_runs_and_nothing_is_left_beside_it() {
    let sandbox = without_codex("2026.9.6");
    let plugin = install(&sandbox, "elsewhere", "0.153.4");
    let gateway = record_in_database(&sandbox, &plugin);
    let dir = sandbox.state_dir().join("state");
    let before = names(&dir);
    assert_eq!(
        before,
        [
            "openclaw.sqlite",
            "openclaw.sqlite-shm",
            "openclaw.sqlite-wal"
        ]
    );
    assert_eq!(
        chosen(&sandbox),
        (
            "0.153.4".into(),
            "plugin".into(),
            "OpenClaw's codex plugin (openclaw.sqlite)".into()
        )
    );
    assert_eq!(names(&dir), before);

    drop(gateway);
    assert_eq!(names(&dir), ["openclaw.sqlite"]);
    assert_eq!(chosen(&sandbox).0, "0.153.4");
    assert_eq!(names(&dir), ["openclaw.sqlite"]);
}

#[test]
fn a_log_that_a_killed_gateway_left_is_read_too() {
    let sandbox = without_codex("2026.9.6");
    let plugin = install(&sandbox, "elsewhere", "0.153.4");
    let gateway = record_in_database(&sandbox, &plugin);
    // What is on the disk at this moment is what a kill leaves.
    let dir = sandbox.state_dir().join("state");
    let left: Vec<_> = names(&dir)
        .into_iter()
        .map(|name| (fs::read(dir.join(&name)).unwrap(), name))
        .collect();
    drop(gateway);
    for (bytes, name) in left {
        fs::write(dir.join(name), bytes).unwrap();
    }
    assert_eq!(chosen(&sandbox).0, "0.153.4");
}

#[test]
fn a_log_without_its_index_is_told_and_none_is_made() {
    let sandbox = without_codex("2026.9.6");
    sandbox.install_fake_codex("0.169.0");
    let gateway = record_in_database(&sandbox, &sandbox.path("nowhere"));
    let dir = sandbox.state_dir().join("state");
    let log = fs::read(dir.join("openclaw.sqlite-wal")).unwrap();
    drop(gateway);
    fs::write(dir.join("openclaw.sqlite-wal"), log).unwrap();
    let path = dir.join("openclaw.sqlite");
    let codex = which(&sandbox);
    let reason = &rejected(&codex, &path)["reason"];
    assert_eq!(reason, "could not be read: resource busy");
    assert_eq!(names(&dir), ["openclaw.sqlite", "openclaw.sqlite-wal"]);
}

#[test]
fn the_log_of_a_linked_database_is_looked_for_where_it_is() {
    let sandbox = without_codex("2026.9.6");
    let gateway = record_in_database(&sandbox, &install(&sandbox, "elsewhere", "0.153.4"));
    let state = sandbox.state_dir().join("state");
    fs::rename(&state, sandbox.path("real-state")).unwrap();
    link(
        &sandbox.path("real-state/openclaw.sqlite"),
        &state.join("openclaw.sqlite"),
    );
    assert_eq!(chosen(&sandbox).0, "0.153.4");
    drop(gateway);
}

#[test]
fn a_table_whose_values_are_computed_is_not_asked() {
    let sandbox = without_codex("2026.9.6");
    sandbox.install_fake_codex("0.169.0");
    let path = sandbox.state_dir().join("state/openclaw.sqlite");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let plugin = install(&sandbox, "elsewhere", "0.153.4");
    let index =
        json!({ "installRecords": { "codex": { "source": "npm", "installPath": plugin } } });
    let database = Connection::open(path).unwrap();
    database
        .execute_batch(&format!(
            "CREATE TABLE config_machine_state (state_key TEXT, value_json TEXT AS ('{index}'));
             INSERT INTO config_machine_state (state_key) VALUES ('plugins.installedIndex')"
        ))
        .unwrap();
    drop(database);
    assert_eq!(chosen(&sandbox).1, "global");
}

#[test]
fn the_record_of_2026_7_1_is_a_table_of_its_own() {
    let sandbox = without_codex("2026.7.1");
    let plugin = install(&sandbox, "elsewhere", "0.144.3");
    let path = sandbox.state_dir().join("state/openclaw.sqlite");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let database = Connection::open(path).unwrap();
    database
        .execute_batch("CREATE TABLE installed_plugin_index (index_key TEXT PRIMARY KEY, install_records_json TEXT, plugins_json TEXT)")
        .unwrap();
    let records = json!({ "codex": { "source": "npm", "installPath": plugin } });
    database
        .execute(
            "INSERT INTO installed_plugin_index VALUES ('installed-plugin-index', ?1, '[]')",
            [records.to_string()],
        )
        .unwrap();
    assert_eq!(chosen(&sandbox).0, "0.144.3");
}

#[test]
fn of_two_records_that_of_the_installed_version_counts() {
    for (version, codex) in [("2026.5.12", "0.130.0"), ("2026.9.6", "0.153.4")] {
        let sandbox = without_codex(version);
        record_in_file(&sandbox, &install(&sandbox, "old", "0.130.0"));
        drop(record_in_database(
            &sandbox,
            &install(&sandbox, "new", "0.153.4"),
        ));
        assert_eq!(chosen(&sandbox).0, codex, "{version}");
    }
}

#[test]
fn a_recorded_install_that_is_gone_is_told_and_the_next_is_taken() {
    let sandbox = without_codex("2026.5.12");
    let plugin = sandbox.path("elsewhere/node_modules/@openclaw/codex");
    record_in_file(&sandbox, &plugin);
    sandbox.install_fake_codex("0.169.0");
    let codex = which(&sandbox);
    assert_eq!(codex["version"], "0.169.0");
    let gone = rejected(&codex, &plugin);
    assert_eq!(gone["reason"], "recorded, but not there");
    assert_eq!(
        gone["fix"],
        "openclaw plugins install @openclaw/codex --force"
    );
}

#[test]
fn a_record_that_cannot_be_read_is_told_and_stops_nothing() {
    let garbage = "no database, and no JSON";
    for (version, record) in [
        ("2026.5.12", "plugins/installs.json"),
        ("2026.9.6", "state/openclaw.sqlite"),
    ] {
        let sandbox = without_codex(version);
        sandbox.install_fake_codex("0.169.0");
        let path = sandbox.write(Path::new("home/.openclaw").join(record), garbage);
        let codex = which(&sandbox);
        assert_eq!(codex["version"], "0.169.0");
        let reason = rejected(&codex, &path)["reason"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(reason.starts_with("could not be read: "), "{reason}");
        let run = sandbox.run(["status"]);
        run.says("OpenClaw's record of its plugins, ")
            .says("which codex it runs may be another one")
            .says("hint: openclaw plugins registry --refresh");

        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(which(&sandbox)["version"], "0.169.0");
    }
}

#[test]
fn what_is_recorded_of_other_plugins_or_relative_is_not_followed() {
    let sandbox = without_codex("2026.5.12");
    sandbox.install_fake_codex("0.169.0");
    for records in [
        r#"{"installRecords":{"telegram":{"source":"npm","installPath":"/nowhere"}}}"#,
        r#"{"installRecords":{"codex":{"source":"npm","installPath":"../../elsewhere"}}}"#,
        r#"{"installRecords":[]}"#,
        "[]",
    ] {
        sandbox.write("home/.openclaw/plugins/installs.json", records);
        let codex = which(&sandbox);
        assert_eq!(codex["step"], "global", "{records}");
        assert_eq!(codex["rejected"], json!([]), "{records}");
    }
}
