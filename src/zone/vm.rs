//! A zone in a virtual machine of agent-vm: its state lies on this host, its programs do not.

use std::path::{Path, PathBuf};

use crate::openclaw::disk::Mount;
use crate::shell::quoted;

/// The home of a zone's gateway.
const HOME_INSIDE: &str = "/home/openclaw";
/// What agent-vm writes at each start: the configuration that the gateway reads.
const EFFECTIVE: &str = "effective-openclaw.json";
/// OpenClaw's state directory as a zone's VM sees it.
const STATE_INSIDE: &str = "/home/openclaw/.openclaw/state";
/// The directory of OpenClaw's configuration, likewise.
const CONFIG_INSIDE: &str = "/home/openclaw/.openclaw/config";

/// An OpenClaw zone, as the host sees it. All paths are the host's, but for what is inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VmZone {
    /// What the gateway has for `OPENCLAW_STATE_DIR`.
    pub(crate) state_dir: PathBuf,
    /// `gateway.config`: the roster; the VM runs with a copy of it in the state directory.
    pub(crate) config: PathBuf,
    /// What of the host the VM sees, and where.
    pub(crate) mounts: Vec<Mount>,
    /// The agents that the system configuration names; it may name none.
    pub(crate) agents: Vec<String>,
}

fn mount(inside: &str, host: &Path) -> Mount {
    Mount {
        inside: PathBuf::from(inside),
        host: host.to_owned(),
    }
}

/// The mounts of every OpenClaw zone, then that of its files, whose place in the VM has changed.
pub(super) fn mounts(state_dir: &Path, config: &Path, files: Option<(&str, &Path)>) -> Vec<Mount> {
    let mut mounts = vec![mount(STATE_INSIDE, state_dir)];
    mounts.extend(config.parent().map(|dir| mount(CONFIG_INSIDE, dir)));
    mounts.extend(files.map(|(inside, dir)| mount(inside, dir)));
    mounts
}

/// The environment of a zone's gateway, the same in every zone. It runs with a copy of the
/// configuration, which is there once the zone has been started.
pub(super) fn variables(zone: &VmZone) -> Vec<(&'static str, String)> {
    let config = if zone.state_dir.join(EFFECTIVE).exists() {
        format!("{STATE_INSIDE}/{EFFECTIVE}")
    } else {
        let name = zone.config.file_name().unwrap_or_default();
        format!("{CONFIG_INSIDE}/{}", name.to_string_lossy())
    };
    vec![
        ("HOME", HOME_INSIDE.to_owned()),
        ("OPENCLAW_HOME", HOME_INSIDE.to_owned()),
        ("OPENCLAW_STATE_DIR", STATE_INSIDE.to_owned()),
        ("OPENCLAW_CONFIG_PATH", config),
    ]
}

/// What to type to run codex-login inside a zone. agent-vm's ssh opens a shell and, in later
/// versions, takes no command: so these are two lines to type, not one.
pub(crate) fn inside_command(zone: &str, agent: Option<&str>) -> String {
    let agent = agent.map_or(String::new(), |agent| format!(" --agent {}", quoted(agent)));
    format!(
        "agent-vm controller ssh --zone {}    # then, inside: codex-login{agent}",
        quoted(zone)
    )
}

#[cfg(test)]
mod tests {
    use super::inside_command;

    #[test]
    fn the_way_inside_is_a_shell_and_then_our_own_command() {
        assert_eq!(
            inside_command("sunfam", Some("ember")),
            "agent-vm controller ssh --zone sunfam    # then, inside: codex-login --agent ember"
        );
        assert_eq!(
            inside_command("sunfam", None),
            "agent-vm controller ssh --zone sunfam    # then, inside: codex-login"
        );
    }
}
