//! Reading small files that somebody else may have put anything in place of, writing whole ones, what
//! is in the way to one, and folding paths.

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::{AccessFlags, access};

/// Why there is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoText {
    Missing,
    /// A directory, a pipe, a device.
    NotAFile,
    /// Larger than the limit.
    TooLarge,
    Unreadable(ErrorKind),
}

impl From<io::Error> for NoText {
    fn from(error: io::Error) -> NoText {
        match error.kind() {
            ErrorKind::NotFound => NoText::Missing,
            kind => NoText::Unreadable(kind),
        }
    }
}

/// Device and number: what all paths to one file have in common.
pub(crate) type Identity = (u64, u64);

pub(crate) fn identity(meta: &Metadata) -> Identity {
    (meta.dev(), meta.ino())
}

/// The bytes of the file at `path`, at most `limit` of them. Never waits for a writer.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, NoText> {
    read_from(&open(path)?, limit)
}

/// The first `count` bytes of the file at `path`, or as many as there are.
pub(crate) fn beginning(path: &Path, count: u64) -> Result<Vec<u8>, NoText> {
    let file = open(path)?;
    let mut bytes = Vec::new();
    file.take(count).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The file at `path`, for reading. Never waits for a writer.
pub(crate) fn open(path: &Path) -> Result<File, NoText> {
    // To open a device or a pipe can have an effect. What is put in its place meanwhile is told by
    // the file that is open.
    if !path.metadata()?.is_file() {
        return Err(NoText::NotAFile);
    }
    let mut options = OpenOptions::new();
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    options.read(true).custom_flags(flags.bits());
    Ok(options.open(path)?)
}

/// The same for a file that is open.
pub(crate) fn read_from(mut file: &File, limit: u64) -> Result<Vec<u8>, NoText> {
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(NoText::NotAFile);
    }
    if meta.len() > limit {
        return Err(NoText::TooLarge);
    }
    // Of its size from the start: a buffer that grows leaves copies of a secret behind.
    let size = usize::try_from(meta.len()).unwrap_or(0);
    let mut bytes = Vec::with_capacity(size + 1);
    file.by_ref().take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes a file that was not there, with this mode whatever the umask, and has it on disk.
pub(crate) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    use std::io::Write as _;

    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()
}

/// Renames, unless that would replace something.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
        match renameat2(AT_FDCWD, from, AT_FDCWD, to, RenameFlags::RENAME_NOREPLACE) {
            // File systems that cannot.
            Err(nix::errno::Errno::EINVAL) => {}
            other => return Ok(other?),
        }
    }
    if to.symlink_metadata().is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(from, to)
}

/// Has what was renamed, made or removed in this directory on disk.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// More names than any directory has that we list; what comes after them is not seen.
const NAMES_LIMIT: usize = 200_000;

/// The names in a directory, sorted. Told with `-vv`: whoever looks for packages must follow links,
/// and not walk through stores.
#[expect(clippy::disallowed_methods, reason = "the one place that lists")]
pub(crate) fn names(dir: &Path) -> io::Result<Vec<OsString>> {
    tracing::trace!(?dir, "listing");
    let entries = std::fs::read_dir(dir)?.take(NAMES_LIMIT);
    let mut names = entries
        .map(|entry| Ok(entry?.file_name()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    Ok(names)
}

/// What lies beside the file of this name and begins as it is called: copies, whatever people and
/// programs put after the name. Files only, at most `limit`, and none that is there for the moment of
/// a write: no lock, and nothing that is about to be renamed.
pub(crate) fn copies_of(dir: &Path, name: &str, limit: usize) -> Vec<PathBuf> {
    let is_passing = |rest: &str| {
        let mut parts = rest.split('.');
        parts.any(|part| part == "lock" || part.starts_with("tmp"))
    };
    let is_copy = |other: &OsString| {
        let rest = other.to_str().and_then(|other| other.strip_prefix(name));
        rest.is_some_and(|rest| !rest.is_empty() && !is_passing(rest))
    };
    let names = names(dir).unwrap_or_default();
    let paths = names.iter().filter(|name| is_copy(name));
    let paths = paths.map(|name| dir.join(name));
    let is_file = |path: &PathBuf| path.symlink_metadata().is_ok_and(|meta| meta.is_file());
    paths.filter(is_file).take(limit).collect()
}

/// `path` without `.`, `..` and a slash at its end, as Node's `path.resolve` folds them: without
/// asking the disk.
pub(crate) fn folded(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            // A relative path may lead up from where it begins; there is nothing above the root.
            Component::ParentDir if out.has_root() => {}
            other => out.push(other),
        }
    }
    out
}

/// `path` with all links followed, as far as it is there and this user may look.
pub(crate) fn settled(path: &Path) -> PathBuf {
    let real = |above: &Path| Some((above.canonicalize().ok()?, path.strip_prefix(above).ok()?));
    match path.ancestors().find_map(real) {
        Some((above, rest)) => above.join(rest),
        None => path.to_owned(),
    }
}

/// What keeps this user from `path`, which is to be used so: a directory on the way that cannot be
/// entered, or the path itself.
pub(crate) fn barred(path: &Path, so: AccessFlags) -> Option<PathBuf> {
    if access(path, so).is_ok() {
        return None;
    }
    let mut above: Vec<_> = path.ancestors().skip(1).collect();
    above.reverse();
    let first = above
        .into_iter()
        .find(|dir| access(*dir, AccessFlags::X_OK).is_err());
    Some(first.unwrap_or(path).to_owned())
}
