//! What an upgrade to 2026.8.1 or later, which reads no codex home, will do to agents whose codex home
//! counts now, and the steps to take. Nothing is read for it that was not read before.

mod fate;
mod steps;

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::agent::evidence::Ground;
use crate::agent::examine::Patient;
use crate::agent::findings::Finding;
use crate::agent::profile::shown;
use crate::agent::verdict::State;
use crate::fingerprint::Fingerprint;
use crate::openclaw::route::Route;

/// What is wanted to be known of the upgrade.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ahead<'a> {
    /// Whether it lies ahead for certain: the version is known.
    pub(crate) is_certain: bool,
    /// Whether it is to be told of each agent, with the steps, and not in one line.
    pub(crate) in_full: bool,
    /// OpenClaw starts a codex of the user's.
    pub(crate) has_own_command: bool,
    /// The options that select this OpenClaw, each followed by a space.
    pub(crate) options: &'a str,
    /// The same once the upgrade is made.
    pub(crate) options_then: &'a str,
}

/// What becomes of an agent's login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// It can be imported, without a new login.
    Import,
    /// Only a new login will do.
    Login,
    /// It is an API key, which is to be given to OpenClaw.
    ApiKey,
    /// The agent goes on by a profile that OpenClaw's doctor has to move first.
    MovedProfile,
    /// The same where there is nothing to move.
    Profile,
    /// It has no login that could be lost.
    Nothing,
    /// Its state is not known.
    Unknown,
}

impl Outcome {
    /// The word that JSON has for it.
    fn word(self) -> &'static str {
        match self {
            Outcome::Import => "import",
            Outcome::Login => "new-login",
            Outcome::ApiKey => "api-key",
            Outcome::MovedProfile | Outcome::Profile => "profile",
            Outcome::Nothing => "nothing-to-lose",
            Outcome::Unknown => "unknown",
        }
    }
}

/// What is said of one agent.
struct Told {
    outcome: Outcome,
    message: String,
    fix: Option<String>,
}

/// Tells of the upgrade: of each agent with its findings, and gives what is true of none alone.
pub(crate) fn add(patients: &mut [Patient<'_>], ground: &Ground, ahead: Ahead<'_>) -> Vec<Finding> {
    if ground.route != Route::CodexHome || !(ahead.is_certain || ahead.in_full) {
        return Vec::new();
    }
    let sharers = sharers(patients);
    let told: Vec<_> = patients
        .iter()
        .enumerate()
        .map(|(index, patient)| {
            let shares_with = sharers.get(&index).map(|first| patients[*first].agent);
            fate::told(
                patient,
                ground,
                ahead,
                shares_with.map(|agent| agent.id.as_str()),
            )
        })
        .collect();
    let changes = |told: &Told| {
        use Outcome::{ApiKey, Import, Login, MovedProfile};
        matches!(told.outcome, Import | Login | ApiKey | MovedProfile)
    };
    if !ahead.in_full {
        let line = told.iter().any(changes).then(|| in_one_line(&told, ahead));
        return line.into_iter().collect();
    }
    let steps = steps::of(patients, &told, &sharers, ground, ahead);
    for (patient, told) in patients.iter_mut().zip(told) {
        let expires_at = patient.verdict.login.as_ref();
        let expires_at = expires_at.and_then(|login| login.access_expires_at);
        let mut finding = Finding::info("upgrade", told.message)
            .with("outcome", told.outcome.word())
            .maybe_fix(told.fix);
        if let (Outcome::Import, Some(end)) = (told.outcome, expires_at) {
            finding = finding.with("without_login_until", format!("{end:.0}"));
        }
        let kept_back = kept_back(patient);
        if !kept_back.is_empty() {
            finding = finding.with("kept_back", kept_back);
        }
        patient.verdict.findings.push(finding);
    }
    steps
}

/// The agents whose good login is another's before them as well, and that other: one of them can go on
/// with it.
fn sharers(patients: &[Patient<'_>]) -> BTreeMap<usize, usize> {
    let mut first: IndexMap<Fingerprint, usize> = IndexMap::new();
    let mut sharers = BTreeMap::new();
    for (index, patient) in patients.iter().enumerate() {
        let is_good = patient.verdict.of_home == State::Ready;
        let Some(token) = patient.verdict.token.as_ref().filter(|_| is_good) else {
            continue;
        };
        let known = *first.entry(token.refresh).or_insert(index);
        if known != index {
            sharers.insert(index, known);
        }
    }
    sharers
}

/// The profiles that an empty order keeps from being used for this agent.
fn kept_back(patient: &Patient<'_>) -> Vec<String> {
    let inspection = patient.examined.inspection.as_ref();
    let kept = inspection.and_then(|inspection| inspection.kept_back.as_ref());
    let ids = kept.into_iter().flat_map(|(_, ids)| ids);
    ids.map(|id| shown(id).to_owned()).collect()
}

fn in_one_line(told: &[Told], ahead: Ahead<'_>) -> Finding {
    let counts = [
        (Outcome::Import, "to be imported then"),
        (Outcome::Login, "to be logged in anew"),
        (Outcome::ApiKey, "with an API key to hand over"),
        (Outcome::MovedProfile, "with a profile to be moved"),
    ];
    let counts = counts.map(|(outcome, what)| {
        let of_kind = told.iter().filter(|told| told.outcome == outcome);
        (of_kind.count(), outcome, what)
    });
    let counts = counts.into_iter().filter(|(count, ..)| *count > 0);
    let mut finding = Finding::info("upgrade", String::new()).with("agents", told.len());
    let mut parts = Vec::new();
    for (count, outcome, what) in counts {
        parts.push(format!("{count} {what}"));
        finding = finding.with(outcome.word(), count);
    }
    finding.message = format!(
        "OpenClaw 2026.8.1 and later read no codex-home: of {} agents {}; --before-upgrade tells of each, and the steps",
        told.len(),
        parts.join(", ")
    );
    finding.fix(format!(
        "codex-login {}doctor --before-upgrade",
        ahead.options
    ))
}
