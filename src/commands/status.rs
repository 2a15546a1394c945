//! `status`: what each agent's next turn would use, and whether it works.

use crate::agent::Agent;
use crate::agent::ask::Codex;
use crate::agent::blocked;
use crate::agent::copies::{self, Spot};
use crate::agent::examine::shadows;
use crate::agent::findings::{Finding, Severity};
use crate::agent::survey::{Survey, Surveyed};
use crate::agent::user::User;
use crate::agent::verdict::{NextTurn, State, Verdict};
use crate::codex::auth::Login;
use crate::error::{Ended, Problem, Status};
use crate::host::Host;
use crate::locate::Located;
use crate::output::{Cell, Output};
use crate::process::signals::Watch;
use crate::report::{AgentReport, Report};
use crate::request::Selection;
use crate::target::{Target, Unnamed};

/// Who is asked beside the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Nobody,
    Codex,
    /// Codex, and through it OpenAI.
    OpenAi,
}

impl Ask {
    pub(super) fn of(offline: bool, live: bool) -> Ask {
        match (offline, live) {
            (true, _) => Ask::Nobody,
            (false, false) => Ask::Codex,
            (false, true) => Ask::OpenAi,
        }
    }
}

/// How closely agents are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    Usual,
    /// OpenAI is asked, too.
    Live,
    /// All that `doctor` wants to know is looked at.
    Thorough,
}

pub(super) fn run(
    host: &Host,
    selection: &Selection,
    ask: Ask,
    output: Output,
) -> anyhow::Result<Ended> {
    let target = Target::resolve(host, selection)?;
    let agents = target.selected(Unnamed::Every)?;
    target.refuse_without_openclaw()?;
    let mut without_codex = None;
    let mut located = None;
    if ask != Ask::Nobody {
        match target.locate(host, selection) {
            Ok(found) => located = Some(found),
            Err(problem) => without_codex = Some(problem),
        }
    }
    let depth = match ask {
        Ask::OpenAi => Depth::Live,
        Ask::Nobody | Ask::Codex => Depth::Usual,
    };
    let mut surveyed = match survey(host, &target, &agents, located.as_ref(), depth)? {
        Ok(surveyed) => surveyed,
        Err(signal) => return super::interrupted(output, signal),
    };
    warn_of_copies(&agents, &mut surveyed);
    spare_reliant(&agents, &mut surveyed);
    let mut report = Report::new(&target, located.as_ref(), &agents);
    for (agent, surveyed) in agents.iter().zip(surveyed) {
        let mut verdict = surveyed.verdict;
        let problem = surveyed.without_codex;
        let reason = problem.as_ref().or(without_codex.as_ref());
        if output.style.json {
            verdict.findings.extend(reason.map(not_asked));
        }
        report.agents.push(AgentReport::new(agent, Some(verdict)));
        without_codex = without_codex.or(problem);
    }
    report.summarise();
    super::note_what_is_assumed(&target, located.as_ref(), &agents, output);
    if let Some(problem) = &without_codex {
        note_without_codex(problem, output);
    }
    let answered = if output.style.json {
        output.json(&report)
    } else {
        show(&report.agents, output)
    };
    super::unless_reader_left(answered)?;
    if !output.style.json {
        remark(&report.agents, output);
    }
    let status = match without_codex {
        Some(problem) if problem.status == Status::CannotRun => problem.status,
        _ => report.status(),
    };
    Ok(Ended::With(status))
}

/// Tells agents apart by the refresh tokens in their codex homes. `doctor` looks further.
fn warn_of_copies(agents: &[Agent], surveyed: &mut [Surveyed]) {
    let agents: Vec<_> = agents.iter().collect();
    let tokens = surveyed.iter().enumerate();
    let tokens = tokens.filter_map(|(index, surveyed)| {
        let agent = Some(index);
        let place = surveyed.verdict.token.as_ref()?;
        Some(Spot { agent, place })
    });
    for told in copies::shared(&tokens.collect::<Vec<_>>(), &agents, None) {
        for agent in told.unread {
            blocked::tell_shared(agents[agent], &mut surveyed[agent].verdict);
        }
        for agent in told.agents {
            let mut finding = told.finding.clone();
            finding.severity = Severity::Warning;
            surveyed[agent].verdict.findings.push(finding);
        }
    }
}

/// The judgements of the agents, codex asked where there is one; or the signal that came first.
pub(super) fn survey(
    host: &Host,
    target: &Target,
    agents: &[Agent],
    located: Option<&Located>,
    depth: Depth,
) -> std::io::Result<Result<Vec<Surveyed>, i32>> {
    let has_home = |agent: &Agent| agent.has_home().unwrap_or(false);
    // Who starts nothing leaves signals as they are.
    let mut watch = match located {
        Some(_) if agents.iter().any(has_home) => Some(Watch::start(host)?),
        _ => None,
    };
    let codex = located.map(|located| Codex {
        launcher: &located.launcher,
        user: User::Ourselves,
        inherited: host.vars(),
        at_a_time: host.cores,
    });
    let survey = Survey {
        ground: &super::ground(host, target),
        inherited: host.vars(),
        ours: host.uid,
        is_thorough: depth == Depth::Thorough,
        codex: codex.zip(watch.as_mut()),
        live: depth == Depth::Live,
    };
    Ok(survey.of(agents))
}

/// What would leave another of these agents without a login is no remedy.
fn spare_reliant(agents: &[Agent], surveyed: &mut [Surveyed]) {
    let verdicts = surveyed.iter().map(|surveyed| &surveyed.verdict);
    let reliant = shadows::reliant(agents.iter().zip(verdicts));
    for surveyed in surveyed {
        shadows::spare(&mut surveyed.verdict, &reliant);
    }
}

pub(super) fn note_without_codex(problem: &Problem, output: Output) {
    let first = problem.to_string();
    let first = first.lines().next().unwrap_or_default();
    output.note(
        &format!("judged from the files alone: {first}"),
        problem.hint.as_deref(),
    );
}

pub(super) fn not_asked(problem: &Problem) -> Finding {
    let message = "codex was not asked: judged from the files alone";
    let finding = Finding::warning(problem.code, message);
    match &problem.hint {
        Some(hint) => finding.fix(hint),
        None => finding,
    }
}

/// One row an agent; where OpenAI was to be asked its word comes last.
pub(super) fn show(agents: &[AgentReport], output: Output) -> std::io::Result<()> {
    let rows: Vec<_> = agents
        .iter()
        .filter_map(|agent| Some(row(agent, agent.verdict.as_ref()?)))
        .collect();
    let headings = [
        "AGENT",
        "STATE",
        "ACCOUNT",
        "PLAN",
        "ACCESS UNTIL",
        "OPENAI",
    ];
    let was_live = rows.iter().any(|row| row.len() == headings.len());
    output.rows(&headings[..5 + usize::from(was_live)], &rows)
}

/// What is to be said of the agents beside their rows, each with its remedy. What is true of many
/// is said once, with the remedy of the first.
pub(super) fn remark(agents: &[AgentReport], output: Output) {
    let mut said: Vec<Said> = Vec::new();
    for agent in agents {
        for finding in agent.verdict.iter().flat_map(|verdict| &verdict.findings) {
            let known = said
                .iter_mut()
                .find(|said| said.finding.message == finding.message);
            if let Some(said) = known {
                said.ids.push(&agent.id);
                said.has_one_fix &= said.finding.fix == finding.fix;
            } else {
                said.push(Said {
                    finding,
                    ids: vec![&agent.id],
                    has_one_fix: true,
                });
            }
        }
    }
    for Said {
        finding,
        ids,
        has_one_fix,
    } in said
    {
        let who = match ids.as_slice() {
            [first, second, third, _, ..] => {
                format!("{first}, {second}, {third} and {} more", ids.len() - 3)
            }
            few => few.join(", "),
        };
        let of_first = finding.fix.clone();
        let of_all = |fix: &String| fix_for_all(fix, &ids);
        let for_all = of_first.as_ref().map(of_all);
        let fix = if has_one_fix { of_first } else { for_all };
        output.note(&format!("{who}: {}", finding.message), fix.as_deref());
    }
}

/// What is true of several agents.
struct Said<'a> {
    finding: &'a Finding,
    ids: Vec<&'a str>,
    /// Whether one command mends it for all.
    has_one_fix: bool,
}

/// The remedy of the first of them, made one for all where it is a login of ours: OpenClaw's own
/// commands take one agent.
pub(super) fn fix_for_all(fix: &str, ids: &[&str]) -> String {
    let (first, others) = (ids[0], ids.len() - 1);
    let is_ours = fix.starts_with("codex-login ");
    match fix
        .strip_suffix(&format!("--agent {first}"))
        .filter(|_| is_ours)
    {
        Some(login) if others < 10 => {
            let agents: Vec<_> = ids.iter().map(|id| format!("--agent {id}")).collect();
            format!("{login}{}", agents.join(" "))
        }
        Some(login) => format!("{login}--all-agents    # takes every agent that is not ready"),
        None => format!("{fix}    # for {first}; {others} more alike"),
    }
}

fn row(agent: &AgentReport, verdict: &Verdict) -> Vec<Cell> {
    // Whose login the home has says nothing where OpenClaw goes by one of its own.
    let of_profile = match &verdict.next_turn {
        NextTurn::Profile {
            expires_at,
            account,
            ..
        } if verdict.state != State::Shadowed => Some((*expires_at, account.name())),
        _ => None,
    };
    let login = verdict.login.as_ref().filter(|_| of_profile.is_none());
    let of_login = login.map(Login::name);
    let plan = login.and_then(|login| login.plan.clone());
    let until = login.and_then(|login| login.access_expires_at);
    let (until, account) = of_profile.unwrap_or((until, of_login));
    let or_dash = |text: Option<String>| Cell::new(text.as_deref().unwrap_or("-"));
    let live = verdict.live;
    let mut row = vec![
        Cell::new(&agent.id),
        Cell::new(verdict.state.word()).good(verdict.state == State::Ready),
        or_dash(account),
        or_dash(plan),
        or_dash(until.map(|until| format!("{until:.0}"))),
    ];
    row.extend(live.map(|live| Cell::new(live.word())));
    row
}
