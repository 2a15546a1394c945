//! Which `openclaw` a login is handed to, and the Node that starts it, where OpenClaw reads no
//! codex home.

use serde_json::Value;

use crate::sandbox::Sandbox;

/// What OpenClaw 2026.9.6 says.
const NEEDS: &str = ">=24.16.0 <25 || >=26.1.0";

/// One agent of an OpenClaw that is not installed yet.
fn newer() -> Sandbox {
    let sandbox = Sandbox::bare();
    sandbox.configure("{ agents: { entries: { ember: {} } } }");
    sandbox.install_fake_codex("0.154.0");
    sandbox
}

fn program(sandbox: &Sandbox) -> Value {
    sandbox.json(["which", "--json"])["openclaw"]["program"].clone()
}

#[test]
fn the_installed_one_is_shown_with_the_first_node_that_it_runs_on() {
    let sandbox = newer();
    let entry = sandbox.install_openclaw("opt", "2026.9.6", NEEDS);
    sandbox.install_node("bin/node");
    let found = program(&sandbox);
    assert_eq!(found["version"], "2026.9.6");
    assert_eq!(found["path"], entry.to_str().unwrap());
    assert_eq!(found["node_version"], "24.21.0");
    assert_eq!(found["node_source"], "PATH");
    let run = sandbox.run(["which"]).expect_code(0);
    assert!(run.stdout.contains("imports\t2026.9.6\t"), "{run}");
    assert!(run.stdout.contains("node\t24.21.0\t"), "{run}");
}

#[test]
fn a_node_that_is_too_old_is_passed_over() {
    let sandbox = newer();
    sandbox.install_openclaw("opt", "2026.9.6", NEEDS);
    sandbox.install_node("nodes/22.23.3/node");
    sandbox.install_node("home/.nvm/versions/node/v24.15.0/bin/node");
    sandbox.install_node("home/.nvm/versions/node/v24.18.1/bin/node");
    sandbox.install_node("home/.nvm/versions/node/v25.2.0/bin/node");
    let path = std::env::join_paths([sandbox.path("bin"), sandbox.path("nodes/22.23.3")]).unwrap();
    let sandbox = sandbox.set("PATH", path);
    let found = program(&sandbox);
    assert_eq!(found["node_version"], "24.18.1");
    assert_eq!(found["node_source"], "nvm v24.18.1");

    // The one beside the package manager goes before those.
    sandbox.install_node("opt/bin/node");
    assert_eq!(
        program(&sandbox)["node_source"],
        "beside the package manager"
    );
}

#[test]
fn the_node_that_the_gateway_runs_on_goes_first() {
    let sandbox = newer();
    let entry = sandbox.install_openclaw("opt", "2026.9.6", NEEDS);
    sandbox.install_node("bin/node");
    sandbox.install_node("srv/26.2.0/bin/node");
    let node = sandbox.path("srv/26.2.0/bin/node");
    let start = format!("{} {} gateway", node.display(), entry.display());
    sandbox.write(
        "home/.config/systemd/user/openclaw-gateway.service",
        &format!("[Service]\nExecStart={start}\n"),
    );
    let found = program(&sandbox);
    assert_eq!(found["node_version"], "26.2.0");
    assert_eq!(found["node_source"], "openclaw-gateway.service runs it");
}

#[test]
fn what_is_missing_or_too_old_is_named() {
    let sandbox = newer().set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6");
    let code = |found: &Value| found["error"]["code"].as_str().unwrap().to_owned();
    let found = program(&sandbox);
    assert_eq!(code(&found), "openclaw-program-not-found");

    sandbox.install_openclaw("opt", "2026.8.2", NEEDS);
    let found = program(&sandbox);
    assert_eq!(code(&found), "openclaw-program-not-found");
    let message = found["error"]["message"].as_str().unwrap();
    assert!(message.contains("; there is 2026.8.2 in "), "{message}");

    sandbox.install_openclaw("opt", "2026.9.6", NEEDS);
    assert_eq!(code(&program(&sandbox)), "node-not-found");

    sandbox.install_node("opt/22.23.3/node");
    let sandbox = sandbox.set("NVM_DIR", "/nonexistent");
    let path = std::env::join_paths([sandbox.path("bin"), sandbox.path("opt/22.23.3")]).unwrap();
    let sandbox = sandbox.set("PATH", path);
    let found = program(&sandbox);
    assert_eq!(code(&found), "node-too-old");
    let message = found["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("needs Node >=24.16.0 <25 || >=26.1.0: there is 22.23.3 ("),
        "{message}"
    );
    sandbox
        .run(["which"])
        .expect_code(0)
        .says("needs Node >=24.16.0");
}

#[test]
fn where_codex_home_is_read_none_is_looked_for() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.install_openclaw("opt", "2026.5.12", ">=22");
    assert_eq!(program(&sandbox), Value::Null);
}
