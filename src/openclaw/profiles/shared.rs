//! Where the profiles are that all agents inherit.

use std::path::PathBuf;

use crate::openclaw::profiles::database;
use crate::openclaw::profiles::sources::{Sources, Trouble};
use crate::sourced::Sourced;

/// The state's own database, in the state directory.
pub(super) const STATE: &str = "state/openclaw.sqlite";

impl Sources {
    /// The database, for versions that keep logins themselves; it need not be there.
    pub(crate) fn shared_store(&self) -> Result<Sourced<PathBuf>, Trouble> {
        if self.inherited()?.is_shared {
            return Ok(Sourced::new(
                self.state_dir.join(STATE),
                "auth.sharedStore in it",
            ));
        }
        let is_usual = self.main_dir == self.state_dir.join("agents/main/agent");
        let source = if is_usual {
            "the main agent's, which need be no agent"
        } else {
            "agents.defaults.authInheritance, or OPENCLAW_AGENT_DIR"
        };
        Ok(Sourced::new(self.main_dir.join(database::FILE), source))
    }
}
