//! A codex that can be run: the `@openai/codex` package with its native binary, or a binary alone.

use std::fmt;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::files::{self, NoText};
use crate::node::resolve;

/// Far more than any manifest has; what is larger is not one.
const MANIFEST_LIMIT: u64 = 1024 * 1024;

/// A codex, validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodexPackage {
    /// From the manifest; `None` for a binary that stands alone.
    pub(crate) version: Option<semver::Version>,
    /// `bin/codex.js`; `None` for a binary that stands alone.
    pub(crate) entry: Option<PathBuf>,
    /// The native binary for this machine; `None` where its platform package is missing.
    pub(crate) native: Option<PathBuf>,
}

/// Why a directory is not the `@openai/codex` that one can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// Nothing is there.
    Missing,
    /// There is something, but it could not be looked at.
    Unreadable(std::io::ErrorKind),
    /// The manifest is not one, or of another package.
    NotCodex,
    /// The package that carries the native binary; it bears the same name.
    PlatformPackage,
    /// The manifest promises a launcher that is not there.
    NoLauncher,
    /// A file that was named, and that nobody may execute.
    NotExecutable,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rejection::Missing => f.write_str("not there"),
            Rejection::Unreadable(kind) => write!(f, "could not be read: {kind}"),
            Rejection::NotCodex => f.write_str("not an @openai/codex package"),
            Rejection::PlatformPackage => {
                f.write_str("a platform package: it has the binary, not the launcher")
            }
            Rejection::NoLauncher => f.write_str("bin/codex.js is missing"),
            Rejection::NotExecutable => f.write_str("not an executable file"),
        }
    }
}

#[derive(Deserialize)]
struct Manifest {
    name: Option<String>,
    version: Option<String>,
    bin: Option<Bin>,
    os: Option<serde::de::IgnoredAny>,
    cpu: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Bin {
    codex: Option<String>,
}

impl CodexPackage {
    /// Looks at `dir`, which may be a link into a store. The main package is told from a platform
    /// package by its manifest: both have one name, and their versions sort misleadingly.
    pub(crate) fn at(dir: &Path) -> Result<CodexPackage, Rejection> {
        let dir = dir.canonicalize()?;
        let manifest = manifest(&dir)?;
        if manifest.name.as_deref() != Some("@openai/codex") {
            return Err(Rejection::NotCodex);
        }
        let is_platform = manifest.os.is_some() || manifest.cpu.is_some();
        let Some(launcher) = manifest.bin.and_then(|bin| bin.codex) else {
            return Err(if is_platform {
                Rejection::PlatformPackage
            } else {
                Rejection::NotCodex
            });
        };
        let entry = dir.join(launcher);
        if !entry.is_file() {
            return Err(Rejection::NoLauncher);
        }
        Ok(CodexPackage {
            version: manifest
                .version
                .and_then(|text| semver::Version::parse(&text).ok()),
            native: native_binary(&dir),
            entry: Some(entry),
        })
    }

    /// A file that somebody named: a `codex.js` of a package, or a native binary.
    pub(crate) fn at_file(file: &Path) -> Result<CodexPackage, Rejection> {
        let real = file.canonicalize()?;
        if real.extension().is_some_and(|ending| ending == "js") {
            let dir = real.parent().and_then(Path::parent);
            return CodexPackage::at(dir.ok_or(Rejection::NotCodex)?);
        }
        let meta = real.metadata()?;
        if !meta.is_file() || meta.permissions().mode() & 0o111 == 0 {
            return Err(Rejection::NotExecutable);
        }
        Ok(CodexPackage {
            version: None,
            entry: None,
            native: Some(real),
        })
    }

    /// The version in words.
    pub(crate) fn version_text(&self) -> String {
        self.version
            .as_ref()
            .map_or_else(|| "of unknown version".to_owned(), ToString::to_string)
    }
}

impl From<std::io::Error> for Rejection {
    fn from(error: std::io::Error) -> Rejection {
        match error.kind() {
            std::io::ErrorKind::NotFound => Rejection::Missing,
            kind => Rejection::Unreadable(kind),
        }
    }
}

fn manifest(dir: &Path) -> Result<Manifest, Rejection> {
    let text = match files::read(&dir.join("package.json"), MANIFEST_LIMIT) {
        Ok(text) => text,
        Err(NoText::Missing) => return Err(Rejection::Missing),
        Err(NoText::Unreadable(why)) => return Err(Rejection::Unreadable(why)),
        Err(NoText::NotAFile | NoText::TooLarge) => return Err(Rejection::NotCodex),
    };
    serde_json::from_slice(&text).map_err(|_| Rejection::NotCodex)
}

/// The binary that `bin/codex.js` in `package`, a real path, would start: in the platform package
/// that Node finds from there, else in the main package's own `vendor` (before 0.99.0).
fn native_binary(package: &Path) -> Option<PathBuf> {
    let (platform, triple) = platform()?;
    let name = format!("@openai/codex-{platform}");
    let carrier = resolve::package_dir(package, &name).unwrap_or_else(|| package.to_owned());
    let vendor = carrier.join("vendor").join(triple);
    // Since 0.133.0 in `bin`, before that in `codex`.
    ["bin/codex", "codex/codex"]
        .into_iter()
        .map(|tail| vendor.join(tail))
        .find(|binary| binary.is_file())
        .and_then(|binary| binary.canonicalize().ok())
}

/// The suffix of the platform package, and the target triple inside it.
fn platform() -> Option<(&'static str, &'static str)> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux" | "android", "x86_64") => Some(("linux-x64", "x86_64-unknown-linux-musl")),
        ("linux" | "android", "aarch64") => Some(("linux-arm64", "aarch64-unknown-linux-musl")),
        ("macos", "x86_64") => Some(("darwin-x64", "x86_64-apple-darwin")),
        ("macos", "aarch64") => Some(("darwin-arm64", "aarch64-apple-darwin")),
        _ => None,
    }
}
