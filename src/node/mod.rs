//! Node's world without running it: where package managers keep global packages, how Node itself
//! finds one package from another, what a command on PATH leads to, and which nodes there are.

pub(crate) mod engines;
pub(crate) mod globals;
pub(crate) mod manifest;
pub(crate) mod nodes;
pub(crate) mod path;
pub(crate) mod pnpm;
pub(crate) mod resolve;
pub(crate) mod settings;
pub(crate) mod shim;
pub(crate) mod store;
