//! OpenClaw's versions, and what is known of the one at hand.

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
    pub(crate) const fn release(month: u32, patch: u32) -> Version {
        Version {
            year: 2026,
            month,
            patch,
            stage: Stage::Release(0),
        }
    }

    pub(crate) const fn beta(month: u32, patch: u32) -> Version {
        Version {
            year: 2026,
            month,
            patch,
            stage: Stage::Beta(0),
        }
    }
}

impl Version {
    /// Whether it is a beta of 2026.7.2: these are ahead of the maintenance line 2026.7.33, which sorts
    /// after them.
    pub(crate) fn is_ahead(&self) -> bool {
        (Version::beta(7, 2)..Version::beta(7, 33)).contains(self)
    }

    /// Whether agents are the entries of `agents.entries`, no longer items of `agents.list`.
    pub(crate) fn has_entries(&self) -> bool {
        *self >= Version::beta(8, 1)
    }

    /// Whether `agents.defaults.systemAgent` makes an agent the default one: not on 2026.8.2, but
    /// on 2026.9.6; of 2026.9.1 to 9.5 it is not known.
    pub(crate) fn has_system_agent(&self) -> bool {
        *self >= Version::release(9, 1)
    }

    /// Whether the configuration's place is settled before all `.env` files, and the
    /// configuration's own variables, are read: on 2026.9.6, not on 2026.5.12.
    pub(crate) fn settles_early(&self) -> bool {
        *self >= Version::release(8, 1)
    }

    /// Whether it keeps a Codex home for each profile, in `harness-auth` and `cli-auth`.
    pub(crate) fn has_bridge(&self) -> bool {
        (Version::release(4, 20)..Version::release(4, 23)).contains(self)
    }

    /// Whether `--profile` takes leave of the profile that a shell was started in.
    pub(crate) fn switches_profiles(&self) -> bool {
        *self >= Version::release(8, 1)
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

/// What is known of the version at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) version: Version,
    /// Files tell only that it is this version, or a later one.
    pub(crate) or_later: bool,
}

impl Release {
    pub(crate) fn exactly(version: Version) -> Release {
        Release {
            version,
            or_later: false,
        }
    }

    pub(crate) fn since(version: Version) -> Release {
        Release {
            version,
            or_later: true,
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let later = if self.or_later { " or later" } else { "" };
        write!(f, "{}{later}", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    fn version(text: &str) -> Version {
        text.parse().expect("a version")
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
