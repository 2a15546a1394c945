//! Work that is done as another user: wholly, for good, and on a thread of its own.
//!
//! Linux keeps identities by thread. One that has become somebody else cannot come back, and the
//! rest of the process stays what it was. All that such a thread makes, opens, starts and signals
//! is that user's by the kernel's own rules: nothing has to be given away afterwards, and no link
//! that the user plants can turn root's hands against root.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{AccessFlags, Uid, User, access};

/// An environment.
pub(crate) type Vars = BTreeMap<OsString, OsString>;

/// Where a user's own files are, and who listens in the user's session. Without them everything
/// is looked for below `HOME`.
const OF_A_SESSION: [&str; 6] = [
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
];

/// Where passing files go. Often shared, so kept where the user can write there.
const SCRATCH: [&str; 3] = ["TMPDIR", "TMP", "TEMP"];

/// Somebody to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
    /// The other groups.
    groups: Vec<u32>,
    /// `None` where the machine knows no account of this id.
    name: Option<String>,
    home: PathBuf,
}

impl Account {
    /// The account of this id. An id without one, as containers have them, is given the group that
    /// its files have, no other groups, and `/` for a home, as sudo and docker do.
    pub(crate) fn of(uid: u32, gid_of_files: u32) -> io::Result<Account> {
        let Some(known) = look_up(uid)? else {
            return Ok(Account {
                uid,
                gid: gid_of_files,
                groups: Vec::new(),
                name: None,
                home: PathBuf::from("/"),
            });
        };
        let home = Some(known.dir.clone()).filter(|home| home.is_absolute());
        Ok(Account {
            uid,
            gid: known.gid.as_raw(),
            groups: other_groups(&known)?,
            home: home.unwrap_or_else(|| PathBuf::from("/")),
            name: Some(known.name),
        })
    }

    /// `inherited` as this account would have it. To be asked for as the account: what it can use
    /// is tried.
    pub(crate) fn vars(&self, inherited: &Vars) -> Vars {
        let mut vars = inherited.clone();
        for name in OF_A_SESSION {
            vars.remove(&OsString::from(name));
        }
        for name in SCRATCH.map(OsString::from) {
            if vars
                .get(&name)
                .is_some_and(|dir| !is_writable(dir.as_ref()))
            {
                vars.remove(&name);
            }
        }
        vars.insert("HOME".into(), self.home.clone().into());
        for name in ["USER", "LOGNAME"].map(OsString::from) {
            match &self.name {
                Some(account) => vars.insert(name, account.into()),
                None => vars.remove(&name),
            };
        }
        vars
    }
}

/// The home of the account of this id.
pub(crate) fn home_of(uid: u32) -> Option<PathBuf> {
    let known = look_up(uid).ok().flatten()?;
    Some(known.dir).filter(|home| home.is_absolute())
}

/// The user of this id in words.
pub(crate) fn name_of(uid: u32) -> String {
    let known = look_up(uid).ok().flatten();
    known.map_or_else(|| format!("user {uid}"), |user| user.name)
}

/// How `sudo -u` and its like are told this user.
pub(crate) fn argument_for(uid: u32) -> String {
    let known = look_up(uid).ok().flatten();
    known.map_or_else(|| format!("'#{uid}'"), |user| user.name)
}

/// Does `work` as this account and gives its result, or why that could not be begun.
pub(crate) fn as_account<T: Send>(
    account: &Account,
    work: impl FnOnce() -> T + Send,
) -> io::Result<T> {
    tracing::debug!(?account, "going on as");
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().spawn_scoped(scope, || {
            become_for_good(account)?;
            Ok(work())
        })?;
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Changes this thread's identity and no other's.
#[cfg(target_os = "linux")]
fn become_for_good(account: &Account) -> io::Result<()> {
    use rustix::thread::{Gid, Uid, set_thread_groups, set_thread_res_gid, set_thread_res_uid};

    // The kernel reads that number as "leave it as it is".
    if account.uid == u32::MAX || account.gid == u32::MAX {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let groups: Vec<_> = account.groups.iter().copied().map(Gid::from_raw).collect();
    set_thread_groups(&groups)?;
    let gid = Gid::from_raw(account.gid);
    set_thread_res_gid(gid, gid, gid)?;
    // All three, the saved one too: only then does the kernel take every capability away, those
    // that would survive the start of a program included.
    let uid = Uid::from_raw(account.uid);
    set_thread_res_uid(uid, uid, uid)?;
    // A process can be set up so that it keeps them all the same.
    if set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).is_ok() {
        return Err(io::Error::other(
            "this process would stay root all the same",
        ));
    }
    Ok(())
}

/// Elsewhere identities are the whole process's, or cannot be changed without unsafe code.
#[cfg(not(target_os = "linux"))]
fn become_for_good(account: &Account) -> io::Result<()> {
    let Account {
        uid, gid, groups, ..
    } = account;
    tracing::debug!(uid, gid, ?groups, "not possible on this system");
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(target_os = "linux")]
fn other_groups(user: &User) -> io::Result<Vec<u32>> {
    let name = std::ffi::CString::new(user.name.as_str())?;
    let groups = nix::unistd::getgrouplist(&name, user.gid)?;
    Ok(groups.into_iter().map(nix::unistd::Gid::as_raw).collect())
}

#[cfg(not(target_os = "linux"))]
fn other_groups(_: &User) -> io::Result<Vec<u32>> {
    Err(io::ErrorKind::Unsupported.into())
}

fn look_up(uid: u32) -> io::Result<Option<User>> {
    match User::from_uid(Uid::from_raw(uid)) {
        // Two of the ways in which systems say that there is none.
        Err(Errno::ENOENT | Errno::ESRCH) => Ok(None),
        other => Ok(other?),
    }
}

fn is_writable(dir: &Path) -> bool {
    access(dir, AccessFlags::W_OK | AccessFlags::X_OK).is_ok()
}
