//! The two rosters that a configuration can have, and what each version of OpenClaw makes of
//! them: `agents.list` up to 2026.7.35, `agents.entries` from 2026.8.1 on, which still reads a
//! list that needs no change.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::error::Problem;
use crate::openclaw::config::Config;
use crate::openclaw::environment::js_trim;
use crate::openclaw::ids::{MAIN, is_id, normalised};
use crate::openclaw::version::Version;

/// One agent as it is written, its directory not yet resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Normalised.
    pub(crate) id: String,
    /// As the configuration has it.
    pub(crate) written: String,
    pub(crate) dir: Option<String>,
    /// Where it stands: `agents.list[0]`, `agents.entries.ember`, ….
    pub(crate) source: String,
    pub(crate) is_default: bool,
}

/// Which rules apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Era {
    List,
    Entries,
}

impl Era {
    /// By the version; where that is not known, or is one of the betas of 2026.7.2, between which
    /// entries came, by what is written.
    fn of(version: Option<&Version>, config: &Config) -> Era {
        let has_entries = match version {
            Some(version) if !version.is_ahead() => version.has_entries(),
            _ => is_of_entries(config),
        };
        if has_entries { Era::Entries } else { Era::List }
    }
}

/// Whether the roster is written in the form that 2026.8.1 brought.
pub(crate) fn is_of_entries(config: &Config) -> bool {
    ["entries", "ownership"]
        .iter()
        .any(|key| config.at(&["agents", key]).is_some())
}

/// The agents in OpenClaw's order, the default one marked. Never empty.
pub(crate) fn entries(config: &Config, version: Option<&Version>) -> Result<Vec<Entry>, Problem> {
    if config
        .at(&["agents"])
        .is_some_and(|agents| !agents.is_object())
    {
        return Err(config.invalid("agents", "not an object"));
    }
    let list = config.at(&["agents", "list"]);
    let keyed = config.at(&["agents", "entries"]);
    let era = Era::of(version, config);
    if era == Era::List {
        refuse_what_is_newer(config)?;
    }
    let entries = match (era, list, keyed) {
        (Era::List, Some(list), _) => listed(config, list)?,
        (Era::List, None, _) => Vec::new(),
        (Era::Entries, Some(_), Some(_)) => {
            return Err(config.invalid("agents", "`list` and `entries` exclude each other"));
        }
        (Era::Entries, Some(list), None) => owned(config, converted(config, list)?, version)?,
        (Era::Entries, None, Some(fields)) => owned(config, of_keys(config, fields)?, version)?,
        (Era::Entries, None, None) => owned(config, Vec::new(), version)?,
    };
    if entries.is_empty() {
        return Ok(vec![Entry {
            id: MAIN.to_owned(),
            written: MAIN.to_owned(),
            dir: None,
            source: "no agent is configured".to_owned(),
            is_default: true,
        }]);
    }
    Ok(entries)
}

/// Up to 2026.7.35 these keys are unknown, and fail the load.
fn refuse_what_is_newer(config: &Config) -> Result<(), Problem> {
    let newer = ["entries", "ownership"];
    match newer
        .iter()
        .find(|key| config.at(&["agents", key]).is_some())
    {
        None => Ok(()),
        Some(key) => Err(config.invalid(
            &format!("agents.{key}"),
            "unknown to this OpenClaw, which is older than 2026.8.1 and has `agents.list`",
        )),
    }
}

impl Entry {
    fn written(
        config: &Config,
        id: &str,
        fields: &Map<String, Value>,
        source: String,
    ) -> Result<Entry, Problem> {
        let dir = match fields.get("agentDir") {
            None => None,
            Some(Value::String(dir)) => Some(js_trim(dir).to_owned()).filter(|dir| !dir.is_empty()),
            Some(_) => return Err(config.invalid(&format!("{source}.agentDir"), "not a string")),
        };
        let is_default = match fields.get("default") {
            None => false,
            Some(Value::Bool(marked)) => *marked,
            Some(_) => {
                return Err(config.invalid(&format!("{source}.default"), "neither true nor false"));
            }
        };
        Ok(Entry {
            id: normalised(id),
            written: js_trim(id).to_owned(),
            dir,
            is_default,
            source,
        })
    }
}

/// An item of a list: where it stands, its id, its fields.
type Item<'a> = (String, &'a str, &'a Map<String, Value>);

/// The items of a list, each with its id and fields.
fn items<'a>(config: &'a Config, list: &'a Value) -> Result<Vec<Item<'a>>, Problem> {
    let Value::Array(items) = list else {
        return Err(config.invalid("agents.list", "not a list"));
    };
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let source = format!("agents.list[{index}]");
        let Value::Object(fields) = item else {
            return Err(config.invalid(&source, "not an object"));
        };
        let Some(Value::String(id)) = fields.get("id") else {
            return Err(config.invalid(&format!("{source}.id"), "not a string"));
        };
        found.push((source, id.as_str(), fields));
    }
    Ok(found)
}

/// `agents.list` where it is the roster: of equal ids the first counts; the first marked one,
/// else the first, is the default.
fn listed(config: &Config, list: &Value) -> Result<Vec<Entry>, Problem> {
    let mut entries = Vec::new();
    let mut ids = HashSet::new();
    let mut default = None;
    for (source, id, fields) in items(config, list)? {
        let mut entry = Entry::written(config, id, fields, source)?;
        if std::mem::take(&mut entry.is_default) && default.is_none() {
            default = Some(entry.id.clone());
        }
        if ids.insert(entry.id.clone()) {
            entries.push(entry);
        }
    }
    let default = default.or_else(|| entries.first().map(|entry| entry.id.clone()));
    for entry in &mut entries {
        entry.is_default = Some(&entry.id) == default.as_ref();
    }
    Ok(entries)
}

/// `agents.list` where entries are the roster: taken for them when no id in it needs a change.
fn converted(config: &Config, list: &Value) -> Result<Vec<Entry>, Problem> {
    let mut entries = Vec::new();
    let mut ids = HashSet::new();
    for (source, id, fields) in items(config, list)? {
        if normalised(id) != id || id == "__proto__" || !ids.insert(id) {
            let why =
                "this OpenClaw reads a list only where each id is a normal one and stands once";
            return Err(config.invalid(&format!("{source}.id"), why));
        }
        entries.push(Entry::written(config, id, fields, source)?);
    }
    entries.sort_by_key(|entry| place_of_key(&entry.id));
    Ok(entries)
}

/// `agents.entries`: the key is the id, capitals allowed; in JavaScript's order of keys.
fn of_keys(config: &Config, entries: &Value) -> Result<Vec<Entry>, Problem> {
    let Value::Object(fields) = entries else {
        return Err(config.invalid("agents.entries", "not an object"));
    };
    let mut pairs: Vec<_> = fields.iter().collect();
    pairs.sort_by_key(|(key, _)| place_of_key(key));
    let mut agents = Vec::new();
    let mut ids = HashSet::new();
    for (key, value) in pairs {
        let source = format!("agents.entries.{key}");
        if !is_id(key) {
            return Err(config.invalid(&source, "not an agent id"));
        }
        if !ids.insert(key.to_ascii_lowercase()) {
            return Err(config.invalid(&source, "another key is the same agent id"));
        }
        let Value::Object(fields) = value else {
            return Err(config.invalid(&source, "not an object"));
        };
        if fields.contains_key("id") {
            return Err(config.invalid(&format!("{source}.id"), "unknown: the key is the id"));
        }
        agents.push(Entry::written(config, key, fields, source)?);
    }
    Ok(agents)
}

/// What entries need beyond their form: somebody must own what no agent is named for, by a mark,
/// or by being the only one; or ownership is explicit, and nobody does unless the configuration
/// names a system agent. Marks the default agent, where there is one.
fn owned(
    config: &Config,
    mut entries: Vec<Entry>,
    version: Option<&Version>,
) -> Result<Vec<Entry>, Problem> {
    let is_explicit = match config.at(&["agents", "ownership"]) {
        None => false,
        Some(Value::String(word)) if word == "explicit" => true,
        Some(_) => return Err(config.invalid("agents.ownership", "not `explicit`")),
    };
    let marked = entries.iter().filter(|entry| entry.is_default).count();
    let wrong = match (entries.len(), marked, is_explicit) {
        (0, _, true) => Some("no agent, where `ownership` is explicit"),
        (_, 1.., true) => Some("`default: true` does not go with `ownership: \"explicit\"`"),
        (_, 2.., false) => Some("several agents are marked `default: true`"),
        (2.., 0, false) => {
            Some("several agents need `ownership: \"explicit\"`, or one of them `default: true`")
        }
        _ => None,
    };
    if let Some(why) = wrong {
        return Err(config.invalid("agents", why));
    }
    let system =
        system_agent(config, &entries)?.filter(|_| version.is_none_or(Version::has_system_agent));
    let is_only = entries.len() == 1;
    for entry in &mut entries {
        entry.is_default = if is_explicit {
            system.as_ref() == Some(&entry.id)
        } else {
            is_only || entry.is_default
        };
    }
    Ok(entries)
}

/// The agent of `agents.defaults.systemAgent`, which must be one that there is.
fn system_agent(config: &Config, entries: &[Entry]) -> Result<Option<String>, Problem> {
    let place = "agents.defaults.systemAgent.agentId";
    let system = config.at(&["agents", "defaults", "systemAgent"]);
    if system.is_some_and(|system| !system.is_object()) {
        return Err(config.invalid("agents.defaults.systemAgent", "not an object"));
    }
    let id = match config.at(&["agents", "defaults", "systemAgent", "agentId"]) {
        None => return Ok(None),
        Some(Value::String(id)) if !js_trim(id).is_empty() => normalised(id),
        Some(_) => return Err(config.invalid(place, "not the id of an agent")),
    };
    let is_known = entries.iter().any(|entry| entry.id == id);
    if is_known || (entries.is_empty() && id == MAIN) {
        Ok(Some(id))
    } else {
        Err(config.invalid(place, "no such agent"))
    }
}

/// Where JavaScript puts a key: array indices first, ascending, then the others as written.
fn place_of_key(key: &str) -> (u8, u32) {
    key.parse::<u32>()
        .ok()
        .filter(|number| *number < u32::MAX && number.to_string() == key)
        .map_or((1, 0), |number| (0, number))
}
