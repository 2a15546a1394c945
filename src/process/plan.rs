//! What would be run: a value that can be shown and compared before anything is.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// One process to start.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ChildPlan {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    /// The whole environment.
    pub(crate) env: BTreeMap<OsString, OsString>,
    pub(crate) cwd: PathBuf,
}

impl std::fmt::Debug for ChildPlan {
    /// Without the environment, and of the arguments only the first: any value may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChildPlan")
            .field("program", &self.program)
            .field("args", &(self.args.first(), self.args.len()))
            .field("cwd", &self.cwd)
            .finish_non_exhaustive()
    }
}
