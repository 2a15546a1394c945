//! `restore`: what `doctor --fix` has done, and undoing it.

use std::path::{Path, PathBuf};

use crate::agent::mend::aside::{Aside, Asides};
use crate::agent::mend::{Mend, round};
use crate::agent::user::User;
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::output::{Cell, Output};
use crate::report::mends::RestoreReport;
use crate::request::Selection;
use crate::target::Target;
use crate::zone::state;

pub(super) fn run(
    host: &Host,
    selection: &Selection,
    id: Option<&str>,
    output: Output,
) -> anyhow::Result<Ended> {
    refuse_agents(selection)?;
    let place = Place::of(host, selection, output)?;
    let again = place.command(&format!("restore {}", id.unwrap_or_default()));
    let user = User::who_decides(&place.state_dir, host.uid, again.trim_end())?;
    let answer = user.work(host.vars(), |_| place.answer(id))??;
    for manifest in &answer.damaged {
        let message = format!("{} is damaged", manifest.display());
        output.note(&message, Some("what was taken is beside it"));
    }
    if let Some(undone) = &answer.undone {
        for (mend, how) in undone {
            output.note(&format!("{how}: {mend}"), None);
        }
        let changed: Vec<_> = undone.iter().map(|(mend, _)| mend.clone()).collect();
        super::note_restart(host, place.target.as_ref(), &changed, output);
    }
    let answered = if output.style.json {
        output.json(&answer.document)
    } else if id.is_some() {
        Ok(())
    } else if answer.rows.is_empty() {
        output.note("there is nothing to undo", None);
        Ok(())
    } else {
        output.rows(&["ID", "STEPS", "WHAT"], &answer.rows)
    };
    super::unless_reader_left(answered)?;
    Ok(Ended::With(Status::Done))
}

/// A mend is one for all whom it concerns.
fn refuse_agents(selection: &Selection) -> Result<(), Problem> {
    if selection.agents.is_empty() {
        return Ok(());
    }
    Err(Problem::request(
        "usage",
        "`restore` undoes a whole `doctor --fix`, and takes no agent",
    )
    .hint("codex-login restore    # lists what can be undone"))
}

/// The OpenClaw whose mends are meant.
struct Place {
    state_dir: PathBuf,
    /// `None` where its configuration cannot be read, which a mend may have to do with.
    target: Option<Target>,
}

/// What is left to undo, and what was, each with what became of it.
struct Answer {
    document: RestoreReport,
    rows: Vec<Vec<Cell>>,
    undone: Option<Vec<(Mend, &'static str)>>,
    /// Manifests that say nothing.
    damaged: Vec<PathBuf>,
}

impl Place {
    fn of(host: &Host, selection: &Selection, output: Output) -> Result<Place, Problem> {
        let problem = match Target::resolve(host, selection) {
            Ok(target) => {
                target.refuse_without_openclaw()?;
                let state_dir = target.openclaw.state_dir.value.clone();
                let target = Some(target);
                return Ok(Place { state_dir, target });
            }
            Err(problem) => problem,
        };
        let state_dir = state::state_dir(host, selection).ok().flatten();
        let has_mends = |dir: &PathBuf| Asides::are_there(dir);
        let state_dir = state_dir.filter(has_mends).ok_or_else(|| problem.clone())?;
        let message = format!("going by {} alone: {problem}", state_dir.display());
        output.note(&message, None);
        Ok(Place {
            state_dir,
            target: None,
        })
    }

    fn command(&self, arguments: &str) -> String {
        match &self.target {
            Some(target) => target.typed_command(arguments),
            None => format!("codex-login {arguments}"),
        }
    }

    /// The same for whoever has typed this.
    fn again(&self, arguments: &str) -> String {
        let typed = self.target.as_ref().map_or("", Target::typed);
        format!("codex-login {typed}{arguments}")
    }

    fn answer(&self, id: Option<&str>) -> Result<Answer, Problem> {
        let unable = |error: std::io::Error| Problem::request("aside", error.to_string());
        let asides = Asides::of(&self.state_dir).map_err(unable)?;
        let (mut all, mut damaged) = (Vec::new(), Vec::new());
        for asides in &asides {
            let (some, unread) = asides.all().map_err(unable)?;
            all.extend(some);
            damaged.extend(unread);
        }
        let mut undone = None;
        if let Some(id) = id {
            let place = all.iter().position(|aside| aside.id == id);
            let place = place.ok_or_else(|| self.unknown(id, &all))?;
            undone = Some(self.undo(&all.remove(place))?);
        }
        asides.into_iter().for_each(Asides::tidy);
        Ok(Answer {
            document: RestoreReport::new(&all, id),
            rows: all.iter().map(row).collect(),
            undone,
            damaged,
        })
    }

    fn unknown(&self, id: &str, all: &[Aside]) -> Problem {
        let known: Vec<_> = all.iter().map(|aside| aside.id.as_str()).collect();
        let known = match known.as_slice() {
            [] => "there is nothing to undo, or no more".to_owned(),
            known => format!("there are {}", known.join(", ")),
        };
        Problem::request("unknown-restore", format!("unknown id `{id}`: {known}"))
            .hint(self.again("restore"))
    }

    fn undo(&self, aside: &Aside) -> Result<Vec<(Mend, &'static str)>, Problem> {
        let changed = round::changed(aside);
        if !changed.is_empty() {
            return Err(refused(aside, &changed));
        }
        let undone = round::told(aside);
        round::undo(aside).map_err(|error| {
            Problem::request("restore", format!("could not undo all of it: {error}"))
                .hint(self.again(&format!("restore {}", aside.id)))
        })?;
        Ok(undone)
    }
}

fn refused(aside: &Aside, changed: &[Mend]) -> Problem {
    let lines: Vec<_> = changed.iter().map(|mend| format!("  {mend}")).collect();
    let message = format!(
        "nothing was undone: what these steps changed has changed since\n{}",
        lines.join("\n")
    );
    let first = changed.first().map_or(Path::new(""), Mend::path);
    let (first, dir) = (first.display(), aside.dir.display());
    Problem::request("changed-since", message).hint(format!(
        "what was taken is in {dir}: where it is to come back, put what is at {first} now elsewhere, and try again"
    ))
}

fn row(aside: &Aside) -> Vec<Cell> {
    let told = round::told(aside);
    let done = told.iter().filter(|(_, how)| *how == round::UNDONE);
    let count = format!("{} of {}", done.count(), told.len());
    let what = told.iter().map(|(mend, how)| match *how {
        round::UNDONE => mend.to_string(),
        how => format!("{mend} ({how})"),
    });
    vec![
        Cell::new(&aside.id),
        Cell::new(count),
        Cell::new(what.collect::<Vec<_>>().join("; ")),
    ]
}
