//! Where stores are: which one all agents inherit, and what is not looked for elsewhere.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::fixture;
use crate::sandbox::{Sandbox, link};
use crate::stores::{
    FAR, finding, give_database, give_rows, give_store, judged, oauth, own_database, sandbox,
    selected,
};

#[test]
fn a_link_out_of_the_state_directory_is_followed_from_no_part_of_a_store() {
    let files = sandbox("2026.5.12");
    let store = json!({ "profiles": { "openai-codex:x": oauth("openai-codex", FAR) } });
    let dir = give_store(&files, "ember", &store)
        .parent()
        .unwrap()
        .to_owned();
    let elsewhere = files.write("elsewhere/auth-state.json", "{}");
    link(&elsewhere, &dir.join("auth-state.json"));

    let databases = sandbox("2026.7.1");
    let database = own_database(&databases, &json!({ "openai:x": oauth("openai", FAR) }));
    let elsewhere = databases.path("elsewhere.sqlite");
    fs::rename(&database, &elsewhere).unwrap();
    link(&elsewhere, &database);

    for (sandbox, name) in [
        (files, "auth-state.json"),
        (databases, "openclaw-agent.sqlite"),
    ] {
        let ember = judged(&sandbox, 1);
        assert_eq!(ember["state"], "unknown", "{name}");
        let message = finding(&ember, "profile-store")["message"].to_string();
        let words = format!("{name}: it is a link out of the state directory");
        assert!(message.contains(&words), "{message}");
    }
}

/// A store elsewhere, as all these versions would read it.
fn store_elsewhere(sandbox: &Sandbox) {
    let profiles = json!({
        "openai-codex:far": oauth("openai-codex", FAR), "openai:far": oauth("openai", FAR),
    });
    let store = json!({ "profiles": profiles });
    sandbox.write("far/auth-profiles.json", &store.to_string());
    let rows =
        json!([{ "store_key": "primary", "store_json": store.to_string(), "updated_at": 0 }]);
    let tables = json!({ "auth_profile_store": rows, "auth_profile_state": [] });
    give_database(sandbox, "../../far/openclaw-agent.sqlite", &tables);
}

#[test]
fn a_variable_moves_the_main_store_in_the_versions_that_heed_it() {
    for (version, of_openclaw, of_pi) in [
        ("2026.5.7", true, true),
        ("2026.5.12", false, false),
        ("2026.7.1", false, false),
        ("2026.7.35", false, false),
        ("2026.8.1", true, false),
        ("2026.9.6", true, false),
    ] {
        for (variable, counts) in [
            ("OPENCLAW_AGENT_DIR", of_openclaw),
            ("PI_CODING_AGENT_DIR", of_pi),
        ] {
            let sandbox = sandbox(version);
            store_elsewhere(&sandbox);
            let far = sandbox.path("far");
            let sandbox = sandbox.set(variable, far);
            let is_selected = selected(&sandbox) != Value::Null;
            assert_eq!(is_selected, counts, "{version}: {variable}");
        }
    }
}

#[test]
fn from_2026_8_1_the_configuration_may_name_the_agent_whose_store_all_inherit() {
    let heir = json!({ "authInheritance": { "agentId": "Sun" } });
    let store = json!({ "profiles": { "openai:of-sun": oauth("openai", FAR) } });
    let early = sandbox("2026.7.1");
    give_rows(&early, "sun", &store);
    let list = json!([{ "id": "ember" }, { "id": "sun" }]);
    early.configure(&json!({ "agents": { "list": list, "defaults": heir } }).to_string());
    assert_eq!(selected(&early), Value::Null);
    for version in ["2026.8.1", "2026.9.6"] {
        let late = sandbox(version);
        let usual = give_rows(&late, "sun", &store);
        let configure = |sun: &Value| {
            let entries = json!({ "ember": {}, "sun": sun });
            let agents = json!({ "entries": entries, "ownership": "explicit", "defaults": heir });
            late.configure(&json!({ "agents": agents }).to_string());
        };
        configure(&json!({}));
        assert_eq!(selected(&late), "openai:of-sun", "{version}");
        assert_eq!(judged(&late, 0)["next_turn"]["owner"], "main");
        let own_place = late.path("own/sun");
        configure(&json!({ "agentDir": own_place }));
        assert_eq!(selected(&late), Value::Null, "{version}");
        fs::create_dir_all(&own_place).unwrap();
        fs::rename(usual, own_place.join("openclaw-agent.sqlite")).unwrap();
        assert_eq!(selected(&late), "openai:of-sun", "{version}");
    }
}

/// A zone whose gateway runs in a virtual machine, with two agents: of `far` nothing is on this
/// host.
fn zone_in_a_vm() -> Sandbox {
    let sandbox = Sandbox::with_agents(&["here"]);
    let gateway = json!({
        "type": "openclaw", "stateDir": "../state", "config": "openclaw.json",
    });
    let system = json!({ "zones": [{ "id": "sunfam", "gateway": gateway }] });
    let system = sandbox.write("cwd/config/system.json", &system.to_string());
    fs::set_permissions(system, Permissions::from_mode(0o644)).unwrap();
    sandbox.write(
        "cwd/config/openclaw.json",
        "{ agents: { list: [{ id: 'ember' }, { id: 'far', agentDir: '/data/far' }] } }",
    );
    sandbox
}

#[test]
fn in_a_virtual_machine_nobody_can_see_what_goes_before_a_codex_home() {
    let sandbox = zone_in_a_vm();
    let home = sandbox.path("cwd/state/agents/ember/agent/codex-home");
    let login = fixture::chatgpt("ember@example.test", fixture::FAR_AHEAD).to_string();
    let login = sandbox.write(home.join("auth.json"), &login);
    for (path, mode) in [(home, 0o700), (login, 0o600)] {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    let status = ["status", "--zone", "sunfam", "--offline", "--json"];
    let ember = &sandbox.json(status)["agents"][0];
    assert_eq!(ember["state"], "ready", "{ember:#}");
    assert_eq!(finding(ember, "codex-cli-unseen")["severity"], "warning");
    assert_eq!(ember["findings"].as_array().unwrap().len(), 1, "{ember:#}");

    // What all inherit is on this host, and goes before a home here, but tells nothing of one that
    // is out of sight.
    let store = json!({ "profiles": { "openai-codex:x": oauth("openai-codex", FAR) } });
    let main = "cwd/state/agents/main/agent/auth-profiles.json";
    sandbox.write(main, &store.to_string());
    let answer = sandbox.json(status);
    assert_eq!(answer["agents"][0]["state"], "shadowed", "{answer:#}");
    let far = &answer["agents"][1];
    assert_eq!(far["state"], "unknown", "{far:#}");
    assert_eq!(far["next_turn"]["kind"], "none", "{far:#}");
    finding(far, "inside-vm");
    // The gateway's user of this machine is in sight.
    assert_eq!(
        judged(&self::sandbox("2026.5.12"), 0)["findings"],
        json!([])
    );
}

/// What `which` says of the store that all agents inherit.
fn shared(sandbox: &Sandbox) -> Value {
    sandbox.json(["which", "--json"])["openclaw"]["shared_store"].clone()
}

#[test]
fn which_shows_the_store_that_all_inherit_where_no_codex_home_is_read() {
    for version in ["2026.5.12", "2026.7.1"] {
        assert_eq!(shared(&sandbox(version)), Value::Null, "{version}");
    }
    for version in ["2026.7.2-beta.7", "2026.8.1", "2026.9.6"] {
        let sandbox = sandbox(version);
        let main = sandbox
            .state_dir()
            .join("agents/main/agent/openclaw-agent.sqlite");
        assert_eq!(shared(&sandbox)["path"], json!(main), "{version}");
        for (location, path) in [
            ("legacy-main", main),
            (
                "state-db",
                sandbox.state_dir().join("state/openclaw.sqlite"),
            ),
        ] {
            let _ = fs::remove_file(sandbox.state_dir().join("state/openclaw.sqlite"));
            let place = json!({ "location": location }).to_string();
            let row =
                json!({ "state_key": "auth.sharedStore", "value_json": place, "updated_at_ms": 0 });
            let tables = json!({ "config_machine_state": [row] });
            give_database(&sandbox, "state/openclaw.sqlite", &tables);
            assert_eq!(shared(&sandbox)["path"], json!(path), "{version}");
            let run = sandbox.run(["which"]).expect_code(0);
            let row = format!("shared\t-\t{}\t", path.display());
            assert!(run.stdout.contains(&row), "{run}");
        }
    }
    let named = sandbox("2026.9.6");
    let heir = json!({ "authInheritance": { "agentId": "ember" } });
    named.configure(
        &json!({ "agents": { "entries": { "ember": {} }, "defaults": heir } }).to_string(),
    );
    let own = named
        .home_of("ember")
        .with_file_name("openclaw-agent.sqlite");
    let found = shared(&named);
    assert_eq!(found["path"], json!(own));
    assert_eq!(
        found["source"],
        "agents.defaults.authInheritance, or OPENCLAW_AGENT_DIR"
    );
    named.write("home/.openclaw/state/openclaw.sqlite", "no database");
    assert_eq!(shared(&named), Value::Null);
    let run = named.run(["which"]).expect_code(0);
    run.says("what all agents inherit is not known because of ");
}
