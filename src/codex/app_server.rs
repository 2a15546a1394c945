//! Codex's app-server, as far as it tells whether OpenAI accepts a login.
//!
//! What it says is never handed on: its errors quote OpenAI's answers, and addresses.

use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// What is asked, a line each: how much of the account is used up, which only who is accepted is
/// told. All at once, since it answers in order.
pub(crate) const QUESTION: &str = concat!(
    r#"{"id":1,"method":"initialize","params":{"clientInfo":{"name":"codex-login","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""}}}"#,
    "\n",
    r#"{"method":"initialized"}"#,
    "\n",
    r#"{"id":2,"method":"account/rateLimits/read"}"#,
    "\n",
);

/// What the error of one that could not ask begins with, before the address and the status.
const FAILED: &str = " failed: ";

/// The arguments that start it in a staging home: its databases in there whatever the configuration
/// says, and none of what it would fetch and unpack for a turn.
pub(crate) fn args(stage: &Path) -> Vec<String> {
    let sqlite_home = serde_json::json!(stage.to_string_lossy());
    let settings = [
        "cli_auth_credentials_store=\"file\"".to_owned(),
        format!("sqlite_home={sqlite_home}"),
        "features.plugins=false".to_owned(),
        "features.apps=false".to_owned(),
        "skills.bundled.enabled=false".to_owned(),
    ];
    let settings = settings
        .into_iter()
        .flat_map(|setting| ["-c".to_owned(), setting]);
    ["app-server".to_owned()]
        .into_iter()
        .chain(settings)
        .collect()
}

/// What OpenAI says of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Accepted,
    Refused,
    /// It answered with another status.
    Status(u16),
    /// Codex had nothing to ask with.
    NoLogin,
    /// Codex could not ask, or did not understand the answer.
    Failed,
}

#[derive(Deserialize)]
struct Line {
    id: Option<u64>,
    result: Option<IgnoredAny>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    message: String,
}

impl Answer {
    /// Reads a line; `None` for one that says nothing about it.
    pub(crate) fn of_line(line: &str) -> Option<Answer> {
        let line: Line = serde_json::from_str(line).ok()?;
        match (line.id?, line.result, line.error) {
            (2, Some(_), None) => Some(Answer::Accepted),
            (1 | 2, _, Some(refusal)) => Some(Answer::of_refusal(&refusal)),
            _ => None,
        }
    }

    /// The status stands right after the address; what OpenAI itself said comes later and is not
    /// looked at.
    fn of_refusal(refusal: &Refusal) -> Answer {
        let status = refusal
            .message
            .split_once(FAILED)
            .and_then(|(_, rest)| rest.get(..3)?.parse().ok());
        match (refusal.code, status) {
            (-32603, Some(401)) => Answer::Refused,
            (-32603, Some(status)) => Answer::Status(status),
            (-32600, _) => Answer::NoLogin,
            _ => Answer::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;

    fn error(code: i64, message: &str) -> String {
        serde_json::json!({ "error": { "code": code, "message": message }, "id": 2 }).to_string()
    }

    #[test]
    fn every_answer_of_codex_0_130_and_0_169_is_understood() {
        let get = "failed to fetch codex rate limits: GET https://chatgpt.com/backend-api/wham/usage failed:";
        let body = "content-type=application/json; body={\"detail\":\" failed: 401 Unauthorized\"}";
        let failed = "failed to fetch codex rate limits: error sending request for url (https://chatgpt.com/backend-api/wham/usage)";
        for (line, answer) in [
            (
                r#"{"id":1,"result":{"userAgent":"codex-login/0.130.0"}}"#.to_owned(),
                None,
            ),
            (
                r#"{"method":"remoteControl/status/changed","params":{"status":"disabled"}}"#
                    .to_owned(),
                None,
            ),
            (
                r#"{"id":2,"result":{"rateLimits":{"limitId":"codex"}}}"#.to_owned(),
                Some(Answer::Accepted),
            ),
            (
                error(-32603, &format!("{get} 401 Unauthorized; {body}")),
                Some(Answer::Refused),
            ),
            (
                error(-32603, &format!("{get} 503 Service Unavailable; {body}")),
                Some(Answer::Status(503)),
            ),
            (
                error(
                    -32600,
                    "codex account authentication required to read rate limits",
                ),
                Some(Answer::NoLogin),
            ),
            (error(-32603, failed), Some(Answer::Failed)),
            (error(-32601, "failed: 401"), Some(Answer::Failed)),
            ("codex speaks".to_owned(), None),
        ] {
            assert_eq!(Answer::of_line(&line), answer, "{line}");
        }
    }
}
