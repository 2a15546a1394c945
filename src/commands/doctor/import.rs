//! The part of `doctor --fix` that OpenClaw itself does: it takes in the logins of codex homes.

use crate::agent::Agent;
use crate::agent::mend::Mend;
use crate::agent::mend::round::Round;
use crate::commands::doctor::{Practice, Visited};
use crate::commands::login::{HandedOver, hand_over};
use crate::error::{Problem, problem_in};

/// A mend, and the agent that it is for.
type OfAgent<'a> = (Mend, &'a Agent);

/// What came of it.
pub(super) struct Imported {
    /// Each with why it was not done, where it was not.
    each: Vec<(Mend, Option<String>)>,
    /// What ended it before its end.
    pub(super) signal: Option<i32>,
    /// An agent that none of it was for has no login that works any more.
    pub(super) has_harmed: bool,
}

impl Imported {
    /// Has OpenClaw take in what these say.
    pub(super) fn of(practice: &Practice<'_>, visited: &Visited, mends: Vec<Mend>) -> Imported {
        let Practice {
            host,
            selection,
            output,
            ..
        } = *practice;
        let target = &visited.target;
        let (known, strange) = with_agents(mends, target.every());
        let mut imported = if known.is_empty() {
            Imported::none(known, "")
        } else if practice.args.offline {
            let why = "OpenClaw's own command does that: leave --offline out";
            Imported::none(known, why)
        } else {
            let agents: Vec<_> = known.iter().map(|(_, agent)| *agent).collect();
            match hand_over(host, selection, target, &agents, output) {
                Ok(handed) => Imported::of_handed(known, handed),
                Err(error) => {
                    let why = problem_in(&error).map_or_else(|| error.to_string(), in_words);
                    Imported::none(known, &why)
                }
            }
        };
        let why = || Some("its agent is not in the configuration".to_owned());
        let strange = strange.into_iter().map(|mend| (mend, why()));
        imported.each.extend(strange);
        imported
    }

    fn of_handed(known: Vec<OfAgent<'_>>, handed: HandedOver) -> Imported {
        let rest = std::iter::repeat_with(|| Some("interrupted before".to_owned()));
        let whys = handed.done.into_iter();
        let whys = whys.map(|done| done.err().as_ref().map(in_words));
        let mends = known.into_iter().map(|(mend, _)| mend);
        Imported {
            each: mends.zip(whys.chain(rest)).collect(),
            signal: handed.signal,
            has_harmed: handed.has_harmed,
        }
    }

    fn none(known: Vec<OfAgent<'_>>, why: &str) -> Imported {
        let each = known.into_iter();
        let each = each.map(|(mend, _)| (mend, Some(why.to_owned())));
        Imported {
            each: each.collect(),
            signal: None,
            has_harmed: false,
        }
    }

    pub(super) fn is_none_done(&self) -> bool {
        self.each.iter().all(|(_, why)| why.is_some())
    }

    /// What is left to do: the files of what was taken in, and the rest unless a signal came.
    pub(super) fn with_what_follows(&self, rest: Vec<Mend>) -> Vec<Mend> {
        let done = self.each.iter().filter(|(_, why)| why.is_none());
        let files = done.map(|(mend, _)| Mend::PutAside(mend.path().to_owned()));
        let rest = rest.into_iter().filter(|_| self.signal.is_none());
        rest.chain(files).collect()
    }

    pub(super) fn add_to(self, round: &mut Round) {
        for (mend, why) in self.each {
            match why {
                None => round.done.insert(0, mend),
                Some(why) => round.failed.push((mend, why)),
            }
        }
    }
}

/// The mends with the agents that they are for, and those for which there is none.
fn with_agents(mends: Vec<Mend>, every: &[Agent]) -> (Vec<OfAgent<'_>>, Vec<Mend>) {
    let (mut known, mut strange) = (Vec::new(), Vec::new());
    for mend in mends {
        let found = match &mend {
            Mend::Import { agent, .. } => every.iter().find(|known| known.id == *agent),
            _ => None,
        };
        match found {
            Some(agent) => known.push((mend, agent)),
            None => strange.push(mend),
        }
    }
    (known, strange)
}

/// With the next command.
fn in_words(problem: &Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{problem}; then: {hint}"),
        None => problem.to_string(),
    }
}
