//! Codex's own lines without what could be a credential in them.

/// What is longer is no message of codex's.
const LONGEST_LINE: usize = 4096;

/// `line` with everything hidden that could be a credential: codex's error lines can quote a file
/// or a server. The link of the browser flow is left, since the user needs it whole; what is in it
/// is no secret.
pub(crate) fn redacted(line: &str) -> String {
    let plain = anstream::adapter::strip_str(line).to_string();
    let line = plain.as_str();
    if is_login_link(line.trim()) {
        return plain;
    }
    if line.len() > LONGEST_LINE {
        return "[hidden: a line too long to be a message]".to_owned();
    }
    let (told, rest) = line.split_at(own_words(line));
    let mut shown = String::with_capacity(line.len());
    let mut word = String::new();
    for c in told.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '=' | '~' | '%' | '*') {
            word.push(c);
        } else {
            shown.push_str(unless_secret(&word));
            shown.push(c);
            word.clear();
        }
    }
    shown.push_str(unless_secret(&word));
    if rest.is_empty() {
        shown
    } else {
        format!("{} [hidden]", shown.trim_end())
    }
}

/// The length of what codex says in its own words: up to what it quotes, and up to what a server
/// answered, of which nothing is known.
fn own_words(line: &str) -> usize {
    let quoted = [r#"""#, "unknown variant"]
        .into_iter()
        .filter_map(|text| line.find(text));
    let answer = line.find(" returned status ").and_then(|at| {
        let reason = line[at..].find(':')?;
        Some(at + reason + 1)
    });
    quoted.chain(answer).min().unwrap_or(line.len())
}

/// The link of the browser flow, with nothing in it that begins as a token does.
fn is_login_link(line: &str) -> bool {
    let is_link = line.starts_with("https://") && !line.contains(char::is_whitespace);
    is_link
        && !line.split(['=', '&']).any(begins_as_token)
        && line
            .split_once('?')
            .is_some_and(|(page, _)| page.ends_with("/oauth/authorize"))
}

/// Whether `word` begins as OpenAI's tokens, keys and codes do.
pub(crate) fn begins_as_token(word: &str) -> bool {
    const STARTS: [&str; 8] = ["eyJ", "sk-", "at-", "ac_", "rt_", "rt-", "rt.", "sess-"];
    STARTS.iter().any(|start| word.starts_with(start)) && word.len() > 5
}

/// `word`, but not where it, or what it is a setting of, begins as a token does, or where it is
/// long or mixed as no word of a language is.
fn unless_secret(word: &str) -> &str {
    let begins = word
        .split(['=', '+', '~', '%', '*'])
        .chain([word])
        .any(begins_as_token);
    let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
    let kinds = [
        has(char::is_ascii_digit),
        has(char::is_ascii_uppercase),
        has(char::is_ascii_lowercase),
    ];
    let is_mixed = match kinds.into_iter().filter(|has| *has).count() {
        3 => word.len() >= 10,
        2 => word.len() >= 20,
        _ => false,
    };
    if begins || is_mixed { "[hidden]" } else { word }
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn what_could_be_a_credential_is_hidden_and_the_rest_is_told() {
        for (line, shown) in [
            (
                "invalid type: string \"eyJhbGciOi.eyJqdGki.sig\", expected",
                "invalid type: string [hidden]",
            ),
            (
                "(rt_fake-1) at-fake-1 <p>sk-fake-1</p>",
                "([hidden]) [hidden] <p>[hidden]</p>",
            ),
            ("/callback?code=ac_fake&x=1", "/callback?[hidden]&x=1"),
            ("refresh-fake-canary-1", "[hidden]"),
            (
                "\x1b[31msk-fake-1\x1b[0m KEY=sk-fake-1",
                "[hidden] [hidden]",
            ),
            (
                "config.toml: unknown variant `hunter2`",
                "config.toml: [hidden]",
            ),
            ("API key - sk-proj-***ABCDE", "API key - [hidden]"),
            (
                "AbCdEfGh12345678+AbCdEfGh12345678/AbCdEfGh1234567=",
                "[hidden]/[hidden]",
            ),
            ("0.AbCdEfGh~qRsT5 'v1.MSecretSecret'", "[hidden] '[hidden]'"),
            (
                "https://x.test/oauth/authorize?access_token=eyJfake",
                "https://x.test/oauth/authorize?[hidden]",
            ),
            (
                &"x".repeat(5000),
                "[hidden: a line too long to be a message]",
            ),
            (
                "token endpoint returned status 400 Bad Request: {\"x\":\"fake\"}",
                "token endpoint returned status 400 Bad Request: [hidden]",
            ),
            (
                "device code request failed with status 429 Too Many Requests",
                "device code request failed with status 429 Too Many Requests",
            ),
            (
                "error sending request for url (https://auth.openai.com/api/accounts/deviceauth/usercode)",
                "error sending request for url (https://auth.openai.com/api/accounts/deviceauth/usercode)",
            ),
            (
                "refresh_token_invalidated: forced_chatgpt_workspace_id",
                "refresh_token_invalidated: forced_chatgpt_workspace_id",
            ),
            (
                "  https://auth.openai.com/oauth/authorize?state=1a2B3c4D5e6F7g8H9i0J1k2L",
                "  https://auth.openai.com/oauth/authorize?state=1a2B3c4D5e6F7g8H9i0J1k2L",
            ),
        ] {
            assert_eq!(redacted(line), shown);
        }
    }
}
