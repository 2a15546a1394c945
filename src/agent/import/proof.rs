//! What OpenClaw's store says of a login: whether it is there, and whether the agent goes by it; and
//! what else has changed with it.

use jiff::Timestamp;

use super::Import;
use crate::agent::Agent;
use crate::agent::evidence::{Evidence, Ground};
use crate::agent::failure::failed;
use crate::agent::pause;
use crate::agent::profile::{Profiles, shown};
use crate::agent::verdict::State;
use crate::error::Problem;
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
        Ok(Some(chosen)) if chosen == profile => Standing::Selected(profile),
        other => Standing::Stored(profile, other.unwrap_or_default()),
    }
}

/// Whether OpenClaw holds against the profile that the agent goes by that it was refused before.
pub(super) fn is_held_against(profiles: &Profiles, agent: &Agent, now: Timestamp) -> bool {
    let selected = profiles.selected(agent, now).ok();
    let chosen = selected.and_then(|selected| selected.profile);
    chosen.as_ref().is_some_and(pause::was_refused)
}

/// The profile that the agent goes by, as its store has its id; an error where that cannot be told,
/// in words.
fn selected(profiles: &Profiles, agent: &Agent, now: Timestamp) -> Result<Option<String>, String> {
    match profiles.selected(agent, now) {
        Ok(selected) => Ok(selected.profile.map(|chosen| chosen.written)),
        Err(trouble) => Err(format!("{}: {}", trouble.path.display(), trouble.why)),
    }
}

/// What an agent's stores hold, and what it goes by.
type Kept = Result<(Option<String>, Vec<(String, Option<Fingerprint>)>), String>;

/// What was, before OpenClaw was told to take a login.
pub(super) struct Before {
    /// The text of its configuration.
    config: Option<Vec<u8>>,
    own: Kept,
    /// What each agent goes by, and its state: in the order of the agents.
    all: Vec<(Option<String>, State)>,
}

/// What has become of what the agent had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Same,
    Different,
    /// Why that cannot be told.
    Unknown(String),
}

impl Before {
    pub(super) fn of(ground: &Ground, agent: &Agent, import: &Import<'_>) -> Before {
        Before {
            config: std::fs::read(import.config).ok(),
            own: kept(ground, agent),
            all: all(ground, import),
        }
    }

    pub(super) fn has_same_config(&self, import: &Import<'_>) -> bool {
        std::fs::read(import.config).ok() == self.config
    }

    /// What has become of it by now. `ground` is read afresh.
    pub(super) fn fate(&self, ground: &Ground, agent: &Agent) -> Fate {
        match kept(ground, agent) {
            Err(why) => Fate::Unknown(why),
            now if now == self.own => Fate::Same,
            _ => Fate::Different,
        }
    }

    /// The agents that go by another profile than before: what became of each, in words with the
    /// command that undoes it, and whether it has no login that works any more.
    pub(super) fn changed(&self, ground: &Ground, own: &Agent, import: &Import<'_>) -> Vec<Change> {
        let now = all(ground, import);
        let each = import.every.iter().zip(self.all.iter().zip(&now));
        let others = each.filter(|(agent, ((was, _), (is, _)))| agent.id != own.id && was != is);
        others
            .map(|(agent, ((was, before), (is, after)))| {
                let [was_shown, is] = [was, is].map(|id| id.as_deref().map_or("no profile", shown));
                let message = format!(
                    "{} goes by {is} now, and by {was_shown} before: what OpenClaw's import has put into `auth.profiles` counts for all agents that have no order of their own",
                    agent.id
                );
                let undo = was.as_deref().map(|was| {
                    let was = shown(was);
                    format!("{} models auth order set --agent {} --provider openai {was}", import.typed, agent.id)
                });
                Change {
                    message,
                    undo,
                    agent: agent.id.clone(),
                    is_harm: *before == State::Ready && *after != State::Ready,
                }
            })
            .collect()
    }
}

/// What an import has changed for another agent.
pub(super) struct Change {
    agent: String,
    message: String,
    /// The command.
    undo: Option<String>,
    pub(super) is_harm: bool,
}

impl Change {
    pub(super) fn problem(self) -> (String, Problem) {
        let problem = failed("changed-by-import", self.message);
        let problem = match self.undo {
            Some(undo) => problem.hint(undo),
            None => problem,
        };
        (self.agent, problem)
    }

    pub(super) fn note(self) -> String {
        match self.undo {
            Some(undo) => format!("{}; to undo that: {undo}", self.message),
            None => self.message,
        }
    }
}

fn kept(ground: &Ground, agent: &Agent) -> Kept {
    let selected = selected(&ground.profiles, agent, ground.now)?;
    Ok((selected, ground.profiles.tokens(agent)))
}

fn all(ground: &Ground, import: &Import<'_>) -> Vec<(Option<String>, State)> {
    let agents = import.every.iter();
    let each = agents.map(|agent| {
        let selected = selected(&ground.profiles, agent, ground.now);
        let verdict = Evidence::gather(agent, ground).judge(None);
        (selected.unwrap_or_default(), verdict.state)
    });
    each.collect()
}
