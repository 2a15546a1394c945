//! Where OpenClaw's paths are on this host: the same, or, for one in a virtual machine, below the
//! directories that the host lends it.

use std::path::{Path, PathBuf};

use crate::files::folded;

/// A directory of this host as OpenClaw sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    /// In the virtual machine.
    pub(crate) inside: PathBuf,
    /// On this host.
    pub(crate) host: PathBuf,
}

/// The disks that OpenClaw sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    /// Those of this host.
    Same,
    /// Of this host only these.
    Lent(Vec<Mount>),
}

impl Disk {
    /// Where OpenClaw's `path`, an absolute one, is on this host; `None` for what only the virtual
    /// machine has. Of mounts within mounts the innermost counts.
    pub(crate) fn on_host(&self, path: &Path) -> Option<PathBuf> {
        let Disk::Lent(mounts) = self else {
            return Some(path.to_owned());
        };
        let path = folded(path);
        let mount = mounts
            .iter()
            .filter(|mount| path.starts_with(&mount.inside))
            .max_by_key(|mount| mount.inside.components().count())?;
        let rest = path.strip_prefix(&mount.inside).ok()?;
        Some(folded(&mount.host.join(rest)))
    }

    /// Whether there is something at OpenClaw's `path`, as far as this host can tell.
    pub(crate) fn has(&self, path: &Path) -> bool {
        self.on_host(path).is_some_and(|path| path.exists())
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Disk, Mount};

    #[test]
    fn only_what_is_lent_is_on_this_host_and_dots_do_not_lead_out() {
        let mount = |inside: &str, host: &str| Mount {
            inside: PathBuf::from(inside),
            host: PathBuf::from(host),
        };
        let disk = Disk::Lent(vec![
            mount("/home/openclaw/.openclaw/state", "/srv/sun/state"),
            mount("/home/openclaw/.openclaw/state/agents/ember", "/srv/ember"),
        ]);
        for (inside, host) in [
            ("/home/openclaw/.openclaw/state", Some("/srv/sun/state")),
            (
                "/home/openclaw/.openclaw/state/a/../b",
                Some("/srv/sun/state/b"),
            ),
            ("/home/openclaw/.openclaw/state/../config", None),
            (
                "/home/openclaw/.openclaw/state/agents/ember/agent",
                Some("/srv/ember/agent"),
            ),
            ("/home/openclaw/.openclaw/statement", None),
            ("/data/ember", None),
        ] {
            assert_eq!(
                disk.on_host(Path::new(inside)),
                host.map(PathBuf::from),
                "{inside}"
            );
        }
    }
}
