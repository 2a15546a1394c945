//! Which agents the configuration has.

use serde_json::{Map, Value, json};

use super::Draft;
use crate::openclaw::Release;

/// Ids that stay as they are.
const IDS: &[&str] = &[
    "ember",
    "sun",
    "shravan",
    "a",
    "7",
    "10",
    "007",
    "x_y",
    "b-2",
    "main",
    "constructor",
    "a--b",
];
/// Ids that OpenClaw folds to others, where it takes them.
const TO_FOLD: &[&str] = &[
    "Ember",
    " SUN ",
    "Ember Bot!!",
    "-_Up-",
    "É",
    "",
    "  ",
    "!!",
    "a!-!b",
    "İstanbul",
    "\u{212a}elvin",
    "日本",
    "a.b",
    "__proto__",
    "x\ty",
    "long-long-long-long-long-long-long-long-long-long-long-long-long-long-long",
];
/// Places for an agent's files; `#` is the agent's number.
const DIRECTORIES: &[&str] = &[
    "$ROOT/d#",
    "~/d#",
    "rel/d#",
    "../d#/",
    "~nobody/d#",
    "  ~/d# ",
    "\u{a0}$ROOT/d#\u{feff}",
    "$ROOT/x/../d#/.",
    "~\\d#",
    "",
    "  ",
    "./~/d#",
    "/d#//e/",
];
/// The same, with variables.
const WITH_VARIABLES: &[&str] = &[
    "/k/${K#}/d#",
    "/k/${K#}/d#",
    "/k/${K#}/d#",
    "${K#}/d#",
    "${K#}/d#",
    "${ALPHA}/d#",
    "${BETA}/d#",
    "/v/${_GAMMA}/d#",
    "/v/${DELTA_9}/d#",
    "${TILDE}/d#",
    "${ALPHA}${BETA}/d#",
    "/v/$${ALPHA}/d#",
    "/v/$$${ALPHA}/d#",
    "/v/${lower}/d#",
    "/v/${NOWHERE}/d#",
    "/v/$ALPHA/d#",
    "/v/${ALPHA/d#",
    "/v/${1X}/d#",
    "/v/${}/d#",
    "/v/${ALPHA:-x}/d#",
    "/v/$${lower}/d#",
    "/v/$/d#",
    "/v/${ALPHA}/${ALPHA}/d#",
    "/v/${GUARDED_BASE_URL}/d#",
    "/v/${GUARDED_ENDPOINT}/d#",
    "/v/${OPENCLAW_NOTE}/d#",
];

/// The whole configuration, with a roster of one of the shapes that there are.
pub(super) fn drawn(draft: &mut Draft) -> Value {
    let count = draft
        .random
        .weighted(&[(4, 0), (20, 1), (30, 2), (26, 4), (20, 7)]);
    let mut config = json!({});
    let agents = match draft.random.below(100) {
        0..4 => None,
        4..7 => Some(json!({})),
        _ => Some(match draft.release {
            Release::V5_12 => listed(draft, count),
            Release::V9_6 => keyed(draft, count),
        }),
    };
    if let Some(agents) = agents {
        config["agents"] = agents;
    }
    if draft.random.chance(15) {
        config["gateway"] = json!({ "port": 18_789 });
    }
    if draft.random.chance(12) {
        spoil(draft, &mut config);
    }
    config
}

/// `agents.list`, as up to 2026.7.
fn listed(draft: &mut Draft, count: usize) -> Value {
    let shared = draft.random.chance(4);
    let list: Vec<Value> = (0..count)
        .map(|number| {
            let to_fold = draft.random.chance(35);
            let id = if draft.random.chance(4) {
                "${ALPHA}"
            } else {
                draft.random.pick(if to_fold { TO_FOLD } else { IDS })
            };
            let mut fields = Map::new();
            fields.insert("id".to_owned(), id.into());
            agent(draft, number, shared, &mut fields);
            if draft.random.chance(25) {
                fields.insert("default".to_owned(), draft.random.chance(65).into());
            }
            Value::Object(fields)
        })
        .collect();
    json!({ "list": list })
}

/// `agents.entries`, as from 2026.8, or a list that is read as such.
fn keyed(draft: &mut Draft, count: usize) -> Value {
    let shared = draft.random.chance(4);
    let mut entries = Map::new();
    while entries.len() < count {
        let to_fold = draft.random.chance(4);
        let id = draft.random.pick(if to_fold { TO_FOLD } else { IDS });
        let mut fields = Map::new();
        agent(draft, entries.len(), shared, &mut fields);
        entries.insert(id.to_owned(), Value::Object(fields));
    }
    let mut agents = json!({});
    owned(draft, &mut entries, &mut agents);
    if draft.random.chance(20) {
        let list: Vec<Value> = entries
            .into_iter()
            .map(|(id, mut fields)| {
                fields["id"] = id.into();
                fields
            })
            .collect();
        agents["list"] = list.into();
    } else {
        agents["entries"] = entries.into();
    }
    agents
}

/// Says whose agents they are: several need an ownership or one default.
fn owned(draft: &mut Draft, entries: &mut Map<String, Value>, agents: &mut Value) {
    let explicit = draft.random.chance(if entries.len() > 1 { 60 } else { 25 });
    if explicit {
        agents["ownership"] = "explicit".into();
        if draft.random.chance(25) {
            let named = entries.keys().next_back().cloned().unwrap_or_default();
            let odd = draft.random.pick(&["nobody", "", " "]);
            let id = match draft.random.below(10) {
                0..7 => named,
                7 => format!(" {} ", named.to_uppercase()),
                _ => odd.to_owned(),
            };
            agents["defaults"] = json!({ "systemAgent": { "agentId": id } });
        }
    }
    let marked = draft.random.chance(if explicit { 5 } else { 85 });
    if marked && !entries.is_empty() {
        let number = draft.random.below(entries.len());
        let fields = entries.values_mut().nth(number).expect("one of them");
        fields["default"] = true.into();
    }
    if draft.random.chance(10)
        && let Some(fields) = entries.values_mut().next()
    {
        fields["default"] = draft.random.chance(30).into();
    }
}

/// What an agent has besides its id.
fn agent(draft: &mut Draft, number: usize, shared: bool, fields: &mut Map<String, Value>) {
    if draft.random.chance(20) {
        fields.insert("name".to_owned(), "Ünï // \"name\" 'x'".into());
    }
    let form = match draft.random.below(100) {
        _ if shared => draft
            .random
            .pick(&["$ROOT/same", "$ROOT/./same/", "../same", "$ROOT/SAME"]),
        0..25 => return,
        25..50 => draft.random.pick(DIRECTORIES),
        _ => draft.random.pick(WITH_VARIABLES),
    };
    let dir = form.replace('#', &number.to_string());
    fields.insert("agentDir".to_owned(), dir.into());
}

/// Puts something where it does not belong.
fn spoil(draft: &mut Draft, config: &mut Value) {
    let odd = draft
        .random
        .pick(&[json!(null), json!(7), json!("x"), json!([]), json!({})]);
    let roster = draft.random.pick(&["list", "entries"]);
    match draft.random.below(9) {
        8 if draft.release == Release::V9_6 => {
            config["agents"]["defaults"] = json!({ "systemAgent": odd });
        }
        0 => config["agents"] = odd,
        1 if config["agents"].is_object() => config["agents"][roster] = odd,
        2 => *config = odd,
        3 if config["agents"].is_object() => config["agents"]["ownership"] = odd,
        place => {
            let agents = config.get_mut("agents").and_then(Value::as_object_mut);
            let items = agents.and_then(|agents| agents.values_mut().next_back());
            let item = items.and_then(|items| match items {
                Value::Array(items) => items.first_mut(),
                Value::Object(items) => items.values_mut().next(),
                _ => None,
            });
            match (item, place) {
                (Some(Value::Object(fields)), 4 | 5) => {
                    let field = draft.random.pick(&["id", "agentDir", "default"]);
                    fields.insert(field.to_owned(), odd);
                }
                (Some(Value::Object(fields)), 6) => drop(fields.remove("id")),
                (Some(item), _) => *item = odd,
                (None, _) => {}
            }
        }
    }
}
