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
use crate::files;
use crate::fingerprint::Fingerprint;
use crate::openclaw::profiles::select::Selected;
use crate::shell::quoted;

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
    /// What each agent goes by, in the order of the agents.
    all: Vec<GoesBy>,
}

/// What an agent goes by.
struct GoesBy {
    /// The profiles that OpenClaw tries, in this order.
    profiles: Vec<String>,
    /// The first is in its own store.
    is_own: bool,
    state: State,
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
            config: config_of(import),
            own: kept(ground, agent),
            all: all(ground, import),
        }
    }

    pub(super) fn has_same_config(&self, import: &Import<'_>) -> bool {
        config_of(import) == self.config
    }

    /// What has become of it by now. `ground` is read afresh.
    pub(super) fn fate(&self, ground: &Ground, agent: &Agent) -> Fate {
        match kept(ground, agent) {
            Err(why) => Fate::Unknown(why),
            now if now == self.own => Fate::Same,
            _ => Fate::Different,
        }
    }

    /// The agents that go by another profile than before.
    pub(super) fn changed<'a>(
        &self,
        ground: &Ground,
        own: &Agent,
        import: &Import<'a>,
    ) -> Vec<Change<'a>> {
        let now = all(ground, import);
        // What it puts there is all by which an import can reach another agent's choice, but for
        // that of whom all inherit from.
        let is_ours = !self.has_same_config(import) || self.own != kept(ground, own);
        let each = import.every.iter().zip(self.all.iter().zip(&now));
        let others = each.filter(|(agent, (was, is))| {
            agent.id != own.id && was.profiles.first() != is.profiles.first()
        });
        others
            .map(|(agent, (was, is))| Change {
                agent,
                was: was.profiles.clone(),
                is: is.profiles.first().cloned(),
                is_own: was.is_own,
                is_ours,
                is_harm: is_ours && was.state == State::Ready && is.state != State::Ready,
            })
            .collect()
    }
}

/// What an import has changed for another agent: what it puts into `auth.profiles` counts for all
/// that have no order of their own.
pub(super) struct Change<'a> {
    pub(super) agent: &'a Agent,
    /// The profiles that OpenClaw tried before.
    pub(super) was: Vec<String>,
    is: Option<String>,
    is_own: bool,
    /// It may be of our making.
    is_ours: bool,
    pub(super) is_harm: bool,
}

impl Change<'_> {
    /// Whether the agent is to go by what it had: what it inherits may change with what another has.
    pub(super) fn is_to_be_undone(&self) -> bool {
        self.is_ours && !self.was.is_empty() && (self.is_own || self.is_harm)
    }

    /// Whether the agent goes by what it had.
    pub(super) fn is_undone(&self, ground: &Ground) -> bool {
        let selected = selected(&ground.profiles, self.agent, ground.now);
        selected.is_ok_and(|selected| selected.as_ref() == self.was.first())
    }

    fn message(&self) -> String {
        let words = |id: Option<&String>| id.map_or("no profile", |id| shown(id)).to_owned();
        format!(
            "{} goes by {} now, and by {} before: {}",
            self.agent.id,
            words(self.is.as_ref()),
            words(self.was.first()),
            if self.is_ours {
                "what OpenClaw's import has put into `auth.profiles` counts for all agents that have no order of their own"
            } else {
                "that was changed meanwhile"
            }
        )
    }

    /// The command that undoes it.
    fn undo(&self, typed: &str) -> Option<String> {
        let ids: Vec<_> = self.was.iter().map(|id| quoted(shown(id))).collect();
        let command = format!(
            "{typed} models auth order set --agent {} --provider openai {}",
            self.agent.id,
            ids.join(" ")
        );
        (self.is_ours && !ids.is_empty()).then_some(command)
    }

    pub(super) fn problem(&self, typed: &str) -> Problem {
        let problem = failed("changed-by-import", self.message());
        match self.undo(typed) {
            Some(undo) => problem.hint(undo),
            None => problem,
        }
    }

    pub(super) fn note(&self, typed: &str) -> String {
        match self.undo(typed) {
            Some(undo) => format!("{}; to undo that: {undo}", self.message()),
            None => self.message(),
        }
    }

    /// What is said where it was undone.
    pub(super) fn undone(&self) -> String {
        let was = self.was.first().map_or("what it had", |id| shown(id));
        format!(
            "{} goes on by {was}: it was given an order of its own, since OpenClaw's import would have changed that",
            self.agent.id
        )
    }
}

/// The text of OpenClaw's configuration.
fn config_of(import: &Import<'_>) -> Option<Vec<u8>> {
    const LIMIT: u64 = 16 * 1024 * 1024;
    files::read(import.config, LIMIT).ok()
}

fn kept(ground: &Ground, agent: &Agent) -> Kept {
    let selected = selected(&ground.profiles, agent, ground.now)?;
    Ok((selected, ground.profiles.tokens(agent)))
}

fn all(ground: &Ground, import: &Import<'_>) -> Vec<GoesBy> {
    let agents = import.every.iter();
    let each = agents.map(|agent| {
        let selected = ground.profiles.selected(agent, ground.now).ok();
        let profiles = selected.map_or(Vec::new(), Selected::sequence);
        let tokens = ground.profiles.tokens(agent);
        GoesBy {
            is_own: tokens.iter().any(|(id, _)| profiles.first() == Some(id)),
            profiles,
            state: Evidence::gather(agent, ground).judge(None).state,
        }
    });
    each.collect()
}
