//! The commands that give OpenClaw a login of its own, as remedies name them.

use crate::agent::Agent;
use crate::agent::profile::Profiles;

/// By what an agent gets a login that OpenClaw keeps.
#[derive(Clone, Debug)]
pub(crate) enum LoginBy {
    /// `codex-login`, which hands it over.
    Us,
    /// The same within the zone's virtual machine, where OpenClaw's command is: the way there, up to the
    /// agent's name.
    UsInside(String),
    /// OpenClaw alone: it takes none of ours.
    OpenClaw,
}

impl Profiles {
    /// The command that gives OpenClaw a login for an agent that has none which works.
    pub(crate) fn login(&self, agent: &Agent) -> Option<String> {
        match &self.login_by {
            LoginBy::Us => Some(format!("codex-login {}", agent.address)),
            LoginBy::UsInside(way) => Some(format!("{way} --agent {}", agent.id)),
            LoginBy::OpenClaw => self.login_of(&agent.id),
        }
    }

    /// The same where the agent has one that still works.
    pub(crate) fn login_anew(&self, agent: &Agent) -> Option<String> {
        let login = self.login(agent)?;
        Some(match self.login_by {
            LoginBy::OpenClaw => login,
            LoginBy::Us | LoginBy::UsInside(_) => format!("{login} --force"),
        })
    }

    /// OpenClaw's own command, where it can be typed here, for whoever is called so: `main` need be no
    /// agent.
    pub(crate) fn login_of(&self, id: &str) -> Option<String> {
        let openclaw = self.openclaw.as_ref()?;
        let provider = self.sources.era.provider();
        // Where `--agent` stands here all versions know it; behind `login` only those from 2026.8.1 on.
        Some(format!(
            "{openclaw} models auth --agent {id} login --provider {provider} --method device-code"
        ))
    }

    /// Whether a login in a codex home can be handed to OpenClaw from here.
    pub(super) fn takes_logins(&self) -> bool {
        matches!(self.login_by, LoginBy::Us)
    }
}
