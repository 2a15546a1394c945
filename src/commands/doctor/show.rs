//! What was found, in words.

use crate::agent::findings::{Finding, Severity};
use crate::commands::status;
use crate::output::{Cell, Output};
use crate::report::Report;

/// One finding, and of whom it is true.
struct Row<'a> {
    finding: &'a Finding,
    agents: Vec<&'a str>,
    /// Whether one command mends it for all.
    has_one_fix: bool,
    /// The options that select this OpenClaw.
    typed: &'a str,
}

/// All findings, the worst first; on a terminal what is true of several agents is said once.
pub(super) fn findings(report: &Report, typed: &str, output: Output) -> std::io::Result<()> {
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
            Some(row) => {
                row.agents.extend(agent);
                row.has_one_fix &= row.finding.fix == finding.fix;
            }
            None => rows.push(Row {
                finding,
                agents: agent.into_iter().collect(),
                has_one_fix: true,
                typed,
            }),
        }
    }
    rows.sort_by_key(|row| row.finding.severity);
    let cells: Vec<_> = rows.iter().map(Row::cells).collect();
    output.findings(&cells)?;
    if output.is_terminal {
        output.line(&in_total(report, &rows))?;
    }
    Ok(())
}

/// The last line on a terminal.
fn in_total(report: &Report, rows: &[Row<'_>]) -> String {
    let count = |severity| {
        let of_kind = rows.iter().filter(|row| row.finding.severity == severity);
        of_kind.count()
    };
    let several = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    let ready = report
        .agents
        .iter()
        .filter(|agent| agent.is_ready())
        .count();
    let fixable = rows.iter().filter(|row| !row.finding.mends.is_empty());
    let fixable = match fixable.count() {
        0 => String::new(),
        count => format!("; {count} of them can be mended with --fix"),
    };
    format!(
        "{ready} of {} ready; {}, {}{fixable}",
        several(report.agents.len(), "agent"),
        several(count(Severity::Error), "error"),
        several(count(Severity::Warning), "warning")
    )
}

impl Row<'_> {
    /// One command for all of whom this is true.
    fn fix_of_doctor(&self) -> String {
        const FEW: usize = 10;
        let agents = self.agents.iter().take(FEW + 1);
        let agents: Vec<_> = agents.map(|id| format!(" --agent {id}")).collect();
        let agents = if agents.len() > FEW {
            String::new()
        } else {
            agents.concat()
        };
        format!("codex-login {}doctor --fix{agents}", self.typed)
    }

    fn fix(&self) -> Option<String> {
        let fix = self.finding.fix.as_deref()?;
        Some(if self.has_one_fix {
            fix.to_owned()
        } else if self.finding.mends.is_empty() {
            status::fix_for_all(fix, &self.agents)
        } else {
            self.fix_of_doctor()
        })
    }

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
            Cell::new(self.fix().as_deref().unwrap_or("-")),
        ]
    }
}
