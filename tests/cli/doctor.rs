//! `doctor`, what its `--fix` does, and `restore`, which undoes it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use nix::sys::wait::WaitStatus;
use serde_json::{Value, json};

use crate::sandbox::Sandbox;
use crate::users::{Someone, can_be_others, logged_in, open};

const FAR: u64 = 4_102_444_800_000;

pub fn oauth(name: &str) -> Value {
    json!({ "type": "oauth", "provider": "openai-codex", "access": format!("fake-access-{name}"),
        "refresh": format!("fake-refresh-{name}"), "expires": FAR })
}

/// The text as OpenClaw writes a store.
pub fn store(profiles: &Value) -> String {
    let store = json!({ "version": 1, "profiles": profiles, "order": {} });
    format!("{store:#}\n")
}

pub fn give_store(sandbox: &Sandbox, agent: &str, text: &str) -> PathBuf {
    let tail = format!("home/.openclaw/agents/{agent}/agent/auth-profiles.json");
    let path = sandbox.write(tail, text);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Ember and storm, both logged in, and shadowed by a stale default of the main store.
fn shadowed() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::with_agents(&["ember", "storm"]);
    sandbox.log_in("ember");
    sandbox.log_in("storm");
    let profiles = json!({
        "other:a": { "type": "api_key", "provider": "other", "key": "fake-key" },
        "openai-codex:default": oauth("stale"),
        "openai-codex:second": oauth("second"),
    });
    let path = give_store(&sandbox, "main", &store(&profiles));
    (sandbox, path)
}

/// All files below a directory with their modes and texts.
pub fn snapshot(dir: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut all = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            if meta.is_dir() {
                all.insert(path.clone(), (meta.mode(), Vec::new()));
                open.push(path);
            } else if meta.is_symlink() {
                let target = path
                    .read_link()
                    .unwrap()
                    .into_os_string()
                    .into_encoded_bytes();
                all.insert(path.clone(), (0, target));
            } else {
                all.insert(path.clone(), (meta.mode(), fs::read(&path).unwrap()));
            }
        }
    }
    all
}

fn agent<'a>(document: &'a Value, id: &str) -> &'a Value {
    let agents = document["agents"].as_array().unwrap();
    agents.iter().find(|agent| agent["id"] == id).unwrap()
}

fn finding<'a>(agent: &'a Value, code: &str) -> &'a Value {
    let findings = agent["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["code"] == code);
    found.unwrap_or_else(|| panic!("no {code} in {agent:#}"))
}

fn aside(sandbox: &Sandbox) -> PathBuf {
    sandbox.path("home/.openclaw.codex-login")
}

#[test]
fn shadowing_profiles_are_found_taken_out_and_restored() {
    let (sandbox, path) = shadowed();
    let before = snapshot(&sandbox.path("home"));
    let run = sandbox
        .run(["doctor", "--offline", "--json"])
        .expect_code(3);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let shadow = finding(agent(&document, "ember"), "shadowed-by-profile");
    assert_eq!(shadow["severity"], "error");
    assert_eq!(shadow["fixable"], true);
    assert_eq!(shadow["fix"], "codex-login doctor --fix --agent ember");

    let run = sandbox
        .run(["doctor", "--fix", "--yes", "--offline", "--json"])
        .expect_code(0);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    for id in ["ember", "storm"] {
        assert_eq!(agent(&document, id)["state"], "ready", "{run}");
    }
    let fixed = &document["fixed"];
    assert_eq!(
        fixed["done"],
        json!([
            { "kind": "take-out", "path": path, "profile_id": "openai-codex:default" },
            { "kind": "take-out", "path": path, "profile_id": "openai-codex:second" },
        ])
    );
    let left: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(left["profiles"].as_object().unwrap().len(), 1);
    let id = fixed["id"].as_str().unwrap();
    let dir = aside(&sandbox).join(id);
    assert_eq!(fixed["dir"], dir.display().to_string());
    for dir in [&dir, &aside(&sandbox)] {
        assert_eq!(dir.metadata().unwrap().mode() & 0o777, 0o700);
    }
    for (path, (mode, _)) in snapshot(&dir) {
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }

    let list = sandbox.run(["restore"]).expect_code(0);
    assert!(
        list.stdout.starts_with(&format!("{id}\t2 of 2\ttake ")),
        "{list}"
    );
    let undone = sandbox.run(["restore", id]).expect_code(0);
    assert!(
        undone.stderr.contains("openclaw gateway restart"),
        "{undone}"
    );
    assert_eq!(snapshot(&sandbox.path("home")), before);
    for run in [run, list, undone] {
        assert!(!run.to_string().contains("fake-"), "{run}");
    }
}

#[test]
fn a_profile_that_is_all_another_agent_has_stays() {
    let (sandbox, path) = shadowed();
    fs::remove_file(sandbox.auth_json("storm")).unwrap();
    let before = fs::read(&path).unwrap();
    let run = sandbox
        .run([
            "doctor",
            "--agent",
            "ember",
            "--fix",
            "--yes",
            "--offline",
            "--json",
        ])
        .expect_code(3);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let shadow = finding(agent(&document, "ember"), "shadowed-by-profile");
    assert_eq!(shadow["fixable"], Value::Null);
    assert_eq!(shadow["fix"], "codex-login --agent storm");
    let message = shadow["message"].as_str().unwrap();
    let why = "storm has nothing but such a profile: log it in first";
    assert!(message.ends_with(why), "{message}");
    assert_eq!(fs::read(&path).unwrap(), before);
    assert!(!aside(&sandbox).exists());
}

#[test]
fn what_also_changes_for_others_is_told_before_it_is_done() {
    let (sandbox, _) = shadowed();
    let run = sandbox.run(["doctor", "--agent", "ember", "--fix", "--offline"]);
    run.expect_code(2)
        .says("auth-profiles.json (also changes storm)\n");
}

#[test]
fn many_modes_are_told_by_their_count() {
    let ids = ["a0", "a1", "a2", "a3"];
    let sandbox = Sandbox::with_agents(&ids);
    for id in ids {
        sandbox.log_in(id);
        for path in [sandbox.auth_json(id), sandbox.home_of(id)] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    let run = sandbox.run(["doctor", "--fix", "--offline"]).expect_code(2);
    run.says("  close 8 files and directories to others (-v lists them)\n");
    let run = sandbox
        .run(["doctor", "--fix", "--offline", "-v"])
        .expect_code(2);
    assert_eq!(run.stderr.matches("the mode 0").count(), 8, "{run}");
}

#[test]
fn no_remedy_takes_the_login_of_another_agent() {
    let (sandbox, path) = shadowed();
    fs::remove_file(sandbox.auth_json("storm")).unwrap();
    // Status says what the doctor says.
    for command in ["status", "doctor"] {
        let document = sandbox.json([command, "--offline", "--json"]);
        let shadow = finding(agent(&document, "ember"), "shadowed-by-profile");
        assert_eq!(shadow["fix"], "codex-login --agent storm", "{command}");
    }
    let before = snapshot(&sandbox.path("home"));
    let native = [
        "doctor",
        "--agent",
        "ember",
        "--fix",
        "--native-only",
        "--yes",
        "--offline",
    ];
    let run = sandbox.run(native).expect_code(2);
    run.says("error: without profiles these agents have no login that works: storm\n")
        .says("hint: codex-login --agent storm\n");
    assert_eq!(snapshot(&sandbox.path("home")), before);

    // In a database the remedy is OpenClaw's own command, for all agents at once.
    fs::remove_file(path).unwrap();
    let sandbox = sandbox.set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.7.1");
    let profiles = json!({ "profiles": { "openai:x": crate::stores::oauth("openai", FAR) } });
    crate::stores::give(&sandbox, "2026.7.1", "main", &profiles);
    let document = sandbox.json(["status", "--offline", "--json"]);
    let shadow = finding(agent(&document, "ember"), "shadowed-by-profile");
    assert_eq!(shadow["fix"], "codex-login --agent storm");
    let shadow = finding(agent(&document, "storm"), "shadowed-by-profile");
    assert_eq!(shadow["fix"], "codex-login --agent storm");
}

#[test]
fn without_a_terminal_nothing_is_done_unless_that_is_agreed() {
    let (sandbox, _) = shadowed();
    let before = snapshot(&sandbox.path("home"));
    for args in [
        ["doctor", "--offline", "--fix", "--quiet"],
        ["doctor", "--offline", "--fix", "--json"],
    ] {
        let run = sandbox.run(args).expect_code(2);
        assert!(
            run.stderr.contains("take openai-codex:default out of"),
            "{run}"
        );
        assert!(run.stderr.contains("hint: add --yes to do it"), "{run}");
        assert_eq!(snapshot(&sandbox.path("home")), before);
    }
}

#[test]
fn an_empty_order_is_written_only_when_asked_for_and_leaves_the_rest_as_it_is() {
    let (sandbox, path) = shadowed();
    let text =
        "// of the house\n{\n  agents: { list: [{ id: 'ember' }, { id: 'storm' }] }, // two\n}\n";
    sandbox.configure(text);
    let stored = fs::read(&path).unwrap();
    let before = snapshot(&sandbox.path("home"));
    let run = sandbox
        .run([
            "doctor",
            "--fix",
            "--native-only",
            "--yes",
            "--offline",
            "--json",
        ])
        .expect_code(0);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["summary"], json!({ "ready": 2, "total": 2 }));
    let config = sandbox.state_dir().join("openclaw.json");
    let after = fs::read_to_string(&config).unwrap();
    assert!(after.starts_with(
        "// of the house\n{\n  agents: { list: [{ id: 'ember' }, { id: 'storm' }] }, // two\n"
    ));
    assert!(after.contains("\"openai-codex\": []"), "{after}");
    assert_eq!(fs::read(&path).unwrap(), stored);

    let id = document["fixed"]["id"].as_str().unwrap();
    sandbox.run(["restore", id]).expect_code(0);
    assert_eq!(snapshot(&sandbox.path("home")), before);
}

#[test]
fn an_empty_order_is_taken_back_from_a_configuration_that_openclaw_has_written_since() {
    let (sandbox, _) = shadowed();
    let native = [
        "doctor",
        "--fix",
        "--native-only",
        "--yes",
        "--offline",
        "--json",
    ];
    let document = sandbox.json(native);
    let id = document["fixed"]["id"].as_str().unwrap();
    sandbox.configure(
        "{ agents: { list: [{ id: 'ember' }, { id: 'storm' }] }, auth: { order: { 'openai-codex': [] } }, gateway: { port: 1 } }",
    );
    sandbox.run(["restore", id]).expect_code(0);
    let config = fs::read_to_string(sandbox.state_dir().join("openclaw.json")).unwrap();
    assert!(config.contains("gateway: { port: 1 }"), "{config}");
    assert!(!config.contains("openai-codex"), "{config}");
}

#[test]
fn restore_needs_no_configuration_that_can_be_read() {
    let (sandbox, _) = shadowed();
    let before = fs::read(sandbox.auth_json("ember")).unwrap();
    let auth = sandbox.auth_json("ember");
    fs::set_permissions(&auth, fs::Permissions::from_mode(0o644)).unwrap();
    let document = sandbox.json(["doctor", "--fix", "--yes", "--offline", "--json"]);
    let id = document["fixed"]["id"].as_str().unwrap();
    sandbox.configure("{ agents: ");
    let list = sandbox.run(["restore"]).expect_code(0);
    assert!(list.stdout.starts_with(id), "{list}");
    sandbox.run(["restore", id]).expect_code(0);
    assert_eq!(auth.metadata().unwrap().mode() & 0o777, 0o644);
    assert_eq!(fs::read(auth).unwrap(), before);
}

#[test]
fn modes_are_tightened_and_given_back() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let auth = sandbox.auth_json("ember");
    fs::set_permissions(&auth, fs::Permissions::from_mode(0o644)).unwrap();
    let document = sandbox.json(["doctor", "--fix", "--yes", "--offline", "--json"]);
    assert_eq!(auth.metadata().unwrap().mode() & 0o777, 0o600);
    let id = document["fixed"]["id"].as_str().unwrap();
    sandbox.run(["restore", id]).expect_code(0);
    assert_eq!(auth.metadata().unwrap().mode() & 0o777, 0o644);
    assert!(!aside(&sandbox).exists());
}

#[test]
fn what_has_changed_since_is_not_overwritten() {
    let (sandbox, path) = shadowed();
    let document = sandbox.json(["doctor", "--fix", "--yes", "--offline", "--json"]);
    let id = document["fixed"]["id"].as_str().unwrap();
    let now = store(&json!({ "openai-codex:default": oauth("new") }));
    give_store(&sandbox, "main", &now);
    let before = snapshot(&sandbox.path("home"));
    let run = sandbox.run(["restore", id]).expect_code(2);
    assert!(run.stderr.contains("has changed since"), "{run}");
    assert!(
        run.stderr.contains("take openai-codex:default out of"),
        "{run}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), now);
    assert_eq!(snapshot(&sandbox.path("home")), before);
    let document = sandbox.json(["restore", "--json"]);
    let standings: Vec<_> = document["fixes"][0]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["standing"])
        .collect();
    assert_eq!(standings, ["changed-since", "done"]);
}

#[test]
fn an_unknown_id_names_those_that_there_are() {
    let (sandbox, _) = shadowed();
    let run = sandbox.run(["restore", "yesterday"]).expect_code(2);
    assert!(
        run.stderr
            .contains("unknown id `yesterday`: there is nothing to undo"),
        "{run}"
    );
    let document = sandbox.json(["doctor", "--fix", "--yes", "--offline", "--json"]);
    let id = document["fixed"]["id"].as_str().unwrap();
    let run = sandbox.run(["restore", "yesterday"]).expect_code(2);
    assert!(run.stderr.contains(&format!("there are {id}")), "{run}");
    assert!(run.stderr.contains("hint: codex-login restore"), "{run}");
}

#[test]
fn the_lock_of_an_openclaw_that_is_dead_is_taken_over() {
    let (sandbox, path) = shadowed();
    let lock = path.with_file_name("auth-profiles.json.lock");
    // No process has this id.
    fs::write(
        &lock,
        "{\n  \"pid\": 2147483646,\n  \"createdAt\": \"2026-01-01T00:00:00.000Z\"\n}\n",
    )
    .unwrap();
    // One in a container has process ids of its own, and may be writing now.
    let fix = ["doctor", "--fix", "--yes", "--offline"];
    let run = sandbox.run(fix).expect_code(1);
    run.says("OpenClaw holds ");
    assert!(lock.exists());
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    fs::File::open(&lock)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    sandbox.run(fix).expect_code(0);
    assert!(!lock.exists());
}

#[test]
fn a_directory_of_somebody_elses_making_is_not_used() {
    let (sandbox, _) = shadowed();
    let elsewhere = sandbox.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, aside(&sandbox)).unwrap();
    let before = snapshot(&sandbox.state_dir());
    let run = sandbox
        .run(["doctor", "--fix", "--yes", "--offline"])
        .expect_code(2);
    assert!(run.stderr.contains("nothing was done"), "{run}");
    fs::remove_file(aside(&sandbox)).unwrap();
    fs::create_dir(aside(&sandbox)).unwrap();
    fs::set_permissions(aside(&sandbox), fs::Permissions::from_mode(0o755)).unwrap();
    let run = sandbox
        .run(["doctor", "--fix", "--yes", "--offline"])
        .expect_code(2);
    assert!(run.stderr.contains("open to others"), "{run}");
    assert_eq!(snapshot(&sandbox.state_dir()), before);
}

#[test]
fn root_mends_as_the_owner_and_within_the_state_directory_where_nothing_can_be_made_beside_it() {
    if !can_be_others() {
        return;
    }
    let daemon = Someone::of_account("daemon");
    let sandbox = logged_in(&daemon, &["ember"]);
    let profiles = json!({ "openai-codex:default": oauth("stale") });
    give_store(&sandbox, "main", &store(&profiles));
    daemon.take(&sandbox.state_dir());
    let before = snapshot(&sandbox.state_dir());
    let document = sandbox.json(["doctor", "--fix", "--yes", "--offline", "--json"]);
    let dir = document["fixed"]["dir"].as_str().unwrap();
    let within = sandbox.state_dir().join("codex-login");
    assert!(Path::new(dir).starts_with(within), "{document:#}");
    daemon.assert_has(&sandbox.state_dir());
    let id = document["fixed"]["id"].as_str().unwrap();
    sandbox.run(["restore", id]).expect_code(0);
    assert_eq!(snapshot(&sandbox.state_dir()), before);
    daemon.assert_has(&sandbox.state_dir());
}

#[test]
fn nobody_mends_what_is_anothers() {
    if !can_be_others() {
        return;
    }
    let nobody = Someone::without_account();
    let daemon = Someone::of_account("daemon");
    let sandbox = logged_in(&daemon, &["ember"]);
    open(&sandbox.home_of("ember"));
    let ours = sandbox.path("bin/codex-login");
    for args in [
        ["doctor", "--fix", "--yes", "--offline"].as_slice(),
        &["restore"],
    ] {
        let run = nobody
            .run_as(&sandbox.command_of(&ours, args))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{said}");
        assert!(
            said.contains("hint: sudo -u daemon -H codex-login --state-dir "),
            "{said}"
        );
    }
}

#[test]
fn findings_are_lines_with_the_agent_and_how_bad_it_is() {
    let (sandbox, path) = shadowed();
    let run = sandbox
        .run(["doctor", "--offline", "--agent", "ember"])
        .expect_code(3);
    assert_eq!(
        run.stdout,
        format!(
            "ember\terror\tshadowed-by-profile\tOpenClaw goes by a profile of the main store and not by codex-home: openai-codex:default (oauth) in {}, first by kind and use, since no order is set\tcodex-login doctor --fix --agent ember\n-\tinfo\tupgrade\tOpenClaw 2026.8.1 and later read no codex-home: of 2 agents 2 with a profile to be moved; --before-upgrade tells of each, and the steps\tcodex-login doctor --before-upgrade\n",
            path.display()
        )
    );
}

/// What is on the terminal at the end, and the exit status, where the question is answered so.
fn asked(sandbox: &Sandbox, answer: &str) -> (String, WaitStatus) {
    let mut command = sandbox.command(["doctor", "--fix", "--offline"]);
    command
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit());
    let mut terminal = rexpect::session::spawn_command(command, Some(30_000)).unwrap();
    let before = terminal.exp_string("Do it? [y/N] ").unwrap();
    assert!(before.contains("fix: codex-login doctor --fix"), "{before}");
    assert!(
        before.contains("take openai-codex:default out of"),
        "{before}"
    );
    terminal.send_line(answer).unwrap();
    let seen = terminal.exp_eof().unwrap();
    (seen, terminal.process().wait().unwrap())
}

#[test]
fn on_a_terminal_it_asks_and_only_a_yes_is_one() {
    let (sandbox, _) = shadowed();
    let before = snapshot(&sandbox.path("home"));
    for answer in ["", "n", "what"] {
        let (seen, ended) = asked(&sandbox, answer);
        assert!(seen.contains("nothing was done"), "{seen}");
        assert!(matches!(ended, WaitStatus::Exited(_, 3)), "{ended:?}");
        assert_eq!(snapshot(&sandbox.path("home")), before);
    }
    let (seen, ended) = asked(&sandbox, "y");
    assert!(seen.contains("2 of 2 agents ready"), "{seen}");
    assert!(matches!(ended, WaitStatus::Exited(_, 0)), "{ended:?}");
}
