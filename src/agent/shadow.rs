//! What is said of a profile that goes before the login in the codex home, and what ends that.

use jiff::Timestamp;

use crate::agent::Agent;
use crate::agent::findings::Finding;
use crate::agent::mend::Mend;
use crate::agent::profile::{Profiles, shown};
use crate::agent::verdict::State;
use crate::openclaw::profiles::select::Chosen;
use crate::openclaw::profiles::shadows::Shadowing;
use crate::openclaw::profiles::store::Owner;

/// The finding's code.
pub(super) const SHADOWED: &str = "shadowed-by-profile";

/// A profile that shadows an agent's codex home.
pub(super) struct Shadow<'a> {
    pub(super) agent: &'a Agent,
    pub(super) chosen: &'a Chosen,
    /// Whose stores have an order.
    pub(super) ordered_by: &'a [Owner],
    pub(super) has_run_out: Option<Timestamp>,
    /// The state that the codex home alone would give.
    pub(super) of_home: State,
    pub(super) now: Timestamp,
}

impl Profiles {
    pub(super) fn shadow(&self, shadow: &Shadow) -> Finding {
        let message = shadow.message();
        if matches!(
            shadow.of_home,
            State::LoggedOut | State::Damaged | State::Expired
        ) {
            let message = format!("{message}; there is no good login in codex-home");
            let login = format!("codex-login {}", shadow.agent.address);
            return Finding::error(SHADOWED, message).fix(login);
        }
        let provider = self.sources.era.provider();
        if let Some(finding) = self.taken_out(shadow, &message) {
            return finding;
        }
        match self.way_out(shadow, provider) {
            Ok(fix) => {
                let message = format!(
                    "{message}; with an empty `auth.order.{provider}` every agent goes by its codex-home"
                );
                Finding::error(SHADOWED, message).fix(fix)
            }
            Err(why) => Finding::error(SHADOWED, format!("{message}; {why}")),
        }
    }

    /// Where a good login waits behind profiles in stores of JSON alone, they can be taken out.
    fn taken_out(&self, shadow: &Shadow, message: &str) -> Option<Finding> {
        // Whether a process inside a virtual machine holds a lock cannot be told from here.
        let is_inside = self.openclaw.is_none();
        if shadow.of_home != State::Ready || is_inside {
            return None;
        }
        let shadowing = self.shadows(shadow.agent, shadow.now).ok().flatten()?;
        let fix = format!("codex-login doctor --fix {}", shadow.agent.address);
        let mut finding = Finding::error(SHADOWED, message).fix(fix);
        for Shadowing { store, id } in shadowing {
            finding = finding.mend(Mend::TakeOut { store, id });
        }
        Some(finding)
    }

    /// The commands after which no profile is selected: an empty order in the configuration. One
    /// that is stored would go before it, and one of the main store is an agent `main`'s to clear.
    fn way_out(&self, shadow: &Shadow, provider: &str) -> Result<String, &'static str> {
        let openclaw = self
            .openclaw
            .as_ref()
            .ok_or("OpenClaw's own commands are inside the zone")?;
        let mut commands = Vec::new();
        for owner in shadow.ordered_by {
            let agent = match owner {
                Owner::Main if self.has_main => "main",
                Owner::Main => {
                    return Err(
                        "OpenClaw has no command for that order while no agent is called main",
                    );
                }
                _ => &shadow.agent.id,
            };
            commands.push(format!(
                "{openclaw} models auth order clear --agent {agent} --provider {provider}"
            ));
        }
        commands.push(format!(
            "{openclaw} config set auth.order.{provider} '[]' --strict-json"
        ));
        commands.push(format!("{openclaw} gateway restart"));
        Ok(commands.join(" && "))
    }
}

impl Shadow<'_> {
    fn message(&self) -> String {
        let chosen = self.chosen;
        let whose = match chosen.owner {
            Owner::Main => "of the main store",
            Owner::Agent => "of its own",
            Owner::CodexCli => "made of the gateway user's codex login",
        };
        let run_out = self
            .has_run_out
            .map(|end| format!(", which ran out at {end:.0}"));
        format!(
            "OpenClaw goes by a profile {whose} and not by codex-home: {} ({}{}) in {}, {}",
            shown(&chosen.id),
            chosen.kind.word(),
            run_out.unwrap_or_default(),
            chosen.path.display(),
            chosen.rule.in_words()
        )
    }
}
