//! One configuration file: bounded, JSON5, and never quoted in a message, since it can hold a
//! gateway's token in clear.

use std::path::Path;

use json5::Position;
use serde_json::Value;

use crate::error::Problem;
use crate::files::{self, NoText};
use crate::jsonc;
use crate::openclaw::place;

/// OpenClaw has no limit of its own for the file itself; a configuration is far smaller.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// Reads the file. `None` where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Value>, Problem> {
    match files::read(path, SIZE_LIMIT) {
        Ok(bytes) => Ok(Some(parsed(path, &bytes)?)),
        Err(NoText::Missing) => Ok(None),
        Err(NoText::NotAFile) => Err(damaged(path, "not a file")),
        Err(NoText::TooLarge) => Err(damaged(path, "larger than 16 MiB")),
        Err(NoText::Unreadable(why)) => Err(Problem::request(
            "config-unreadable",
            format!("could not read {}: {why}", path.display()),
        )
        .hint("run as the gateway's user, or name the file with --openclaw-config FILE")),
    }
}

/// What the bytes of the file at `path` say.
pub(crate) fn parsed(path: &Path, bytes: &[u8]) -> Result<Value, Problem> {
    jsonc::parse(&String::from_utf8_lossy(bytes)).map_err(|reason| damaged(path, &reason))
}

/// A configuration that OpenClaw would refuse, or that cannot be read for what it is.
pub(crate) fn damaged(path: &Path, reason: &str) -> Problem {
    Problem::request(
        "config-damaged",
        format!("could not use {}: {reason}", path.display()),
    )
    .hint("mend the file; `openclaw doctor` tells more")
}

/// Where `place` stands in the file, in words for a message; empty where that cannot be told: what
/// files include into one another has no one place.
pub(crate) fn position(path: &Path, place: &str) -> String {
    let found = || {
        let bytes = files::read(path, SIZE_LIMIT).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        if text.contains("$include") {
            return None;
        }
        let at = Position::from_offset(place::offset(&text, place)?, &text);
        Some(format!("line {}, column {}: ", at.line + 1, at.column + 1))
    };
    found().unwrap_or_default()
}
