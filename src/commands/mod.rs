//! The commands, one file each: they ask the floors below and hand a report to output.

mod agents;
mod doctor;
mod env;
mod exec;
mod login;
mod logout;
mod restore;
mod status;
mod which;
mod zones;

use std::ffi::OsStr;
use std::io;
use std::process::ExitCode;

use clap::Parser as _;

use crate::agent::Agent;
use crate::agent::evidence::Ground;
use crate::agent::mend::Mend;
use crate::agent::profile::Profiles;
use crate::cli::{Cli, Command};
use crate::codex::store::Machine;
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::locate::Located;
use crate::output::Output;
use crate::report;
use crate::request::{self, Color, Request, Style};
use crate::target::Target;

/// What was typed, or the exit status where that was no request (or one for help).
pub(crate) fn parse(host: &Host) -> Result<Request, ExitCode> {
    let cli = match Cli::try_parse_from(&host.args) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && asks_for_json(host) => {
            let text = error.render().to_string();
            let lines = text.lines().take_while(|line| !line.starts_with("Usage"));
            let message = lines.map(str::trim).collect::<Vec<_>>().join(" ");
            let message = message.trim_start_matches("error: ").trim();
            return Err(refused(
                host,
                Problem::request("usage", message).hint("codex-login --help"),
            ));
        }
        Err(error) => {
            // Help for a reader who has gone is no failure.
            let _ = error.print();
            return Err(if error.use_stderr() {
                ExitCode::from(Status::CannotDo.code())
            } else {
                ExitCode::SUCCESS
            });
        }
    };
    Request::new(cli, host).map_err(|problem| refused(host, problem))
}

fn refused(host: &Host, problem: Problem) -> ExitCode {
    let status = problem.status;
    let style = Style {
        json: asks_for_json(host),
        verbose: 0,
        quiet: false,
        color: Color::Auto,
    };
    Output::new(style, host).failure(&problem.into());
    ExitCode::from(status.code())
}

/// Whether `--json` stands among arguments that could not be parsed.
fn asks_for_json(host: &Host) -> bool {
    request::switch(host, "CODEX_LOGIN_JSON")
        || host
            .args
            .iter()
            .take_while(|arg| *arg != OsStr::new("--"))
            .any(|arg| arg == OsStr::new("--json"))
}

/// With `-v` what is resolved and run is told on stderr, with `-vv` also what is listed; never a variable's value.
pub(crate) fn log_to_stderr(style: Style) {
    if style.verbose == 0 {
        return;
    }
    tracing_subscriber::fmt()
        .with_max_level(if style.verbose > 1 {
            tracing::Level::TRACE
        } else {
            tracing::Level::DEBUG
        })
        .with_writer(io::stderr)
        .log_internal_errors(false)
        .without_time()
        .with_ansi(false)
        .init();
}

/// Runs the command.
pub(crate) fn run(host: &Host, request: Request, output: Output) -> anyhow::Result<Ended> {
    let selection = &request.selection;
    match request.command {
        Command::Login { login, .. } => login::run(host, selection, &login, output),
        Command::Status { offline, live, .. } => {
            let ask = status::Ask::of(offline, live);
            status::run(host, selection, ask, output)
        }
        Command::Doctor { doctor, .. } => doctor::run(host, selection, doctor, output),
        Command::Restore { id, .. } => restore::run(host, selection, id.as_deref(), output),
        Command::Agents { .. } => agents::run(host, selection, output),
        Command::Zones { .. } => zones::run(host, selection, output),
        Command::Which { .. } => which::run(host, selection, output),
        Command::Env { shell, .. } => env::run(host, selection, shell, output),
        Command::Exec { args, .. } => exec::run(host, selection, &args, output),
        Command::Logout { .. } => logout::run(host, selection, output),
    }
}

/// What all judgements of one run rest on.
fn ground(host: &Host, target: &Target) -> Ground {
    let release = target.openclaw.release.as_ref();
    let route = target.openclaw.route;
    Ground {
        route,
        blocked_by_file: route.is_blocked_by_file(release.map(|release| &release.value)),
        machine: Machine::read(&host.etc.join("codex")),
        profiles: Profiles::of(
            &target.openclaw.profiles,
            target.openclaw_command(host.uid),
            target.has_agent("main"),
            target.login_by(),
        ),
        gateway: target.openclaw.gateway.clone(),
        codex: None,
        now: host.now,
        ours: host.uid,
        inherited: host.vars().clone(),
    }
}

/// Says what is assumed where it cannot be known, and what else is worth knowing.
fn note_what_is_assumed(
    target: &Target,
    codex: Option<&Located>,
    agents: &[Agent],
    output: Output,
) {
    for notice in target.notices(codex, agents) {
        output.note(&notice.message, notice.fix.as_deref());
    }
}

/// Says that a codex in the agent's home has no login where OpenClaw keeps it. Whether it does.
fn note_kept(host: &Host, target: &Target, agent: &Agent, output: Output) -> bool {
    let kept = ground(host, target).kept(agent);
    let is_kept = kept.is_ok_and(|kept| kept.is_some());
    if is_kept && agent.home.auth_json().symlink_metadata().is_err() {
        let keeps = target.told_to_keep(&format!("{}'s login", agent.id));
        output.note(&format!("{keeps}: codex in this home has none"), None);
    }
    is_kept
}

/// What has a gateway read everything anew, where it can be typed here.
fn restart(host: &Host, target: &Target) -> Option<String> {
    let openclaw = target.openclaw_command(host.uid)?;
    Some(format!("{openclaw} gateway restart"))
}

/// Says what is left to do where a gateway that runs goes by what was changed.
fn note_restart(host: &Host, target: Option<&Target>, changed: &[Mend], output: Output) {
    if changed.iter().any(Mend::needs_restart) {
        let restart = target.and_then(|target| restart(host, target));
        output.note(
            "a gateway that runs goes by what it has read before",
            restart.as_deref(),
        );
    }
}

/// A reader of our answers who has gone changes nothing about them, nor about the exit status.
fn unless_reader_left(answered: io::Result<()>) -> io::Result<()> {
    match answered {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// A signal came before there was an answer.
fn interrupted(output: Output, signal: i32) -> anyhow::Result<Ended> {
    if output.style.json {
        let failure = report::failure("interrupted", "interrupted by a signal", None);
        unless_reader_left(output.json(&failure))?;
    }
    Ok(Ended::BySignal(signal))
}
