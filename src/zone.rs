//! Where an OpenClaw is. So far: this machine, and the zone that its configuration names.

use crate::error::Problem;
use crate::host::Host;
use crate::openclaw::environment::Environment;
use crate::openclaw::gateway;
use crate::openclaw::installation::Installation;
use crate::openclaw::installed;
use crate::openclaw::surroundings::{Asked, Surroundings};
use crate::openclaw::version::Version;
use crate::request::Selection;
use crate::sourced::Sourced;

/// The zone that was selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    /// `None` where this machine's OpenClaw names no zone.
    pub(crate) name: Option<String>,
    pub(crate) source: String,
}

/// Finds the zone that was asked for, and reads its OpenClaw.
pub(crate) fn find(host: &Host, asked: &Selection) -> Result<(Zone, Installation), Problem> {
    let installation = of_this_machine(host, asked)?;
    let zone = Zone::select(asked.zone.as_ref(), &installation)?;
    Ok((zone, installation))
}

/// The OpenClaw of this machine.
fn of_this_machine(host: &Host, asked: &Selection) -> Result<Installation, Problem> {
    let given = given_version(asked)?;
    let installed = installed::on(host);
    let home = host.home.clone().unwrap_or_default();
    let known = given.as_ref().or(installed.first());
    let around = Surroundings::choose(
        Environment::of(host),
        Asked {
            state_dir: asked.state_dir.as_ref(),
            config: asked.openclaw_config.as_ref(),
            profile: asked.profile.as_ref(),
            version: known.map(|version| &version.value),
        },
        gateway::found(&home, &host.etc),
        &home,
    )?;
    let of_gateway = around
        .gateway
        .as_ref()
        .and_then(|gateway| installed::of_gateway(&gateway.name, gateway.programs()));
    let version = given
        .or(of_gateway)
        .or_else(|| installed.into_iter().next());
    Installation::read(around, version)
}

/// The version that somebody told us.
fn given_version(asked: &Selection) -> Result<Option<Sourced<Version>>, Problem> {
    let Some(given) = &asked.openclaw_version else {
        return Ok(None);
    };
    match given.value.parse() {
        Ok(version) => Ok(Some(Sourced::new(version, &*given.source))),
        Err(()) => Err(Problem::request(
            "usage",
            format!("`{}` is not a version of OpenClaw", given.value),
        )
        .hint(format!(
            "write it as `openclaw --version` does: {} 2026.5.12",
            given.source
        ))),
    }
}

impl Zone {
    /// The zone asked for, or this machine. A zone of another name is refused: a login must never
    /// go to the wrong one.
    pub(crate) fn select(
        asked: Option<&Sourced<String>>,
        installation: &Installation,
    ) -> Result<Zone, Problem> {
        let here = Zone::of_this_machine(installation);
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
                    installation.config.value.display()
                ),
            )
            .hint("leave out --zone for the OpenClaw of this machine")),
        }
    }

    fn of_this_machine(installation: &Installation) -> Zone {
        match &installation.zone_id {
            Some(name) => Zone {
                name: Some(name.clone()),
                source: format!(
                    "plugins.entries.gondolin in {}",
                    installation.config.value.display()
                ),
            },
            None => Zone {
                name: None,
                source: "this machine".to_owned(),
            },
        }
    }
}
