//! Which agents the configuration has, and where each keeps its files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::error::Problem;
use crate::files::settled;
use crate::openclaw::config::Config;
use crate::openclaw::environment::Environment;
use crate::openclaw::paths;
use crate::openclaw::roster::{self, Entry};
use crate::openclaw::version::Version;

/// An agent as OpenClaw knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RosterAgent {
    /// Normalised.
    pub(crate) id: String,
    /// As the configuration has it.
    pub(crate) written: String,
    /// Absolute, and on this host unless `is_elsewhere`.
    pub(crate) dir: PathBuf,
    /// Where it stands: `agents.list[0]`, `agents.entries.ember`, ….
    pub(crate) source: String,
    pub(crate) is_default: bool,
    /// The directory is written relative: OpenClaw takes it from its working directory.
    pub(crate) is_relative: bool,
    /// The directory is in the virtual machine alone.
    pub(crate) is_elsewhere: bool,
}

/// The agents in OpenClaw's order. Never empty. `state_dir` is as OpenClaw sees it.
pub(crate) fn roster(
    config: &Config,
    env: &Environment,
    state_dir: &Path,
    version: Option<&Version>,
) -> Result<Vec<RosterAgent>, Problem> {
    let entries = roster::entries(config, version)?;
    let agents = entries
        .into_iter()
        .map(|entry| resolved(entry, env, state_dir))
        .collect::<Result<Vec<_>, _>>()?;
    refuse_shared_directories(config, &agents)?;
    Ok(agents)
}

/// Whether this is the Codex home of an agent: one of these, whichever way the path leads there, or
/// by its place one of another OpenClaw. A shell that the agent has started has it in its variables,
/// which says nothing of the gateway.
pub(crate) fn is_codex_home(path: &Path, agents: &[RosterAgent]) -> bool {
    let real = settled(path);
    let mut names = real.iter().rev();
    let mut is_next = |name: &str| names.next().is_some_and(|found| found == name);
    if is_next("codex-home") && is_next("agent") && names.nth(1).is_some_and(|it| it == "agents") {
        return true;
    }
    let mut homes = agents.iter().map(|agent| agent.dir.join("codex-home"));
    homes.any(|home| home == path || settled(&home) == real)
}

fn resolved(entry: Entry, env: &Environment, state_dir: &Path) -> Result<RosterAgent, Problem> {
    let is_relative = entry
        .dir
        .as_ref()
        .is_some_and(|dir| !is_of_home(dir) && !Path::new(dir).is_absolute());
    let (inside, how) = match &entry.dir {
        None => (state_dir.join("agents").join(&entry.id).join("agent"), ""),
        Some(dir) => (paths::expand(env, dir.as_ref())?, " agentDir"),
    };
    let here = env.disk.on_host(&inside);
    let further = match (&here, is_relative) {
        (None, _) => ", inside the virtual machine only",
        (Some(_), true) => ", relative to the gateway's working directory",
        (Some(_), false) => "",
    };
    Ok(RosterAgent {
        source: format!("{}{how}{further}", entry.source),
        id: entry.id,
        written: entry.written,
        is_default: entry.is_default,
        is_relative,
        is_elsewhere: here.is_none(),
        dir: here.unwrap_or(inside),
    })
}

/// Whether a path is relative to the home. `~user/x` is not.
fn is_of_home(dir: &str) -> bool {
    dir.strip_prefix('~')
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '\\']))
}

/// OpenClaw refuses a configuration in which two agents have one directory; on macOS, whose disks
/// fold case, also one in which they differ in case alone.
fn refuse_shared_directories(config: &Config, agents: &[RosterAgent]) -> Result<(), Problem> {
    let mut owners = HashMap::new();
    for agent in agents {
        let key = if cfg!(target_os = "macos") {
            agent.dir.to_string_lossy().to_lowercase().into()
        } else {
            agent.dir.as_os_str().to_owned()
        };
        if let Some(other) = owners.insert(key, &agent.id) {
            return Err(config.invalid(
                "agents",
                &format!(
                    "`{other}` and `{}` have one directory, {}: OpenClaw refuses that",
                    agent.id,
                    agent.dir.display()
                ),
            ));
        }
    }
    Ok(())
}
