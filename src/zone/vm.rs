//! A zone in a virtual machine of agent-vm: its state lies on this host, its programs do not.

use std::path::{Path, PathBuf};

use super::trusted::folded;
use crate::shell::quoted;

/// OpenClaw's state directory as a zone's VM sees it.
const STATE_INSIDE: &str = "/home/openclaw/.openclaw/state";
/// The directory of OpenClaw's configuration, likewise.
const CONFIG_INSIDE: &str = "/home/openclaw/.openclaw/config";

/// An OpenClaw zone, as the host sees it. All paths are the host's, but for [`Mount::inside`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VmZone {
    /// What the gateway has for `OPENCLAW_STATE_DIR`.
    pub(crate) state_dir: PathBuf,
    /// `gateway.config`: the roster; the VM runs with a copy of it in the state directory.
    pub(crate) config: PathBuf,
    /// The agents' working files.
    pub(crate) zone_files: Option<PathBuf>,
    /// What of the host the VM sees, and where.
    pub(crate) mounts: Vec<Mount>,
    /// The agents that the system configuration names; it may name none.
    pub(crate) agents: Vec<String>,
    /// Where agent-vm's controller listens on 127.0.0.1.
    pub(crate) controller_port: Option<u16>,
    /// Where `agent-vm` finds this zone without `--config`.
    pub(crate) project_dir: PathBuf,
}

/// A directory of the host that is in the VM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) inside: PathBuf,
    pub(crate) host: PathBuf,
}

impl Mount {
    fn new(inside: &str, host: &Path) -> Mount {
        Mount {
            inside: PathBuf::from(inside),
            host: host.to_owned(),
        }
    }
}

/// The mounts of every OpenClaw zone, then that of its files, whose place in the VM has changed.
pub(super) fn mounts(state_dir: &Path, config: &Path, files: Option<(&str, &Path)>) -> Vec<Mount> {
    let mut mounts = vec![Mount::new(STATE_INSIDE, state_dir)];
    mounts.extend(config.parent().map(|dir| Mount::new(CONFIG_INSIDE, dir)));
    mounts.extend(files.map(|(inside, dir)| Mount::new(inside, dir)));
    mounts
}

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "asked when such a zone is selected")
)]
impl VmZone {
    /// Where a path of the VM lies on the host; `None` where the host does not see it. `..` is
    /// folded first, so that it cannot lead out of a mount.
    pub(crate) fn on_host(&self, inside: &Path) -> Option<PathBuf> {
        if !inside.is_absolute() {
            return None;
        }
        let inside = folded(inside);
        self.mounts
            .iter()
            .filter_map(|mount| Some((mount, inside.strip_prefix(&mount.inside).ok()?)))
            .max_by_key(|(mount, _)| mount.inside.components().count())
            .map(|(mount, tail)| mount.host.iter().chain(tail.iter()).collect())
    }
}

/// What to type to run codex-login inside a zone. agent-vm's ssh opens a shell and, in later
/// versions, takes no command: so these are two lines to type, not one.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "said when such a zone is selected")
)]
pub(crate) fn inside_command(zone: &str, agent: Option<&str>) -> String {
    let agent = agent.map_or(String::new(), |agent| format!(" --agent {}", quoted(agent)));
    format!(
        "agent-vm controller ssh --zone {}    (then, inside: codex-login{agent})",
        quoted(zone)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> VmZone {
        let state_dir = PathBuf::from("/srv/state");
        let config = PathBuf::from("/srv/config/gateways/sunfam/openclaw.json");
        VmZone {
            mounts: mounts(
                &state_dir,
                &config,
                Some(("/zone", Path::new("/srv/files"))),
            ),
            state_dir,
            config,
            zone_files: Some(PathBuf::from("/srv/files")),
            agents: Vec::new(),
            controller_port: None,
            project_dir: PathBuf::from("/srv"),
        }
    }

    #[test]
    fn what_is_mounted_is_found_on_the_host() {
        for (inside, host) in [
            ("/home/openclaw/.openclaw/state", "/srv/state"),
            (
                "/home/openclaw/.openclaw/state/agents/a/",
                "/srv/state/agents/a",
            ),
            (
                "/home/openclaw/.openclaw/state/../config/openclaw.json",
                "/srv/config/gateways/sunfam/openclaw.json",
            ),
            ("/zone/./agents", "/srv/files/agents"),
        ] {
            let found = zone().on_host(Path::new(inside));
            // As text: paths are equal whatever slash they end with.
            let found = found.map(|path| path.display().to_string());
            assert_eq!(found.as_deref(), Some(host), "{inside}");
        }
    }

    #[test]
    fn what_is_not_mounted_is_nowhere() {
        for inside in [
            "/home/openclaw/.openclaw/statement",
            "/home/openclaw/.openclaw",
            "/home/openclaw/.openclaw/state/../agents/a",
            "/home/openclaw/workspace",
            "/zone/../srv",
            "zone/agents",
            "",
        ] {
            assert_eq!(zone().on_host(Path::new(inside)), None, "{inside}");
        }
    }

    #[test]
    fn the_longest_mount_wins_in_whatever_order_they_stand() {
        let mut zone = zone();
        let nested = Mount::new("/home/openclaw/.openclaw/state/agents", Path::new("/other"));
        zone.mounts.insert(0, nested.clone());
        let asked = Path::new("/home/openclaw/.openclaw/state/agents/a");
        assert_eq!(zone.on_host(asked), Some(PathBuf::from("/other/a")));
        zone.mounts.rotate_left(1);
        assert_eq!(zone.on_host(asked), Some(PathBuf::from("/other/a")));
    }

    #[test]
    fn the_way_inside_is_a_shell_and_then_our_own_command() {
        assert_eq!(
            inside_command("sunfam", Some("ember")),
            "agent-vm controller ssh --zone sunfam    (then, inside: codex-login --agent ember)"
        );
        assert_eq!(
            inside_command("sunfam", None),
            "agent-vm controller ssh --zone sunfam    (then, inside: codex-login)"
        );
    }
}
