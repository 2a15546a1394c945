//! `status`: what each agent's next turn would use, and whether it works.

use crate::agent::Agent;
use crate::agent::ask::{Codex, NoAnswer};
use crate::agent::findings::Finding;
use crate::agent::verdict::{Evidence, State, Verdict};
use crate::codex::status::Says;
use crate::error::{Ended, Problem};
use crate::host::Host;
use crate::locate::{Located, locate};
use crate::output::{Cell, Output};
use crate::process::signals::Watch;
use crate::report::{AgentReport, Report};
use crate::request::Selection;
use crate::target::{Target, Unnamed};

pub(super) fn run(
    host: &Host,
    selection: &Selection,
    offline: bool,
    output: Output,
) -> anyhow::Result<Ended> {
    let target = Target::resolve(host, selection)?;
    let agents = target.selected(Unnamed::Every)?;
    let located = (!offline)
        .then(|| locate(host, selection.codex.as_ref()))
        .transpose();
    let (located, without_codex) = match located {
        Ok(located) => (located, None),
        Err(problem) => (None, Some(problem)),
    };
    let says = match &located {
        None => vec![None; agents.len()],
        Some(located) => match ask_all(host, &agents, located) {
            Ok(says) => says,
            Err(NoAnswer::Signal(signal)) => return Ok(Ended::BySignal(signal)),
            Err(NoAnswer::Problem(problem)) => return Err(problem.into()),
        },
    };
    let ground = super::ground(host, &target);
    let mut report = Report::new(&target, located.as_ref());
    for (agent, says) in agents.iter().zip(says) {
        let mut verdict = Evidence::gather(agent, &ground).judge(says);
        verdict
            .findings
            .extend(without_codex.as_ref().map(not_asked));
        report.agents.push(AgentReport::new(agent, Some(verdict)));
    }
    report.summarise();
    super::note_what_is_assumed(&target, output);
    if output.style.json {
        output.json(&report)?;
    } else {
        if let Some(problem) = &without_codex {
            output.note(&format!("judged from the files alone: {problem}"));
        }
        show(&report.agents, output)?;
        remark(&report.agents, output);
    }
    Ok(Ended::With(report.status()))
}

/// Codex's word on every agent that has a home, several at a time.
fn ask_all(
    host: &Host,
    agents: &[Agent],
    located: &Located,
) -> Result<Vec<Option<Says>>, NoAnswer> {
    let codex = Codex {
        launcher: &located.launcher,
        inherited: host.vars(),
        at_a_time: host.cores,
    };
    let can_ask =
        |agent: &Agent| agent.home.exists() && agent.home.refuse_what_codex_ignores().is_ok();
    let plans: Vec<_> = agents
        .iter()
        .filter(|agent| can_ask(agent))
        .map(|agent| codex.plan(agent.home.path(), ["login", "status"]))
        .collect();
    if plans.is_empty() {
        return Ok(vec![None; agents.len()]);
    }
    let mut watch = Watch::start(host).map_err(|error| {
        NoAnswer::Problem(Problem::request(
            "signals",
            format!("could not watch signals: {error}"),
        ))
    })?;
    let mut answers = codex.ask(plans, &mut watch)?.into_iter();
    Ok(agents
        .iter()
        .map(|agent| if can_ask(agent) { answers.next() } else { None })
        .collect())
}

fn not_asked(problem: &Problem) -> Finding {
    let finding = Finding::warning(
        problem.code,
        "codex was not asked: judged from the files alone",
    );
    match &problem.hint {
        Some(hint) => finding.fix(hint),
        None => finding,
    }
}

/// One row an agent.
pub(super) fn show(agents: &[AgentReport], output: Output) -> std::io::Result<()> {
    let rows: Vec<_> = agents
        .iter()
        .filter_map(|agent| Some(row(agent, agent.verdict.as_ref()?)))
        .collect();
    output.rows(
        &["AGENT", "STATE", "ACCOUNT", "PLAN", "ACCESS UNTIL"],
        &rows,
    )
}

/// What is to be said of the agents beside their rows, each with its remedy.
pub(super) fn remark(agents: &[AgentReport], output: Output) {
    for agent in agents {
        for finding in agent.verdict.iter().flat_map(|verdict| &verdict.findings) {
            output.note(&format!("{}: {}", agent.id, finding.message));
            if let (Some(fix), false) = (&finding.fix, output.style.quiet) {
                output.hint(fix);
            }
        }
    }
}

fn row(agent: &AgentReport, verdict: &Verdict) -> Vec<Cell> {
    let login = verdict.login.as_ref();
    let account = login.map(|login| match (&login.email, &login.account_id) {
        (Some(email), _) => email.clone(),
        (None, Some(account)) => account.clone(),
        (None, None) => login.method.word().to_owned(),
    });
    let plan = login.and_then(|login| login.plan.clone());
    let until = login.and_then(|login| login.access_expires_at);
    let or_dash = |text: Option<String>| Cell::new(text.as_deref().unwrap_or("-"));
    vec![
        Cell::new(&agent.id),
        Cell::new(verdict.state.word()).good(verdict.state == State::Ready),
        or_dash(account),
        or_dash(plan),
        or_dash(until.map(|until| format!("{until:.0}"))),
    ]
}
