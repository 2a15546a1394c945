//! Which codex to run: the one that OpenClaw would, found without running anything.
//!
//! `order` is the table of where it is looked for, `search` looks at what is there, and this
//! module chooses.

mod notices;
mod order;
mod search;
mod why;

use std::path::PathBuf;

use serde_json::{Value, json};

pub(crate) use order::Step;

use crate::codex::command::{Launcher, unable_to_run};
use crate::codex::package::CodexPackage;
use crate::error::{Problem, Status};
use crate::host::Host;
use crate::node::globals::{self, Globals};
use crate::node::nodes;
use crate::openclaw::notice::Notice;
use crate::openclaw::plugin::Plugins;
use crate::sourced::Sourced;
use search::{Lead, Search};

/// What any package manager can do; the one that installs OpenClaw will know it, too.
const INSTALL: &str = "pnpm add -g @openai/codex    # or: npm install -g @openai/codex";

/// What decides where codex is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places<'a> {
    pub(crate) host: &'a Host,
    /// The one that somebody named.
    pub(crate) named: Option<&'a Sourced<PathBuf>>,
    /// Package roots of the zone, which go before the usual places.
    pub(crate) roots: &'a [PathBuf],
    /// What OpenClaw's files tell.
    pub(crate) openclaw: &'a Plugins,
}

/// How many of what was not taken a message names; a screen is not longer.
const TOLD: usize = 20;

/// The codex to run, and what was not taken.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub(crate) chosen: Sourced<CodexPackage>,
    /// By which step it was found.
    pub(crate) step: Step,
    /// How it is started.
    pub(crate) launcher: Launcher,
    /// Where the node of a launcher comes from.
    pub(crate) node_source: Option<String>,
    pub(crate) rejected: Vec<Candidate>,
    /// What everybody should know who runs it.
    pub(crate) cautions: Vec<Notice>,
    /// What `which` tells beside that.
    pub(crate) notices: Vec<Notice>,
}

/// A codex that was found and not taken, or a place that should have had one.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) path: PathBuf,
    pub(crate) version: Option<String>,
    pub(crate) source: String,
    pub(crate) step: Step,
    pub(crate) reason: String,
    /// The command that mends it.
    pub(crate) fix: Option<String>,
}

/// The places, and what is asked of the disk once.
struct Around<'a> {
    places: Places<'a>,
    /// The global projects of the zone, then those of the machine.
    globals: Globals,
    /// Real paths of OpenClaw's packages, which betray where pnpm is.
    leads: Vec<PathBuf>,
}

impl<'a> Around<'a> {
    fn of(places: Places<'a>) -> Around<'a> {
        let packages = places.openclaw.packages.iter();
        let leads: Vec<_> = packages
            .filter_map(|package| package.value.canonicalize().ok())
            .collect();
        let mut globals = globals::all(places.host, &leads);
        globals
            .modules
            .splice(0..0, globals::in_roots(places.roots));
        Around {
            places,
            globals,
            leads,
        }
    }
}

/// Looks for the codex to run, in the order of the table. The first that has its native binary is
/// taken; where none has, the first, which node is to start.
pub(crate) fn locate(places: Places<'_>) -> Result<Located, Problem> {
    let around = Around::of(places);
    let mut search = Search::default();
    for (step, find) in order::ORDER {
        // A scan of the stores can only guess.
        if step == Step::Store && search.has_native() {
            continue;
        }
        search.at(step);
        find(&around, &mut search);
    }
    search.refuse_bad_name()?;
    let Some(chosen) = search.choose() else {
        return Err(not_found(&search));
    };
    let package = chosen.package;
    let (launcher, node_source) =
        launcher(places.host, package, chosen.lead).map_err(|problem| search.explain(problem))?;
    Ok(Located {
        launcher,
        node_source,
        chosen: Sourced::new(package.clone(), &*chosen.lead.source),
        step: chosen.lead.step,
        rejected: search.rejected(Some(&chosen)),
        cautions: notices::cautions(&search, &chosen),
        notices: notices::of(&search, &chosen),
    })
}

/// The native binary, else the package's own launcher with a node.
fn launcher(
    host: &Host,
    package: &CodexPackage,
    lead: &Lead,
) -> Result<(Launcher, Option<String>), Problem> {
    if let Some(native) = Launcher::native(package) {
        return Ok((native, None));
    }
    let entry = package.entry.clone().unwrap_or_else(|| lead.path.clone());
    let repair = lead.repair.as_deref().unwrap_or(INSTALL);
    if package.needs_platform {
        let why = "its platform package is missing, which has the program itself";
        return Err(unable_to_run(&entry, why).hint(repair));
    }
    let above = package.link.as_deref().unwrap_or(&entry);
    let node = nodes::for_package(host, above).or_else(|| nodes::for_package(host, &entry));
    let Some(node) = node else {
        let why = "its platform package is missing, and there is no node on PATH, beside the package manager or in a version manager";
        return Err(unable_to_run(&entry, why).hint(repair));
    };
    let launcher = Launcher::Node {
        node: node.value,
        entry,
    };
    Ok((launcher, Some(node.source)))
}

impl Candidate {
    /// For people: how it was found, why it was not taken, and what to type about that.
    pub(crate) fn told(&self) -> String {
        let fix = self.fix.as_ref().map(|fix| format!(" (hint: {fix})"));
        format!(
            "{}: {}{}",
            self.source,
            self.reason,
            fix.unwrap_or_default()
        )
    }

    /// As `which --json` and the error document show it.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "path": self.path.display().to_string(),
            "version": self.version,
            "source": self.source,
            "step": self.step.word(),
            "reason": self.reason,
            "fix": self.fix,
        })
    }
}

/// No codex: 127, or 126 where there is one that cannot be executed.
fn not_found(search: &Search) -> Problem {
    let rejected = search.rejected(None);
    let told = rejected.iter().take(TOLD).map(|candidate| {
        let path = candidate.path.display();
        one_line(&format!("  rejected {path}: {}", candidate.reason))
    });
    let untold = rejected.len().saturating_sub(TOLD);
    let untold = (untold > 0).then(|| format!("  and {untold} more (`codex-login which --json`)"));
    let is_there = search.has_unexecutable();
    let (code, status, first) = if is_there {
        let first = "codex was found, and cannot be executed";
        ("codex-cannot-run", Status::CannotRun, first)
    } else {
        ("codex-not-found", Status::NotFound, "could not find codex")
    };
    let places = if is_there {
        Vec::new()
    } else {
        told_places(search)
    };
    let lines = std::iter::once(first.to_owned())
        .chain(told)
        .chain(untold)
        .chain(places);
    let message = lines.collect::<Vec<_>>().join("\n");
    search.explain(Problem::new(code, status, message).hint(search.remedy()))
}

/// A name with a line break in it must not make a line of its own.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// Only those that are there: most of the others never were.
fn told_places(search: &Search) -> Vec<String> {
    let (there, absent): (Vec<_>, Vec<_>) = search
        .searched()
        .into_iter()
        .partition(|place| place.is_dir());
    let mut lines: Vec<_> = there
        .iter()
        .map(|place| one_line(&format!("  looked in {}", place.display())))
        .collect();
    lines.push(format!(
        "  and in {} places that are not there (`codex-login which --json` lists them)",
        absent.len()
    ));
    lines
}
