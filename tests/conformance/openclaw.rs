//! The real OpenClaw, with the Node that it needs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cases::Case;
use crate::support::packages::{cache_dir, node_dir, openclaw_program};

/// A published OpenClaw: one of those whose roster is a list, and one of those whose roster is
/// keyed by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    V5_12,
    V9_6,
}

impl Release {
    pub fn version(self) -> &'static str {
        match self {
            Release::V5_12 => "2026.5.12",
            Release::V9_6 => "2026.9.6",
        }
    }

    /// A Node that is new enough for it.
    fn node(self) -> &'static str {
        match self {
            Release::V5_12 => "22.23.3",
            Release::V9_6 => "24.21.0",
        }
    }
}

/// An installed OpenClaw.
pub struct OpenClaw {
    program: PathBuf,
    node_dir: PathBuf,
    compile_cache: PathBuf,
}

impl OpenClaw {
    pub fn installed(release: Release) -> OpenClaw {
        let version = release.version();
        OpenClaw {
            program: openclaw_program(version).expect("a real OpenClaw"),
            node_dir: node_dir(release.node()).expect("its Node"),
            compile_cache: cache_dir().join(format!("openclaw-{version}-compiled")),
        }
    }

    /// How it is asked. `scratch` takes what it keeps in the system's temporary directory.
    pub fn command(&self, case: &Case, scratch: &Path) -> Command {
        let mut command = case.command(&self.node_dir.join("node"), &self.node_dir);
        command
            .env("TMPDIR", scratch)
            // Its code compiled once, and no second process for that: it answers the same, sooner.
            .env("NODE_COMPILE_CACHE", &self.compile_cache)
            .env("OPENCLAW_PACKAGED_COMPILE_CACHE_RESPAWNED", "1")
            .env("OPENCLAW_NO_RESPAWN", "1")
            .arg(&self.program)
            .args(&case.args)
            .args(["agents", "list", "--json"]);
        command
    }
}
