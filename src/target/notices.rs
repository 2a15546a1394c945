//! What to know of the OpenClaw that was selected, and of the codex that is to run for it.

use crate::agent::Agent;
use crate::agent::user::User;
use crate::locate::Located;
use crate::openclaw::notice::Notice;
use crate::shell::quoted;
use crate::target::{OpenClaw, Target};

impl Target {
    /// All of it, what is assumed where it cannot be known included.
    pub(crate) fn notices(&self, codex: Option<&Located>, agents: &[Agent]) -> Vec<Notice> {
        let mut notices: Vec<_> = self.unknown_version().into_iter().collect();
        notices.extend(self.openclaw.notices.clone());
        notices.extend(self.of_user_home());
        notices.extend(codex.into_iter().flat_map(|codex| codex.cautions.clone()));
        notices.extend(codex.and_then(|codex| self.codex_of_host(codex)));
        notices.extend(self.unconfigured());
        notices.extend(
            agents
                .iter()
                .filter(|agent| agent.is_relative)
                .map(relative),
        );
        notices
    }

    fn unknown_version(&self) -> Option<Notice> {
        self.openclaw.release.is_none().then(|| {
            Notice::new(
                "version-assumed",
                "OpenClaw's version is not known: taken as one that reads codex-home/auth.json (2026.5.2 to 2026.7.35), and that selects profiles as its stores suggest; --openclaw-version tells",
            )
        })
    }

    fn unconfigured(&self) -> Option<Notice> {
        let path = self.openclaw.config.value.display();
        (!self.openclaw.configured).then(|| {
            let message =
                format!("{path} does not exist: OpenClaw would run the agent `main` alone");
            Notice::new("no-configuration", message)
        })
    }

    /// The codex of a virtual machine is in there.
    fn codex_of_host(&self, codex: &Located) -> Option<Notice> {
        let inside = self.zone.inside.as_ref()?;
        let ours = codex.chosen.value.version_text();
        let pinned = inside.codex.as_ref().filter(|pinned| pinned.value != ours);
        let (code, further) = match pinned {
            Some(pinned) => (
                "codex-differs",
                format!(
                    ", which is {ours}, and the zone's is {} ({})",
                    pinned.value, pinned.source
                ),
            ),
            None => ("codex-of-host", String::new()),
        };
        let message = format!(
            "the zone's own codex is inside its virtual machine: this host's is used{further}"
        );
        let notice = Notice::new(code, message);
        let only = self.asked.first().map(String::as_str);
        Some(match self.zone.command_inside(only) {
            Some(command) => notice.fix(command),
            None => notice,
        })
    }

    /// What OpenClaw's own commands begin with, for hints, so that they have its user, state and
    /// configuration. What root did with them would be root's, and closed to the gateway.
    pub(crate) fn openclaw_command(&self, ours: u32) -> Option<String> {
        if self.zone.inside.is_some() {
            return None;
        }
        let OpenClaw {
            state_dir, config, ..
        } = &self.openclaw;
        let owner = User::who_owns(&state_dir.value, ours).argument();
        let sudo = owner.map(|owner| format!("sudo -u {owner} -H "));
        let sudo = sudo.unwrap_or_default();
        if let Some(profile) = &self.profile {
            return Some(format!("{sudo}openclaw --profile {}", quoted(profile)));
        }
        let is_usual =
            state_dir.source == "~/.openclaw" && config.value.starts_with(&state_dir.value);
        if sudo.is_empty() && is_usual {
            return Some("openclaw".to_owned());
        }
        let [state_dir, config] =
            [&state_dir.value, &config.value].map(|path| quoted(&path.to_string_lossy()));
        let env = if sudo.is_empty() { "" } else { "env " };
        Some(format!(
            "{sudo}{env}OPENCLAW_STATE_DIR={state_dir} OPENCLAW_CONFIG_PATH={config} openclaw"
        ))
    }
}

fn relative(agent: &Agent) -> Notice {
    let (id, dir) = (&agent.id, agent.dir.display());
    let message = format!(
        "{id}: its agentDir is relative, taken as {dir}: the gateway takes it from its own working directory"
    );
    Notice::new("relative-agent-dir", message)
}
