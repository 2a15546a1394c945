//! `auth.json` of the gateway's user, as OpenClaw reads it: more loosely than codex does, and of
//! the tokens only that they are there, and until when.

use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::codex::claims;
use crate::files;

const SIZE_LIMIT: u64 = 1024 * 1024;

/// What is there. Times are in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CliLogin {
    /// Access and refresh token are, and the former is not blank.
    pub(crate) has_tokens: bool,
    /// What the access token says of its end.
    pub(crate) expires: Option<f64>,
    /// When the file was written.
    pub(crate) written: f64,
    pub(crate) account_id: Option<String>,
    /// By its mode, or for want of one by having no API key, it is a login with ChatGPT.
    pub(crate) is_of_chatgpt: bool,
}

impl CliLogin {
    /// Reads the file. What cannot be read is no login, to OpenClaw as well, which runs as the one
    /// as whom we read.
    #[expect(clippy::cast_precision_loss, reason = "JavaScript's times are these")]
    pub(crate) fn read(path: &Path) -> Option<CliLogin> {
        let file = files::open(path).ok()?;
        let meta = file.metadata().ok()?;
        let text = Zeroizing::new(files::read_from(&file, SIZE_LIMIT).ok()?);
        let file: AuthJson = serde_json::from_slice(&text).ok()?;
        let mode = file.auth_mode.text().filter(|mode| !mode.is_empty());
        let Tokens {
            access_token,
            refresh_token,
            account_id,
        } = file.tokens.unwrap_or_default();
        let access = access_token.text().unwrap_or_default();
        let account_id = account_id.text().map(str::trim);
        Some(CliLogin {
            has_tokens: !access.trim().is_empty()
                && refresh_token.text().is_some_and(|token| !token.is_empty()),
            expires: claims::loose_expiry(access),
            written: meta.mtime() as f64 * 1000.0 + meta.mtime_nsec() as f64 / 1e6,
            account_id: account_id.filter(|id| !id.is_empty()).map(str::to_owned),
            is_of_chatgpt: match mode {
                Some(mode) => {
                    let mode = mode.to_lowercase();
                    mode == "chatgpt" || mode == "chatgptauthtokens"
                }
                None => file.api_key.text().is_none(),
            },
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AuthJson {
    auth_mode: Loose,
    #[serde(rename = "OPENAI_API_KEY")]
    api_key: Loose,
    tokens: Option<Tokens>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tokens {
    access_token: Loose,
    refresh_token: Loose,
    account_id: Loose,
}

/// A text, or whatever else stands in its place.
#[derive(Default)]
struct Loose(Option<SecretString>);

impl Loose {
    fn text(&self) -> Option<&str> {
        self.0.as_ref().map(ExposeSecret::expose_secret)
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Loose, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Loose;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Loose, E> {
        Ok(Loose(Some(text.into())))
    }

    fn visit_unit<E: Error>(self) -> Result<Loose, E> {
        Ok(Loose(None))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Loose, E> {
        Ok(Loose(None))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Loose, E> {
        Ok(Loose(None))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Loose, E> {
        Ok(Loose(None))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Loose, E> {
        Ok(Loose(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Loose, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Loose, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose(None))
    }
}
