//! Which profiles would have to go until none is selected.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::openclaw::profiles::json::STORE;
use crate::openclaw::profiles::overlay::CodexCliLogin;

use crate::openclaw::profiles::sources::{Sources, Trouble};
use crate::openclaw::profiles::store::Owner;

/// Profiles by their stores' paths and their ids.
pub(super) type Taken = HashSet<(PathBuf, String)>;

/// Whoever has more before codex-home does not want codex-home.
const LIMIT: usize = 20;

/// Nor does whoever has so many of any kind; and to look for them would take its time.
const TOO_MANY: usize = 500;

/// A profile that goes before an agent's codex home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shadowing {
    /// A store of JSON.
    pub(crate) store: PathBuf,
    /// As it is written there.
    pub(crate) id: String,
}

impl Sources {
    /// The profiles without which nothing is selected for the agent in this directory: the one that
    /// is, the one that would be then, and so on. `None` where one of them is in no store of JSON.
    pub(crate) fn shadows(
        &self,
        dir: &Path,
        login: Option<&CodexCliLogin>,
        now: f64,
    ) -> Result<Option<Vec<Shadowing>>, Trouble> {
        let own = self.load(dir, Owner::Agent)?.profiles.len();
        if own + self.inherited()?.store.profiles.len() > TOO_MANY {
            return Ok(None);
        }
        let mut taken = Taken::new();
        let mut found = Vec::new();
        while let Some(chosen) = self.select_without(dir, login, now, &taken)?.profile {
            let (store, id) = (chosen.path, chosen.written);
            let is_new = taken.insert((store.clone(), id.clone()));
            if !is_new || !store.ends_with(STORE) || found.len() == LIMIT {
                return Ok(None);
            }
            found.push(Shadowing { store, id });
        }
        Ok(Some(found))
    }
}
