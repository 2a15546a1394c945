//! OpenClaw as its files show it: where it keeps its state, which agents it has, what its version
//! does with a codex home. Knows nothing of codex itself.

pub(crate) mod agents;
pub(crate) mod config;
pub(crate) mod paths;
pub(crate) mod version;
