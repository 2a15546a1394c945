//! OpenClaw's SQLite databases, read without leaving a trace beside them: a gateway that runs must
//! not find files of ours, least of all root's.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// A gateway holds a lock for milliseconds.
const PATIENCE: Duration = Duration::from_millis(250);

/// Opens an existing database for reading. `None` where there is none.
pub(crate) fn open(path: &Path) -> Result<Option<Connection>, ErrorKind> {
    match path.metadata() {
        Ok(meta) if meta.is_file() => {}
        Ok(_) => return Err(ErrorKind::InvalidInput),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.kind()),
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri(path), flags).map_err(|error| kind(&error))?;
    connection
        .busy_timeout(PATIENCE)
        .map_err(|error| kind(&error))?;
    Ok(Some(connection))
}

/// Why SQLite could not, in the words that we have for files. Its own messages may quote data.
pub(crate) fn kind(error: &rusqlite::Error) -> ErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
            ErrorKind::PermissionDenied
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ErrorKind::ResourceBusy,
        _ => ErrorKind::InvalidData,
    }
}

/// With a log in use its index is shared, but not written; without one there is nothing to share,
/// and the file is taken as it stands.
fn uri(path: &Path) -> OsString {
    let how = match (
        has_text(&beside(path, "-wal")),
        has_text(&beside(path, "-journal")),
    ) {
        (false, false) => "immutable=1",
        _ if beside(path, "-shm").exists() => "readonly_shm=1",
        _ => "cache=private",
    };
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    format!("{uri}?mode=ro&{how}").into()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn has_text(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.len() > 0)
}
