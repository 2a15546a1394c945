//! Taking one profile out of a store of JSON, and putting it back: all else stays as it is written.

use std::path::Path;

use indexmap::IndexMap;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::files::{self, NoText};
use crate::openclaw::profiles::json::LIMIT;

/// The text of a store. It is full of tokens, and wiped when it is dropped.
pub(crate) struct StoreText {
    text: Zeroizing<String>,
}

/// A profile that was taken out, as the file says that keeps it.
#[derive(Deserialize, Serialize)]
pub(crate) struct Taken<'a> {
    pub(crate) id: String,
    /// The ids before it, whose sequence OpenClaw goes by.
    after: Vec<String>,
    #[serde(borrow)]
    profile: &'a RawValue,
}

impl Taken<'_> {
    /// What the file says. The parser's message could quote it, and is dropped.
    pub(crate) fn of(text: &str) -> Option<Taken<'_>> {
        serde_json::from_str(text).ok()
    }
}

/// What a store says of a profile that was taken out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Nothing.
    Gone,
    /// It is there, as it was.
    Same,
    /// There is another of this id.
    Other,
}

type Fields<'a> = IndexMap<String, &'a RawValue>;

impl StoreText {
    /// Reads the store.
    pub(crate) fn read(path: &Path) -> Result<StoreText, NoText> {
        let bytes = Zeroizing::new(files::read(path, LIMIT)?);
        let text = std::str::from_utf8(&bytes).map_err(|_| NoText::NotAFile)?;
        Ok(StoreText {
            text: Zeroizing::new(text.to_owned()),
        })
    }

    /// Whether this is still what the file at `path` says.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        StoreText::read(path).is_ok_and(|now| now.text == self.text)
    }

    /// The profile of this id; `None` where there is none, or the text is no store.
    pub(crate) fn taken(&self, id: &str) -> Option<Taken<'_>> {
        let (_, profiles) = self.fields()?;
        let (index, _, profile) = profiles.get_full(id)?;
        Some(Taken {
            id: id.to_owned(),
            after: profiles.keys().take(index).cloned().collect(),
            profile,
        })
    }

    /// The text without it.
    pub(crate) fn without(&self, id: &str) -> Option<Zeroizing<String>> {
        let (fields, mut profiles) = self.fields()?;
        profiles.shift_remove(id)?;
        Some(written(&fields, &profiles))
    }

    /// The text with it, behind those that were before it and still are.
    pub(crate) fn with(&self, taken: &Taken<'_>) -> Option<Zeroizing<String>> {
        let (fields, mut profiles) = self.fields()?;
        let mut before = taken.after.iter().rev();
        let place = before.find_map(|id| profiles.get_index_of(id));
        let place = place.map_or(0, |place| place + 1);
        profiles.shift_insert(place, taken.id.clone(), taken.profile);
        Some(written(&fields, &profiles))
    }

    /// What it has under the id of this profile.
    pub(crate) fn holds(&self, taken: &Taken<'_>) -> Held {
        match self
            .fields()
            .and_then(|(_, all)| all.get(&taken.id).copied())
        {
            None => Held::Gone,
            Some(now) if now.get() == taken.profile.get() => Held::Same,
            Some(_) => Held::Other,
        }
    }

    fn fields(&self) -> Option<(Fields<'_>, Fields<'_>)> {
        let fields: Fields<'_> = serde_json::from_str(&self.text).ok()?;
        let profiles = serde_json::from_str(fields.get("profiles")?.get()).ok()?;
        Some((fields, profiles))
    }
}

/// With the indentation of two blanks that OpenClaw gives it; what is not touched has its own.
fn written(fields: &Fields<'_>, profiles: &Fields<'_>) -> Zeroizing<String> {
    let profiles = object(profiles.iter().map(|(id, raw)| (id, raw.get())), "  ");
    let fields = fields.iter().map(|(key, raw)| match key.as_str() {
        "profiles" => (key, profiles.as_str()),
        _ => (key, raw.get()),
    });
    let mut text = object(fields, "");
    text.push('\n');
    text
}

fn object<'a>(
    fields: impl Iterator<Item = (&'a String, &'a str)>,
    indent: &str,
) -> Zeroizing<String> {
    let fields: Vec<_> = fields.collect();
    let length: usize = fields.iter().map(|(key, raw)| key.len() + raw.len()).sum();
    // Of its size from the start: a text that grows leaves copies of a secret behind.
    let mut text = String::with_capacity(2 * length + 64 * (fields.len() + 1));
    text.push('{');
    for (index, (key, raw)) in fields.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(indent);
        text.push_str("  ");
        text.push_str(&serde_json::Value::from(key.as_str()).to_string());
        text.push_str(": ");
        text.push_str(raw);
    }
    if !fields.is_empty() {
        text.push('\n');
        text.push_str(indent);
    }
    text.push('}');
    Zeroizing::new(text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Held, StoreText, Taken};

    const STORE: &str = "{\n  \"version\": 1,\n  \"profiles\": {\n    \"a\": {\n      \"type\": \"oauth\",\n      \"expires\": 1e3\n    },\n    \"b\": { \"type\":\"token\" },\n    \"c\": {}\n  },\n  \"order\": {}\n}\n";

    fn store(text: &str) -> StoreText {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.json");
        std::fs::write(&path, text).unwrap();
        StoreText::read(&path).unwrap()
    }

    #[test]
    fn what_is_taken_out_and_put_back_leaves_the_text_as_it_was() {
        for id in ["a", "b", "c"] {
            let whole = store(STORE);
            let kept = serde_json::to_string(&whole.taken(id).unwrap()).unwrap();
            let taken = Taken::of(&kept).unwrap();
            let less = store(&whole.without(id).unwrap());
            assert_eq!(less.holds(&taken), Held::Gone);
            assert!(!less.text.contains(&format!("\"{id}\":")), "{}", *less.text);
            assert_eq!(*less.with(&taken).unwrap(), STORE);
            assert_eq!(whole.holds(&taken), Held::Same);
        }
    }

    #[test]
    fn what_is_no_store_has_nothing_to_take() {
        for text in [
            "",
            "[]",
            "{}",
            "{\"profiles\":[]}",
            "{\"profiles\":{}}",
            "{\"profiles\":{\"a\":",
        ] {
            assert!(store(text).taken("a").is_none(), "{text}");
            assert!(store(text).without("a").is_none(), "{text}");
        }
        assert!(StoreText::read(Path::new("/nowhere")).is_err());
    }
}
