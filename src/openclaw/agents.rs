//! Which agents the configuration has, and where each keeps its files.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::Problem;
use crate::openclaw::config::Config;
use crate::openclaw::paths::Paths;

/// The agent that OpenClaw runs when the configuration names none.
const MAIN: &str = "main";
/// The longest id.
const ID_LIMIT: usize = 64;

/// An agent as OpenClaw knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RosterAgent {
    /// Normalised.
    pub(crate) id: String,
    /// Absolute.
    pub(crate) dir: PathBuf,
    /// Where it stands: `agents.list[0]`, `agents.entries.ember`, ….
    pub(crate) source: String,
    pub(crate) is_default: bool,
    /// The directory is written relative: OpenClaw takes it from the gateway's working directory.
    pub(crate) is_relative: bool,
}

/// The agents in OpenClaw's order. Never empty.
pub(crate) fn roster(config: &Config, paths: &Paths) -> Result<Vec<RosterAgent>, Problem> {
    let mut entries = match (
        config.at(&["agents", "list"]),
        config.at(&["agents", "entries"]),
    ) {
        (Some(_), Some(_)) => {
            return Err(config.invalid("agents", "`list` and `entries` exclude each other"));
        }
        (Some(list), None) => listed(config, list)?,
        (None, Some(entries)) => keyed(config, entries)?,
        (None, None) => Vec::new(),
    };
    if entries.is_empty() {
        entries.push(Entry::of_main());
    }
    if !entries.iter().any(|entry| entry.is_default) && entries[0].from_list {
        entries[0].is_default = true;
    }
    let agents = entries
        .into_iter()
        .map(|entry| entry.resolved(paths))
        .collect::<Result<Vec<_>, _>>()?;
    refuse_shared_directories(config, &agents)?;
    Ok(agents)
}

/// An id as OpenClaw compares them: trimmed, lower-case, what is not `[a-z0-9_-]` folded to `-`.
pub(crate) fn normalised(id: &str) -> String {
    let lower = id.trim().to_lowercase();
    if is_id(&lower) {
        return lower;
    }
    let mut folded = String::new();
    let mut in_run = false;
    for c in lower.chars() {
        let fits = is_word(c) || c == '_' || c == '-';
        match (fits, in_run) {
            (true, _) => folded.push(c),
            (false, true) => {}
            (false, false) => folded.push('-'),
        }
        in_run = !fits;
    }
    let id: String = folded.trim_matches('-').chars().take(ID_LIMIT).collect();
    if id.is_empty() { MAIN.to_owned() } else { id }
}

/// The id that somebody means who types `name`. Stricter than what a configuration may write: a
/// name that only folds to an id, or an empty one, is a slip, and must not select an agent.
pub(crate) fn typed(name: &str) -> Option<String> {
    let id = name.trim().to_ascii_lowercase();
    is_id(&id).then_some(id)
}

fn is_id(text: &str) -> bool {
    text.len() <= ID_LIMIT
        && text.starts_with(is_word)
        && text.chars().all(|c| is_word(c) || c == '_' || c == '-')
}

fn is_word(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

/// One agent as it is written, its directory not yet resolved.
struct Entry {
    id: String,
    dir: Option<String>,
    source: String,
    is_default: bool,
    from_list: bool,
}

impl Entry {
    fn of_main() -> Entry {
        Entry {
            id: MAIN.to_owned(),
            dir: None,
            source: "no agent is configured".to_owned(),
            is_default: true,
            from_list: true,
        }
    }

    fn written(
        config: &Config,
        id: &str,
        fields: &Map<String, Value>,
        source: String,
    ) -> Result<Entry, Problem> {
        let dir = match fields.get("agentDir") {
            None => None,
            Some(Value::String(dir)) => Some(dir.trim().to_owned()).filter(|dir| !dir.is_empty()),
            Some(_) => return Err(config.invalid(&format!("{source}.agentDir"), "not a string")),
        };
        Ok(Entry {
            id: normalised(id),
            dir,
            is_default: fields.get("default").is_some_and(truthy),
            source,
            from_list: false,
        })
    }

    fn resolved(self, paths: &Paths) -> Result<RosterAgent, Problem> {
        let usual = || {
            paths
                .state_dir
                .value
                .join("agents")
                .join(&self.id)
                .join("agent")
        };
        let is_relative = self
            .dir
            .as_ref()
            .is_some_and(|dir| !dir.starts_with('~') && !Path::new(dir).is_absolute());
        let how = match (&self.dir, is_relative) {
            (None, _) => "",
            (Some(_), false) => " agentDir",
            (Some(_), true) => " agentDir, taken from this working directory",
        };
        Ok(RosterAgent {
            dir: match &self.dir {
                None => usual(),
                Some(dir) => paths.expand(Path::new(dir))?,
            },
            source: self.source + how,
            id: self.id,
            is_default: self.is_default,
            is_relative,
        })
    }
}

/// `agents.list`: its objects; of equal ids the first counts; the first marked one, else the
/// first, is the default.
fn listed(config: &Config, list: &Value) -> Result<Vec<Entry>, Problem> {
    let Value::Array(items) = list else {
        return Err(config.invalid("agents.list", "not a list"));
    };
    let mut entries = Vec::new();
    let mut ids = HashSet::new();
    let mut has_default = false;
    for (index, item) in items.iter().enumerate() {
        let source = format!("agents.list[{index}]");
        let Value::Object(fields) = item else {
            continue;
        };
        let id = match fields.get("id") {
            None => "",
            Some(Value::String(id)) => id,
            Some(_) => return Err(config.invalid(&format!("{source}.id"), "not a string")),
        };
        let mut entry = Entry::written(config, id, fields, source)?;
        entry.from_list = true;
        entry.is_default &= !has_default;
        if ids.insert(entry.id.clone()) {
            has_default |= entry.is_default;
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// `agents.entries`: the key is the id, capitals allowed; in JavaScript's order of keys. The only
/// agent, or the marked one, is the default.
fn keyed(config: &Config, entries: &Value) -> Result<Vec<Entry>, Problem> {
    let Value::Object(fields) = entries else {
        return Err(config.invalid("agents.entries", "not an object"));
    };
    let mut agents = Vec::new();
    for (key, value) in in_javascript_order(fields) {
        let source = format!("agents.entries.{key}");
        if !is_id(&key.to_ascii_lowercase()) {
            return Err(config.invalid(&source, "not an agent id"));
        }
        let Value::Object(fields) = value else {
            return Err(config.invalid(&source, "not an object"));
        };
        agents.push(Entry::written(config, key, fields, source)?);
    }
    if let [only] = agents.as_mut_slice() {
        only.is_default = true;
    }
    Ok(agents)
}

/// Keys that are array indices first, ascending, then the others as written.
fn in_javascript_order(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let index = |key: &str| {
        key.parse::<u32>()
            .ok()
            .filter(|number| *number < u32::MAX && number.to_string() == key)
    };
    let mut pairs: Vec<_> = fields.iter().collect();
    pairs.sort_by_key(|(key, _)| index(key).map_or((1, 0), |number| (0, number)));
    pairs
}

fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// OpenClaw refuses a configuration in which two agents have one directory.
fn refuse_shared_directories(config: &Config, agents: &[RosterAgent]) -> Result<(), Problem> {
    let mut owners = HashMap::new();
    for agent in agents {
        if let Some(other) = owners.insert(&agent.dir, &agent.id) {
            return Err(config.invalid(
                "agents",
                &format!(
                    "`{other}` and `{}` have one directory, {}: OpenClaw refuses that",
                    agent.id,
                    agent.dir.display()
                ),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn ids_fold_as_openclaw_folds_them() {
        for (written, id) in [
            ("Ember Bot!!", "ember-bot"),
            ("-_Up-", "_up"),
            ("Shravan", "shravan"),
            ("  ", "main"),
            ("", "main"),
            ("!!", "main"),
            ("a--b", "a--b"),
            ("a!-!b", "a---b"),
            ("é", "main"),
        ] {
            assert_eq!(normalised(written), id, "{written:?}");
        }
        assert_eq!(normalised(&"x".repeat(70)), "x".repeat(64));
    }
}
