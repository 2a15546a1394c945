//! Profiles of an agent that have had their day give way to fresher ones of the main store.
//!
//! Copies of a login age: the one that another agent refreshes invalidates the others. OpenClaw
//! therefore replaces an agent's own `<provider>:default`, and up to 2026.5.28 an own profile that
//! was refused, with one of the main store that is surely the same or the only choice.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use crate::openclaw::profiles::collation::{self, Collation};
use crate::openclaw::profiles::credential::{Credential, Kind};
use crate::openclaw::profiles::era::{Era, normal};
use crate::openclaw::profiles::inherit::without_repeats;
use crate::openclaw::profiles::store::Store;

/// Whose profiles give way where they were refused.
const REFUSED: &str = "openai-codex";

/// The joined store with what gives way replaced, in profiles and orders.
pub(super) fn reconcile(joined: Store, main: &Store, own: &Store, era: Era, now: f64) -> Store {
    let candidates = Candidates::of(main);
    let successors = (era < Era::V6_1).then(|| Successors::of(main, own, &candidates, now));
    let mut replacements = IndexMap::new();
    for (id, profile) in &own.profiles {
        let credential = &profile.credential;
        if credential.kind != Kind::Oauth {
            continue;
        }
        let provider = normal(&credential.provider);
        let replacement = if *id == format!("{provider}:default") {
            fresher(candidates.of_provider(&provider), id, credential, now)
        } else if provider == REFUSED {
            let successors = successors.as_ref();
            successors.and_then(|successors| successors.of_refused(own, id))
        } else {
            None
        };
        if let Some(replacement) = replacement {
            replacements.insert(id.as_str(), replacement);
        }
    }
    replaced(joined, main, &replacements, now)
}

/// A profile of the main store's.
type Candidate<'a> = (&'a str, &'a Credential);

/// The main store's OAuth by provider, the latest to run out first.
struct Candidates<'a>(HashMap<String, Vec<Candidate<'a>>>);

impl<'a> Candidates<'a> {
    fn of(main: &'a Store) -> Candidates<'a> {
        let mut found: HashMap<_, Vec<(Collation, Candidate)>> = HashMap::new();
        for (id, profile) in &main.profiles {
            let credential = &profile.credential;
            if credential.kind == Kind::Oauth {
                let of_provider = found.entry(normal(&credential.provider)).or_default();
                of_provider.push((collation::of(id), (id.as_str(), credential)));
            }
        }
        let end = |(_, (_, credential)): &(Collation, Candidate)| {
            credential.expires.time().unwrap_or(0.0)
        };
        let sorted = |mut found: Vec<(Collation, Candidate<'a>)>| {
            found.sort_by(|left, right| {
                let later = end(right).total_cmp(&end(left));
                later.then_with(|| left.0.cmp(&right.0))
            });
            found.into_iter().map(|(_, candidate)| candidate).collect()
        };
        let all = found.into_iter();
        Candidates(all.map(|(name, found)| (name, sorted(found))).collect())
    }

    fn of_provider(&self, provider: &str) -> &[Candidate<'a>] {
        self.0.get(provider).map_or(&[], Vec::as_slice)
    }
}

/// The one that an own default profile gives way to.
fn fresher<'a>(
    candidates: &[Candidate<'a>],
    id: &str,
    own: &Credential,
    now: f64,
) -> Option<&'a str> {
    let fresh = candidates.iter();
    let fresh =
        fresh.filter(|(other, credential)| *other != id && is_fresher(own, credential, now));
    let mut same = fresh
        .clone()
        .filter(|(_, credential)| !own.has_identity() || own.is_same_as(credential));
    if let Some((first, _)) = same.next() {
        let is_sure = own.has_identity() || same.next().is_none();
        return is_sure.then_some(first);
    }
    if own.is_usable(now) {
        return None;
    }
    let mut open = fresh.filter(|(_, credential)| !own.contradicts(credential));
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

/// What own profiles give way to which the agent was told to use, and which were refused.
struct Successors<'a> {
    /// What the agent was told to use.
    named: HashSet<&'a str>,
    /// The usable ones that the main store was told to use, the first two of them: one may have
    /// the id of the own.
    preferred: Vec<&'a str>,
    /// All that are usable.
    usable: HashSet<&'a str>,
}

impl<'a> Successors<'a> {
    fn of(main: &'a Store, own: &'a Store, all: &Candidates<'a>, now: f64) -> Successors<'a> {
        let ordered = own.orders.values().flat_map(|order| &order.ids);
        let named = ordered.chain(own.last_good.values()).map(String::as_str);
        let usable = all.of_provider(REFUSED).iter();
        let usable = usable.filter(|(_, credential)| credential.is_usable(now));
        let usable: HashSet<_> = usable.map(|(id, _)| *id).collect();
        let ordered = main.order_of(REFUSED).into_iter();
        let last_good = main.last_good.iter();
        let last_good = last_good
            .filter(|(name, _)| normal(name) == REFUSED)
            .take(1);
        let preferred = ordered
            .flat_map(|order| &order.ids)
            .chain(last_good.map(|(_, id)| id))
            .map(String::as_str)
            .filter(|id| usable.contains(id));
        let preferred: indexmap::IndexSet<_> = preferred.collect();
        Successors {
            named: named.collect(),
            preferred: preferred.into_iter().take(2).collect(),
            usable,
        }
    }

    fn of_refused(&self, own: &Store, id: &str) -> Option<&'a str> {
        let is_refused = own.usage.get(id).is_some_and(|usage| usage.is_invalidated);
        if !is_refused || !self.named.contains(id) {
            return None;
        }
        let preferred = self.preferred.iter().find(|other| **other != id);
        preferred.copied().or_else(|| self.only_but(id))
    }

    /// The only usable one, the one of this id aside.
    fn only_but(&self, id: &str) -> Option<&'a str> {
        let mut others = self.usable.iter().filter(|other| **other != id);
        match (others.next(), others.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

fn replaced(mut joined: Store, main: &Store, by: &IndexMap<&str, &str>, now: f64) -> Store {
    if by.is_empty() {
        return joined;
    }
    for (own, replacement) in by {
        if let Some(inherited) = main.profiles.get(*own) {
            joined.profiles.insert((*own).to_owned(), inherited.clone());
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
    let is_gone = |id: &str| by.contains_key(id) && !main.profiles.contains_key(id);
    joined.profiles.retain(|id, _| !is_gone(id));
    for order in joined.orders.values_mut() {
        let ids = std::mem::take(&mut order.ids).into_iter();
        let ids = ids.map(|id| by.get(id.as_str()).map_or(id, |other| (*other).to_owned()));
        order.ids = without_repeats(ids);
    }
    for own in by.keys() {
        match main.usage.get(*own) {
            Some(inherited) => joined.usage.insert((*own).to_owned(), inherited.clone()),
            None => joined.usage.swap_remove(*own),
        };
    }
    joined
}
