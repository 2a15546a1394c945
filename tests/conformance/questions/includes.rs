//! Writes the configuration, in one file or in several.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::Draft;
use super::surroundings::Place;
use super::syntax;
use crate::openclaw::Release;

/// Writes the configuration to its place.
pub(super) fn write(draft: &mut Draft, place: &Place, config: Value) {
    let dir = Path::new(&place.config).parent();
    let dir = dir.and_then(Path::to_str).expect("a directory");
    let mut files = Files { draft, dir };
    let main = match files.draft.random.below(100) {
        0..55 => config,
        55..60 => files.one(&config),
        60..65 => files.split(config),
        65..70 => files.overridden(config),
        70..76 => files.merged(&config),
        76..81 => files.inside(config, "agents"),
        81..86 => files.of_items(config),
        86..90 => files.chained(&config),
        90..93 => files.allowed(&config),
        _ => files.refused(config),
    };
    let text = syntax::written(&mut draft.random, &main);
    match draft.random.below(40) {
        0 => draft.directory(&place.config),
        1 => draft.link(&place.config, "$ROOT/nowhere.json"),
        2 => {
            draft.file("real/own.json", text);
            draft.link(&place.config, "$ROOT/real/own.json");
        }
        3 => {}
        _ => draft.file(&place.config, text),
    }
}

/// The files beside the configuration.
struct Files<'a> {
    draft: &'a mut Draft,
    dir: &'a str,
}

impl Files<'_> {
    /// Writes a file, and says how it is named from the configuration.
    fn add(&mut self, name: &str, value: &Value) -> String {
        let text = syntax::written(&mut self.draft.random, value);
        let dir = self.dir;
        self.draft.file(&format!("{dir}/{name}"), text);
        self.named(name)
    }

    fn named(&mut self, name: &str) -> String {
        let dir = self.dir;
        let last = dir.rsplit('/').next().unwrap_or(dir);
        match self.draft.random.below(12) {
            0..6 => format!("./{name}"),
            6..8 => name.to_owned(),
            8 => format!("$ROOT/{dir}/{name}"),
            9 => format!("./no-such/../{name}"),
            10 => format!("../{last}/{name}"),
            _ => {
                let link = format!("link-to-{}", name.replace('/', "-"));
                self.draft
                    .link(&format!("{dir}/{link}"), &format!("$ROOT/{dir}/{name}"));
                link
            }
        }
    }

    fn one(&mut self, config: &Value) -> Value {
        let name = self
            .draft
            .random
            .pick(&["base.json5", "sub/base.json", "${ALPHA}.json"]);
        let path = self.add(name, config);
        if self.draft.random.chance(50) {
            json!({ "$include": path })
        } else {
            json!({ "$include": [path] })
        }
    }

    /// A file for each part.
    fn split(&mut self, config: Value) -> Value {
        let Value::Object(fields) = config else {
            return config;
        };
        let mut paths = Vec::new();
        for (key, value) in fields {
            let part: Map<String, Value> = [(key.clone(), value)].into_iter().collect();
            paths.push(self.add(&format!("{key}.json5"), &part.into()));
        }
        json!({ "$include": paths })
    }

    /// A part in a file, the rest beside it.
    fn overridden(&mut self, config: Value) -> Value {
        let Value::Object(mut fields) = config else {
            return config;
        };
        let key = fields.keys().next_back().cloned().unwrap_or_default();
        let part = fields.remove(&key).unwrap_or_default();
        let path = self.add("part.json", &json!({ key: part }));
        let mut main = Map::new();
        main.insert("$include".to_owned(), path.into());
        main.extend(fields);
        main.into()
    }

    /// Two rosters that become one.
    fn merged(&mut self, config: &Value) -> Value {
        let more = match self.draft.release {
            Release::V5_12 => json!({ "list": [{ "id": "ember", "agentDir": "$ROOT/more" }] }),
            Release::V9_6 => json!({ "entries": {
                "ember": { "agentDir": "$ROOT/more" }, "constructor": {}, "5": {},
            } }),
        };
        let more = self.add("more.json", &json!({ "agents": more, "prototype": 1 }));
        let rest = self.add("rest.json5", config);
        let mut paths = vec![more, rest];
        if self.draft.random.chance(50) {
            paths.reverse();
        }
        json!({ "$include": paths })
    }

    /// The value of a key from a file.
    fn inside(&mut self, mut config: Value, key: &str) -> Value {
        if let Some(value) = config.get_mut(key) {
            let path = self.add("inside.json", value);
            *value = json!({ "$include": path });
        }
        config
    }

    /// The roster from a file, or each agent from one, with or without keys beside it.
    fn of_items(&mut self, mut config: Value) -> Value {
        let Some(agents) = config.get_mut("agents").filter(|agents| agents.is_object()) else {
            return config;
        };
        if self.draft.random.chance(30) {
            for key in ["list", "entries"] {
                let value = self.inside(agents.take(), key);
                *agents = value;
            }
            return config;
        }
        let items: Vec<&mut Value> = match (agents["list"].is_array(), agents) {
            (true, agents) => agents["list"]
                .as_array_mut()
                .into_iter()
                .flatten()
                .collect(),
            (false, agents) => {
                let entries = agents.get_mut("entries").and_then(Value::as_object_mut);
                entries.into_iter().flat_map(Map::values_mut).collect()
            }
        };
        for (number, item) in items.into_iter().enumerate() {
            let path = self.add(&format!("agents/{number}.json"), item);
            *item = json!({ "$include": path });
            if self.draft.random.chance(25) {
                item["agentDir"] = format!("$ROOT/beside-{number}").into();
            }
        }
        config
    }

    /// A file that includes a file, and so on, up to where that is too deep.
    fn chained(&mut self, config: &Value) -> Value {
        let depth = self
            .draft
            .random
            .weighted(&[(4, 2), (1, 3), (3, 10), (2, 11)]);
        let dir = self.dir;
        for number in 1..depth {
            let name = format!("{dir}/chain/{number}.json");
            let next = json!({ "$include": format!("./{}.json", number + 1) });
            self.draft.file(&name, next.to_string());
        }
        self.add(&format!("chain/{depth}.json"), config);
        json!({ "$include": "chain/1.json" })
    }

    /// From outside of the configuration's directory, which has to be allowed.
    fn allowed(&mut self, config: &Value) -> Value {
        let text = syntax::written(&mut self.draft.random, config);
        self.draft.file("inc/sub/part.json", text);
        self.draft
            .file("inc/start.json", "{ $include: './sub/part.json' }");
        let roots = self.draft.random.pick(&[
            "$ROOT/inc",
            "../inc",
            ":/no-such: $ROOT/inc :",
            "$ROOT",
            "",
            "undefined",
            "$ROOT/in",
            "~/inc",
            "$ROOT/inc/start.json",
        ]);
        self.draft.set("OPENCLAW_INCLUDE_ROOTS", roots);
        let dir = self.dir;
        if self.draft.random.chance(30) {
            self.draft
                .link(&format!("{dir}/out.json"), "$ROOT/inc/start.json");
            return json!({ "$include": "./out.json" });
        }
        json!({ "$include": "$ROOT/inc/start.json" })
    }

    /// What OpenClaw does not follow.
    fn refused(&mut self, config: Value) -> Value {
        let dir = self.dir;
        let draft = &mut *self.draft;
        draft.file("outside.json", config.to_string());
        draft.file(&format!("{dir}/list.json"), "[]");
        draft.link(&format!("{dir}/out.json"), "$ROOT/outside.json");
        draft.file(&format!("{dir}/cycle.json"), "{ $include: './cycle.json' }");
        let text = syntax::damaged(&mut draft.random, &config.to_string());
        draft.file(&format!("{dir}/damaged.json"), text);
        let target = draft.random.pick(&[
            json!("./no-such.json"),
            json!("./list.json"),
            json!("./out.json"),
            json!("./cycle.json"),
            json!("./damaged.json"),
            json!("$ROOT/outside.json"),
            json!("."),
            json!(""),
            json!(7),
            json!(null),
            json!({}),
            json!(["./list.json", 7]),
            json!("~/outside.json"),
            json!([]),
        ]);
        let mut main = Map::new();
        main.insert("$include".to_owned(), target);
        if let (true, Value::Object(fields)) = (draft.random.chance(50), config) {
            main.extend(fields);
        }
        main.into()
    }
}
