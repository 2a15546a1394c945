//! `doctor --fix`: says what it is going to do, asks, and does it.

use crate::agent::examine::shadows::{self, Reliant};
use crate::agent::mend::round::{self, Round};
use crate::agent::mend::{self, Mend};
use crate::agent::user::User;
use crate::commands::doctor::import::Imported;
use crate::commands::doctor::{Practice, Visited};
use crate::commands::note_restart;
use crate::error::Problem;
use crate::openclaw::profiles::era::Era;
use crate::openclaw::route::Route;
use crate::output::Output;
use crate::target::Target;

/// What is to be done for the agents of this report.
pub(super) fn planned(visited: &Visited, native_only: bool) -> Result<Vec<Mend>, Problem> {
    let Visited { report, .. } = visited;
    let of_agents = report
        .agents
        .iter()
        .filter_map(|agent| agent.verdict.as_ref());
    let of_agents = of_agents.flat_map(|verdict| &verdict.findings);
    let findings = of_agents.chain(report.findings.iter().flatten());
    let mut mends: Vec<_> = findings.flat_map(|finding| finding.mends.clone()).collect();
    if native_only {
        // Without a profile that is selected none needs to be taken out.
        mends.retain(|mend| !matches!(mend, Mend::TakeOut { .. }));
        mends.extend(empty_order(visited)?);
    }
    Ok(mend::distinct(mends.into_iter()))
}

/// The switch after which every agent goes by its codex home; `None` where it is set.
fn empty_order(visited: &Visited) -> Result<Option<Mend>, Problem> {
    let openclaw = &visited.target.openclaw;
    let era = openclaw.profiles.era;
    if openclaw.route != Route::CodexHome || era < Era::V5_12 {
        let message = "no setting makes the agents of this OpenClaw go by their codex-home";
        return Err(Problem::request("route-unsupported", message).hint("leave --native-only out"));
    }
    let provider = era.provider();
    if openclaw.profiles.has_empty_order() {
        return Ok(None);
    }
    refuse_to_log_out(&visited.reliant)?;
    let config = openclaw.config.value.clone();
    if !openclaw.configured {
        let message = format!("{} does not exist", config.display());
        return Err(Problem::request("config-missing", message).hint(format!(
            "openclaw config set auth.order.{provider} '[]' --strict-json"
        )));
    }
    let provider = provider.to_owned();
    Ok(Some(Mend::EmptyOrder { config, provider }))
}

/// The switch is one for all agents.
fn refuse_to_log_out(reliant: &[Reliant]) -> Result<(), Problem> {
    if reliant.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = reliant.iter().map(|agent| agent.id.as_str()).collect();
    let message = format!(
        "without profiles these agents have no login that works: {}",
        ids.join(", ")
    );
    let reliant: Vec<_> = reliant.iter().collect();
    Err(Problem::request("would-log-out", message).hint(shadows::login_of(&reliant)))
}

/// What came of it.
pub(super) enum Applied {
    /// The answer was no.
    Refused,
    Done {
        round: Round,
        /// An agent that none of it was for has no login that works any more.
        has_harmed: bool,
    },
    /// This signal ended it. What was done is told.
    Interrupted(i32),
}

/// Asks, unless that was answered before, and does it.
pub(super) fn apply(
    practice: &Practice<'_>,
    visited: &Visited,
    mends: Vec<Mend>,
) -> anyhow::Result<Applied> {
    let Practice { host, output, .. } = *practice;
    let target = &visited.target;
    let state_dir = &target.openclaw.state_dir.value;
    let again = target.typed_command("doctor --fix");
    let user = User::who_decides(state_dir, host.uid, &again)?;
    if !practice.args.yes && !is_agreed(practice, visited, &mends)? {
        output.note("nothing was done", None);
        return Ok(Applied::Refused);
    }
    let (imports, mends): (Vec<_>, Vec<_>) = mends.into_iter().partition(Mend::is_import);
    let imported = Imported::of(practice, visited, imports);
    let mends = imported.with_what_follows(mends);
    let done = user.work(host.vars(), |_| round::apply(state_dir, host.now, mends))?;
    let mut round = done.map_err(|error| {
        let what = if imported.is_none_done() {
            "nothing was done"
        } else {
            "logins were handed over, and their files stay"
        };
        let message = format!("{what}: could not put anything aside: {error}");
        Problem::request("aside", message)
    })?;
    let Imported {
        signal, has_harmed, ..
    } = imported;
    imported.add_to(&mut round);
    tell(&round, target, output);
    note_restart(host, Some(target), &round.done, output);
    Ok(match signal {
        Some(signal) => Applied::Interrupted(signal),
        None => Applied::Done { round, has_harmed },
    })
}

/// Says what would be done, and asks.
fn is_agreed(practice: &Practice<'_>, visited: &Visited, mends: &[Mend]) -> anyhow::Result<bool> {
    let Practice { host, output, .. } = *practice;
    let plan = lines(mends, output).into_iter();
    let plan = plan.map(|(line, mend)| format!("  {line}{}", visited.also_changed(mend)));
    let plan = plan.collect::<Vec<_>>().join("\n");
    if !host.terminal.stdin || output.style.json {
        return Err(Problem::request("not-agreed", format!("it would\n{plan}"))
            .hint("add --yes to do it: the command then says how to undo it")
            .into());
    }
    let what = if mends.iter().any(Mend::is_import) {
        "It is going to do this, which can be undone (what OpenClaw takes in it keeps)"
    } else {
        "It is going to do this, which can be undone"
    };
    Ok(output.asks(&format!("\n{what}:\n{plan}\nDo it? [y/N] "))?)
}

/// The mends in words. Of many modes only the count is told, unless with `-v`.
fn lines(mends: &[Mend], output: Output) -> Vec<(String, Option<&Mend>)> {
    const FEW: usize = 5;
    let is_mode = |mend: &&Mend| matches!(mend, Mend::Tighten { .. });
    let modes = mends.iter().filter(is_mode).count();
    let is_folded = modes > FEW && output.style.verbose == 0;
    let told = mends.iter().filter(|mend| !is_folded || !is_mode(mend));
    let mut lines: Vec<_> = told.map(|mend| (mend.to_string(), Some(mend))).collect();
    if is_folded {
        let line = format!("close {modes} files and directories to others (-v lists them)");
        lines.push((line, None));
    }
    lines
}

impl Visited {
    /// The agents, beside those that were asked for, that a mend changes.
    fn also_changed(&self, mend: Option<&Mend>) -> String {
        let Some(mend) = mend else {
            return String::new();
        };
        let is_asked = |id: &str| self.asked.iter().any(|agent| agent.id == id);
        let served = self.served.iter().filter(|agent| !is_asked(&agent.id));
        let others = served.filter(|agent| agent.needs_any(std::slice::from_ref(mend)));
        let others: Vec<_> = others.map(|agent| agent.id.as_str()).collect();
        if others.is_empty() {
            String::new()
        } else {
            format!(" (also changes {})", others.join(", "))
        }
    }
}

fn tell(round: &Round, target: &Target, output: Output) {
    for (mend, why) in &round.failed {
        let problem = Problem::request("not-mended", format!("could not {mend}: {why}"));
        output.problem(None, &problem);
    }
    let Some(id) = &round.id else {
        return;
    };
    for (line, _) in lines(&round.done, output) {
        output.note(&format!("done: {line}"), None);
    }
    let dir = round
        .dir
        .as_ref()
        .map_or(String::new(), |dir| dir.display().to_string());
    let undo = format!("codex-login {}restore {id}    # undoes it", target.typed());
    output.note(&format!("what was taken is in {dir}"), Some(&undo));
}
