//! `package.json`, as far as it matters here.

use std::fmt;
use std::io::ErrorKind;
use std::path::Path;

use serde_json::{Map, Value};

use crate::files::{self, NoText};

/// Far more than any manifest has; what is larger is not one.
const LIMIT: u64 = 1024 * 1024;

/// Nobody has more names for one package; a manifest has room for tens of thousands.
const ALIASES: usize = 16;

/// What a package says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest(Map<String, Value>);

/// Why there is no manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoManifest {
    Missing,
    NotAFile,
    TooLarge,
    /// No JSON object, or one that is nested beyond reason.
    Damaged,
    Unreadable(ErrorKind),
}

impl fmt::Display for NoManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoManifest::Missing => f.write_str("it has no package.json"),
            NoManifest::NotAFile => f.write_str("its package.json is not a file"),
            NoManifest::TooLarge => f.write_str("its package.json is larger than 1 MiB"),
            NoManifest::Damaged => f.write_str("its package.json is damaged"),
            NoManifest::Unreadable(kind) => write!(f, "its package.json: {kind}"),
        }
    }
}

impl From<NoText> for NoManifest {
    fn from(why: NoText) -> NoManifest {
        match why {
            NoText::Missing => NoManifest::Missing,
            NoText::NotAFile => NoManifest::NotAFile,
            NoText::TooLarge => NoManifest::TooLarge,
            NoText::Unreadable(kind) => NoManifest::Unreadable(kind),
        }
    }
}

impl Manifest {
    /// Reads the one of the package in `dir`.
    pub(crate) fn of(dir: &Path) -> Result<Manifest, NoManifest> {
        Manifest::at(&dir.join("package.json"))
    }

    /// Reads a file of the same form.
    pub(crate) fn at(file: &Path) -> Result<Manifest, NoManifest> {
        let text = files::read(file, LIMIT)?;
        match serde_json::from_slice(&text) {
            Ok(Value::Object(fields)) => Ok(Manifest(fields)),
            _ => Err(NoManifest::Damaged),
        }
    }

    /// A field that is a text.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field)?.as_str()
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.text("name")
    }

    pub(crate) fn version(&self) -> Option<semver::Version> {
        semver::Version::parse(self.text("version")?).ok()
    }

    /// The file behind the command `name`, as written.
    pub(crate) fn bin(&self, name: &str) -> Option<&str> {
        self.0.get("bin")?.get(name)?.as_str()
    }

    /// The versions of `name`, which runs it, that it asks for, as written.
    pub(crate) fn engine(&self, name: &str) -> Option<&str> {
        self.0.get("engines")?.get(name)?.as_str()
    }

    /// Whether it is made for some systems only.
    pub(crate) fn is_of_a_platform(&self) -> bool {
        self.0.contains_key("os") || self.0.contains_key("cpu")
    }

    /// What it asks for of the package `name`, required or optional.
    pub(crate) fn dependency(&self, name: &str) -> Option<&str> {
        self.wanted()
            .find(|(known, _)| *known == name)
            .map(|(_, range)| range)
    }

    /// The names under which it has the package `name`, where they are others than its own: npm's
    /// aliases.
    pub(crate) fn aliases<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let aliases = self.wanted().filter_map(move |(alias, range)| {
            let real = range.strip_prefix("npm:")?;
            let is_it = real
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('@'));
            (is_it && alias != name).then_some(alias)
        });
        aliases.take(ALIASES)
    }

    fn wanted(&self) -> impl Iterator<Item = (&str, &str)> {
        ["dependencies", "optionalDependencies"]
            .into_iter()
            .filter_map(|field| self.0.get(field)?.as_object())
            .flatten()
            .filter_map(|(name, range)| Some((name.as_str(), range.as_str()?)))
    }
}
