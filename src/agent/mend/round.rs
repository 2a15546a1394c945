//! A round of mends, and the way back: each step by itself, so that one that fails stops no other.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::agent::mend::Mend;
use crate::agent::mend::aside::{Aside, Asides};
use crate::agent::mend::step::{Standing, Step};

/// What came of a round.
#[derive(Debug)]
pub(crate) struct Round {
    /// How `restore` is told which one to undo; `None` where nothing was begun.
    pub(crate) id: Option<String>,
    pub(crate) dir: Option<PathBuf>,
    pub(crate) done: Vec<Mend>,
    /// Why, in words.
    pub(crate) failed: Vec<(Mend, String)>,
}

/// Does all of it, as the owner of the state directory, who we are.
pub(crate) fn apply(state_dir: &Path, now: Timestamp, mends: Vec<Mend>) -> io::Result<Round> {
    let mut round = Round {
        id: None,
        dir: None,
        done: Vec::new(),
        failed: Vec::new(),
    };
    let mut steps = Vec::new();
    for mend in mends {
        match Step::of(&mend, steps.len() + 1) {
            Ok(step) => steps.push(step),
            Err(error) => round.failed.push((mend, in_words(&error))),
        }
    }
    if steps.is_empty() {
        return Ok(round);
    }
    forget_replaced(&mut steps);
    // Ours to the end: a `restore` in between would undo what is not done yet.
    let asides = Asides::make(state_dir)?;
    let aside = asides.begin(now, steps)?;
    for step in &aside.manifest.steps {
        match step.apply(&aside.dir) {
            Ok(()) => round.done.push(step.mend()),
            Err(error) => {
                // What is left of it `restore` removes.
                let _ = step.give_up(&aside.dir);
                round.failed.push((step.mend(), in_words(&error)));
            }
        }
    }
    if round.done.is_empty() {
        // Nothing is in it.
        undo(&aside).unwrap_or_default();
    } else {
        round.id = Some(aside.id);
        round.dir = Some(aside.dir);
    }
    Ok(round)
}

/// A file that this run writes anew is another one afterwards.
fn forget_replaced(steps: &mut [Step]) {
    let is_rewritten = |step: &Step| matches!(step, Step::TakeOut { .. } | Step::EmptyOrder { .. });
    let rewritten = steps.iter().filter(|step| is_rewritten(step));
    let rewritten: Vec<_> = rewritten.map(Step::mend).collect();
    for step in steps {
        if let Step::Tighten { path, inode, .. } = step
            && rewritten.iter().any(|mend| mend.path() == path.as_path())
        {
            *inode = None;
        }
    }
}

/// What has changed since, so that undoing would overwrite it.
pub(crate) fn changed(aside: &Aside) -> Vec<Mend> {
    let steps = aside.manifest.steps.iter();
    let changed = steps.filter(|step| step.standing(&aside.dir) == Standing::Changed);
    changed.map(Step::mend).collect()
}

/// What is told of a step that is there to be undone.
pub(crate) const UNDONE: &str = "undone";

/// The steps, each with what undoing makes of it.
pub(crate) fn told(aside: &Aside) -> Vec<(Mend, &'static str)> {
    let steps = aside.manifest.steps.iter();
    let told = steps.map(|step| {
        let how = match step.standing(&aside.dir) {
            Standing::Done => UNDONE,
            Standing::NotDone => "not done, or undone before",
            Standing::Changed => "changed since",
        };
        (step.mend(), how)
    });
    told.collect()
}

/// Undoes all of it, the last step first, and removes its directory. What is undone by an earlier
/// run that was killed is passed over.
pub(crate) fn undo(aside: &Aside) -> io::Result<()> {
    for step in aside.manifest.steps.iter().rev() {
        step.undo(&aside.dir).map_err(|error| {
            let what = step.mend();
            io::Error::new(error.kind(), format!("{what}: {}", in_words(&error)))
        })?;
    }
    aside.remove()
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::CrossesDevices => {
            "it is on another file system than the state directory: move it by hand".to_owned()
        }
        _ => error.to_string(),
    }
}
