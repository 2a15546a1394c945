//! Other users of the machine, for tests that root runs: as whom codex must work, and to whom the
//! sandbox must be open.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Gid, Uid, User};
use serde_json::json;

use crate::sandbox::{CODEX_LOGIN, FAKE_CODEX, Sandbox, not_tried};

/// Everybody may make directories there, and codex does not take it for temporary.
const OPEN: &str = "/var/tmp";

/// An id that no account has.
const NO_ACCOUNT: u32 = 12345;

/// Somebody who is not root.
#[derive(Clone, Debug)]
pub struct Someone {
    pub uid: u32,
    pub gid: u32,
    /// All groups, the first one too.
    pub groups: BTreeSet<u32>,
    /// `None` for an id without an account.
    pub name: Option<String>,
    pub home: PathBuf,
}

impl Someone {
    /// As containers have them.
    pub fn without_account() -> Someone {
        let known = User::from_uid(Uid::from_raw(NO_ACCOUNT)).unwrap();
        assert!(known.is_none(), "{NO_ACCOUNT} has an account here");
        Someone {
            uid: NO_ACCOUNT,
            gid: NO_ACCOUNT,
            groups: BTreeSet::new(),
            name: None,
            home: PathBuf::from("/"),
        }
    }

    /// An account of this machine.
    pub fn of_account(name: &str) -> Someone {
        let user = User::from_name(name).unwrap().expect("an account");
        let groups = Command::new("/usr/bin/id").args(["-G", name]).output();
        let groups = String::from_utf8(groups.unwrap().stdout).unwrap();
        let groups = groups.split_whitespace();
        Someone {
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
            groups: groups.map(|id| id.parse().unwrap()).collect(),
            name: Some(user.name),
            home: user.dir,
        }
    }

    /// Whoever runs the tests.
    pub fn ourselves() -> Someone {
        Someone {
            uid: Uid::effective().as_raw(),
            gid: Gid::effective().as_raw(),
            groups: BTreeSet::new(),
            name: None,
            home: PathBuf::from("/"),
        }
    }

    /// Both kinds.
    pub fn both() -> [Someone; 2] {
        [Someone::without_account(), Someone::of_account("daemon")]
    }

    /// Gives this user all below `path`, links themselves and not what they lead to.
    pub fn take(&self, path: &Path) {
        std::os::unix::fs::lchown(path, Some(self.uid), Some(self.gid)).unwrap();
        if path.symlink_metadata().unwrap().is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                self.take(&entry.unwrap().path());
            }
        }
    }

    /// Asserts that this user, and the user's group, have all below `path`; nobody else has.
    #[track_caller]
    pub fn assert_has(&self, path: &Path) {
        let meta = path.symlink_metadata().unwrap();
        let owner = (meta.uid(), meta.gid());
        assert_eq!(owner, (self.uid, self.gid), "{}", path.display());
        if meta.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                self.assert_has(&entry.unwrap().path());
            }
        }
    }

    /// In the words of messages.
    pub fn words(&self) -> String {
        let id = || format!("user {}", self.uid);
        self.name.clone().unwrap_or_else(id)
    }

    /// `command` as this user. The program must be one that the user can reach.
    pub fn run_as(&self, command: &Command) -> Command {
        let (uid, gid) = (self.uid.to_string(), self.gid.to_string());
        let prefix = [
            "/usr/bin/setpriv",
            "--reuid",
            &uid,
            "--regid",
            &gid,
            "--clear-groups",
            "--",
        ];
        crate::sandbox::through(&prefix, command)
    }
}

/// Whether a test can be somebody else here. Where it cannot that is told.
pub fn can_be_others() -> bool {
    if !cfg!(target_os = "linux") {
        not_tried("only on Linux can root be another user here");
        return false;
    }
    if !Uid::effective().is_root() {
        not_tried("only root can be another user");
        return false;
    }
    true
}

/// Where sandboxes are made: in cargo's directory, unless root runs the tests in a tree of somebody
/// else's, as in a container with a directory of its host's. Root is then led by a stranger.
pub fn scratch() -> &'static Path {
    let usual = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let is_roots = |dir: &Path| dir.metadata().is_ok_and(|meta| meta.uid() == 0);
    if !Uid::effective().is_root() || usual.ancestors().all(is_roots) {
        usual
    } else {
        Path::new(OPEN)
    }
}

/// A sandbox that every user can come to, with a codex-login in `bin`.
pub fn sandbox_for_everybody() -> Sandbox {
    let usual = scratch();
    let scratch = if is_open(usual) {
        usual
    } else {
        Path::new(OPEN)
    };
    let sandbox = Sandbox::bare_in(scratch);
    for name in ["", "home", "tmp", "cwd", "bin"] {
        open(&sandbox.path(name));
    }
    place(Path::new(CODEX_LOGIN), &sandbox.path("bin/codex-login"));
    sandbox
}

/// An OpenClaw of this user's with these agents, and a codex that everybody can run.
pub fn openclaw_of(someone: &Someone, agents: &[&str]) -> Sandbox {
    let sandbox = sandbox_for_everybody();
    let list: Vec<_> = agents.iter().map(|id| json!({ "id": id })).collect();
    sandbox.configure(&json!({ "agents": { "list": list } }).to_string());
    let codex = sandbox.path("bin/codex");
    place(Path::new(FAKE_CODEX), &codex);
    someone.take(&sandbox.state_dir());
    let log = sandbox.write("starts.log", "");
    fs::set_permissions(log, Permissions::from_mode(0o666)).unwrap();
    sandbox
        .log_starts()
        .set("CODEX_LOGIN_CODEX", codex)
        .set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.5.12")
}

/// The same, the first agent logged in.
pub fn logged_in(someone: &Someone, agents: &[&str]) -> Sandbox {
    let sandbox = openclaw_of(someone, agents);
    sandbox.log_in(agents[0]);
    someone.take(&sandbox.state_dir());
    sandbox
}

/// Everybody may enter and look.
pub fn open(dir: &Path) {
    fs::set_permissions(dir, Permissions::from_mode(0o755)).unwrap();
}

/// Only its owner may enter.
pub fn close(dir: &Path) {
    fs::set_permissions(dir, Permissions::from_mode(0o700)).unwrap();
}

/// Root has it again.
pub fn give_to_root(path: &Path) {
    chown(path, Some(0), Some(0)).unwrap();
}

/// The program `from` at `to`, where everybody can reach it: no link to where nobody may look. Not
/// written by this process, in which another thread could start it meanwhile.
pub fn place(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    if fs::hard_link(from, to).is_err() {
        copy(from, to);
    }
}

/// The same for a program that is to belong to somebody: a file of its own.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let copied = Command::new("/bin/cp").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
}

fn is_open(dir: &Path) -> bool {
    let may_enter = |dir: &Path| dir.metadata().is_ok_and(|meta| meta.mode() & 0o001 != 0);
    dir.ancestors().all(may_enter)
}
