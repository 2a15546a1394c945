//! Until when a profile is good.

use crate::openclaw::profiles::era::Era;
use crate::openclaw::profiles::seen::Seen;

/// The last millisecond that a JavaScript date can name.
const LAST: f64 = 8.64e15;

/// What a profile says of its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Expires {
    Unsaid,
    /// Something that is no time.
    Invalid,
    /// Milliseconds.
    At(f64),
}

impl Expires {
    pub(super) fn of(value: Option<&Seen>, era: Era) -> Expires {
        match value.map(Seen::number) {
            None => Expires::Unsaid,
            Some(Some(time)) if time > 0.0 && (time <= LAST || !era.has_databases()) => {
                Expires::At(time)
            }
            Some(_) => Expires::Invalid,
        }
    }

    /// The time, as far as there is one.
    pub(crate) fn time(self) -> Option<f64> {
        match self {
            Expires::At(time) => Some(time),
            _ => None,
        }
    }

    /// Whether it has come.
    pub(super) fn has_come(self, now: f64) -> bool {
        self.time().is_some_and(|time| time <= now)
    }

    /// Whether a token without an end, or with one to come, is good.
    pub(super) fn admits_token(self, now: f64) -> bool {
        self == Expires::Unsaid || self.time().is_some_and(|time| time > now)
    }
}
