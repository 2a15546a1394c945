//! `doctor`: why an agent does not work, or may soon not, the worst first, and what mends it.

use crate::agent::Agent;
use crate::agent::examine::{self, Patient};
use crate::agent::findings::{Finding, Severity};
use crate::cli::DoctorArgs;
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::locate::Located;
use crate::output::{Cell, Output};
use crate::report::{AgentReport, Report};
use crate::request::Selection;
use crate::target::{Target, Unnamed};

pub(super) fn run(
    host: &Host,
    selection: &Selection,
    args: &DoctorArgs,
    output: Output,
) -> anyhow::Result<Ended> {
    let target = Target::resolve(host, selection)?;
    let asked = target.selected(Unnamed::Every)?;
    target.refuse_without_openclaw()?;
    let visit = Visit {
        host,
        target: &target,
        asked: &asked,
    };
    let codex = (!args.offline).then(|| target.locate(host, selection));
    let diagnosis = match visit.diagnose(codex.transpose())? {
        Ok(diagnosis) => diagnosis,
        Err(signal) => return super::interrupted(output, signal),
    };
    super::note_what_is_assumed(&target, diagnosis.located.as_ref(), &asked, output);
    if let Some(problem) = &diagnosis.without_codex {
        super::status::note_without_codex(problem, output);
    }
    let answered = if output.style.json {
        output.json(&diagnosis.report)
    } else {
        show(&diagnosis.report, output)
    };
    super::unless_reader_left(answered)?;
    let status = match diagnosis.without_codex {
        Some(problem) if problem.status == Status::CannotRun => problem.status,
        _ => diagnosis.report.status(),
    };
    Ok(Ended::With(status))
}

/// One look at the agents that were asked for, in the light of all.
struct Visit<'a> {
    host: &'a Host,
    target: &'a Target,
    asked: &'a [Agent],
}

struct Diagnosis {
    report: Report,
    located: Option<Located>,
    without_codex: Option<Problem>,
}

impl Visit<'_> {
    /// The diagnosis, or the signal that ended the asking.
    fn diagnose(
        &self,
        codex: Result<Option<Located>, Problem>,
    ) -> std::io::Result<Result<Diagnosis, i32>> {
        let (located, mut without_codex) = match codex {
            Ok(located) => (located, None),
            Err(problem) => (None, Some(problem)),
        };
        let is_asked = |agent: &Agent| self.asked.iter().any(|asked| asked.id == agent.id);
        let others = self.target.every().iter().filter(|agent| !is_asked(agent));
        let others: Vec<_> = others.cloned().collect();
        let mut patients = Vec::new();
        for (agents, codex) in [(self.asked, located.as_ref()), (&others, None)] {
            let surveyed = super::status::survey(self.host, self.target, agents, codex, true)?;
            let surveyed = match surveyed {
                Ok(surveyed) => surveyed,
                Err(signal) => return Ok(Err(signal)),
            };
            for (agent, surveyed) in agents.iter().zip(surveyed) {
                without_codex = without_codex.or(surveyed.without_codex);
                patients.push(Patient {
                    agent,
                    verdict: surveyed.verdict,
                    examined: surveyed.examined,
                });
            }
        }
        let ground = super::ground(self.host, self.target);
        let mut machine = examine::together(&mut patients, &ground);
        machine.sort_by_key(|finding| finding.severity);
        let mut report = Report::new(self.target, located.as_ref(), self.asked);
        for mut patient in patients.into_iter().take(self.asked.len()) {
            patient
                .verdict
                .findings
                .sort_by_key(|finding| finding.severity);
            let verdict = Some(patient.verdict);
            report.agents.push(AgentReport::new(patient.agent, verdict));
        }
        report.findings = Some(machine);
        report.summarise();
        Ok(Ok(Diagnosis {
            report,
            located,
            without_codex,
        }))
    }
}

/// One finding, and of whom it is true.
struct Row<'a> {
    finding: &'a Finding,
    agents: Vec<&'a str>,
}

/// All findings, the worst first; on a terminal what is true of several agents is said once.
fn show(report: &Report, output: Output) -> std::io::Result<()> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let of_agents = report.agents.iter().flat_map(|agent| {
        let findings = agent.verdict.iter().flat_map(|verdict| &verdict.findings);
        findings.map(|finding| (Some(agent.id.as_str()), finding))
    });
    let of_machine = report
        .findings
        .iter()
        .flatten()
        .map(|finding| (None, finding));
    for (agent, finding) in of_agents.chain(of_machine) {
        let known = rows.iter_mut().find(|row| {
            output.is_terminal
                && row.finding.code == finding.code
                && row.finding.message == finding.message
        });
        match known {
            Some(row) => row.agents.extend(agent),
            None => rows.push(Row {
                finding,
                agents: agent.into_iter().collect(),
            }),
        }
    }
    rows.sort_by_key(|row| row.finding.severity);
    let cells: Vec<_> = rows.iter().map(Row::cells).collect();
    output.findings(&cells)
}

impl Row<'_> {
    fn cells(&self) -> [Cell; 5] {
        let finding = self.finding;
        let who = match self.agents.as_slice() {
            [] => "-".to_owned(),
            [first, second, third, _, ..] => {
                format!(
                    "{first}, {second}, {third} and {} more",
                    self.agents.len() - 3
                )
            }
            few => few.join(", "),
        };
        let severity = Cell::new(finding.severity.word());
        [
            Cell::new(who),
            match finding.severity {
                Severity::Error => severity.good(false),
                _ => severity,
            },
            Cell::new(finding.code),
            Cell::new(&finding.message),
            Cell::new(finding.fix.as_deref().unwrap_or("-")),
        ]
    }
}
