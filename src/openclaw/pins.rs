//! Profiles that a conversation is pinned to, as its record has them.
//!
//! A file of sessions can have many megabytes, and its keys telephone numbers: it is read as a
//! stream, of which nothing is kept but which profile is pinned how often.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io::{BufReader, Read};
use std::path::Path;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// More profiles than anybody has; whatever more are named is not counted.
const PROFILES_LIMIT: usize = 1000;
/// The ids of more conversations than a gateway has.
const SESSIONS_LIMIT: usize = 200_000;
/// What is longer is no id.
const ID_LIMIT: usize = 1024;

/// How many conversations are pinned to a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// By their user, who named it.
    pub(crate) users: usize,
    /// By OpenClaw, which takes that back by itself.
    pub(crate) automatic: usize,
    /// By the codex thread that was begun with it.
    pub(crate) threads: usize,
}

/// The pins of an agent, by profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pins {
    pub(crate) profiles: BTreeMap<String, Count>,
}

impl Pins {
    pub(super) fn count(&mut self, id: &str, add: impl FnOnce(&mut Count)) {
        let id = id.trim();
        let has_room = self.profiles.len() < PROFILES_LIMIT || self.profiles.contains_key(id);
        if !id.is_empty() && id.len() <= ID_LIMIT && has_room {
            add(self.profiles.entry(id.to_owned()).or_default());
        }
    }

    pub(super) fn add(&mut self, session: &Session) {
        let Some(id) = &session.profile else { return };
        // As OpenClaw takes it where the record does not say who.
        let is_own = match session.source.as_deref() {
            Some(source) => source == "auto",
            None => session.compactions.is_some(),
        };
        self.count(id, |count| {
            if is_own {
                count.automatic += 1;
            } else {
                count.users += 1;
            }
        });
    }
}

/// The record of a conversation, of which this is kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Session {
    #[serde(rename = "authProfileOverride", deserialize_with = "text")]
    profile: Option<String>,
    #[serde(rename = "authProfileOverrideSource", deserialize_with = "text")]
    source: Option<String>,
    #[serde(rename = "authProfileOverrideCompactionCount")]
    compactions: Option<IgnoredAny>,
    #[serde(rename = "sessionId", deserialize_with = "text")]
    id: Option<String>,
    #[serde(rename = "sessionFile", deserialize_with = "text")]
    file: Option<String>,
}

impl Session {
    pub(super) fn of(json: &[u8]) -> Option<Session> {
        serde_json::from_slice(json).ok()
    }

    /// The name of the file that has what was said.
    fn transcript(&self) -> Option<String> {
        let named = self.file.as_deref().map(Path::new);
        match named.and_then(Path::file_name) {
            Some(name) => Some(name.to_string_lossy().into_owned()),
            None => Some(format!("{}.jsonl", self.id.as_ref()?)),
        }
    }
}

/// A codex thread that was begun for a conversation.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Thread {
    #[serde(rename = "authProfileId", deserialize_with = "text")]
    pub(super) profile: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) state: Option<String>,
    /// Where it is a row of a database.
    pub(super) binding: Option<Box<Thread>>,
}

/// A text that can be an id; anything else is as if it were not there.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct Text;
    impl<'de> Visitor<'de> for Text {
        type Value = Option<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON")
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok((text.len() <= ID_LIMIT).then(|| text.to_owned()))
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(
            self,
            mut items: A,
        ) -> Result<Self::Value, A::Error> {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            Ok(None)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
            while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(None)
        }
    }
    deserializer.deserialize_any(Text)
}

/// What a file of sessions says.
pub(super) struct Sessions<'a> {
    /// Only conversations whose keys begin so, where the file is that of several agents.
    pub(super) prefix: Option<&'a str>,
    pub(super) pins: &'a mut Pins,
    /// The files of all conversations.
    pub(super) transcripts: &'a mut HashSet<String>,
}

impl Sessions<'_> {
    /// Reads as far as it is JSON: what went before counts.
    pub(super) fn read(self, from: impl Read) {
        let mut parser = serde_json::Deserializer::from_reader(BufReader::new(from));
        // The parser's message could quote what it choked on.
        let _ = self.deserialize(&mut parser);
    }
}

impl<'de> DeserializeSeed<'de> for Sessions<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Sessions<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sessions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut records: A) -> Result<(), A::Error> {
        while let Some(is_ours) = records.next_key_seed(Key(self.prefix))? {
            if !is_ours {
                records.next_value::<IgnoredAny>()?;
                continue;
            }
            // By itself: one that is no record, or an odd one, says nothing of those behind it.
            let record: Box<RawValue> = records.next_value()?;
            let session = Session::of(record.get().as_bytes()).unwrap_or_default();
            self.pins.add(&session);
            if self.transcripts.len() < SESSIONS_LIMIT {
                self.transcripts.extend(session.transcript());
            }
        }
        Ok(())
    }
}

/// Whether a key begins so, and nothing else of it.
struct Key<'a>(Option<&'a str>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(self.0.is_none_or(|prefix| key.starts_with(prefix)))
    }
}
