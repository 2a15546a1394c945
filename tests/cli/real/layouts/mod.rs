//! codex-login among real installs: as package managers and OpenClaw lay them out, and as removals,
//! downgrades and settings leave them.
//!
//! What is right is asked of Node, which the agent asks too.

mod machine;
mod node;

mod left_behind;
mod openclaw;
mod others;
mod pairs;
mod pnpm;
mod without_native;

pub(super) use openclaw::active_plugin;

/// The smallest codex that all platforms have in the first layout of platform packages.
const OLD: &str = "0.101.0";
/// A later one of that layout.
const MIDDLE: &str = "0.116.0";
/// The first one of the layout with a `codex-package.json`.
const NEW: &str = "0.133.0";
/// Newer than what any plugin here pins.
const NEWEST: &str = "0.169.0";
