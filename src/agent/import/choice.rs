//! Making a login that is in OpenClaw's store the one that the agent goes by, and can use.

use std::path::Path;

use super::Flow;
use super::openclaw::OpenClaw;
use super::proof::{self, Standing};
use crate::agent::evidence::Ground;
use crate::agent::failure::{Failure, failed};
use crate::agent::login::{Event, Say};
use crate::agent::profile::shown;
use crate::fingerprint::Fingerprint;
use crate::openclaw::profiles::select::Selected;
use crate::process::signals::Watch;

/// A login in a staging home, and the OpenClaw that has taken it.
#[derive(Clone, Copy)]
pub(super) struct Taken<'a> {
    pub(super) login: Fingerprint,
    pub(super) stage: &'a Path,
    pub(super) openclaw: OpenClaw<'a>,
}

/// What did not come about.
pub(super) enum Unfinished {
    /// The store has it not.
    Missing,
    /// The agent goes by another profile.
    Unchosen(Failure),
    /// The profile was taken out, and not in again.
    Lost(Failure),
}

impl Flow<'_> {
    /// Has the agent go by the login, as far as it is in the store.
    pub(super) fn finish(
        &self,
        taken: Taken<'_>,
        ground: &mut Ground,
        watch: &mut Watch,
        say: &mut Say<'_>,
    ) -> Result<(), Unfinished> {
        let profile = match self.standing(ground, taken.login) {
            Standing::Missing => return Err(Unfinished::Missing),
            Standing::Selected(profile) => profile,
            Standing::Stored(profile, _) => {
                self.choose(taken, &profile, ground, watch)
                    .map_err(Unfinished::Unchosen)?;
                profile
            }
        };
        if watch.first().is_none()
            && proof::is_held_against(&ground.profiles, self.agent, ground.now)
        {
            return self.renew(taken, &profile, ground, watch, say);
        }
        Ok(())
    }

    pub(super) fn standing(&self, ground: &Ground, login: Fingerprint) -> Standing {
        proof::standing(&ground.profiles, self.agent, login, ground.now)
    }

    /// Has OpenClaw prefer the profile, and proves that it does.
    fn choose(
        &self,
        taken: Taken<'_>,
        profile: &str,
        ground: &mut Ground,
        watch: &mut Watch,
    ) -> Result<(), Failure> {
        if let Some(signal) = watch.first() {
            return Err(Failure::Interrupted(signal));
        }
        let before = ground.profiles.selected(self.agent, ground.now).ok();
        let before = before.map_or(Vec::new(), Selected::sequence);
        // What OpenClaw would have tried it goes on trying, after this one.
        let mut order = vec![profile.to_owned()];
        order.extend(before.into_iter().filter(|id| id != profile));
        let told = self.set_order(taken, &order, ground, watch);
        if told.is_ok() || order.len() == 1 || watch.first().is_some() {
            return told;
        }
        self.set_order(taken, &order[..1], ground, watch)
    }

    fn set_order(
        &self,
        taken: Taken<'_>,
        order: &[String],
        ground: &mut Ground,
        watch: &mut Watch,
    ) -> Result<(), Failure> {
        let told = taken.openclaw.set_order(&self.agent.id, order, watch);
        ground.profiles = ground.profiles.afresh();
        match (self.standing(ground, taken.login), told) {
            (Standing::Selected(_), _) => Ok(()),
            (_, Err(why)) => Err(why),
            (_, Ok(())) => {
                let message = "OpenClaw has set the order, and would go by another all the same";
                Err(failed("import-unproven", message).into())
            }
        }
    }

    /// That a login was refused OpenClaw notes of its profile, and a login that is imported into the
    /// same one does not change that: the profile is taken out and in again.
    fn renew(
        &self,
        taken: Taken<'_>,
        profile: &str,
        ground: &mut Ground,
        watch: &mut Watch,
        say: &mut Say<'_>,
    ) -> Result<(), Unfinished> {
        let agent = &self.agent.id;
        let mut note = |text: &str| {
            let note = format!("{} was refused before, {text}", shown(profile));
            // The login stands; who hears this changes nothing about it.
            let _ = say(Event::Note(note));
        };
        note("which OpenClaw holds against it: it is taken out of its store, and in again");
        let removed = taken.openclaw.remove(agent, profile, watch);
        ground.profiles = ground.profiles.afresh();
        if let Standing::Selected(_) = self.standing(ground, taken.login) {
            if removed.is_err() {
                note("and OpenClaw could not be brought to forget that");
            }
            return Ok(());
        }
        // It is out, however that ended: in it has to go, also where a signal came.
        let told = taken.openclaw.apply(taken.stage, agent, watch);
        ground.profiles = ground.profiles.afresh();
        match (self.standing(ground, taken.login), told) {
            (Standing::Selected(_), _) => Ok(()),
            (Standing::Stored(profile, _), _) => self
                .choose(taken, &profile, ground, watch)
                .map_err(Unfinished::Unchosen),
            (Standing::Missing, Err(why)) => Err(Unfinished::Lost(why)),
            (Standing::Missing, Ok(())) => {
                let message = "OpenClaw says that it took it, and its store has it not";
                let problem = failed("import-unproven", message);
                Err(Unfinished::Lost(problem.into()))
            }
        }
    }
}
