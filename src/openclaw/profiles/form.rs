//! What may be told of a text that may be a secret.

use std::sync::LazyLock;

use regex_lite::Regex;

use crate::openclaw::environment::js_trim;

/// What is told of a text that is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Blank,
    /// It names a variable: `${NAME}`.
    Reference,
    /// It is `secretref-env:NAME` or `__env__:NAME`, which earlier versions take for a variable.
    Marker,
    /// It is `$NAME`, which later versions take for a variable, too.
    Shorthand,
    /// It is a command of OpenClaw's that somebody pasted in place of a key.
    Command,
    Other,
}

impl Form {
    pub(super) fn of(text: &str) -> Form {
        static COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"(?i)^openclaw\s+onboard(?:\s+.*)?\s+--auth-choice(?:\s|=|$)").ok()
        });
        let text = js_trim(text);
        let is_command = || COMMAND.as_ref().is_some_and(|form| form.is_match(text));
        let marked = ["secretref-env:", "__env__:"]
            .into_iter()
            .find_map(|mark| text.strip_prefix(mark));
        let braced = text
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'));
        if text.is_empty() {
            Form::Blank
        } else if braced.is_some_and(is_variable) {
            Form::Reference
        } else if marked.is_some_and(is_variable) {
            Form::Marker
        } else if text.strip_prefix('$').is_some_and(is_variable) {
            Form::Shorthand
        } else if is_command() {
            Form::Command
        } else {
            Form::Other
        }
    }
}

/// Whether a reference can name a variable so.
fn is_variable(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    (1..=128).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(is_word)
}
