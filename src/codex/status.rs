//! What `codex login status` says, as a word of a fixed list.
//!
//! Codex's own text is never handed on: some of its lines hold part of an API key, and its parse
//! errors quote the file.

use serde::Serialize;

use crate::codex::auth::Method;

/// Codex's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    LoggedIn(Word),
    NotLoggedIn,
    /// It could not load the login.
    CannotLoad,
    /// It could not load its configuration, or said something unknown.
    Error,
    /// It did not end in time.
    Nothing,
}

/// The kinds of login that codex reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Stored(Method),
    WorkloadIdentity,
}

impl Says {
    /// Reads what codex wrote. Warnings may stand before the line that counts; the exit status
    /// adds nothing to it.
    pub(crate) fn of_output(output: &str) -> Says {
        output
            .lines()
            .find_map(|line| Says::of_line(line.trim()))
            .unwrap_or(Says::Error)
    }

    fn of_line(line: &str) -> Option<Says> {
        let stored = |method| Some(Says::LoggedIn(Word::Stored(method)));
        if line == "Not logged in" {
            Some(Says::NotLoggedIn)
        } else if line.starts_with("Error checking login status:") {
            Some(Says::CannotLoad)
        } else if line.starts_with("API key configured") {
            stored(Method::ApiKey)
        } else if line.starts_with("Error ") {
            Some(Says::Error)
        } else {
            let method = line.strip_prefix("Logged in using ")?;
            match method {
                "ChatGPT" => stored(Method::Chatgpt),
                "access token" => stored(Method::AccessToken),
                "personal access token" => stored(Method::PersonalAccessToken),
                "workload identity" => Some(Says::LoggedIn(Word::WorkloadIdentity)),
                other if other.starts_with("an API key") => stored(Method::ApiKey),
                other if other.starts_with("Amazon Bedrock") => stored(Method::Bedrock),
                _ => None,
            }
        }
    }

    /// The word that JSON has for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Says::LoggedIn(Word::Stored(method)) => method.word(),
            Says::LoggedIn(Word::WorkloadIdentity) => "workload-identity",
            Says::NotLoggedIn => "not-logged-in",
            Says::CannotLoad | Says::Error | Says::Nothing => "error",
        }
    }
}

impl Serialize for Says {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::Says;

    #[test]
    fn every_line_that_codex_prints_has_its_word() {
        for (text, word) in [
            ("Logged in using ChatGPT", "chatgpt"),
            ("Logged in using an API key - sk-proj-***ABCDE", "api-key"),
            (
                "API key configured - ***\nAuthentication is checked when you send a request.",
                "api-key",
            ),
            ("Logged in using access token", "access-token"),
            (
                "Logged in using personal access token",
                "personal-access-token",
            ),
            ("Logged in using workload identity", "workload-identity"),
            ("Logged in using Amazon Bedrock API key", "bedrock"),
            ("Logged in using Amazon Bedrock AWS access keys", "bedrock"),
            ("Not logged in", "not-logged-in"),
            (
                "WARNING: proceeding, even though …\nNot logged in\n",
                "not-logged-in",
            ),
            (
                "Error checking login status: missing field `id_token`",
                "error",
            ),
            ("Error loading configuration: config.toml:1:6: …", "error"),
            ("", "error"),
            ("Logged in using something new", "error"),
        ] {
            assert_eq!(Says::of_output(text).word(), word, "{text:?}");
        }
    }
}
