//! What is to be said of an agent beside its state: each with a stable code, what it rests on and its
//! remedy.

use std::path::Path;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::agent::mend::Mend;
use crate::error::Problem;

/// Something that an operator should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// Stable, for scripts.
    pub(crate) code: &'static str,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    /// Paths, ids, times and booleans that it rests on; never a value of a credential.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) evidence: Map<String, Value>,
    /// The command that mends it.
    pub(crate) fix: Option<String>,
    /// What `doctor --fix` does about it; in JSON, that it does.
    #[serde(
        rename = "fixable",
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "as_true"
    )]
    pub(crate) mends: Vec<Mend>,
}

/// How bad it is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Severity {
    Error,
    Warning,
    /// Good to know, and nothing to mend.
    Info,
}

impl Severity {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

impl Finding {
    pub(crate) fn error(code: &'static str, message: impl Into<String>) -> Finding {
        Finding {
            code,
            severity: Severity::Error,
            message: message.into(),
            evidence: Map::new(),
            fix: None,
            mends: Vec::new(),
        }
    }

    pub(crate) fn warning(code: &'static str, message: impl Into<String>) -> Finding {
        Finding {
            severity: Severity::Warning,
            ..Finding::error(code, message)
        }
    }

    pub(crate) fn info(code: &'static str, message: impl Into<String>) -> Finding {
        Finding {
            severity: Severity::Info,
            ..Finding::error(code, message)
        }
    }

    /// A failure, as a finding about its agent.
    pub(crate) fn of_problem(problem: &Problem) -> Finding {
        Finding {
            fix: problem.hint.clone(),
            ..Finding::error(problem.code, problem.to_string())
        }
    }

    /// Adds a piece of evidence.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Finding {
        self.evidence.insert(name.to_owned(), value.into());
        self
    }

    /// The same for a path.
    pub(crate) fn at(self, path: &Path) -> Finding {
        self.with("path", path.display().to_string())
    }

    pub(crate) fn fix(mut self, command: impl Into<String>) -> Finding {
        self.fix = Some(command.into());
        self
    }

    /// The same where there may be no command.
    pub(crate) fn maybe_fix(mut self, command: Option<String>) -> Finding {
        self.fix = command;
        self
    }

    /// Adds what `doctor --fix` is to do about it.
    pub(crate) fn mend(mut self, mend: Mend) -> Finding {
        self.mends.push(mend);
        self
    }
}

fn as_true<S: Serializer>(_: &Vec<Mend>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(true)
}
