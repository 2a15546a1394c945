//! A copy of a login with which OpenAI can be asked, and nothing be used up: in place of the
//! refresh token, of which each can be used once, it has something that is none.

use std::path::Path;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::files;

const SIZE_LIMIT: u64 = 1024 * 1024;

/// Not blank: codex revokes the access token where there is no refresh token.
const NO_REFRESH_TOKEN: &str = "none-so-that-nothing-is-refreshed";

#[derive(Deserialize)]
struct Written {
    auth_mode: Option<String>,
    tokens: Tokens,
    last_refresh: Option<String>,
}

/// Neither `oauth_provenance`, which would say where to refresh it, nor what else newer versions
/// add to it.
#[derive(Deserialize)]
struct Tokens {
    id_token: SecretString,
    access_token: SecretString,
    account_id: Option<String>,
}

/// As codex writes them. Without `last_refresh` codex sends no token at all, so that one is as it was.
#[derive(Serialize)]
struct AuthJson<'a> {
    auth_mode: Option<&'a str>,
    tokens: TokensJson<'a>,
    last_refresh: Option<&'a str>,
}

#[derive(Serialize)]
struct TokensJson<'a> {
    id_token: &'a str,
    access_token: &'a str,
    refresh_token: &'a str,
    account_id: Option<&'a str>,
}

/// The text of the copy; `None` where the file is no login with ChatGPT any more.
pub(crate) fn copy_without_refresh_token(path: &Path) -> Option<Zeroizing<Vec<u8>>> {
    let text = Zeroizing::new(files::read(path, SIZE_LIMIT).ok()?);
    let written: Written = serde_json::from_slice(&text).ok()?;
    let tokens = &written.tokens;
    let copy = AuthJson {
        auth_mode: written.auth_mode.as_deref(),
        tokens: TokensJson {
            id_token: tokens.id_token.expose_secret(),
            access_token: tokens.access_token.expose_secret(),
            refresh_token: NO_REFRESH_TOKEN,
            account_id: tokens.account_id.as_deref(),
        },
        last_refresh: written.last_refresh.as_deref(),
    };
    // With room for all of it: a buffer that grows leaves copies of a secret behind.
    let mut out = Zeroizing::new(Vec::with_capacity(2 * text.len() + 1024));
    serde_json::to_writer(&mut *out, &copy).ok()?;
    Some(out)
}
