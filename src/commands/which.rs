//! `which`: the codex, OpenClaw and homes that would be used, and what was not taken.

use crate::error::{Ended, Status};
use crate::host::Host;
use crate::locate::Located;
use crate::output::{Cell, Output};
use crate::report::Report;
use crate::request::Selection;
use crate::target::{Target, Unnamed};

pub(super) fn run(host: &Host, selection: &Selection, output: Output) -> anyhow::Result<Ended> {
    let target = Target::resolve(host, selection)?;
    let agents = target.selected(Unnamed::Every)?;
    let located = target.locate(host, selection)?;
    let report = Report::of_places(&target, Some(&located), &agents);
    if output.style.json {
        output.json(&report)?;
        return Ok(Ended::With(Status::Done));
    }
    super::note_what_is_assumed(&target, Some(&located), &agents, output);
    // What, which one, where, and how that is known.
    let mut rows = of_codex(&located);
    rows.extend(of_openclaw(&target));
    for agent in &report.agents {
        rows.push(
            ["home", &agent.id, &agent.codex_home, &agent.source]
                .map(Cell::new)
                .to_vec(),
        );
    }
    for candidate in &located.rejected {
        let version = candidate.version.as_deref().unwrap_or("-");
        let path = candidate.path.display().to_string();
        let why = format!("{}: {}", candidate.source, candidate.reason);
        rows.push(["rejected", version, &path, &why].map(Cell::new).to_vec());
    }
    output.blocks(&rows)?;
    Ok(Ended::With(Status::Done))
}

fn of_codex(located: &Located) -> Vec<Vec<Cell>> {
    let package = &located.chosen.value;
    let version = package.version_text();
    let source = &located.chosen.source;
    let native = package
        .native
        .as_ref()
        .map(|path| path.display().to_string());
    let entry = package
        .entry
        .as_ref()
        .map(|path| path.display().to_string());
    let mut rows = Vec::new();
    if let Some(entry) = &entry {
        rows.push(["codex", &version, entry, source].map(Cell::new).to_vec());
    }
    let starts = match &native {
        Some(native) => ["runs", "native", native, source].map(Cell::new).to_vec(),
        None => [
            "runs",
            "node",
            "bin/codex.js",
            "the native binary is missing",
        ]
        .map(Cell::new)
        .to_vec(),
    };
    rows.push(starts);
    rows
}

fn of_openclaw(target: &Target) -> Vec<Vec<Cell>> {
    let openclaw = &target.openclaw;
    let (version, source) = match &openclaw.release {
        Some(version) => (version.value.to_string(), version.source.as_str()),
        None => ("unknown".to_owned(), "--openclaw-version tells it"),
    };
    let config = openclaw.config.value.display().to_string();
    let state = openclaw.state_dir.value.display().to_string();
    let zone = target.zone.name.as_deref().unwrap_or("-");
    vec![
        ["zone", zone, "-", &target.zone.source]
            .map(Cell::new)
            .to_vec(),
        ["openclaw", &version, openclaw.route.word(), source]
            .map(Cell::new)
            .to_vec(),
        ["state", "-", &state, &openclaw.state_dir.source]
            .map(Cell::new)
            .to_vec(),
        ["config", "-", &config, &openclaw.config.source]
            .map(Cell::new)
            .to_vec(),
    ]
}
