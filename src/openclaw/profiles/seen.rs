//! JSON of which only what is no secret is kept.
//!
//! A store is full of tokens. Of a text that may be one only its form is seen, while it goes by:
//! whether it is blank, and whether it names a secret or is one; of a refresh token also what tells it
//! from others. Parsers' messages can quote what they choked on, so that an error is a place.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::fingerprint::Fingerprint;
use crate::openclaw::profiles::form::Form;

/// The keys whose texts are no secrets.
const KEPT: [&str; 12] = [
    "accountId",
    "algorithm",
    "cooldownReason",
    "disabledReason",
    "email",
    "id",
    "location",
    "mode",
    "profileId",
    "provider",
    "source",
    "type",
];
/// Those whose texts are, as that of `refresh` is, wherever they stand.
const SECRET: [&str; 5] = ["access", "apiKey", "idToken", "key", "token"];
/// The longest e-mail address there can be, and some more; tokens are longer.
const LONGEST: usize = 320;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    Null,
    Flag,
    Number(f64),
    Text(String),
    Hidden(Form),
    /// A refresh token.
    Refresh(Form, Option<Fingerprint>),
    List(Vec<Seen>),
    Object(IndexMap<String, Seen>),
}

impl Seen {
    /// What the text says; the line and column where it stopped being JSON.
    pub(super) fn of(text: &[u8]) -> Result<Seen, (usize, usize)> {
        let mut parser = serde_json::Deserializer::from_slice(text);
        let seen = Look::Hide.deserialize(&mut parser);
        seen.and_then(|seen| parser.end().map(|()| seen))
            .map_err(|error| (error.line(), error.column()))
    }

    pub(super) fn object(&self) -> Option<&IndexMap<String, Seen>> {
        match self {
            Seen::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// The value below this key.
    pub(super) fn at(&self, key: &str) -> Option<&Seen> {
        self.object()?.get(key)
    }

    /// The text, where it is kept.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Seen::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Seen::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The form of a text, kept or not.
    pub(super) fn form(&self) -> Option<Form> {
        match self {
            Seen::Text(text) => Some(Form::of(text)),
            Seen::Hidden(form) | Seen::Refresh(form, _) => Some(*form),
            _ => None,
        }
    }

    /// What tells a refresh token from others.
    pub(super) fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Seen::Refresh(_, fingerprint) => *fingerprint,
            _ => None,
        }
    }

    /// Whether it is a text and not blank.
    pub(super) fn is_filled(&self) -> bool {
        self.form().is_some_and(|form| form != Form::Blank)
    }
}

/// How a value is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// A text in it is not kept.
    Hide,
    /// The same, told from others.
    Tell,
    /// It is kept where it is a text.
    Text,
    /// It is a list of texts to keep.
    Texts,
    /// Its fields are to be looked at so: an `order` has lists, a `lastGood` texts.
    Lists,
    Fields,
}

impl Look {
    /// How the value of this field is looked at.
    fn below(self, key: &str) -> Look {
        match (self, key) {
            (_, "refresh") => Look::Tell,
            (_, key) if SECRET.contains(&key) => Look::Hide,
            (Look::Lists, _) => Look::Texts,
            (Look::Fields, _) => Look::Text,
            (_, "order") => Look::Lists,
            (_, "lastGood") => Look::Fields,
            (_, key) if KEPT.contains(&key) => Look::Text,
            _ => Look::Hide,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Look {
    type Value = Seen;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Seen, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look {
    type Value = Seen;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Seen, E> {
        Ok(Seen::Null)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Seen, E> {
        Ok(Seen::Flag)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Seen, E> {
        Ok(Seen::Number(number))
    }

    #[expect(clippy::cast_precision_loss, reason = "JavaScript's numbers are these")]
    fn visit_u64<E: Error>(self, number: u64) -> Result<Seen, E> {
        Ok(Seen::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "JavaScript's numbers are these")]
    fn visit_i64<E: Error>(self, number: i64) -> Result<Seen, E> {
        Ok(Seen::Number(number as f64))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Seen, E> {
        Ok(match self {
            Look::Text if text.len() <= LONGEST => Seen::Text(text.to_owned()),
            Look::Tell => Seen::Refresh(Form::of(text), Fingerprint::of(text)),
            _ => Seen::Hidden(Form::of(text)),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Seen, A::Error> {
        let mut seen = Vec::new();
        let look = match self {
            Look::Texts => Look::Text,
            _ => Look::Hide,
        };
        while let Some(item) = items.next_element_seed(look)? {
            // What is hidden tells nothing by being there many times.
            if look == Look::Text {
                seen.push(item);
            }
        }
        Ok(Seen::List(seen))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Seen, A::Error> {
        let mut seen = IndexMap::new();
        while let Some(key) = fields.next_key::<String>()? {
            let value = fields.next_value_seed(self.below(&key))?;
            seen.insert(key, value);
        }
        Ok(Seen::Object(seen))
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn no_secret_is_kept_wherever_it_stands() {
        let text = r#"{"a":"canary","profiles":{"x":{"type":"oauth","access":"canary","refresh":["canary"],
            "key":{"source":"env","id":"NAME","value":"canary"},"email":"e@example.test"},
            "order":{"access":"canary","x":"canary"},"lastGood":{"refresh":"canary"}},"token":"canary"}"#;
        let seen = format!("{:?}", Seen::of(text.as_bytes()));
        assert!(!seen.contains("canary"), "{seen}");
        assert!(seen.contains("e@example.test"), "{seen}");
    }

    #[test]
    fn an_error_is_a_place() {
        assert_eq!(Seen::of(b"{\"a\":\n eyJcanary"), Err((2, 2)));
    }
}
