//! The `openclaw` of the target and a Node for it, as whom they are looked for and run: what an
//! OpenClaw's files say of a program must never be run as somebody else than those who can write
//! them.

use std::path::Path;
use std::time::Duration;

use crate::agent::user::User;
use crate::error::Problem;
use crate::host::Host;
use crate::openclaw::installed;
use crate::openclaw::program::{Command, Program};
use crate::process::child;
use crate::process::identity::{self, Vars};
use crate::process::plan::ChildPlan;
use crate::process::signals::Watch;
use crate::sourced::Sourced;
use crate::target::Target;

/// A Node tells its version in some 50 ms.
const LIMIT: Duration = Duration::from_secs(30);
/// Nobody has more Nodes that are worth a try.
const NODES: usize = 20;

impl Target {
    /// Finds the program, as the owner of the state directory, who alone may run it. `agent` is for
    /// whom it is wanted.
    pub(crate) fn program(
        &self,
        host: &Host,
        agent: Option<&str>,
        watch: &mut Watch,
    ) -> Result<Program, Problem> {
        if let Some(stranger) = self.stranger(host.uid) {
            let name = identity::name_of(stranger);
            let message =
                format!("this OpenClaw is {name}'s: what its files name is run as nobody else");
            return Err(Problem::request("openclaw-of-another", message)
                .hint(format!("run codex-login as {name}")));
        }
        let owner = User::who_owns(&self.openclaw.state_dir.value, host.uid);
        owner.work(host.vars(), |vars| {
            let host = &host.with_vars(vars);
            let command = self.command(host, owner, agent)?;
            self.on_a_node(command, host, watch)
        })?
    }

    /// The command of the very version whose stores it is to write.
    fn command(&self, host: &Host, owner: User, agent: Option<&str>) -> Result<Command, Problem> {
        let plugin = self.openclaw.plugin.as_ref();
        let mut packages = plugin.map_or(Vec::new(), |plugin| plugin.packages.clone());
        if plugin.is_some() && owner != User::Ourselves && self.zone.packages.is_empty() {
            let of_owner = installed::on(host).into_iter();
            packages.extend(of_owner.map(|package| Sourced::new(package.dir, package.source)));
        }
        let commands = packages
            .iter()
            .filter_map(|package| Command::of(&package.value, &package.source));
        let release = self.openclaw.release.as_ref().map(|release| &release.value);
        let fits = |command: &&Command| {
            release.is_none_or(|release| {
                release.or_later && command.version >= release.version
                    || command.version == release.version
            })
        };
        let commands: Vec<_> = commands.collect();
        let found = commands.iter().find(fits).cloned();
        found.ok_or_else(|| self.no_command(&commands, agent, host.uid))
    }

    fn no_command(&self, others: &[Command], agent: Option<&str>, ours: u32) -> Problem {
        let version = self.told_version();
        let others: Vec<_> = others
            .iter()
            .map(|other| format!("{} in {}", other.version, other.entry.display()))
            .collect();
        let found = match others.as_slice() {
            [] => String::new(),
            others => format!("; there is {}", others.join(", ")),
        };
        let message = format!(
            "the login has to be handed to OpenClaw {version}by its own command, and no `openclaw` of that version was found{found}"
        );
        let hint = self.zone.command_inside(agent).unwrap_or_else(|| {
            let openclaw = self.openclaw_command(ours);
            let openclaw = openclaw.as_deref().unwrap_or("openclaw");
            format!(
                "have that `openclaw` on PATH, then try again (by hand: {openclaw} models auth login --provider openai --method device-code --agent {})",
                agent.unwrap_or("AGENT")
            )
        });
        Problem::request("openclaw-program-not-found", message).hint(hint)
    }

    /// The first Node that the command runs on.
    fn on_a_node(
        &self,
        command: Command,
        host: &Host,
        watch: &mut Watch,
    ) -> Result<Program, Problem> {
        let mut others = Vec::new();
        let nodes = command.nodes(host, self.openclaw.gateway.node.as_ref());
        for node in nodes.into_iter().take(NODES) {
            match version_of(&node.value, host.vars(), watch)? {
                Some(node_version) if command.runs_on(&node_version) => {
                    return Ok(Program {
                        command,
                        node,
                        node_version,
                    });
                }
                version => {
                    let version = version.map_or("no node".to_owned(), |node| node.to_string());
                    others.push(format!(
                        "{version} ({}, {})",
                        node.value.display(),
                        node.source
                    ));
                }
            }
        }
        Err(no_node(&command, &others))
    }
}

/// What the Node says of itself; nothing where it does not answer as one.
fn version_of(
    node: &Path,
    vars: &Vars,
    watch: &mut Watch,
) -> Result<Option<semver::Version>, Problem> {
    let plan = ChildPlan {
        program: node.to_owned(),
        args: vec!["--version".into()],
        env: vars.clone(),
        cwd: "/".into(),
    };
    let answers = child::capture_all(vec![plan], 1, LIMIT, watch)
        .map_err(|error| Problem::request("node-not-found", format!("no process: {error}")))?;
    let Ok(answers) = answers else {
        let message = "interrupted while a Node was looked for";
        return Err(Problem::request("interrupted", message));
    };
    let answer = answers.into_iter().next().and_then(Result::ok);
    Ok(answer.and_then(|answer| {
        let first = answer.text.lines().next()?.trim();
        semver::Version::parse(first.strip_prefix('v')?).ok()
    }))
}

fn no_node(command: &Command, others: &[String]) -> Problem {
    let needs = command.needs.as_ref().map(ToString::to_string);
    let needs = needs.map_or("Node".to_owned(), |needs| format!("Node {needs}"));
    let (code, found) = match others {
        [] => ("node-not-found", "none was found".to_owned()),
        others => ("node-too-old", format!("there is {}", others.join(", "))),
    };
    let message = format!(
        "OpenClaw {} ({}) needs {needs}: {found}",
        command.version, command.source
    );
    Problem::request(code, message).hint(
        "install such a Node beside the others (nvm, fnm, asdf, mise, Volta) or put it on PATH, then try again",
    )
}
