//! For `doctor --fix`: the logins that codex homes have from before, handed to OpenClaw.

use crate::agent::Agent;
use crate::agent::failure::{Failure, interrupted};
use crate::agent::import::Purpose;
use crate::agent::login::Event;
use crate::agent::options::{Expect, Flow, Options};
use crate::commands::login::means::Means;
use crate::error::Problem;
use crate::host::Host;
use crate::output::Output;
use crate::process::signals::Watch;
use crate::request::Selection;
use crate::target::Target;

/// What came of each, as far as it came.
pub(in crate::commands) struct HandedOver {
    pub(in crate::commands) done: Vec<Result<(), Problem>>,
    /// What ended it before its end.
    pub(in crate::commands) signal: Option<i32>,
    /// An agent that none of it was for has no login that works any more.
    pub(in crate::commands) has_harmed: bool,
}

/// Hands over those of these agents. An error says that none was begun.
pub(in crate::commands) fn hand_over(
    host: &Host,
    selection: &Selection,
    target: &Target,
    agents: &[&Agent],
    output: Output,
) -> anyhow::Result<HandedOver> {
    let options = Options {
        flow: Flow::DeviceCode,
        force: false,
        in_place: false,
        expect: Expect::default(),
        args: Vec::new(),
        show: false,
    };
    let located = target.locate(host, selection)?;
    let mut watch = Watch::start(host)?;
    let means = Means::of(host, target, agents, located, &mut watch)?;
    let purpose = (Purpose::WhatIsThere, Vec::new());
    let mut has_harmed = false;
    let done = means.with_logins(selection, purpose, &options, |logins| {
        let mut all = Vec::new();
        for agent in agents {
            let say = |event| {
                if let Event::Note(text) = event {
                    output.note(&format!("{}: {text}", agent.id), None);
                }
                Ok(())
            };
            let outcome = logins.log_in(agent, &mut watch, say);
            for (id, problem) in &outcome.harm {
                has_harmed = true;
                output.problem(Some(id), problem);
            }
            all.push(match outcome.done {
                Ok(_) => Ok(()),
                Err(Failure::Problem(problem, _)) => Err(problem),
                Err(Failure::Interrupted(signal)) => Err(interrupted(agent, &options, signal)),
            });
            if watch.first().is_some() {
                break;
            }
        }
        all
    });
    let signal = watch.first();
    Ok(HandedOver {
        done,
        signal,
        has_harmed,
    })
}
