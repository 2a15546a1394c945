//! What was typed, joined with the environment variables of the same meaning.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::{Cli, Command, Everywhere, LoginArgs};
use crate::error::Problem;
use crate::host::Host;
use crate::sourced::Sourced;

/// One request: a command, and on what.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) command: Command,
    pub(crate) selection: Selection,
    pub(crate) style: Style,
}

/// Which agents, of which OpenClaw, with which codex: as asked for, not yet resolved.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    pub(crate) zone: Option<Sourced<String>>,
    pub(crate) agents: Vec<String>,
    pub(crate) all_agents: bool,
    /// Not an agent, but the home that all of them use.
    pub(crate) user_home: bool,
    pub(crate) state_dir: Option<Sourced<PathBuf>>,
    pub(crate) openclaw_config: Option<Sourced<PathBuf>>,
    pub(crate) zones_file: Option<Sourced<PathBuf>>,
    pub(crate) openclaw_version: Option<Sourced<String>>,
    pub(crate) profile: Option<Sourced<String>>,
    pub(crate) codex: Option<Sourced<PathBuf>>,
}

/// How to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) json: bool,
    pub(crate) verbose: u8,
    pub(crate) quiet: bool,
    pub(crate) color: Color,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Request {
    /// Joins what stands before the command, what stands after it, and the environment.
    pub(crate) fn new(cli: Cli, host: &Host) -> Result<Request, Problem> {
        let Cli {
            everywhere: before,
            login,
            command,
        } = cli;
        let mut command = match command {
            None => Command::Login {
                login,
                everywhere: Everywhere::default(),
            },
            Some(command) if login == LoginArgs::default() => command,
            Some(Command::Login { .. }) => {
                return Err(usage("login options belong after `login`, or without it"));
            }
            Some(_) => return Err(usage("login options do not go with another command")),
        };
        let after = std::mem::take(command.everywhere());
        refuse_unreadable_variables(host)?;
        let given = Given { before, after };
        let style = given.style(host)?;
        let user_home = given.user_home(&command)?;
        Ok(Request {
            selection: given.selection(host, user_home)?,
            command,
            style,
        })
    }
}

impl Command {
    /// Whether it can be about a home that is no agent's.
    fn takes_user_home(&self) -> bool {
        use Command::{Env, Exec, Login, Logout, Status};
        matches!(
            self,
            Login { .. } | Status { .. } | Env { .. } | Exec { .. } | Logout { .. }
        )
    }

    fn everywhere(&mut self) -> &mut Everywhere {
        match self {
            Command::Login { everywhere, .. }
            | Command::Status { everywhere, .. }
            | Command::Doctor { everywhere, .. }
            | Command::Restore { everywhere, .. }
            | Command::Agents { everywhere }
            | Command::Zones { everywhere }
            | Command::Which { everywhere }
            | Command::Env { everywhere, .. }
            | Command::Exec { everywhere, .. }
            | Command::Logout { everywhere } => everywhere,
        }
    }
}

/// The options before and after the command's name.
struct Given {
    before: Everywhere,
    after: Everywhere,
}

impl Given {
    fn style(&self, host: &Host) -> Result<Style, Problem> {
        let (before, after) = (&self.before, &self.after);
        let color = once("--color", before.color.clone(), after.color.clone())?;
        let color = match color.or_else(|| text(host, "CODEX_LOGIN_COLOR")) {
            None => Color::Auto,
            Some(word) => Color::from_str(&word, false)
                .map_err(|_| usage("--color takes `auto`, `always` or `never`"))?,
        };
        Ok(Style {
            json: before.json || after.json || switch(host, "CODEX_LOGIN_JSON"),
            verbose: before
                .verbose
                .saturating_add(after.verbose)
                .max(u8::from(switch(host, "CODEX_LOGIN_VERBOSE"))),
            quiet: before.quiet || after.quiet || switch(host, "CODEX_LOGIN_QUIET"),
            color,
        })
    }

    /// Whether the home that all agents use is meant, and no agent besides.
    fn user_home(&self, command: &Command) -> Result<bool, Problem> {
        let (before, after) = (&self.before, &self.after);
        if !before.user_home && !after.user_home {
            return Ok(false);
        }
        let has_agents = |given: &Everywhere| given.all_agents || !given.agents.is_empty();
        if has_agents(before) || has_agents(after) {
            return Err(usage(
                "`--user-home` is one account for all agents: it goes with neither `--agent` nor `--all-agents`",
            ));
        }
        if !command.takes_user_home() {
            return Err(usage(
                "`--user-home` goes with `login`, `status`, `env`, `exec` and `logout`",
            )
            .hint("leave it out"));
        }
        Ok(true)
    }

    fn selection(self, host: &Host, user_home: bool) -> Result<Selection, Problem> {
        let Given { before, after } = self;
        let mut agents = before.agents;
        agents.extend(after.agents);
        let mut all_agents = before.all_agents || after.all_agents;
        if all_agents && !agents.is_empty() {
            return Err(usage("`--agent` and `--all-agents` exclude each other"));
        }
        if agents.is_empty() && !all_agents && !user_home {
            let listed = text(host, "CODEX_LOGIN_AGENT").unwrap_or_default();
            agents = listed
                .split(',')
                .map(|name| name.trim().to_owned())
                .filter(|name| !name.is_empty())
                .collect();
            all_agents = agents.is_empty() && switch(host, "CODEX_LOGIN_ALL_AGENTS");
        }
        let string = |flag, one, other, name| -> Result<Option<Sourced<String>>, Problem> {
            Ok(typed(flag, once(flag, one, other)?)
                .or_else(|| text(host, name).map(|value| Sourced::new(value, name))))
        };
        let path = |flag, one, other, name| -> Result<Option<Sourced<PathBuf>>, Problem> {
            Ok(typed(flag, once(flag, one, other)?).or_else(|| {
                host.var(name)
                    .map(|value| Sourced::new(PathBuf::from(value), name))
            }))
        };
        Ok(Selection {
            zone: string("--zone", before.zone, after.zone, "CODEX_LOGIN_ZONE")?,
            agents,
            all_agents,
            user_home,
            state_dir: path(
                "--state-dir",
                before.state_dir,
                after.state_dir,
                "CODEX_LOGIN_STATE_DIR",
            )?,
            openclaw_config: path(
                "--openclaw-config",
                before.openclaw_config,
                after.openclaw_config,
                "CODEX_LOGIN_OPENCLAW_CONFIG",
            )?,
            zones_file: path("--zones", before.zones, after.zones, "CODEX_LOGIN_ZONES")?,
            openclaw_version: string(
                "--openclaw-version",
                before.openclaw_version,
                after.openclaw_version,
                "CODEX_LOGIN_OPENCLAW_VERSION",
            )?,
            profile: string(
                "--profile",
                before.profile,
                after.profile,
                "CODEX_LOGIN_PROFILE",
            )?,
            codex: path("--codex", before.codex, after.codex, "CODEX_LOGIN_CODEX")?,
        })
    }
}

/// The value of an option that may stand on either side of the command, but on one only.
fn once<T>(flag: &str, before: Option<T>, after: Option<T>) -> Result<Option<T>, Problem> {
    match (before, after) {
        (Some(_), Some(_)) => Err(usage(format!("`{flag}` is given twice"))),
        (one, other) => Ok(one.or(other)),
    }
}

fn typed<T>(flag: &str, value: Option<T>) -> Option<Sourced<T>> {
    value.map(|value| Sourced::new(value, flag))
}

fn text(host: &Host, name: &str) -> Option<String> {
    host.var(name).and_then(OsStr::to_str).map(str::to_owned)
}

/// A variable that is set and cannot be read must not be taken for one that is not set: the
/// default can be another agent.
fn refuse_unreadable_variables(host: &Host) -> Result<(), Problem> {
    let names = ["ZONE", "AGENT", "OPENCLAW_VERSION", "PROFILE", "COLOR"];
    for name in names.map(|name| format!("CODEX_LOGIN_{name}")) {
        if host
            .var(&name)
            .is_some_and(|value| value.to_str().is_none())
        {
            return Err(usage(format!("{name} is not UTF-8")));
        }
    }
    Ok(())
}

/// Whether a switch is on: set, and to something else than a no.
pub(crate) fn switch(host: &Host, name: &str) -> bool {
    host.var(name)
        .is_some_and(|value| !matches!(value.to_str(), Some("0" | "false" | "no" | "off")))
}

fn usage(message: impl Into<String>) -> Problem {
    Problem::request("usage", message).hint("codex-login --help")
}
