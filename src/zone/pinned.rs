//! Which OpenClaw and codex the installed agent-vm puts into its zones.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::files;
use crate::host::Host;
use crate::node::{globals, path};

const MANIFEST: &str = "managed-images.json";
const PACKAGE: &str = "@agent-vm/agent-vm";

/// The versions that agent-vm builds its images with. A zone that was not built again since has
/// older ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pinned {
    pub(crate) openclaw: Option<String>,
    /// Older versions pin none.
    pub(crate) codex: Option<String>,
    pub(crate) source: String,
}

/// What the installed agent-vm pins: the one on PATH, else the global package, to which pnpm's
/// shim on PATH does not lead.
pub(crate) fn pinned(host: &Host) -> Option<Pinned> {
    let on_path = path::first(host, "agent-vm").and_then(|program| beside(&program));
    let mut global = globals::all(host, &[])
        .modules
        .into_iter()
        .map(|modules| modules.dir.join(PACKAGE).join(MANIFEST))
        .filter(|manifest| manifest.is_file());
    read(&on_path.or_else(|| global.next())?)
}

/// The manifest of the package that `program` is in.
fn beside(program: &Path) -> Option<PathBuf> {
    let real = program.canonicalize().ok()?;
    real.ancestors()
        .skip(1)
        .map(|dir| dir.join(MANIFEST))
        .find(|manifest| manifest.is_file())
}

fn read(manifest: &Path) -> Option<Pinned> {
    let bytes = files::read(manifest, 1024 * 1024).ok()?;
    let root: Value = serde_json::from_slice(&bytes).ok()?;
    let version = |key: &str| root.get(key)?.as_str().map(str::to_owned);
    let pinned = Pinned {
        openclaw: version("openClawVersion"),
        codex: version("openAiCodexCliVersion"),
        source: format!("agent-vm's {}", manifest.display()),
    };
    (pinned.openclaw.is_some() || pinned.codex.is_some()).then_some(pinned)
}
