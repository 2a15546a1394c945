//! Working in a zone that a file describes: `--zone` leads there, or nowhere.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::json;

use crate::sandbox::{FAKE_CODEX, Sandbox, fake_package, link};

const OWN: &str = "home/.config/codex-login/zones.toml";
const EMBER: &str = "{ agents: { list: [{ id: 'ember' }] } }";

/// Writes a description of zones, which nobody else may write.
fn describe(sandbox: &Sandbox, tail: &str, text: &str) {
    let path = sandbox.write(tail, text);
    fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
}

/// This machine's OpenClaw has `here`; the zone `sunfam` of `zones.toml`, below `srv`, `ember`.
fn with_zone(further: &str) -> Sandbox {
    let sandbox = Sandbox::with_agents(&["here"]);
    sandbox.write("srv/openclaw.json", EMBER);
    let state_dir = sandbox.path("srv").display().to_string();
    describe(
        &sandbox,
        OWN,
        &format!("[zones.sunfam]\nstate_dir = '{state_dir}'\n{further}"),
    );
    sandbox
}

/// A zone of agent-vm, whose state is at `state`, with this configuration.
fn with_vm(config: &str) -> Sandbox {
    let sandbox = Sandbox::with_agents(&["here"]);
    let system = json!({
        "host": { "controllerPort": 18800 },
        "zones": [
            { "id": "sunfam", "agents": [{ "id": "ember" }], "gateway": {
                "type": "openclaw", "stateDir": "../state/sunfam",
                "config": "gateways/sunfam/openclaw.json" } },
            { "id": "build", "gateway": { "type": "worker", "stateDir": "x", "config": "y" } },
        ],
    });
    describe(&sandbox, "cwd/config/system.json", &system.to_string());
    sandbox.write("cwd/config/gateways/sunfam/openclaw.json", config);
    sandbox
}

#[test]
fn a_login_goes_into_the_zone_whatever_the_shell_selects() {
    let sandbox = with_zone("");
    let usual = sandbox.state_dir();
    let sandbox = sandbox.set("OPENCLAW_STATE_DIR", usual);
    sandbox
        .run(["--zone", "sunfam", "--agent", "ember"])
        .expect_code(0);
    let home = "srv/agents/ember/agent/codex-home/auth.json";
    assert!(sandbox.path(home).exists());
    let answer = sandbox.json(["status", "--zone", "sunfam", "--json"]);
    assert_eq!(answer["zone"]["name"], "sunfam");
    let source = answer["zone"]["source"].as_str().unwrap();
    assert!(source.starts_with("zones.toml at "), "{source}");
    assert_eq!(answer["agents"][0]["state"], "ready");
}

#[test]
fn a_zones_own_packages_and_version_count() {
    let sandbox = with_zone("packages = ['~/packages']\nopenclaw_version = '2026.6.1'\n");
    fake_package(
        &sandbox.path("home/packages/node_modules/@openai/codex"),
        "0.139.0",
    );
    let sandbox = sandbox.set("CODEX_LOGIN_OPENCLAW_VERSION", "");
    let answer = sandbox.json(["which", "--zone", "sunfam", "--json"]);
    assert_eq!(answer["openclaw"]["version"], "2026.6.1");
    assert_eq!(answer["codex"]["version"], "0.139.0");
    let source = answer["codex"]["source"].as_str().unwrap();
    assert!(source.starts_with("packages of the zone, "), "{source}");
    // A package that is there tells it better than nothing.
    let sandbox = with_zone("packages = ['~/packages']\n").set("CODEX_LOGIN_OPENCLAW_VERSION", "");
    let manifest = json!({ "name": "openclaw", "version": "2026.5.20" }).to_string();
    sandbox.write(
        "home/packages/node_modules/openclaw/package.json",
        &manifest,
    );
    let answer = sandbox.json(["agents", "--zone", "sunfam", "--json"]);
    assert_eq!(answer["openclaw"]["version"], "2026.5.20");
}

#[test]
fn an_unknown_zone_lists_those_that_are_known_and_from_which_file() {
    let sandbox = with_zone("");
    sandbox
        .run(["status", "--zone", "moonfam"])
        .expect_code(2)
        .says("unknown zone `moonfam`: known is `sunfam` (from zones.toml at ")
        .says("hint: codex-login zones");
}

#[test]
fn a_configuration_that_names_another_zone_is_an_error() {
    let sandbox = with_zone("");
    sandbox.write(
        "srv/openclaw.json",
        "{ plugins: { entries: { gondolin: { config: { zoneId: 'moonfam' } } } } }",
    );
    sandbox
        .run(["--zone", "sunfam", "--agent", "main"])
        .expect_code(2)
        .says("is that of zone `moonfam`");
    let error = &sandbox.json(["status", "--zone", "sunfam", "--json"])["error"];
    assert_eq!(error["code"], "zone-mismatch");
}

#[test]
fn a_zone_that_is_not_there_and_one_with_a_second_place_are_refused() {
    let sandbox = with_zone("config = '/nowhere/openclaw.json'\n");
    sandbox
        .run(["status", "--zone", "sunfam"])
        .expect_code(2)
        .says("/nowhere/openclaw.json does not exist");
    let sandbox = with_zone("");
    sandbox
        .run(["status", "--zone", "sunfam", "--state-dir", "/elsewhere"])
        .expect_code(2)
        .says("--state-dir does not go with zone `sunfam`");
}

#[test]
fn a_virtual_machines_paths_are_mapped_to_the_directories_of_this_host() {
    let sandbox = with_vm(
        "{ agents: { list: [ { id: 'ember' }, { id: 'sun', agentDir: '~/.openclaw/state/own/sun' }, { id: 'far', agentDir: '/data/far' } ] } }",
    );
    let answer = sandbox.json(["agents", "--zone", "sunfam", "--json"]);
    let dirs: Vec<_> = (0..3)
        .map(|index| {
            answer["agents"][index]["agent_dir"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let at = |tail: &str| sandbox.path(tail).display().to_string();
    assert_eq!(
        dirs,
        [
            at("cwd/state/sunfam/agents/ember/agent"),
            at("cwd/state/sunfam/own/sun"),
            "/data/far".to_owned(),
        ]
    );
    let source = answer["agents"][2]["source"].as_str().unwrap();
    assert!(
        source.ends_with("inside the virtual machine only"),
        "{source}"
    );
    for command in ["login", "logout", "env"] {
        sandbox
            .run([command, "--zone", "sunfam", "--agent", "far"])
            .expect_code(2)
            .says("far: /data/far is inside the zone's virtual machine")
            .says("hint: agent-vm controller ssh --zone sunfam");
    }
    let run = sandbox.run(["status", "--zone", "sunfam"]);
    assert!(run.stdout.contains("far\tunknown\t"), "{run}");
}

#[test]
fn what_the_gateway_runs_with_counts_once_the_zone_was_started() {
    let sandbox = with_vm(EMBER);
    sandbox.write(
        "cwd/state/sunfam/effective-openclaw.json",
        "{ agents: { list: [{ id: 'ember' }, { id: 'started' }] } }",
    );
    let answer = sandbox.json(["agents", "--zone", "sunfam", "--json"]);
    assert_eq!(answer["agents"][1]["id"], "started");
}

#[test]
fn a_login_from_the_host_says_that_the_zones_own_codex_is_inside() {
    let sandbox = with_vm(EMBER);
    fs::create_dir_all(sandbox.path("cwd/state/sunfam")).unwrap();
    let args = ["--zone", "sunfam", "--agent", "ember"];
    sandbox
        .run(args)
        .expect_code(0)
        .says("the zone's own codex is inside its virtual machine: this host's is used")
        .says("hint: agent-vm controller ssh --zone sunfam");
    let home = "cwd/state/sunfam/agents/ember/agent/codex-home/auth.json";
    assert!(sandbox.path(home).exists());

    let package = "home/.local/share/pnpm/global/5/node_modules/@agent-vm/agent-vm";
    let pins = json!({ "openClawVersion": "2026.6.8", "openAiCodexCliVersion": "0.139.0" });
    sandbox.write(format!("{package}/managed-images.json"), &pins.to_string());
    let run = sandbox.run(["which", "--zone", "sunfam"]).expect_code(0);
    run.says("which is 0.130.0, and the zone's is 0.139.0 (agent-vm's ");
    let sandbox = sandbox.set("CODEX_LOGIN_OPENCLAW_VERSION", "");
    let answer = sandbox.json(["which", "--zone", "sunfam", "--json"]);
    assert_eq!(answer["openclaw"]["version"], "2026.6.8");
    assert_eq!(answer["openclaw"]["notices"][0]["code"], "codex-differs");
}

#[test]
fn nothing_that_a_virtual_machine_could_have_put_there_is_run_on_the_host() {
    let command =
        "plugins: { entries: { codex: { config: { appServer: { command: 'INSIDE/codex' } } } } }";
    let sandbox = with_vm("{}");
    let state = sandbox.path("cwd/state/sunfam");
    let command = command.replace("INSIDE", &state.display().to_string());
    let config = format!("{{ agents: {{ list: [{{ id: 'ember' }}] }}, {command} }}");
    sandbox.write("cwd/config/gateways/sunfam/openclaw.json", &config);
    fake_package(&state.join("npm/node_modules/@openai/codex"), "0.999.0");
    let plugin = state.join("npm/node_modules/@openclaw/codex");
    fake_package(&plugin, "0.999.0");
    let record =
        json!({ "installRecords": { "codex": { "source": "npm", "installPath": plugin } } });
    sandbox.write(
        "cwd/state/sunfam/plugins/installs.json",
        &record.to_string(),
    );
    link(Path::new(FAKE_CODEX), &state.join("codex"));
    let codex = &sandbox.json(["which", "--zone", "sunfam", "--json"])["codex"];
    assert_eq!(codex["version"], "0.130.0");
    assert_eq!(codex["rejected"], json!([]));
}

#[test]
fn where_the_host_has_no_codex_the_way_is_inside() {
    let sandbox = with_vm(EMBER);
    fs::create_dir_all(sandbox.path("cwd/state/sunfam")).unwrap();
    fs::remove_dir_all(sandbox.path("home/.local/share/pnpm")).unwrap();
    sandbox
        .run(["--zone", "sunfam", "--agent", "ember"])
        .expect_code(127)
        .says("hint: agent-vm controller ssh --zone sunfam    # then, inside: codex-login --agent ember");
}

#[test]
fn a_zone_without_openclaw_is_told_so() {
    with_vm(EMBER)
        .run(["status", "--zone", "build"])
        .expect_code(2)
        .says("has no OpenClaw: its gateway is `worker`");
}
