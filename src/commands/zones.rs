//! `zones`: the zones that are known, and which file describes each.

use std::path::Path;

use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::output::{Cell, Output};
use crate::report::{ZoneReport, ZonesReport};
use crate::request::Selection;
use crate::zone;
use crate::zone::known::{KnownZone, Place, known_zones};

pub(super) fn run(host: &Host, selection: &Selection, output: Output) -> anyhow::Result<Ended> {
    let known = known_zones(host, selection.zones_file.as_ref())?;
    // A broken configuration of this machine's must not hide the others.
    let here = here(host, selection).unwrap_or_else(|problem| {
        output.note(&problem.to_string(), problem.hint.as_deref());
        None
    });
    let zones = known.zones.iter().map(described).chain(here).collect();
    let searched = known.searched.iter().map(|searched| text(&searched.file));
    let report = ZonesReport::new(zones, searched.collect());
    if report.zones.is_empty() {
        note_how_to_define(&report, output);
    }
    if output.style.json {
        output.json(&report)?;
    } else {
        let rows: Vec<_> = report.zones.iter().map(row).collect();
        output.rows(&["ZONE", "KIND", "STATE_DIR", "SOURCE"], &rows)?;
    }
    Ok(Ended::With(Status::Done))
}

/// The zone that this machine's OpenClaw is in, where its configuration names one.
fn here(host: &Host, selection: &Selection) -> Result<Option<ZoneReport>, Problem> {
    let (zone, installation) = zone::of_this_machine(host, selection)?;
    let state_dir = installation.state_dir.value;
    let config = installation.config.value;
    Ok(zone.name.map(|name| ZoneReport {
        name,
        kind: "this-machine",
        gateway: "openclaw".to_owned(),
        state_dir: Some(text(&state_dir)),
        config: Some(text(&config)),
        source: zone.source,
        file: text(&config),
        shadowed_by: None,
    }))
}

fn described(zone: &KnownZone) -> ZoneReport {
    let (kind, gateway, state_dir, config) = match &zone.place {
        Place::Here(here) => (
            "zones.toml",
            "openclaw",
            Some(&here.state_dir),
            here.config.as_ref(),
        ),
        Place::AgentVm(vm) => (
            "agent-vm",
            "openclaw",
            Some(&vm.state_dir),
            Some(&vm.config),
        ),
        Place::Other(gateway) => ("other", gateway.as_str(), None, None),
    };
    ZoneReport {
        name: zone.name.clone(),
        kind,
        gateway: gateway.to_owned(),
        state_dir: state_dir.map(|path| text(path)),
        config: config.map(|path| text(path)),
        source: zone.source.clone(),
        file: text(&zone.file),
        shadowed_by: None,
    }
}

fn row(zone: &ZoneReport) -> Vec<Cell> {
    let mut source = zone.source.clone();
    if zone.kind == "other" {
        source = format!("{source}: no OpenClaw, its gateway is `{}`", zone.gateway);
    }
    if let Some(file) = &zone.shadowed_by {
        source = format!("{source}: not used, {file} has one of this name");
    }
    let state_dir = zone.state_dir.as_deref().unwrap_or("-");
    [&zone.name, zone.kind, state_dir, &source]
        .map(Cell::new)
        .to_vec()
}

fn note_how_to_define(report: &ZonesReport, output: Output) {
    let searched = match report.searched.join(", ") {
        searched if searched.is_empty() => "there was nowhere to look".to_owned(),
        searched => format!("looked at {searched}"),
    };
    output.note(
        &format!("no zone is known: {searched}"),
        Some("define one in zones.toml: [zones.NAME] with state_dir = \"DIR\" below it"),
    );
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
