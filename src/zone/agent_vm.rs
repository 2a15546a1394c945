//! agent-vm's system configuration, as far as it tells where zones are.
//!
//! It may hold what agent-vm's secrets are referred to by: only the keys below are read, and of
//! their values none but ids and paths is ever shown. Unknown keys are passed over, since their
//! names change from version to version.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::known::{KnownZone, Place};
use super::trusted::Base;
use super::vm::{self, VmZone};
use crate::host::Host;
use crate::jsonc;

/// Names that agent-vm keeps for its own directories beside those of the zones.
const RESERVED: [&str; 3] = ["cache", "controller-state", "controller-runtime"];

/// The zones that `text` describes, which is that of `file`. `None` where it is no system
/// configuration: other programs have a `config/system.json` as well. An error is where and why.
pub(super) fn zones(
    host: &Host,
    file: &Path,
    text: &str,
) -> Result<Option<Vec<KnownZone>>, String> {
    let root = jsonc::parse(text)?;
    let root = Field::new(&root, String::new());
    let Some(list) = root.at("zones") else {
        return Ok(None);
    };
    let Value::Array(items) = list.value else {
        return Err(list.refused("not a list"));
    };
    // As agent-vm does, from the path as it was named: no link is followed first.
    let dir = file.parent().unwrap_or(Path::new("/"));
    let home = host.home.as_deref();
    let base = Base { dir, home };
    let system = System {
        file,
        base,
        storage: storage_root(&root, base)?,
    };
    let mut zones: Vec<KnownZone> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let field = Field::new(item, format!("zones[{index}]"));
        let zone = system.zone(&field)?;
        if zones.iter().any(|other| other.name == zone.name) {
            return Err(field.refused(&format!("`{}` is there twice", zone.name)));
        }
        zones.push(zone);
    }
    Ok(Some(zones))
}

/// The directory that schema 2 derives the zones' directories from; `None` in schema 1, where each
/// zone names its own. Without a `schemaVersion` agent-vm takes the one that it has: only schema
/// 2 knows `storageRootDir`, and it has no default that holds for every version, so there is none
/// here.
fn storage_root(root: &Field, base: Base) -> Result<Option<PathBuf>, String> {
    let version = root.at("schemaVersion");
    let is_second = match version.as_ref().map(|version| version.value.as_u64()) {
        None => root.at("storageRootDir").is_some(),
        Some(Some(1)) => false,
        Some(Some(2)) => true,
        Some(_) => return Err("schemaVersion: neither 1 nor 2".to_owned()),
    };
    if !is_second {
        return Ok(None);
    }
    root.path("storageRootDir", base)?
        .map(Some)
        .ok_or_else(|| "storageRootDir: missing, and schema 2 derives all else from it".to_owned())
}

/// What holds for all zones of the file.
struct System<'a> {
    file: &'a Path,
    base: Base<'a>,
    storage: Option<PathBuf>,
}

impl System<'_> {
    fn zone(&self, zone: &Field) -> Result<KnownZone, String> {
        let name = zone.needed("id", zone.id("id")?)?;
        if RESERVED.contains(&name.as_str()) {
            return Err(zone.refused_at("id", &format!("`{name}` is reserved by agent-vm")));
        }
        let gateway = zone.needed("gateway", zone.at("gateway"))?;
        let place = match gateway.id("type")? {
            Some(kind) if kind != "openclaw" => Place::Other(kind),
            _ => Place::AgentVm(self.openclaw_zone(&name, zone, &gateway)?),
        };
        Ok(KnownZone {
            name,
            source: format!("agent-vm's {}", self.file.display()),
            file: self.file.to_owned(),
            place,
        })
    }

    fn openclaw_zone(&self, name: &str, zone: &Field, gateway: &Field) -> Result<VmZone, String> {
        let config = gateway.needed("config", gateway.path("config", self.base)?)?;
        let written = gateway.path("stateDir", self.base)?;
        let (state_dir, files) = match (&self.storage, written) {
            (Some(_), Some(_)) => {
                let why = "schema 2 derives it from storageRootDir and refuses the key";
                return Err(gateway.refused_at("stateDir", why));
            }
            (Some(root), None) => {
                let root = root.join(name);
                (root.join("state"), Some(("/zone", root.join("zone-files"))))
            }
            (None, written) => (
                gateway.needed("stateDir", written)?,
                self.written_files(gateway)?,
            ),
        };
        let inside = files.as_ref().map(|(inside, dir)| (*inside, dir.as_path()));
        Ok(VmZone {
            mounts: vm::mounts(&state_dir, &config, inside),
            state_dir,
            config,
            agents: agents(zone)?,
        })
    }

    /// The directory of a zone's files in schema 1, and where in the VM it is: both names have
    /// changed, and together.
    fn written_files(&self, gateway: &Field) -> Result<Option<(&'static str, PathBuf)>, String> {
        if let Some(dir) = gateway.path("zoneFilesDir", self.base)? {
            return Ok(Some(("/zone", dir)));
        }
        let dir = gateway.path("workspaceDir", self.base)?;
        Ok(dir.map(|dir| ("/home/openclaw/workspace", dir)))
    }
}

/// The ids of `zones[].agents`, which older versions do not have.
fn agents(zone: &Field) -> Result<Vec<String>, String> {
    let Some(agents) = zone.at("agents") else {
        return Ok(Vec::new());
    };
    let Value::Array(items) = agents.value else {
        return Err(agents.refused("not a list"));
    };
    let of_item = |(index, item)| {
        let agent = Field::new(item, format!("{}[{index}]", agents.place));
        agent.needed("id", agent.id("id")?)
    };
    items.iter().enumerate().map(of_item).collect()
}

/// A value and the keys that lead to it, for errors that must not show the value.
struct Field<'a> {
    value: &'a Value,
    place: String,
}

impl<'a> Field<'a> {
    fn new(value: &'a Value, place: String) -> Field<'a> {
        Field { value, place }
    }

    fn at(&self, key: &str) -> Option<Field<'a>> {
        let value = self.value.get(key)?;
        let dot = if self.place.is_empty() { "" } else { "." };
        Some(Field::new(value, format!("{}{dot}{key}", self.place)))
    }

    fn text(&self, key: &str) -> Result<Option<&'a str>, String> {
        let Some(field) = self.at(key) else {
            return Ok(None);
        };
        let text = field.value.as_str();
        text.map(Some).ok_or_else(|| field.refused("not a string"))
    }

    /// A word of agent-vm's own alphabet; nothing else is safe to show.
    fn id(&self, key: &str) -> Result<Option<String>, String> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let is_id = text.len() <= 1024
            && text.starts_with(is_plain)
            && text.chars().all(|c| is_plain(c) || "._-".contains(c));
        if is_id {
            return Ok(Some(text.to_owned()));
        }
        let why = "lowercase letters, digits, `.`, `_` and `-`, the first a letter or digit";
        Err(self.refused_at(key, why))
    }

    fn path(&self, key: &str, base: Base) -> Result<Option<PathBuf>, String> {
        let text = self.text(key)?;
        let path = text.map(|text| base.resolve(Path::new(text)));
        path.transpose().map_err(|why| self.refused_at(key, why))
    }

    fn needed<T>(&self, key: &str, value: Option<T>) -> Result<T, String> {
        value.ok_or_else(|| self.refused_at(key, "missing"))
    }

    fn refused(&self, why: &str) -> String {
        format!("{}: {why}", self.place)
    }

    fn refused_at(&self, key: &str, why: &str) -> String {
        format!("{}.{key}: {why}", self.place)
    }
}
