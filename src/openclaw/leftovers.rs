//! Directories of agents that no agent of the configuration owns. OpenClaw does not take them for
//! agents, and neither do we; but a login in one of them may be what somebody looks for.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::openclaw::agents::RosterAgent;

/// Those below `<state>/agents`, in order. `state_dir` is on this host.
pub(crate) fn of(state_dir: &Path, agents: &[RosterAgent]) -> Vec<PathBuf> {
    let root = state_dir.join("agents");
    let owned: HashSet<&Path> = agents
        .iter()
        .filter_map(|agent| agent.dir.strip_prefix(&root).ok()?.iter().next())
        .map(Path::new)
        .collect();
    let entries = std::fs::read_dir(&root).into_iter().flatten().flatten();
    let mut left: Vec<_> = entries
        .filter(|entry| !owned.contains(Path::new(&entry.file_name())))
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    left.sort();
    left
}
