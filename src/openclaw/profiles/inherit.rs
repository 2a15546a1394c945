//! An agent's store over the main one.

use indexmap::IndexMap;

use crate::openclaw::profiles::era::{Era, normal};
use crate::openclaw::profiles::reconcile::reconcile;
use crate::openclaw::profiles::store::{Order, Store};

/// Both together: the agent's own counts. Up to 2026.6.1 what is inherited comes first in the
/// sequence, afterwards what is the agent's own.
pub(super) fn inherit(main: &Store, own: &Store, era: Era, now: f64) -> Store {
    if own.is_empty() {
        return main.clone();
    }
    let mut joined = Store {
        profiles: if era.has_databases() {
            own_first(&main.profiles, &own.profiles)
        } else {
            over(&main.profiles, &own.profiles)
        },
        orders: over(&main.orders, &own.orders),
        last_good: over(&main.last_good, &own.last_good),
        usage: over(&main.usage, &own.usage),
    };
    if era.has_databases() {
        put_own_before_inherited_order(&mut joined.orders, main, own);
    }
    reconcile(joined, main, own, era, now)
}

/// `top` over `base`, whose sequence stays.
fn over<V: Clone>(base: &IndexMap<String, V>, top: &IndexMap<String, V>) -> IndexMap<String, V> {
    let mut all = base.clone();
    all.extend(top.iter().map(|(key, value)| (key.clone(), value.clone())));
    all
}

/// `top`, and then what only `base` has.
fn own_first<V: Clone>(
    base: &IndexMap<String, V>,
    top: &IndexMap<String, V>,
) -> IndexMap<String, V> {
    let mut all = top.clone();
    for (key, value) in base {
        all.entry(key.clone()).or_insert_with(|| value.clone());
    }
    all
}

/// An inherited order does not pass over profiles that are the agent's own.
fn put_own_before_inherited_order(orders: &mut IndexMap<String, Order>, main: &Store, own: &Store) {
    let mut own_ids: IndexMap<String, Vec<&String>> = IndexMap::new();
    for (id, profile) in &own.profiles {
        let provider = normal(&profile.credential.provider);
        own_ids.entry(provider).or_default().push(id);
    }
    for (provider, ids) in own_ids {
        // Of databases the names of providers are as they are compared.
        let Some(inherited) = main.orders.get(&provider) else {
            continue;
        };
        if own.orders.contains_key(&provider) {
            continue;
        }
        let ids = ids.into_iter().chain(&inherited.ids).cloned();
        let order = Order {
            ids: without_repeats(ids),
            from: inherited.from.clone(),
        };
        orders.insert(provider, order);
    }
}

/// Each of them once, where it first stands.
pub(super) fn without_repeats(ids: impl Iterator<Item = String>) -> Vec<String> {
    let once: indexmap::IndexSet<String> = ids.collect();
    once.into_iter().collect()
}
