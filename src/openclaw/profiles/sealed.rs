//! OAuth tokens that 2026.5.12 to 5.16 keep in a file of their own, encrypted: whether they can be
//! read with the gateway's key, and what tells the refresh token among them from others.
//!
//! Nothing that is decrypted leaves this file, and nothing of it is kept.

use std::path::{Path, PathBuf};

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::files;
use crate::fingerprint::Fingerprint;
use crate::openclaw::environment::{Environment, js_trim};

/// The variable of the gateway that goes before every file.
const VARIABLE: &str = "OPENCLAW_AUTH_PROFILE_SECRET_KEY";
const KEY_FILE: &str = "auth-profile-secret-key";
const LIMIT: u64 = 64 * 1024;
const TAG_LENGTH: usize = 16;

/// Where the key is that OpenClaw encrypts with.
#[derive(Clone, Debug)]
pub(super) struct KeyPlace {
    given: Option<SecretString>,
    file: Option<PathBuf>,
}

/// What a profile names: the file, and for whom it was encrypted.
pub(super) struct Named<'a> {
    pub(super) path: &'a Path,
    /// The name of the file, without its ending.
    pub(super) id: &'a str,
    pub(super) profile: &'a str,
    pub(super) provider: &'a str,
}

/// What came of opening one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sealed {
    Opened,
    /// There is none, or nothing that OpenClaw would take for one.
    Missing,
    /// The key is not there or another; where it was looked for.
    Undecryptable(String),
    /// The key may be in macOS's keychain, which is not asked: that can open a window.
    Unknown,
}

#[derive(Deserialize)]
struct File {
    version: serde_json::Number,
    #[serde(rename = "profileId")]
    profile: String,
    provider: String,
    encrypted: Option<Encrypted>,
    access: Option<SecretString>,
    refresh: Option<SecretString>,
}

#[derive(Deserialize)]
struct Encrypted {
    algorithm: String,
    iv: String,
    tag: String,
    ciphertext: String,
}

#[derive(Deserialize)]
struct Material {
    refresh: Option<SecretString>,
}

impl KeyPlace {
    /// `home` is the gateway's user's, `own` whether that is whose environment this is.
    pub(super) fn of(
        env: &Environment,
        home: Option<&Path>,
        own: bool,
        state_dir: &Path,
    ) -> KeyPlace {
        let given = env.trimmed(VARIABLE).and_then(|key| key.to_str());
        let named = env.trimmed("XDG_CONFIG_HOME").filter(|_| own);
        let named = named.and_then(|dir| env.disk.on_host(Path::new(dir)));
        let first = if cfg!(target_os = "macos") {
            home.map(|home| home.join("Library/Application Support/OpenClaw"))
        } else {
            let usual = || home.map(|home| home.join(".config"));
            named.or_else(usual).map(|dir| dir.join("openclaw"))
        };
        let second = home.map(|home| home.join(".openclaw-auth-profile-secrets"));
        let dirs = [first, second].into_iter().flatten();
        KeyPlace {
            given: given.map(SecretString::from),
            // OpenClaw takes the first that is not beside what it encrypts, whether it is there or not.
            file: dirs
                .map(|dir| files::folded(&dir).join(KEY_FILE))
                .find(|file| !file.starts_with(state_dir)),
        }
    }

    fn key(&self) -> Option<Zeroizing<[u8; 32]>> {
        let text;
        let seed = if let Some(given) = &self.given {
            given.expose_secret()
        } else {
            text = Zeroizing::new(files::read(self.file.as_ref()?, LIMIT).ok()?);
            js_trim(std::str::from_utf8(&text).ok()?)
        };
        if seed.is_empty() {
            return None;
        }
        let hash = Sha256::new_with_prefix("openclaw:auth-profile-oauth:").chain_update(seed);
        Some(Zeroizing::new(hash.finalize().into()))
    }

    /// Why nothing could be decrypted, in words.
    fn blame(&self) -> Sealed {
        match (&self.given, &self.file) {
            (Some(_), _) => Sealed::Undecryptable(format!("{VARIABLE} of the gateway is another")),
            _ if cfg!(target_os = "macos") => Sealed::Unknown,
            (None, None) => Sealed::Undecryptable("where its key is kept is not known".to_owned()),
            (None, Some(file)) => Sealed::Undecryptable(match self.key() {
                Some(_) => format!("the key in {} is another", file.display()),
                None => format!("there is no key that we can read in {}", file.display()),
            }),
        }
    }
}

/// Opens the file with the key, as OpenClaw does, and tells its refresh token from others.
pub(super) fn open(named: &Named<'_>, keys: &KeyPlace) -> (Sealed, Option<Fingerprint>) {
    let Some(file) = read(named) else {
        return (Sealed::Missing, None);
    };
    let print = |token: Option<SecretString>| Fingerprint::of(token?.expose_secret());
    match file.encrypted {
        Some(encrypted) => match decrypt(&encrypted, named, keys) {
            Some(material) => (Sealed::Opened, print(material.refresh)),
            None => (keys.blame(), None),
        },
        None if file.access.is_none() && file.refresh.is_none() => (Sealed::Missing, None),
        None => (Sealed::Opened, print(file.refresh)),
    }
}

fn read(named: &Named<'_>) -> Option<File> {
    let text = Zeroizing::new(files::read(named.path, LIMIT).ok()?);
    // The parser's message could quote the file.
    let file: File = serde_json::from_slice(&text).ok()?;
    let is_named = file.profile == named.profile && file.provider == named.provider;
    let is_known = file.version.as_f64() == Some(1.0);
    (is_named && is_known).then_some(file)
}

fn decrypt(encrypted: &Encrypted, named: &Named<'_>, keys: &KeyPlace) -> Option<Material> {
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
    let iv = decoded(&encrypted.iv)?;
    let tag = decoded(&encrypted.tag).filter(|tag| tag.len() == TAG_LENGTH)?;
    if encrypted.algorithm != "aes-256-gcm" {
        return None;
    }
    let nonce = Nonce::try_from(iv.as_slice()).ok()?;
    let bytes = [decoded(&encrypted.ciphertext)?, tag].concat();
    let bound_to = [named.id, named.profile, named.provider].join("\0");
    let payload = Payload {
        msg: &bytes,
        aad: bound_to.as_bytes(),
    };
    let key = keys.key()?;
    let cipher = Aes256Gcm::new_from_slice(key.as_slice()).ok()?;
    let text = Zeroizing::new(cipher.decrypt(&nonce, payload).ok()?);
    serde_json::from_slice(&text).ok()
}
