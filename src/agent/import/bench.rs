//! Where a login is staged and handed over: `<state directory>.codex-login-import/<agent>`, closed
//! to others, so that no backup of the state directory has it. Where nothing can be made beside
//! the state directory it is `.codex-login-import` in the agent's own.
//!
//! What a run that was killed has left there the next one clears, of whichever agent that was. Only
//! OpenClaw's backup stays until a login of the same agent has been proved.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::unistd::geteuid;

use crate::codex::home;
use crate::codex::stage::{self, Stage};
use crate::files;

/// What OpenClaw's backup, and all that it leaves where it is started, is in: one for each run.
const WORK: &str = "openclaw-backup";
/// Whoever looks for leftovers has a lock for a moment.
const PATIENCE: Duration = Duration::from_secs(1);

/// The directory of one agent. Ours alone until this is dropped.
#[derive(Debug)]
pub(super) struct Bench {
    parent: PathBuf,
    dir: PathBuf,
    /// Where OpenClaw works in this run, and puts its backup.
    pub(super) work: PathBuf,
    /// Locked.
    _lock: File,
}

/// Why there is none.
#[derive(Debug)]
pub(super) enum NoBench {
    /// A login of this agent is under way.
    Held,
    Io(PathBuf, io::Error),
}

impl Bench {
    /// Takes that of this agent, and clears what killed runs have left.
    pub(super) fn take(state_dir: &Path, agent_dir: &Path, id: &str) -> Result<Bench, NoBench> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| NoBench::Io(path, error)
        };
        let [beside, within] = places(state_dir, agent_dir).map_err(failed(state_dir))?;
        for parent in [&beside, &within] {
            sweep(parent).map_err(failed(parent))?;
        }
        let parent = match make(&beside) {
            // One that is there and cannot be used is somebody's doing.
            Err(error) if may_not(&error) && beside.symlink_metadata().is_err() => within,
            Err(error) => return Err(NoBench::Io(beside, error)),
            Ok(()) => beside,
        };
        let dir = parent.join(id);
        let lock = lock(&dir).map_err(failed(&dir))?.ok_or(NoBench::Held)?;
        Ok(Bench {
            work: work_in(&dir).map_err(failed(&dir))?,
            parent,
            dir,
            _lock: lock,
        })
    }

    /// A staging home with nothing in it.
    pub(super) fn stage(&self) -> io::Result<Stage> {
        Stage::make_in(&self.dir)
    }

    /// Removes all of it, backups of earlier runs included, and gives what could not be removed.
    pub(super) fn clear(self) -> Option<PathBuf> {
        let done = fs::remove_dir_all(&self.dir);
        let _ = fs::remove_dir(&self.parent);
        done.is_err().then_some(self.dir)
    }

    /// Removes what this run has made, and gives what could not be removed.
    pub(super) fn undo(self) -> Option<PathBuf> {
        let done = fs::remove_dir_all(&self.work);
        tidy(&self.dir);
        let _ = fs::remove_dir(&self.parent);
        done.is_err().then_some(self.work)
    }

    /// Removes all but backups, and gives where that of this run is.
    pub(super) fn keep_backup(self) -> Option<PathBuf> {
        tidy(&self.dir);
        let _ = fs::remove_dir(&self.parent);
        self.work.is_dir().then_some(self.work)
    }
}

fn places(state_dir: &Path, agent_dir: &Path) -> io::Result<[PathBuf; 2]> {
    let mut beside = state_dir.canonicalize()?.into_os_string();
    beside.push(".codex-login-import");
    Ok([beside.into(), agent_dir.join(".codex-login-import")])
}

/// Makes a directory of ours, and what is missing above it, closed to others.
fn make(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    private(dir).map(drop)
}

/// A directory that no run has used yet.
fn work_in(dir: &Path) -> io::Result<PathBuf> {
    let further = (2..).map(|number: u32| format!("{WORK}-{number}"));
    let mut names = std::iter::once(WORK.to_owned()).chain(further);
    loop {
        let work = dir.join(names.next().unwrap_or_default());
        match DirBuilder::new().mode(0o700).create(&work) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            other => return other.and_then(|()| private(&work)).map(|_| work),
        }
    }
}

/// Opens a directory that must be ours, and closes it to others.
fn private(dir: &Path) -> io::Result<File> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_DIRECTORY;
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(flags.bits()).open(dir)?;
    if file.metadata()?.uid() != geteuid().as_raw() {
        let why = format!("{} is another user's", dir.display());
        return Err(io::Error::new(ErrorKind::PermissionDenied, why));
    }
    drop(file);
    home::open_made(dir)
}

/// Makes an agent's directory, and makes it ours alone; `None` where somebody else has it.
fn lock(dir: &Path) -> io::Result<Option<File>> {
    let end = Instant::now() + PATIENCE;
    loop {
        let locked = make(dir).and_then(|()| try_lock(dir));
        match locked {
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(20)),
            // Whoever had it before may have removed it meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound && Instant::now() < end => {}
            other => return other,
        }
    }
}

/// The lock of a directory that is there, and still is once it is locked.
fn try_lock(dir: &Path) -> io::Result<Option<File>> {
    let file = private(dir)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
        Ok(()) => {}
    }
    let is_it = files::identity(&dir.symlink_metadata()?) == files::identity(&file.metadata()?);
    Ok(is_it.then_some(file))
}

/// Clears what killed runs have left, of all agents that nobody is at work for.
fn sweep(parent: &Path) -> io::Result<()> {
    match private(parent) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for name in files::names(parent)? {
        let dir = parent.join(name);
        if let Ok(Some(_lock)) = try_lock(&dir) {
            tidy(&dir);
        }
    }
    Ok(())
}

/// Removes all of an agent's but backups.
fn tidy(dir: &Path) {
    let _ = stage::clear_in(dir);
    for name in files::names(dir).unwrap_or_default() {
        // One that has a backup in it is not empty, and stays.
        let _ = fs::remove_dir(dir.join(name));
    }
    let _ = fs::remove_dir(dir);
}

fn may_not(error: &io::Error) -> bool {
    let kind = error.kind();
    matches!(
        kind,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
    )
}
