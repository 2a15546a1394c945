//! Where an OpenClaw is: so far this machine, and the zone that its configuration names. Which
//! other zones there are is known, and not yet selected.

mod agent_vm;
pub(crate) mod known;
mod own;
pub(crate) mod pinned;
mod trusted;
pub(crate) mod vm;

use crate::error::Problem;
use crate::openclaw::config::Config;
use crate::sourced::Sourced;

/// The zone that was selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    /// `None` where this machine's OpenClaw names no zone.
    pub(crate) name: Option<String>,
    pub(crate) source: String,
}

impl Zone {
    /// The zone asked for, or this machine. A zone of another name is refused: a login must never
    /// go to the wrong one.
    pub(crate) fn select(
        asked: Option<&Sourced<String>>,
        config: &Config,
    ) -> Result<Zone, Problem> {
        let here = Zone::of_this_machine(config);
        match (asked, &here.name) {
            (None, _) => Ok(here),
            (Some(asked), Some(name)) if asked.value == *name => Ok(here),
            (Some(asked), Some(name)) => Err(Problem::request(
                "unknown-zone",
                format!(
                    "unknown zone `{}`: known is `{name}`, from {}",
                    asked.value, here.source
                ),
            )
            .hint(format!("codex-login --zone {name} …"))),
            (Some(asked), None) => Err(Problem::request(
                "unknown-zone",
                format!(
                    "unknown zone `{}`: none is known, {} names no zone",
                    asked.value,
                    config.path.display()
                ),
            )
            .hint("leave out --zone for the OpenClaw of this machine")),
        }
    }

    fn of_this_machine(config: &Config) -> Zone {
        match config.zone_id() {
            Some(name) => Zone {
                name: Some(name.to_owned()),
                source: format!("plugins.entries.gondolin in {}", config.path.display()),
            },
            None => Zone {
                name: None,
                source: "this machine".to_owned(),
            },
        }
    }
}
