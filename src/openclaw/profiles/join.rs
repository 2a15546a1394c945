//! All profiles of one agent put together, and the one that it would use.

use std::path::Path;

use crate::openclaw::profiles::inherit::inherit;
use crate::openclaw::profiles::overlay::{CodexCliLogin, overlay};
use crate::openclaw::profiles::select::{Selected, select};
use crate::openclaw::profiles::shadows::Taken;
use crate::openclaw::profiles::sources::{Sources, Trouble};
use crate::openclaw::profiles::store::{Owner, Store};

/// The stores that count for an agent, in one.
pub(super) struct Joined {
    pub(super) store: Store,
    /// Whose stores have an order.
    ordered_by: Vec<Owner>,
}

impl Sources {
    /// What the agent in this directory would use. `login` is what [`Sources::codex_cli`] says,
    /// `now` is in milliseconds.
    pub(crate) fn select(
        &self,
        dir: &Path,
        login: Option<&CodexCliLogin>,
        now: f64,
    ) -> Result<Selected, Trouble> {
        self.select_without(dir, login, now, &Taken::new())
    }

    /// What would be left to select if these profiles were taken out of their stores.
    pub(super) fn select_without(
        &self,
        dir: &Path,
        login: Option<&CodexCliLogin>,
        now: f64,
        taken: &Taken,
    ) -> Result<Selected, Trouble> {
        let Joined { store, ordered_by } = self.joined(dir, login, now, taken)?;
        let (profile, others) = select(&store, &self.config, self.era, now);
        Ok(Selected {
            profile,
            others,
            ordered_by,
        })
    }

    /// All profiles of the agent in this directory, those that it inherits included, if these were
    /// taken out of their stores.
    pub(super) fn joined(
        &self,
        dir: &Path,
        login: Option<&CodexCliLogin>,
        now: f64,
        taken: &Taken,
    ) -> Result<Joined, Trouble> {
        let main = self.inherited()?;
        let own = if self.is_main(dir) {
            None
        } else {
            Some(self.load(dir, Owner::Agent)?)
        };
        let without = |store: &Store| store.without(taken);
        let mut store = match &own {
            None => without(&main.store),
            Some(own) if taken.is_empty() => inherit(&main.store, own, self.era, now),
            Some(own) => inherit(&without(&main.store), &without(own), self.era, now),
        };
        let login = self.codex_cli.as_deref().zip(login);
        overlay(&mut store, login, self.era, now);
        let stores = own.iter().chain([&main.store]);
        let orders = stores.filter_map(|store| store.order_of(self.era.provider()));
        let ordered_by = orders.map(|order| order.from.owner).collect();
        Ok(Joined { store, ordered_by })
    }
}
