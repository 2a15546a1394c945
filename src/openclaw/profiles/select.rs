//! Which profile an agent's next turn would use, and the rule that decides.

use std::path::PathBuf;
use std::sync::Arc;

use crate::openclaw::environment::js_trim;
use crate::openclaw::profiles::config::AuthConfig;
use crate::openclaw::profiles::credential::Kind;
use crate::openclaw::profiles::era::Era;
use crate::openclaw::profiles::expires::Expires;
use crate::openclaw::profiles::inherit::without_repeats;
use crate::openclaw::profiles::order::{Explicit, Question};
use crate::openclaw::profiles::secret::Reference;
use crate::openclaw::profiles::store::{Origin, Owner, Store};
use crate::openclaw::profiles::usage::Pause;

/// Why it is this profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// An order in this store.
    StoredOrder(Arc<Origin>),
    /// An order in the configuration.
    ConfiguredOrder,
    /// The entries of `auth.profiles`.
    ConfiguredProfiles,
    /// There is no order: by kind and use.
    ByKind,
    /// What the order, or `auth.profiles`, names is not there: whatever else is.
    Fallback,
}

impl Rule {
    /// The word that JSON has for it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Rule::StoredOrder(_) => "stored-order",
            Rule::ConfiguredOrder => "configured-order",
            Rule::ConfiguredProfiles => "configured-profiles",
            Rule::ByKind => "by-kind-and-use",
            Rule::Fallback => "fallback",
        }
    }

    /// The same for people, after the name of the profile.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Rule::StoredOrder(from) => {
                format!("first in the order stored in {}", from.path.display())
            }
            Rule::ConfiguredOrder => "first in `auth.order` of the configuration".to_owned(),
            Rule::ConfiguredProfiles => {
                "first by kind and use of `auth.profiles` of the configuration".to_owned()
            }
            Rule::ByKind => "first by kind and use, since no order is set".to_owned(),
            Rule::Fallback => {
                "since what the configuration or a stored order names is gone".to_owned()
            }
        }
    }
}

/// The profile that is selected.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chosen {
    pub(crate) id: String,
    /// The id as its store has it, which may have blanks around it.
    pub(crate) written: String,
    pub(crate) rule: Rule,
    pub(crate) kind: Kind,
    pub(crate) owner: Owner,
    pub(crate) path: PathBuf,
    pub(crate) expires: Expires,
    /// Whose it is, where its store says so.
    pub(crate) account_id: Option<String>,
    pub(crate) email: Option<String>,
    /// What keeps OpenClaw from using it.
    pub(crate) pause: Option<Pause>,
    /// The secret that it refers to, where it has none of its own.
    pub(crate) reference: Option<Reference>,
    /// The same, whether that is there or not, and the provider for whom it was encrypted.
    pub(crate) sealed: Option<(Reference, String)>,
}

/// What is selected.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Selected {
    /// Without one the agent's codex goes by its own home.
    pub(crate) profile: Option<Chosen>,
    /// The ids of those that OpenClaw would try after it, in sequence, as their stores have them.
    pub(crate) others: Vec<String>,
    /// Whose stores have an order for the provider itself, which goes before any that the
    /// configuration has.
    pub(crate) ordered_by: Vec<Owner>,
}

impl Selected {
    /// The ids of all that OpenClaw would try, in sequence, as their stores have them.
    pub(crate) fn sequence(self) -> Vec<String> {
        let first = self.profile.map(|chosen| chosen.written);
        first.into_iter().chain(self.others).collect()
    }
}

/// Selects as OpenClaw of this era does at the time `now`, in milliseconds. `store` is the agent's
/// joined with all that it inherits.
pub(super) fn select(
    store: &Store,
    config: &AuthConfig,
    era: Era,
    now: f64,
) -> (Option<Chosen>, Vec<String>) {
    // It takes a profile only where a run names one.
    if era == Era::V5_2 {
        return (None, Vec::new());
    }
    let question = Question {
        store,
        config,
        era,
        now,
    };
    let (ids, rule) = question.ids();
    let mut ids = ids.into_iter();
    let first = ids.next();
    let chosen = first.and_then(|id| question.chosen(&id, rule));
    let is_stored = |id: &String| {
        let profile = store.profiles.get(id);
        profile.is_some_and(|profile| profile.from.owner != Owner::CodexCli)
    };
    (chosen, ids.filter(is_stored).collect())
}

impl Question<'_> {
    /// The eligible profiles in sequence, the first of which is selected.
    fn ids(&self) -> (Vec<String>, Rule) {
        let explicit = self.explicit();
        let configured = self.configured();
        let (base, rule) = match &explicit {
            Some(order) => (order.ids().to_vec(), self.rule_of(order)),
            None if configured.is_empty() => (self.compatible(), Rule::ByKind),
            None => (configured.clone(), Rule::ConfiguredProfiles),
        };
        let eligible = |ids: Vec<String>| {
            let ids = ids.into_iter().filter(|id| self.is_eligible(id));
            ids.collect::<Vec<_>>()
        };
        let is_missing = |id: &String| !self.store.profiles.contains_key(id);
        let all_missing = !base.is_empty() && base.iter().all(is_missing);
        let is_stored = matches!(explicit, Some(Explicit::Stored(_)));
        let may_fall_back = !configured.is_empty() || (is_stored && self.era >= Era::V6_1);
        let picked = eligible(base);
        if picked.is_empty() && all_missing && may_fall_back {
            let keeps_sequence = explicit.is_some() && self.era < Era::V6_1;
            let others = eligible(self.compatible());
            return (self.sorted(others, keeps_sequence), Rule::Fallback);
        }
        let picked = without_repeats(picked.into_iter());
        (self.sorted(picked, explicit.is_some()), rule)
    }

    fn rule_of(&self, order: &Explicit) -> Rule {
        let provider = match order {
            Explicit::Stored(_) => self.era.provider(),
            Explicit::Alias(_, true) => "openai",
            Explicit::Configured(_) | Explicit::Alias(_, false) => return Rule::ConfiguredOrder,
        };
        let stored = self.store.order_of(provider);
        stored.map_or(Rule::ByKind, |order| Rule::StoredOrder(order.from.clone()))
    }

    fn chosen(&self, id: &str, rule: Rule) -> Option<Chosen> {
        let profile = self.store.profiles.get(id)?;
        let usage = self.store.usage.get(id);
        let credential = &profile.credential;
        Some(Chosen {
            id: js_trim(id).to_owned(),
            written: id.to_owned(),
            rule,
            kind: credential.kind,
            owner: profile.from.owner,
            path: profile.from.path.clone(),
            expires: credential.expires,
            account_id: credential.account_id.clone(),
            email: credential.email.clone(),
            pause: usage.and_then(|usage| usage.pause(self.now)),
            reference: credential.awaited().cloned(),
            sealed: credential
                .reference()
                .map(|named| (named.clone(), credential.provider.clone())),
        })
    }
}
