//! Other processes: what would be run, running it, and the signals that arrive meanwhile.

pub(crate) mod child;
pub(crate) mod plan;
pub(crate) mod signals;
pub(crate) mod supervise;
