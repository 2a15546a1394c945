//! What a program answered, as far as the two can be compared.

use std::fmt;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;

use crate::cases::Agent;

/// A run takes a second or three; a machine may be busy.
const LIMIT: Duration = Duration::from_secs(90);
/// How much of what a program said is shown.
const SHOWN: usize = 1500;

pub enum Answer {
    /// The agents, in order.
    Roster(Vec<Agent>),
    /// It would not go by this configuration, and said this.
    Refusal(String),
    /// Something that is no answer at all: it crashed, it never ended, it spoke in tongues.
    Nonsense(String),
}

impl Answer {
    /// Of `codex-login agents --json`.
    pub fn of_codex_login(command: Command) -> Answer {
        let (output, said) = match finished(command) {
            Ok(ended) => ended,
            Err(reason) => return Answer::Nonsense(reason),
        };
        let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        match output.status.code() {
            Some(0) => roster(&document["agents"], said),
            Some(2) if document["error"]["message"].is_string() => Answer::Refusal(said),
            _ => Answer::Nonsense(said),
        }
    }

    /// Of `openclaw agents list --json`.
    pub fn of_openclaw(command: Command) -> Answer {
        let (output, said) = match finished(command) {
            Ok(ended) => ended,
            Err(reason) => return Answer::Nonsense(reason),
        };
        match output.status.code() {
            Some(0) => roster(
                &serde_json::from_slice(&output.stdout).unwrap_or_default(),
                said,
            ),
            Some(1 | 2) => Answer::Refusal(said),
            _ => Answer::Nonsense(said),
        }
    }

    /// The same agents, or a refusal of both.
    pub fn agrees_with(&self, other: &Answer) -> bool {
        match (self, other) {
            (Answer::Roster(ours), Answer::Roster(theirs)) => ours == theirs,
            (Answer::Refusal(_), Answer::Refusal(_)) => true,
            _ => false,
        }
    }
}

fn roster(agents: &Value, said: String) -> Answer {
    match serde_json::from_value(agents.clone()) {
        Ok(agents) => Answer::Roster(agents),
        Err(_) => Answer::Nonsense(said),
    }
}

/// Runs it to its end, and kills it where that does not come.
fn finished(command: Command) -> Result<(Output, String), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let output = runtime.block_on(async {
        let mut command = tokio::process::Command::from(command);
        let run = command.kill_on_drop(true).output();
        tokio::time::timeout(LIMIT, run).await
    });
    let output = output
        .map_err(|_| format!("no end within {LIMIT:?}"))?
        .expect("the program starts");
    let said: String = [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .concat();
    let shown: String = said.chars().take(SHOWN).collect();
    let said = format!("{shown} [{}]", output.status);
    Ok((output, said))
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Roster(agents) => {
                for Agent {
                    id,
                    dir,
                    is_default,
                } in agents
                {
                    let mark = if *is_default { " (default)" } else { "" };
                    write!(f, "\n    {id:?} {dir:?}{mark}")?;
                }
                Ok(())
            }
            Answer::Refusal(said) => write!(f, "refused: {said}"),
            Answer::Nonsense(said) => write!(f, "no answer: {said}"),
        }
    }
}
