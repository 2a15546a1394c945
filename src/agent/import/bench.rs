//! Where a login is staged and handed over: `<state directory>.codex-login-import/<agent>`, closed
//! to others. It is not in the state directory, since OpenClaw refuses to put its backup into what
//! it backs up. Where nothing can be made beside that it is in the home of its owner.
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

use super::benches::Benches;
use crate::codex::home;
use crate::codex::stage::{self, Stage};
use crate::files;

/// What OpenClaw's backup, and all that it leaves where it is started, is in: one for each run.
const WORK: &str = "openclaw-backup";
/// Where OpenClaw puts what it needs for a moment: copies of its databases, whole.
const SCRATCH: &str = "tmp";
/// A file, since not every file system locks directories.
const LOCK: &str = "lock";
/// Whatever may be there is neither followed nor waited for.
const LOCK_FLAGS: OFlag = OFlag::O_NOFOLLOW.union(OFlag::O_NONBLOCK);
/// Whoever looks for leftovers has a lock for a moment.
const PATIENCE: Duration = Duration::from_secs(1);

/// The directory of one agent. Ours alone until this is dropped.
#[derive(Debug)]
pub(super) struct Bench {
    dir: PathBuf,
    /// Where OpenClaw works in this run, and puts its backup.
    pub(super) work: PathBuf,
    /// Where it puts what it needs for a moment.
    pub(super) scratch: PathBuf,
    lock: Lock,
}

/// Why there is none.
#[derive(Debug)]
pub(super) enum NoBench {
    /// A login of this agent is under way.
    Held,
    /// Nowhere could one be made; this is where it belongs.
    Nowhere(PathBuf, io::Error),
    Io(PathBuf, io::Error),
}

/// The lock of an agent's directory, as long as it is not dropped.
#[derive(Debug)]
struct Lock {
    file: File,
}

impl Bench {
    /// Takes that of this agent, and clears what killed runs have left.
    pub(super) fn take(benches: &Benches, id: &str) -> Result<Bench, NoBench> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| NoBench::Io(path, error)
        };
        benches.sweep();
        let parent = benches.make()?;
        let dir = parent.join(id);
        let lock = lock(&dir).map_err(failed(&dir))?.ok_or(NoBench::Held)?;
        // Of a run before that could not be cleared.
        let scratch = dir.join(SCRATCH);
        make(&scratch).map_err(failed(&scratch))?;
        Ok(Bench {
            work: work_in(&dir).map_err(failed(&dir))?,
            scratch,
            dir,
            lock,
        })
    }

    pub(super) fn lock(&self) -> &File {
        &self.lock.file
    }

    /// A staging home with nothing in it.
    pub(super) fn stage(&self) -> io::Result<Stage> {
        Stage::make_in(&self.dir)
    }

    /// Removes all of it, backups of earlier runs included, and gives what could not be removed.
    pub(super) fn clear(self) -> Option<PathBuf> {
        let left = remove_all_in(&self.dir);
        self.leave();
        left
    }

    /// Removes what this run has made, and gives what could not be removed.
    pub(super) fn undo(self) -> Option<PathBuf> {
        let done = fs::remove_dir_all(&self.work);
        let left = done.is_err().then(|| self.work.clone());
        let left = tidy(&self.dir).or(left);
        self.leave();
        left
    }

    /// Removes all but backups, and gives where that of this run is.
    pub(super) fn keep_backup(self) -> Option<PathBuf> {
        tidy(&self.dir);
        let work = self.work.clone();
        self.leave();
        work.is_dir().then_some(work)
    }

    /// Removes the directories that are empty by now.
    fn leave(self) {
        leave(&self.dir, self.lock);
    }
}

/// Removes an agent's directory, and that of all, where nothing is in them but this lock.
fn leave(dir: &Path, lock: Lock) {
    let names = files::names(dir).unwrap_or_default();
    if names.iter().all(|name| name == LOCK) {
        // Whoever opened it meanwhile finds that it is there no more, and makes another.
        let _ = fs::remove_file(dir.join(LOCK));
        let _ = fs::remove_dir(dir);
        let _ = dir.parent().map(fs::remove_dir);
    }
    drop(lock);
}

/// Makes a directory of ours, and what is missing above it, closed to others.
pub(super) fn make(dir: &Path) -> io::Result<()> {
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
pub(super) fn private(dir: &Path) -> io::Result<File> {
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

/// Whether it is a directory, and ours.
pub(super) fn is_ours(dir: &Path) -> bool {
    let meta = dir.symlink_metadata();
    meta.is_ok_and(|meta| meta.is_dir() && meta.uid() == geteuid().as_raw())
}

/// Makes an agent's directory, and makes it ours alone; `None` where somebody else has it.
fn lock(dir: &Path) -> io::Result<Option<Lock>> {
    let end = Instant::now() + PATIENCE;
    loop {
        match make(dir).and_then(|()| try_lock(dir)) {
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(20)),
            // Whoever had it before may have removed it meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound && Instant::now() < end => {}
            other => return other,
        }
    }
}

/// The lock of a directory that is there, where nobody else has it.
fn try_lock(dir: &Path) -> io::Result<Option<Lock>> {
    private(dir)?;
    let path = dir.join(LOCK);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.mode(0o600).custom_flags(LOCK_FLAGS.bits());
    let file = options.open(&path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other(format!("{} is no file", path.display())));
    }
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
        Ok(()) => {}
    }
    // Whoever had it may have removed it before.
    let locked = files::identity(&file.metadata()?);
    let is_it = path
        .symlink_metadata()
        .is_ok_and(|meta| files::identity(&meta) == locked);
    Ok(is_it.then_some(Lock { file }))
}

/// What of this agent's directory a run that is not under way has left; `None` where one is.
pub(super) fn clear_of_killed(dir: &Path, with_backups: bool) -> Option<PathBuf> {
    let lock = try_lock(dir).ok()??;
    let left = if with_backups {
        remove_all_in(dir)
    } else {
        tidy(dir)
    };
    leave(dir, lock);
    left
}

/// Whether a run has left something here, and none is under way. Changes nothing.
pub(super) fn is_left(dir: &Path) -> bool {
    let is_held = || {
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(LOCK_FLAGS.bits());
        let lock = options.open(dir.join(LOCK));
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    };
    dir.symlink_metadata().is_ok_and(|meta| meta.is_dir()) && !is_held()
}

/// Removes all of an agent's but backups, and gives what could not be removed.
fn tidy(dir: &Path) -> Option<PathBuf> {
    let stages = stage::clear_in(dir).unwrap_or_default();
    let scratch = dir.join(SCRATCH);
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    let _ = fs::remove_dir_all(&scratch);
    for name in files::names(dir).unwrap_or_default() {
        // One that has a backup in it is not empty, and stays.
        let _ = fs::remove_dir(dir.join(name));
    }
    let left = stages.into_iter().chain([scratch]);
    left.into_iter().find(|path| is_there(path))
}

/// Removes all but the lock, and gives what could not be removed.
fn remove_all_in(dir: &Path) -> Option<PathBuf> {
    let mut left = None;
    for name in files::names(dir).unwrap_or_default() {
        let path = dir.join(&name);
        let is_dir = path.symlink_metadata().is_ok_and(|meta| meta.is_dir());
        let done = if name == LOCK {
            Ok(())
        } else if is_dir {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        if done.is_err() {
            left = Some(path);
        }
    }
    left
}
