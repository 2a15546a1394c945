//! OpenClaw's version, and what that version does with `<agentDir>/codex-home/auth.json`.

use std::fmt;
use std::str::FromStr;

/// A release, `2026.M.P`. A re-release `2026.7.1-2` is later than `2026.7.1`, a beta
/// `2026.8.1-beta.2` earlier than its release; semver would sort the first the other way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    year: u32,
    month: u32,
    patch: u32,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Beta(u32),
    Release(u32),
}

impl Version {
    const fn release(month: u32, patch: u32) -> Version {
        Version {
            year: 2026,
            month,
            patch,
            stage: Stage::Release(0),
        }
    }

    const fn beta(month: u32, patch: u32) -> Version {
        Version {
            year: 2026,
            month,
            patch,
            stage: Stage::Beta(0),
        }
    }
}

impl FromStr for Version {
    type Err = ();

    fn from_str(text: &str) -> Result<Version, ()> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let (numbers, stage) = match text.split_once('-') {
            None => (text, Stage::Release(0)),
            Some((numbers, stage)) => match stage.strip_prefix("beta.") {
                Some(number) => (numbers, Stage::Beta(number.parse().map_err(|_| ())?)),
                // Of another kind of pre-release nothing is known but that it comes before.
                None => (
                    numbers,
                    stage.parse().map_or(Stage::Beta(0), Stage::Release),
                ),
            },
        };
        let mut parts = numbers.split('.').map(str::parse);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Ok(year)), Some(Ok(month)), Some(Ok(patch)), None) => Ok(Version {
                year,
                month,
                patch,
                stage,
            }),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.year, self.month, self.patch)?;
        match self.stage {
            Stage::Beta(number) => write!(f, "-beta.{number}"),
            Stage::Release(0) => Ok(()),
            Stage::Release(number) => write!(f, "-{number}"),
        }
    }
}

/// How a login reaches an agent of this OpenClaw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The agent's codex reads `codex-home/auth.json`: 2026.5.2 to 2026.7.35, without the betas
    /// of 2026.7.2.
    CodexHome,
    /// Nothing reads that file, and from 2026.8.1 on its presence can make the agent refuse to
    /// start: the login belongs in OpenClaw's own store. 2026.7.2-beta.1, and 2026.8.1 and later.
    Import,
    /// There is no codex home yet: before 2026.5.2.
    NoCodexHome,
}

impl Route {
    /// The route for a version. The betas of 2026.7.2 already behave as 2026.8.1 does, while the
    /// maintenance line 2026.7.33 and later behaves as 2026.7.1.
    pub(crate) fn of(version: &Version) -> Route {
        let has_codex_home = *version >= Version::release(5, 2);
        let is_betas_line = *version >= Version::beta(7, 2) && *version < Version::beta(7, 33);
        let has_own_store = *version >= Version::beta(8, 1);
        match (has_codex_home, is_betas_line || has_own_store) {
            (false, _) => Route::NoCodexHome,
            (true, true) => Route::Import,
            (true, false) => Route::CodexHome,
        }
    }

    /// Whether a file in the codex home can keep the agent from starting.
    pub(crate) fn is_blocked_by_file(version: &Version) -> bool {
        *version >= Version::release(8, 1)
    }

    /// The word that JSON has for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Route::CodexHome => "codex-home",
            Route::Import => "import",
            Route::NoCodexHome => "none",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Route, Version};

    fn version(text: &str) -> Version {
        text.parse().expect("a version")
    }

    #[test]
    fn every_boundary_of_the_version_table_has_its_route() {
        for (text, route) in [
            ("2026.4.29", Route::NoCodexHome),
            ("2026.5.1", Route::NoCodexHome),
            ("2026.5.2-beta.1", Route::NoCodexHome),
            ("2026.5.2", Route::CodexHome),
            ("2026.5.12", Route::CodexHome),
            ("2026.7.1", Route::CodexHome),
            ("2026.7.1-2", Route::CodexHome),
            ("2026.7.2-beta.1", Route::Import),
            ("2026.7.2-beta.7", Route::Import),
            ("2026.7.33", Route::CodexHome),
            ("2026.7.35", Route::CodexHome),
            ("2026.8.1-beta.2", Route::Import),
            ("2026.8.1", Route::Import),
            ("2026.9.6", Route::Import),
            ("2027.1.1", Route::Import),
        ] {
            assert_eq!(Route::of(&version(text)), route, "{text}");
        }
        assert!(Route::is_blocked_by_file(&version("2026.8.1")));
        assert!(!Route::is_blocked_by_file(&version("2026.8.1-beta.2")));
    }

    #[test]
    fn a_rerelease_is_later_and_a_beta_earlier_than_the_release() {
        assert!(version("2026.7.1-2") > version("2026.7.1"));
        assert!(version("2026.8.1-beta.2") < version("2026.8.1"));
        assert_eq!(version("v2026.7.1-2").to_string(), "2026.7.1-2");
        assert!(version("2026.9.6-alpha.1") < version("2026.9.6"));
        for wrong in ["", "2026", "2026.7", "2026.7.1.4", "latest"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong:?}");
        }
    }
}
