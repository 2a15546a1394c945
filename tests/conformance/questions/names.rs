//! Which names OpenClaw takes from a project's `.env` file, and which from its configuration.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::Draft;
use crate::cases::Case;
use crate::openclaw::Release;

/// Names that some version guards somewhere, for each guarded prefix and suffix one, and some that
/// only look so.
const NAMES: &str = include_str!("names.txt");

/// The questions that are not drawn: one for all names at each place, since a run takes long.
pub fn fixed(release: Release) -> Vec<(String, Case)> {
    let mut in_project = Draft::new(release, 0);
    let mut assignments = String::new();
    for name in NAMES.lines() {
        writeln!(assignments, "{name}=taken").expect("memory");
    }
    in_project.file("cwd/.env", assignments);
    in_project.file("home/.openclaw/openclaw.json", config(release).to_string());

    let mut in_config = Draft::new(release, 0);
    let taken = |name: &str| (name.to_owned(), Value::from("taken"));
    let vars: Map<_, _> = NAMES.lines().map(taken).collect();
    let mut config = config(release);
    config["env"] = json!({ "vars": vars });
    in_config.file("home/.openclaw/openclaw.json", config.to_string());

    vec![
        ("names in a project's .env".to_owned(), in_project.case),
        ("names in env.vars".to_owned(), in_config.case),
    ]
}

/// An agent for each name, whose directory tells what became of it.
fn config(release: Release) -> Value {
    let dirs = NAMES.lines().map(|name| format!("/{name}/${{{name}}}"));
    let agents = dirs
        .enumerate()
        .map(|(number, dir)| (format!("a{number}"), dir));
    match release {
        Release::V5_12 => {
            let list: Vec<_> = agents
                .map(|(id, dir)| json!({ "id": id, "agentDir": dir }))
                .collect();
            json!({ "agents": { "list": list } })
        }
        Release::V9_6 => {
            let entries: Map<_, _> = agents
                .map(|(id, dir)| (id, json!({ "agentDir": dir })))
                .collect();
            json!({ "agents": { "ownership": "explicit", "entries": entries } })
        }
    }
}
