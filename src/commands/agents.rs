//! `agents`: the agents, their directories and where each came from.

use crate::error::{Ended, Status};
use crate::host::Host;
use crate::output::{Cell, Output};
use crate::report::Report;
use crate::request::Selection;
use crate::target::{Target, Unnamed};

pub(super) fn run(host: &Host, selection: &Selection, output: Output) -> anyhow::Result<Ended> {
    let target = Target::resolve(host, selection)?;
    let agents = target.selected(Unnamed::Every)?;
    let mut report = Report::of_places(&target, None, &agents);
    if output.style.verbose > 0 {
        report.add_leftovers(&target.openclaw.leftovers);
    }
    if output.style.json {
        output.json(&report)?;
        return Ok(Ended::With(Status::Done));
    }
    super::note_what_is_assumed(&target, None, &agents, output);
    let rows: Vec<_> = report
        .agents
        .iter()
        .map(|agent| {
            let default = if agent.is_default { "default" } else { "-" };
            [&agent.id, default, &agent.codex_home, &agent.source]
                .map(Cell::new)
                .to_vec()
        })
        .collect();
    if output.style.verbose > 0 {
        for path in &target.openclaw.leftovers {
            let path = path.display();
            output.note(
                &format!("{path}: left over, no agent of the configuration owns it"),
                None,
            );
        }
    }
    output.rows(&["AGENT", "DEFAULT", "CODEX_HOME", "SOURCE"], &rows)?;
    Ok(Ended::With(Status::Done))
}
