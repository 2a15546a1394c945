//! Which OpenClaw of this machine is meant: its environment, chosen between what this shell says
//! and what its gateways are started with.

use std::path::{Path, PathBuf};

use crate::error::Problem;
use crate::openclaw::disk::{Disk, Mount};
use crate::openclaw::environment::Environment;
use crate::openclaw::gateway::Gateway;
use crate::openclaw::guarded::Guard;
use crate::openclaw::notice::Notice;
use crate::openclaw::paths;
use crate::openclaw::profile;
use crate::openclaw::version::Version;
use crate::shell::quoted;
use crate::sourced::Sourced;

/// What was asked for, each option with its name.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked<'a> {
    pub(crate) state_dir: Option<&'a Sourced<PathBuf>>,
    pub(crate) config: Option<&'a Sourced<PathBuf>>,
    pub(crate) profile: Option<&'a Sourced<String>>,
    /// The version that was given, or that is installed, as far as it is known by now.
    pub(crate) version: Option<&'a Version>,
}

impl Asked<'_> {
    /// The profile, where nothing else says where its files are.
    fn profile_alone(&self) -> Option<&str> {
        let profile = self.profile?;
        (self.state_dir.is_none() && self.config.is_none()).then_some(&profile.value)
    }
}

/// An OpenClaw's environment, `.env` files read.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) env: Environment,
    pub(crate) place: Place,
    /// The gateway that is started with it, where one is known.
    pub(crate) gateway: Option<Gateway>,
    pub(crate) notices: Vec<Notice>,
}

/// Where an OpenClaw keeps its files, as it sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) state_dir: Sourced<PathBuf>,
    pub(crate) config: Sourced<PathBuf>,
}

impl Place {
    fn of(env: &Environment) -> Result<Place, Problem> {
        Ok(Place {
            state_dir: paths::state_dir(env)?,
            config: paths::config_file(env)?,
        })
    }

    fn is_same(&self, other: &Place) -> bool {
        self.state_dir.value == other.state_dir.value && self.config.value == other.config.value
    }

    fn is_there(&self) -> bool {
        self.state_dir.value.exists() || self.config.value.exists()
    }
}

impl Surroundings {
    /// Those of an OpenClaw of this machine. `env` is this shell's, `gateways` those that are set
    /// up. What is asked for, or selected by the shell, counts; else what the one gateway has.
    pub(crate) fn choose(
        mut env: Environment,
        asked: Asked<'_>,
        gateways: Vec<Gateway>,
        home: &Path,
    ) -> Result<Surroundings, Problem> {
        let ours = env.clone();
        if let Some(profile) = asked.profile {
            profile::apply(&mut env, profile, asked.version)?;
        }
        for (name, asked) in [
            ("OPENCLAW_STATE_DIR", asked.state_dir),
            ("OPENCLAW_CONFIG_PATH", asked.config),
        ] {
            if let Some(asked) = asked {
                env.set(name, asked.value.as_os_str(), &*asked.source);
            }
        }
        let is_selected = env.is_selected();
        let shell = Surroundings::of(env, None, asked.version)?;
        let started: Vec<_> = gateways
            .into_iter()
            .filter_map(|gateway| {
                let env = gateway.environment(&ours, home);
                Surroundings::of(env, Some(gateway), asked.version).ok()
            })
            .collect();
        let chosen = match asked.profile_alone() {
            Some(profile) => shell.of_profile(started, profile),
            None if is_selected => shell.selected(started),
            None => shell.found(started)?,
        };
        Ok(chosen)
    }

    /// Those inside a virtual machine, of whose disks this host has `mounts`.
    pub(crate) fn inside(
        mounts: Vec<Mount>,
        vars: &[(&str, String)],
        source: &str,
        reader: u32,
    ) -> Result<Surroundings, Problem> {
        let mut env = Environment::inside(Disk::Lent(mounts), reader);
        for (name, value) in vars {
            env.set(name, value, source);
        }
        Surroundings::of(env, None, None)
    }

    /// Reads the `.env` files that OpenClaw reads before it looks for its configuration.
    fn of(
        mut env: Environment,
        gateway: Option<Gateway>,
        version: Option<&Version>,
    ) -> Result<Surroundings, Problem> {
        let state_dir = paths::state_dir(&env)?.value;
        env.load_first_files(&state_dir, &paths::home(&env)?, &Guard::of(version));
        Ok(Surroundings {
            place: Place::of(&env)?,
            env,
            gateway,
            notices: Vec::new(),
        })
    }

    /// What the shell selects; and a word where no gateway looks there.
    fn selected(mut self, started: Vec<Surroundings>) -> Surroundings {
        if started.is_empty() {
            return self;
        }
        let others: Vec<_> = started.iter().map(Surroundings::told).collect();
        match started
            .into_iter()
            .find(|one| one.place.is_same(&self.place))
        {
            Some(same) => self.joined(same),
            None => self.notices.push(Notice::new(
                "gateway-elsewhere",
                format!(
                    "{} is selected here, but no gateway that is set up looks there ({})",
                    self.place.state_dir.value.display(),
                    others.join("; ")
                ),
            )),
        }
        self
    }

    /// Takes the environment of the gateway that has the same place; how that was selected stays.
    fn joined(&mut self, same: Surroundings) {
        self.env = same.env;
        self.gateway = same.gateway;
    }

    /// Nothing is selected: what the gateway has that is started without a profile, else the only
    /// place that there is.
    fn found(self, started: Vec<Surroundings>) -> Result<Surroundings, Problem> {
        let (of_default, of_profiles): (Vec<_>, Vec<_>) =
            started.into_iter().partition(|one| one.profile().is_none());
        let is_default_known = !of_default.is_empty();
        let mut candidates = if is_default_known {
            of_default
        } else {
            of_profiles
        };
        if candidates.is_empty() {
            return Ok(self);
        }
        candidates.dedup_by(|one, other| one.place.is_same(&other.place));
        let is_own_open = !is_default_known && self.place.is_there();
        if candidates.len() > 1 || is_own_open {
            return Err(self.several(&candidates, is_own_open));
        }
        let gateway = candidates.pop();
        Ok(gateway.map_or_else(|| self.clone(), |gateway| gateway.in_place_of(&self)))
    }

    /// What the profile's gateway has; where it has none, what the name stands for.
    fn of_profile(self, mut started: Vec<Surroundings>, profile: &str) -> Surroundings {
        let is_default = profile.eq_ignore_ascii_case("default");
        let is_it = |one: &Surroundings| match one.profile() {
            Some(name) => name == profile,
            None => is_default,
        };
        match started.iter().position(is_it) {
            Some(index) => started.swap_remove(index).in_place_of(&self),
            None => self,
        }
    }

    /// The gateway's, with a word where this shell alone would have looked elsewhere.
    fn in_place_of(mut self, shell: &Surroundings) -> Surroundings {
        if !self.place.is_same(&shell.place) {
            self.notices.push(Notice::new(
                "gateway-place",
                format!(
                    "taken as the gateway has it ({}), not as this shell would: {}",
                    self.told(),
                    shell.place.state_dir.value.display()
                ),
            ));
        }
        self
    }

    fn several(&self, started: &[Surroundings], is_own_open: bool) -> Problem {
        let own = is_own_open.then(|| self.told());
        let listed: Vec<_> = started.iter().map(Surroundings::told).chain(own).collect();
        let profiles = started.iter().filter_map(Surroundings::profile);
        let options: Vec<_> = profiles
            .chain(std::iter::once("default"))
            .map(|profile| format!("--profile {}", quoted(profile)))
            .collect();
        Problem::request(
            "several-openclaws",
            format!("which OpenClaw: there are {}", listed.join("; ")),
        )
        .hint(format!(
            "choose with {}, or --state-dir DIR",
            options.join(", ")
        ))
    }

    fn profile(&self) -> Option<&str> {
        self.gateway.as_ref()?.profile.as_deref()
    }

    fn told(&self) -> String {
        let name = match &self.gateway {
            Some(gateway) => gateway.name.as_str(),
            None => "no service",
        };
        format!("{name}: {}", self.place.state_dir.value.display())
    }
}
