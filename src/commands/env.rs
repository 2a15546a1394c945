//! `env`: shell code that sets `CODEX_HOME` to the agent's home.

use std::path::Path;

use serde_json::json;

use crate::agent::Agent;
use crate::agent::user::User;
use crate::cli::Shell;
use crate::codex::environment::RIVALS;
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::output::Output;
use crate::report::SCHEMA_VERSION;
use crate::request::Selection;
use crate::shell::quoted;
use crate::target::Target;

pub(super) fn run(
    host: &Host,
    selection: &Selection,
    shell: Option<Shell>,
    output: Output,
) -> anyhow::Result<Ended> {
    let target = Target::resolve(host, selection)?;
    let agent = target.selected_one()?;
    target.refuse_elsewhere(std::slice::from_ref(&agent))?;
    target.refuse_without_openclaw()?;
    target.refuse_unknown_home()?;
    agent.home.refuse_what_codex_ignores()?;
    let home = agent.home.path();
    let text = home
        .to_str()
        .filter(|text| !text.contains(['\n', '\r']))
        .ok_or_else(|| Problem::request("home-not-utf8", "the home's path fits no shell line"))?;
    if output.style.json {
        output.json(&json!({ "schema_version": SCHEMA_VERSION, "env": { "CODEX_HOME": text } }))?;
    } else {
        output.line(&line(shell.unwrap_or_else(|| users_shell(host)), text))?;
    }
    for rival in RIVALS.iter().filter(|rival| host.var(rival).is_some()) {
        let text = "is set here and can win over the home; `codex-login exec` leaves it out";
        output.note(&format!("{rival} {text}"), None);
    }
    note_whose(host, &agent, output);
    let is_kept = super::note_kept(host, &target, &agent, output);
    if !agent.has_home()? {
        // Where OpenClaw has the login already, another one makes no home.
        let login = (!is_kept).then(|| agent.login_command());
        output.note(&format!("{text} does not exist yet"), login.as_deref());
    }
    Ok(Ended::With(Status::Done))
}

/// A codex that this shell starts runs as whoever has the shell, and leaves files of that one.
fn note_whose(host: &Host, agent: &Agent, output: Output) {
    let instead = format!("codex-login exec {} -- …", agent.address);
    match User::of(agent, host.uid, &instead) {
        Ok(user) => {
            if let Some(name) = user.name() {
                let text = format!("codex, started here, would not be {name}, who owns the home");
                output.note(&text, Some(&instead));
            }
        }
        Err(problem) => output.note(&problem.to_string(), problem.hint.as_deref()),
    }
}

fn users_shell(host: &Host) -> Shell {
    let shell = host.var("SHELL").map(Path::new).and_then(Path::file_name);
    match shell.and_then(|name| name.to_str()) {
        Some("fish") => Shell::Fish,
        Some("pwsh" | "powershell") => Shell::Powershell,
        _ => Shell::Sh,
    }
}

fn line(shell: Shell, home: &str) -> String {
    match shell {
        Shell::Sh => format!("export CODEX_HOME={}", quoted(home)),
        Shell::Fish => {
            let text = home.replace('\\', r"\\").replace('\'', r"\'");
            format!("set -gx CODEX_HOME '{text}'")
        }
        Shell::Powershell => format!("$env:CODEX_HOME = '{}'", home.replace('\'', "''")),
    }
}
