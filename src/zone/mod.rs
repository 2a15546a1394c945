//! Where an OpenClaw is: in a zone that `zones.toml` or agent-vm describes, or on this machine.

mod agent_vm;
mod find;
pub(crate) mod known;
mod own;
pub(crate) mod pinned;
pub(crate) mod state;
mod trusted;
pub(crate) mod vm;

use std::path::PathBuf;

pub(crate) use find::{find, of_this_machine};

use crate::openclaw::installation::Installation;
use crate::sourced::Sourced;

/// The zone that was selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    /// `None` where this machine's OpenClaw names no zone.
    pub(crate) name: Option<String>,
    pub(crate) source: String,
    /// Where its packages are, before the usual places.
    pub(crate) packages: Vec<PathBuf>,
    /// What it is where it is in a virtual machine.
    pub(crate) inside: Option<Inside>,
}

/// What is true of a zone in a virtual machine of agent-vm: its codex is in there, out of reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inside {
    /// The version of codex that agent-vm builds in.
    pub(crate) codex: Option<Sourced<String>>,
}

impl Zone {
    /// The zone that the OpenClaw of this machine names in its configuration, or none.
    pub(crate) fn of_this_machine(installation: &Installation) -> Zone {
        let source = match &installation.zone_id {
            Some(_) => format!(
                "plugins.entries.gondolin in {}",
                installation.config.value.display()
            ),
            None => "this machine".to_owned(),
        };
        Zone {
            name: installation.zone_id.clone(),
            source,
            packages: Vec::new(),
            inside: None,
        }
    }

    /// How to do the same inside the zone, where it is a virtual machine.
    pub(crate) fn command_inside(&self, agent: Option<&str>) -> Option<String> {
        let name = self.name.as_ref()?;
        self.inside
            .as_ref()
            .map(|_| vm::inside_command(name, agent))
    }
}
