//! What is true of an agent: its state, and what its next turn would use.

use serde::{Serialize, Serializer};

use crate::agent::findings::Finding;
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
            State::Blocked | State::Inert => Status::NotUsed,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum NextTurn {
    CodexHome,
    None,
}

/// The judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) state: State,
    pub(crate) login: Option<Login>,
    pub(crate) codex_says: Option<Says>,
    pub(crate) next_turn: NextTurn,
    pub(crate) findings: Vec<Finding>,
}
