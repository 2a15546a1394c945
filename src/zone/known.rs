//! The zones that are described somewhere: in codex-login's own `zones.toml`, then in agent-vm's
//! system configuration. Nothing is searched for upwards, and nothing is asked of a network.

use std::path::{Path, PathBuf};

use super::trusted::{Base, Kind, text};
use super::vm::VmZone;
use super::{agent_vm, own};
use crate::error::Problem;
use crate::host::Host;
use crate::sourced::Sourced;

/// agent-vm's system configuration, relative to the working directory: the second is read only
/// where there is no first, as agent-vm itself does.
const AGENT_VM_FILES: [&str; 2] = ["config/system.json", "config/system.jsonc"];

/// A zone that a file describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownZone {
    pub(crate) name: String,
    /// For people: `zones.toml at …`, `agent-vm's …`.
    pub(crate) source: String,
    /// The file that describes it.
    pub(crate) file: PathBuf,
    pub(crate) place: Place,
}

/// Where a zone is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On this machine.
    Here(HereZone),
    /// In a VM of agent-vm whose disks are directories of this host.
    AgentVm(VmZone),
    /// Known, but with no OpenClaw in it: what its gateway is instead.
    Other(String),
}

/// A zone on this machine, as `zones.toml` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HereZone {
    pub(crate) state_dir: PathBuf,
    /// OpenClaw's configuration, where it is not in the state directory.
    pub(crate) config: Option<PathBuf>,
    /// Where openclaw and codex are installed: directories that hold a `node_modules`, or are one.
    pub(crate) packages: Vec<PathBuf>,
    pub(crate) openclaw_version: Option<String>,
}

/// All zones that are known, in the order in which they count, and where they were looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownZones {
    pub(crate) zones: Vec<KnownZone>,
    pub(crate) searched: Vec<Searched>,
}

/// A file that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Searched {
    pub(crate) file: PathBuf,
    pub(crate) found: Found,
}

/// What there was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// No such file.
    Nothing,
    /// A file of another program that says nothing of zones.
    NoZones,
    /// So many zones.
    Zones(usize),
}

impl KnownZones {
    /// The zone of this name: of several the first, and the others are not used.
    fn find(&self, name: &str) -> Option<&KnownZone> {
        self.zones.iter().find(|zone| zone.name == name)
    }

    fn add(&mut self, file: &Path, zones: Option<Vec<KnownZone>>) {
        self.searched.push(Searched {
            file: file.to_owned(),
            found: zones
                .as_ref()
                .map_or(Found::NoZones, |zones| Found::Zones(zones.len())),
        });
        self.zones.extend(zones.into_iter().flatten());
    }

    fn add_missing(&mut self, file: PathBuf) {
        let found = Found::Nothing;
        self.searched.push(Searched { file, found });
    }
}

/// Every zone that is known. A file that is there and cannot be used is an error: what it says
/// could have changed which zone a name means.
pub(crate) fn known_zones(
    host: &Host,
    zones_file: Option<&Sourced<PathBuf>>,
) -> Result<KnownZones, Problem> {
    let mut known = own_zones(host, zones_file)?;
    add_agent_vms(host, &mut known)?;
    tracing::debug!(?known, "zones");
    Ok(known)
}

/// The zone of this name, else all that are known. agent-vm's file is looked at only where our own
/// does not settle it.
pub(crate) fn find(
    host: &Host,
    zones_file: Option<&Sourced<PathBuf>>,
    name: &str,
) -> Result<Result<KnownZone, KnownZones>, Problem> {
    let mut known = own_zones(host, zones_file)?;
    if known.find(name).is_none() {
        add_agent_vms(host, &mut known)?;
    }
    Ok(known.find(name).cloned().ok_or(known))
}

fn own_zones(host: &Host, zones_file: Option<&Sourced<PathBuf>>) -> Result<KnownZones, Problem> {
    let mut known = KnownZones {
        zones: Vec::new(),
        searched: Vec::new(),
    };
    if let Some(file) = own_file(host, zones_file) {
        match text(host, &file.value, Kind::Own)? {
            Some(text) => known.add(&file.value, Some(own::zones(host, &file, &text)?)),
            None => match zones_file {
                Some(named) => return Err(missing(&file.value, &named.source)),
                None => known.add_missing(file.value),
            },
        }
    }
    Ok(known)
}

fn add_agent_vms(host: &Host, known: &mut KnownZones) -> Result<(), Problem> {
    let cwd = host.cwd.iter();
    for file in cwd.flat_map(|cwd| AGENT_VM_FILES.map(|name| cwd.join(name))) {
        match text(host, &file, Kind::AgentVm)? {
            Some(text) => {
                let zones = agent_vm::zones(host, &file, &text);
                known.add(
                    &file,
                    zones.map_err(|reason| Kind::AgentVm.damaged(&file, &reason))?,
                );
                break;
            }
            None => known.add_missing(file),
        }
    }
    Ok(())
}

/// codex-login's own description of zones: the one that was named, else the user's. It is in
/// `~/.config` on macOS as well: so do gh and git, and one path serves both kinds of machine.
fn own_file(host: &Host, named: Option<&Sourced<PathBuf>>) -> Option<Sourced<PathBuf>> {
    if let Some(named) = named {
        let base = Base {
            dir: host.cwd.as_deref().unwrap_or(Path::new("/")),
            home: host.home.as_deref(),
        };
        let path = base.resolve(&named.value);
        let path = path.unwrap_or_else(|_| named.value.clone());
        let source = format!("{} ({})", path.display(), named.source);
        return Some(Sourced::new(path, source));
    }
    let configured = host.var("XDG_CONFIG_HOME").map(PathBuf::from);
    // A relative one is invalid, says the specification, and is to be ignored.
    let dir = configured
        .filter(|dir| dir.is_absolute())
        .or_else(|| Some(host.home.as_ref()?.join(".config")))?;
    let path = dir.join("codex-login/zones.toml");
    let source = format!("zones.toml at {}", path.display());
    Some(Sourced::new(path, source))
}

fn missing(path: &Path, source: &str) -> Problem {
    let message = format!("{} ({source}) does not exist", path.display());
    Problem::request("zones-missing", message)
        .hint("leave the option out to use the zones that are known without it")
}
