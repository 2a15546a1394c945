//! What else is in a codex home, or in its login, and changes how it is used.

use jiff::{SignedDuration, Timestamp};

use crate::agent::evidence::Evidence;
use crate::agent::findings::Finding;
use crate::agent::mend::Mend;
use crate::agent::verdict::State;
use crate::codex::auth::AuthFile;
use crate::codex::environment::DotEnv;
use crate::openclaw::route::Route;

/// Clocks differ by less.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let dotenv = dotenv(evidence);
    let unread = unread(evidence);
    let all = dotenv.into_iter().chain(unread).chain(clock(evidence));
    all.collect()
}

/// A login beside a profile that OpenClaw goes by. As soon as it has none the file keeps the agent
/// from starting; where the profile serves no longer the login may.
fn unread(evidence: &Evidence<'_>) -> Option<Finding> {
    let selected = evidence.selected.as_ref()?.as_ref().ok()?;
    let has_profile = evidence.blocked_by_file && selected.profile.is_some();
    if !has_profile || evidence.file == AuthFile::Absent {
        return None;
    }
    let path = evidence.agent.home.auth_json();
    let message = format!(
        "nothing reads {}, and without its profile of OpenClaw's the agent would not start because of it",
        path.display()
    );
    let fix = format!("codex-login doctor --fix {}", evidence.agent.address);
    let finding = Finding::info("unread-login", message).fix(fix).at(&path);
    let is_served = evidence.of_profile(State::Unknown);
    let is_served = is_served.is_some_and(|judged| judged.state == State::Ready);
    Some(finding.mend(if is_served {
        Mend::PutAside(path)
    } else {
        evidence.unblocked()
    }))
}

/// Codex loads the home's `.env` before it looks for a login.
fn dotenv(evidence: &Evidence<'_>) -> Option<Finding> {
    if !evidence.reads_home() && evidence.route != Route::Import {
        return None;
    }
    let home = evidence.agent.home.path();
    let path = home.join(".env");
    let DotEnv {
        identity,
        doubtful,
        others,
    } = DotEnv::of(home)?;
    let shown = path.display();
    let finding = if !identity.is_empty() {
        let message = format!(
            "{shown} sets {}: from codex 0.169 on that goes before any login, or fails",
            identity.join(", ")
        );
        let finding = Finding::error("home-dotenv", message);
        finding.fix(format!("take {} out of {shown}", identity.join(", ")))
    } else if !doubtful.is_empty() {
        let message = format!(
            "{shown} sets {}: that may change where codex looks for a login, or sends one",
            doubtful.join(", ")
        );
        let finding = Finding::warning("home-dotenv", message);
        finding.fix(format!("take {} out of {shown}", doubtful.join(", ")))
    } else if others > 0 {
        let message =
            format!("codex loads {shown} ({others} variables, none of which changes who it is)");
        Finding::info("home-dotenv", message)
    } else {
        return None;
    };
    let names: Vec<_> = identity.into_iter().chain(doubtful).collect();
    Some(
        finding
            .at(&path)
            .with("names", names)
            .with("others", others),
    )
}

/// A login that was made in the future shows a clock that is behind: of the end of a token nothing
/// can be said then.
fn clock(evidence: &Evidence<'_>) -> Option<Finding> {
    let AuthFile::Whole(login) = &evidence.file else {
        return None;
    };
    let is_ahead = |time: &Timestamp| *time > evidence.now + SKEW;
    let (what, time) = [
        ("its access token was made", login.issued_at),
        ("it was last refreshed", login.last_refresh),
    ]
    .into_iter()
    .find_map(|(what, time)| Some((what, time.filter(is_ahead)?)))?;
    let message = format!(
        "the login is from the future ({what} at {time:.0}, and this machine has {:.0}): the clock is behind, and what is said of expiry is not to be relied on",
        evidence.now
    );
    Some(
        Finding::warning("clock-skew", message)
            .at(&evidence.agent.home.auth_json())
            .with("login_time", format!("{time:.0}"))
            .with("now", format!("{:.0}", evidence.now))
            .fix("timedatectl set-ntp true"),
    )
}
