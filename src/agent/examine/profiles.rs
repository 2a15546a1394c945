//! What is wrong with OpenClaw's profiles: what the configuration takes them for, and their end.

use jiff::{SignedDuration, Timestamp};

use crate::agent::Agent;
use crate::agent::evidence::Evidence;
use crate::agent::findings::{Finding, Severity};
use crate::agent::profile::{Profiles, shown, timestamp};
use crate::agent::shadow::SHADOWED;
use crate::agent::verdict::{NextTurn, State, Verdict};
use crate::openclaw::profiles::era::Era;
use crate::openclaw::profiles::inspect::{Inspection, Mismatch};
use crate::openclaw::profiles::select::Chosen;
use crate::openclaw::profiles::store::Owner;
use crate::openclaw::route::Route;
use crate::shell::quoted;

const EXPIRED: &str = "profile-expired";
const EXPIRING: &str = "profile-expiring";
const MISMATCH: &str = "profile-mode-mismatch";

/// A turn can take this long.
const SOON: SignedDuration = SignedDuration::from_mins(10);

/// What can be said of one agent alone.
pub(super) fn findings(evidence: &Evidence<'_>, inspection: &Inspection) -> Vec<Finding> {
    let selected = evidence.selected.iter().flatten();
    let chosen = selected.filter_map(|selected| selected.profile.as_ref());
    let ends = chosen.filter_map(|chosen| end(evidence, chosen));
    let mismatches = inspection.mismatches.iter();
    ends.chain(mismatches.map(|mismatch| told(evidence.profiles, mismatch)))
        .collect()
}

/// The selected profile's, where that has come or is near. Where OpenClaw goes by profiles alone
/// its having come is the agent's state, and is told as that.
fn end(evidence: &Evidence<'_>, chosen: &Chosen) -> Option<Finding> {
    let now = evidence.now;
    let end = chosen.expires.time().and_then(timestamp)?;
    let id = shown(&chosen.id);
    let finding = if end <= now && evidence.route == Route::CodexHome {
        let message = format!(
            "the access token of {id}, which OpenClaw goes by, ran out at {end:.0}: the next turn works only if OpenClaw can still refresh it"
        );
        Finding::error(EXPIRED, message)
    } else if end > now && end.duration_since(now) < SOON {
        let message = format!(
            "the access token of {id}, which OpenClaw goes by, runs out at {end:.0}, in {} s",
            end.duration_since(now).as_secs()
        );
        Finding::warning(EXPIRING, message)
    } else {
        return None;
    };
    let login = evidence.profiles.login_again(evidence.agent, chosen.owner);
    Some(
        finding
            .at(&chosen.path)
            .with("profile_id", id)
            .with("expires_at", format!("{end:.0}"))
            .maybe_fix(login),
    )
}

/// Takes back the remedies that would undo what is good, or what another finding mends.
pub(super) fn leave_what_works(verdict: &mut Verdict) {
    let works = verdict.state == State::Ready && verdict.next_turn == NextTurn::CodexHome;
    let is_shadowed = |finding: &Finding| finding.code == SHADOWED && finding.fix.is_some();
    let has_way_out = verdict.findings.iter().any(is_shadowed);
    for finding in &mut verdict.findings {
        match finding.code {
            MISMATCH if works => {
                finding.severity = Severity::Info;
                finding.fix = None;
                finding.message = format!(
                    "{}, and the agent goes by its codex-home: mended it would go before that",
                    finding.message
                );
            }
            EXPIRED | EXPIRING if has_way_out => finding.fix = None,
            _ => {}
        }
    }
}

fn told(profiles: &Profiles, mismatch: &Mismatch) -> Finding {
    let configured = &mismatch.configured;
    let id = shown(&mismatch.id);
    let (kind, provider) = (mismatch.kind.word(), &mismatch.provider);
    // OpenClaw knows these modes; whatever else stands there is not repeated.
    let mode = match configured.mode.as_str() {
        mode @ ("oauth" | "token" | "api_key" | "aws-sdk") => mode,
        _ => "another",
    };
    let message = format!(
        "`auth.profiles` of the configuration has {id} as `{}` of `{}`, and it is `{kind}` of `{}`: OpenClaw never uses it",
        mode,
        shown(&configured.provider),
        shown(provider)
    );
    let fix = profiles.openclaw.as_ref().and_then(|openclaw| {
        let path = config_path(&mismatch.id)?;
        let set = |key: &str, value: &str| {
            let path = quoted(&format!("{path}.{key}"));
            format!("{openclaw} config set {path} {}", quoted(value))
        };
        let differs = configured.mode != kind;
        let mode = differs.then(|| set("mode", kind));
        let differs = configured.provider != *provider;
        let provider = differs.then(|| set("provider", provider));
        let restart = format!("{openclaw} gateway restart");
        let steps = mode.into_iter().chain(provider).chain([restart]);
        Some(steps.collect::<Vec<_>>().join(" && "))
    });
    Finding::warning(MISMATCH, message)
        .at(&mismatch.path)
        .with("profile_id", id)
        .with("configured_mode", mode)
        .with("mode", kind)
        .maybe_fix(fix)
}

/// How `openclaw config` is told which entry; `None` where it cannot be, or the id is not to be
/// shown.
fn config_path(id: &str) -> Option<String> {
    let needs_quotes = |c: char| c.is_whitespace() || "\"'\\]".contains(c);
    if shown(id) != id || id.contains(needs_quotes) {
        return None;
    }
    Some(if id.contains(['.', '[']) {
        format!("auth.profiles[\"{id}\"]")
    } else {
        format!("auth.profiles.{id}")
    })
}

impl Profiles {
    /// The command that logs a profile of OpenClaw's in again, while it still works.
    fn login_again(&self, agent: &Agent, owner: Owner) -> Option<String> {
        if self.sources.era >= Era::V8_1 {
            return self.login_anew(agent);
        }
        match owner {
            Owner::Agent => self.login_of(&agent.id),
            Owner::Main if self.has_main => self.login_of("main"),
            _ => None,
        }
    }

    /// What does not fit together; `None` where that cannot be known.
    pub(super) fn inspect(&self, agent: &Agent, now: Timestamp) -> Option<Inspection> {
        let (login, now) = self.asked(now);
        self.sources.inspect(&agent.dir, login, now).ok()
    }
}
