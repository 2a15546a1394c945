//! One configuration file: bounded, JSON5, and never quoted in a message, since it can hold a
//! gateway's token in clear.

use std::path::Path;

use serde_json::Value;

use crate::error::Problem;
use crate::files::{self, NoText};

/// OpenClaw has no limit of its own for the file itself; a configuration is far smaller.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;
/// Nesting that no configuration has; the JSON5 parser recurses without a limit of its own.
const DEPTH_LIMIT: usize = 200;

/// Reads the file. `None` where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Value>, Problem> {
    match files::read(path, SIZE_LIMIT) {
        Ok(bytes) => Ok(Some(parsed(path, bytes)?)),
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
pub(crate) fn parsed(path: &Path, bytes: Vec<u8>) -> Result<Value, Problem> {
    let text = String::from_utf8(bytes).map_err(|_| damaged(path, "not UTF-8"))?;
    parse(&text).map_err(|reason| damaged(path, &reason))
}

/// Strict JSON first, as OpenClaw does from 2026.7.1, and because it is faster; then JSON5. What
/// is wrong comes with its line and column.
fn parse(text: &str) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    if let Some((line, column)) = too_deep(text) {
        return Err(format!("line {line}, column {column}: nested too deeply"));
    }
    json5::from_str(text).map_err(|error| {
        let what = error
            .code()
            .map_or("unexpected value".to_owned(), |code| code.to_string());
        match error.position() {
            Some(at) => format!("line {}, column {}: {what}", at.line + 1, at.column + 1),
            None => what,
        }
    })
}

/// Where the nesting is too deep, brackets in strings and comments counted as well.
fn too_deep(text: &str) -> Option<(usize, usize)> {
    let mut open: usize = 0;
    for (index, line) in text.lines().enumerate() {
        for (column, byte) in line.bytes().enumerate() {
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            if open > DEPTH_LIMIT {
                return Some((index + 1, column + 1));
            }
        }
    }
    None
}

/// A configuration that OpenClaw would refuse, or that cannot be read for what it is.
pub(crate) fn damaged(path: &Path, reason: &str) -> Problem {
    Problem::request(
        "config-damaged",
        format!("could not use {}: {reason}", path.display()),
    )
    .hint("mend the file; `openclaw doctor` tells more")
}
