//! What is typed to OpenClaw's own `migrate`, which takes a login of codex's into its store, and
//! what its answer means. As measured with 2026.9.6 and its codex plugin 2026.9.4 and 9.5.

use std::ffi::OsString;
use std::path::Path;

use serde::Deserialize;

use crate::process::child::End;

/// The one item of a codex home that is wanted: its login.
const ITEM: &str = "auth:openai";

/// What it says where `openclaw doctor --fix` comes first.
const NEEDS_DOCTOR: [&str; 2] = ["legacy credential migration", "schema migration required"];

/// What of a home's login `migrate plan` makes.
pub(crate) fn plan(from: &Path, agent: &str) -> Vec<OsString> {
    migrate("plan", from, agent)
}

/// Takes the login in. A profile of the same account is written over: without that word OpenClaw
/// says that it is done, and keeps the tokens that it had.
pub(crate) fn apply(from: &Path, agent: &str, backup: &Path) -> Vec<OsString> {
    let mut args = migrate("apply", from, agent);
    args.extend(["--yes", "--overwrite", "--backup-output"].map(OsString::from));
    args.push(backup.into());
    args
}

fn migrate(verb: &str, from: &Path, agent: &str) -> Vec<OsString> {
    let mut args: Vec<OsString> = ["migrate", verb, "codex", "--from"].map(Into::into).into();
    args.push(from.into());
    args.extend(
        [
            "--agent",
            agent,
            "--include-secrets",
            "--item",
            ITEM,
            "--json",
        ]
        .map(Into::into),
    );
    args
}

/// Has the agent prefer these profiles in this order. Of others it takes none any more.
pub(crate) fn set_order(agent: &str, profiles: &[String]) -> Vec<OsString> {
    let words = ["models", "auth", "order", "set", "--agent", agent];
    let words = words.into_iter().chain(["--provider", "openai"]);
    let words = words.chain(profiles.iter().map(String::as_str));
    words.map(OsString::from).collect()
}

/// Takes this profile out, with all that is noted of it.
pub(crate) fn remove(agent: &str, profile: &str) -> Vec<OsString> {
    let words = [
        "models", "auth", "logout", profile, "--agent", agent, "--yes",
    ];
    words.map(Into::into).into()
}

/// What `migrate` says of the login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It could be taken in.
    Planned,
    /// It has been, as far as OpenClaw can tell.
    Migrated,
    /// OpenClaw has no codex plugin that it can load.
    NoPlugin,
    /// Its doctor has to move earlier stores, or migrate a database, first.
    NeedsDoctor,
    /// It sees no login in what it was given: so it says also where something else is in the way.
    Unavailable,
    /// Why not, in its own words, in which anything may stand.
    Refused(String),
    /// No answer of its form.
    Nothing,
}

/// Its answer, as far as it matters.
#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    items: Vec<Item>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    status: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

impl Said {
    /// Of its standard output. The exit status has to agree with it.
    pub(crate) fn of(stdout: &str, end: End) -> Said {
        let Ok(document) = serde_json::from_str::<Document>(stdout.trim()) else {
            return Said::Nothing;
        };
        if let Some(refusal) = document.error {
            return Said::refused(refusal.message);
        }
        let mut items = document.items.into_iter();
        let Some(item) = items.find(|item| item.id == ITEM) else {
            return Said::Nothing;
        };
        match (item.status.as_str(), end) {
            ("planned" | "conflict", End::Exited(0)) => Said::Planned,
            ("migrated", End::Exited(0)) => Said::Migrated,
            (status, _) => Said::refused(item.reason.unwrap_or_else(|| status.to_owned())),
        }
    }

    fn refused(message: String) -> Said {
        if message.contains("Unknown migration provider") {
            Said::NoPlugin
        } else if NEEDS_DOCTOR.iter().any(|words| message.contains(words)) {
            Said::NeedsDoctor
        } else if message.contains("Unknown or unavailable migration item") {
            Said::Unavailable
        } else {
            Said::Refused(message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{End, Said};

    #[test]
    fn answers_of_the_real_one_are_understood() {
        let item = |status: &str| {
            format!(r#"{{"summary":{{}},"items":[{{"id":"auth:openai","status":"{status}"}}]}}"#)
        };
        let error = |message: &str| {
            format!(r#"{{"ok":false,"error":{{"type":"cli_error","message":"{message}"}}}}"#)
        };
        for (text, code, said) in [
            (item("planned"), 0, Said::Planned),
            (item("conflict"), 0, Said::Planned),
            (item("migrated"), 0, Said::Migrated),
            (item("migrated"), 1, Said::Refused("migrated".into())),
            (item("error"), 1, Said::Refused("error".into())),
            (
                error("Unknown agent id x."),
                1,
                Said::Refused("Unknown agent id x.".into()),
            ),
            (
                error("Unknown migration provider codex. No providers found."),
                1,
                Said::NoPlugin,
            ),
            (
                error("OpenClaw state database schema migration required (audit-events-v2) at x."),
                1,
                Said::NeedsDoctor,
            ),
            (
                error("Unknown or unavailable migration item ids: auth:openai."),
                1,
                Said::Unavailable,
            ),
            ("prose".to_owned(), 0, Said::Nothing),
            (r#"{"items":[]}"#.to_owned(), 0, Said::Nothing),
        ] {
            assert_eq!(Said::of(&text, End::Exited(code)), said, "{text}");
        }
    }
}
