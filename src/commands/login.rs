//! `login`: the selected agents, one after another; a failure of one does not stop the others.

use std::io;

use serde_json::{Value, json};

use crate::agent::Agent;
use crate::agent::failure::{self, Failure};
use crate::agent::findings::Finding;
use crate::agent::import::Import;
use crate::agent::login::{Event, Logins, Outcome, Success};
use crate::agent::options::{Expect, Flow, Options};
use crate::agent::survey::Survey;
use crate::agent::verdict::Verdict;
use crate::cli::LoginArgs;
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::openclaw::route::Route;
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
    options.refuse_one_secret_for_many(agents.len())?;
    target.refuse_elsewhere(&agents)?;
    let by_profile = by_profile(host, &target, &agents, &options);
    let is_waiting = |agent: &&Agent| by_profile.iter().all(|(ready, _)| ready.id != agent.id);
    let waiting: Vec<_> = agents.iter().filter(is_waiting).collect();
    if waiting.is_empty() {
        return Ok(Ended::With(already(by_profile, &options, output)));
    }
    target.refuse_other_routes(&waiting, host.uid)?;
    target.refuse_without_openclaw()?;
    if target.takes_logins() {
        options.refuse_what_is_not_imported()?;
    }
    let located = target.locate(host, selection)?;
    super::note_what_is_assumed(&target, Some(&located), &agents, output);
    let mut watch = Watch::start(host)?;
    let program = if target.takes_logins() {
        let agent = waiting.first().map(|agent| agent.id.as_str());
        Some(target.program(host, agent, &mut watch)?)
    } else {
        None
    };
    let ground = super::ground(host, &target);
    let reread = || Ok(super::ground(host, &Target::resolve(host, selection)?));
    let import = program.as_ref().map(|program| Import {
        program,
        state_dir: &target.openclaw.state_dir.value,
        config: &target.openclaw.config.value,
        typed: target.openclaw_command(host.uid).unwrap_or_default(),
        every: target.every(),
        reread: &reread,
    });
    let logins = Logins {
        import: import.as_ref(),
        launcher: &located.launcher,
        codex_version: located.chosen.value.version.as_ref(),
        inherited: host.vars(),
        ours: host.uid,
        ground: &ground,
        options: &options,
    };
    Ok(log_in_all(&agents, &logins, &mut watch, output))
}

/// One after another; a signal ends them all.
fn log_in_all(agents: &[Agent], logins: &Logins<'_>, watch: &mut Watch, output: Output) -> Ended {
    let options = logins.options;
    let mut tally = Tally::new(options, output);
    for agent in agents {
        let say = |event| tell(agent, event, options, output);
        let told = tally.add(agent, logins.log_in(agent, watch, say));
        tally.hear(told);
        if watch.first().is_some() {
            break;
        }
    }
    tally.finish(agents.len());
    match (watch.first(), tally.died_of) {
        (Some(signal), _) => Ended::BySignal(signal),
        (None, Some(signal)) if agents.len() == 1 => Ended::BySignal(signal),
        _ => Ended::With(tally.status),
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
    }
}

/// The agents that a profile of OpenClaw's serves, where that is all this OpenClaw goes by and
/// nothing more is asked for.
fn by_profile<'a>(
    host: &Host,
    target: &Target,
    agents: &'a [Agent],
    options: &Options,
) -> Vec<(&'a Agent, Verdict)> {
    if target.openclaw.route != Route::Import || !options.is_met_by_any() {
        return Vec::new();
    }
    let ground = super::ground(host, target);
    let survey = Survey {
        ground: &ground,
        inherited: host.vars(),
        ours: host.uid,
        is_thorough: false,
        codex: None,
        live: false,
    };
    survey.ready(agents)
}

/// Tells of agents of which none is to be logged in.
fn already(by_profile: Vec<(&Agent, Verdict)>, options: &Options, output: Output) -> Status {
    let mut tally = Tally::new(options, output);
    let total = by_profile.len();
    for (agent, verdict) in by_profile {
        let done = Ok(Success::Already);
        let told = tally.add(agent, Outcome { done, verdict });
        tally.hear(told);
    }
    tally.finish(total);
    tally.status
}

/// The outcomes so far.
struct Tally<'a> {
    options: &'a Options,
    output: Output,
    ready: usize,
    status: Status,
    died_of: Option<i32>,
}

impl<'a> Tally<'a> {
    fn new(options: &'a Options, output: Output) -> Tally<'a> {
        Tally {
            options,
            output,
            ready: 0,
            status: Status::Done,
            died_of: None,
        }
    }

    /// Counts an outcome and tells it.
    fn add(&mut self, agent: &Agent, outcome: Outcome) -> io::Result<()> {
        let output = self.output;
        let mut verdict = outcome.verdict;
        let (word, status) = match outcome.done {
            Ok(Success::Already) => {
                let text = verdict.served().unwrap_or_else(|| {
                    "logged in already, nothing was done; --force logs in again".to_owned()
                });
                output.note(&format!("{}: {text}", agent.id), None);
                ("already", verdict.state.status())
            }
            Ok(Success::Installed) => {
                let text = "if the agent is running it takes the new login after a restart";
                output.note(
                    &format!("{}: {text}", agent.id),
                    Some("openclaw gateway restart"),
                );
                ("installed", verdict.state.status())
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
        self.ready += usize::from(report[0].is_ready());
        if output.style.json {
            let fields = json!({ "outcome": word, "agent": report[0] });
            return event(output, "finished", &fields);
        }
        if word != "failed" {
            super::status::remark(&report, output);
        }
        super::status::show(&report, output)
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
    fn finish(&mut self, total: usize) {
        if self.output.style.json {
            let summary = json!({ "summary": { "ready": self.ready, "total": total } });
            self.hear(event(self.output, "summary", &summary));
        }
    }

    /// An answer that could not be written does not stop the logins, nor hide how they ended. A
    /// reader who has gone is no failure.
    fn hear(&mut self, told: io::Result<()>) {
        let Err(error) = super::unless_reader_left(told) else {
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
fn tell(agent: &Agent, what: Event, options: &Options, output: Output) -> io::Result<()> {
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
