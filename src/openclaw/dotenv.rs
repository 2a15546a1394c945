//! `.env` files as OpenClaw reads them: with the npm package `dotenv`, whose grammar is not that
//! of a shell. Nothing in a value is expanded; of a name given twice the last line counts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex_lite::Regex;

/// One assignment: a name, `=` or `: `, and a value that is quoted in one of three ways, or ends
/// at a `#`. A quoted value may span lines; one whose quote is never closed is taken unquoted.
static ASSIGNMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = r"^\s*(?:export\s+)?([A-Za-z0-9_.-]+)(?:\s*=\s*?|:\s+?)";
    let value = [
        r"\s*'(?:\\'|[^'])*'",
        r#"\s*"(?:\\"|[^"])*""#,
        r"\s*`(?:\\`|[^`])*`",
        r"[^#\n]+",
    ]
    .join("|");
    Regex::new(&format!(r"(?m){name}({value})?\s*(?:#.*)?$")).ok()
});

/// The variables that the text sets.
pub(crate) fn parse(text: &str) -> BTreeMap<String, String> {
    let text = text.trim_start_matches('\u{feff}');
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut found = BTreeMap::new();
    let Some(assignment) = ASSIGNMENT.as_ref() else {
        return found;
    };
    for captures in assignment.captures_iter(&text) {
        let name = captures[1].to_owned();
        let value = unquoted(captures.get(2).map_or("", |value| value.as_str()));
        found.insert(name, value);
    }
    found
}

/// The value without its quotes; in double ones `\n` and `\r` are a line's end.
fn unquoted(written: &str) -> String {
    let trimmed = written.trim();
    let quote = trimmed.chars().next().filter(|c| "'\"`".contains(*c));
    let inner = quote.and_then(|quote| trimmed[1..].strip_suffix(quote));
    let value = inner.unwrap_or(trimmed);
    if quote == Some('"') {
        value.replace("\\n", "\n").replace("\\r", "\r")
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn values_are_read_as_npm_reads_them() {
        for (text, value) in [
            ("A=plain", "plain"),
            ("export A = spaced  # remark", "spaced"),
            ("A: colon", "colon"),
            ("A='single # quoted' # remark", "single # quoted"),
            ("A=\"two\\nlines\"", "two\nlines"),
            ("A='no\\nescape'", "no\\nescape"),
            ("A=`back 'n' \"forth\"`", "back 'n' \"forth\""),
            ("A=\"real\nline\"", "real\nline"),
            ("A=\"open", "\"open"),
            ("A=", ""),
            ("A=first\nA=last", "last"),
            ("A=${B}\r\n", "${B}"),
            ("A='a' b'", "a' b"),
        ] {
            let parsed = parse(text);
            let expected = [("A".to_owned(), value.to_owned())];
            assert_eq!(parsed, expected.into(), "{text:?}");
        }
        assert!(parse("no assignment\n# A=1\nA").is_empty());
    }
}
