//! `openclaw.json`, as far as codex-login needs it.
//!
//! The file may hold a gateway token in clear: of what was read only the parts named here are
//! kept, and no error shows a value, only its place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::Problem;
use crate::openclaw::document::{self, damaged};
use crate::openclaw::environment::{Environment, is_portable, js_trim};
use crate::openclaw::guarded::{Guard, Setter};
use crate::openclaw::include::{self, Boundary};
use crate::openclaw::paths;
use crate::openclaw::variables::{has_variable, substitute};
use crate::openclaw::version::Version;

/// The top-level keys that are looked at.
const KEPT: [&str; 6] = ["agents", "auth", "env", "meta", "plugins", "session"];

/// How many bytes variables may put into a configuration. OpenClaw has no bound; nobody needs more.
const SUBSTITUTED_LIMIT: usize = 64 * 1024 * 1024;

/// The configuration, includes and variables resolved.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where it is on this host.
    pub(crate) path: PathBuf,
    /// Whether there was a file; without one OpenClaw runs with an empty configuration.
    pub(crate) exists: bool,
    /// The variables that its agents name and nothing sets.
    pub(crate) unset: Vec<String>,
    root: Map<String, Value>,
}

impl Config {
    /// Reads the file at `path` of this host, with what it includes. A missing file is an empty
    /// configuration, as it is for OpenClaw.
    pub(crate) fn read(path: &Path, env: &Environment) -> Result<Config, Problem> {
        let found = document::read(path)?;
        let exists = found.is_some();
        let root = match found {
            None => Map::new(),
            Some(value) => {
                let boundary = Boundary::new(path, include_roots(env)?, &env.disk, env.reader);
                match include::resolved(value, path, &boundary)? {
                    Value::Object(fields) => fields,
                    _ => return Err(damaged(path, "not an object")),
                }
            }
        };
        let kept = |(key, _): &(String, Value)| KEPT.contains(&key.as_str());
        Ok(Config {
            path: path.to_owned(),
            exists,
            unset: Vec::new(),
            root: root.into_iter().filter(kept).collect(),
        })
    }

    /// Lets the configuration set the variables that are not set yet, then replaces `${NAME}`.
    pub(crate) fn resolve(
        &mut self,
        env: &mut Environment,
        version: Option<&Version>,
    ) -> Result<(), Problem> {
        let guard = Guard::of(version);
        for (name, value) in self.variables(version)? {
            let is_set = env.trimmed(&name).is_some();
            if !is_set && !guard.refuses(&name, Setter::Config) && !has_variable(&value) {
                let source = format!("{name} in {}", self.path.display());
                env.set(&name, value, source);
            }
        }
        let mut unset = BTreeSet::new();
        let mut budget = SUBSTITUTED_LIMIT;
        for (key, value) in &mut self.root {
            substitute(value, env, &mut budget, &mut |name| {
                if key == "agents" {
                    unset.insert(name.to_owned());
                }
            });
        }
        self.unset = unset.into_iter().collect();
        if budget == 0 {
            return Err(self.invalid("variables", "their values together exceed 64 MiB"));
        }
        Ok(())
    }

    /// The variables of `env.vars` and `env`, those of the latter over those of the former. From
    /// 2026.8.1 `env` itself can set none.
    fn variables(&self, version: Option<&Version>) -> Result<BTreeMap<String, String>, Problem> {
        let Some(env) = self.at(&["env"]) else {
            return Ok(BTreeMap::new());
        };
        let mut found = BTreeMap::new();
        for (place, group) in [("env.vars", env.get("vars")), ("env", Some(env))] {
            let Some(group) = group else { continue };
            let Value::Object(fields) = group else {
                return Err(self.invalid(place, "not an object"));
            };
            for (name, value) in fields {
                if place == "env" && ["vars", "shellEnv"].contains(&name.as_str()) {
                    continue;
                }
                let place = format!("{place}.{name}");
                if place == format!("env.{name}") && version.is_some_and(Version::has_entries) {
                    return Err(self.invalid(&place, "unknown: variables belong in `env.vars`"));
                }
                let Value::String(value) = value else {
                    return Err(self.invalid(&place, "not a string"));
                };
                let name = js_trim(name);
                if is_portable(name) && !js_trim(value).is_empty() {
                    found.insert(name.to_owned(), value.clone());
                }
            }
        }
        Ok(found)
    }

    /// The value below these keys, if it is there.
    pub(crate) fn at(&self, keys: &[&str]) -> Option<&Value> {
        let (first, rest) = keys.split_first()?;
        rest.iter()
            .try_fold(self.root.get(*first)?, |value, key| value.get(key))
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

    /// What the codex plugin's `appServer` says under this key.
    pub(crate) fn app_server(&self, key: &str) -> Option<&str> {
        self.at(&["plugins", "entries", "codex", "config", "appServer", key])?
            .as_str()
    }

    /// Where the configuration has further plugins.
    pub(crate) fn load_paths(&self) -> impl Iterator<Item = &str> {
        let paths = self
            .at(&["plugins", "load", "paths"])
            .and_then(Value::as_array);
        let texts = paths.into_iter().flatten().filter_map(Value::as_str);
        texts.map(js_trim).filter(|path| !path.is_empty())
    }

    /// A value that is not what OpenClaw accepts there.
    pub(crate) fn invalid(&self, place: &str, why: &str) -> Problem {
        let at = document::position(&self.path, place);
        damaged(&self.path, &format!("{at}{place}: {why}"))
    }
}

/// The directories of `OPENCLAW_INCLUDE_ROOTS` that this host has.
fn include_roots(env: &Environment) -> Result<Vec<PathBuf>, Problem> {
    let named = env.trimmed("OPENCLAW_INCLUDE_ROOTS");
    let Some(named) = named.and_then(|named| named.to_str()) else {
        return Ok(Vec::new());
    };
    let mut roots = Vec::new();
    for entry in named.split(':').filter(|entry| !js_trim(entry).is_empty()) {
        let root = paths::expand(env, entry.as_ref())?;
        roots.extend(env.disk.on_host(&root));
    }
    Ok(roots)
}
