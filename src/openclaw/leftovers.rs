//! Directories of agents that no agent of the configuration owns. OpenClaw does not take them for
//! agents, and neither do we; but a login in one of them may be what somebody looks for.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::files;
use crate::openclaw::agents::RosterAgent;

/// Those below `<state>/agents`, in order. `state_dir` is on this host.
pub(crate) fn of(state_dir: &Path, agents: &[RosterAgent]) -> Vec<PathBuf> {
    let root = state_dir.join("agents");
    let owned: HashSet<&Path> = agents
        .iter()
        .filter_map(|agent| agent.dir.strip_prefix(&root).ok()?.iter().next())
        .map(Path::new)
        .collect();
    let names = files::names(&root).unwrap_or_default();
    names
        .into_iter()
        // Every agent inherits the profiles in there, also where none is called so.
        .filter(|name| name != "main")
        .filter(|name| !owned.contains(Path::new(name)))
        .map(|name| root.join(name))
        .filter(|path| path.is_dir())
        .collect()
}
