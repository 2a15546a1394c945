//! Every boundary of the table of versions: what a login is worth, what the agent goes by, and where
//! `login` puts a new one.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::sandbox::{FAKE_CODEX, Sandbox, link};
use crate::stores::{FAR, first, give_rows, give_store, oauth};

/// What is true of a version.
#[derive(Clone, Copy)]
struct Expected {
    route: &'static str,
    /// Of an agent with a good login in its codex home, and no profile.
    with_file: (&'static str, i32),
    /// Of one with a profile, and nothing in its codex home.
    with_profile: (&'static str, i32),
    login: Login,
}

/// What becomes of a login.
#[derive(Clone, Copy)]
enum Login {
    InCodexHome,
    InStore,
    /// It is refused, and this is to be typed.
    Refused(&'static str),
}

const WITHOUT_HOME: Expected = Expected {
    route: "none",
    with_file: ("inert", 3),
    with_profile: ("inert", 3),
    login: Login::Refused(
        "upgrade OpenClaw to 2026.5.2 or later, or: openclaw models auth login --provider openai-codex",
    ),
};
const CODEX_HOME: Expected = Expected {
    route: "codex-home",
    with_file: ("ready", 0),
    with_profile: ("shadowed", 3),
    login: Login::InCodexHome,
};
/// No profile counts that no run names.
const BEFORE_PROFILES: Expected = Expected {
    with_profile: ("logged-out", 1),
    ..CODEX_HOME
};
const IMPORT: Expected = Expected {
    route: "import",
    with_file: ("blocked", 3),
    with_profile: ("ready", 0),
    login: Login::InStore,
};
/// No login is taken in yet.
const LATER_BETA: Expected = Expected {
    login: Login::Refused(
        "openclaw models auth --agent ember login --provider openai --method device-code",
    ),
    ..IMPORT
};
/// Nor does a file in the codex home do any harm.
const EARLIER_BETA: Expected = Expected {
    with_file: ("inert", 3),
    ..LATER_BETA
};

/// An agent of an OpenClaw of this version, which is installed.
fn installed(version: &str, app_server: &Value) -> Sandbox {
    let sandbox = Sandbox::bare();
    let plugins = json!({ "entries": { "codex": { "config": { "appServer": app_server } } } });
    let config = json!({ "agents": { "list": [{ "id": "ember" }] }, "plugins": plugins });
    sandbox.configure(&config.to_string());
    sandbox.install_fake_codex("0.154.0");
    sandbox.install_openclaw("opt", version, ">=22");
    sandbox.install_node("opt/bin/node");
    sandbox
}

/// With a codex of the user's, where that is wanted.
fn of(version: &str, has_own_command: bool) -> Sandbox {
    if !has_own_command {
        return installed(version, &json!({}));
    }
    let sandbox = installed(version, &json!({}));
    let own = sandbox.path("own/codex");
    link(Path::new(FAKE_CODEX), &own);
    let app_server = json!({ "command": own });
    let plugins = json!({ "entries": { "codex": { "config": { "appServer": app_server } } } });
    let config = json!({ "agents": { "list": [{ "id": "ember" }] }, "plugins": plugins });
    sandbox.configure(&config.to_string());
    sandbox
}

/// The state of the only agent, and the exit status.
#[track_caller]
fn state(sandbox: &Sandbox) -> (String, i32) {
    let run = sandbox.run(["status", "--offline"]);
    let state = run.stdout.split('\t').nth(1);
    let state = state.unwrap_or_else(|| panic!("no state in\n{run}"));
    (state.to_owned(), run.status.code().unwrap())
}

/// A profile for the agent, as this version keeps it and under the names that it knows.
fn give_profile(sandbox: &Sandbox, in_database: bool) {
    let profiles = json!({
        "openai-codex:x": oauth("openai-codex", FAR), "openai:x": oauth("openai", FAR),
    });
    let store = json!({ "profiles": profiles });
    if in_database {
        give_rows(sandbox, "ember", &store);
    } else {
        give_store(sandbox, "ember", &store);
    }
}

fn check(version: &str, has_own_command: bool, expected: Expected) {
    let what = format!("{version}, own command: {has_own_command}");
    let sandbox = of(version, has_own_command);
    let openclaw = &sandbox.json(["which", "--json"])["openclaw"];
    assert_eq!(openclaw["version"], version, "{what}");
    assert_eq!(openclaw["route"], expected.route, "{what}");
    log_in(&sandbox, expected.login, &what);

    let sandbox = of(version, has_own_command);
    sandbox.log_in("ember");
    let document = sandbox.json(["status", "--offline", "--json"]);
    assert_eq!(document["openclaw"]["route"], expected.route, "{what}");
    let (word, code) = expected.with_file;
    assert_eq!(state(&sandbox), (word.to_owned(), code), "{what}: a file");

    let sandbox = of(version, has_own_command);
    let early = ["2026.4.", "2026.5."];
    let in_files = early.iter().any(|start| version.starts_with(start)) || version == "2026.6.1";
    give_profile(&sandbox, !in_files);
    let (word, code) = expected.with_profile;
    assert_eq!(
        state(&sandbox),
        (word.to_owned(), code),
        "{what}: a profile"
    );
}

#[track_caller]
fn log_in(sandbox: &Sandbox, expected: Login, what: &str) {
    let run = sandbox.run(["--agent", "ember", "--json"]);
    let said = format!("{what}:\n{run}");
    let is_in_home = sandbox.auth_json("ember").exists();
    let store = sandbox
        .home_of("ember")
        .with_file_name("openclaw-agent.sqlite");
    match expected {
        Login::InCodexHome => {
            assert_eq!(run.status.code(), Some(0), "{said}");
            assert!(is_in_home && !store.exists(), "{said}");
        }
        Login::InStore => {
            assert_eq!(run.status.code(), Some(0), "{said}");
            assert!(!is_in_home && store.exists(), "{said}");
            let kind = &first(sandbox)["next_turn"]["kind"];
            assert_eq!(kind, "profile", "{said}");
        }
        Login::Refused(hint) => {
            assert_eq!(run.status.code(), Some(3), "{said}");
            let document: Value = serde_json::from_str(&run.stdout).unwrap();
            assert_eq!(document["error"]["code"], "route-unsupported", "{said}");
            assert_eq!(document["error"]["hint"], hint, "{said}");
            assert!(!sandbox.home_of("ember").exists(), "{said}");
            assert!(!store.exists(), "{said}");
        }
    }
    let staged = sandbox.path("home/.openclaw.codex-login-import");
    assert!(!staged.exists(), "{said}");
    let names: Vec<_> = fs::read_dir(sandbox.path("cwd")).unwrap().collect();
    assert!(names.is_empty(), "{said}");
}

#[test]
fn up_to_2026_7_1_a_codex_home_comes_and_profiles_begin_to_count() {
    for (version, expected) in [
        ("2026.4.29", WITHOUT_HOME),
        ("2026.5.1", WITHOUT_HOME),
        ("2026.5.2-beta.1", WITHOUT_HOME),
        ("2026.5.2", BEFORE_PROFILES),
        ("2026.5.3", BEFORE_PROFILES),
        ("2026.5.4", CODEX_HOME),
        ("2026.5.7", CODEX_HOME),
        ("2026.5.12", CODEX_HOME),
        ("2026.5.28", CODEX_HOME),
        ("2026.6.1", CODEX_HOME),
        ("2026.6.5", CODEX_HOME),
        ("2026.6.11", CODEX_HOME),
        ("2026.6.35", CODEX_HOME),
        ("2026.7.1", CODEX_HOME),
        ("2026.7.1-2", CODEX_HOME),
    ] {
        check(version, false, expected);
    }
}

#[test]
fn the_betas_of_2026_7_2_are_ahead_of_the_maintenance_line_that_follows_them() {
    for (version, expected) in [
        ("2026.7.2-beta.1", EARLIER_BETA),
        ("2026.7.2-beta.7", EARLIER_BETA),
        ("2026.7.33", CODEX_HOME),
        ("2026.7.35", CODEX_HOME),
        ("2026.8.1-beta.1", LATER_BETA),
        ("2026.8.1-beta.3", LATER_BETA),
    ] {
        check(version, false, expected);
    }
}

#[test]
fn from_2026_8_1_on_openclaws_own_store_is_all_that_counts() {
    for version in [
        "2026.8.1", "2026.8.2", "2026.9.4", "2026.9.5", "2026.9.6", "2027.1.1",
    ] {
        check(version, false, IMPORT);
    }
}

#[test]
fn a_command_of_the_users_keeps_the_codex_home_in_the_betas_alone() {
    for (version, expected) in [
        ("2026.5.12", CODEX_HOME),
        ("2026.7.2-beta.1", CODEX_HOME),
        ("2026.7.2-beta.7", CODEX_HOME),
        ("2026.7.33", CODEX_HOME),
        ("2026.8.1-beta.1", CODEX_HOME),
        ("2026.8.1-beta.3", CODEX_HOME),
        ("2026.8.1", IMPORT),
        ("2026.9.6", IMPORT),
    ] {
        check(version, true, expected);
    }
}

#[test]
fn the_home_of_the_gateways_user_can_be_set_from_2026_7_1_on() {
    for (version, route) in [("2026.6.11", "codex-home"), ("2026.7.1", "user-home")] {
        let sandbox = installed(version, &json!({ "homeScope": "user" }));
        let openclaw = &sandbox.json(["which", "--json"])["openclaw"];
        assert_eq!(openclaw["route"], route, "{version}");
    }
}
