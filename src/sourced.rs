//! A value together with where it came from.

/// Something that was resolved, and the words that tell where from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sourced<T> {
    pub(crate) value: T,
    /// For people: `OPENCLAW_STATE_DIR`, `pnpm global/5 in /pnpm`, ….
    pub(crate) source: String,
}

impl<T> Sourced<T> {
    pub(crate) fn new(value: T, source: impl Into<String>) -> Sourced<T> {
        Sourced {
            value,
            source: source.into(),
        }
    }
}
