//! What is said of a selected profile that OpenClaw leaves alone for a while, or that was refused.

use jiff::Timestamp;

use crate::agent::findings::Finding;
use crate::agent::profile::{shown, timestamp};
use crate::openclaw::profiles::select::Chosen;
use crate::openclaw::profiles::usage::Why;

/// Whether only another login gives the agent a turn that works.
pub(super) fn was_refused(chosen: &Chosen) -> bool {
    chosen.pause.is_some_and(|pause| pause.why == Why::Refused)
}

/// `login` is the command for another login, where there is one to name.
pub(super) fn finding(chosen: &Chosen, login: Option<String>, now: Timestamp) -> Option<Finding> {
    let pause = chosen.pause?;
    let id = shown(&chosen.id);
    let until = timestamp(pause.until).filter(|until| *until > now);
    let until = until.map_or(String::new(), |until| format!(" before {until:.0}"));
    let why = match pause.why {
        Why::Refused => {
            let tried = if until.is_empty() {
                "and nothing with it has worked since".to_owned()
            } else {
                format!("and OpenClaw does not try it again{until}")
            };
            let message = format!(
                "{id} was refused when it was last used, {tried}: only another login mends that"
            );
            return Some(Finding::error("profile-refused", message).maybe_fix(login));
        }
        Why::NoCredit => "its account has no credit left",
        Why::Limit => "its account has reached a limit",
        Why::Failures => "turns with it failed",
    };
    let message = format!("OpenClaw may not use {id}{until}: {why}");
    Some(Finding::warning("profile-cooling", message))
}
