//! `auth.json` as it is written: which fields it has, and the first that is not as codex wants it.
//!
//! Read by hand and not by derived code: that names no field, and its messages quote values. What
//! is refused was measured with codex 0.123, 0.130 and 0.169; of what only the last knows, any
//! version's word counts.

use std::fmt;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::codex::auth::Damage;
use crate::fingerprint::Fingerprint;

/// A field that may have a text.
#[derive(Default)]
pub(super) struct Text(pub(super) Option<SecretString>);

/// What the file has.
#[derive(Default)]
pub(super) struct Written {
    pub(super) auth_mode: Text,
    pub(super) api_key: Text,
    pub(super) tokens: Option<Tokens>,
    pub(super) last_refresh: Text,
    pub(super) has_agent_identity: bool,
    pub(super) personal_access_token: Text,
    pub(super) has_bedrock: bool,
}

#[derive(Default)]
pub(super) struct Tokens {
    pub(super) id_token: Text,
    pub(super) access_token: Text,
    pub(super) refresh_token: Text,
    pub(super) account_id: Text,
}

impl Written {
    /// What tells its refresh token from others.
    pub(super) fn refresh(&self) -> Option<Fingerprint> {
        let token = self.tokens.as_ref()?.refresh_token.0.as_ref()?;
        Fingerprint::of(token.expose_secret())
    }
}

/// What the text says, as far as it can be read, and what keeps codex from using it.
pub(super) fn written(text: &[u8]) -> (Written, Option<Damage>) {
    let Ok(text) = std::str::from_utf8(text) else {
        return (Written::default(), Some(Damage::NotText));
    };
    if text.trim().is_empty() {
        return (Written::default(), Some(Damage::Blank));
    }
    if text.starts_with('\u{feff}') {
        return (Written::default(), Some(Damage::ByteOrderMark));
    }
    let mut reading = Reading::default();
    let mut parser = serde_json::Deserializer::from_str(text);
    let read = Part {
        reading: &mut reading,
        below: Below::File,
    };
    let ended = read.deserialize(&mut parser).and_then(|()| parser.end());
    let damage = reading.damage.or_else(|| {
        let error = ended.err()?;
        Some(Damage::Syntax {
            line: error.line(),
            column: error.column(),
        })
    });
    (reading.written, damage)
}

#[derive(Default)]
struct Reading {
    written: Written,
    /// The first.
    damage: Option<Damage>,
    seen: Vec<&'static str>,
}

impl Reading {
    fn fail(&mut self, damage: Damage) {
        self.damage.get_or_insert(damage);
    }

    /// The place of a text, where the field is one.
    fn text(&mut self, field: &str) -> Option<&mut Text> {
        let written = &mut self.written;
        let tokens = &mut written.tokens;
        Some(match field {
            "auth_mode" => &mut written.auth_mode,
            "OPENAI_API_KEY" => &mut written.api_key,
            "last_refresh" => &mut written.last_refresh,
            "personal_access_token" => &mut written.personal_access_token,
            "tokens.id_token" => &mut tokens.as_mut()?.id_token,
            "tokens.access_token" => &mut tokens.as_mut()?.access_token,
            "tokens.refresh_token" => &mut tokens.as_mut()?.refresh_token,
            "tokens.account_id" => &mut tokens.as_mut()?.account_id,
            _ => return None,
        })
    }
}

/// Where in the file a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    File,
    /// Of this field; what codex wants there.
    Field(&'static str, Kind),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Object,
    /// A text, or an object, by the version.
    Either,
}

/// The fields that codex looks at, by the object in which they stand. Two of one name, or a value
/// of another kind, and it loads nothing.
fn known(object: &str, key: &str) -> Option<(&'static str, Kind)> {
    Some(match (object, key) {
        ("", "auth_mode") => ("auth_mode", Kind::Text),
        ("", "OPENAI_API_KEY") => ("OPENAI_API_KEY", Kind::Text),
        ("", "tokens") => ("tokens", Kind::Object),
        ("", "last_refresh") => ("last_refresh", Kind::Text),
        ("", "agent_identity") => ("agent_identity", Kind::Either),
        ("", "personal_access_token") => ("personal_access_token", Kind::Text),
        ("", "bedrock_api_key") => ("bedrock_api_key", Kind::Object),
        ("", "bedrock_access_keys") => ("bedrock_access_keys", Kind::Object),
        ("tokens", "id_token") => ("tokens.id_token", Kind::Text),
        ("tokens", "access_token") => ("tokens.access_token", Kind::Text),
        ("tokens", "refresh_token") => ("tokens.refresh_token", Kind::Text),
        ("tokens", "account_id") => ("tokens.account_id", Kind::Text),
        ("tokens", "login_owner_id") => ("tokens.login_owner_id", Kind::Text),
        ("tokens", "oauth_provenance") => ("tokens.oauth_provenance", Kind::Object),
        ("tokens.oauth_provenance", "issuer") => ("tokens.oauth_provenance.issuer", Kind::Text),
        ("tokens.oauth_provenance", "client_id") => {
            ("tokens.oauth_provenance.client_id", Kind::Text)
        }
        _ => return None,
    })
}

struct Part<'a> {
    reading: &'a mut Reading,
    below: Below,
}

impl Part<'_> {
    /// Notes that the value is of another kind than codex wants.
    fn wrong(self) {
        self.reading.fail(match self.below {
            Below::File => Damage::NotAnObject,
            Below::Field(field, _) => Damage::Invalid(field),
        });
    }

    fn begin(&mut self) {
        match self.below {
            Below::Field("tokens", _) => self.reading.written.tokens = Some(Tokens::default()),
            Below::Field("agent_identity", _) => self.reading.written.has_agent_identity = true,
            Below::Field("bedrock_api_key" | "bedrock_access_keys", _) => {
                self.reading.written.has_bedrock = true;
            }
            _ => {}
        }
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what codex writes")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        match self.below {
            Below::File => self.wrong(),
            // As if it were not there.
            Below::Field(..) => {}
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.wrong();
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.wrong();
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.wrong();
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.wrong();
        Ok(())
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        match self.below {
            Below::Field(field, Kind::Text | Kind::Either) => {
                self.begin();
                if let Some(place) = self.reading.text(field) {
                    place.0 = Some(SecretString::from(text.to_owned()));
                }
            }
            _ => self.wrong(),
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        self.wrong();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        let object = match self.below {
            Below::File => "",
            Below::Field(field, Kind::Object | Kind::Either) => field,
            Below::Field(..) => {
                while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                self.wrong();
                return Ok(());
            }
        };
        self.begin();
        while let Some(key) = fields.next_key::<String>()? {
            let key = Zeroizing::new(key);
            let Some((field, kind)) = known(object, &key) else {
                fields.next_value::<IgnoredAny>()?;
                continue;
            };
            if self.reading.seen.contains(&field) {
                self.reading.fail(Damage::Twice(field));
            }
            self.reading.seen.push(field);
            fields.next_value_seed(Part {
                reading: self.reading,
                below: Below::Field(field, kind),
            })?;
        }
        self.require_provenance(object);
        Ok(())
    }
}

impl Part<'_> {
    /// Who issued the tokens is said whole or not at all.
    fn require_provenance(self, object: &str) {
        if object != "tokens.oauth_provenance" {
            return;
        }
        for field in [
            "tokens.oauth_provenance.issuer",
            "tokens.oauth_provenance.client_id",
        ] {
            if !self.reading.seen.contains(&field) {
                self.reading.fail(Damage::Missing(field));
            }
        }
    }
}
