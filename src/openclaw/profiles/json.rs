//! The stores of 2026.6.1 and before: files of JSON.

use std::path::Path;
use std::sync::Arc;

use secrecy::zeroize::Zeroizing;

use crate::files::{self, NoText};
use crate::openclaw::profiles::credential::{Credential, Kind};
use crate::openclaw::profiles::era::Era;
use crate::openclaw::profiles::seen::Seen;
use crate::openclaw::profiles::sources::Trouble;
use crate::openclaw::profiles::store::{Origin, Owner, Store};

/// Nobody has so many profiles that their file were larger.
pub(super) const LIMIT: u64 = 16 * 1024 * 1024;
/// Far more than a secret of OpenClaw's has.
const SECRET_LIMIT: u64 = 64 * 1024;
pub(super) const STORE: &str = "auth-profiles.json";
const STATE: &str = "auth-state.json";
/// Not codex's file of this name, which is in the codex home.
pub(super) const OLDEST: &str = "auth.json";

/// What a file says; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Seen>, Trouble> {
    read_up_to(path, LIMIT)
}

fn read_up_to(path: &Path, limit: u64) -> Result<Option<Seen>, Trouble> {
    let trouble = |why: &str| Err(Trouble::new(path, why));
    let text = match files::read(path, limit) {
        Ok(text) => Zeroizing::new(text),
        Err(NoText::Missing) => return Ok(None),
        Err(NoText::NotAFile) => return trouble("it is not a file"),
        Err(NoText::TooLarge) => return trouble("it is larger than it can be"),
        Err(NoText::Unreadable(why)) => return trouble(&why.to_string()),
    };
    match Seen::of(&text) {
        Ok(seen) => Ok(Some(seen)),
        Err((line, column)) => trouble(&format!("no JSON, at line {line}, column {column}")),
    }
}

/// The store in this directory, with what older files have where it has none. `credentials` is the
/// directory of secrets.
pub(super) fn load(
    dir: &Path,
    credentials: &Path,
    owner: Owner,
    era: Era,
    within: &[&Path],
) -> Result<Store, Trouble> {
    let path = dir.join(STORE);
    Trouble::refuse_link_out(&path, within)?;
    let from = Arc::new(Origin { owner, path });
    let raw = read(&from.path)?;
    if let Some(mut store) = raw.and_then(|raw| Store::of(&raw, era, &from)) {
        let path = dir.join(STATE);
        Trouble::refuse_link_out(&path, within)?;
        if let Some(state) = read(&path)? {
            store.add_state(&state, era, &Arc::new(Origin { owner, path }));
        }
        store.refuse_too_many(&from.path)?;
        for (id, profile) in &mut store.profiles {
            if era.reads_references() && has_secret(credentials, id, &profile.credential) {
                profile.credential.found();
            }
        }
        return Ok(store);
    }
    let mut store = Store::default();
    let path = dir.join(OLDEST);
    Trouble::refuse_link_out(&path, within)?;
    if let Some(raw) = read(&path)? {
        add_oldest(&mut store, &raw, era, &Arc::new(Origin { owner, path }));
    }
    add_oauth_file(&mut store, credentials, owner, era)?;
    Ok(store)
}

/// Whether the secret that a profile refers to is there. To select it is not decrypted: that takes a
/// key which only the gateway's user may have.
fn has_secret(credentials: &Path, id: &str, credential: &Credential) -> bool {
    let Some(reference) = credential.reference() else {
        return false;
    };
    let path = credentials.join(format!("auth-profiles/{}.json", reference.id));
    if Trouble::refuse_link_out(&path, &[credentials]).is_err() {
        return false;
    }
    let Ok(Some(secret)) = read_up_to(&path, SECRET_LIMIT) else {
        return false;
    };
    let is_text = |key: &str| secret.at(key).and_then(Seen::text);
    let has = |value: &Seen, keys: &[&str]| {
        keys.iter()
            .all(|key| value.at(key).is_some_and(|part| part.form().is_some()))
    };
    let is_encrypted = secret.at("encrypted").is_some_and(|encrypted| {
        encrypted.at("algorithm").and_then(Seen::text) == Some("aes-256-gcm")
            && has(encrypted, &["iv", "tag", "ciphertext"])
    });
    let is_plain = ["access", "refresh"]
        .iter()
        .any(|key| secret.at(key).is_some_and(Seen::is_filled));
    secret.at("version").and_then(Seen::number) == Some(1.0)
        && is_text("profileId") == Some(id)
        && is_text("provider") == Some(credential.provider.as_str())
        && (is_encrypted || is_plain)
}

/// `auth.json` beside the store: credentials by provider.
fn add_oldest(store: &mut Store, raw: &Seen, era: Era, from: &Arc<Origin>) {
    let Some(entries) = raw.object().filter(|all| !all.contains_key("profiles")) else {
        return;
    };
    for (provider, entry) in entries {
        if let Some(credential) = Credential::of(entry, Some(provider), era) {
            let id = format!("{provider}:default");
            store.insert(id, credential.without_references(), from);
        }
    }
}

/// `oauth.json` among the secrets: OAuth by provider, where the store has no such profile yet.
pub(super) fn add_oauth_file(
    store: &mut Store,
    credentials: &Path,
    owner: Owner,
    era: Era,
) -> Result<(), Trouble> {
    let path = credentials.join("oauth.json");
    Trouble::refuse_link_out(&path, &[credentials])?;
    let Some(raw) = read(&path)? else {
        return Ok(());
    };
    let from = Arc::new(Origin { owner, path });
    for (provider, entry) in raw.object().into_iter().flatten() {
        let id = format!("{provider}:default");
        if entry.object().is_some() && !store.profiles.contains_key(&id) {
            let credential = Credential::of(entry, Some(provider), era)
                .unwrap_or_else(|| Credential::of_kind(Kind::Oauth, provider.clone(), entry, era));
            store.insert(id, credential, &from);
        }
    }
    Ok(())
}
