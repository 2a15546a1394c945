//! What of a gateway's environment changes which login its agents use: names and where they are
//! set, never values.

use std::path::PathBuf;

use crate::openclaw::agents::{self, RosterAgent};
use crate::openclaw::environment::Environment;
use crate::openclaw::gateway::Gateway;
use crate::sourced::Sourced;

/// The variables that do.
const NAMES: [&str; 9] = [
    "CODEX_API_KEY",
    "OPENAI_API_KEY",
    "CODEX_ACCESS_TOKEN",
    "OPENAI_FEDERATION_RULE_ID",
    "OPENAI_IDENTITY_TOKEN_FILE",
    "CODEX_HOME",
    "OPENCLAW_AGENT_DIR",
    "OPENCLAW_AUTH_STORE_READONLY",
    "OPENCLAW_CODEX_APP_SERVER_BIN",
];

/// A variable that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Set {
    pub(crate) name: &'static str,
    /// Where, for people; `None` where it is our own environment, which need not be the gateway's.
    pub(crate) source: Option<String>,
}

/// What is known of a gateway's environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GatewayEnv {
    pub(crate) set: Vec<Set>,
    /// The unit of the machine's own manager that starts it, and gives it no session bus: without
    /// one there is no keyring.
    pub(crate) without_bus: Option<String>,
    /// The Node that it runs on, where its start names one.
    pub(crate) node: Option<Sourced<PathBuf>>,
}

impl GatewayEnv {
    /// `env` is that of the gateway, or ours where none is known; all `.env` files are read.
    pub(crate) fn of(
        env: &Environment,
        agents: &[RosterAgent],
        gateway: Option<&Gateway>,
    ) -> GatewayEnv {
        let set = NAMES.into_iter().filter_map(|name| {
            let value = env.trimmed(name)?;
            let is_own = env.is_own(name);
            // A service has nothing of the shell that we run in, and a shell that an agent has
            // started has the agent's home.
            let is_agents = name == "CODEX_HOME" && agents::is_codex_home(value.as_ref(), agents);
            if is_own && (gateway.is_some() || is_agents) {
                return None;
            }
            let source = (!is_own).then(|| env.source(name));
            Some(Set { name, source })
        });
        let without_bus = gateway
            .filter(|gateway| gateway.is_of_machine && !gateway.sets("DBUS_SESSION_BUS_ADDRESS"));
        GatewayEnv {
            set: set.collect(),
            without_bus: without_bus.map(|gateway| gateway.name.clone()),
            node: gateway.and_then(node_of),
        }
    }
}

fn node_of(gateway: &Gateway) -> Option<Sourced<PathBuf>> {
    let mut programs = gateway.programs();
    let node = programs.find(|program| program.ends_with("node") && program.is_file())?;
    Some(Sourced::new(node, format!("{} runs it", gateway.name)))
}

#[cfg(test)]
mod tests {
    use super::GatewayEnv;
    use crate::openclaw::disk::Disk;
    use crate::openclaw::environment::Environment;
    use crate::openclaw::gateway;

    #[test]
    fn only_a_unit_of_the_machine_is_known_to_have_no_session_bus() {
        let unit = "[Service]\nExecStart=/usr/bin/node gateway\n";
        let with_bus = format!("{unit}Environment=DBUS_SESSION_BUS_ADDRESS=unix:path=/x\n");
        for (dir, text, is_known) in [
            ("systemd/system", unit, true),
            ("systemd/system", &with_bus, false),
            ("systemd/user", unit, false),
        ] {
            let etc = tempfile::tempdir().unwrap();
            let dir = etc.path().join(dir);
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join("openclaw-gateway.service"), text).unwrap();
            let found = gateway::found(&etc.path().join("home"), etc.path());
            let env = Environment::inside(Disk::Same, 0);
            let known = GatewayEnv::of(&env, &[], found.first());
            assert_eq!(known.without_bus.is_some(), is_known, "{text}");
        }
    }
}
