//! One OpenClaw, resolved: its directories, configuration, agents, version and route.

use std::path::{Path, PathBuf};

use crate::error::Problem;
use crate::openclaw::agents::{self, RosterAgent};
use crate::openclaw::config::Config;
use crate::openclaw::disk::Disk;
use crate::openclaw::guarded::Guard;
use crate::openclaw::leftovers;
use crate::openclaw::notice::Notice;
use crate::openclaw::paths;
use crate::openclaw::roster;
use crate::openclaw::route::{AppServer, Route};
use crate::openclaw::surroundings::Surroundings;
use crate::openclaw::version::{Release, Version};
use crate::sourced::Sourced;

/// How often one configuration may lead to another.
const HOPS_LIMIT: usize = 3;

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
    pub(crate) agents: Vec<RosterAgent>,
    pub(crate) notices: Vec<Notice>,
}

impl Installation {
    /// Reads the configuration of the OpenClaw in these surroundings. `version` is what was given
    /// or found installed; without it the files are asked.
    pub(crate) fn read(around: Surroundings, version: Told) -> Result<Installation, Problem> {
        let Surroundings {
            mut env,
            place,
            mut notices,
            ..
        } = around;
        let mut place = place.config;
        let mut hops = 0;
        let (config, told) = loop {
            let mut config = Config::read(&here(&env.disk, &place.value)?, &env)?;
            let told = version.with(&config);
            let known = told.as_ref().map(|told| &told.value.version);
            config.resolve(&mut env, &Guard::of(known));
            // Up to 2026.7.35 the variables that a configuration sets can name another one, which
            // is then read in its place.
            let next = paths::config_file(&env)?;
            let is_settled = known.is_some_and(Version::settles_early);
            if is_settled || next.value == place.value || hops == HOPS_LIMIT {
                break (config, told);
            }
            (place, hops) = (next, hops + 1);
        };
        let known = told.as_ref().map(|told| told.value.version.clone());
        let state_dir = paths::state_dir(&env)?;
        let agents = agents::roster(&config, &env, &state_dir.value, known.as_ref())?;
        let state_dir = Sourced::new(here(&env.disk, &state_dir.value)?, state_dir.source);
        let release = told.or_else(|| left(&state_dir.value, &agents));
        let app_server = AppServer::of(&config, &env);
        notices.extend(unset(&config));
        notices.extend(own_command(app_server));
        Ok(Installation {
            route: Route::of(release.as_ref().map(|release| &release.value), app_server),
            configured: config.exists,
            zone_id: config.zone_id().map(str::to_owned),
            state_dir,
            config: Sourced::new(config.path.clone(), place.source),
            release,
            agents,
            notices,
        })
    }

    /// Directories of agents that no agent of the configuration owns.
    pub(crate) fn leftovers(&self) -> Vec<PathBuf> {
        leftovers::of(&self.state_dir.value, &self.agents)
    }
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

/// Codex as OpenClaw starts it is then not the one that OpenClaw manages.
fn own_command(app_server: AppServer) -> Option<Notice> {
    app_server.has_own_command.then(|| {
        Notice::new(
            "own-codex-command",
            "OpenClaw starts codex with a command of its own (appServer.command, or OPENCLAW_CODEX_APP_SERVER_BIN): it may be another codex than the one found here; --codex names it",
        )
    })
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
