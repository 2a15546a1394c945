//! What the integration tests and the examples stand on.
//!
//! - [`issuer`]: a stand-in for the service that hands out Codex logins
//! - [`packages`]: real installs of Codex and OpenClaw, fetched once and kept
//!
//! Nothing here knows codex-login itself. The files are included by path, so
//! every user compiles its own copy and may need only a part of it.

#[allow(dead_code, reason = "each includer uses its own part")]
pub(crate) mod issuer;

#[allow(dead_code, reason = "each includer uses its own part")]
#[allow(
    clippy::disallowed_methods,
    reason = "only the program itself goes through its host and child modules"
)]
pub(crate) mod packages;
