//! Modes and owners of what OpenClaw keeps profiles in.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::agent::evidence::Ground;
use crate::agent::findings::Finding;
use crate::agent::of_files::open_to_others;
use crate::files;
use crate::openclaw::profiles::sources::Trouble;
use crate::shell::quoted;

/// In an agent's directory, and in that of the store that all inherit.
const NAMES: [&str; 5] = [
    "auth-profiles.json",
    "auth-state.json",
    "openclaw-agent.sqlite",
    "openclaw-agent.sqlite-wal",
    "openclaw-agent.sqlite-shm",
];

/// What there is to say of the stores in an agent's directory.
pub(super) fn of_agent(dir: &Path) -> Vec<Finding> {
    let paths = NAMES.iter().map(|name| dir.join(name));
    paths.flat_map(|path| of_file(&path, dir)).collect()
}

/// The same for what is no agent's own. `agents` are the directories that are looked at already.
pub(super) fn of_all(ground: &Ground, agents: &[&Path]) -> Vec<Finding> {
    let sources = &ground.profiles.sources;
    let main = sources.main_dir.as_path();
    let mut findings = Vec::new();
    if !agents.contains(&main) {
        findings.extend(of_agent(main));
    }
    let secrets = sources.credentials.join("auth-profiles");
    let within = [sources.credentials.as_path(), sources.state_dir.as_path()];
    if Trouble::refuse_link_out(&secrets, &within).is_err() {
        return findings;
    }
    let names = files::names(&secrets).unwrap_or_default();
    let paths = names.iter().map(|name| secrets.join(name));
    let paths: Vec<PathBuf> = paths
        .filter(|path| path.extension() == Some("json".as_ref()))
        .collect();
    findings.extend(paths.iter().flat_map(|path| of_file(path, &secrets)));
    findings
}

/// Links are not followed: whose they are and where they lead is nothing that a mode mends.
fn of_file(path: &Path, dir: &Path) -> Vec<Finding> {
    let Ok(meta) = path.symlink_metadata() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if meta.is_file() && meta.mode() & 0o077 != 0 {
        findings.push(open_to_others(&name, path, &meta, 0o600));
    }
    let owner = dir.metadata();
    if let Ok(owner) = owner
        && meta.is_file()
        && meta.uid() != owner.uid()
    {
        let message = format!(
            "{name} belongs to another user than the directory it is in: OpenClaw may not read it"
        );
        let path_text = quoted(&path.to_string_lossy());
        findings.push(Finding::error("wrong-owner", message).at(path).fix(format!(
            "chown {}:{} {path_text}",
            owner.uid(),
            owner.gid()
        )));
    }
    findings
}
