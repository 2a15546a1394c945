//! What of an agent's profiles, orders and configuration does not fit together. Selection passes it
//! over in silence; a doctor tells it.

use std::path::{Path, PathBuf};

use crate::openclaw::profiles::config::Configured;
use crate::openclaw::profiles::credential::Kind;
use crate::openclaw::profiles::order::{Explicit, Question};
use crate::openclaw::profiles::overlay::CodexCliLogin;
use crate::openclaw::profiles::shadows::Taken;
use crate::openclaw::profiles::sources::{Sources, Trouble};
use crate::openclaw::profiles::store::{Owner, Store};

/// What an agent's stores, joined with all that it inherits, have to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Inspection {
    /// The ids of the profiles that it has and does not inherit.
    pub(crate) ids: Vec<String>,
    /// The stored orders that count for codex.
    pub(crate) orders: Vec<StoredOrder>,
    /// The provider whose order in the configuration is empty, and the profiles that OpenClaw would
    /// use without it.
    pub(crate) kept_back: Option<(String, Vec<String>)>,
    pub(crate) mismatches: Vec<Mismatch>,
}

/// An order as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredOrder {
    pub(crate) provider: String,
    pub(crate) ids: Vec<String>,
    pub(crate) owner: Owner,
    pub(crate) path: PathBuf,
}

/// A profile that the configuration takes for another than it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) id: String,
    pub(crate) configured: Configured,
    pub(crate) kind: Kind,
    pub(crate) provider: String,
    pub(crate) path: PathBuf,
}

impl Sources {
    /// What does not fit together of all that the agent in this directory has and inherits. `now`
    /// is in milliseconds.
    pub(crate) fn inspect(
        &self,
        dir: &Path,
        login: Option<&CodexCliLogin>,
        now: f64,
    ) -> Result<Inspection, Trouble> {
        let question = Question {
            store: &self.joined(dir, login, now, &Taken::new())?.store,
            config: &self.config,
            era: self.era,
            now,
        };
        let mut inspection = question.inspection();
        let inherited = &self.inherited()?.store.profiles;
        inspection.ids.retain(|id| !inherited.contains_key(id));
        Ok(inspection)
    }

    /// Whether all agents inherit a profile of this id.
    pub(crate) fn has_inherited(&self, id: &str) -> bool {
        self.inherited()
            .is_ok_and(|main| main.store.profiles.keys().any(|known| known.trim() == id))
    }

    /// The ids of what all agents inherit.
    pub(crate) fn inherited_ids(&self) -> impl Iterator<Item = &String> {
        let main = self.inherited().ok();
        main.into_iter().flat_map(|main| main.store.profiles.keys())
    }

    /// Whether the configuration says that no profile is to be selected.
    pub(crate) fn has_empty_order(&self) -> bool {
        let order = self.config.order_of(self.era.provider());
        order.is_some_and(Vec::is_empty)
    }

    /// The configuration's orders that can count for codex.
    pub(crate) fn configured_orders(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.config.orders(self.era)
    }
}

impl Question<'_> {
    fn inspection(&self) -> Inspection {
        Inspection {
            ids: self.store.profiles.keys().cloned().collect(),
            orders: self.stored_orders(),
            kept_back: self.kept_back(),
            mismatches: self.mismatches(),
        }
    }

    fn stored_orders(&self) -> Vec<StoredOrder> {
        let Store { orders, .. } = self.store;
        let counting = orders.iter().filter(|(name, _)| self.era.counts(name));
        counting
            .map(|(provider, order)| StoredOrder {
                provider: provider.clone(),
                ids: order.ids.clone(),
                owner: order.from.owner,
                path: order.from.path.clone(),
            })
            .collect()
    }

    fn kept_back(&self) -> Option<(String, Vec<String>)> {
        match self.explicit()? {
            Explicit::Configured(ids) if ids.is_empty() => {}
            _ => return None,
        }
        let mut ids = self.compatible();
        ids.retain(|id| self.is_eligible(id));
        (!ids.is_empty()).then(|| (self.era.provider().to_owned(), ids))
    }

    /// Only what could serve codex otherwise: of other providers nothing is to be said here.
    fn mismatches(&self) -> Vec<Mismatch> {
        let entries = self.config.profiles.iter();
        entries
            .filter_map(|(id, configured)| {
                let profile = self.store.profiles.get(id)?;
                let credential = &profile.credential;
                let fits = self.has_mode(id) && self.is_configured_compatible(id) != Some(false);
                (!fits && self.is_compatible(credential)).then(|| Mismatch {
                    id: id.clone(),
                    configured: configured.clone(),
                    kind: credential.kind,
                    provider: credential.provider.clone(),
                    path: profile.from.path.clone(),
                })
            })
            .collect()
    }
}
