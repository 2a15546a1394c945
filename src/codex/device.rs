//! What `codex login` tells while it runs: the device code, and at the end why it failed.

/// The address and the code that the user needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceCode {
    pub(crate) url: String,
    pub(crate) code: String,
    /// As codex says it: "expires in 15 minutes".
    pub(crate) lives_minutes: i64,
}

/// Reads the prompt line by line, and has the code as soon as it is there.
#[derive(Debug, Default)]
pub(crate) struct PromptReader {
    url: Option<String>,
    lives_minutes: Option<i64>,
    done: bool,
}

impl PromptReader {
    /// Takes one line of codex's stdout. Gives the code once.
    pub(crate) fn line(&mut self, line: &str) -> Option<DeviceCode> {
        let plain = without_colours(line);
        let text = plain.trim();
        if self.done {
            return None;
        }
        if let Some((_, rest)) = text.split_once("expires in ") {
            let number = rest.split(' ').next().and_then(|word| word.parse().ok());
            self.lives_minutes = number.map(|minutes: i64| minutes.clamp(1, 60));
        }
        match &self.url {
            None if text.starts_with("https://") || text.starts_with("http://") => {
                self.url = Some(text.to_owned());
                None
            }
            Some(url) if is_user_code(text) => {
                self.done = true;
                Some(DeviceCode {
                    url: url.clone(),
                    code: text.to_owned(),
                    lives_minutes: self.lives_minutes.unwrap_or(15),
                })
            }
            _ => None,
        }
    }
}

/// One bare word on the line: `P4DP-8OSZ4`.
fn is_user_code(text: &str) -> bool {
    (4..=32).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn without_colours(line: &str) -> String {
    anstream::adapter::strip_str(line).to_string()
}

/// Why a login failed, as far as codex's last words tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The account has not allowed device codes.
    NotEnabled,
    /// Too many codes were asked for.
    TooMany,
    /// Denied, or the code ran out; the issuer does not tell which.
    Refused,
    Unreachable,
    Disk,
    Forbidden,
    Other,
}

impl Reason {
    /// Judges one line of codex's stderr; `None` where it is no error line.
    pub(crate) fn of_line(line: &str) -> Option<Reason> {
        let is_error =
            line.contains("Error") || line.contains("disabled") || line.contains("panicked");
        if !is_error {
            return None;
        }
        let has = |text: &str| line.contains(text);
        Some(if has("not enabled") {
            Reason::NotEnabled
        } else if has("status 429") {
            Reason::TooMany
        } else if has("device auth failed with status 400") || has("timed out after") {
            Reason::Refused
        } else if has("error sending request") || has("CA certificate") {
            Reason::Unreachable
        } else if has("No space left") || has("File too large") || has("os error 28") {
            Reason::Disk
        } else if has("login is disabled") || has("restricted to workspace") {
            Reason::Forbidden
        } else {
            Reason::Other
        })
    }
}

#[cfg(test)]
mod tests {
    use super::PromptReader;

    #[test]
    fn the_prompt_gives_its_code_once_and_as_soon_as_it_is_there() {
        let mut prompt = PromptReader::default();
        let lines = [
            "1. Open this link in your browser and sign in to your account",
            "   \x1b[94mhttps://auth.openai.com/codex/device\x1b[0m",
            "2. Enter this one-time code \x1b[90m(expires in 10 minutes)\x1b[0m",
            "   \x1b[94mP4DP-8OSZ4\x1b[0m",
            "   AAAA-BBBB",
        ];
        let codes: Vec<_> = lines.iter().map(|line| prompt.line(line)).collect();
        assert!(codes[..3].iter().all(Option::is_none));
        let code = codes[3].as_ref().expect("a code");
        assert_eq!((code.code.as_str(), code.lives_minutes), ("P4DP-8OSZ4", 10));
        assert_eq!(code.url, "https://auth.openai.com/codex/device");
        assert_eq!(codes[4], None);
    }
}
