//! `which`: the codex, OpenClaw and homes that would be used, and what was not taken.

use std::path::{Path, PathBuf};

use crate::agent::user::User;
use crate::codex::command::Launcher;
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::locate::Located;
use crate::openclaw::profiles::sources::Trouble;
use crate::openclaw::program::Program;
use crate::openclaw::route::Route;
use crate::output::{Cell, Output};
use crate::process::signals::Watch;
use crate::report::Report;
use crate::request::Selection;
use crate::sourced::Sourced;
use crate::target::{Target, Unnamed};

type Shared = Result<Sourced<PathBuf>, Trouble>;

pub(super) fn run(host: &Host, selection: &Selection, output: Output) -> anyhow::Result<Ended> {
    let target = Target::resolve(host, selection)?;
    let agents = target.selected(Unnamed::Every)?;
    let located = target.locate(host, selection);
    let found = located.as_ref().ok();
    let mut report = Report::of_places(&target, found, &agents);
    let program = program(host, &target)?;
    report.add_program(program.as_ref());
    let shared = shared_store(host, &target)?;
    report.add_shared_store(shared.as_ref().and_then(|store| store.as_ref().ok()));
    if output.style.json {
        return match &located {
            Ok(_) => output.json(&report).map(|()| Ended::With(Status::Done)),
            Err(problem) => output
                .json(&report.failed(problem))
                .map(|()| Ended::With(problem.status)),
        }
        .map_err(Into::into);
    }
    super::note_what_is_assumed(&target, found, &agents, output);
    for notice in found.iter().flat_map(|located| &located.notices) {
        output.note(&notice.message, notice.fix.as_deref());
    }
    // What, which one, where, and how that is known.
    let mut rows = found.map(of_codex).unwrap_or_default();
    rows.extend(of_openclaw(&target));
    match &program {
        Some(Ok(program)) => rows.extend(of_program(program)),
        Some(Err(problem)) => output.note(&problem.to_string(), problem.hint.as_deref()),
        None => {}
    }
    match &shared {
        Some(Ok(store)) => {
            let path = store.value.display().to_string();
            let row = ["shared", "-", &path, &store.source];
            rows.push(row.map(Cell::new).to_vec());
        }
        Some(Err(trouble)) => {
            let (path, why) = (trouble.path.display(), &trouble.why);
            output.note(
                &format!("what all agents inherit is not known because of {path}: {why}"),
                None,
            );
        }
        None => {}
    }
    for agent in &report.agents {
        let row = ["home", &agent.id, &agent.codex_home, &agent.source];
        rows.push(row.map(Cell::new).to_vec());
    }
    for candidate in found.iter().flat_map(|located| &located.rejected) {
        let version = candidate.version.as_deref().unwrap_or("-");
        let path = candidate.path.display().to_string();
        let why = candidate.told();
        rows.push(["rejected", version, &path, &why].map(Cell::new).to_vec());
    }
    output.blocks(&rows)?;
    located?;
    Ok(Ended::With(Status::Done))
}

/// The `openclaw` that a login is handed to, where that is the way.
fn program(host: &Host, target: &Target) -> anyhow::Result<Option<Result<Program, Problem>>> {
    if target.openclaw.route != Route::Import {
        return Ok(None);
    }
    let mut watch = Watch::start(host)?;
    Ok(Some(target.program(host, None, &mut watch)))
}

/// The store of what all agents inherit, where they go by such stores alone; read as its owner.
fn shared_store(host: &Host, target: &Target) -> anyhow::Result<Option<Shared>> {
    if target.openclaw.route != Route::Import {
        return Ok(None);
    }
    let owner = User::who_owns(&target.openclaw.state_dir.value, host.uid);
    let store = owner.work(host.vars(), |_| target.openclaw.profiles.shared_store())?;
    Ok(Some(store))
}

fn of_program(program: &Program) -> Vec<Vec<Cell>> {
    let Program { command, node, .. } = program;
    let row = |cells: [&str; 4]| cells.map(Cell::new).to_vec();
    let entry = command.entry.display().to_string();
    let version = command.version.to_string();
    let of_node = program.node_version.to_string();
    let path = node.value.display().to_string();
    vec![
        row(["imports", &version, &entry, &command.source]),
        row(["node", &of_node, &path, &node.source]),
    ]
}

fn of_codex(located: &Located) -> Vec<Vec<Cell>> {
    let package = &located.chosen.value;
    let version = package.version_text();
    let mut source = located.chosen.source.clone();
    source.push_str(if located.step.is_managed() {
        ", OpenClaw's own"
    } else {
        ", not managed by OpenClaw"
    });
    let row = |cells: [&str; 4]| cells.map(Cell::new).to_vec();
    let shown = |path: &Path| path.display().to_string();
    let mut rows = Vec::new();
    if let Some(entry) = &package.entry {
        rows.push(row(["codex", &version, &shown(entry), &source]));
    }
    let has_package = package.entry.is_some();
    rows.push(match &located.launcher {
        Launcher::Native { binary, .. } if has_package => {
            row(["runs", "native", &shown(binary), "its platform package"])
        }
        Launcher::Native { binary, .. } => row(["codex", &version, &shown(binary), &source]),
        Launcher::Node { node, .. } => {
            let found = located.node_source.as_deref().unwrap_or("-");
            row(["runs", "node", &shown(node), found])
        }
    });
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
