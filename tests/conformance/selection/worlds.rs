//! Draws a machine with stores of every age, an agent, and a configuration.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::random::Random;

/// All that decides about one agent.
#[derive(Serialize)]
pub(super) struct World {
    tree: Map<String, Value>,
    env: Map<String, Value>,
    config: Value,
    id: String,
    agent_dir: String,
}

/// Whether the store that all agents share may be in the state's own database.
pub(super) fn has_shared_store(version: &str) -> bool {
    ["2026.8.2", "2026.9.6"].contains(&version)
}

/// A world that is being drawn.
pub(super) struct Draft {
    pub(super) random: Random,
    pub(super) now: u64,
    /// The provider whose profiles codex gets.
    own: &'static str,
    has_databases: bool,
    world: World,
}

impl World {
    pub(super) fn drawn(version: &str, seed: u64) -> World {
        let is_early = version == "2026.5.12";
        let mut random = Random::new(seed);
        let (id, agent_dir) = random.weighted(&[
            (8, ("ember", "$ROOT/state/agents/ember/agent")),
            (1, ("main", "$ROOT/state/agents/main/agent")),
            (1, ("ember", "$ROOT/custom/ember")),
        ]);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        let mut draft = Draft {
            random,
            now: u64::try_from(now.as_millis()).expect("before the end of time"),
            own: if is_early { "openai-codex" } else { "openai" },
            has_databases: !is_early,
            world: World {
                tree: Map::new(),
                env: Map::new(),
                config: json!({}),
                id: id.to_owned(),
                agent_dir: agent_dir.to_owned(),
            },
        };
        draft.directories();
        let tail = agent_dir.trim_start_matches("$ROOT/").to_owned();
        if draft.random.chance(75) {
            draft.store(&tail);
        }
        if has_shared_store(version) && draft.random.chance(30) {
            draft.shared_store();
        } else if id != "main" && draft.random.chance(65) {
            draft.store("state/agents/main/agent");
        }
        draft.older(&tail);
        draft.codex_cli();
        draft.config();
        draft.world
    }
}

impl Draft {
    fn directories(&mut self) {
        for path in ["home", "state"] {
            self.world.tree.insert(path.to_owned(), Value::Null);
        }
        let path = self.world.agent_dir.trim_start_matches("$ROOT/").to_owned();
        self.world.tree.insert(path, Value::Null);
        self.set("HOME", "$ROOT/home");
        self.set("OPENCLAW_STATE_DIR", "$ROOT/state");
    }

    fn set(&mut self, name: &str, value: &str) {
        self.world.env.insert(name.to_owned(), value.into());
    }

    fn file(&mut self, path: String, content: &Value) {
        self.world.tree.insert(path, content.to_string().into());
    }

    pub(super) fn provider(&mut self) -> &'static str {
        let own = self.own;
        self.random.weighted(&[
            (16, own),
            (4, "openai"),
            (2, "openai-codex"),
            (1, "OpenAI "),
            (1, "OpenAI-Codex"),
            (1, "codex-cli"),
            (1, "anthropic"),
            (1, " "),
        ])
    }

    fn profile_id(&mut self) -> String {
        let own = self.own;
        let name = self.random.weighted(&[
            (5, "default"),
            (4, "a@example.test"),
            (4, "b@example.test"),
            (2, "B@example.test"),
            (2, "a-b"),
            (2, "a_b"),
            (1, " padded "),
        ]);
        let provider = self
            .random
            .weighted(&[(9, own), (2, "openai"), (1, "codex-cli")]);
        format!("{provider}:{name}")
    }

    fn profiles(&mut self) -> Map<String, Value> {
        let mut profiles = Map::new();
        for _ in 0..self.random.below(6) {
            let id = self.profile_id();
            let credential = self.credential();
            profiles.insert(id, credential);
        }
        profiles
    }

    fn shared_store(&mut self) {
        let profiles = self.profiles();
        let state = self.state(&profiles);
        let rows = [
            ("auth.sharedStore", json!({ "location": "state-db" })),
            (
                "authProfiles.store",
                json!({ "version": 1, "profiles": profiles }),
            ),
            ("authProfiles.state", state),
        ];
        let rows = rows.map(|(key, value)| {
            json!({ "state_key": key, "value_json": value.to_string(), "updated_at_ms": 0 })
        });
        let database = json!({ "sqlite": { "tables": { "config_machine_state": rows } } });
        let path = "state/state/openclaw.sqlite".to_owned();
        self.world.tree.insert(path, database);
    }

    fn store(&mut self, dir: &str) {
        let profiles = self.profiles();
        let mut store = json!({ "version": 1, "profiles": profiles });
        if self.random.chance(20) {
            let state = self.state(&profiles);
            merge(&mut store, state);
        }
        if self.random.chance(4) {
            store = self
                .random
                .pick(&[json!({}), json!([]), json!({ "profiles": [] }), json!(7)]);
        }
        let state = self.random.chance(60).then(|| self.state(&profiles));
        if self.has_databases {
            let row = |stem: &str, value: &Value| json!([{ format!("{stem}_key"): "primary", format!("{stem}_json"): value.to_string(), "updated_at": 0 }]);
            let of_state = state.map_or_else(|| json!([]), |state| row("state", &state));
            let tables = json!({ "auth_profile_store": row("store", &store), "auth_profile_state": of_state });
            let path = format!("{dir}/openclaw-agent.sqlite");
            let database = json!({ "sqlite": { "tables": tables } });
            self.world.tree.insert(path, database);
            return;
        }
        self.file(format!("{dir}/auth-profiles.json"), &store);
        if let Some(state) = state {
            self.file(format!("{dir}/auth-state.json"), &state);
        }
    }

    fn id_in(&mut self, profiles: &Map<String, Value>) -> String {
        let ids: Vec<_> = profiles.keys().cloned().collect();
        if ids.is_empty() || self.random.chance(25) {
            return self.profile_id();
        }
        self.random.pick(&ids)
    }

    /// Orders, and how profiles have fared.
    fn state(&mut self, profiles: &Map<String, Value>) -> Value {
        let mut state = Map::new();
        if self.random.chance(50) {
            let mut order = Map::new();
            for _ in 0..=self.random.below(2) {
                let mut ids: Vec<Value> = Vec::new();
                for _ in 0..self.random.below(5) {
                    let id = self.id_in(profiles);
                    let odd = self.random.weighted(&[(20, false), (1, true)]);
                    ids.push(if odd { json!(" ") } else { id.into() });
                }
                order.insert(self.provider().to_owned(), ids.into());
            }
            state.insert("order".to_owned(), order.into());
        }
        if self.random.chance(30) {
            let id = self.id_in(profiles);
            state.insert("lastGood".to_owned(), json!({ self.own: id }));
        }
        if self.random.chance(60) {
            let mut usage = Map::new();
            for _ in 0..self.random.below(5) {
                let id = self.id_in(profiles);
                let fate = self.usage();
                usage.insert(id, fate);
            }
            state.insert("usageStats".to_owned(), usage.into());
        }
        Value::Object(state)
    }

    fn usage(&mut self) -> Value {
        let mut stats = json!({});
        if self.random.chance(60) {
            stats["lastUsed"] = self.random.below(5).into();
        }
        for field in ["blockedUntil", "cooldownUntil", "disabledUntil"] {
            if self.random.chance(25) {
                stats[field] = self.expires();
            }
        }
        for field in ["cooldownReason", "disabledReason"] {
            if self.random.chance(20) {
                stats[field] = self
                    .random
                    .pick(&["auth", "session_expired", "rate_limit"])
                    .into();
            }
        }
        if self.random.chance(15) {
            let count = self.random.below(3);
            stats["failureCounts"] = json!({ "auth_permanent": count });
        }
        stats
    }

    /// What stores were made of before there were any.
    fn older(&mut self, dir: &str) {
        if self.random.chance(12) {
            let provider = self.provider();
            let credential = self.credential();
            self.file(format!("{dir}/auth.json"), &json!({ provider: credential }));
        }
        if self.random.chance(12) {
            let mut entry = Map::new();
            self.oauth(&mut entry);
            let expires = self.expires();
            entry.insert("expires".to_owned(), expires);
            let provider = self.random.pick(&["openai-codex", "openai", "anthropic"]);
            let path = "state/credentials/oauth.json".to_owned();
            self.file(path, &json!({ provider: entry }));
        }
    }

    /// The login of the codex command line.
    fn codex_cli(&mut self) {
        if !self.random.chance(35) {
            return;
        }
        let claims = [
            "eyJleHAiOjQxMDI0NDQ4MDB9",
            "eyJleHAiOjE1MDAwMDAwMDB9",
            "e30",
            "opaque",
        ];
        let claims = self.random.pick(&claims);
        let access = format!("fake-head.{claims}.fake-signature");
        let access = self
            .random
            .weighted(&[(9, access.as_str()), (1, "fake-opaque"), (1, "")])
            .to_owned();
        let refresh = self.random.weighted(&[(9, "fake-refresh"), (1, "")]);
        let mut login = json!({ "tokens": { "access_token": access, "refresh_token": refresh } });
        if self.random.chance(40) {
            login["tokens"]["account_id"] = self.random.pick(&["acct-1", "acct-3"]).into();
        }
        if self.random.chance(60) {
            let mode = self
                .random
                .pick(&["chatgpt", "ChatGPT", "apikey", "chatgptAuthTokens", ""]);
            login["auth_mode"] = mode.into();
        }
        if self.random.chance(50) {
            let key = self
                .random
                .pick(&[json!(null), json!("fake-key"), json!("")]);
            login["OPENAI_API_KEY"] = key;
        }
        let dir = if self.random.chance(20) {
            self.set("CODEX_HOME", "$ROOT/codex");
            "codex"
        } else {
            "home/.codex"
        };
        self.file(format!("{dir}/auth.json"), &login);
    }

    fn config(&mut self) {
        let mut auth = Map::new();
        let nothing = Map::new();
        if self.random.chance(30) {
            let mut order = Map::new();
            for _ in 0..=self.random.below(2) {
                let ids: Vec<_> = (0..self.random.below(4))
                    .map(|_| self.id_in(&nothing))
                    .collect();
                order.insert(self.provider().to_owned(), ids.into());
            }
            auth.insert("order".to_owned(), order.into());
        }
        if self.random.chance(30) {
            let mut profiles = Map::new();
            for _ in 0..=self.random.below(3) {
                let mode = self.random.pick(&["oauth", "token", "api_key"]);
                let entry = json!({ "provider": self.provider(), "mode": mode });
                profiles.insert(self.profile_id(), entry);
            }
            auth.insert("profiles".to_owned(), profiles.into());
        }
        if !auth.is_empty() {
            self.world.config = json!({ "auth": auth });
        }
    }
}

fn merge(store: &mut Value, state: Value) {
    if let (Some(all), Value::Object(state)) = (store.as_object_mut(), state) {
        all.extend(state);
    }
}
