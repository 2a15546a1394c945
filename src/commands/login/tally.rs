//! What came of each login, told as it comes, and what the exit status makes of all of them.

use std::collections::BTreeSet;
use std::io;

use serde_json::{Value, json};

use crate::agent::Agent;
use crate::agent::failure::{self, Failure};
use crate::agent::findings::Finding;
use crate::agent::login::{Event, Outcome, Success};
use crate::agent::options::{Flow, Options};
use crate::agent::verdict::Verdict;
use crate::commands;
use crate::error::{Problem, Status};
use crate::output::Output;
use crate::report::{AgentReport, SCHEMA_VERSION};

/// The outcomes so far.
pub(super) struct Tally<'a> {
    options: &'a Options,
    output: Output,
    /// What makes a gateway that runs take new logins, where it can be typed here.
    restart: Option<String>,
    ready: BTreeSet<String>,
    pub(super) status: Status,
    pub(super) died_of: Option<i32>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(options: &'a Options, restart: Option<String>, output: Output) -> Tally<'a> {
        Tally {
            options,
            output,
            restart,
            ready: BTreeSet::new(),
            status: Status::Done,
            died_of: None,
        }
    }

    /// Counts an outcome and tells it.
    pub(super) fn add(&mut self, agent: &Agent, outcome: Outcome) -> io::Result<()> {
        let told = self.tell(agent, outcome.done, outcome.verdict);
        let harm = outcome.harm.into_iter();
        harm.fold(told, |told, (id, problem)| {
            let harmed = self.add_harm(&id, &problem);
            told.and(harmed)
        })
    }

    fn tell(
        &mut self,
        agent: &Agent,
        done: Result<Success, Failure>,
        mut verdict: Verdict,
    ) -> io::Result<()> {
        let output = self.output;
        let (word, status) = match done {
            Ok(Success::Already) => {
                let text = verdict.served().unwrap_or_else(|| {
                    "logged in already, nothing was done; --force logs in again".to_owned()
                });
                output.note(&format!("{}: {text}", agent.id), None);
                ("already", verdict.state.status())
            }
            Ok(success) => {
                let text = "if the agent is running it takes the new login after a restart";
                output.note(&format!("{}: {text}", agent.id), self.restart.as_deref());
                let word = match success {
                    Success::Imported => "imported",
                    _ => "installed",
                };
                (word, verdict.state.status())
            }
            Err(failure) => {
                let problem = self.problem_of(agent, failure);
                output.problem(Some(&agent.id), &problem);
                verdict.findings.insert(0, Finding::of_problem(&problem));
                ("failed", problem.status)
            }
        };
        self.status = self.status.worst(status);
        let report = [AgentReport::new(agent, Some(verdict))];
        if report[0].is_ready() {
            self.ready.insert(agent.id.clone());
        }
        if output.style.json {
            let fields = json!({ "outcome": word, "agent": report[0] });
            return event(output, "finished", &fields);
        }
        if word != "failed" {
            commands::status::remark(&report, output);
        }
        commands::status::show(&report, output)
    }

    /// Another agent has no login that works any more.
    fn add_harm(&mut self, id: &str, problem: &Problem) -> io::Result<()> {
        self.status = self.status.worst(problem.status);
        self.ready.remove(id);
        self.output.problem(Some(id), problem);
        if !self.output.style.json {
            return Ok(());
        }
        let error = json!({
            "code": problem.code, "message": problem.to_string(), "hint": problem.hint,
        });
        let fields = json!({ "agent": { "id": id }, "error": error });
        event(self.output, "changed", &fields)
    }

    fn problem_of(&mut self, agent: &Agent, failure: Failure) -> Problem {
        match failure {
            Failure::Problem(problem, signal) => {
                self.died_of = self.died_of.or(signal);
                problem
            }
            Failure::Interrupted(signal) => failure::interrupted(agent, self.options, signal),
        }
    }

    /// The last line of JSON.
    pub(super) fn finish(&mut self, total: usize) {
        if self.output.style.json {
            let summary = json!({ "summary": { "ready": self.ready.len(), "total": total } });
            self.hear(event(self.output, "summary", &summary));
        }
    }

    /// An answer that could not be written does not stop the logins, nor hide how they ended. A
    /// reader who has gone is no failure.
    pub(super) fn hear(&mut self, told: io::Result<()>) {
        let Err(error) = commands::unless_reader_left(told) else {
            return;
        };
        let problem = Problem::request("output", error.to_string());
        self.output.problem(None, &problem);
        if self.status == Status::Done {
            self.status = Status::CannotDo;
        }
    }
}

/// Tells what happens on the way. With `--json` the device code is an event; without it codex
/// prints the code itself.
pub(super) fn tell(
    agent: &Agent,
    what: Event,
    options: &Options,
    output: Output,
) -> io::Result<()> {
    let event = |name: &str, fields: Value| {
        let mut with_agent = json!({ "agent": { "id": agent.id } });
        if let (Some(all), Value::Object(fields)) = (with_agent.as_object_mut(), fields) {
            all.extend(fields);
        }
        event(output, name, &with_agent)
    };
    match what {
        Event::Started => {
            let condition = match options.flow {
                Flow::DeviceCode => {
                    "; the account must allow device codes (ChatGPT: Settings > Security; in a workspace its admin)"
                }
                _ => "",
            };
            output.note(&format!("{}: logging in{condition}", agent.id), None);
            if options.show {
                return Ok(());
            }
            event("started", json!({}))
        }
        Event::DeviceCode(code) => {
            let life = jiff::SignedDuration::from_mins(code.lives_minutes);
            let expires_at = format!("{:.0}", jiff::Timestamp::now() + life);
            event(
                "device-code",
                json!({ "url": code.url, "code": code.code, "expires_at": expires_at }),
            )
        }
        Event::Note(text) => {
            output.note(&format!("{}: {text}", agent.id), None);
            Ok(())
        }
        Event::CodexSaid(line) if options.show => {
            output.relay(&line);
            Ok(())
        }
        Event::CodexSaid(line) => event("progress", json!({ "message": line })),
    }
}

/// One event: a line of JSON that names it first.
fn event(output: Output, name: &str, fields: &Value) -> io::Result<()> {
    let mut line = json!({ "schema_version": SCHEMA_VERSION, "event": name });
    if let (Some(line), Some(fields)) = (line.as_object_mut(), fields.as_object()) {
        line.extend(fields.clone());
    }
    output.json_line(&line)
}
