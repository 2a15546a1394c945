//! How a profile has fared, and from when on OpenClaw uses it again. Times are in milliseconds.

use crate::openclaw::profiles::seen::Seen;

/// Why OpenClaw leaves a profile alone for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It was refused in a way that only another login mends.
    Refused,
    /// The account has no credit left.
    NoCredit,
    /// The account has used up what it may for now.
    Limit,
    /// Turns with it went wrong in other ways.
    Failures,
}

impl Why {
    /// By OpenClaw's own word.
    fn of(word: Option<&str>) -> Why {
        match word {
            Some("auth" | "auth_permanent" | "session_expired") => Why::Refused,
            Some("billing") => Why::NoCredit,
            Some("rate_limit") => Why::Limit,
            _ => Why::Failures,
        }
    }
}

/// A time during which OpenClaw does not use a profile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pause {
    pub(crate) until: f64,
    pub(crate) why: Why,
}

/// What is noted of a profile.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Usage {
    pub(crate) last_used: f64,
    /// It is blocked, cooling down, or disabled.
    pauses: [Pause; 3],
    /// It was refused in a way that only another login mends.
    pub(super) is_invalidated: bool,
}

impl Usage {
    pub(super) fn of(raw: &Seen) -> Usage {
        let number = |key: &str| raw.at(key).and_then(Seen::number).unwrap_or(0.0);
        let why = |key: &str| Why::of(raw.at(key).and_then(Seen::text));
        let pause = |until: &str, why: Why| Pause {
            until: number(until),
            why,
        };
        let [cooling, disabled] = ["cooldownReason", "disabledReason"].map(why);
        let counts = raw.at("failureCounts").and_then(Seen::object);
        let has_count = counts.into_iter().flatten().any(|(reason, count)| {
            Why::of(Some(reason)) == Why::Refused && count.number().is_some_and(|count| count > 0.0)
        });
        Usage {
            last_used: number("lastUsed"),
            pauses: [
                pause("blockedUntil", Why::Limit),
                pause("cooldownUntil", cooling),
                pause("disabledUntil", disabled),
            ],
            is_invalidated: [cooling, disabled].contains(&Why::Refused) || has_count,
        }
    }

    /// When it may be used again, where that is still to come.
    pub(super) fn cooling_until(&self, now: f64) -> Option<f64> {
        let ahead = self.pauses.iter().map(|pause| pause.until);
        ahead.filter(|until| *until > now).reduce(f64::max)
    }

    /// Why the next turn may not work. A refusal counts beyond its time: OpenClaw forgets it as
    /// soon as the profile works, or is logged in again.
    pub(super) fn pause(&self, now: f64) -> Option<Pause> {
        let latest = |pauses: &mut dyn Iterator<Item = &Pause>| {
            pauses
                .max_by(|one, other| one.until.total_cmp(&other.until))
                .copied()
        };
        let is_refusal = |pause: &&Pause| pause.why == Why::Refused;
        let mut ahead = self.pauses.iter().filter(|pause| pause.until > now);
        if let Some(until) = self.cooling_until(now) {
            let refusal = ahead.clone().find(is_refusal).copied();
            let pause = refusal.or_else(|| latest(&mut ahead))?;
            return Some(Pause { until, ..pause });
        }
        let mut past = self.pauses.iter().filter(|pause| pause.until > 0.0);
        latest(&mut past).filter(|pause| is_refusal(&pause))
    }
}
