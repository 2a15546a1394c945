//! Processes that run already, as Linux shows them below `/proc`. Other systems show nothing that
//! could be relied on.
//!
//! Arguments and environments of others are full of secrets: of each process no more is kept than
//! the one value that was asked for.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use jiff::Timestamp;
use secrecy::zeroize::Zeroizing;

use crate::files;

/// The kernel's own limit for one argument and its environment is larger; nobody comes near this.
const LIMIT: u64 = 4 * 1024 * 1024;

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    pub(crate) pid: u32,
    /// When it was started.
    pub(crate) since: Timestamp,
    /// The value of the variable that was asked for.
    pub(crate) value: OsString,
    /// As whom it runs.
    pub(crate) user: u32,
}

/// Those that have this word among their arguments and this variable in their environment, as far as
/// we may see them. Only those of these users: anybody else could say anything.
pub(crate) fn with(word: &str, variable: &str, users: &[u32]) -> Vec<Running> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    let proc = Path::new("/proc");
    let Some(boot) = boot_time(proc) else {
        return Vec::new();
    };
    let names = files::names(proc).unwrap_or_default();
    let pids = names.iter().filter_map(|name| name.to_str()?.parse().ok());
    pids.filter_map(|pid: u32| {
        let dir = proc.join(pid.to_string());
        let user = dir.metadata().ok()?.uid();
        if !users.contains(&user) {
            return None;
        }
        let arguments = Zeroizing::new(files::read(&dir.join("cmdline"), LIMIT).ok()?);
        if !parts(&arguments).any(|part| part == word.as_bytes()) {
            return None;
        }
        let environment = Zeroizing::new(files::read(&dir.join("environ"), LIMIT).ok()?);
        let value = parts(&environment).find_map(|part| {
            let rest = part.strip_prefix(variable.as_bytes())?;
            rest.strip_prefix(b"=")
        })?;
        Some(Running {
            pid,
            since: started(&dir, boot)?,
            value: OsString::from_vec(value.to_vec()),
            user,
        })
    })
    .collect()
}

fn parts(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == 0)
}

/// In seconds since 1970.
fn boot_time(proc: &Path) -> Option<i64> {
    let text = files::read(&proc.join("stat"), LIMIT).ok()?;
    let text = String::from_utf8(text).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("btime "))?;
    line.trim().parse().ok()
}

fn started(dir: &Path, boot: i64) -> Option<Timestamp> {
    let text = files::read(&dir.join("stat"), LIMIT).ok()?;
    let text = String::from_utf8_lossy(&text);
    // The program's name comes second, in brackets, and may hold anything; the start is the 22nd.
    let (_, rest) = text.rsplit_once(')')?;
    let ticks: i64 = rest.split_whitespace().nth(19)?.parse().ok()?;
    let seconds = ticks.checked_div(ticks_in_a_second()?)?;
    Timestamp::from_second(boot.checked_add(seconds)?).ok()
}

#[cfg(target_os = "linux")]
fn ticks_in_a_second() -> Option<i64> {
    i64::try_from(rustix::param::clock_ticks_per_second()).ok()
}

#[cfg(not(target_os = "linux"))]
fn ticks_in_a_second() -> Option<i64> {
    None
}
