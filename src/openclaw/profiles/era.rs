//! Versions of OpenClaw that select profiles alike.

use crate::openclaw::version::Version;

/// An era, named after its first version. The maintenance lines 2026.6.33 and 7.33 belong to the
/// eras before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Era {
    /// Only a profile that the run names counts.
    V5_2,
    /// Profiles of `openai-codex`, in files of JSON.
    V5_4,
    /// API keys of `openai` count as well, the order of `openai` too, and an OAuth profile may
    /// refer to a secret that is kept elsewhere.
    V5_12,
    /// Secrets that are kept elsewhere are not read, and make no profile eligible.
    V5_17,
    /// They are read again, and have to be there.
    V5_19,
    /// The provider is `openai`.
    V6_1,
    /// The stores are databases, and the agent's own profiles go before inherited ones.
    V6_5,
    /// An API key that is one of OpenClaw's own commands does not count.
    V6_33,
    /// Any OAuth profile keeps the codex command line's login away.
    V7_1,
    /// The shared store may be a database of its own; OAuth that has run out goes last.
    V8_1,
    /// The codex command line's login no longer counts.
    V9_5,
}

impl Era {
    /// That of a version; without one, of the last that read a codex home.
    pub(crate) fn of(version: Option<&Version>) -> Era {
        let Some(version) = version else {
            return Era::V7_1;
        };
        if version.is_ahead() {
            return Era::V8_1;
        }
        let starts = [
            (Version::release(9, 5), Era::V9_5),
            (Version::beta(8, 1), Era::V8_1),
            (Version::release(7, 1), Era::V7_1),
            (Version::release(6, 33), Era::V6_33),
            (Version::release(6, 5), Era::V6_5),
            (Version::release(6, 1), Era::V6_1),
            (Version::release(5, 19), Era::V5_19),
            (Version::release(5, 17), Era::V5_17),
            (Version::release(5, 12), Era::V5_12),
            (Version::release(5, 4), Era::V5_4),
        ];
        let begun = starts.into_iter().find(|(start, _)| version >= start);
        begun.map_or(Era::V5_2, |(_, era)| era)
    }

    /// Whose profiles the app-server of codex takes.
    pub(crate) fn provider(self) -> &'static str {
        if self < Era::V6_1 {
            "openai-codex"
        } else {
            "openai"
        }
    }

    /// Whether an order under this provider's name can count for codex.
    pub(super) fn counts(self, name: &str) -> bool {
        let name = normal(name);
        let takes_openai = self == Era::V5_12 || self == Era::V5_17;
        name == self.provider() || (takes_openai && name == "openai")
    }

    /// Whether the stores are databases.
    pub(crate) fn has_databases(self) -> bool {
        self >= Era::V6_5
    }

    /// Whether OpenClaw reads OAuth tokens that a profile keeps elsewhere (`oauthRef`). Later versions
    /// leave that to their doctor.
    pub(crate) fn reads_references(self) -> bool {
        self >= Era::V5_12 && self != Era::V5_17 && !self.has_databases()
    }

    /// The provider that profiles of this one belong to: up to 2026.5.28 the codex plugin gives
    /// `openai-codex` further names.
    pub(super) fn provider_of(self, name: &str) -> String {
        let name = normal(name);
        match name.as_str() {
            "codex-cli" | "openai-codex-import" if self < Era::V6_1 => "openai-codex".to_owned(),
            _ => name,
        }
    }
}

/// A provider's name as it is compared.
pub(crate) fn normal(name: &str) -> String {
    crate::openclaw::environment::js_trim(name).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::Era;

    #[test]
    fn every_version_has_its_era() {
        for (text, era) in [
            ("2026.5.2", Era::V5_2),
            ("2026.5.7", Era::V5_4),
            ("2026.5.12", Era::V5_12),
            ("2026.5.18", Era::V5_17),
            ("2026.5.28", Era::V5_19),
            ("2026.6.1", Era::V6_1),
            ("2026.6.11", Era::V6_5),
            ("2026.6.35", Era::V6_33),
            ("2026.7.1-2", Era::V7_1),
            ("2026.7.2-beta.1", Era::V8_1),
            ("2026.7.35", Era::V7_1),
            ("2026.8.1", Era::V8_1),
            ("2026.9.4", Era::V8_1),
            ("2026.9.6", Era::V9_5),
        ] {
            let version = text.parse().expect("a version");
            assert_eq!(Era::of(Some(&version)), era, "{text}");
        }
        assert_eq!(Era::of(None), Era::V7_1);
    }
}
