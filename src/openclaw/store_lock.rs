//! The lock that OpenClaw takes while it writes a store of JSON: a file `<store>.lock` that names the
//! process (2026.5.12, `infra/stale-lock-file` and the package fs-safe).

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use nix::errno::Errno;
use nix::sys::signal;
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::files;

/// OpenClaw holds it for the moment of a write, or of a refresh.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);
/// What holds it longer is no write and no refresh: OpenClaw gives a refresh two minutes, and takes
/// the lock of one for stale after three.
const LONGEST: Duration = Duration::from_secs(180);
/// Who has made a lock of ours.
const OURS: &str = "codex-login";
/// A lock has a process id and a time.
const SIZE_LIMIT: u64 = 4096;

/// Ours until this is dropped. Where we are killed OpenClaw sees that we are dead.
#[derive(Debug)]
pub(crate) struct StoreLock {
    path: PathBuf,
    text: Vec<u8>,
}

impl StoreLock {
    /// Takes the lock of the store at this path, waiting for another holder as OpenClaw would. The
    /// lock is made at `scratch` and linked into place: one without a text, as a kill could leave it,
    /// would keep OpenClaw waiting for ever.
    pub(crate) fn take(store: &Path, scratch: &Path) -> io::Result<StoreLock> {
        let path = beside(store);
        let payload = json!({
            "pid": std::process::id(),
            "createdAt": format!("{:.3}", Timestamp::now()),
            "by": OURS,
        });
        let text = format!("{payload:#}\n").into_bytes();
        let end = Instant::now() + PATIENCE;
        let _ = fs::remove_file(scratch);
        files::write_new(scratch, &text, 0o600)?;
        let taken = linked(scratch, &path, end).map(|()| StoreLock { path, text });
        // What becomes of it must not leave the lock behind.
        let _ = fs::remove_file(scratch);
        taken
    }
}

fn linked(scratch: &Path, path: &Path, end: Instant) -> io::Result<()> {
    loop {
        match fs::hard_link(scratch, path) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            Err(_) if remove_if_dead(path) => {}
            Err(_) if Instant::now() >= end => {
                return Err(io::Error::new(
                    ErrorKind::ResourceBusy,
                    format!("OpenClaw holds {}", path.display()),
                ));
            }
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
}

impl Drop for StoreLock {
    fn drop(&mut self) {
        if files::read(&self.path, SIZE_LIMIT).is_ok_and(|text| text == self.text) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn beside(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// Removes the lock of a process that has ended, as OpenClaw itself does. Not at once, unless it
/// is one of ours: a gateway in a container has process ids of its own.
fn remove_if_dead(path: &Path) -> bool {
    let Ok(text) = files::read(path, SIZE_LIMIT) else {
        return false;
    };
    let Ok(holder) = serde_json::from_slice::<Value>(&text) else {
        return false;
    };
    let is_ours = holder["by"] == OURS;
    let age = path
        .metadata()
        .ok()
        .and_then(|meta| meta.modified().ok()?.elapsed().ok());
    if !is_ours && age.is_none_or(|age| age < LONGEST) {
        return false;
    }
    let pid = holder["pid"].as_i64();
    let Some(pid) = pid
        .and_then(|pid| i32::try_from(pid).ok())
        .filter(|pid| *pid > 0)
    else {
        return false;
    };
    let is_dead = signal::kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH);
    // Another may have taken it meanwhile.
    is_dead
        && files::read(path, SIZE_LIMIT).is_ok_and(|now| now == text)
        && fs::remove_file(path).is_ok()
}
