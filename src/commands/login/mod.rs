//! `login`: the selected agents, one after another; a failure of one does not stop the others.

mod for_doctor;
mod means;
mod tally;

use crate::agent::Agent;
use crate::agent::import::{self, Purpose};
use crate::agent::login::{Logins, Outcome, Success};
use crate::agent::options::{Expect, Flow, Options};
use crate::agent::survey::Survey;
use crate::agent::user::User;
use crate::agent::verdict::Verdict;
use crate::cli::LoginArgs;
use crate::error::Ended;
use crate::host::Host;
use crate::openclaw::route::Route;
use crate::output::Output;
use crate::process::signals::Watch;
use crate::request::Selection;
use crate::target::{Target, Unnamed};
pub(super) use for_doctor::{HandedOver, hand_over};
use means::Means;
use tally::Tally;

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
    clear_leftovers(host, &target, &by_profile, output);
    let restart = super::restart(host, &target);
    let mut tally = Tally::new(&options, restart, output);
    if waiting.is_empty() {
        return Ok(already(by_profile, tally));
    }
    target.refuse_other_routes(&waiting, host.uid)?;
    target.refuse_without_openclaw()?;
    if target.takes_logins() {
        options.refuse_what_is_not_imported()?;
    }
    let located = target.locate(host, selection)?;
    super::note_what_is_assumed(&target, Some(&located), &agents, output);
    let mut watch = Watch::start(host)?;
    let means = Means::of(host, &target, &waiting, located, &mut watch)?;
    let ready = by_profile.iter().map(|(agent, _)| agent.id.clone());
    let purpose = (Purpose::Login, ready.collect());
    means.with_logins(selection, purpose, &options, |logins| {
        log_in_all(&agents, logins, &mut watch, &mut tally, output);
    });
    Ok(match (watch.first(), tally.died_of) {
        (Some(signal), _) => Ended::BySignal(signal),
        (None, Some(signal)) if agents.len() == 1 => Ended::BySignal(signal),
        _ => Ended::With(tally.status),
    })
}

/// One after another; a signal ends them all.
fn log_in_all(
    agents: &[Agent],
    logins: &Logins<'_>,
    watch: &mut Watch,
    tally: &mut Tally<'_>,
    output: Output,
) {
    for agent in agents {
        let say = |event| tally::tell(agent, event, logins.options, output);
        let told = tally.add(agent, logins.log_in(agent, watch, say));
        tally.hear(told);
        if watch.first().is_some() {
            break;
        }
    }
    tally.finish(agents.len());
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

/// The agents that a profile of OpenClaw's serves, where that is all this OpenClaw goes by and the
/// profile is what is asked for.
fn by_profile<'a>(
    host: &Host,
    target: &Target,
    agents: &'a [Agent],
    options: &Options,
) -> Vec<(&'a Agent, Verdict)> {
    if target.openclaw.route != Route::Import {
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
    let is_whole = |(agent, verdict): &(&Agent, Verdict)| {
        let is_half_done = || import::is_half_done(agent, verdict, &ground.profiles);
        let reader = User::who_reads(agent, host.uid);
        !reader
            .work(host.vars(), |_| is_half_done())
            .unwrap_or_default()
    };
    let ready = survey.ready(agents).into_iter();
    let met = ready.filter(|(_, verdict)| options.is_met_by_profile(verdict));
    met.filter(is_whole).collect()
}

/// What runs that were killed have left, where logins are handed over; of agents that are ready,
/// the backups, too.
fn clear_leftovers(host: &Host, target: &Target, ready: &[(&Agent, Verdict)], output: Output) {
    if target.openclaw.route != Route::Import {
        return;
    }
    let settled: Vec<_> = ready.iter().map(|(agent, _)| agent.id.as_str()).collect();
    let state_dir = &target.openclaw.state_dir.value;
    for path in import::clear_leftovers(state_dir, host.uid, host.vars(), &settled) {
        let path = path.display();
        output.note(
            &format!("could not remove {path}: it may hold logins"),
            None,
        );
    }
}

/// Tells of agents of which none is to be logged in.
fn already(by_profile: Vec<(&Agent, Verdict)>, mut tally: Tally<'_>) -> Ended {
    let total = by_profile.len();
    for (agent, verdict) in by_profile {
        let outcome = Outcome::new(Ok(Success::Already), verdict);
        let told = tally.add(agent, outcome);
        tally.hear(told);
    }
    tally.finish(total);
    Ended::With(tally.status)
}
