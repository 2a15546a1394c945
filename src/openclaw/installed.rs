//! Which OpenClaw is installed on this machine: the package that the gateway runs, the one that
//! `openclaw` on PATH leads to, those of the global package directories.

use std::path::{Path, PathBuf};

use crate::host::Host;
use crate::node::manifest::Manifest;
use crate::node::{globals, path};
use crate::openclaw::version::Version;

const NAME: &str = "openclaw";
/// A program lies a few directories below its package.
const DEPTH_LIMIT: usize = 6;

/// A package of OpenClaw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) dir: PathBuf,
    pub(crate) version: Version,
    /// What led there, for people.
    pub(crate) source: String,
}

/// The package that one of these programs of a gateway belongs to.
pub(crate) fn of_gateway(name: &str, programs: impl Iterator<Item = PathBuf>) -> Option<Package> {
    programs
        .filter_map(|program| of_program(&program))
        .map(|package| package.led_by(&format!("{name} runs")))
        .next()
}

/// Those in these package roots, which are `node_modules` directories or hold one.
pub(crate) fn in_roots(roots: &[PathBuf]) -> Vec<Package> {
    globals::in_roots(roots)
        .filter_map(|modules| at(&modules.dir.join(NAME)))
        .collect()
}

/// Those on this machine: what PATH leads to first, then the global packages.
pub(crate) fn on(host: &Host) -> Vec<Package> {
    let on_path = path::first(host, NAME).and_then(|program| of_program(&program));
    let leads: Vec<_> = on_path.iter().map(|package| package.dir.clone()).collect();
    let globals = globals::all(host, &leads).modules.into_iter();
    let of_globals = globals.filter_map(|modules| at(&modules.dir.join(NAME)));
    let on_path = on_path.map(|package| package.led_by("PATH leads to"));
    on_path.into_iter().chain(of_globals).collect()
}

impl Package {
    fn led_by(self, what: &str) -> Package {
        Package {
            source: format!("{what} {}", self.dir.display()),
            ..self
        }
    }
}

/// The package that a program belongs to, links followed.
fn of_program(program: &Path) -> Option<Package> {
    let real = program.canonicalize().ok()?;
    real.ancestors().skip(1).take(DEPTH_LIMIT).find_map(at)
}

fn at(dir: &Path) -> Option<Package> {
    let manifest = Manifest::of(dir).ok()?;
    let is_it = manifest.name() == Some(NAME);
    Some(Package {
        version: manifest.text("version").filter(|_| is_it)?.parse().ok()?,
        dir: dir.to_owned(),
        source: dir.display().to_string(),
    })
}
