//! `doctor --fix`: says what it is going to do, asks, and does it.

use crate::agent::mend::round::{self, Round};
use crate::agent::mend::{self, Mend};
use crate::agent::user::User;
use crate::commands::note_restart;
use crate::error::Problem;
use crate::host::Host;
use crate::openclaw::profiles::era::Era;
use crate::openclaw::route::Route;
use crate::output::Output;
use crate::report::Report;
use crate::target::Target;

/// What is to be done for the agents of this report.
pub(super) fn planned(
    report: &Report,
    target: &Target,
    native_only: bool,
) -> Result<Vec<Mend>, Problem> {
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
        mends.extend(empty_order(target)?);
    }
    Ok(mend::distinct(mends.into_iter()))
}

/// The switch after which every agent goes by its codex home; `None` where it is set.
fn empty_order(target: &Target) -> Result<Option<Mend>, Problem> {
    let openclaw = &target.openclaw;
    let era = openclaw.profiles.era;
    if openclaw.route != Route::CodexHome || era < Era::V5_12 {
        let message = "no setting makes the agents of this OpenClaw go by their codex-home";
        return Err(Problem::request("route-unsupported", message).hint("leave --native-only out"));
    }
    let provider = era.provider();
    if openclaw.profiles.has_empty_order() {
        return Ok(None);
    }
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

/// Asks, unless that was answered before, and does it; `None` where the answer was no.
pub(super) fn apply(
    host: &Host,
    target: &Target,
    mends: Vec<Mend>,
    is_agreed: bool,
    output: Output,
) -> anyhow::Result<Option<Round>> {
    let state_dir = &target.openclaw.state_dir.value;
    let user = User::who_decides(state_dir, host.uid, "codex-login doctor --fix")?;
    let plan: Vec<_> = mends.iter().map(|mend| format!("  {mend}")).collect();
    if !is_agreed {
        if !host.terminal.stdin || output.style.json {
            let message = format!("it would\n{}", plan.join("\n"));
            return Err(Problem::request("not-agreed", message)
                .hint("add --yes to do it; `codex-login restore` undoes it")
                .into());
        }
        let question = format!(
            "\nThis can be undone with `codex-login restore`:\n{}\nDo it? [y/N] ",
            plan.join("\n")
        );
        if !output.asks(&question)? {
            output.note("nothing was done", None);
            return Ok(None);
        }
    }
    let done = user.work(host.vars(), |_| round::apply(state_dir, host.now, mends))?;
    let round = done.map_err(|error| {
        let message = format!("nothing was done: could not put anything aside: {error}");
        Problem::request("aside", message)
    })?;
    tell(&round, target, output);
    note_restart(host, target, &round.done, output);
    Ok(Some(round))
}

fn tell(round: &Round, target: &Target, output: Output) {
    for (mend, why) in &round.failed {
        let problem = Problem::request("not-mended", format!("could not {mend}: {why}"));
        output.problem(None, &problem);
    }
    let Some(id) = &round.id else {
        return;
    };
    for mend in &round.done {
        output.note(&format!("done: {mend}"), None);
    }
    let undo = format!("codex-login {}restore {id}", target.typed());
    output.note("all of that can be undone", Some(&undo));
}
