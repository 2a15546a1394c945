//! What is true of an agent: its state, and what its next turn would use.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::agent::findings::Finding;
use crate::agent::place::Place;
use crate::codex::auth::Login;
use crate::codex::status::Says;
use crate::error::Status;

/// An agent's state; README has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Ready,
    LoggedOut,
    Expired,
    Damaged,
    Shadowed,
    Blocked,
    Inert,
    Elsewhere,
    Unknown,
}

impl State {
    pub(crate) fn word(self) -> &'static str {
        match self {
            State::Ready => "ready",
            State::LoggedOut => "logged-out",
            State::Expired => "expired",
            State::Damaged => "damaged",
            State::Shadowed => "shadowed",
            State::Blocked => "blocked",
            State::Inert => "inert",
            State::Elsewhere => "elsewhere",
            State::Unknown => "unknown",
        }
    }

    /// The exit status that one agent in this state gives.
    pub(crate) fn status(self) -> Status {
        match self {
            State::Ready => Status::Done,
            State::Shadowed | State::Blocked | State::Inert => Status::NotUsed,
            _ => Status::NotReady,
        }
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// What the next turn would use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum NextTurn {
    /// The login in the agent's codex home.
    CodexHome,
    /// A profile of OpenClaw's.
    Profile {
        profile_id: String,
        /// The agent's id, `main`, or `codex-cli` for what OpenClaw makes of the login of the
        /// gateway's user.
        owner: String,
        #[serde(rename = "type")]
        kind: &'static str,
        /// `None` where it does not say.
        expires_at: Option<Timestamp>,
        /// The file or database.
        source: String,
        /// Why it is this one.
        rule: &'static str,
        #[serde(flatten)]
        account: Account,
    },
    /// An API key of the gateway's environment.
    ApiKeyEnv {
        /// Its name, never its value.
        variable: &'static str,
    },
    None,
}

/// Whose a profile is, as far as its store tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Account {
    pub(crate) email: Option<String>,
    pub(crate) account_id: Option<String>,
}

impl Account {
    /// What it is called.
    pub(crate) fn name(&self) -> Option<String> {
        self.email.clone().or_else(|| self.account_id.clone())
    }
}

/// What OpenAI says of a login, where that was wanted; README has the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Live {
    Accepted,
    Refused,
    /// It was asked, and its answer did not tell.
    Unknown,
    NotAsked,
}

impl Live {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Live::Accepted => "accepted",
            Live::Refused => "refused",
            Live::Unknown => "unknown",
            Live::NotAsked => "not-asked",
        }
    }
}

/// The judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) state: State,
    /// The state that the codex home alone would give.
    #[serde(skip)]
    pub(crate) of_home: State,
    pub(crate) login: Option<Login>,
    pub(crate) codex_says: Option<Says>,
    pub(crate) live: Option<Live>,
    pub(crate) next_turn: NextTurn,
    /// The refresh token in the codex home.
    #[serde(skip)]
    pub(crate) token: Option<Place>,
    pub(crate) findings: Vec<Finding>,
}

impl Verdict {
    /// What to say of an agent that needs nothing, for it is ready by a profile of OpenClaw's.
    pub(crate) fn served(&self) -> Option<String> {
        match &self.next_turn {
            NextTurn::Profile {
                profile_id,
                expires_at,
                ..
            } if self.state == State::Ready => {
                let until = expires_at.map(|end| format!(" until {end:.0}"));
                let until = until.unwrap_or_default();
                Some(format!(
                    "OpenClaw uses {profile_id}{until}, nothing was done"
                ))
            }
            _ => None,
        }
    }
}
