//! Which codex is found, in trees laid out by hand: what the real package managers make is in
//! `real::layouts`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::sandbox::Sandbox;

mod hostile;
mod launch;
mod own_command;
mod owner;
mod places;
mod plugin;
mod records;
mod shims;
mod store;

/// An agent of this OpenClaw, and no codex yet.
fn without_codex(version: &str) -> Sandbox {
    let sandbox = Sandbox::bare().set("CODEX_LOGIN_OPENCLAW_VERSION", version);
    sandbox.configure("{ agents: { list: [{ id: 'ember' }] } }");
    sandbox
}

/// The codex plugin at `dir`, made for this codex.
fn plugin_at(dir: &Path, pin: &str) {
    fs::create_dir_all(dir).expect("a plugin");
    let manifest = json!({
        "name": "@openclaw/codex", "version": "2026.9.4", "dependencies": { "@openai/codex": pin },
    });
    fs::write(dir.join("package.json"), manifest.to_string()).expect("its manifest");
}

/// The codex that `which` chose.
#[track_caller]
fn which(sandbox: &Sandbox) -> Value {
    let document = sandbox.json(["which", "--json"]);
    assert_eq!(document["error"], Value::Null, "{document:#}");
    document["codex"].clone()
}

/// Its version, step and source.
#[track_caller]
fn chosen(sandbox: &Sandbox) -> (String, String, String) {
    let codex = which(sandbox);
    let text = |field: &str| codex[field].as_str().unwrap_or("-").to_owned();
    (text("version"), text("step"), text("source"))
}

/// The one candidate that was not taken and lies at this path.
#[track_caller]
fn rejected<'a>(codex: &'a Value, path: &Path) -> &'a Value {
    let all = codex["rejected"].as_array().expect("a list");
    let path = path.display().to_string();
    all.iter()
        .find(|candidate| candidate["path"] == path)
        .unwrap_or_else(|| panic!("no {path} in {codex:#}"))
}

/// The codes of what is told about this OpenClaw and its codex.
fn notices(sandbox: &Sandbox) -> Vec<String> {
    let document = sandbox.json(["which", "--json"]);
    let notices = document["openclaw"]["notices"].as_array().cloned();
    let codes = notices.into_iter().flatten();
    codes
        .map(|notice| notice["code"].as_str().unwrap_or_default().to_owned())
        .collect()
}
