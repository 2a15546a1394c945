//! The login of the codex command line, which OpenClaw up to 2026.9.4 lays over its own stores.

use std::path::Path;
use std::sync::Arc;

use crate::openclaw::profiles::credential::{Credential, Kind};
use crate::openclaw::profiles::era::Era;
use crate::openclaw::profiles::store::{Origin, Owner, Store};

/// How long a token is taken to last that does not tell.
const HOUR: f64 = 3_600_000.0;
/// What the codex command line's login is called from 2026.7.1 on.
const NAMES: [&str; 4] = ["openai", "codex", "codex-cli", "codex-app-server"];

/// What OpenClaw reads of `auth.json` in the Codex home of the gateway's user: no token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CodexCliLogin {
    /// Access and refresh token are there, and the former not blank.
    pub(crate) has_tokens: bool,
    /// What the access token says of its end, in milliseconds.
    pub(crate) expires: Option<f64>,
    /// When the file was written, in milliseconds.
    pub(crate) written: f64,
    pub(crate) account_id: Option<String>,
    /// By its mode, or for want of one by having no API key, it is a login with ChatGPT.
    pub(crate) is_of_chatgpt: bool,
}

/// Adds the login as the profile `<provider>:default`, unless something keeps it away.
pub(super) fn overlay(
    store: &mut Store,
    login: Option<(&Path, &CodexCliLogin)>,
    era: Era,
    now: f64,
) {
    let Some((path, login)) = login else { return };
    if era >= Era::V9_5 || !login.has_tokens {
        return;
    }
    if era >= Era::V7_1 && (!login.is_of_chatgpt || has_oauth_with_tokens(store)) {
        return;
    }
    let provider = era.provider();
    let id = format!("{provider}:default");
    let expires = login.expires.unwrap_or(login.written + HOUR);
    let mut credential = Credential::of_codex(provider, expires, login.account_id.clone());
    if let Some(present) = store.profiles.get(&id) {
        let present = &present.credential;
        let is_placeholder = present.kind == Kind::Oauth
            && !present.has_tokens()
            && is_named(&present.provider, era)
            && (!present.has_identity() || present.is_same_as(&credential));
        if !is_placeholder {
            return;
        }
        credential.provider.clone_from(&present.provider);
    }
    if credential.is_usable(now) {
        let from = Arc::new(Origin {
            owner: Owner::CodexCli,
            path: path.to_owned(),
        });
        store.insert(id, credential, &from);
    }
}

fn is_named(provider: &str, era: Era) -> bool {
    if era >= Era::V7_1 {
        NAMES.contains(&provider)
    } else {
        provider == era.provider()
    }
}

fn has_oauth_with_tokens(store: &Store) -> bool {
    store.profiles.values().any(|profile| {
        let credential = &profile.credential;
        credential.has_tokens() && NAMES.contains(&credential.provider.as_str())
    })
}
