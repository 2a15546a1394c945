//! `login`: the selected agents, one after another; a failure of one does not stop the others.

use std::io;

use serde_json::{Value, json};

use crate::agent::Agent;
use crate::agent::ask::Codex;
use crate::agent::findings::Finding;
use crate::agent::login::{Event, Failure, Run, Success};
use crate::agent::options::{Expect, Flow, Options};
use crate::agent::verdict::{Evidence, Ground, Verdict};
use crate::cli::LoginArgs;
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::locate::locate;
use crate::output::Output;
use crate::process::signals::Watch;
use crate::report::{AgentReport, SCHEMA_VERSION};
use crate::request::Selection;
use crate::target::{Target, Unnamed};

pub(super) fn run(
    host: &Host,
    selection: &Selection,
    args: &LoginArgs,
    output: Output,
) -> anyhow::Result<Ended> {
    let target = Target::resolve(host, selection)?;
    let agents = target.selected(Unnamed::TheOnly)?;
    let options = options(args, output);
    refuse_one_secret_for_many(&options, &agents)?;
    target.refuse_other_routes()?;
    target.refuse_without_openclaw()?;
    let located = locate(host, selection.codex.as_ref())?;
    super::note_what_is_assumed(&target, output);
    let ground = super::ground(host, &target);
    let mut watch = Watch::start(host)?;
    let mut run = Run {
        codex: Codex {
            launcher: &located.launcher,
            inherited: host.vars(),
            at_a_time: 1,
        },
        codex_version: located.chosen.value.version.as_ref(),
        ground: &ground,
        options: &options,
        watch: &mut watch,
    };
    let mut tally = Tally::default();
    for agent in &agents {
        let outcome = run.login(agent, &mut |event| tell(agent, event, &options, output));
        let told = tally.add(agent, outcome, &ground, output);
        tally.hear(told, output);
        if let Some(signal) = run.watch.first() {
            return Ok(Ended::BySignal(signal));
        }
    }
    if output.style.json {
        let summary = json!({ "ready": tally.ready, "total": agents.len() });
        tally.hear(
            event(output, "summary", &json!({ "summary": summary })),
            output,
        );
    }
    match tally.died_of {
        Some(signal) if agents.len() == 1 => Ok(Ended::BySignal(signal)),
        _ => Ok(Ended::With(tally.status)),
    }
}

fn options(args: &LoginArgs, output: Output) -> Options {
    let flow = if args.with_api_key {
        Flow::ApiKey
    } else if args.with_access_token {
        Flow::AccessToken
    } else if args.browser {
        Flow::Browser
    } else {
        Flow::DeviceCode
    };
    Options {
        flow,
        force: args.force,
        in_place: args.in_place,
        expect: Expect {
            email: args.expect_email.clone(),
            account: args.expect_account.clone(),
        },
        args: args.codex_args.clone(),
        show: !output.style.json,
        limit: Flow::limit(),
    }
}

/// Standard input can be read once, and agents that share a secret is what this program is against.
fn refuse_one_secret_for_many(options: &Options, agents: &[Agent]) -> Result<(), Problem> {
    let from_stdin = matches!(options.flow, Flow::ApiKey | Flow::AccessToken);
    if from_stdin && agents.len() > 1 {
        return Err(Problem::request(
            "usage",
            "a key or token from standard input is for one agent",
        )
        .hint("run it once for each agent"));
    }
    Ok(())
}

/// The outcomes so far.
#[derive(Default)]
struct Tally {
    ready: usize,
    status: Status,
    died_of: Option<i32>,
}

impl Tally {
    /// An answer that could not be written does not stop the logins, nor hide how they ended. A
    /// reader who has gone is no failure.
    fn hear(&mut self, told: io::Result<()>, output: Output) {
        let Err(error) = told else { return };
        if error.kind() == io::ErrorKind::BrokenPipe {
            return;
        }
        output.problem(None, &error.to_string(), None);
        if self.status == Status::Done {
            self.status = Status::CannotDo;
        }
    }

    /// Counts an outcome and tells it.
    fn add(
        &mut self,
        agent: &Agent,
        outcome: Result<Success, Failure>,
        ground: &Ground,
        output: Output,
    ) -> io::Result<()> {
        let told = match outcome {
            Ok(Success::Already(verdict)) => {
                output.note(&format!(
                    "{}: logged in already, nothing was done; --force logs in again",
                    agent.id
                ));
                Ok(verdict)
            }
            Ok(Success::Installed(verdict)) => {
                output.note(&format!(
                    "{}: if the agent is running, `openclaw gateway restart` makes it take the new login",
                    agent.id
                ));
                Ok(verdict)
            }
            Err(Failure::Problem(problem, signal)) => {
                self.died_of = self.died_of.or(signal);
                Err(problem)
            }
            Err(Failure::Interrupted(signal)) => Err(interrupted(agent, signal)),
        };
        let failure = told.as_ref().err().map(|problem| problem.status);
        let verdict = told.unwrap_or_else(|problem| {
            output.problem(
                Some(&agent.id),
                &problem.to_string(),
                problem.hint.as_deref(),
            );
            after_failure(agent, ground, &problem)
        });
        let status = failure.unwrap_or_else(|| verdict.state.status());
        self.status = self.status.worst(status);
        let report = [AgentReport::new(agent, Some(verdict))];
        self.ready += usize::from(report[0].is_ready());
        if output.style.json {
            return event(output, "finished", &json!({ "agent": report[0] }));
        }
        if failure.is_none() {
            super::status::remark(&report, output);
        }
        super::status::show(&report, output)
    }
}

fn interrupted(agent: &Agent, signal: i32) -> Problem {
    Problem::new(
        "interrupted",
        Status::NotReady,
        format!("login interrupted by signal {signal}, nothing was changed"),
    )
    .hint(format!("codex-login {}", agent.address))
}

/// What the agent has now, judged from its files, with the failure as the first finding.
fn after_failure(agent: &Agent, ground: &Ground, problem: &Problem) -> Verdict {
    let mut verdict = Evidence::gather(agent, ground).judge(None);
    let finding = Finding::error(problem.code, problem.to_string());
    let finding = match &problem.hint {
        Some(hint) => finding.fix(hint),
        None => finding,
    };
    verdict.findings.insert(0, finding);
    verdict
}

/// Tells what happens on the way. With `--json` the device code is an event; without it codex
/// prints the code itself.
fn tell(agent: &Agent, what: Event, options: &Options, output: Output) -> io::Result<()> {
    match what {
        Event::Started => {
            if options.flow == Flow::DeviceCode {
                output.note("the account must allow device codes (ChatGPT: Settings > Security; in a workspace its admin)");
            }
            if options.show {
                return Ok(());
            }
            event(output, "started", &json!({ "agent": { "id": agent.id } }))
        }
        Event::DeviceCode(code) => {
            let expires_at =
                jiff::Timestamp::now() + jiff::SignedDuration::from_mins(code.lives_minutes);
            event(
                output,
                "device-code",
                &json!({
                    "agent": { "id": agent.id },
                    "url": code.url,
                    "code": code.code,
                    "expires_at": format!("{expires_at:.0}"),
                }),
            )
        }
        Event::CodexSaid(line) if options.show => {
            output.relay(&line);
            Ok(())
        }
        Event::CodexSaid(line) => event(
            output,
            "progress",
            &json!({ "agent": { "id": agent.id }, "message": line }),
        ),
    }
}

/// One event: a line of JSON that names it first.
fn event(output: Output, name: &str, fields: &Value) -> io::Result<()> {
    let mut line = json!({ "schema_version": SCHEMA_VERSION, "event": name });
    if let (Some(line), Some(fields)) = (line.as_object_mut(), fields.as_object()) {
        line.extend(fields.clone());
    }
    output.line(&line.to_string())
}
