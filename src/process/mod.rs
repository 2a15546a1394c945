//! Other processes: what would be run, as whom, running it, and the signals that arrive meanwhile.

pub(crate) mod answer;
pub(crate) mod child;
pub(crate) mod converse;
pub(crate) mod identity;
pub(crate) mod plan;
pub(crate) mod running;
pub(crate) mod signals;
pub(crate) mod supervise;
