//! What is true of one agent, and how it is logged in.

pub(crate) mod ask;
pub(crate) mod blocked;
pub(crate) mod copies;
pub(crate) mod evidence;
pub(crate) mod examine;
pub(crate) mod failure;
pub(crate) mod findings;
pub(crate) mod import;
pub(crate) mod kept;
mod live;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod mend;
mod of_files;
mod of_home;
pub(crate) mod options;
mod pause;
mod place;
pub(crate) mod profile;
pub(crate) mod remedy;
mod shadow;
mod staged;
pub(crate) mod survey;
mod trouble;
pub(crate) mod user;
mod user_home;
pub(crate) mod verdict;

use std::path::PathBuf;

use crate::codex::home::CodexHome;
use crate::error::Problem;
use crate::openclaw::agents::RosterAgent;
use crate::sourced::Sourced;

/// Whose a codex home is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The agent's.
    Own,
    /// That of the gateway's user, which all agents use.
    Users,
    /// The same, and this is no agent: it stands for that home alone.
    NoAgents,
}

/// What stands for an agent where the home of the gateway's user is selected: its name, and the
/// option that selects it.
const USER_HOME: &str = "user-home";

/// An agent with its codex home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agent {
    pub(crate) id: String,
    /// The id as the configuration has it.
    pub(crate) written: String,
    pub(crate) dir: PathBuf,
    /// The one that its codex uses.
    pub(crate) home: CodexHome,
    pub(crate) whose: Whose,
    /// Where the configuration names it.
    pub(crate) source: String,
    pub(crate) is_default: bool,
    /// Its directory is written relative, and so depends on a working directory.
    pub(crate) is_relative: bool,
    /// Its directory is inside a virtual machine, out of our reach.
    pub(crate) is_elsewhere: bool,
    /// Who else than root wrote what says where it is: the owner of the configuration, or of the
    /// state directory.
    pub(crate) decided_by: Vec<u32>,
    /// How to select it on a command line, as this run selected its OpenClaw:
    /// `--zone sunfam --agent ember`.
    pub(crate) address: String,
}

impl Agent {
    /// `openclaw` holds the options that select its OpenClaw, each followed by a space.
    pub(crate) fn new(agent: RosterAgent, decided_by: Vec<u32>, openclaw: &str) -> Agent {
        Agent {
            decided_by,
            address: format!("{openclaw}--agent {}", agent.id),
            home: CodexHome::of_agent(&agent.dir),
            whose: Whose::Own,
            id: agent.id,
            written: agent.written,
            dir: agent.dir,
            source: agent.source,
            is_default: agent.is_default,
            is_relative: agent.is_relative,
            is_elsewhere: agent.is_elsewhere,
        }
    }

    /// What stands for the home of the gateway's user, and no agent.
    pub(crate) fn of_user_home(
        home: &Sourced<PathBuf>,
        decided_by: Vec<u32>,
        openclaw: &str,
    ) -> Agent {
        Agent {
            id: USER_HOME.to_owned(),
            written: USER_HOME.to_owned(),
            dir: home.value.clone(),
            home: CodexHome::at(home.value.clone()),
            whose: Whose::NoAgents,
            source: home.source.clone(),
            is_default: false,
            is_relative: false,
            is_elsewhere: false,
            decided_by,
            address: format!("{openclaw}--{USER_HOME}"),
        }
    }

    /// The same agent, which uses the home of the gateway's user.
    pub(crate) fn in_user_home(self, home: &Sourced<PathBuf>) -> Agent {
        Agent {
            home: CodexHome::at(home.value.clone()),
            whose: Whose::Users,
            ..self
        }
    }

    /// The options that select its OpenClaw, each followed by a space.
    pub(crate) fn openclaw_options(&self) -> &str {
        let of_agent = match self.whose {
            Whose::NoAgents => format!("--{USER_HOME}"),
            Whose::Own | Whose::Users => format!("--agent {}", self.id),
        };
        self.address.strip_suffix(&of_agent).unwrap_or_default()
    }

    /// The command that logs in where its codex looks.
    pub(crate) fn login_command(&self) -> String {
        match self.whose {
            Whose::Users => format!("codex-login {}--{USER_HOME}", self.openclaw_options()),
            Whose::Own | Whose::NoAgents => format!("codex-login {}", self.address),
        }
    }

    /// Whether it has a home. One that cannot be looked for is not one that is missing.
    pub(crate) fn has_home(&self) -> Result<bool, Problem> {
        let home = &self.home;
        home.refuse_what_codex_ignores()?;
        home.is_there()
            .map_err(|error| failure::could_not_look(self, &error))
    }
}
