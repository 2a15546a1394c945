//! As whom the work in an agent's home is done: always as the home's owner, so that every file in
//! it stays the owner's, those that codex leaves there included.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix::unistd::AccessFlags;

use crate::agent::Agent;
use crate::agent::failure::could_not_look;
use crate::codex::command::{Launcher, unable_to_run};
use crate::codex::owner::{Owner, ROOT, Step, Way};
use crate::error::Problem;
use crate::files;
use crate::process::identity::{self, Account, Vars};
use crate::shell::quoted;

/// As whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// Whoever we are.
    Ourselves,
    /// The owner, who we are not.
    Owner(Owner),
}

impl User {
    /// The owner of the agent's home, or of the directory in which it would begin. `ours` is who we
    /// are: root can be anybody, everybody else himself. `again` is the command that was asked for.
    pub(crate) fn of(agent: &Agent, ours: u32, again: &str) -> Result<User, Problem> {
        let way = Way::to(agent.home.path()).map_err(|error| could_not_look(agent, &error))?;
        let owner = way.end.owner;
        if owner.uid == ours && ours != ROOT {
            return Ok(User::Ourselves);
        }
        if let Some((stranger, next)) = way.stranger() {
            return Err(led_by_a_stranger(&way.end, stranger, next, again));
        }
        if ours == ROOT {
            refuse_what_others_decide(agent, &way, again)?;
        }
        match ours {
            _ if owner.uid == ours => Ok(User::Ourselves),
            ROOT => Ok(User::Owner(owner)),
            _ => {
                let name = identity::name_of(owner.uid);
                let path = way.end.path.display();
                let message =
                    format!("{path} belongs to {name}, as whom alone codex may work there");
                Err(Problem::request("wrong-user", message).hint(as_user(owner, again)))
            }
        }
    }

    /// Who reads the agent's files where nothing is run or written: root does that, too, as their
    /// owner, or as whoever else decides where the way to them leads.
    pub(crate) fn who_reads(agent: &Agent, ours: u32) -> User {
        let home = agent.home.path();
        match Way::to(home) {
            Ok(way) if ours == ROOT => {
                let stranger = way.stranger().map(|(stranger, _)| stranger.owner);
                match stranger.unwrap_or(way.end.owner) {
                    owner if owner.uid == ROOT => User::Ourselves,
                    owner => User::Owner(owner),
                }
            }
            _ => User::who_owns(home, ours),
        }
    }

    /// Who looks for what the owner of this directory, or of the nearest one that is there, would
    /// find: root does that as the owner.
    pub(crate) fn who_owns(dir: &Path, ours: u32) -> User {
        match dir.ancestors().find_map(|dir| dir.metadata().ok()) {
            Some(meta) if ours == ROOT && meta.uid() != ROOT => User::Owner(Owner::of(&meta)),
            _ => User::Ourselves,
        }
    }

    /// Who changes what the owner of this directory has: that owner alone. `again` is the command
    /// that was asked for.
    pub(crate) fn who_decides(dir: &Path, ours: u32, again: &str) -> Result<User, Problem> {
        let way = Way::to(dir).map_err(|error| {
            Problem::request(
                "unreadable",
                format!("could not look at {}: {error}", dir.display()),
            )
        })?;
        let owner = way.end.owner;
        match ours {
            _ if owner.uid == ours && ours != ROOT => Ok(User::Ourselves),
            ROOT => match way.stranger() {
                None if owner.uid == ROOT => Ok(User::Ourselves),
                None => Ok(User::Owner(owner)),
                Some((stranger, next)) => Err(led_by_a_stranger(&way.end, stranger, next, again)),
            },
            _ => {
                let name = identity::name_of(owner.uid);
                let message = format!("{} belongs to {name}", dir.display());
                Err(Problem::request("wrong-user", message).hint(as_user(owner, again)))
            }
        }
    }

    /// Does `work` as this user, with the environment that is the user's.
    pub(crate) fn work<T: Send>(
        self,
        inherited: &Vars,
        work: impl FnOnce(&Vars) -> T + Send,
    ) -> Result<T, Problem> {
        let User::Owner(owner) = self else {
            return Ok(work(inherited));
        };
        Account::of(owner.uid, owner.gid)
            .and_then(|account| identity::as_account(&account, || work(&account.vars(inherited))))
            .map_err(|error| {
                let name = identity::name_of(owner.uid);
                let message = format!("could not go on as {name}, the owner of the home: {error}");
                Problem::request("wrong-user", message).hint(format!("run codex-login as {name}"))
            })
    }

    /// Refuses a codex that this user cannot start; to be asked as this user. What we ourselves
    /// cannot start the system refuses soon enough.
    pub(crate) fn refuse_unreachable_codex(self, launcher: &Launcher) -> Result<(), Problem> {
        let User::Owner(owner) = self else {
            return Ok(());
        };
        let (start, read) = match launcher {
            Launcher::Native { binary, .. } => (binary, None),
            Launcher::Node { node, entry } => (node, Some(entry)),
        };
        let barred = files::barred(start, AccessFlags::X_OK)
            .or_else(|| files::barred(read?, AccessFlags::R_OK));
        let Some(barred) = barred else {
            return Ok(());
        };
        let name = identity::name_of(owner.uid);
        let why = format!(
            "{name}, the owner of the home, has no way past {}",
            barred.display()
        );
        Err(unable_to_run(read.unwrap_or(start), &why).hint(format!(
            "install codex where {name} can reach it, below /usr/local for example, or name one that is: --codex PATH"
        )))
    }

    /// Refuses a home that this user cannot come to; to be asked as this user.
    pub(crate) fn refuse_unreachable_home(self, home: &Path) -> Result<(), Problem> {
        let User::Owner(owner) = self else {
            return Ok(());
        };
        let there = home.ancestors().find(|dir| dir.exists());
        let Some(barred) = files::barred(there.unwrap_or(home), AccessFlags::X_OK) else {
            return Ok(());
        };
        let (name, dir) = (identity::name_of(owner.uid), barred.display());
        let message = format!(
            "{name}, the owner of {}, cannot enter {dir}",
            home.display()
        );
        Err(Problem::request("home-unreachable", message)
            .hint(format!("let {name} enter {dir}: the gateway must, too")))
    }

    /// How `sudo -u` is told who it is, where it is somebody else.
    pub(crate) fn argument(self) -> Option<String> {
        match self {
            User::Ourselves => None,
            User::Owner(owner) => Some(identity::argument_for(owner.uid)),
        }
    }

    /// In words, where it is somebody else.
    pub(crate) fn name(self) -> Option<String> {
        match self {
            User::Ourselves => None,
            User::Owner(owner) => Some(identity::name_of(owner.uid)),
        }
    }
}

/// Root must not work, as itself or as a third one, where somebody else's configuration sends it,
/// nor as root where others can put things.
fn refuse_what_others_decide(agent: &Agent, way: &Way, again: &str) -> Result<(), Problem> {
    let end = way.end.path.display();
    let owner = way.end.owner;
    let mut others = agent.decided_by.iter();
    if let Some(&other) = others.find(|uid| **uid != owner.uid) {
        let (name, other_name) = (identity::name_of(owner.uid), identity::name_of(other));
        let message = format!(
            "{end} belongs to {name}, and the configuration or the state directory that leads there to {other_name}"
        );
        let argument = identity::argument_for(other);
        return Err(
            Problem::request("mixed-owners", message).hint(format!("sudo -u {argument} {again}"))
        );
    }
    match way.open_to_others().filter(|_| owner.uid == ROOT) {
        None => Ok(()),
        Some(open) => {
            let path = open.path.display();
            let message = format!(
                "others than root can put things into {path}, and so decide what is in {end}"
            );
            let path = quoted(&open.path.to_string_lossy());
            Err(Problem::request("mixed-owners", message).hint(format!("chmod go-w {path}")))
        }
    }
}

/// Somebody else decides where the path leads. Whoever followed it as root, or as its owner, would
/// do as that one likes; and where root made a home in a directory of the gateway's user, the
/// gateway cannot use it.
fn led_by_a_stranger(end: &Step, stranger: &Step, next: &Step, again: &str) -> Problem {
    let (owner, other) = (end.owner, stranger.owner);
    let message = format!(
        "{} belongs to {}, and {}, which leads there, to {}",
        end.path.display(),
        identity::name_of(owner.uid),
        stranger.path.display(),
        identity::name_of(other.uid),
    );
    let hint = if owner.uid == ROOT {
        let [path, above] = [next, stranger].map(|step| quoted(&step.path.to_string_lossy()));
        let name = identity::name_of(other.uid);
        format!(
            "chown -R {}:{} {path}    # where the gateway runs as {name}; where it runs as root: chown root {above}",
            other.uid, other.gid
        )
    } else {
        as_user(owner, again)
    };
    Problem::request("mixed-owners", message).hint(hint)
}

fn as_user(owner: Owner, again: &str) -> String {
    format!("sudo -u {} -H {again}", identity::argument_for(owner.uid))
}
