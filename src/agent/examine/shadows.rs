//! What ends a shadow for one agent can take all that another has.

use crate::agent::Agent;
use crate::agent::findings::Finding;
use crate::agent::mend::Mend;
use crate::agent::profile::shown;
use crate::agent::shadow::SHADOWED;
use crate::agent::verdict::{NextTurn, State, Verdict};

/// An agent that goes by a profile, and has no good login in its codex home.
#[derive(Clone, Debug)]
pub(crate) struct Reliant {
    pub(crate) id: String,
    address: String,
    profile_id: String,
    store: String,
}

/// Those among these agents.
pub(crate) fn reliant<'a>(judged: impl Iterator<Item = (&'a Agent, &'a Verdict)>) -> Vec<Reliant> {
    judged
        .filter_map(|(agent, verdict)| Reliant::of(agent, verdict))
        .collect()
}

/// Those that go by a profile, whatever they have besides.
pub(crate) fn served<'a>(judged: impl Iterator<Item = (&'a Agent, &'a Verdict)>) -> Vec<Reliant> {
    judged
        .filter_map(|(agent, verdict)| Reliant::served(agent, verdict))
        .collect()
}

/// The command that logs these agents in.
pub(crate) fn login_of(reliant: &[&Reliant]) -> String {
    let first = reliant.first().map_or("", |agent| &agent.address);
    let others = reliant
        .iter()
        .skip(1)
        .map(|agent| format!(" --agent {}", agent.id));
    format!("codex-login {first}{}", others.collect::<String>())
}

/// Takes back remedies that would leave one of the `reliant` without any login.
pub(crate) fn spare(verdict: &mut Verdict, reliant: &[Reliant]) {
    if verdict.of_home != State::Ready {
        return;
    }
    let shadows = verdict.findings.iter_mut();
    for finding in shadows.filter(|finding| finding.code == SHADOWED) {
        // Without a profile to take out the remedy is an order that is empty for all.
        let is_hit = |agent: &&Reliant| finding.mends.is_empty() || agent.needs_any(&finding.mends);
        let hit: Vec<_> = reliant.iter().filter(is_hit).collect();
        if !hit.is_empty() {
            defer(finding, &hit);
        }
    }
}

impl Reliant {
    fn of(agent: &Agent, verdict: &Verdict) -> Option<Reliant> {
        Reliant::served(agent, verdict).filter(|_| verdict.of_home != State::Ready)
    }

    /// The same for one whose codex home is good, too.
    fn served(agent: &Agent, verdict: &Verdict) -> Option<Reliant> {
        let NextTurn::Profile {
            profile_id, source, ..
        } = &verdict.next_turn
        else {
            return None;
        };
        Some(Reliant {
            id: agent.id.clone(),
            address: agent.address.clone(),
            profile_id: profile_id.clone(),
            store: source.clone(),
        })
    }

    /// Whether one of these takes its profile out.
    pub(crate) fn needs_any(&self, mends: &[Mend]) -> bool {
        mends.iter().any(|mend| match mend {
            Mend::TakeOut { store, id } => {
                store.display().to_string() == self.store && shown(id.trim()) == self.profile_id
            }
            _ => false,
        })
    }
}

fn defer(finding: &mut Finding, hit: &[&Reliant]) {
    let ids: Vec<_> = hit.iter().map(|agent| agent.id.as_str()).collect();
    let (verb, them) = match ids.len() {
        1 => ("has", "it"),
        _ => ("have", "them"),
    };
    finding.message = format!(
        "{}; {} {verb} nothing but such a profile: log {them} in first",
        finding.message,
        ids.join(", ")
    );
    finding.mends.clear();
    finding.fix = Some(login_of(hit));
}
