//! Profiles of an agent that have had their day give way to fresher ones of the main store.
//!
//! Copies of a login age: the one that another agent refreshes invalidates the others. OpenClaw
//! therefore replaces an agent's own `<provider>:default`, and up to 2026.5.28 an own profile that
//! was refused, with one of the main store that is surely the same or the only choice.

use std::cmp::Ordering;

use indexmap::IndexMap;

use crate::openclaw::profiles::credential::{Credential, Kind};
use crate::openclaw::profiles::era::{Era, normal};
use crate::openclaw::profiles::inherit::without_repeats;
use crate::openclaw::profiles::store::Store;

/// The joined store with what gives way replaced, in profiles and orders.
pub(super) fn reconcile(joined: Store, main: &Store, own: &Store, era: Era, now: f64) -> Store {
    let mut replacements = IndexMap::new();
    for (id, profile) in &own.profiles {
        let credential = &profile.credential;
        if credential.kind != Kind::Oauth {
            continue;
        }
        let is_default = *id == format!("{}:default", normal(&credential.provider));
        let replacement = if is_default {
            fresher(main, id, credential, now)
        } else if era < Era::V6_1 {
            for_refused(main, own, id, credential, now)
        } else {
            None
        };
        if let Some(replacement) = replacement {
            replacements.insert(id.as_str(), replacement);
        }
    }
    replaced(joined, main, &replacements, now)
}

/// The main store's OAuth of the same provider under other ids, the latest to run out first.
fn candidates<'a>(main: &'a Store, id: &str, own: &Credential) -> Vec<(&'a str, &'a Credential)> {
    let provider = normal(&own.provider);
    let all = main.profiles.iter();
    let all = all.map(|(id, profile)| (id.as_str(), &profile.credential));
    let mut found: Vec<_> = all
        .filter(|(other, credential)| {
            *other != id
                && credential.kind == Kind::Oauth
                && normal(&credential.provider) == provider
        })
        .collect();
    let end = |credential: &Credential| credential.expires.time().unwrap_or(0.0);
    found.sort_by(|(left, one), (right, another)| {
        let later = end(another).total_cmp(&end(one));
        later.then_with(|| collated(left, right))
    });
    found
}

/// The one that an own default profile gives way to.
fn fresher<'a>(main: &'a Store, id: &str, own: &Credential, now: f64) -> Option<&'a str> {
    let mut fresh = candidates(main, id, own);
    fresh.retain(|(_, credential)| is_fresher(own, credential, now));
    let mut same = fresh
        .iter()
        .filter(|(_, credential)| !own.has_identity() || own.is_same_as(credential));
    if let Some((first, _)) = same.next() {
        let is_sure = own.has_identity() || same.next().is_none();
        return is_sure.then_some(first);
    }
    if own.is_usable(now) {
        return None;
    }
    let mut open = fresh
        .iter()
        .filter(|(_, credential)| !own.contradicts(credential));
    match (open.next(), open.next()) {
        (Some((only, _)), None) => Some(only),
        _ => None,
    }
}

fn is_fresher(own: &Credential, other: &Credential, now: f64) -> bool {
    let later = match (own.expires.time(), other.expires.time()) {
        (Some(own), Some(other)) => other > own,
        (None, Some(_)) => true,
        (_, None) => false,
    };
    other.is_usable(now) && (later || !own.is_usable(now))
}

/// The one that an own profile gives way to which the agent was told to use, and which was
/// refused.
fn for_refused<'a>(
    main: &'a Store,
    own: &Store,
    id: &str,
    credential: &Credential,
    now: f64,
) -> Option<&'a str> {
    let is_refused = own.usage.get(id).is_some_and(|usage| usage.is_invalidated);
    let provider = normal(&credential.provider);
    if !is_refused || provider != "openai-codex" {
        return None;
    }
    let mut orders = own.orders.values().flat_map(|order| &order.ids);
    let is_named =
        orders.any(|other| other == id) || own.last_good.values().any(|other| other == id);
    if !is_named {
        return None;
    }
    let mut usable = candidates(main, id, credential);
    usable.retain(|(_, credential)| credential.is_usable(now));
    let among = |wanted: &str| usable.iter().map(|(id, _)| *id).find(|id| *id == wanted);
    let ordered = main
        .order_of(&provider)
        .into_iter()
        .flat_map(|order| &order.ids);
    let last_good = main
        .last_good
        .iter()
        .find(|(name, _)| normal(name) == provider);
    let only = match usable.as_slice() {
        [(only, _)] => Some(*only),
        _ => None,
    };
    let mut preferred = ordered.chain(last_good.map(|(_, id)| id));
    preferred.find_map(|id| among(id)).or(only)
}

fn replaced(mut joined: Store, main: &Store, by: &IndexMap<&str, &str>, now: f64) -> Store {
    if by.is_empty() {
        return joined;
    }
    for (own, replacement) in by {
        match main.profiles.get(*own) {
            Some(inherited) => {
                joined.profiles.insert((*own).to_owned(), inherited.clone());
            }
            None => {
                joined.profiles.shift_remove(*own);
            }
        }
        let Some(fresh) = main.profiles.get(*replacement) else {
            continue;
        };
        let has_fresher = joined.profiles.get(*replacement).is_some_and(|present| {
            let is_oauth = present.credential.kind == Kind::Oauth;
            !is_oauth || !is_fresher(&present.credential, &fresh.credential, now)
        });
        if !has_fresher {
            joined
                .profiles
                .insert((*replacement).to_owned(), fresh.clone());
        }
    }
    for order in joined.orders.values_mut() {
        let ids = std::mem::take(&mut order.ids).into_iter();
        let ids = ids.map(|id| by.get(id.as_str()).map_or(id, |other| (*other).to_owned()));
        order.ids = without_repeats(ids);
    }
    for own in by.keys() {
        match main.usage.get(*own) {
            Some(inherited) => joined.usage.insert((*own).to_owned(), inherited.clone()),
            None => joined.usage.shift_remove(*own),
        };
    }
    joined
}

/// As JavaScript's `localeCompare` does for what ids are made of: by letters and digits first,
/// capitals after small letters where nothing else differs.
fn collated(left: &str, right: &str) -> Ordering {
    const SIGNS: &str = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";
    let weight = |c: char| match SIGNS.chars().position(|sign| sign == c) {
        Some(place) => (0, u32::try_from(place).unwrap_or(0)),
        None => (1, c.to_lowercase().next().unwrap_or(c).into()),
    };
    let primary = left.chars().map(weight).cmp(right.chars().map(weight));
    let is_capital = |c: char| c.is_uppercase();
    primary.then_with(|| {
        left.chars()
            .map(is_capital)
            .cmp(right.chars().map(is_capital))
    })
}
