//! The switch after which OpenClaw, from 2026.5.12 to 2026.7.35, selects no profile: an empty
//! `auth.order.<provider>` in its configuration. Comments and layout of the file stay.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstObject, CstRootNode};
use serde_json::{Value, json};

use crate::jsonc;
use crate::openclaw::profiles::era::normal;

/// `text` with an empty order for the provider; where that is not possible, why.
pub(crate) fn set(text: &str, provider: &str) -> Result<String, String> {
    let before = jsonc::parse(text)?;
    let name = name_in(&before, provider);
    let mut wanted = before;
    // What is there and no object is refused below.
    if can_hold_order(&wanted) {
        wanted["auth"]["order"][&name] = json!([]);
    }
    edited(text, provider, &wanted, |order| match order.get(&name) {
        Some(found) => found.set_value(CstInputValue::Array(Vec::new())),
        None => {
            order.append(&name, CstInputValue::Array(Vec::new()));
        }
    })
}

/// Whether the order of the provider is empty in `text`.
pub(crate) fn is_set(text: &str, provider: &str) -> bool {
    let config = jsonc::parse(text).unwrap_or_default();
    let name = name_in(&config, provider);
    config["auth"]["order"][&name] == json!([])
}

/// `text`, which has an empty order, with what `before` has in its place.
pub(crate) fn take_back(text: &str, before: &str, provider: &str) -> Result<String, String> {
    let (now, before) = (jsonc::parse(text)?, jsonc::parse(before)?);
    let name = name_in(&now, provider);
    let former = before["auth"]["order"][&name_in(&before, provider)].clone();
    let mut wanted = now;
    match (&former, wanted["auth"]["order"].as_object_mut()) {
        (Value::Null, Some(order)) => drop(order.shift_remove(&name)),
        (former, Some(order)) => drop(order.insert(name.clone(), former.clone())),
        (_, None) => {}
    }
    edited(text, provider, &wanted, |order| {
        let Some(found) = order.get(&name) else {
            return;
        };
        match former.as_array() {
            None => found.remove(),
            Some(ids) => {
                let ids = ids.iter().filter_map(Value::as_str);
                let ids = ids.map(|id| CstInputValue::String(id.to_owned()));
                found.set_value(CstInputValue::Array(ids.collect()));
            }
        }
    })
}

/// How the provider's order is written: OpenClaw takes the first whose name is this one but for
/// capitals and blanks.
fn name_in(config: &Value, provider: &str) -> String {
    let order = config.get("auth").and_then(|auth| auth.get("order"));
    let names = order.and_then(Value::as_object).into_iter().flatten();
    let written = names
        .map(|(name, _)| name)
        .find(|name| normal(name) == provider);
    written.map_or(provider, String::as_str).to_owned()
}

fn can_hold_order(config: &Value) -> bool {
    let is_free = |value: Option<&Value>| value.is_none_or(Value::is_object);
    let auth = config.get("auth");
    config.is_object() && is_free(auth) && is_free(auth.and_then(|auth| auth.get("order")))
}

/// `text`, `auth.order` of it edited, if it says what is `wanted` then: whatever the editor makes of
/// an odd file, all else must still say what it said.
fn edited(
    text: &str,
    provider: &str,
    wanted: &Value,
    edit: impl FnOnce(&CstObject),
) -> Result<String, String> {
    let unable = |why: &str| format!("`auth.order.{provider}` could not be set in it: {why}");
    let bare = text.trim_start_matches('\u{feff}');
    let mark = &text[..text.len() - bare.len()];
    let document = CstRootNode::parse(bare, &ParseOptions::default())
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
    edit(&order);
    let after = format!("{mark}{document}");
    if jsonc::parse(&after).as_ref() == Ok(wanted) {
        Ok(after)
    } else {
        Err(unable("it is written in an unusual way"))
    }
}

#[cfg(test)]
mod tests {
    use super::{is_set, set, take_back};

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
    fn what_was_there_before_comes_back_into_a_text_that_has_changed() {
        for (before, now, after) in [
            (
                "{ auth: { order: { openai: ['a'] } } }",
                "{ auth: { order: { openai: [] } }, /* new */ port: 1 }",
                "{ auth: { order: { openai: [\"a\"] } }, /* new */ port: 1 }",
            ),
            (
                "{}",
                "{ auth: { order: { x: ['b'], openai: [] } } }",
                "{ auth: { order: { x: ['b'] } } }",
            ),
        ] {
            assert!(is_set(now, "openai"));
            assert_eq!(take_back(now, before, "openai").unwrap(), after);
        }
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
