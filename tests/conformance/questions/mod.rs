//! Draws questions: a machine with an OpenClaw on it, as people have them and as they might.

mod includes;
mod names;
mod roster;
mod surroundings;
mod syntax;
mod variables;

use serde_json::{Map, Value, json};

use crate::cases::Case;
use crate::openclaw::Release;
use crate::random::Random;

pub use names::fixed;

/// The question of this seed.
pub fn drawn(release: Release, seed: u64) -> Case {
    let mut draft = Draft::new(release, seed);
    let place = surroundings::drawn(&mut draft);
    let mut config = roster::drawn(&mut draft);
    variables::scatter(&mut draft, &place, &mut config);
    includes::write(&mut draft, &place, config);
    draft.case
}

/// A question that is being drawn.
struct Draft {
    random: Random,
    release: Release,
    case: Case,
}

impl Draft {
    fn new(release: Release, seed: u64) -> Draft {
        let mut draft = Draft {
            random: Random::new(seed),
            release,
            case: Case {
                openclaw: release.version().to_owned(),
                tree: Map::new(),
                env: Map::new(),
                cwd: "$ROOT/cwd".to_owned(),
                args: Vec::new(),
            },
        };
        draft.directory("home");
        draft.directory("cwd");
        draft.set("HOME", "$ROOT/home");
        draft
    }

    fn directory(&mut self, path: &str) {
        self.case.tree.entry(path).or_insert(Value::Null);
    }

    fn file(&mut self, path: &str, text: impl Into<String>) {
        self.case
            .tree
            .insert(path.to_owned(), Value::String(text.into()));
    }

    fn link(&mut self, path: &str, target: &str) {
        self.case
            .tree
            .insert(path.to_owned(), json!({ "link": target }));
    }

    fn set(&mut self, name: &str, value: &str) {
        self.case.env.insert(name.to_owned(), value.into());
    }

    /// A roster of one agent with this id, for a place that should not count.
    fn decoy(&mut self, path: &str, id: &str) {
        let roster = match self.release {
            Release::V5_12 => json!({ "agents": { "list": [{ "id": id }] } }),
            Release::V9_6 => json!({ "agents": { "entries": { id: {} } } }),
        };
        self.file(path, roster.to_string());
    }
}
