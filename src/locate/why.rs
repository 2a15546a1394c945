//! Why something was not taken, and what to type about it.

use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::search::{Chosen, Lead, Search};
use super::{Candidate, INSTALL};
use crate::codex::command::unable_to_run;
use crate::codex::package::Rejection;
use crate::error::{Problem, Status};
use crate::openclaw::plugin::Refusal;
use crate::shell::quoted;

/// What helps against a directory that is closed to us.
const AS_GATEWAY: &str = "run codex-login as the gateway's user, who may look there";

/// Why there is no codex to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// What is there is none.
    Rejected(Rejection),
    /// A shim of a version that was removed.
    DeadShim(PathBuf),
    /// A program of another name, such as a version manager's.
    AnotherProgram(PathBuf),
    /// A shell script that does not say what it starts.
    Unclear,
    /// OpenClaw would not load the plugin.
    Plugin(Refusal),
    /// The plugin finds no codex from where it is.
    Unresolved,
    /// The plugin is not where the record has it.
    Gone,
    /// A command of the user's own that this shell does not find.
    NotOnPath,
    /// One with arguments behind it.
    Arguments,
    /// A record of OpenClaw's that could not be read.
    Record(ErrorKind),
    /// A directory that could not be listed.
    Unlisted(ErrorKind),
}

impl From<Rejection> for Why {
    fn from(rejection: Rejection) -> Why {
        Why::Rejected(rejection)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Rejected(rejection) => rejection.fmt(f),
            Why::DeadShim(script) => {
                write!(
                    f,
                    "a shim of a removed version: {} is not there",
                    script.display()
                )
            }
            Why::AnotherProgram(program) => {
                write!(
                    f,
                    "starts {}, which has its own ways to a codex",
                    program.display()
                )
            }
            Why::Unclear => f.write_str("a script that does not say which codex it starts"),
            Why::Plugin(refusal) => refusal.fmt(f),
            Why::Unresolved => f.write_str("the plugin finds no @openai/codex from there"),
            Why::Gone => f.write_str("recorded, but not there"),
            Why::Arguments => f.write_str(
                "OpenClaw takes the whole of it for a file's name: arguments do not go there",
            ),
            Why::NotOnPath => f.write_str("not on this shell's PATH; the gateway's may be another"),
            Why::Record(kind) => write!(f, "could not be read: {kind}"),
            Why::Unlisted(kind) => write!(f, "could not be listed: {kind}"),
        }
    }
}

impl Why {
    /// Whether there is a codex all the same, which cannot be executed.
    fn is_of_a_codex(&self) -> bool {
        matches!(
            self,
            Why::Rejected(Rejection::NotExecutable(_) | Rejection::NotProgram(_))
        )
    }

    /// Whether we were kept from looking.
    pub(super) fn is_denied(&self) -> bool {
        matches!(
            self,
            Why::Rejected(Rejection::Unreadable(ErrorKind::PermissionDenied))
                | Why::Record(ErrorKind::PermissionDenied)
                | Why::Unlisted(ErrorKind::PermissionDenied)
        )
    }

    /// What to do about it; `repair` is what installs the thing again, or mends its setting.
    pub(super) fn remedy(&self, repair: Option<&str>) -> Option<String> {
        let repair = || repair.map(str::to_owned);
        match self {
            _ if self.is_denied() => Some(AS_GATEWAY.to_owned()),
            Why::Rejected(Rejection::NotExecutable(path)) => {
                Some(format!("chmod +x {}", quoted(&path.to_string_lossy())))
            }
            Why::DeadShim(_) | Why::AnotherProgram(_) | Why::Unclear => {
                Some("name the codex behind it: --codex PATH".to_owned())
            }
            Why::Record(_) => Some("openclaw plugins registry --refresh".to_owned()),
            Why::Plugin(_) | Why::Unlisted(_) => None,
            Why::Rejected(_) | Why::NotOnPath | Why::Arguments | Why::Unresolved | Why::Gone => {
                repair()
            }
        }
    }
}

impl Search {
    /// All that was found and not taken.
    pub(super) fn rejected(&self, chosen: Option<&Chosen<'_>>) -> Vec<Candidate> {
        let is_chosen =
            |lead: &&Lead| chosen.is_some_and(|chosen| std::ptr::eq(chosen.lead, *lead));
        let others = self.leads.iter().filter(|lead| !is_chosen(lead));
        others.map(|lead| lead.candidate(chosen)).collect()
    }

    /// Whether there is one that cannot be executed.
    pub(super) fn has_unexecutable(&self) -> bool {
        let mut reasons = self
            .leads
            .iter()
            .filter_map(|lead| lead.found.as_ref().err());
        reasons.any(Why::is_of_a_codex)
    }

    /// What to do where nothing was found: about the first thing that is in the way, else install.
    pub(super) fn remedy(&self) -> String {
        let rejected = self.rejected(None);
        let mut fixes = rejected.into_iter().filter_map(|candidate| candidate.fix);
        fixes.next().unwrap_or_else(|| INSTALL.to_owned())
    }

    /// A codex that somebody named is that one or none.
    pub(super) fn refuse_bad_name(&self) -> Result<(), Problem> {
        let Some(lead) = self.leads.iter().find(|lead| lead.is_named()) else {
            return Ok(());
        };
        let Err(why) = &lead.found else { return Ok(()) };
        if why.is_of_a_codex() {
            let problem = unable_to_run(&lead.path, &why.to_string());
            let hint = format!("give {} a codex.js or a native binary", lead.source);
            return Err(problem.hint(why.remedy(None).unwrap_or(hint)));
        }
        let path = lead.path.display();
        let message = format!("could not find codex\n  rejected {path}: {why}");
        let problem = Problem::new("codex-not-found", Status::NotFound, message);
        let hint = format!("give {} a codex.js or a native binary", lead.source);
        Err(self.explain(problem.hint(hint)))
    }

    /// Adds to the error document what was found, and where.
    pub(super) fn explain(&self, mut problem: Problem) -> Problem {
        let rejected = self.rejected(None);
        let rejected = rejected.iter().map(Candidate::to_json).collect();
        let searched = self.searched().into_iter();
        let searched = searched
            .map(|place| place.display().to_string().into())
            .collect();
        problem.details = Some(Box::new(Map::from_iter([
            ("rejected".to_owned(), Value::Array(rejected)),
            ("searched".to_owned(), Value::Array(searched)),
        ])));
        problem
    }
}

impl Lead {
    /// As one that was not taken; `chosen` is the one that was.
    fn candidate(&self, chosen: Option<&Chosen<'_>>) -> Candidate {
        let (reason, fix) = match &self.found {
            Err(why) => (why.to_string(), why.remedy(self.repair.as_deref())),
            Ok(package) if package.native.is_none() => (
                "its platform package is missing".to_owned(),
                Some(self.repair.clone().unwrap_or_else(|| INSTALL.to_owned())),
            ),
            Ok(package) => match chosen {
                Some(chosen) if package.is_same(chosen.package) => {
                    ("the same package as the chosen one".to_owned(), None)
                }
                Some(chosen) => (format!("{} comes first", chosen.lead.source), None),
                None => ("not taken".to_owned(), None),
            },
        };
        Candidate {
            path: self.path.clone(),
            version: self
                .version()
                .or(self.would_be.as_ref())
                .map(ToString::to_string),
            source: self.source.clone(),
            step: self.step,
            reason,
            fix,
        }
    }
}
