//! Draws credentials: such as there are, such as there might be, and such as OpenClaw drops.

use serde_json::{Map, Value, json};

use super::worlds::Draft;

/// What time it is for a credential, in milliseconds.
const FAR: u64 = 4_102_444_800_000;
const LATER: u64 = 4_102_444_900_000;
const PAST: u64 = 1_500_000_000_000;
const MINUTE: u64 = 60_000;

impl Draft {
    /// An entry of a store.
    pub(super) fn credential(&mut self) -> Value {
        let mut entry = Map::new();
        let word = self.random.weighted(&[
            (10, "oauth"),
            (4, "token"),
            (5, "api_key"),
            (1, "apiKey"),
            (1, "none"),
        ]);
        let key = if self.random.chance(8) {
            "mode"
        } else {
            "type"
        };
        if self.random.chance(96) {
            entry.insert(key.to_owned(), word.into());
        }
        if self.random.chance(96) {
            entry.insert("provider".to_owned(), self.provider().into());
        }
        match word {
            "oauth" => self.oauth(&mut entry),
            "token" => self.secret(&mut entry, "token", "tokenRef"),
            _ => self.secret(&mut entry, "key", "keyRef"),
        }
        if word != "api_key" && self.random.chance(85) {
            let expires = self.expires();
            entry.insert("expires".to_owned(), expires);
        }
        Value::Object(entry)
    }

    pub(super) fn oauth(&mut self, entry: &mut Map<String, Value>) {
        for (field, often) in [("access", 85), ("refresh", 80), ("idToken", 15)] {
            if self.random.chance(often) {
                let text = self
                    .random
                    .weighted(&[(9, "fake-text"), (1, "  "), (1, "")]);
                entry.insert(field.to_owned(), text.into());
            }
        }
        if self.random.chance(50) {
            let account = self.random.pick(&["acct-1", "acct-2", " acct-1 ", " "]);
            entry.insert("accountId".to_owned(), account.into());
        }
        if self.random.chance(40) {
            let email = self
                .random
                .pick(&["a@example.test", "A@example.test", "b@example.test"]);
            entry.insert("email".to_owned(), email.into());
        }
        if self.random.chance(12) {
            let id = self
                .random
                .pick(&["0123456789abcdef0123456789abcdef", "short"]);
            let reference =
                json!({ "source": "openclaw-credentials", "provider": "openai-codex", "id": id });
            entry.insert("oauthRef".to_owned(), reference);
        }
    }

    fn secret(&mut self, entry: &mut Map<String, Value>, value: &str, reference: &str) {
        let texts = [
            "fake-text",
            " ",
            "",
            "${NAME}",
            "$NAME",
            "openclaw onboard --auth-choice x",
            "OpenClaw  onboard --x --auth-choice=y",
        ];
        let older = value == "key" && self.random.chance(10);
        let name = if older { "apiKey" } else { value };
        if self.random.chance(70) {
            let text = self.random.pick(&texts);
            entry.insert(name.to_owned(), text.into());
        } else if self.random.chance(30) {
            let named = self.reference();
            entry.insert(name.to_owned(), named);
        }
        if self.random.chance(20) {
            let named = self.reference();
            entry.insert(reference.to_owned(), named);
        }
    }

    fn reference(&mut self) -> Value {
        self.random.pick(&[
            json!({ "source": "env", "provider": "default", "id": "NAME" }),
            json!({ "source": "file", "id": "/name" }),
            json!({ "source": "exec", "provider": " ", "id": "NAME" }),
            json!({ "source": "env", "provider": "default", "id": " " }),
            json!({ "source": "env", "provider": "default", "id": "NAME", "more": 1 }),
            json!({ "source": "other", "id": "NAME" }),
            json!("${NAME}"),
            json!("$NAME"),
            json!("__env__:NAME"),
            json!("secretref-env:NAME"),
            json!("secretref-env:name"),
            json!("NAME"),
            json!(7),
            json!(null),
        ])
    }

    pub(super) fn expires(&mut self) -> Value {
        let now = self.now;
        self.random
            .weighted(&[
                (8, Some(FAR)),
                (3, Some(LATER)),
                (6, Some(PAST)),
                (2, Some(now + 4 * MINUTE)),
                (2, Some(now + 60 * MINUTE)),
                (1, Some(0)),
                (1, None),
            ])
            .map_or_else(
                || self.random.pick(&[json!("soon"), json!(null), json!(-5)]),
                Value::from,
            )
    }
}
