//! The OpenClaw wing: what OpenClaw's files mean. It knows nothing of codex.

pub(crate) mod agents;
pub(crate) mod config;
pub(crate) mod disk;
mod document;
mod dotenv;
pub(crate) mod environment;
pub(crate) mod gateway;
mod guarded;
pub(crate) mod ids;
mod include;
pub(crate) mod installation;
pub(crate) mod installed;
pub(crate) mod leftovers;
pub(crate) mod notice;
mod paths;
mod place;
mod profile;
mod roster;
pub(crate) mod route;
pub(crate) mod surroundings;
mod systemd;
mod variables;
pub(crate) mod version;
