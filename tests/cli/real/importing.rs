//! A gateway whose OpenClaw keeps logins itself: the real one, its real codex plugin, the real codex.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::fixture::CANARY;
use crate::real::gateway::{assert_no_secret, issuer};
use crate::real::layouts::active_plugin;
use crate::real::login::approved;
use crate::sandbox::{Run, Sandbox, link};
use crate::support::issuer::{Account, Script};
use crate::support::packages::{node_dir, openclaw_program, plugin_for_openclaw_2026_8_2};

const NODE: &str = "24.21.0";

/// A gateway with this OpenClaw on PATH, and its agents ember and flint.
pub(super) struct Gateway {
    pub(super) sandbox: Sandbox,
    version: &'static str,
    outside: Outside,
}

impl Gateway {
    pub(super) fn of(version: &'static str) -> Gateway {
        Gateway::with_plugin(version, &active_plugin())
    }

    /// With the plugin 2026.9.4 brought to its SDK: of its own time none is in the registry.
    pub(super) fn of_2026_8_2_with_a_plugin() -> Gateway {
        let plugin = plugin_for_openclaw_2026_8_2(&active_plugin()).expect("a plugin");
        Gateway::with_plugin("2026.8.2", &plugin)
    }

    /// One that is still to be upgraded.
    pub(super) fn of_2026_7_1() -> Gateway {
        let agents = json!({ "list": [{ "id": "ember", "default": true }, { "id": "flint" }] });
        Gateway::made_of("2026.7.1", &active_plugin(), &agents)
    }

    /// The same with OpenClaw 2026.9.6, and nothing else done yet.
    pub(super) fn upgraded(self) -> Gateway {
        fs::remove_file(self.sandbox.path("bin/openclaw")).expect("the one of before");
        self.with_openclaw("2026.9.6")
    }

    fn with_plugin(version: &'static str, plugin: &Path) -> Gateway {
        let agents = json!({ "entries": { "ember": {}, "flint": {} }, "ownership": "explicit" });
        Gateway::made_of(version, plugin, &agents)
    }

    fn made_of(version: &'static str, plugin: &Path, agents: &Value) -> Gateway {
        let node = node_dir(NODE).expect("its Node");
        let outside = Outside::watched();
        let mut sandbox = Sandbox::bare();
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            sandbox = sandbox
                .set(name, &outside.url)
                .set(&name.to_lowercase(), &outside.url);
        }
        let path = std::env::join_paths([sandbox.path("bin"), node]).expect("directories");
        let config = json!({
            "agents": agents,
            "plugins": {
                "load": { "paths": [plugin] },
                "entries": { "codex": { "enabled": true } },
            },
        });
        sandbox.configure(&config.to_string());
        let gateway = Gateway {
            sandbox: sandbox.set("PATH", path),
            version,
            outside,
        };
        gateway.with_openclaw(version)
    }

    fn with_openclaw(self, version: &'static str) -> Gateway {
        let program = openclaw_program(version).expect("a real OpenClaw");
        link(&program, &self.sandbox.path("bin/openclaw"));
        Gateway {
            sandbox: self.sandbox.set("NODE_COMPILE_CACHE", compiled()),
            version,
            ..self
        }
    }

    /// `codex-login --agent ember ARGS…` at an issuer that lets this one in.
    pub(super) fn log_in(&self, account: Account, args: &[&str]) -> Run {
        let issuer = issuer(Script {
            account,
            ..approved()
        });
        let url = issuer.url();
        let line = [
            &["--agent", "ember"],
            args,
            &["--", "--experimental_issuer", &url],
        ];
        self.sandbox.run(line.concat())
    }

    /// What OpenClaw itself answers, as JSON.
    pub(super) fn openclaw(&self, args: &[&str]) -> Value {
        let text = self.run_openclaw(args);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Runs OpenClaw itself, and gives what it writes.
    #[track_caller]
    pub(super) fn run_openclaw(&self, args: &[&str]) -> String {
        let node = node_dir(NODE).expect("its Node").join("node");
        let program = openclaw_program(self.version).expect("a real OpenClaw");
        let ours = self.sandbox.command([""]);
        let output = Command::new(node)
            .arg(program)
            .args(args)
            .env_clear()
            .envs(
                ours.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .current_dir(self.sandbox.path("tmp"))
            .output()
            .expect("OpenClaw starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{args:?}: {text}");
        text
    }

    /// The profiles of ember's that OpenClaw itself tells of.
    #[track_caller]
    pub(super) fn assert_lists(&self, accounts: &[Account]) {
        let listed = self.openclaw(&["models", "auth", "list", "--agent", "ember", "--json"]);
        assert_eq!(listed["agentId"], "ember", "{listed:#}");
        let profiles = listed["profiles"].as_array().expect("profiles");
        let listed: Vec<_> = profiles
            .iter()
            .map(|profile| json!([profile["id"], profile["type"]]))
            .collect();
        let wanted: Vec<_> = accounts
            .iter()
            .map(|account| json!([profile_of(account), "oauth"]))
            .collect();
        assert_eq!(listed, wanted);
    }

    pub(super) fn database(&self, agent: &str) -> rusqlite::Connection {
        let tail = format!("agents/{agent}/agent/openclaw-agent.sqlite");
        let path = self.sandbox.state_dir().join(tail);
        rusqlite::Connection::open(path).expect("a store")
    }

    /// OpenClaw notes of this account's profile that it was refused.
    pub(super) fn refuse(&self, account: &Account) {
        let refused = json!({
            "lastUsed": 1_795_000_000_000_u64, "disabledUntil": 4_102_444_800_000_u64,
            "disabledReason": "auth_permanent", "failureCounts": { "auth_permanent": 1 },
        });
        let state = json!({ "version": 1, "usageStats": { profile_of(account): refused } });
        let put = "INSERT OR REPLACE INTO auth_profile_state VALUES ('primary', ?1, 0)";
        self.database("ember")
            .execute(put, [state.to_string()])
            .expect("a row");
    }

    pub(super) fn profiles(&self, agent: &str) -> Value {
        let database = self.database(agent);
        let query = "SELECT store_json FROM auth_profile_store WHERE store_key = 'primary'";
        let text: String = database
            .query_row(query, [], |row| row.get(0))
            .expect("a row");
        let store: Value = serde_json::from_str(&text).expect("JSON");
        store["profiles"].clone()
    }

    /// Asserts that ember goes by this account.
    #[track_caller]
    pub(super) fn assert_goes_by(&self, account: &Account, run: &Run) {
        self.assert_agent_goes_by("ember", account, run);
    }

    /// Asserts that the agent goes by this account, in codex-login's word and in OpenClaw's store.
    #[track_caller]
    pub(super) fn assert_agent_goes_by(&self, agent: &str, account: &Account, run: &Run) {
        let id = profile_of(account);
        let status = self.sandbox.run(["status", "--agent", agent, "--json"]);
        let status = status.expect_code(0);
        let document: Value = serde_json::from_str(&status.stdout).expect("JSON");
        let judged = &document["agents"][0];
        assert_eq!(judged["state"], "ready", "{judged:#}");
        assert_eq!(
            judged["next_turn"]["profile_id"], id,
            "{judged:#}\nafter {run}"
        );
        let refresh = self.profiles(agent)[&id]["refresh"].clone();
        let refresh = refresh.as_str().expect("a token");
        assert!(refresh.contains(&account.token_mark), "another login");
        self.assert_clean(run);
    }

    /// Asserts that no token is anywhere but in OpenClaw's databases and what was put aside, nothing
    /// is left, and nobody else was asked for anything.
    #[track_caller]
    pub(super) fn assert_clean(&self, run: &Run) {
        assert_no_secret(run);
        let left = self.sandbox.path("home/.openclaw.codex-login-import");
        assert!(!left.exists(), "left after\n{run}");
        let aside = self.sandbox.path("home/.openclaw.codex-login");
        let mut found = with_canary(&self.sandbox.path(""));
        found.retain(|path| !path.starts_with(&aside));
        assert_eq!(found, [] as [PathBuf; 0], "after\n{run}");
        let cwd = fs::read_dir(self.sandbox.path("cwd")).expect("a directory");
        assert_eq!(cwd.count(), 0, "left in the working directory by\n{run}");
        assert_eq!(self.outside.asked(), BTreeSet::new(), "asked by\n{run}");
    }
}

/// Where Node keeps what it has compiled for all tests of this run. Each start of an OpenClaw with a
/// plugin adds to it what no other start takes, so that it begins anew.
fn compiled() -> &'static Path {
    static DIR: LazyLock<PathBuf> = LazyLock::new(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openclaw-compiled");
        let _ = fs::remove_dir_all(&dir);
        dir
    });
    &DIR
}

/// What OpenClaw calls the profile of this account.
pub(super) fn profile_of(account: &Account) -> String {
    format!("openai:account-{}", account.account_id)
}

/// The files below `dir`, OpenClaw's stores apart, that have a token in them.
fn with_canary(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        let kind = path.symlink_metadata().expect("an entry");
        let is_store = path.ends_with("openclaw-agent.sqlite");
        if kind.is_dir() {
            found.extend(with_canary(&path));
        } else if kind.is_file() && !is_store {
            let text = fs::read(&path).expect("a file");
            // Nor what OpenClaw is tried with.
            let has = [CANARY, "codex-login-nobody"].map(|word| {
                let mut windows = text.windows(word.len());
                windows.any(|bytes| bytes == word.as_bytes())
            });
            found.extend(has.contains(&true).then_some(path));
        }
    }
    found
}

/// All that is not on this machine: a proxy that lets nobody through, and remembers who was to be
/// reached. It is there as long as the tests last.
struct Outside {
    url: String,
    asked: Arc<Mutex<BTreeSet<String>>>,
}

impl Outside {
    fn watched() -> Outside {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(BTreeSet::new()));
        let remembered = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let remembered = Arc::clone(&remembered);
                thread::spawn(move || refuse(stream, &remembered));
            }
        });
        Outside {
            url: format!("http://{address}"),
            asked,
        }
    }

    fn asked(&self) -> BTreeSet<String> {
        self.asked.lock().expect("nobody panicked").clone()
    }
}

fn refuse(mut stream: TcpStream, remembered: &Mutex<BTreeSet<String>>) {
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(read) => head.extend_from_slice(&chunk[..read]),
        }
    }
    // `CONNECT host:port HTTP/1.1`, or `GET url HTTP/1.1`. Who says nothing wants nothing.
    let head = String::from_utf8_lossy(&head);
    if let Some(whom) = head.split_ascii_whitespace().nth(1) {
        let mut remembered = remembered.lock().expect("nobody panicked");
        remembered.insert(whom.to_owned());
    }
    let answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    // Whether it is heard does not matter.
    let _ = stream.write_all(answer);
}
