//! What the user selected: a zone, its OpenClaw, its agents.

mod codex;
mod notices;
mod program;
mod refusals;
mod user_home;

use std::path::PathBuf;

use crate::agent::Agent;
use crate::error::Problem;
use crate::host::Host;
use crate::openclaw::gateway_env::GatewayEnv;
use crate::openclaw::ids;
use crate::openclaw::notice::Notice;
use crate::openclaw::plugin::PluginPlaces;
use crate::openclaw::profiles::sources::Sources;
use crate::openclaw::route::Route;
use crate::openclaw::version::Release;
use crate::request::Selection;
use crate::shell::quoted;
use crate::sourced::Sourced;
use crate::zone::{self, Zone};

/// A zone and what is in it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) zone: Zone,
    pub(crate) openclaw: OpenClaw,
    /// Every agent of the configuration, in its order.
    agents: Vec<Agent>,
    /// The options that selected it, each followed by a space.
    typed: String,
    /// The same without those that an upgrade makes untrue.
    lasting: String,
    asked: Vec<String>,
    asked_for_all: bool,
    asked_for_user_home: bool,
    /// The profile of OpenClaw's that was named.
    profile: Option<String>,
}

/// The OpenClaw of the zone.
#[derive(Clone, Debug)]
pub(crate) struct OpenClaw {
    /// `None` where nothing tells.
    pub(crate) release: Option<Sourced<Release>>,
    /// What follows from the version and the configuration.
    pub(crate) route: Route,
    /// The one Codex home of all agents, where they have one; or why it is not known.
    pub(crate) user_home: Option<Result<Sourced<PathBuf>, String>>,
    pub(crate) state_dir: Sourced<PathBuf>,
    pub(crate) config: Sourced<PathBuf>,
    /// Whether there is a configuration file.
    pub(crate) configured: bool,
    pub(crate) notices: Vec<Notice>,
    /// Directories below the state directory that belong to no agent.
    pub(crate) leftovers: Vec<PathBuf>,
    /// Where its codex plugin is; `None` where that is inside a virtual machine.
    plugin: Option<PluginPlaces>,
    /// Who else than root can say which codex it starts.
    decided_by: Vec<u32>,
    /// Where the profiles of its agents come from.
    pub(crate) profiles: Sources,
    /// What its gateway is started with.
    pub(crate) gateway: GatewayEnv,
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
        let (zone, installation) = zone::find(host, asked)?;
        if let (Some(named), false) = (&asked.openclaw_config, installation.configured) {
            let path = installation.config.value.display();
            let message = format!("{path} ({}) does not exist", named.source);
            return Err(Problem::request("config-missing", message)
                .hint("leave the option out to use OpenClaw's own configuration"));
        }
        let typed = typed_options(asked);
        let lasting = typed_options(&Selection {
            openclaw_version: None,
            codex: None,
            ..asked.clone()
        });
        let leftovers = installation.leftovers();
        let decided_by = installation.decided_by();
        let agents = installation.agents.into_iter();
        let agents = agents.map(|agent| Agent::new(agent, decided_by.clone(), &typed));
        let agents = agents.map(|agent| match &installation.user_home {
            Some(Ok(home)) => agent.in_user_home(home),
            _ => agent,
        });
        let target = Target {
            zone,
            agents: agents.collect(),
            openclaw: OpenClaw {
                route: installation.route,
                user_home: installation.user_home,
                release: installation.release,
                state_dir: installation.state_dir,
                config: installation.config,
                configured: installation.configured,
                notices: installation.notices,
                leftovers,
                plugin: installation.plugin,
                decided_by,
                profiles: installation.profiles,
                gateway: installation.gateway,
            },
            typed,
            lasting,
            asked: asked.agents.clone(),
            asked_for_all: asked.all_agents,
            asked_for_user_home: asked.user_home,
            profile: asked.profile.as_ref().map(|profile| profile.value.clone()),
        };
        target.log();
        Ok(target)
    }

    /// For `-v`.
    fn log(&self) {
        let OpenClaw {
            state_dir, config, ..
        } = &self.openclaw;
        tracing::debug!(
            zone = self.zone.name.as_deref().unwrap_or("this machine"),
            openclaw = self.openclaw.release.as_ref().map(|release| release.value.to_string()),
            route = self.openclaw.route.word(),
            state = %state_dir.value.display(),
            config = %config.value.display(),
            agents = self.agents.len(),
            "resolved"
        );
    }

    /// The options that selected this OpenClaw, each followed by a space.
    pub(crate) fn typed(&self) -> &str {
        &self.typed
    }

    /// The same for what is typed after an upgrade, which changes the version and the codex.
    pub(crate) fn typed_after_upgrade(&self) -> &str {
        &self.lasting
    }

    /// `arguments` as a command that means this OpenClaw, whoever types it.
    pub(crate) fn typed_command(&self, arguments: &str) -> String {
        let is_named = ["--zone ", "--state-dir ", "--profile "];
        let is_named = is_named.iter().any(|option| self.typed.contains(option));
        let state_dir = self.openclaw.state_dir.value.to_string_lossy();
        let place = if is_named {
            String::new()
        } else {
            format!("--state-dir {} ", quoted(&state_dir))
        };
        format!("codex-login {}{place}{arguments}", self.typed)
    }

    /// Every agent of the configuration, in its order.
    pub(crate) fn every(&self) -> &[Agent] {
        &self.agents
    }

    /// The agents to work on, in the order of the configuration.
    pub(crate) fn selected(&self, unnamed: Unnamed) -> Result<Vec<Agent>, Problem> {
        if self.asked_for_user_home {
            return Ok(vec![self.in_user_home()?]);
        }
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
            match self.named(name) {
                Some(agent) => wanted.push(agent.id.clone()),
                None => return Err(self.unknown(name)),
            }
        }
        let mut selected = self.agents.clone();
        selected.retain(|agent| wanted.contains(&agent.id));
        Ok(selected)
    }

    /// The agent of this name: its id, capitals as one likes, or the id as it is written.
    fn named(&self, name: &str) -> Option<&Agent> {
        let id = ids::typed(name);
        let is_it = |agent: &&Agent| {
            Some(&agent.id) == id.as_ref() || (agent.written == name.trim() && !name.is_empty())
        };
        self.agents.iter().find(is_it)
    }

    /// Whether there is an agent of this id.
    pub(crate) fn has_agent(&self, id: &str) -> bool {
        self.agents.iter().any(|agent| agent.id == id)
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
        asked.profile.clone(),
        asked.zones_file.as_ref().map(as_text),
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
