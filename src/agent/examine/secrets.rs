//! OAuth tokens that OpenClaw 2026.5.12 to 5.16 put into files of their own: whether they can be
//! decrypted, and whether the OpenClaw that is there still reads them.

use std::path::Path;

use crate::agent::evidence::Evidence;
use crate::agent::findings::{Finding, Severity};
use crate::agent::profile::{Profiles, shown};
use crate::openclaw::profiles::era::Era;
use crate::openclaw::profiles::held::Held;
use crate::openclaw::profiles::sealed::Sealed;
use crate::openclaw::profiles::select::Chosen;
use crate::openclaw::profiles::store::Owner;

/// What is to be said of what the agent's own profiles refer to, and of the one that is selected.
pub(super) fn of_agent(evidence: &Evidence<'_>, held: &[Held]) -> Vec<Finding> {
    let profiles = evidence.profiles;
    let mut findings = unread(profiles, held);
    if !profiles.sources.era.reads_references() {
        return findings;
    }
    let selected = evidence.selected.as_ref();
    let chosen = selected.and_then(|selected| selected.as_ref().ok()?.profile.as_ref());
    if let Some(chosen) = chosen
        && let Some((Sealed::Undecryptable(why), secret)) = profiles.sources.opened(chosen)
    {
        let what = if profiles.sources.era == Era::V5_12 {
            "the agent cannot start with it"
        } else {
            "OpenClaw passes it over, and goes by what comes next"
        };
        let finding = undecryptable(&chosen.id, &chosen.path, &secret, &why, what);
        findings.push(finding.maybe_fix(login(evidence, chosen)));
    }
    for held in held {
        let is_chosen = chosen
            .is_some_and(|chosen| chosen.path == held.path && chosen.id == held.profile.trim());
        if let Some((Sealed::Undecryptable(why), secret)) = &held.sealed
            && held.is_read
            && !is_chosen
        {
            let what = "it is of no use";
            let mut finding = undecryptable(&held.profile, &held.path, secret, why, what);
            finding.severity = Severity::Warning;
            findings.push(finding);
        }
    }
    findings
}

/// What this OpenClaw leaves to its doctor.
pub(super) fn unread(profiles: &Profiles, held: &[Held]) -> Vec<Finding> {
    if profiles.sources.era.reads_references() {
        return Vec::new();
    }
    let is_there = |held: &&Held| {
        let sealed = held.sealed.as_ref();
        sealed.is_some_and(|(sealed, _)| *sealed != Sealed::Missing) && held.has_only_reference
    };
    let findings = held.iter().filter(is_there).filter_map(|held| {
        let (_, secret) = held.sealed.as_ref()?;
        let message = format!(
            "the tokens of {} are in {}, which this OpenClaw does not read: to it the profile has none until its doctor has moved them, or until a new login",
            shown(&held.profile),
            secret.display(),
        );
        let openclaw = profiles.openclaw.as_ref();
        let finding = Finding::warning("oauth-ref-unread", message)
            .at(secret)
            .with("profile_id", shown(&held.profile))
            .with("store", held.path.display().to_string())
            .maybe_fix(openclaw.map(|openclaw| format!("{openclaw} doctor --fix")));
        Some(finding)
    });
    findings.collect()
}

fn undecryptable(id: &str, store: &Path, secret: &Path, why: &str, what: &str) -> Finding {
    let message = format!(
        "the secret that {} refers to cannot be decrypted, {}: {why}; {what}",
        shown(id),
        secret.display()
    );
    Finding::error("profile-secret-undecryptable", message)
        .at(secret)
        .with("profile_id", shown(id))
        .with("store", store.display().to_string())
}

/// A new login of the profile's owner.
fn login(evidence: &Evidence<'_>, chosen: &Chosen) -> Option<String> {
    let profiles = evidence.profiles;
    let owner = match chosen.owner {
        Owner::Main if profiles.has_main => "main",
        Owner::Agent => &evidence.agent.id,
        _ => return None,
    };
    profiles.login_of(owner)
}
