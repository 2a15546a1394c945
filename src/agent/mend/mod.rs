//! What `doctor --fix` does, and how `restore` undoes it.
//!
//! All that is taken goes to one dated directory (`aside`) beside the state directory, with a
//! manifest that is on disk before the first thing is moved. A `step` is one change that either is
//! or is not: how far a run came is told by the files alone, so that one that was killed needs no
//! mending itself. The next `doctor --fix` does what is left, and `restore` undoes what was done.

pub(crate) mod aside;
mod config;
mod guard;
pub(crate) mod round;
pub(crate) mod step;
mod store;

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

use indexmap::IndexSet;

use crate::agent::profile::shown;

/// One thing to do. Nothing is lost by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// The configuration gets an empty order of profiles.
    EmptyOrder { config: PathBuf, provider: String },
    /// The login in a codex home that nothing reads is handed to OpenClaw, and the file put aside:
    /// no step of a round, but a login of its own, after which the file can be put aside.
    Import {
        agent: String,
        /// The `auth.json`.
        file: PathBuf,
    },
}

impl Mend {
    /// What it changes.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Mend::PutAside(path) | Mend::Tighten { path, .. } => path,
            Mend::TakeOut { store, .. } => store,
            Mend::EmptyOrder { config, .. } => config,
            Mend::Import { file, .. } => file,
        }
    }

    /// Whether OpenClaw does it.
    pub(crate) fn is_import(&self) -> bool {
        matches!(self, Mend::Import { .. })
    }

    /// Whether a gateway that runs goes by what it has read before.
    pub(crate) fn needs_restart(&self) -> bool {
        match self {
            Mend::TakeOut { .. } | Mend::EmptyOrder { .. } | Mend::Import { .. } => true,
            Mend::PutAside(_) | Mend::Tighten { .. } => false,
        }
    }
}

impl fmt::Display for Mend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path().display();
        let text = match self {
            Mend::PutAside(_) => format!("put aside {path}"),
            Mend::TakeOut { id, .. } => format!("take {} out of {path}", shown(id)),
            Mend::Tighten { mode, .. } => format!("give {path} the mode {mode:04o}"),
            Mend::EmptyOrder { provider, .. } => {
                format!("set `auth.order.{provider}` to [] in {path}")
            }
            Mend::Import { agent, .. } => {
                format!("hand the login in {path} to OpenClaw for {agent}, and put the file aside")
            }
        };
        // A name with line breaks must not look like more lines of the plan.
        f.write_str(&text.replace('\n', "\u{fffd}"))
    }
}

/// The mends without repeats, and without those of what is put aside as a whole.
pub(crate) fn distinct(mends: impl Iterator<Item = Mend>) -> Vec<Mend> {
    let mut all: IndexSet<Mend> = mends.collect();
    let whole = all.iter().filter_map(|mend| match mend {
        Mend::PutAside(path) => Some(path.clone()),
        _ => None,
    });
    let whole: HashSet<PathBuf> = whole.collect();
    all.retain(|mend| {
        let is_itself = matches!(mend, Mend::PutAside(_));
        let mut above = mend.path().ancestors().skip(usize::from(is_itself));
        !above.any(|dir| whole.contains(dir))
    });
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{Mend, distinct};

    #[test]
    fn what_is_put_aside_as_a_whole_needs_no_mend_within() {
        let aside = |path: &str| Mend::PutAside(path.into());
        let tight = |path: &str| Mend::Tighten {
            path: path.into(),
            mode: 0o600,
        };
        let all = [
            tight("/a/b/auth.json"),
            aside("/a/b"),
            aside("/a/b"),
            aside("/a/b/c"),
            tight("/a/b"),
            tight("/a/bb"),
        ];
        assert_eq!(distinct(all.into_iter()), [aside("/a/b"), tight("/a/bb")]);
    }
}
