//! What a store says: its profiles, the orders it prefers, and how the profiles have fared. The
//! sequence of all of them is that of the file, which OpenClaw goes by.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::openclaw::environment::js_trim;
use crate::openclaw::profiles::credential::Credential;
use crate::openclaw::profiles::era::{Era, normal};
use crate::openclaw::profiles::seen::Seen;
use crate::openclaw::profiles::shadows::Taken;
use crate::openclaw::profiles::sources::Trouble;
use crate::openclaw::profiles::usage::Usage;

/// Whose a profile is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The main store's, which every agent inherits.
    Main,
    /// The agent's own.
    Agent,
    /// The codex command line's of the gateway's user.
    CodexCli,
}

/// Where something was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) owner: Owner,
    pub(crate) path: PathBuf,
}

/// A credential and where it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Profile {
    pub(crate) credential: Credential,
    pub(crate) from: Arc<Origin>,
}

/// A sequence of profiles, by their ids, and where it is stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    pub(crate) ids: Vec<String>,
    pub(crate) from: Arc<Origin>,
}

/// A store, or several joined.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Store {
    pub(crate) profiles: IndexMap<String, Profile>,
    /// By provider.
    pub(crate) orders: IndexMap<String, Order>,
    /// By provider, the profile that last worked. OpenClaw selects nothing by it.
    pub(super) last_good: IndexMap<String, String>,
    pub(crate) usage: IndexMap<String, Usage>,
}

impl Store {
    /// Whoever has more wants to see how long that takes.
    pub(super) fn refuse_too_many(&self, path: &Path) -> Result<(), Trouble> {
        const LIMIT: usize = 10_000;
        if self.profiles.len() <= LIMIT {
            return Ok(());
        }
        Err(Trouble::new(path, "it has more than 10,000 profiles"))
    }

    /// What a document says; `None` where OpenClaw would not take it for a store.
    pub(super) fn of(raw: &Seen, era: Era, from: &Arc<Origin>) -> Option<Store> {
        let entries = match raw.at("profiles")? {
            Seen::Object(entries) => Some(entries),
            // To JavaScript a list is an object, too.
            Seen::List(_) if !era.has_databases() => None,
            _ => return None,
        };
        let mut store = Store::default();
        for (id, entry) in entries.into_iter().flatten() {
            if let Some(credential) = Credential::of(entry, None, era) {
                store.insert(id.clone(), credential, from);
            }
        }
        store.add_state(raw, era, from);
        Some(store)
    }

    /// The same, these profiles taken out.
    pub(super) fn without(&self, taken: &Taken) -> Store {
        let mut store = self.clone();
        let is_taken = |id: &String, profile: &Profile| {
            !taken.is_empty() && taken.contains(&(profile.from.path.clone(), id.clone()))
        };
        store.profiles.retain(|id, profile| !is_taken(id, profile));
        store
    }

    /// Puts a profile in its place, or at the end.
    pub(super) fn insert(&mut self, id: String, credential: Credential, from: &Arc<Origin>) {
        let from = Arc::clone(from);
        self.profiles.insert(id, Profile { credential, from });
    }

    /// Takes over orders and fates, over those that it has.
    pub(super) fn add_state(&mut self, raw: &Seen, era: Era, from: &Arc<Origin>) {
        let below = |key: &str| raw.at(key).and_then(Seen::object).into_iter().flatten();
        let key = |name: &str| {
            if era.has_databases() {
                normal(name)
            } else {
                name.to_owned()
            }
        };
        for (provider, ids) in below("order") {
            let Seen::List(ids) = ids else { continue };
            let ids: Vec<_> = ids.iter().filter_map(Seen::text).map(js_trim).collect();
            let ids: Vec<_> = ids.into_iter().filter(|id| !id.is_empty()).collect();
            if !ids.is_empty() {
                let ids = ids.into_iter().map(str::to_owned).collect();
                let from = Arc::clone(from);
                self.orders.insert(key(provider), Order { ids, from });
            }
        }
        for (provider, id) in below("lastGood") {
            if let Some(id) = id.text() {
                self.last_good.insert(key(provider), id.to_owned());
            }
        }
        for (id, usage) in below("usageStats") {
            // Databases have ids without blanks around them, whatever the profile's own id has.
            let id = if era.has_databases() { js_trim(id) } else { id };
            self.usage.insert(id.to_owned(), Usage::of(usage));
        }
    }

    /// The order of this provider, however its name is written.
    pub(super) fn order_of(&self, provider: &str) -> Option<&Order> {
        let found = self
            .orders
            .iter()
            .find(|(name, _)| normal(name) == provider);
        found.map(|(_, order)| order)
    }

    /// Whether it says nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.profiles.is_empty()
            && self.orders.is_empty()
            && self.last_good.is_empty()
            && self.usage.is_empty()
    }

    /// When this profile may be used again, where that is still to come.
    pub(super) fn cooling_until(&self, id: &str, now: f64) -> Option<f64> {
        self.usage.get(id)?.cooling_until(now)
    }
}
