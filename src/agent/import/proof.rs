//! What OpenClaw's store says of a login: whether it is there, and whether the agent goes by it.

use jiff::Timestamp;

use crate::agent::Agent;
use crate::agent::pause;
use crate::agent::profile::{Profiles, shown};
use crate::fingerprint::Fingerprint;

/// How it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// This profile holds it, and is what the agent's next turn uses.
    Selected(String),
    /// The first holds it, and the agent goes by the other, if by any.
    Stored(String, Option<String>),
    /// No profile of the agent's holds it.
    Missing,
}

/// How this login of the agent's stands. The profiles must not have been read before it could be
/// there.
pub(super) fn standing(
    profiles: &Profiles,
    agent: &Agent,
    login: Fingerprint,
    now: Timestamp,
) -> Standing {
    let Some(profile) = profiles.holding(agent, login) else {
        return Standing::Missing;
    };
    match selected(profiles, agent, now) {
        Some(chosen) if chosen == profile => Standing::Selected(profile),
        other => Standing::Stored(profile, other),
    }
}

/// Whether OpenClaw holds against the profile that the agent goes by that it was refused before.
pub(super) fn is_held_against(profiles: &Profiles, agent: &Agent, now: Timestamp) -> bool {
    let selected = profiles.selected(agent, now).ok();
    let chosen = selected.and_then(|selected| selected.profile);
    chosen.as_ref().is_some_and(pause::was_refused)
}

/// The profile that the agent goes by, as its store has its id.
pub(super) fn selected(profiles: &Profiles, agent: &Agent, now: Timestamp) -> Option<String> {
    let selected = profiles.selected(agent, now).ok()?;
    selected.profile.map(|chosen| chosen.written)
}

/// What the agents go by, each: to tell those of others that a change of one has changed.
pub(super) fn all_selected<'a>(
    profiles: &Profiles,
    agents: &'a [Agent],
    now: Timestamp,
) -> Vec<(&'a Agent, Option<String>)> {
    let agents = agents.iter();
    agents
        .map(|agent| (agent, selected(profiles, agent, now)))
        .collect()
}

/// In words, for agents that go by another profile than before.
pub(super) fn changed(
    before: &[(&Agent, Option<String>)],
    after: &[(&Agent, Option<String>)],
    own: &Agent,
) -> Vec<String> {
    let both = before.iter().zip(after);
    both.filter(|((agent, was), (_, is))| agent.id != own.id && was != is)
        .map(|((agent, was), (_, is))| {
            let [was, is] = [was, is].map(|id| id.as_deref().map_or("no profile", shown));
            format!(
                "{} goes by {is} now, and by {was} before: what OpenClaw's import has put into `auth.profiles` counts for all agents that have no order of their own",
                agent.id
            )
        })
        .collect()
}
