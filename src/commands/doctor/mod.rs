//! `doctor`: why an agent does not work, or may soon not, the worst first, and what mends it.

mod fix;
mod import;
mod show;

use crate::agent::Agent;
use crate::agent::evidence::Ground;
use crate::agent::examine::shadows::{self, Reliant};
use crate::agent::examine::upgrade::{self, Ahead};
use crate::agent::examine::{self, Patient};
use crate::cli::DoctorArgs;
use crate::commands::status::{self, Depth};
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::locate::Located;
use crate::openclaw::installation::OWN_COMMAND;
use crate::openclaw::route::Route;
use crate::output::Output;
use crate::report::{AgentReport, Report, mends};
use crate::request::Selection;
use crate::target::{Target, Unnamed};
use fix::Applied;

pub(super) fn run(
    host: &Host,
    selection: &Selection,
    args: DoctorArgs,
    output: Output,
) -> anyhow::Result<Ended> {
    let practice = Practice {
        host,
        selection,
        args,
        output,
    };
    let mut visited = match practice.visit()? {
        Ok(visited) => visited,
        Err(signal) => return super::interrupted(output, signal),
    };
    if args.fix {
        let mends = fix::planned(&visited, args.native_only)?;
        if mends.is_empty() {
            output.note("there is nothing that can be mended and undone", None);
        } else {
            if !args.yes && !output.style.json && host.terminal.stdin {
                super::unless_reader_left(show::findings(
                    &visited.report,
                    visited.target.typed(),
                    output,
                ))?;
            }
            let (round, has_harmed) = match fix::apply(&practice, &visited, mends)? {
                Applied::Done { round, has_harmed } => (round, has_harmed),
                Applied::Refused => return Ok(Ended::With(visited.status())),
                Applied::Interrupted(signal) => return super::interrupted(output, signal),
            };
            visited = match practice.visit()? {
                Ok(visited) => visited,
                Err(signal) => return super::interrupted(output, signal),
            };
            visited.report.fixed = Some(mends::fixed(&round));
            visited.has_failed = has_harmed || !round.failed.is_empty();
        }
    }
    practice.tell(&visited)?;
    Ok(Ended::With(visited.status()))
}

/// How the doctor works.
#[derive(Clone, Copy)]
struct Practice<'a> {
    host: &'a Host,
    selection: &'a Selection,
    args: DoctorArgs,
    output: Output,
}

/// What was found in one visit.
struct Visited {
    target: Target,
    asked: Vec<Agent>,
    report: Report,
    located: Option<Located>,
    without_codex: Option<Problem>,
    /// The agents, of all, that profiles alone serve.
    reliant: Vec<Reliant>,
    /// The agents, of all, that profiles serve.
    served: Vec<Reliant>,
    /// Something that was to be mended was not.
    has_failed: bool,
}

impl Visited {
    fn status(&self) -> Status {
        let status = match &self.without_codex {
            Some(problem) if problem.status == Status::CannotRun => problem.status,
            _ => self.report.status(),
        };
        if self.has_failed {
            status.worst(Status::NotReady)
        } else {
            status
        }
    }
}

impl Practice<'_> {
    /// Looks at all agents anew; or the signal that ended the asking.
    fn visit(&self) -> anyhow::Result<Result<Visited, i32>> {
        let target = Target::resolve(self.host, self.selection)?;
        let asked = target.selected(Unnamed::Every)?;
        target.refuse_without_openclaw()?;
        let located = (!self.args.offline).then(|| target.locate(self.host, self.selection));
        let (located, without_codex) = match located.transpose() {
            Ok(located) => (located, None),
            Err(problem) => (None, Some(problem)),
        };
        let mut visited = Visited {
            report: Report::new(&target, located.as_ref(), &asked),
            target,
            asked,
            located,
            without_codex,
            reliant: Vec::new(),
            served: Vec::new(),
            has_failed: false,
        };
        let ended = visited.diagnose(self.host, self.args.before_upgrade)?;
        Ok(ended.map_or(Ok(visited), Err))
    }

    fn tell(&self, visited: &Visited) -> std::io::Result<()> {
        let output = self.output;
        let located = visited.located.as_ref();
        super::note_what_is_assumed(&visited.target, located, &visited.asked, output);
        if let Some(problem) = &visited.without_codex {
            status::note_without_codex(problem, output);
        }
        if self.args.before_upgrade
            && let Some(why) = nothing_ahead(visited.target.openclaw.route)
        {
            output.note(why, None);
        }
        let answered = if output.style.json {
            output.json(&visited.report)
        } else {
            show::findings(&visited.report, visited.target.typed(), output)
        };
        super::unless_reader_left(answered)
    }
}

impl Visited {
    /// Examines the agents that were asked for, in the light of all. Gives the signal that ended it.
    fn diagnose(&mut self, host: &Host, before_upgrade: bool) -> std::io::Result<Option<i32>> {
        let is_asked = |agent: &&Agent| self.asked.iter().any(|asked| asked.id == agent.id);
        let others = self.target.every().iter().filter(|agent| !is_asked(agent));
        let others: Vec<_> = others.cloned().collect();
        let mut patients = Vec::new();
        for (agents, codex) in [(&self.asked, self.located.as_ref()), (&others, None)] {
            let surveyed = status::survey(host, &self.target, agents, codex, Depth::Thorough)?;
            let surveyed = match surveyed {
                Ok(surveyed) => surveyed,
                Err(signal) => return Ok(Some(signal)),
            };
            for (agent, surveyed) in agents.iter().zip(surveyed) {
                self.without_codex = self.without_codex.take().or(surveyed.without_codex);
                patients.push(Patient {
                    agent,
                    verdict: surveyed.verdict,
                    examined: surveyed.examined,
                });
            }
        }
        let located = self.located.as_ref();
        let ground = Ground {
            codex: located.and_then(|located| located.chosen.value.version.clone()),
            ..super::ground(host, &self.target)
        };
        let mut machine = examine::together(&mut patients, &ground);
        let ahead = ahead(&self.target, before_upgrade);
        machine.extend(upgrade::add(&mut patients, &ground, ahead));
        let judged = patients
            .iter()
            .map(|patient| (patient.agent, &patient.verdict));
        self.reliant = shadows::reliant(judged.clone());
        self.served = shadows::served(judged);
        machine.sort_by_key(|finding| finding.severity);
        for mut patient in patients.into_iter().take(self.asked.len()) {
            patient
                .verdict
                .findings
                .sort_by_key(|finding| finding.severity);
            let verdict = Some(patient.verdict);
            let agent = AgentReport::new(patient.agent, verdict);
            self.report.agents.push(agent);
        }
        self.report.findings = Some(machine);
        self.report.summarise();
        Ok(None)
    }
}

/// What is to be told of the upgrade after which codex homes do not count.
fn ahead(target: &Target, in_full: bool) -> Ahead<'_> {
    let openclaw = &target.openclaw;
    let release = openclaw.release.as_ref().map(|release| &release.value);
    let notices = openclaw.notices.iter();
    Ahead {
        is_certain: release.is_some() && !openclaw.route.is_open(release),
        in_full,
        has_own_command: notices.into_iter().any(|notice| notice.code == OWN_COMMAND),
        options: target.typed(),
        options_then: target.typed_after_upgrade(),
    }
}

/// Why there is nothing to be told of the upgrade after which codex homes do not count.
fn nothing_ahead(route: Route) -> Option<&'static str> {
    match route {
        Route::CodexHome => None,
        Route::Import => {
            Some("this OpenClaw keeps logins itself already: no codex home loses by an upgrade")
        }
        Route::UserHome => Some(
            "`homeScope` is `user`: all agents use the Codex home of the gateway's user, before an upgrade and after it",
        ),
        Route::NoCodexHome => {
            Some("this OpenClaw gives its agents no codex home: no codex home loses by an upgrade")
        }
    }
}
