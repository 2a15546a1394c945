//! OpenClaw's auth profiles: which of them an agent's next turn would use, told from their stores
//! alone, and without keeping a token.
//!
//! `sources` finds the stores and reads them (`json`, `database`, through `seen`, which blacks out
//! what may be secret); `shared` is where that is which all inherit; `held` is which refresh tokens are in them, `sealed` those that are encrypted; `store` and `credential` are what is known then; `inherit` and `reconcile`
//! join an agent's store with the main one, `overlay` adds the login of the codex command line,
//! and `select` picks. What differs between versions is an `Era`. The rules are those of
//! OpenClaw's own `auth-profiles` modules of 2026.5.12, 7.1, 8.2 and 9.6.

mod collation;
pub(crate) mod config;
mod credential;
mod database;
pub(crate) mod edit;
pub(crate) mod era;
mod expires;
mod form;
pub(crate) mod held;
mod inherit;
pub(crate) mod inspect;
mod join;
mod json;
mod order;
pub(crate) mod overlay;
mod reconcile;
pub(crate) mod sealed;
mod secret;
mod seen;
pub(crate) mod select;
pub(crate) mod shadows;
mod shared;
pub(crate) mod sources;
pub(crate) mod store;
pub(crate) mod usage;
