//! What starts a gateway on this machine, and with which surroundings: a login must not go
//! elsewhere than the gateway looks.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::files;
use crate::openclaw::environment::{Environment, SELECTORS};
use crate::openclaw::systemd::{self, Unit};

/// The unit that OpenClaw installs: of the default profile, or `openclaw-gateway-<profile>`; and
/// the one it had under its former name.
const UNIT: &str = "openclaw-gateway";
const FORMER_UNIT: &str = "clawdbot-gateway.service";
/// What agent-vm exports to shells in its virtual machines.
const SHELL_FILE: &str = "profile.d/openclaw-env.sh";
/// Where a user has units, below the home.
const USERS_UNITS: &str = ".config/systemd/user";
const SIZE_LIMIT: u64 = 1024 * 1024;

/// A gateway's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gateway {
    /// For people: the unit's name, or the file's path.
    pub(crate) name: String,
    /// `None` for the default one.
    pub(crate) profile: Option<String>,
    /// The machine starts it, and no user's session.
    pub(crate) is_of_machine: bool,
    unit: Unit,
}

/// Those that are set up, of this user and of the machine, the default one first. `etc` is `/etc`.
pub(crate) fn found(home: &Path, etc: &Path) -> Vec<Gateway> {
    let mut gateways = Vec::new();
    for dir in [
        home.join(USERS_UNITS),
        etc.join("systemd/user"),
        etc.join("systemd/system"),
    ] {
        gateways.extend(of_units(&dir, home));
    }
    gateways.extend(of_shell_file(&etc.join(SHELL_FILE)));
    gateways.sort_by_key(|gateway| gateway.profile.is_some());
    gateways
}

/// Those that the user with this home has set up.
pub(crate) fn of_user(home: &Path) -> Vec<Gateway> {
    of_units(&home.join(USERS_UNITS), home)
}

fn of_units(dir: &Path, home: &Path) -> Vec<Gateway> {
    // Without a home there is no user's directory; in the working one anybody may leave units.
    if !dir.is_absolute() {
        return Vec::new();
    }
    let names = unit_names(dir).into_iter();
    let gateways = names.filter_map(|name| {
        let unit = systemd::read(&dir.join(&name), home);
        // One that runs as somebody else looks in that one's home, which is not ours to know.
        let unit = unit.filter(|unit| unit.user.is_none())?;
        Some(Gateway {
            profile: profile_of(&name),
            is_of_machine: dir.ends_with("systemd/system"),
            name,
            unit,
        })
    });
    gateways.collect()
}

fn unit_names(dir: &Path) -> Vec<String> {
    let names = files::names(dir).unwrap_or_default();
    names
        .into_iter()
        .filter_map(|name| name.into_string().ok())
        .filter(|name| is_unit(name))
        .collect()
}

fn is_unit(name: &str) -> bool {
    let stem = name
        .strip_prefix(UNIT)
        .and_then(|rest| rest.strip_suffix(".service"));
    name == FORMER_UNIT || stem.is_some_and(|stem| stem.is_empty() || stem.starts_with('-'))
}

fn profile_of(name: &str) -> Option<String> {
    let profile = name.strip_prefix(UNIT)?.strip_prefix('-')?;
    Some(profile.strip_suffix(".service")?.to_owned())
}

fn of_shell_file(path: &Path) -> Option<Gateway> {
    let bytes = files::read(path, SIZE_LIMIT).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    Some(Gateway {
        name: path.display().to_string(),
        profile: None,
        is_of_machine: false,
        unit: Unit {
            vars: text.lines().flat_map(systemd::assignments).collect(),
            ..Unit::default()
        },
    })
}

impl Gateway {
    /// The surroundings it starts with: ours, with what it sets in place of what a shell selected.
    /// A service that is told no working directory starts in its user's home.
    pub(crate) fn environment(&self, ours: &Environment, home: &Path) -> Environment {
        let mut env = ours.clone();
        for selector in SELECTORS {
            env.unset(selector);
        }
        for (name, value) in &self.unit.vars {
            env.set(name, value, format!("{name} of {}", self.name));
        }
        let cwd = self.unit.working_directory.clone();
        env.cwd = Some(cwd.unwrap_or_else(|| home.to_owned()));
        env
    }

    /// What it sets this variable to itself; the last of several counts.
    pub(crate) fn value(&self, name: &str) -> Option<&OsStr> {
        let vars = self.unit.vars.iter().rev();
        let mut values = vars.filter(|(known, _)| known == name);
        values.next().map(|(_, value)| value.as_ref())
    }

    /// Whether it sets this variable itself.
    pub(crate) fn sets(&self, name: &str) -> bool {
        self.unit.vars.iter().any(|(known, _)| known == name)
    }

    /// The programs that its command names, for the package they are of.
    pub(crate) fn programs(&self) -> impl Iterator<Item = PathBuf> {
        let words = self.unit.command.iter();
        words.map(PathBuf::from).filter(|path| path.is_absolute())
    }
}

#[cfg(test)]
mod tests {
    use super::{is_unit, profile_of};

    #[test]
    fn a_units_name_tells_its_profile() {
        for (name, is_ours, profile) in [
            ("openclaw-gateway.service", true, None),
            ("openclaw-gateway-work.service", true, Some("work")),
            ("clawdbot-gateway.service", true, None),
            ("openclaw-gatewayx.service", false, None),
            ("openclaw-node.service", false, None),
        ] {
            assert_eq!(is_unit(name), is_ours, "{name}");
            assert_eq!(profile_of(name).as_deref(), profile, "{name}");
        }
    }
}
