//! What the user selected: a zone, its OpenClaw, its agents.

use std::path::PathBuf;

use crate::agent::Agent;
use crate::error::{Problem, Status};
use crate::host::Host;
use crate::openclaw::agents;
use crate::openclaw::config::Config;
use crate::openclaw::paths::Paths;
use crate::openclaw::version::{Route, Version};
use crate::request::Selection;
use crate::shell::quoted;
use crate::sourced::Sourced;
use crate::zone::Zone;

/// A zone and what is in it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) zone: Zone,
    pub(crate) openclaw: OpenClaw,
    /// Every agent of the configuration, in its order.
    agents: Vec<Agent>,
    /// The options that selected it, each followed by a space.
    typed: String,
    asked: Vec<String>,
    asked_for_all: bool,
}

/// The OpenClaw of the zone.
#[derive(Clone, Debug)]
pub(crate) struct OpenClaw {
    /// `None` where nothing tells.
    pub(crate) version: Option<Sourced<Version>>,
    /// What follows from the version; without one, that of the versions that read a codex home.
    pub(crate) route: Route,
    pub(crate) state_dir: Sourced<PathBuf>,
    pub(crate) config: Sourced<PathBuf>,
    /// Whether there is a configuration file.
    pub(crate) configured: bool,
}

/// Which agents a command takes when none is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unnamed {
    /// All of them.
    Every,
    /// The only one; several are an error.
    TheOnly,
}

impl Target {
    /// Resolves zone, OpenClaw and agents. Creates nothing.
    pub(crate) fn resolve(host: &Host, asked: &Selection) -> Result<Target, Problem> {
        let paths = Paths::resolve(
            host,
            asked.state_dir.as_ref(),
            asked.openclaw_config.as_ref(),
        )?;
        let config = Config::load(&paths.config.value)?;
        if let (Some(named), false) = (&asked.openclaw_config, config.exists) {
            let path = config.path.display();
            let message = format!("{path} ({}) does not exist", named.source);
            return Err(Problem::request("config-missing", message)
                .hint("leave the option out to use OpenClaw's own configuration"));
        }
        if let (false, Some(legacy)) = (config.exists, paths.legacy()) {
            let message = format!(
                "{} does not exist, and {} is not read yet",
                config.path.display(),
                legacy.display()
            );
            return Err(Problem::request("config-unsupported", message)
                .hint("if it is what the gateway uses: --state-dir DIR, and --openclaw-config FILE where it has one"));
        }
        let typed = typed_options(asked);
        let version = version(asked.openclaw_version.as_ref(), &config)?;
        let target = Target {
            zone: Zone::select(asked.zone.as_ref(), &config)?,
            agents: agents::roster(&config, &paths)?
                .into_iter()
                .map(|agent| Agent::new(agent, &typed))
                .collect(),
            openclaw: OpenClaw {
                route: version
                    .as_ref()
                    .map_or(Route::CodexHome, |version| Route::of(&version.value)),
                version,
                state_dir: paths.state_dir,
                config: paths.config,
                configured: config.exists,
            },
            typed,
            asked: asked.agents.clone(),
            asked_for_all: asked.all_agents,
        };
        tracing::debug!(zone = ?target.zone, openclaw = ?target.openclaw, "resolved");
        Ok(target)
    }

    /// The agents to work on, in the order of the configuration.
    pub(crate) fn selected(&self, unnamed: Unnamed) -> Result<Vec<Agent>, Problem> {
        if self.asked.is_empty() {
            let every = self.asked_for_all || unnamed == Unnamed::Every || self.agents.len() == 1;
            return if every {
                Ok(self.agents.clone())
            } else {
                Err(self.several())
            };
        }
        let mut wanted = Vec::new();
        for name in &self.asked {
            let id = agents::typed(name);
            match self
                .agents
                .iter()
                .find(|agent| Some(&agent.id) == id.as_ref())
            {
                Some(agent) => wanted.push(agent.id.clone()),
                None => return Err(self.unknown(name)),
            }
        }
        let mut selected = self.agents.clone();
        selected.retain(|agent| wanted.contains(&agent.id));
        Ok(selected)
    }

    /// The one agent that a command works on.
    pub(crate) fn selected_one(&self) -> Result<Agent, Problem> {
        let mut selected = self.selected(Unnamed::TheOnly)?;
        match (selected.pop(), selected.is_empty()) {
            (Some(agent), true) => Ok(agent),
            _ => Err(Problem::request("usage", "this command takes one agent")
                .hint("name it with --agent")),
        }
    }

    /// Refuses where a login in a codex home is not what the agent would use.
    pub(crate) fn refuse_other_routes(&self, agents: &[Agent]) -> Result<(), Problem> {
        let version = self
            .openclaw
            .version
            .as_ref()
            .map(|version| format!("{} ({})", version.value, version.source))
            .unwrap_or_default();
        let (what, hint) = match self.openclaw.route {
            Route::CodexHome => return Ok(()),
            Route::Import => (
                "never reads codex-home/auth.json, and a login there could keep the agent from starting",
                format!(
                    "openclaw models auth login --provider openai --method device-code --agent {}",
                    agents.first().map_or("AGENT", |agent| &agent.id)
                ),
            ),
            Route::NoCodexHome => (
                "gives its agents no codex home",
                "upgrade OpenClaw to 2026.5.2 or later".to_owned(),
            ),
        };
        Err(Problem::new(
            "route-unsupported",
            Status::NotUsed,
            format!("OpenClaw {version} {what}"),
        )
        .hint(hint))
    }

    /// Refuses to make directories where no OpenClaw has ever been.
    pub(crate) fn refuse_without_openclaw(&self) -> Result<(), Problem> {
        let dir = &self.openclaw.state_dir;
        if self.openclaw.configured || dir.value.is_dir() {
            return Ok(());
        }
        Err(Problem::request(
            "openclaw-not-found",
            format!(
                "no OpenClaw here: neither {} ({}) nor {} exists",
                dir.value.display(),
                dir.source,
                self.openclaw.config.value.display()
            ),
        )
        .hint("run as the gateway's user, set OPENCLAW_STATE_DIR as the gateway has it, or give --state-dir DIR"))
    }

    fn unknown(&self, name: &str) -> Problem {
        Problem::request(
            "unknown-agent",
            format!(
                "unknown agent `{name}`: {} has {}",
                self.openclaw.config.value.display(),
                self.known()
            ),
        )
        .hint(format!("codex-login {}agents", self.typed))
    }

    fn several(&self) -> Problem {
        Problem::request(
            "agent-needed",
            format!("which agent: there are {}", self.known()),
        )
        .hint("name one with --agent, or, where the command takes several, give --all-agents")
    }

    fn known(&self) -> String {
        let ids: Vec<_> = self.agents.iter().map(|agent| agent.id.as_str()).collect();
        ids.join(", ")
    }
}

/// The options that select this OpenClaw, as they were typed, for the commands that hints name.
fn typed_options(asked: &Selection) -> String {
    let mut typed = String::new();
    for option in [
        asked.zone.clone(),
        asked.state_dir.as_ref().map(as_text),
        asked.openclaw_config.as_ref().map(as_text),
        asked.openclaw_version.clone(),
        asked.codex.as_ref().map(as_text),
    ]
    .into_iter()
    .flatten()
    .filter(|option| option.source.starts_with("--"))
    {
        typed.push_str(&option.source);
        typed.push(' ');
        typed.push_str(&quoted(&option.value));
        typed.push(' ');
    }
    typed
}

fn as_text(path: &Sourced<PathBuf>) -> Sourced<String> {
    Sourced::new(path.value.display().to_string(), &*path.source)
}

/// The version as it was given, else as the configuration's last writer left it.
fn version(
    given: Option<&Sourced<String>>,
    config: &Config,
) -> Result<Option<Sourced<Version>>, Problem> {
    if let Some(given) = given {
        return match given.value.parse() {
            Ok(version) => Ok(Some(Sourced::new(version, &*given.source))),
            Err(()) => Err(Problem::request(
                "usage",
                format!("`{}` is not a version of OpenClaw", given.value),
            )
            .hint(format!(
                "write it as `openclaw --version` does: {} 2026.5.12",
                given.source
            ))),
        };
    }
    Ok(config
        .last_touched_version()
        .and_then(|text| text.parse().ok())
        .map(|version| Sourced::new(version, "meta.lastTouchedVersion of the configuration")))
}
