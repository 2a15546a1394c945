//! `openclaw.json`, as far as codex-login needs it.
//!
//! The file may hold a gateway token in clear: only the keys below are looked at, and no error
//! shows a value, only its place.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::Problem;
use crate::files::{self, NoText};

/// OpenClaw refuses to include files beyond this; a configuration is far smaller.
const SIZE_LIMIT: u64 = 2 * 1024 * 1024;
/// Nesting that no configuration has; the JSON5 parser recurses without a limit of its own.
const DEPTH_LIMIT: usize = 200;

/// The parsed configuration.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) path: PathBuf,
    /// Whether there was a file; without one OpenClaw runs with an empty configuration.
    pub(crate) exists: bool,
    root: Value,
}

impl Config {
    /// Reads `path` as JSON5. A missing file is an empty configuration, as it is for OpenClaw.
    pub(crate) fn load(path: &Path) -> Result<Config, Problem> {
        let Some(text) = read(path)? else {
            return Ok(Config {
                path: path.to_owned(),
                exists: false,
                root: Value::Object(serde_json::Map::new()),
            });
        };
        let root = parse(&text).map_err(|reason| damaged(path, &reason))?;
        if !root.is_object() {
            return Err(damaged(path, "not an object"));
        }
        let config = Config {
            path: path.to_owned(),
            exists: true,
            root,
        };
        config.refuse_what_is_not_read_yet()?;
        Ok(config)
    }

    /// The value below these keys, if it is there.
    pub(crate) fn at(&self, keys: &[&str]) -> Option<&Value> {
        keys.iter()
            .try_fold(&self.root, |value, key| value.get(key))
    }

    /// The zone that agent-vm wrote into the plugin's configuration
    /// (`plugins.entries.gondolin.config.zoneId`), the only place inside a zone that names it.
    pub(crate) fn zone_id(&self) -> Option<&str> {
        self.at(&["plugins", "entries", "gondolin", "config", "zoneId"])?
            .as_str()
    }

    /// The OpenClaw version that last wrote the file.
    pub(crate) fn last_touched_version(&self) -> Option<&str> {
        self.at(&["meta", "lastTouchedVersion"])?.as_str()
    }

    /// A value that is not what OpenClaw accepts there.
    pub(crate) fn invalid(&self, place: &str, why: &str) -> Problem {
        damaged(&self.path, &format!("{place}: {why}"))
    }

    /// Includes and variables can change which agents there are and where. Until they are
    /// followed, an answer without them could name the wrong directory.
    fn refuse_what_is_not_read_yet(&self) -> Result<(), Problem> {
        let unsupported = |place: &str, what: &str| {
            Problem::request(
                "config-unsupported",
                format!(
                    "could not tell the agents of {}: {place} uses {what}, which codex-login does not follow yet",
                    self.path.display()
                ),
            )
            .hint("write the agents out in one file, and name it with --openclaw-config FILE")
        };
        if self.root.get("$include").is_some() {
            return Err(unsupported("the top level", "`$include`"));
        }
        match self
            .root
            .get("agents")
            .and_then(|agents| foreign("agents", agents))
        {
            Some((place, what)) => Err(unsupported(&place, what)),
            None => Ok(()),
        }
    }
}

fn read(path: &Path) -> Result<Option<String>, Problem> {
    let bytes = match files::read(path, SIZE_LIMIT) {
        Ok(bytes) => bytes,
        Err(NoText::Missing) => return Ok(None),
        Err(NoText::NotAFile) => return Err(damaged(path, "not a file")),
        Err(NoText::TooLarge) => return Err(damaged(path, "larger than 2 MiB")),
        Err(NoText::Unreadable(why)) => {
            return Err(Problem::request(
                "config-unreadable",
                format!("could not read {}: {why}", path.display()),
            )
            .hint("run as the gateway's user, or name the file with --openclaw-config FILE"));
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(damaged(path, "not UTF-8")),
    }
}

/// Strict JSON first, as OpenClaw does from 2026.7.1, and because it is faster; then JSON5.
fn parse(text: &str) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    if depth(text) > DEPTH_LIMIT {
        return Err("nested too deeply".to_owned());
    }
    json5::from_str(text).map_err(|error| {
        let what = error
            .code()
            .map_or("unexpected value".to_owned(), |code| code.to_string());
        match error.position() {
            Some(at) => format!("line {}, column {}: {what}", at.line + 1, at.column + 1),
            None => what,
        }
    })
}

/// An upper bound of the nesting: brackets in strings and comments count as well.
fn depth(text: &str) -> usize {
    let mut deepest = 0;
    let mut open: usize = 0;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

/// The first include below `value`, or the first variable in what decides about an agent.
fn foreign(place: &str, value: &Value) -> Option<(String, &'static str)> {
    match value {
        Value::Object(fields) if fields.contains_key("$include") => {
            Some((place.to_owned(), "`$include`"))
        }
        Value::Object(fields) => fields.iter().find_map(|(key, value)| {
            let place = format!("{place}.{key}");
            match value.as_str() {
                Some(text) if matches!(key.as_str(), "id" | "agentDir") && has_variable(text) => {
                    Some((place, "a `${VARIABLE}`"))
                }
                _ => foreign(&place, value),
            }
        }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| foreign(&format!("{place}[{index}]"), item)),
        _ => None,
    }
}

/// Whether OpenClaw would look at a `${NAME}` here, be it to replace or to unescape it.
fn has_variable(text: &str) -> bool {
    text.split("${").skip(1).any(|rest| {
        rest.split_once('}').is_some_and(|(name, _)| {
            name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
                && name
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        })
    })
}

fn damaged(path: &Path, reason: &str) -> Problem {
    Problem::request(
        "config-damaged",
        format!("could not use {}: {reason}", path.display()),
    )
    .hint("mend the file; `openclaw doctor` tells more")
}
