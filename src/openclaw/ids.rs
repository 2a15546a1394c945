//! Agent ids, as OpenClaw's `agent-id` module normalises them.

use crate::openclaw::environment::js_trim;

/// The agent that OpenClaw runs when the configuration names none.
pub(crate) const MAIN: &str = "main";
/// The longest id.
const LIMIT: usize = 64;

/// An id as OpenClaw compares them: trimmed, lower-case, what is not `[a-z0-9_-]` folded to `-`.
/// Of what leaves nothing it makes `main`.
pub(crate) fn normalised(id: &str) -> String {
    let lower = js_trim(id).to_lowercase();
    if is_plain(&lower) {
        return lower;
    }
    let id: String = folded(&lower)
        .trim_matches('-')
        .chars()
        .take(LIMIT)
        .collect();
    if id.is_empty() { MAIN.to_owned() } else { id }
}

/// The id that somebody means who types `name`. Stricter than what a configuration may write: a
/// name that only folds to an id, or an empty one, is a slip, and must not select an agent.
pub(crate) fn typed(name: &str) -> Option<String> {
    let id = js_trim(name).to_ascii_lowercase();
    is_id(&id).then_some(id)
}

/// Each run of characters that no id has, as one `-`.
fn folded(text: &str) -> String {
    let mut folded = String::new();
    let mut in_run = false;
    for c in text.chars() {
        let fits = is_word(c) || c == '_' || c == '-';
        match (fits, in_run) {
            (true, _) => folded.push(c),
            (false, true) => {}
            (false, false) => folded.push('-'),
        }
        in_run = !fits;
    }
    folded
}

/// Whether the text is an id as it stands, capitals aside: one that normalising leaves alone.
pub(crate) fn is_id(text: &str) -> bool {
    normalised(text) == text.to_ascii_lowercase()
}

/// What needs no folding, and begins with a letter or digit.
fn is_plain(text: &str) -> bool {
    text.len() <= LIMIT
        && text.starts_with(is_word)
        && text.chars().all(|c| is_word(c) || c == '_' || c == '-')
}

fn is_word(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::{normalised, typed};

    #[test]
    fn ids_fold_as_openclaw_folds_them() {
        for (written, id) in [
            ("Ember Bot!!", "ember-bot"),
            ("-_Up-", "_up"),
            ("Shravan", "shravan"),
            ("  ", "main"),
            ("", "main"),
            ("!!", "main"),
            ("a--b", "a--b"),
            ("a!-!b", "a---b"),
            ("é", "main"),
        ] {
            assert_eq!(normalised(written), id, "{written:?}");
        }
        assert_eq!(normalised(&"x".repeat(70)), "x".repeat(64));
    }

    #[test]
    fn a_name_that_only_folds_to_an_id_means_nobody() {
        assert_eq!(typed(" Ember "), Some("ember".to_owned()));
        assert_eq!(typed("_up"), Some("_up".to_owned()));
        for slip in ["-a", "", "  ", "!!", "../main", "Ember Bot!!"] {
            assert_eq!(typed(slip), None, "{slip:?}");
        }
    }
}
