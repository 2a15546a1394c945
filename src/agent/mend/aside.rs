//! Where things are put aside: `<state directory>.codex-login/<date>`, closed to others. Where nothing can
//! be made beside the state directory it is `codex-login` in it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nix::fcntl::OFlag;
use nix::unistd::geteuid;
use serde::{Deserialize, Serialize};

use crate::agent::mend::step::Step;
use crate::files;

const MANIFEST: &str = "manifest.json";
/// No run has so many steps that its manifest were larger.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// All that was put aside for one OpenClaw. Ours alone until this is dropped.
#[derive(Debug)]
pub(crate) struct Asides {
    path: PathBuf,
    /// Locked.
    _dir: File,
}

/// What one `doctor --fix` has put aside.
#[derive(Debug)]
pub(crate) struct Aside {
    pub(crate) id: String,
    pub(crate) dir: PathBuf,
    pub(crate) manifest: Manifest,
}

/// What it meant to do; what it did, the files tell.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Manifest {
    schema_version: u32,
    pub(crate) made_at: Timestamp,
    /// Of codex-login.
    version: String,
    pub(crate) steps: Vec<Step>,
}

impl Asides {
    /// Where they can be: on the file system of what is put aside, links of the state directory
    /// followed.
    fn places(state_dir: &Path) -> io::Result<[PathBuf; 2]> {
        let state_dir = state_dir.canonicalize()?;
        let mut beside = state_dir.clone().into_os_string();
        beside.push(".codex-login");
        Ok([beside.into(), state_dir.join("codex-login")])
    }

    /// All that there are of the OpenClaw with this state directory.
    pub(crate) fn of(state_dir: &Path) -> io::Result<Vec<Asides>> {
        let mut found = Vec::new();
        for place in Asides::places(state_dir)? {
            found.extend(Asides::open(place)?);
        }
        Ok(found)
    }

    /// Whether there may be any.
    pub(crate) fn are_there(state_dir: &Path) -> bool {
        let places = Asides::places(state_dir);
        places.is_ok_and(|places| places.iter().any(|place| place.is_dir()))
    }

    /// `None` where there is none.
    fn open(path: PathBuf) -> io::Result<Option<Asides>> {
        let mut options = OpenOptions::new();
        let flags = OFlag::O_NOFOLLOW | OFlag::O_DIRECTORY;
        let dir = match options.read(true).custom_flags(flags.bits()).open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let meta = dir.metadata()?;
        // What is in it will be believed, and holds credentials.
        if meta.uid() != geteuid().as_raw() || meta.mode() & 0o077 != 0 {
            let path = path.display();
            let why = format!("{path} is another user's, or open to others");
            return Err(io::Error::new(ErrorKind::PermissionDenied, why));
        }
        if dir.try_lock().is_err() {
            let why = format!("another codex-login is at work in {}", path.display());
            return Err(io::Error::new(ErrorKind::ResourceBusy, why));
        }
        let asides = Asides { path, _dir: dir };
        asides.sweep()?;
        Ok(Some(asides))
    }

    /// The one for what is to be put aside now.
    pub(crate) fn make(state_dir: &Path) -> io::Result<Asides> {
        let [beside, within] = Asides::places(state_dir)?;
        let made = |path: PathBuf| {
            match DirBuilder::new().mode(0o700).create(&path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            Asides::open(path)?.ok_or_else(|| ErrorKind::NotFound.into())
        };
        let may_not = |error: &io::Error| {
            let kind = error.kind();
            matches!(
                kind,
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
            )
        };
        let is_there = beside.symlink_metadata().is_ok();
        match made(beside) {
            // One that is there and cannot be used is somebody's doing.
            Err(error) if may_not(&error) && !is_there => made(within),
            other => other,
        }
    }

    /// Removes what a run that was killed has left before it came to anything.
    fn sweep(&self) -> io::Result<()> {
        for name in files::names(&self.path)? {
            let dir = self.path.join(name);
            if !dir.join(MANIFEST).exists() {
                // Whatever is not empty stays.
                let _ = fs::remove_file(dir.join(new_manifest()));
                let _ = fs::remove_dir(dir);
            }
        }
        Ok(())
    }

    /// Makes a directory for these steps, with its manifest on disk.
    pub(crate) fn begin(&self, now: Timestamp, steps: Vec<Step>) -> io::Result<Aside> {
        let date = now.strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
        let mut names =
            std::iter::once(date.clone()).chain((2..100).map(|n| format!("{date}-{n}")));
        let (id, dir) = loop {
            let id = names.next().ok_or(ErrorKind::AlreadyExists)?;
            let dir = self.path.join(&id);
            match DirBuilder::new().mode(0o700).create(&dir) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                other => break other.map(|()| (id, dir))?,
            }
        };
        let manifest = Manifest {
            schema_version: 1,
            made_at: now,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            steps,
        };
        let text = serde_json::to_vec_pretty(&manifest)?;
        let new = dir.join(new_manifest());
        files::write_new(&new, &text, 0o600)?;
        fs::rename(&new, dir.join(MANIFEST))?;
        files::sync_dir(&dir)?;
        files::sync_dir(&self.path)?;
        Ok(Aside { id, dir, manifest })
    }

    /// Removes the directory itself where there is nothing in it any more.
    pub(crate) fn tidy(self) {
        let _ = fs::remove_dir(&self.path);
    }

    /// What was put aside, the latest first, and the manifests that cannot be read: one of them is
    /// in nobody else's way. What has no manifest was never begun, or is undone.
    pub(crate) fn all(&self) -> io::Result<(Vec<Aside>, Vec<PathBuf>)> {
        let mut all = Vec::new();
        let mut damaged = Vec::new();
        for name in files::names(&self.path)? {
            let dir = self.path.join(&name);
            let Ok(text) = files::read(&dir.join(MANIFEST), SIZE_LIMIT) else {
                continue;
            };
            let Ok(manifest) = serde_json::from_slice(&text) else {
                damaged.push(dir.join(MANIFEST));
                continue;
            };
            let id = name.to_string_lossy().into_owned();
            all.push(Aside { id, dir, manifest });
        }
        all.reverse();
        Ok((all, damaged))
    }
}

impl Aside {
    /// Removes the directory, from which all has been put back.
    pub(crate) fn remove(&self) -> io::Result<()> {
        let names = files::names(&self.dir)?;
        if let Some(other) = names.iter().find(|name| *name != MANIFEST) {
            let (dir, other) = (self.dir.display(), other.to_string_lossy());
            return Err(io::Error::other(format!("there is still {other} in {dir}")));
        }
        fs::remove_file(self.dir.join(MANIFEST))?;
        fs::remove_dir(&self.dir)?;
        files::sync_dir(self.dir.parent().unwrap_or(&self.dir))
    }
}

fn new_manifest() -> String {
    format!("{MANIFEST}.new")
}
