//! The one Codex home of all agents where `homeScope` is `user`: that of the gateway's user.
//!
//! OpenClaw 2026.7.1 to 2026.9.6 (`resolveCodexAppServerUserHomeDir`): `CODEX_HOME` of the gateway,
//! trimmed and made absolute, a `~` in it being a name like any other; else `.codex` in the home of
//! its user. `OPENCLAW_HOME` does not count. Codex goes by the login there, and by no profile.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::openclaw::agents::{self, RosterAgent};
use crate::openclaw::config::Config;
use crate::openclaw::disk::Disk;
use crate::openclaw::environment::Environment;
use crate::openclaw::gateway::{self, Gateway};
use crate::openclaw::paths;
use crate::process::identity;
use crate::sourced::Sourced;

const CODEX_HOME: &str = "CODEX_HOME";

/// The user id that may look into every home.
const ROOT: u32 = 0;

/// The home, or why it is not known. `state_dir` is on this host.
pub(crate) fn find(
    env: &Environment,
    config: &Config,
    state_dir: &Path,
    agents: &[RosterAgent],
    gateway: Option<&Gateway>,
) -> Result<Sourced<PathBuf>, String> {
    if let Some(transport) = config
        .app_server("transport")
        .filter(|word| *word != "stdio")
    {
        return Err(format!(
            "`appServer.transport` is `{transport}`: OpenClaw does not start that codex, and which home it has is not known"
        ));
    }
    let owner = state_dir.metadata().map(|meta| meta.uid()).ok();
    let other = owner.filter(|owner| *owner != env.reader && env.disk == Disk::Same);
    if let Some(named) = named(env, agents, gateway.is_some() || other.is_some()) {
        return on_host(env, named);
    }
    match other {
        None => {
            let home = env
                .own_home()
                .ok_or("the home of the gateway's user is not known")?;
            let path = paths::resolved(env, home.join(".codex").as_os_str());
            let path = path.map_err(|problem| problem.to_string())?;
            on_host(env, Sourced::new(path, "~/.codex of the gateway's user"))
        }
        Some(owner) => of_other(env, owner, gateway),
    }
}

/// What the variable names. A service, or somebody else's gateway, has nothing of the shell that we
/// run in, and a shell that an agent has started has that agent's home.
fn named(
    env: &Environment,
    agents: &[RosterAgent],
    is_not_of_shell: bool,
) -> Option<Sourced<PathBuf>> {
    let value = env.trimmed(CODEX_HOME)?;
    let home = paths::resolved(env, value).ok()?;
    if env.is_own(CODEX_HOME) && (is_not_of_shell || agents::is_codex_home(&home, agents)) {
        return None;
    }
    Some(Sourced::new(home, env.source(CODEX_HOME)))
}

/// That of a gateway which runs as somebody else than we: root alone may look for it.
fn of_other(
    env: &Environment,
    owner: u32,
    gateway: Option<&Gateway>,
) -> Result<Sourced<PathBuf>, String> {
    let name = identity::name_of(owner);
    if let Some(gateway) = gateway {
        return Err(format!(
            "{} starts the gateway as another user than {name}, whom its state directory belongs to",
            gateway.name
        ));
    }
    let home = Some(owner)
        .filter(|_| env.reader == ROOT)
        .and_then(identity::home_of);
    let home = home.ok_or_else(|| format!("the gateway is {name}'s, and we are not"))?;
    let units = gateway::of_user(&home);
    let mut set: Vec<_> = units
        .iter()
        .map(|unit| (unit, unit.value(CODEX_HOME)))
        .collect();
    set.dedup_by_key(|(_, value)| *value);
    match set.as_slice() {
        [] | [(_, None)] => Ok(Sourced::new(
            home.join(".codex"),
            format!("~/.codex of {name}, the gateway's user"),
        )),
        [(unit, Some(value))] if Path::new(value).is_absolute() => Ok(Sourced::new(
            value.into(),
            format!("{CODEX_HOME} of {}", unit.name),
        )),
        _ => Err(format!(
            "the units of {name}'s gateways differ in {CODEX_HOME}, or name no absolute path"
        )),
    }
}

fn on_host(env: &Environment, home: Sourced<PathBuf>) -> Result<Sourced<PathBuf>, String> {
    match env.disk.on_host(&home.value) {
        Some(path) => Ok(Sourced::new(path, home.source)),
        None => Err(format!(
            "{} is inside the zone's virtual machine, and not on this host",
            home.value.display()
        )),
    }
}
