//! What the configuration says of auth profiles: `auth.order` and `auth.profiles`.

use indexmap::IndexMap;
use serde_json::Value;

use crate::openclaw::config::Config;
use crate::openclaw::profiles::era::{Era, normal};

/// An entry of `auth.profiles`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Configured {
    pub(crate) provider: String,
    pub(crate) mode: String,
}

/// `auth`, its sequences kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AuthConfig {
    /// By provider. Unlike a stored order an empty one counts.
    order: IndexMap<String, Vec<String>>,
    pub(crate) profiles: IndexMap<String, Configured>,
}

impl AuthConfig {
    pub(crate) fn of(config: &Config) -> AuthConfig {
        let below = |key: &str| config.at(&["auth", key]).and_then(Value::as_object);
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("").to_owned();
        let order = below("order")
            .into_iter()
            .flatten()
            .filter_map(|(name, ids)| {
                let ids = ids.as_array()?.iter().filter_map(Value::as_str);
                Some((name.clone(), ids.map(str::to_owned).collect()))
            });
        let profiles = below("profiles").into_iter().flatten().map(|(id, entry)| {
            let configured = Configured {
                provider: text(entry.get("provider")),
                mode: text(entry.get("mode")),
            };
            (id.clone(), configured)
        });
        AuthConfig {
            order: order.collect(),
            profiles: profiles.collect(),
        }
    }

    /// The orders that can count for codex, as they are written.
    pub(super) fn orders(&self, era: Era) -> impl Iterator<Item = (&str, &[String])> {
        let all = self.order.iter();
        let counting = all.filter(move |(name, _)| era.counts(name));
        counting.map(|(name, ids)| (name.as_str(), ids.as_slice()))
    }

    /// The order of this provider, however its name is written.
    pub(super) fn order_of(&self, provider: &str) -> Option<&Vec<String>> {
        let found = self.order.iter().find(|(name, _)| normal(name) == provider);
        found.map(|(_, ids)| ids)
    }
}
