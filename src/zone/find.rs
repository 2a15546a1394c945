//! From a zone's name to the OpenClaw in it. A login must never go to the wrong zone: a name that
//! two sources give to different things is an error.

use std::collections::HashSet;
use std::path::PathBuf;

use super::known::{self, HereZone, KnownZone, KnownZones, Place};
use super::pinned::pinned;
use super::vm::{self, VmZone};
use super::{Inside, Zone};
use crate::error::Problem;
use crate::host::Host;
use crate::openclaw::environment::{Environment, SELECTORS};
use crate::openclaw::gateway;
use crate::openclaw::ids::normalised;
use crate::openclaw::installation::{Installation, Told};
use crate::openclaw::installed::{self, Package};
use crate::openclaw::notice::Notice;
use crate::openclaw::surroundings::{Asked, Surroundings};
use crate::openclaw::version::Version;
use crate::request::Selection;
use crate::sourced::Sourced;

/// Finds the zone that was asked for, and reads its OpenClaw. In this order: codex-login's own
/// `zones.toml`, agent-vm's system configuration, this machine.
pub(crate) fn find(host: &Host, asked: &Selection) -> Result<(Zone, Installation), Problem> {
    let Some(name) = &asked.zone else {
        return of_this_machine(host, asked);
    };
    let given = given_version(asked)?;
    match known::find(host, asked.zones_file.as_ref(), &name.value)? {
        Ok(zone) => of_known(host, asked, given, &zone),
        Err(known) => {
            let (here, installation) = of_this_machine(host, asked)?;
            if here.name.as_ref() == Some(&name.value) {
                return Ok((here, installation));
            }
            Err(unknown(&name.value, &here, &installation, &known))
        }
    }
}

/// A zone that a file describes.
fn of_known(
    host: &Host,
    asked: &Selection,
    given: Option<Sourced<Version>>,
    zone: &KnownZone,
) -> Result<(Zone, Installation), Problem> {
    refuse_other_places(asked, zone)?;
    let mut found = Zone {
        name: Some(zone.name.clone()),
        source: zone.source.clone(),
        packages: Vec::new(),
        inside: None,
    };
    let installation = match &zone.place {
        Place::Here(here) => {
            found.packages.clone_from(&here.packages);
            in_zone_here(host, given, zone, here)?
        }
        Place::AgentVm(vm) => {
            let pinned = pinned(host);
            let installation = in_vm(host, given, zone, vm, pinned.as_ref())?;
            found.inside = Some(Inside {
                codex: pinned.and_then(|pinned| Some(Sourced::new(pinned.codex?, pinned.source))),
            });
            installation
        }
        Place::Other(kind) => return Err(no_openclaw(zone, kind)),
    };
    refuse_missing(zone, &installation)?;
    refuse_mismatch(zone, &installation)?;
    Ok((found, installation))
}

/// The OpenClaw of this machine, as options, shell or gateway select it.
pub(crate) fn of_this_machine(
    host: &Host,
    asked: &Selection,
) -> Result<(Zone, Installation), Problem> {
    let given = given_version(asked)?;
    let asked = Asked {
        state_dir: asked.state_dir.as_ref(),
        config: asked.openclaw_config.as_ref(),
        profile: asked.profile.as_ref(),
        version: None,
    };
    let installed = installed::on(host);
    let installation = here(host, Environment::of(host), asked, given, installed)?;
    Ok((Zone::of_this_machine(&installation), installation))
}

/// A zone of this machine: what the shell selects for another OpenClaw does not count.
fn in_zone_here(
    host: &Host,
    given: Option<Sourced<Version>>,
    zone: &KnownZone,
    place: &HereZone,
) -> Result<Installation, Problem> {
    let mut env = Environment::of(host);
    for selector in SELECTORS {
        env.unset(selector);
    }
    let sourced = |path: &PathBuf| Sourced::new(path.clone(), &*zone.source);
    let state_dir = sourced(&place.state_dir);
    let config = place.config.as_ref().map(sourced);
    let asked = Asked {
        state_dir: Some(&state_dir),
        config: config.as_ref(),
        ..Asked::default()
    };
    let written = match &place.openclaw_version {
        None => None,
        Some(text) => Some(Sourced::new(parsed(text, &zone.source)?, &*zone.source)),
    };
    let installed = match place.packages.as_slice() {
        [] => installed::on(host),
        roots => installed::in_roots(roots),
    };
    here(host, env, asked, given.or(written), installed)
}

fn here(
    host: &Host,
    env: Environment,
    asked: Asked<'_>,
    given: Option<Sourced<Version>>,
    mut installed: Vec<Package>,
) -> Result<Installation, Problem> {
    let home = host.home.clone().unwrap_or_default();
    let version = given.as_ref().map(|given| &given.value);
    let asked = Asked {
        version: version.or(installed.first().map(|package| &package.version)),
        ..asked
    };
    let around = Surroundings::choose(env, asked, gateway::found(&home, &host.etc), &home)?;
    let of_gateway = around
        .gateway
        .as_ref()
        .and_then(|gateway| installed::of_gateway(&gateway.name, gateway.programs()));
    installed.splice(0..0, of_gateway);
    let told = installed
        .first()
        .map(|package| Sourced::new(package.version.clone(), package.source.clone()));
    let told = Told {
        sure: given.or(told),
        guess: None,
    };
    Installation::read(around, &told, installed)
}

/// A zone in a virtual machine: its paths are those inside, of which this host has some.
fn in_vm(
    host: &Host,
    given: Option<Sourced<Version>>,
    zone: &KnownZone,
    vm: &VmZone,
    pinned: Option<&super::pinned::Pinned>,
) -> Result<Installation, Problem> {
    let around = Surroundings::inside(
        vm.mounts.clone(),
        &vm::variables(vm),
        &zone.source,
        host.uid,
    )?;
    let guess = pinned.and_then(|pinned| {
        let version = pinned.openclaw.as_ref()?.parse().ok()?;
        Some(Sourced::new(version, &*pinned.source))
    });
    // Its packages are in the virtual machine, which can change what lies in its directories here:
    // nothing from there is run on this host.
    let told = Told { sure: given, guess };
    let mut installation = Installation::read(around, &told, Vec::new())?;
    let agents = installation.agents.iter();
    let known: HashSet<_> = agents.map(|agent| agent.id.clone()).collect();
    let strangers = vm
        .agents
        .iter()
        .filter(|id| !known.contains(&normalised(id)));
    let strangers: Vec<_> = strangers.collect();
    if !strangers.is_empty() {
        let message = format!(
            "{} names agents that {} has not: {}",
            zone.file.display(),
            installation.config.value.display(),
            strangers
                .iter()
                .map(|id| id.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        );
        installation
            .notices
            .push(Notice::new("agents-differ", message));
    }
    Ok(installation)
}

/// The version that somebody told us.
fn given_version(asked: &Selection) -> Result<Option<Sourced<Version>>, Problem> {
    let Some(given) = &asked.openclaw_version else {
        return Ok(None);
    };
    let version = parsed(&given.value, &given.source)?;
    Ok(Some(Sourced::new(version, &*given.source)))
}

fn parsed(text: &str, source: &str) -> Result<Version, Problem> {
    text.parse().map_err(|()| {
        Problem::request("usage", format!("`{text}` is not a version of OpenClaw")).hint(format!(
            "write it as `openclaw --version` does: {source} 2026.5.12"
        ))
    })
}

/// A zone that is described has its place; another one cannot be meant at the same time.
fn refuse_other_places(asked: &Selection, zone: &KnownZone) -> Result<(), Problem> {
    let place = |option: &Option<Sourced<PathBuf>>| option.as_ref().map(|path| path.source.clone());
    let profile = asked.profile.as_ref().map(|profile| profile.source.clone());
    let other = place(&asked.state_dir)
        .or_else(|| place(&asked.openclaw_config))
        .or(profile);
    match other {
        None => Ok(()),
        Some(option) => Err(Problem::request(
            "usage",
            format!(
                "{option} does not go with zone `{}`, whose place is in {}",
                zone.name, zone.source
            ),
        )
        .hint("leave one of the two out")),
    }
}

fn no_openclaw(zone: &KnownZone, kind: &str) -> Problem {
    Problem::request(
        "unknown-zone",
        format!(
            "zone `{}` ({}) has no OpenClaw: its gateway is `{kind}`",
            zone.name, zone.source
        ),
    )
    .hint("codex-login zones")
}

/// A zone that is described and not there: mistyped, or never started.
fn refuse_missing(zone: &KnownZone, installation: &Installation) -> Result<(), Problem> {
    if installation.configured {
        return Ok(());
    }
    Err(Problem::request(
        "config-missing",
        format!(
            "zone `{}` ({}): {} does not exist",
            zone.name,
            zone.source,
            installation.config.value.display()
        ),
    )
    .hint("codex-login zones    # shows where each zone is taken to be"))
}

/// The configuration of a zone may name it, and then must name this one.
fn refuse_mismatch(zone: &KnownZone, installation: &Installation) -> Result<(), Problem> {
    match &installation.zone_id {
        Some(other) if *other != zone.name => Err(Problem::request(
            "zone-mismatch",
            format!(
                "zone `{}` ({}): {} is that of zone `{other}`",
                zone.name,
                zone.source,
                installation.config.value.display()
            ),
        )
        .hint("mend the description of the zone; codex-login zones shows it")),
        _ => Ok(()),
    }
}

fn unknown(asked: &str, here: &Zone, installation: &Installation, known: &KnownZones) -> Problem {
    let here = here
        .name
        .iter()
        .map(|name| format!("`{name}` (from {})", here.source));
    let others = known
        .zones
        .iter()
        .map(|zone| format!("`{}` (from {})", zone.name, zone.source));
    let all: Vec<_> = others.chain(here).collect();
    let message = if all.is_empty() {
        let config = installation.config.value.display();
        format!("unknown zone `{asked}`: none is known, and {config} names none")
    } else {
        format!("unknown zone `{asked}`: known is {}", all.join(", "))
    };
    Problem::request("unknown-zone", message)
        .hint("codex-login zones    # and without --zone: the OpenClaw of this machine")
}
