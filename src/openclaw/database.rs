//! OpenClaw's SQLite databases, read without leaving a trace beside them: a gateway that runs must
//! not find files of ours, least of all root's.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};

/// A gateway holds a lock for milliseconds.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long a question may take. Those that we ask take less than a millisecond.
const DEADLINE: Duration = Duration::from_secs(2);
/// How many steps SQLite takes before it asks whether that time is over.
const STEPS: i32 = 10_000;
/// A value is no longer than this.
const VALUE_LIMIT: i32 = 16 * 1024 * 1024;

/// Opens an existing database for reading. `None` where there is none.
///
/// A log without its index, as only an incomplete copy has it, is not read: SQLite would write one.
pub(crate) fn open(path: &Path) -> Result<Option<Connection>, ErrorKind> {
    let path = match path.canonicalize() {
        Ok(path) => path,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.kind()),
    };
    if !path.metadata().map_err(|error| error.kind())?.is_file() {
        return Err(ErrorKind::InvalidData);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let uri = uri(&path).ok_or(ErrorKind::ResourceBusy)?;
    let mut connection = Connection::open_with_flags(uri, flags).map_err(|error| kind(&error))?;
    bound(&mut connection).map_err(|error| kind(&error))?;
    Ok(Some(connection))
}

/// Whoever has written the file may have made it to be slow.
fn bound(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_LIMIT)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    let begun = Instant::now();
    connection.progress_handler(STEPS, Some(move || begun.elapsed() > DEADLINE))
}

/// Whether there is a table of this name whose columns are values and not computed.
pub(crate) fn has_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let written = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    let sql: Option<String> = connection
        .query_row(written, [name], |row| row.get(0))
        .optional()?;
    let is_table = sql.is_some_and(|sql| sql.to_ascii_uppercase().starts_with("CREATE TABLE"));
    let computed = "SELECT 1 FROM pragma_table_xinfo(?1) WHERE hidden <> 0";
    Ok(is_table && !connection.prepare(computed)?.exists([name])?)
}

/// Why SQLite could not, in the words that we have for files. Its own messages may quote data.
pub(crate) fn kind(error: &rusqlite::Error) -> ErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
            ErrorKind::PermissionDenied
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ErrorKind::ResourceBusy,
        Some(ErrorCode::OperationInterrupted) => ErrorKind::TimedOut,
        _ => ErrorKind::InvalidData,
    }
}

/// With a log in use its index is shared, but not written; without one there is nothing to share,
/// and the file is taken as it stands. `None` where SQLite would have to write.
fn uri(path: &Path) -> Option<OsString> {
    let how = if has_text(&beside(path, "-journal")) {
        return None;
    } else if !has_text(&beside(path, "-wal")) {
        "immutable=1"
    } else if beside(path, "-shm").exists() {
        "readonly_shm=1"
    } else {
        return None;
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
    Some(format!("{uri}?mode=ro&{how}").into())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn has_text(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.len() > 0)
}
