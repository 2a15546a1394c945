//! One change, as the manifest has it: done, undone, and told apart by the files alone.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::agent::mend::{Mend, config, guard, store};
use crate::codex::home::CodexHome;
use crate::codex::lock::{HomeLock, NoLock};
use crate::files;

/// A change. `kept` is the name, in the dated directory, of what was taken.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Step {
    PutAside {
        path: PathBuf,
        kept: String,
    },
    TakeOut {
        store: PathBuf,
        id: String,
        kept: String,
    },
    Tighten {
        path: PathBuf,
        from: u32,
        to: u32,
        /// Which file it was; `None` where another step of the run replaces it.
        inode: Option<u64>,
    },
    EmptyOrder {
        config: PathBuf,
        provider: String,
        kept: String,
        /// Of the text that was written.
        sha256: String,
    },
}

/// How far a step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Done,
    /// Not done, or undone.
    NotDone,
    /// Something else has changed the same thing since.
    Changed,
}

impl Standing {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Standing::Done => "done",
            Standing::NotDone => "not-done",
            Standing::Changed => "changed-since",
        }
    }
}

impl Step {
    /// The step that a mend takes. `number` makes the name of what it keeps its own.
    pub(crate) fn of(mend: &Mend, number: usize) -> io::Result<Step> {
        let kept = |name: &str| format!("{number}-{name}");
        if mend.path().to_str().is_none() {
            return Err(io::Error::other("the path is not UTF-8"));
        }
        Ok(match mend {
            Mend::PutAside(path) => Step::PutAside {
                path: path.clone(),
                kept: kept(&path.file_name().unwrap_or_default().to_string_lossy()),
            },
            Mend::TakeOut { store, id } => Step::TakeOut {
                store: store.clone(),
                id: id.clone(),
                kept: kept("profile.json"),
            },
            Mend::Tighten { path, mode } => {
                let meta = path.symlink_metadata()?;
                Step::Tighten {
                    path: path.clone(),
                    from: meta.mode() & 0o7777,
                    to: *mode,
                    inode: Some(meta.ino()),
                }
            }
            Mend::EmptyOrder { config, provider } => {
                config::plan(config, provider, kept("openclaw.json"))?
            }
            Mend::Import { .. } => return Err(ErrorKind::Unsupported.into()),
        })
    }

    /// Does it. What it keeps goes into `dir`.
    pub(crate) fn apply(&self, dir: &Path) -> io::Result<()> {
        guard::refuse_what_others_decide(self.mend().path())?;
        match self {
            Step::PutAside { path, kept } => {
                let _lock = lock_of(path)?;
                moved(path, &dir.join(kept))
            }
            Step::TakeOut { store, id, kept } => store::take_out(store, id, &dir.join(kept)),
            Step::Tighten { path, to, .. } => set_mode(path, *to),
            Step::EmptyOrder {
                config,
                provider,
                kept,
                sha256,
            } => config::apply(config, provider, &dir.join(kept), sha256),
        }
    }

    /// How far it has come.
    pub(crate) fn standing(&self, dir: &Path) -> Standing {
        let is_there = |path: &Path| path.symlink_metadata().is_ok();
        match self {
            Step::PutAside { path, kept } => match (is_there(&dir.join(kept)), is_there(path)) {
                (true, false) if path.parent().is_some_and(Path::is_dir) => Standing::Done,
                (true, _) => Standing::Changed,
                (false, _) => Standing::NotDone,
            },
            Step::TakeOut { store, kept, .. } => store::standing(store, &dir.join(kept)),
            Step::Tighten {
                path,
                from,
                to,
                inode,
            } => match path.symlink_metadata() {
                // Another file by now, of which we have tightened nothing: a login that came since
                // must not be opened to others.
                Ok(meta) if inode.is_some_and(|inode| inode != meta.ino()) => Standing::NotDone,
                Ok(meta) if meta.mode() & 0o7777 == *to => Standing::Done,
                Ok(meta) if meta.mode() & 0o7777 != *from => Standing::Changed,
                _ => Standing::NotDone,
            },
            Step::EmptyOrder {
                config,
                provider,
                kept,
                ..
            } => config::standing(config, provider, &dir.join(kept)),
        }
    }

    /// Undoes it, as far as it was done, and leaves nothing of it in `dir`.
    pub(crate) fn undo(&self, dir: &Path) -> io::Result<()> {
        let standing = self.standing(dir);
        if standing == Standing::Changed {
            return Err(io::Error::other("it has changed since"));
        }
        let is_done = standing == Standing::Done;
        let allowed = guard::refuse_what_others_decide(self.mend().path());
        let is_allowed = allowed.is_ok();
        if is_done {
            allowed?;
        }
        match self {
            Step::PutAside { path, kept } if is_done => {
                let _lock = lock_of(path)?;
                moved(&dir.join(kept), path)
            }
            Step::TakeOut { store, kept, .. } => {
                let kept = dir.join(kept);
                if is_done {
                    store::put_back(store, &kept)?;
                } else if is_allowed {
                    store::clear_dead_lock(store, &kept)?;
                }
                clear(&kept)
            }
            Step::Tighten { path, from, .. } if is_done => set_mode(path, *from),
            Step::EmptyOrder {
                config,
                provider,
                kept,
                sha256,
            } => {
                let kept = dir.join(kept);
                if is_done {
                    config::put_back(config, provider, &kept, sha256)?;
                }
                clear(&kept)
            }
            _ => Ok(()),
        }
    }

    /// Leaves nothing in `dir` of a step that came to nothing: it would be one more copy of what
    /// is where it was.
    pub(crate) fn give_up(&self, dir: &Path) -> io::Result<()> {
        match self {
            Step::TakeOut { kept, .. } | Step::EmptyOrder { kept, .. }
                if self.standing(dir) == Standing::NotDone =>
            {
                clear(&dir.join(kept))
            }
            _ => Ok(()),
        }
    }

    /// In words, as what was done.
    pub(crate) fn mend(&self) -> Mend {
        match self {
            Step::PutAside { path, .. } => Mend::PutAside(path.clone()),
            Step::TakeOut { store, id, .. } => Mend::TakeOut {
                store: store.clone(),
                id: id.clone(),
            },
            Step::Tighten { path, to, .. } => Mend::Tighten {
                path: path.clone(),
                mode: *to,
            },
            Step::EmptyOrder {
                config, provider, ..
            } => Mend::EmptyOrder {
                config: config.clone(),
                provider: provider.clone(),
            },
        }
    }
}

/// The name beside `kept` of a text that is about to replace another.
pub(super) fn new_beside(kept: &Path) -> PathBuf {
    let mut name = kept.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// Keeps `text` in the dated directory: a file of this name is whole.
pub(super) fn keep(kept: &Path, text: &[u8]) -> io::Result<()> {
    let new = new_beside(kept);
    remove(&new)?;
    files::write_new(&new, text, 0o600)?;
    fs::rename(&new, kept)?;
    files::sync_dir(kept.parent().unwrap_or(kept))
}

/// Puts `text` in place of the file, whose mode it gets. It is made in the dated directory: what a
/// kill leaves of it is closed to others there, and swept.
pub(super) fn replace(path: &Path, text: &[u8], kept: &Path) -> io::Result<()> {
    let new = new_beside(kept);
    remove(&new)?;
    let mode = path.metadata()?.mode() & 0o7777;
    files::write_new(&new, text, mode)?;
    fs::rename(&new, path)?;
    files::sync_dir(path.parent().unwrap_or(path))
}

fn clear(kept: &Path) -> io::Result<()> {
    remove(&new_beside(kept))?;
    remove(kept)
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn moved(from: &Path, to: &Path) -> io::Result<()> {
    files::rename_new(from, to)?;
    for dir in [from.parent(), to.parent()].into_iter().flatten() {
        files::sync_dir(dir)?;
    }
    Ok(())
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    if path.symlink_metadata()?.is_symlink() {
        return Err(io::Error::other("it is a link"));
    }
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// A login under way in the same home must not be moved from under it.
fn lock_of(path: &Path) -> io::Result<Option<HomeLock>> {
    let Some(home) = CodexHome::of_auth_json(path) else {
        return Ok(None);
    };
    match HomeLock::take(&home, jiff::Timestamp::now()) {
        Ok(lock) => Ok(Some(lock)),
        Err(NoLock::Io(error)) => Err(error),
        Err(NoLock::Held(who)) => {
            let why = format!("{who} holds the lock of the home");
            Err(io::Error::new(ErrorKind::ResourceBusy, why))
        }
    }
}
