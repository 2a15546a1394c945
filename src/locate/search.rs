//! Looking at what can be a codex: each place in the order in which it is given.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::order::Step;
use super::why::Why;
use crate::codex::package::{CodexPackage, LAUNCHER, Rejection};
use crate::node::globals::Unlisted;
use crate::node::shim::{self, Behind};

/// A place that was looked at.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    pub(super) step: Step,
    pub(super) path: PathBuf,
    pub(super) source: String,
    pub(super) found: Result<CodexPackage, Why>,
    /// The command that installs it again.
    pub(super) repair: Option<String>,
    /// The version behind what is refused.
    pub(super) would_be: Option<semver::Version>,
    /// What the plugin that leads there asks for.
    pub(super) pin: Option<Pin>,
}

/// The version of codex that a plugin was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pin {
    pub(super) version: String,
    pub(super) plugin: PathBuf,
}

/// All that was looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    step: Step,
    pub(super) leads: Vec<Lead>,
    searched: Vec<PathBuf>,
}

/// A codex that can be run, and what led to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen<'a> {
    pub(super) lead: &'a Lead,
    pub(super) package: &'a CodexPackage,
}

impl Search {
    /// What comes now is of this step.
    pub(super) fn at(&mut self, step: Step) {
        self.step = step;
    }

    /// Looks at `dir`, where the package may be. That there is nothing is not worth telling, but
    /// for a dangling link.
    pub(super) fn package(&mut self, dir: &Path, source: &str) -> Option<&mut Lead> {
        match CodexPackage::at(dir) {
            Err(Rejection::Missing) => None,
            found => Some(self.lead(dir, source, found.map_err(Why::Rejected))),
        }
    }

    /// Looks at a file that somebody named: a launcher, a binary, a shim, a script of their own.
    pub(super) fn file(&mut self, file: &Path, source: &str) -> &mut Lead {
        let found = match shim::behind(file, LAUNCHER) {
            Behind::Script(script) => CodexPackage::of_launcher(&script),
            _ => CodexPackage::of_binary(file),
        };
        self.lead(file, source, found.map_err(Why::Rejected))
    }

    /// Looks at what goes by the name of codex, and may be something else.
    pub(super) fn command(&mut self, file: &Path, source: &str) -> &mut Lead {
        let found = match shim::behind(file, LAUNCHER) {
            Behind::Dangling => Err(Rejection::Dangling.into()),
            Behind::Script(script) => match CodexPackage::of_launcher(&script) {
                Err(Rejection::Missing) => Err(Why::DeadShim(script)),
                found => found.map_err(Why::Rejected),
            },
            Behind::Program(real) if !is_codex(&real) => Err(Why::AnotherProgram(real)),
            Behind::Program(real) => CodexPackage::of_binary(&real).map_err(Why::Rejected),
            Behind::Unclear => Err(Why::Unclear),
        };
        self.lead(file, source, found)
    }

    /// Notes what is there and is not to be taken, or could not be looked at.
    pub(super) fn refused(&mut self, path: &Path, source: &str, why: Why) -> &mut Lead {
        self.lead(path, source, Err(why))
    }

    /// Notes directories that could hold a codex, and could not be listed.
    pub(super) fn unlisted(&mut self, all: &[Unlisted], source: &str) {
        for Unlisted { dir, why } in all {
            self.refused(dir, source, Why::Unlisted(*why));
        }
    }

    /// Notes that this place was looked at.
    pub(super) fn place(&mut self, path: PathBuf) {
        self.searched.push(path);
    }

    fn lead(&mut self, path: &Path, source: &str, found: Result<CodexPackage, Why>) -> &mut Lead {
        self.leads.push(Lead {
            step: self.step,
            path: path.to_owned(),
            source: source.to_owned(),
            found,
            repair: None,
            would_be: None,
            pin: None,
        });
        let last = self.leads.len() - 1;
        &mut self.leads[last]
    }

    /// Puts what was found from `first` on in the order of its versions: the highest release, then
    /// what came before a release.
    pub(super) fn newest_first(&mut self, first: usize) {
        self.leads[first..].sort_by_key(|lead| {
            let version = lead.version().cloned();
            let is_release = version
                .as_ref()
                .is_some_and(|version| version.pre.is_empty());
            std::cmp::Reverse((is_release, version))
        });
    }

    /// Whether there is a codex that can be run without its launcher.
    pub(super) fn has_native(&self) -> bool {
        let mut packages = self
            .leads
            .iter()
            .filter_map(|lead| lead.found.as_ref().ok());
        packages.any(|package| package.native.is_some())
    }

    /// The one that somebody named; else the first with its native binary; else the first.
    pub(super) fn choose(&self) -> Option<Chosen<'_>> {
        let usable = || {
            self.leads.iter().filter_map(|lead| {
                let package = lead.found.as_ref().ok()?;
                Some(Chosen { lead, package })
            })
        };
        let named = usable().find(|chosen| chosen.lead.is_named());
        let native = || usable().find(|chosen| chosen.package.native.is_some());
        named.or_else(native).or_else(|| usable().next())
    }

    /// Every place that was looked at, each once.
    pub(super) fn searched(&self) -> Vec<PathBuf> {
        let mut seen = BTreeSet::new();
        let all = self.searched.iter();
        all.filter(|place| seen.insert(*place)).cloned().collect()
    }
}

impl Lead {
    pub(super) fn is_named(&self) -> bool {
        self.step == Step::Named
    }

    pub(super) fn version(&self) -> Option<&semver::Version> {
        self.found.as_ref().ok()?.version.as_ref()
    }
}

/// Whether a program goes by the name of codex: a version manager's shim is the manager itself.
fn is_codex(program: &Path) -> bool {
    let name = program.file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    name == "codex" || name.starts_with("codex-")
}
