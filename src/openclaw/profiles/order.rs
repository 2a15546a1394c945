//! Which profiles count, and in which sequence.

use crate::openclaw::profiles::config::AuthConfig;
use crate::openclaw::profiles::credential::{Credential, Kind};
use crate::openclaw::profiles::era::Era;
use crate::openclaw::profiles::inherit::without_repeats;
use crate::openclaw::profiles::store::Store;

/// All that a selection is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) store: &'a Store,
    pub(super) config: &'a AuthConfig,
    pub(super) era: Era,
    pub(super) now: f64,
}

/// A sequence that somebody wrote down.
pub(super) enum Explicit {
    Stored(Vec<String>),
    Configured(Vec<String>),
    /// That of `openai`, for `openai-codex`.
    Alias(Vec<String>, bool),
}

impl Explicit {
    pub(super) fn ids(&self) -> &[String] {
        match self {
            Explicit::Stored(ids) | Explicit::Configured(ids) | Explicit::Alias(ids, _) => ids,
        }
    }
}

impl Question<'_> {
    /// The order that counts: a stored one before the configuration's, and one for the provider
    /// itself before one of `openai`.
    pub(super) fn explicit(&self) -> Option<Explicit> {
        let provider = self.era.provider();
        let stored = |name: &str| Some(self.store.order_of(name)?.ids.clone());
        let configured = |name: &str| self.config.order_of(name).cloned();
        if let Some(ids) = stored(provider) {
            return Some(Explicit::Stored(ids));
        }
        if let Some(ids) = configured(provider) {
            return Some(Explicit::Configured(ids));
        }
        if !(Era::V5_12..Era::V6_1).contains(&self.era) {
            return None;
        }
        let of_store = stored("openai");
        let is_stored = of_store.is_some();
        let ids = of_store.or_else(|| configured("openai"))?;
        Some(Explicit::Alias(self.with_natives(&ids), is_stored))
    }

    /// An order of `openai` does not pass over the profiles of `openai-codex` itself.
    fn with_natives(&self, order: &[String]) -> Vec<String> {
        let is_native = |id: &String| {
            let profile = self.store.profiles.get(id);
            profile.is_some_and(|profile| self.is_provider(&profile.credential.provider))
        };
        let natives = self.compatible().into_iter().filter(is_native);
        if order.iter().any(is_native) {
            without_repeats(order.iter().cloned().chain(natives))
        } else {
            without_repeats(natives.chain(order.iter().cloned()))
        }
    }

    fn is_provider(&self, name: &str) -> bool {
        self.era.provider_of(name) == self.era.provider()
    }

    /// Whether a profile of this provider and kind can serve codex.
    fn serves(&self, provider: &str, is_api_key: bool) -> bool {
        let is_openai_key =
            is_api_key && self.era >= Era::V5_12 && self.era.provider_of(provider) == "openai";
        self.is_provider(provider) || is_openai_key
    }

    pub(super) fn is_compatible(&self, credential: &Credential) -> bool {
        self.serves(&credential.provider, credential.kind == Kind::ApiKey)
    }

    /// Whether the configuration's entry for `id` lets it serve codex.
    pub(super) fn is_configured_compatible(&self, id: &str) -> Option<bool> {
        let configured = self.config.profiles.get(id)?;
        let is_api_key = match self.store.profiles.get(id) {
            Some(profile) => profile.credential.kind == Kind::ApiKey,
            None => configured.mode == Kind::ApiKey.word(),
        };
        Some(self.serves(&configured.provider, is_api_key))
    }

    /// The compatible profiles of the store, in its sequence.
    pub(super) fn compatible(&self) -> Vec<String> {
        let all = self.store.profiles.iter();
        let served = all.filter(|(_, profile)| self.is_compatible(&profile.credential));
        served.map(|(id, _)| id.clone()).collect()
    }

    /// The compatible profiles of the configuration, in its sequence.
    pub(super) fn configured(&self) -> Vec<String> {
        let ids = self.config.profiles.keys();
        let served = ids.filter(|id| self.is_configured_compatible(id) == Some(true));
        served.cloned().collect()
    }

    /// Whether OpenClaw would try this profile.
    pub(super) fn is_eligible(&self, id: &str) -> bool {
        let Some(profile) = self.store.profiles.get(id) else {
            return false;
        };
        let credential = &profile.credential;
        self.is_compatible(credential)
            && self.is_configured_compatible(id) != Some(false)
            && self.has_mode(id)
            && credential.is_complete(self.now, self.era)
    }

    /// Whether the profile is of the mode that the configuration gives it, if it does.
    pub(super) fn has_mode(&self, id: &str) -> bool {
        let kind = self
            .store
            .profiles
            .get(id)
            .map(|profile| profile.credential.kind);
        let configured = self.config.profiles.get(id);
        configured.zip(kind).is_none_or(|(configured, kind)| {
            configured.mode == kind.word()
                || (configured.mode == Kind::Oauth.word() && kind == Kind::Token)
        })
    }

    /// Those that cool down last, the soonest over first; the others by kind and use where no
    /// order says otherwise.
    pub(super) fn sorted(&self, ids: Vec<String>, is_ordered: bool) -> Vec<String> {
        let until = |id: &String| self.store.cooling_until(id, self.now);
        let (mut cooling, mut free): (Vec<_>, Vec<_>) =
            ids.into_iter().partition(|id| until(id).is_some());
        if !is_ordered {
            free.sort_by(|left, right| {
                self.rank(left)
                    .partial_cmp(&self.rank(right))
                    .unwrap_or(std::cmp::Ordering::Equal)
            });
        }
        cooling.sort_by(|left, right| {
            let [left, right] = [left, right].map(|id| until(id).unwrap_or(0.0));
            left.total_cmp(&right)
        });
        free.append(&mut cooling);
        free
    }

    /// By kind; from 2026.8.1 on by whether it has run out; then the least recently used first.
    fn rank(&self, id: &str) -> (Option<Kind>, bool, f64) {
        let credential = self
            .store
            .profiles
            .get(id)
            .map(|profile| &profile.credential);
        let kind = credential.map(|credential| credential.kind);
        let has_run_out = self.era >= Era::V8_1
            && kind == Some(Kind::Oauth)
            && credential.is_some_and(|credential| credential.expires.has_come(self.now));
        let last_used = self
            .store
            .usage
            .get(id)
            .map_or(0.0, |usage| usage.last_used);
        (kind, has_run_out, last_used)
    }
}
