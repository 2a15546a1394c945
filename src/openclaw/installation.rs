//! One OpenClaw, resolved: its directories, configuration, agents, version and route.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::error::Problem;
use crate::openclaw::agents::{self, RosterAgent};
use crate::openclaw::config::Config;
use crate::openclaw::disk::Disk;
use crate::openclaw::environment::Environment;
use crate::openclaw::gateway_env::GatewayEnv;
use crate::openclaw::guarded::Guard;
use crate::openclaw::installed::Package;
use crate::openclaw::leftovers;
use crate::openclaw::notice::Notice;
use crate::openclaw::own_command::OwnCommand;
use crate::openclaw::paths;
use crate::openclaw::plugin::PluginPlaces;
use crate::openclaw::profiles::sources::Sources;
use crate::openclaw::roster;
use crate::openclaw::route::{AppServer, Route};
use crate::openclaw::surroundings::Surroundings;
use crate::openclaw::user_home;
use crate::openclaw::version::{Release, Version};
use crate::sourced::Sourced;

/// An OpenClaw and all that follows from its files.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    /// On this host.
    pub(crate) state_dir: Sourced<PathBuf>,
    /// On this host.
    pub(crate) config: Sourced<PathBuf>,
    /// Whether there is a configuration file.
    pub(crate) configured: bool,
    /// The zone that the configuration names.
    pub(crate) zone_id: Option<String>,
    /// `None` where nothing tells.
    pub(crate) release: Option<Sourced<Release>>,
    pub(crate) route: Route,
    /// The one Codex home of all agents, where they have one; or why it is not known.
    pub(crate) user_home: Option<Result<Sourced<PathBuf>, String>>,
    pub(crate) agents: Vec<RosterAgent>,
    pub(crate) notices: Vec<Notice>,
    /// Where its codex plugin is; `None` where that is inside a virtual machine.
    pub(crate) plugin: Option<PluginPlaces>,
    /// Where the profiles of its agents come from.
    pub(crate) profiles: Sources,
    pub(crate) gateway: GatewayEnv,
}

impl Installation {
    /// Reads the configuration of the OpenClaw in these surroundings. `version` is what was given
    /// or found installed; without it the files are asked. `packages` are those of OpenClaw itself.
    pub(crate) fn read(
        around: Surroundings,
        version: &Told,
        packages: Vec<Package>,
    ) -> Result<Installation, Problem> {
        let Surroundings {
            mut env,
            place,
            mut notices,
            gateway,
        } = around;
        let mut read = Read::once(&mut env, version)?;
        // Up to 2026.7.35 OpenClaw reads its configuration twice, the second time with what the
        // first has set, which can lead to another one; before that the first must have been good.
        if !read.settles_early() {
            read = Read::once(&mut env, version)?;
        }
        let Read {
            config,
            source,
            told,
            agents,
        } = read;
        let state_dir = paths::state_dir(&env)?;
        notices.extend(moved(&place.state_dir.value, &place.config.value, &env)?);
        let state_dir = Sourced::new(here(&env.disk, &state_dir.value)?, state_dir.source);
        let left = || left(&state_dir.value, &agents);
        let unsure = told.as_ref().filter(|_| version.sure.is_none());
        notices.extend(unsure.and_then(|told| doubted(told, &left()?, &agents)));
        let release = told.or_else(left);
        let own_command = OwnCommand::of(&config, &env);
        let app_server = AppServer::of(&config, own_command.is_some());
        notices.extend(unset(&config));
        notices.extend(own_command.as_ref().map(told_own_command));
        let plugin = PluginPlaces::of(&env, &config, &state_dir.value, own_command, packages)?;
        let version = release.as_ref().map(|release| &release.value.version);
        let profiles = Sources::of(&env, &config, &state_dir.value, &agents, version)?;
        let route = Route::of(release.as_ref().map(|release| &release.value), app_server);
        let user_home = (route == Route::UserHome)
            .then(|| user_home::find(&env, &config, &state_dir.value, &agents, gateway.as_ref()));
        Ok(Installation {
            user_home,
            gateway: GatewayEnv::of(&env, &agents, gateway.as_ref()),
            plugin,
            profiles,
            route,
            configured: config.exists,
            zone_id: config.zone_id().map(str::to_owned),
            state_dir,
            config: Sourced::new(config.path.clone(), source),
            release,
            agents,
            notices,
        })
    }

    /// Who else than root can say where its agents are, and which codex it starts.
    pub(crate) fn decided_by(&self) -> Vec<u32> {
        let places = [&self.config.value, &self.state_dir.value];
        let owners = places
            .into_iter()
            .filter_map(|path| Some(path.metadata().ok()?.uid()));
        owners.filter(|uid| *uid != 0).collect()
    }

    /// Directories of agents that no agent of the configuration owns.
    pub(crate) fn leftovers(&self) -> Vec<PathBuf> {
        leftovers::of(&self.state_dir.value, &self.agents)
    }
}

/// One reading of the configuration.
struct Read {
    config: Config,
    /// How its file was found.
    source: String,
    told: Option<Sourced<Release>>,
    agents: Vec<RosterAgent>,
}

impl Read {
    /// Finds the file, reads the remaining `.env` files and then it, lets it set variables, and
    /// checks its agents.
    fn once(env: &mut Environment, version: &Told) -> Result<Read, Problem> {
        let place = paths::config_file(env)?;
        let guard = Guard::of(version.sure.as_ref().map(|version| &version.value));
        env.load_files(&paths::own_dir(env)?, &paths::home(env)?, &guard);
        let mut config = Config::read(&here(&env.disk, &place.value)?, env)?;
        let told = version.with(&config);
        let known = told.as_ref().map(|told| &told.value.version);
        config.resolve(env, known)?;
        let agents = agents::roster(&config, env, &paths::state_dir(env)?.value, known)?;
        Ok(Read {
            config,
            source: place.source,
            told,
            agents,
        })
    }

    fn settles_early(&self) -> bool {
        let told = self.told.as_ref();
        told.is_some_and(|told| told.value.version.settles_early())
    }
}

/// From 2026.8.1 the gateway follows variables that its own files set further than OpenClaw's
/// commands do.
fn moved(state_dir: &Path, config: &Path, env: &Environment) -> Result<Option<Notice>, Problem> {
    let now = (paths::state_dir(env)?.value, paths::config_file(env)?.value);
    if now.0 == state_dir && now.1 == config {
        return Ok(None);
    }
    Ok(Some(Notice::new(
        "selected-by-files",
        format!(
            "a `.env` file or the configuration itself selects where OpenClaw looks ({}): its gateway and its commands may differ; set the variable in the gateway's environment instead",
            now.0.display()
        ),
    )))
}

fn here(disk: &Disk, path: &Path) -> Result<PathBuf, Problem> {
    disk.on_host(path).ok_or_else(|| {
        Problem::request(
            "config-elsewhere",
            format!("{} is inside the virtual machine only", path.display()),
        )
        .hint("run codex-login inside the zone")
    })
}

/// The version, as others than OpenClaw's files tell it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// It was given, or is what is installed.
    pub(crate) sure: Option<Sourced<Version>>,
    /// It is likely: the files go before it where they name one.
    pub(crate) guess: Option<Sourced<Version>>,
}

impl Told {
    /// Joined with what the configuration tells: who wrote it last, else the form of its roster.
    fn with(&self, config: &Config) -> Option<Sourced<Release>> {
        let path = config.path.display();
        let touched = config
            .last_touched_version()
            .and_then(|text| text.parse().ok())
            .map(|version| Sourced::new(version, format!("meta.lastTouchedVersion in {path}")));
        let exact = self.sure.clone().or(touched).or(self.guess.clone());
        if let Some(version) = exact {
            let release = Release::exactly(version.value);
            return Some(Sourced::new(release, version.source));
        }
        roster::is_of_entries(config).then(|| {
            let since = Release::since(Version::release(8, 1));
            Sourced::new(since, format!("the form of the roster in {path}"))
        })
    }
}

/// What the files on disk tell: which stores there are.
fn left(state_dir: &Path, agents: &[RosterAgent]) -> Option<Sourced<Release>> {
    let shared = state_dir.join("state/openclaw.sqlite");
    let found = |path: PathBuf, since| {
        path.exists()
            .then(|| Sourced::new(Release::since(since), path.display().to_string()))
    };
    found(shared, Version::release(7, 1)).or_else(|| {
        agents.iter().find_map(|agent| {
            let own = agent.dir.join("openclaw-agent.sqlite");
            found(own, Version::release(6, 5))
        })
    })
}

/// Who wrote the configuration last need not be who runs: stores that a later version made, and no
/// earlier one besides, tell so.
fn doubted(
    told: &Sourced<Release>,
    left: &Sourced<Release>,
    agents: &[RosterAgent],
) -> Option<Notice> {
    let has_files = |agent: &RosterAgent| agent.dir.join("auth-profiles.json").exists();
    if told.value.version >= left.value.version || agents.iter().any(has_files) {
        return None;
    }
    let message = format!(
        "OpenClaw {} ({}) would not have made {}: if a later one runs, most of what is said here is wrong",
        told.value, told.source, left.source
    );
    let fix = "tell it with --openclaw-version VERSION, as `openclaw --version` prints it";
    Some(Notice::new("version-doubtful", message).fix(fix))
}

/// OpenClaw starts a codex of the user's.
pub(crate) const OWN_COMMAND: &str = "own-codex-command";

/// Codex as OpenClaw starts it is then not the one that OpenClaw manages.
fn told_own_command(own: &OwnCommand) -> Notice {
    let command = own.shown();
    let message = format!(
        "OpenClaw starts codex with a command of the user's, {command} ({}), and does not manage it",
        own.source
    );
    Notice::new(OWN_COMMAND, message)
}

/// A directory whose name holds a variable that nothing sets is rarely meant.
fn unset(config: &Config) -> Option<Notice> {
    let names = &config.unset;
    (!names.is_empty()).then(|| {
        Notice::new(
            "variable-not-set",
            format!(
                "{} in the agents of {} is not set here: it stays as it is written, which is right only where the gateway has none either",
                names.iter().map(|name| format!("${{{name}}}")).collect::<Vec<_>>().join(", "),
                config.path.display()
            ),
        )
    })
}
