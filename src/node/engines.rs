//! Which versions of Node a package asks for, as `engines.node` of its manifest has it.

use std::fmt;

use semver::{Version, VersionReq};

/// The range of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Engines {
    text: String,
    /// Any of them will do. Empty where the text is not understood: then nothing is refused.
    any_of: Vec<VersionReq>,
}

impl Engines {
    /// npm's form: alternatives between `||`, in each what must all be true, between blanks.
    pub(crate) fn of(text: &str) -> Engines {
        let parsed = text.split("||").map(|part| {
            let all: Vec<_> = part.split_whitespace().collect();
            VersionReq::parse(&all.join(", ")).ok()
        });
        Engines {
            any_of: parsed.collect::<Option<_>>().unwrap_or_default(),
            text: text.trim().to_owned(),
        }
    }

    pub(crate) fn admits(&self, version: &Version) -> bool {
        self.any_of.is_empty() || self.any_of.iter().any(|range| range.matches(version))
    }
}

impl fmt::Display for Engines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::Engines;

    #[test]
    fn the_ranges_of_published_openclaws_are_understood() {
        let newest = Engines::of(">=24.16.0 <25 || >=26.1.0");
        let earlier = Engines::of(">=22.22.3 <23 || >=24.15.0 <25 || >=25.9.0");
        for (text, by_newest, by_earlier) in [
            ("20.19.4", false, false),
            ("22.22.2", false, false),
            ("22.23.3", false, true),
            ("23.1.0", false, false),
            ("24.15.0", false, true),
            ("24.21.0", true, true),
            ("25.9.0", false, true),
            ("26.1.0", true, true),
        ] {
            let version = text.parse().expect("a version");
            assert_eq!(newest.admits(&version), by_newest, "{text}");
            assert_eq!(earlier.admits(&version), by_earlier, "{text}");
        }
        let other = Engines::of("whatever - you like");
        assert!(other.admits(&"1.0.0".parse().expect("a version")));
    }
}
