//! `restore`: what `doctor --fix` has done, and undoing it.

use std::path::PathBuf;

use crate::agent::mend::aside::{Aside, Asides};
use crate::agent::mend::{Mend, round};
use crate::agent::user::User;
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::output::{Cell, Output};
use crate::report::mends::RestoreReport;
use crate::request::Selection;
use crate::target::Target;

pub(super) fn run(
    host: &Host,
    selection: &Selection,
    id: Option<&str>,
    output: Output,
) -> anyhow::Result<Ended> {
    let target = Target::resolve(host, selection)?;
    target.refuse_without_openclaw()?;
    let state_dir = &target.openclaw.state_dir.value;
    let again = "codex-login restore";
    let user = User::who_decides(state_dir, host.uid, again)?;
    let visit = Visit {
        target: &target,
        id,
    };
    let report = user.work(host.vars(), |_| visit.run())??;
    for manifest in &report.damaged {
        let message = format!("{} is damaged", manifest.display());
        output.note(&message, Some("what was taken is beside it"));
    }
    if let Some(undone) = &report.undone {
        for mend in undone {
            output.note(&format!("undone: {mend}"), None);
        }
        super::note_restart(host, &target, undone, output);
    }
    let answered = if output.style.json {
        output.json(&report.document)
    } else if id.is_none() {
        if report.rows.is_empty() {
            output.note("there is nothing to undo", None);
        }
        output.rows(&["ID", "STEPS", "WHAT"], &report.rows)
    } else {
        Ok(())
    };
    super::unless_reader_left(answered)?;
    Ok(Ended::With(Status::Done))
}

struct Visit<'a> {
    target: &'a Target,
    id: Option<&'a str>,
}

/// What is left to undo, and what was.
struct Answer {
    document: RestoreReport,
    rows: Vec<Vec<Cell>>,
    undone: Option<Vec<Mend>>,
    /// Manifests that say nothing.
    damaged: Vec<PathBuf>,
}

impl Visit<'_> {
    fn run(&self) -> Result<Answer, Problem> {
        let state_dir = &self.target.openclaw.state_dir.value;
        let unable = |error: std::io::Error| Problem::request("aside", error.to_string());
        let asides = Asides::of(state_dir).map_err(unable)?;
        let (mut all, mut damaged) = (Vec::new(), Vec::new());
        for asides in &asides {
            let (some, unread) = asides.all().map_err(unable)?;
            all.extend(some);
            damaged.extend(unread);
        }
        let mut undone = None;
        if let Some(id) = self.id {
            let place = all.iter().position(|aside| aside.id == id);
            let place = place.ok_or_else(|| self.unknown(id, &all))?;
            undone = Some(undo(&all.remove(place))?);
        }
        asides.into_iter().for_each(Asides::tidy);
        Ok(Answer {
            document: RestoreReport::new(&all, self.id),
            rows: all.iter().map(row).collect(),
            undone,
            damaged,
        })
    }

    fn unknown(&self, id: &str, all: &[Aside]) -> Problem {
        let known: Vec<_> = all.iter().map(|aside| aside.id.as_str()).collect();
        let known = match known.as_slice() {
            [] => "there is nothing to undo".to_owned(),
            known => format!("there are {}", known.join(", ")),
        };
        Problem::request("unknown-restore", format!("unknown id `{id}`: {known}"))
            .hint(format!("codex-login {}restore", self.target.typed()))
    }
}

fn undo(aside: &Aside) -> Result<Vec<Mend>, Problem> {
    let changed = round::changed(aside);
    if !changed.is_empty() {
        let changed: Vec<_> = changed.iter().map(|mend| format!("  {mend}")).collect();
        let message = format!(
            "nothing was undone: what was changed by these steps has changed since\n{}",
            changed.join("\n")
        );
        let dir = aside.dir.display();
        let hint = format!("what was taken is in {dir}: compare by hand, and remove one of both");
        return Err(Problem::request("changed-since", message).hint(hint));
    }
    let undone = round::standing_done(aside);
    round::undo(aside).map_err(|error| {
        Problem::request("restore", format!("could not undo all of it: {error}"))
            .hint(format!("codex-login restore {}", aside.id))
    })?;
    Ok(undone)
}

fn row(aside: &Aside) -> Vec<Cell> {
    let done = round::standing_done(aside);
    let what: Vec<_> = done.iter().map(ToString::to_string).collect();
    vec![
        Cell::new(&aside.id),
        Cell::new(format!("{} of {}", done.len(), aside.manifest.steps.len())),
        Cell::new(what.join("; ")),
    ]
}
