//! Whether a profile has what makes it one, or says where that is.

use crate::openclaw::profiles::era::Era;
use crate::openclaw::profiles::form::Form;
use crate::openclaw::profiles::seen::Seen;

/// What an API key or a token has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secret {
    Missing,
    /// In place of it there is a command of OpenClaw's.
    Command,
    /// It is there, or named.
    Present,
}

impl Secret {
    /// What there is of a key or a token: `value` is it, or a reference in its place.
    pub(super) fn of(value: Option<&Seen>, named: Option<&Seen>, era: Era) -> Secret {
        let in_place = value.filter(|value| value.form().is_none());
        let mut candidates = [named, in_place].into_iter().flatten();
        if candidates.any(|value| names_secret(value, era)) {
            return Secret::Present;
        }
        match value.and_then(Seen::form) {
            None | Some(Form::Blank) => Secret::Missing,
            Some(Form::Command) => Secret::Command,
            Some(_) => Secret::Present,
        }
    }
}

/// A secret that a profile refers to: up to 2026.5.16 OAuth tokens are kept in a file of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The name of the file, without its ending.
    pub(crate) id: String,
}

impl Reference {
    /// What `oauthRef` says, where it is of the form that OpenClaw gives it.
    pub(super) fn of(value: &Seen) -> Option<Reference> {
        let text = |key: &str| value.at(key).and_then(Seen::text);
        let id = text("id")?;
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        let is_ours = text("source") == Some("openclaw-credentials")
            && text("provider") == Some("openai-codex")
            && id.len() == 32
            && id.chars().all(is_hex);
        is_ours.then(|| Reference { id: id.to_owned() })
    }
}

/// Whether a value names a secret that is kept elsewhere.
fn names_secret(value: &Seen, era: Era) -> bool {
    match value.form() {
        Some(Form::Reference) => return true,
        Some(Form::Marker) => return era < Era::V8_1,
        Some(Form::Shorthand) => return era.has_databases(),
        Some(_) => return false,
        None => {}
    }
    let text = |key: &str| value.at(key).and_then(Seen::text);
    let is_place = matches!(text("source"), Some("env" | "file" | "exec"));
    let has_id = value.at("id").is_some_and(Seen::is_filled);
    let provider = value.at("provider");
    let is_named = provider.is_none()
        || (provider.is_some_and(Seen::is_filled)
            && value.object().is_some_and(|all| all.len() == 3));
    is_place && has_id && is_named
}
