//! JSON with comments, of files that may hold secrets: an error shows its place and never a value.

use json5::Position;
use serde_json::Value;

/// Nesting that no configuration has; the JSON5 parser recurses without a limit of its own.
const DEPTH_LIMIT: usize = 200;

/// `text` as JSON5, or where it stopped being that. Strict JSON first, because it is faster.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    if let Some(at) = too_deep(text) {
        return Err(placed(at, "nested too deeply"));
    }
    json5::from_str(text).map_err(|error| {
        // A code is a word of a fixed list; the other messages quote what they choked on.
        let what = error
            .code()
            .map_or("unexpected value".to_owned(), |code| code.to_string());
        // The parser does not always know where it was when the text ended.
        let at = if what.starts_with("EOF") {
            Some(Position::from_offset(text.trim_end().len(), text))
        } else {
            error.position()
        };
        match at {
            Some(at) => placed(at, &what),
            None => what,
        }
    })
}

fn placed(at: Position, what: &str) -> String {
    format!("line {}, column {}: {what}", at.line + 1, at.column + 1)
}

/// Where the nesting is too deep; brackets in strings and comments count as well.
fn too_deep(text: &str) -> Option<Position> {
    let mut open: usize = 0;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > DEPTH_LIMIT {
            return Some(Position::from_offset(offset, text));
        }
    }
    None
}
