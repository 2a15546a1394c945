//! Locks in a codex home: ours, so that one login runs at a time, and codex's own.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use nix::fcntl::OFlag;

use crate::codex::home::CodexHome;

/// Our own lock's name. The file stays: removing it would let two holders pass each other.
const OWN: &str = ".codex-login.lock";
/// Codex holds its locks for the moment of a write.
const PATIENCE: Duration = Duration::from_secs(60);

/// The home is ours until this is dropped, or the process ends however it may.
#[derive(Debug)]
pub(crate) struct HomeLock {
    _file: File,
}

/// Why the lock was not to be had.
#[derive(Debug)]
pub(crate) enum NoLock {
    /// Another process has it; in its own words, which hold nothing but a process id and a time.
    Held(String),
    Io(io::Error),
}

impl HomeLock {
    /// Takes the lock of `home`, which must exist. Never waits.
    pub(crate) fn take(home: &CodexHome, now: Timestamp) -> Result<HomeLock, NoLock> {
        let mut file = open(home, OWN, 0o600).map_err(NoLock::Io)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(NoLock::Held(holder(&mut file))),
            Err(TryLockError::Error(error)) => return Err(NoLock::Io(error)),
            Ok(()) => {}
        }
        // Only for people; a full disk must not stand in the way of the lock itself.
        let _ = file.set_len(0);
        let _ = writeln!(
            file,
            "process {}, running since {now:.0},",
            std::process::id()
        );
        Ok(HomeLock { _file: file })
    }
}

/// Takes one of codex's own locks, waiting as codex itself waits for another holder, unless
/// `give_up` says so.
pub(crate) fn take_codex_lock(
    home: &CodexHome,
    name: &str,
    mode: u32,
    give_up: &mut dyn FnMut() -> bool,
) -> io::Result<File> {
    let file = open(home, name, mode)?;
    let end = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if give_up() => {
                return Err(io::ErrorKind::Interrupted.into());
            }
            Err(TryLockError::WouldBlock) if Instant::now() >= end => {
                return Err(io::Error::new(
                    io::ErrorKind::ResourceBusy,
                    format!("a running codex holds {name}"),
                ));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Opens a lock file, without following a link that stands in its place.
pub(crate) fn open(home: &CodexHome, name: &str, mode: u32) -> io::Result<File> {
    let path: &Path = &home.path().join(name);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(mode)
        .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
        .open(path)?;
    let meta = file.metadata()?;
    // One with a second name may be somebody else's file, which must not become the home's.
    if !meta.is_file() || meta.nlink() != 1 {
        return Err(io::Error::other(format!("{name} is not a file of its own")));
    }
    // A umask can have taken from a new file what its owner needs to open it again.
    if meta.mode() & 0o600 != 0o600 {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    Ok(file)
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let _ = file.take(100).read_to_string(&mut text);
    let known = text.starts_with("process ") && !text.trim_end().contains(char::is_control);
    if known {
        text.trim_end().to_owned()
    } else {
        "another process".to_owned()
    }
}
