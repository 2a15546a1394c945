//! Where profiles come from, and how those of one agent are put together.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::error::Problem;
use crate::openclaw::agents::{self, RosterAgent};
use crate::openclaw::config::Config;
use crate::openclaw::disk::Disk;
use crate::openclaw::environment::Environment;
use crate::openclaw::ids;
use crate::openclaw::paths;
use crate::openclaw::profiles::config::AuthConfig;
use crate::openclaw::profiles::era::Era;
use crate::openclaw::profiles::sealed::KeyPlace;
use crate::openclaw::profiles::shared::STATE;
use crate::openclaw::profiles::store::{Owner, Store};
use crate::openclaw::profiles::{database, json};
use crate::openclaw::sessions::Sessions;
use crate::openclaw::version::Version;
use crate::process::identity;

/// The variables that codex's app-server takes an API key from, the first that is set.
const API_KEYS: [&str; 2] = ["CODEX_API_KEY", "OPENAI_API_KEY"];

/// The user id that may look into every home.
const ROOT: u32 = 0;

/// Why nothing is known of an agent's profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) path: PathBuf,
    /// Never a value.
    pub(crate) why: String,
    /// OpenClaw itself refuses the agent until its doctor has moved this file into a database.
    pub(crate) needs_doctor: bool,
    /// It is a link that is not followed.
    pub(crate) is_link_out: bool,
}

impl Trouble {
    pub(super) fn new(path: &Path, why: &str) -> Trouble {
        Trouble {
            path: path.to_owned(),
            why: why.to_owned(),
            needs_doctor: false,
            is_link_out: false,
        }
    }

    /// Refuses a link that leads out of these directories: who put it there may be somebody else
    /// than we are, and want us to look there.
    pub(crate) fn refuse_link_out(path: &Path, within: &[&Path]) -> Result<(), Trouble> {
        if !path.is_symlink() {
            return Ok(());
        }
        let Ok(end) = path.canonicalize() else {
            // It leads nowhere: reading it tells.
            return Ok(());
        };
        let is_within = |dir: &&Path| dir.canonicalize().is_ok_and(|dir| end.starts_with(dir));
        if within.iter().any(is_within) {
            return Ok(());
        }
        let why = format!(
            "it is a link out of the state directory, to {}",
            end.display()
        );
        Err(Trouble {
            is_link_out: true,
            ..Trouble::new(path, &why)
        })
    }
}

/// All that the profiles of an OpenClaw's agents are made of. Paths are on this host.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    pub(crate) era: Era,
    pub(super) config: AuthConfig,
    /// What can name a profile for a conversation.
    pub(crate) sessions: Sessions,
    pub(crate) state_dir: PathBuf,
    /// The agent whose store all inherit; there need be no such agent.
    pub(crate) main_dir: PathBuf,
    /// Secrets, and the oldest logins.
    pub(crate) credentials: PathBuf,
    /// What secrets are encrypted with.
    pub(super) keys: KeyPlace,
    /// The home of the gateway's user, as codex and the system have it, where it is known.
    pub(crate) home: Option<PathBuf>,
    /// Whether this OpenClaw uses the homes that 2026.4.20 to 4.22 made, and nothing else reads.
    pub(crate) has_bridge: bool,
    /// `auth.json` of the gateway's user, where this host has it, and its home is known.
    pub(crate) codex_cli: Option<PathBuf>,
    /// The variable of the gateway that holds an API key.
    pub(crate) api_key: Option<&'static str>,
    /// What all inherit, once it was read.
    main: OnceLock<Inherited>,
}

#[derive(Clone, Debug)]
pub(super) struct Inherited {
    pub(super) store: Store,
    /// It is no agent's own.
    pub(super) is_shared: bool,
}

impl Sources {
    /// Those of an OpenClaw that is resolved so far. `state_dir` is on this host.
    pub(crate) fn of(
        env: &Environment,
        config: &Config,
        state_dir: &Path,
        agents: &[RosterAgent],
        version: Option<&Version>,
    ) -> Result<Sources, Problem> {
        let main_dir = main_dir(env, config, state_dir, agents, version)?;
        let has_files = |dir: &Path| dir.join(json::STORE).exists();
        let of_files = has_files(&main_dir) || agents.iter().any(|agent| has_files(&agent.dir));
        // Where there is a database the version is known that far; files are of earlier ones.
        let era = match version {
            None if of_files => Era::V5_12,
            version => Era::of(version),
        };
        let on_host = |path: PathBuf| env.disk.on_host(&path);
        // The gateway of another user has another home than we; root may look there.
        let owner = state_dir.metadata().map(|meta| meta.uid()).ok();
        let other = owner.filter(|owner| *owner != env.reader);
        let home = match other {
            None => env.own_home().and_then(on_host),
            Some(owner) if env.reader == ROOT && env.disk == Disk::Same => identity::home_of(owner),
            Some(_) => None,
        };
        let codex_home = match other {
            None => codex_home(env, agents).and_then(on_host),
            Some(_) => home.as_ref().map(|home| home.join(".codex")),
        };
        let codex_cli = codex_home.map(|home| home.join("auth.json"));
        let credentials = match env.trimmed("OPENCLAW_OAUTH_DIR") {
            Some(named) => on_host(paths::expand(env, named)?),
            None => None,
        };
        Ok(Sources {
            era,
            config: AuthConfig::of(config),
            sessions: Sessions::of(env, config, state_dir, era)?,
            main_dir,
            credentials: credentials.unwrap_or_else(|| state_dir.join("credentials")),
            keys: KeyPlace::of(env, home.as_deref(), other.is_none(), state_dir),
            home,
            has_bridge: version.is_some_and(Version::has_bridge),
            state_dir: state_dir.to_owned(),
            codex_cli,
            api_key: API_KEYS
                .into_iter()
                .find(|name| env.trimmed(name).is_some()),
            main: OnceLock::new(),
        })
    }

    /// The store that all inherit, read once for all agents.
    pub(super) fn inherited(&self) -> Result<&Inherited, Trouble> {
        if let Some(main) = self.main.get() {
            return Ok(main);
        }
        let shared = if self.era >= Era::V8_1 {
            database::load_shared(&self.state_dir.join(STATE), self.era)?
        } else {
            None
        };
        let inherited = match shared {
            Some(store) => {
                self.refuse_before_migration(&self.main_dir, Owner::Main, &store)?;
                Inherited {
                    store,
                    is_shared: true,
                }
            }
            None => Inherited {
                store: self.load(&self.main_dir, Owner::Main)?,
                is_shared: false,
            },
        };
        Ok(self.main.get_or_init(|| inherited))
    }

    /// The same, with nothing read yet.
    pub(crate) fn afresh(&self) -> Sources {
        Sources {
            main: OnceLock::new(),
            ..self.clone()
        }
    }

    /// Whether the store in this directory is what all inherit.
    pub(crate) fn is_main(&self, dir: &Path) -> bool {
        dir == self.main_dir && !self.inherited().is_ok_and(|main| main.is_shared)
    }

    /// The store of the agent in this directory, and only that.
    pub(super) fn load(&self, dir: &Path, owner: Owner) -> Result<Store, Trouble> {
        let within = [dir, &self.state_dir];
        if !self.era.has_databases() {
            return json::load(dir, &self.credentials, owner, self.era, &within);
        }
        let path = dir.join(database::FILE);
        let found = database::load(&path, owner, self.era, &within)?;
        if self.era >= Era::V8_1 {
            let store = found.unwrap_or_default();
            self.refuse_before_migration(dir, owner, &store)?;
            return Ok(store);
        }
        if let Some(store) = found {
            return Ok(store);
        }
        let mut store = Store::default();
        json::add_oauth_file(&mut store, &self.credentials, owner, self.era)?;
        Ok(store)
    }

    /// From 2026.8.1 on files of earlier versions stop an agent whose database has no profile.
    fn refuse_before_migration(
        &self,
        dir: &Path,
        owner: Owner,
        store: &Store,
    ) -> Result<(), Trouble> {
        let of_agent = ["auth-profiles.json", "auth.json"].map(|name| dir.join(name));
        let of_main = (owner == Owner::Main).then(|| self.credentials.join("oauth.json"));
        let left = of_agent
            .into_iter()
            .chain(of_main)
            .find(|path| path.exists());
        match left {
            Some(path) if store.profiles.is_empty() => Err(Trouble {
                needs_doctor: true,
                ..Trouble::new(&path, "OpenClaw has not yet moved it into its database")
            }),
            _ => Ok(()),
        }
    }
}

/// The directory of the agent whose store all inherit: `main`'s, unless a variable, or from
/// 2026.8.1 on the configuration, names another.
fn main_dir(
    env: &Environment,
    config: &Config,
    state_dir: &Path,
    agents: &[RosterAgent],
    version: Option<&Version>,
) -> Result<PathBuf, Problem> {
    let is_early = version.is_some_and(|version| *version < Version::release(5, 12));
    let is_late = Era::of(version) >= Era::V8_1;
    let named = env.trimmed("OPENCLAW_AGENT_DIR");
    let named = named.or_else(|| env.trimmed("PI_CODING_AGENT_DIR").filter(|_| is_early));
    if let Some(named) = named.filter(|_| is_early || is_late) {
        let dir = paths::expand(env, named)?;
        return Ok(env.disk.on_host(&dir).unwrap_or(dir));
    }
    let owner = config.at(&["agents", "defaults", "authInheritance", "agentId"]);
    let owner = owner.and_then(|owner| owner.as_str()).filter(|_| is_late);
    let owner = owner
        .and_then(ids::typed)
        .unwrap_or_else(|| "main".to_owned());
    let usual = state_dir.join("agents").join(&owner).join("agent");
    let of_roster = agents.iter().find(|agent| agent.id == owner && is_late);
    Ok(of_roster.map_or(usual, |agent| agent.dir.clone()))
}

/// The Codex home of the gateway's user, which a shell that an agent has started does not name.
fn codex_home(env: &Environment, agents: &[RosterAgent]) -> Option<PathBuf> {
    if let Some(named) = env.trimmed("CODEX_HOME") {
        let home = paths::expand(env, named).ok()?;
        if !env.is_own("CODEX_HOME") || !agents::is_codex_home(&home, agents) {
            return Some(home);
        }
    }
    paths::expand(env, "~/.codex".as_ref()).ok()
}
