//! What `doctor --fix` does, all of which `restore` undoes.

use std::path::PathBuf;

/// One thing to do. Nothing is lost by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mend {
    /// A file or directory is put aside.
    PutAside(PathBuf),
    /// A profile is taken out of a store of JSON.
    TakeOut {
        /// The `auth-profiles.json`.
        store: PathBuf,
        /// The profile's id, as it is written there.
        id: String,
    },
    /// A file or directory gets this mode.
    Tighten { path: PathBuf, mode: u32 },
}
