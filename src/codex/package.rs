//! A codex that can be run: the `@openai/codex` package with its native binary, or a binary alone.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use nix::unistd::AccessFlags;

use crate::files;
use crate::node::manifest::{Manifest, NoManifest};
use crate::node::resolve;

/// The main package's name, which its platform packages bear, too.
pub(crate) const NAME: &str = "@openai/codex";
/// The main package's launcher.
pub(crate) const LAUNCHER: &str = "codex.js";

/// A codex, validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodexPackage {
    /// From the manifest; `None` for a binary that belongs to no package.
    pub(crate) version: Option<semver::Version>,
    /// Where it was found: the package's directory, or a link to it.
    pub(crate) link: Option<PathBuf>,
    /// `bin/codex.js`, by its real path; `None` for a binary that belongs to no package.
    pub(crate) entry: Option<PathBuf>,
    /// The native binary for this machine; `None` where its platform package is missing.
    pub(crate) native: Option<Native>,
    /// Whether the launcher starts nothing but the binary of a platform package.
    pub(crate) needs_platform: bool,
}

/// The program itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Native {
    pub(crate) path: PathBuf,
    /// The directory of the helpers that it looks for on PATH.
    pub(crate) helpers: Option<PathBuf>,
}

/// Why something is not a codex that one can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// Nothing is there.
    Missing,
    /// A link to nothing.
    Dangling,
    /// There is something, but it could not be looked at.
    Unreadable(io::ErrorKind),
    /// The manifest tells nothing.
    NoManifest(NoManifest),
    /// The manifest is of another package.
    NotCodex,
    /// The package that carries the native binary; it bears the same name.
    PlatformPackage,
    /// The manifest promises a launcher that is not there.
    NoLauncher,
    /// A program that this user may not execute.
    NotExecutable(PathBuf),
    /// What should be a program, and is none that this system could start.
    NotProgram(PathBuf),
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rejection::Missing => f.write_str("not there"),
            Rejection::Dangling => f.write_str("a dangling link"),
            Rejection::Unreadable(kind) => write!(f, "could not be read: {kind}"),
            Rejection::NoManifest(why) => write!(f, "not an @openai/codex package: {why}"),
            Rejection::NotCodex => f.write_str("not an @openai/codex package"),
            Rejection::PlatformPackage => {
                f.write_str("a platform package: it has the binary, not the launcher")
            }
            Rejection::NoLauncher => f.write_str("bin/codex.js is missing"),
            Rejection::NotExecutable(path) => {
                write!(f, "{} is not an executable file", path.display())
            }
            Rejection::NotProgram(path) => {
                write!(
                    f,
                    "{} is not a program: damaged, or something else",
                    path.display()
                )
            }
        }
    }
}

impl From<io::Error> for Rejection {
    fn from(error: io::Error) -> Rejection {
        match error.kind() {
            io::ErrorKind::NotFound => Rejection::Missing,
            kind => Rejection::Unreadable(kind),
        }
    }
}

impl From<NoManifest> for Rejection {
    fn from(why: NoManifest) -> Rejection {
        match why {
            NoManifest::Unreadable(kind) => Rejection::Unreadable(kind),
            why => Rejection::NoManifest(why),
        }
    }
}

impl CodexPackage {
    /// Looks at `link`, which may be a link into a store. The main package is told from a platform
    /// package by its manifest: both have one name, and their versions sort misleadingly.
    pub(crate) fn at(link: &Path) -> Result<CodexPackage, Rejection> {
        let dir = real(link)?;
        let manifest = Manifest::of(&dir)?;
        if manifest.name() != Some(NAME) {
            return Err(Rejection::NotCodex);
        }
        let launcher = match manifest.bin("codex") {
            Some(launcher) if !manifest.is_of_a_platform() => launcher,
            _ if manifest.is_of_a_platform() => return Err(Rejection::PlatformPackage),
            _ => return Err(Rejection::NotCodex),
        };
        let entry = files::folded(&dir.join(launcher));
        if !entry.is_file() {
            return Err(Rejection::NoLauncher);
        }
        Ok(CodexPackage {
            version: manifest.version(),
            native: native_of(&dir).map(executable).transpose()?,
            needs_platform: needs_platform(&manifest),
            link: Some(link.to_owned()),
            entry: Some(entry),
        })
    }

    /// The package of a launcher.
    pub(crate) fn of_launcher(script: &Path) -> Result<CodexPackage, Rejection> {
        let script = real(script)?;
        let dir = script.parent().and_then(Path::parent);
        CodexPackage::at(dir.ok_or(Rejection::NotCodex)?)
    }

    /// A native binary, which may be that of a platform package.
    pub(crate) fn of_binary(file: &Path) -> Result<CodexPackage, Rejection> {
        let path = real(file)?;
        if !path.is_file() {
            return Err(Rejection::NotProgram(path));
        }
        let carrier = carrier_of(&path);
        let version = carrier.as_deref().and_then(version_of_carrier);
        let helpers = carrier.and_then(|_| helpers_of(&path));
        Ok(CodexPackage {
            version,
            needs_platform: false,
            link: None,
            entry: None,
            native: Some(executable(Native { path, helpers })?),
        })
    }

    /// Whether both are one and the same.
    pub(crate) fn is_same(&self, other: &CodexPackage) -> bool {
        match (&self.entry, &other.entry) {
            (Some(entry), Some(other)) => entry == other,
            _ => self.native == other.native,
        }
    }

    /// The version in words.
    pub(crate) fn version_text(&self) -> String {
        self.version
            .as_ref()
            .map_or_else(|| "of unknown version".to_owned(), ToString::to_string)
    }
}

fn real(path: &Path) -> Result<PathBuf, Rejection> {
    path.canonicalize().map_err(|error| match error.into() {
        Rejection::Missing if path.is_symlink() => Rejection::Dangling,
        other => other,
    })
}

/// The system hands what is no program to a shell, which takes a damaged binary for a script.
fn executable(native: Native) -> Result<Native, Rejection> {
    if is_program(&native.path) == Some(false) {
        return Err(Rejection::NotProgram(native.path));
    }
    if files::barred(&native.path, AccessFlags::X_OK).is_some() {
        return Err(Rejection::NotExecutable(native.path));
    }
    Ok(native)
}

/// Whether a file begins as programs and scripts of Linux and macOS do; `None` where it cannot be
/// read, which does not keep anybody from executing it.
fn is_program(path: &Path) -> Option<bool> {
    const BEGINNINGS: [&[u8]; 6] = [
        b"\x7fELF",
        b"#!",
        // Mach-O, of either width and byte order, and the one for several machines.
        b"\xcf\xfa\xed\xfe",
        b"\xce\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
        b"\xfe\xed\xfa\xcf",
    ];
    let beginning = files::beginning(path, 4).ok()?;
    Some(BEGINNINGS.iter().any(|known| beginning.starts_with(known)))
}

/// The binary that `bin/codex.js` in `package`, a real path, would start: in the platform package
/// that Node finds from there, else in the main package itself (before 0.99.0).
fn native_of(package: &Path) -> Option<Native> {
    let (platform, triple) = platform()?;
    let name = format!("{NAME}-{platform}");
    let carrier = resolve::package_dir(package, &name).unwrap_or_else(|| package.to_owned());
    let vendor = carrier.join("vendor").join(triple);
    let said = Manifest::at(&vendor.join("codex-package.json")).ok();
    let entrypoint = said.as_ref().and_then(|said| said.text("entrypoint"));
    // Since 0.133.0 in `bin`, before that in `codex`; in the very first ones in `bin` of the main
    // package.
    let path = entrypoint
        .into_iter()
        .chain(["bin/codex", "codex/codex"])
        .map(|tail| vendor.join(tail))
        .chain([package.join(format!("bin/codex-{triple}"))])
        .find(|binary| binary.is_file())?;
    Some(Native {
        helpers: helpers_of(&path),
        path: path.canonicalize().ok()?,
    })
}

/// Since 0.99.0 the main package asks for the platform packages.
fn needs_platform(manifest: &Manifest) -> bool {
    platform()
        .is_some_and(|(platform, _)| manifest.dependency(&format!("{NAME}-{platform}")).is_some())
}

/// The directory beside a native binary that has its helpers: `codex-path` since 0.133.0, `path`
/// before that.
fn helpers_of(binary: &Path) -> Option<PathBuf> {
    let vendor = binary.parent()?.parent()?;
    ["codex-path", "path"]
        .into_iter()
        .map(|name| vendor.join(name))
        .find(|dir| dir.is_dir())
}

/// The platform package that a native binary lies in: `<package>/vendor/<triple>/bin/codex`.
fn carrier_of(binary: &Path) -> Option<PathBuf> {
    let vendor = binary.ancestors().nth(3)?;
    let package = vendor.ends_with("vendor").then(|| vendor.parent())??;
    let is_codex = Manifest::of(package).is_ok_and(|manifest| manifest.name() == Some(NAME));
    is_codex.then(|| package.to_owned())
}

/// A platform package has the version of its main package, and its platform behind it.
fn version_of_carrier(package: &Path) -> Option<semver::Version> {
    let manifest = Manifest::of(package).ok()?;
    let text = manifest.text("version")?;
    let suffix = format!("-{}", platform()?.0);
    semver::Version::parse(text.strip_suffix(&suffix).unwrap_or(text)).ok()
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
