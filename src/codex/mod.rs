//! Codex as its packages and homes show it. Knows nothing of OpenClaw.

pub(crate) mod app_server;
pub(crate) mod auth;
pub(crate) mod claims;
pub(crate) mod cli_login;
pub(crate) mod command;
pub(crate) mod device;
pub(crate) mod environment;
pub(crate) mod home;
pub(crate) mod install;
pub(crate) mod lock;
pub(crate) mod managed;
pub(crate) mod nobody;
pub(crate) mod owner;
pub(crate) mod package;
pub(crate) mod probe;
pub(crate) mod redact;
pub(crate) mod stage;
pub(crate) mod status;
pub(crate) mod store;
mod written;
