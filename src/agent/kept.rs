//! The login that OpenClaw keeps for an agent, which codex in the agent's home knows nothing of.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::agent::Agent;
use crate::agent::evidence::Ground;
use crate::agent::profile::{Profiles, shown};
use crate::agent::user::User;
use crate::error::{Problem, Status};
use crate::openclaw::profiles::sources::Trouble;
use crate::openclaw::profiles::store::Owner;
use crate::openclaw::route::Route;
use crate::shell::quoted;

/// A profile of OpenClaw's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    id: String,
    /// Where it is.
    path: PathBuf,
    owner: Owner,
}

impl Ground {
    /// What OpenClaw keeps for the agent where it keeps logins itself: what the agent goes by, else any
    /// that is its own.
    pub(crate) fn kept(&self, agent: &Agent) -> Result<Option<Kept>, Problem> {
        if self.route != Route::Import || agent.is_elsewhere {
            return Ok(None);
        }
        let reader = User::who_reads(agent, self.ours);
        let found = reader.work(&self.inherited, |_| self.profiles.kept(agent, self.now))?;
        found.map_err(|trouble| {
            let judged = self.profiles.in_trouble(&trouble, self.route);
            let finding = judged.findings.into_iter().next();
            let (code, message, fix) = finding.map_or_else(
                || ("profile-store", trouble.why.clone(), None),
                |finding| (finding.code, finding.message, finding.fix),
            );
            let problem = Problem::new(code, Status::NotReady, message);
            fix.into_iter().fold(problem, Problem::hint)
        })
    }
}

impl Profiles {
    fn kept(&self, agent: &Agent, now: Timestamp) -> Result<Option<Kept>, Trouble> {
        if let Some(chosen) = self.selected(agent, now)?.profile {
            return Ok(Some(Kept {
                id: chosen.id,
                path: chosen.path,
                owner: chosen.owner,
            }));
        }
        let held = self.sources.held_by(&agent.dir).into_iter();
        let mut held = held.filter(|held| held.is_read);
        Ok(held.next().map(|held| Kept {
            id: held.profile,
            path: held.path,
            owner: Owner::Agent,
        }))
    }
}

impl Kept {
    /// What it is and where, as messages have it.
    pub(crate) fn told(&self) -> String {
        format!("{} in {}", shown(&self.id), self.path.display())
    }

    /// What takes it out. `openclaw` begins OpenClaw's own commands, which can do so from 2026.8.1 on.
    pub(crate) fn way_out(&self, agent: &Agent, openclaw: &str) -> String {
        let of = format!("--agent {}", agent.id);
        match self.owner {
            Owner::CodexCli => "as the gateway's user: codex logout".to_owned(),
            _ if shown(&self.id) != self.id => {
                format!("{openclaw} models auth list {of}    # then: models auth logout ID {of}")
            }
            Owner::Main => format!(
                "{openclaw} models auth logout {} {of}    # all agents inherit it: none has it then",
                quoted(&self.id)
            ),
            Owner::Agent => format!("{openclaw} models auth logout {} {of}", quoted(&self.id)),
        }
    }
}
