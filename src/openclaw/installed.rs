//! Which OpenClaw is installed on this machine: the package that the gateway runs, the one that
//! `openclaw` on PATH leads to, those of the global package directories.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::files;
use crate::host::Host;
use crate::node::globals;
use crate::openclaw::version::Version;
use crate::sourced::Sourced;

const NAME: &str = "openclaw";
const MANIFEST_LIMIT: u64 = 1024 * 1024;
/// A program lies a few directories below its package.
const DEPTH_LIMIT: usize = 6;

/// The manifest, as far as it matters.
#[derive(Deserialize)]
struct Manifest {
    name: String,
    version: String,
}

/// The version of the package that one of these programs of a gateway belongs to.
pub(crate) fn of_gateway(
    name: &str,
    programs: impl Iterator<Item = PathBuf>,
) -> Option<Sourced<Version>> {
    programs
        .filter_map(|program| of_program(&program))
        .map(|(version, dir)| Sourced::new(version, format!("{name} runs {}", dir.display())))
        .next()
}

/// The versions in these package roots, which are `node_modules` directories or hold one.
pub(crate) fn in_roots(roots: &[PathBuf]) -> Vec<Sourced<Version>> {
    globals::in_roots(roots)
        .filter_map(|modules| at(&modules.dir.join(NAME)))
        .collect()
}

/// The versions on this machine: what PATH leads to first, then the global packages.
pub(crate) fn on(host: &Host) -> Vec<Sourced<Version>> {
    let on_path = globals::on_path(host, NAME)
        .and_then(|program| of_program(&program))
        .map(|(version, dir)| Sourced::new(version, format!("PATH leads to {}", dir.display())));
    let globals = globals::global_modules(host);
    let of_globals = globals
        .iter()
        .filter_map(|modules| at(&modules.dir.join(NAME)));
    on_path.into_iter().chain(of_globals).collect()
}

fn at(dir: &Path) -> Option<Sourced<Version>> {
    Some(Sourced::new(of_manifest(dir)?, dir.display().to_string()))
}

/// The package that a program belongs to, links followed.
fn of_program(program: &Path) -> Option<(Version, PathBuf)> {
    let real = program.canonicalize().ok()?;
    real.ancestors()
        .skip(1)
        .take(DEPTH_LIMIT)
        .find_map(|dir| Some((of_manifest(dir)?, dir.to_owned())))
}

fn of_manifest(dir: &Path) -> Option<Version> {
    let bytes = files::read(&dir.join("package.json"), MANIFEST_LIMIT).ok()?;
    let manifest: Manifest = serde_json::from_slice(&bytes).ok()?;
    (manifest.name == NAME).then(|| manifest.version.parse().ok())?
}
