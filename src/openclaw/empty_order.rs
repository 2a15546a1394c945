//! The switch after which OpenClaw, from 2026.5.12 to 2026.7.35, selects no profile: an empty
//! `auth.order.<provider>` in its configuration. Comments and layout of the file stay.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstObject, CstRootNode};
use serde_json::{Value, json};

use crate::jsonc;
use crate::openclaw::profiles::era::normal;

/// `text` with an empty order for the provider; where that is not possible, why.
pub(crate) fn set(text: &str, provider: &str) -> Result<String, String> {
    let unable = |why: &str| format!("`auth.order.{provider}` could not be set in it: {why}");
    let before = jsonc::parse(text)?;
    // The editor takes a byte order mark for a part of what it marks.
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mark = &text[..text.len() - body.len()];
    let document = CstRootNode::parse(body, &ParseOptions::default())
        .map_err(|_| unable("it is written in an unusual way"))?;
    let root = document
        .object_value()
        .ok_or_else(|| unable("it is no object"))?;
    let below = |object: &CstObject, key: &str| match object.get(key) {
        None => object.object_value_or_create(key),
        Some(found) => found.object_value(),
    };
    let order = below(&root, "auth").and_then(|auth| below(&auth, "order"));
    let order = order.ok_or_else(|| unable("`auth` or `auth.order` is no object"))?;
    let empty = CstInputValue::Array(Vec::new());
    let written = before["auth"]["order"].as_object().into_iter().flatten();
    // OpenClaw takes the first whose name is this one but for capitals and blanks.
    let written = written
        .map(|(name, _)| name)
        .find(|name| normal(name) == provider);
    let name = written.map_or(provider, String::as_str).to_owned();
    match order.get(&name) {
        Some(found) => found.set_value(empty),
        None => {
            order.append(&name, empty);
        }
    }
    let after = format!("{mark}{document}");
    // Whatever the editor makes of an odd file: all else must still say what it said.
    if jsonc::parse(&after).ok() == Some(with_empty_order(before, &name)) {
        Ok(after)
    } else {
        Err(unable("it is written in an unusual way"))
    }
}

fn with_empty_order(mut config: Value, provider: &str) -> Value {
    config["auth"]["order"][provider] = json!([]);
    config
}

#[cfg(test)]
mod tests {
    use super::set;

    #[test]
    fn comments_and_layout_stay() {
        for (before, after) in [
            (
                "// mine\n{\n  agents: { list: [{ id: 'ember', },], }, // one\n  /* no auth */\n}\n",
                "// mine\n{\n  agents: { list: [{ id: 'ember', },], }, // one\n  \"auth\": {\n    \"order\": {\n      \"openai-codex\": []\n    }\n  },\n  /* no auth */\n}\n",
            ),
            (
                "{ auth: { order: { 'OpenAI-codex': ['a', /* b */ 'b'] } }, x: .5, y: +0x10, z: Infinity }",
                "{ auth: { order: { 'OpenAI-codex': [] } }, x: .5, y: +0x10, z: Infinity }",
            ),
        ] {
            assert_eq!(set(before, "openai-codex").unwrap(), after);
        }
        // What stands on one line is spread where something is added.
        assert_eq!(
            set("\u{feff}{ 'q': \"\\x41\" }", "openai").unwrap(),
            "\u{feff}{\n  'q': \"\\x41\",\n  \"auth\": {\n    \"order\": {\n      \"openai\": []\n    }\n  }\n}"
        );
    }

    #[test]
    fn what_cannot_be_set_is_said_without_a_value() {
        for text in [
            "{ auth: 'canary' }",
            "{ auth: { order: ['canary'] } }",
            "{ canary",
            "[]",
            "",
        ] {
            let why = set(text, "openai").unwrap_err();
            assert!(!why.contains("canary"), "{why}");
        }
    }
}
