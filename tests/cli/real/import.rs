//! With the real OpenClaw, its real codex plugin and the real codex: a login arrives in OpenClaw's
//! own store, and is what it goes by.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::fixture::CANARY;
use crate::real::gateway::{assert_no_secret, issuer};
use crate::real::layouts::active_plugin;
use crate::real::login::approved;
use crate::sandbox::{Run, Sandbox, link};
use crate::support::issuer::{Account, Script};
use crate::support::packages::{cache_dir, node_dir, openclaw_program};

/// Nobody listens there, so that nothing leaves this machine.
const CLOSED_PORT: &str = "http://127.0.0.1:9";
const NODE: &str = "24.21.0";

/// A gateway with this OpenClaw on PATH, and its agents ember and flint.
struct Gateway {
    sandbox: Sandbox,
    version: &'static str,
}

impl Gateway {
    fn of(version: &'static str) -> Gateway {
        let compiled = cache_dir().join(format!("openclaw-{version}-compiled"));
        let node = node_dir(NODE).expect("its Node");
        let sandbox = Sandbox::bare()
            .set("HTTP_PROXY", CLOSED_PORT)
            .set("HTTPS_PROXY", CLOSED_PORT)
            // Its code compiled once, for all tests.
            .set("NODE_COMPILE_CACHE", compiled);
        let path = std::env::join_paths([sandbox.path("bin"), node]).expect("directories");
        let program = openclaw_program(version).expect("a real OpenClaw");
        link(&program, &sandbox.path("bin/openclaw"));
        let config = json!({
            "agents": { "entries": { "ember": {}, "flint": {} }, "ownership": "explicit" },
            "plugins": {
                "load": { "paths": [active_plugin()] },
                "entries": { "codex": { "enabled": true } },
            },
        });
        sandbox.configure(&config.to_string());
        Gateway {
            sandbox: sandbox.set("PATH", path),
            version,
        }
    }

    /// `codex-login --agent ember ARGS…` at an issuer that lets this one in.
    fn log_in(&self, account: Account, args: &[&str]) -> Run {
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
    fn openclaw(&self, args: &[&str]) -> Value {
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
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    fn database(&self) -> rusqlite::Connection {
        let tail = "agents/ember/agent/openclaw-agent.sqlite";
        let path = self.sandbox.state_dir().join(tail);
        rusqlite::Connection::open(path).expect("a store")
    }

    /// OpenClaw notes of this account's profile that it was refused.
    fn refuse(&self, account: &Account) {
        let refused = json!({
            "lastUsed": 1_795_000_000_000_u64, "disabledUntil": 4_102_444_800_000_u64,
            "disabledReason": "auth_permanent", "failureCounts": { "auth_permanent": 1 },
        });
        let id = format!("openai:account-{}", account.account_id);
        let state = json!({ "version": 1, "usageStats": { id: refused } }).to_string();
        let put = "INSERT OR REPLACE INTO auth_profile_state VALUES ('primary', ?1, 0)";
        self.database().execute(put, [state]).expect("a row");
    }

    fn profiles(&self) -> Value {
        let database = self.database();
        let query = "SELECT store_json FROM auth_profile_store WHERE store_key = 'primary'";
        let text: String = database
            .query_row(query, [], |row| row.get(0))
            .expect("a row");
        let store: Value = serde_json::from_str(&text).expect("JSON");
        store["profiles"].clone()
    }

    /// Asserts that the agent goes by this account, in codex-login's word and in OpenClaw's store.
    #[track_caller]
    fn assert_goes_by(&self, account: &Account, run: &Run) {
        let id = format!("openai:account-{}", account.account_id);
        let status = self.sandbox.run(["status", "--agent", "ember", "--json"]);
        let status = status.expect_code(0);
        let document: Value = serde_json::from_str(&status.stdout).expect("JSON");
        let agent = &document["agents"][0];
        assert_eq!(agent["state"], "ready", "{agent:#}");
        assert_eq!(
            agent["next_turn"]["profile_id"], id,
            "{agent:#}\nafter {run}"
        );
        let refresh = self.profiles()[&id]["refresh"].clone();
        let refresh = refresh.as_str().expect("a token");
        assert!(refresh.contains(&account.token_mark), "another login");
        self.assert_clean(run);
    }

    /// Asserts that no token is anywhere but in OpenClaw's databases, and nothing is left.
    #[track_caller]
    fn assert_clean(&self, run: &Run) {
        assert_no_secret(run);
        let left = self.sandbox.path("home/.openclaw.codex-login-import");
        assert!(!left.exists(), "left after\n{run}");
        let found = with_canary(&self.sandbox.path(""));
        assert_eq!(found, [] as [PathBuf; 0], "after\n{run}");
        let cwd = fs::read_dir(self.sandbox.path("cwd")).expect("a directory");
        assert_eq!(cwd.count(), 0, "left in the working directory by\n{run}");
    }
}

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

/// A second login of ember's, whose tokens are told from those of the first.
fn again() -> Account {
    Account {
        token_mark: format!("{CANARY}-again"),
        ..Account::default()
    }
}

fn other() -> Account {
    Account {
        email: "dune@example.com".to_owned(),
        account_id: "00000000-0000-4000-8000-0000000dd0e5".to_owned(),
        user_id: "user-fake-dune".to_owned(),
        token_mark: format!("{CANARY}-dune"),
        ..Account::default()
    }
}

#[test]
fn with_openclaw_2026_9_6_a_login_arrives_and_is_replaced_and_another_account_is_chosen() {
    let gateway = Gateway::of("2026.9.6");
    let first = Account::default();
    let run = gateway.log_in(first.clone(), &[]).expect_code(0);
    gateway.assert_goes_by(&first, &run);
    let run = run.says("OpenClaw's import has written ");
    assert!(run.stdout.contains("ember\tready\t"), "{run}");
    assert!(!gateway.sandbox.home_of("ember").exists());

    // Not a second time, unless that is asked for.
    let unasked = gateway.log_in(again(), &[]).expect_code(0);
    gateway.assert_goes_by(&first, &unasked);
    assert!(!gateway.profiles().to_string().contains("-again"));

    let run = gateway.log_in(again(), &["--force"]).expect_code(0);
    gateway.assert_goes_by(&again(), &run);
    assert_eq!(gateway.profiles().as_object().expect("profiles").len(), 1);

    let args = ["--force", "--expect-email", "dune@example.com"];
    let run = gateway.log_in(other(), &args).expect_code(0);
    gateway.assert_goes_by(&other(), &run);
    assert_eq!(gateway.profiles().as_object().expect("profiles").len(), 2);
    let args = [
        "models",
        "auth",
        "order",
        "get",
        "--agent",
        "ember",
        "--provider",
        "openai",
        "--json",
    ];
    let order = gateway.openclaw(&args)["order"].clone();
    assert_eq!(
        order,
        json!([format!("openai:account-{}", other().account_id)])
    );
    let listed = gateway.openclaw(&["models", "auth", "list", "--agent", "ember", "--json"]);
    let listed = listed["profiles"].as_array().expect("profiles");
    let ids: Vec<_> = listed.iter().map(|profile| profile["id"].clone()).collect();
    let both = [first, other()].map(|account| format!("openai:account-{}", account.account_id));
    assert_eq!(json!(ids), json!(both));
}

#[test]
fn a_stale_login_in_the_codex_home_blocks_until_the_login_is_imported() {
    let gateway = Gateway::of("2026.9.6");
    gateway.sandbox.log_in("ember");
    gateway
        .sandbox
        .run(["status", "--agent", "ember"])
        .expect_code(3);
    let before = fs::read(gateway.sandbox.auth_json("ember")).expect("a login");
    let run = gateway.log_in(Account::default(), &[]).expect_code(0);
    assert_no_secret(&run);
    gateway
        .sandbox
        .run(["status", "--agent", "ember"])
        .expect_code(0);
    let after = fs::read(gateway.sandbox.auth_json("ember")).expect("a login");
    assert!(before == after, "the file was changed");
}

#[test]
fn a_login_that_was_refused_is_replaced_by_one_that_is_not() {
    let gateway = Gateway::of("2026.9.6");
    gateway.log_in(Account::default(), &[]).expect_code(0);
    gateway.refuse(&Account::default());
    gateway
        .sandbox
        .run(["status", "--agent", "ember"])
        .expect_code(1);
    let run = gateway.log_in(again(), &[]).expect_code(0);
    gateway.assert_goes_by(&again(), &run);
    run.says("was refused before, which OpenClaw holds against it");
}

#[test]
fn where_no_plugin_fits_nobody_is_sent_to_a_browser() {
    // The plugins that are published want a later OpenClaw than this one.
    let gateway = Gateway::of("2026.8.2");
    let issuer = issuer(approved());
    let url = issuer.url();
    let line = ["--agent", "ember", "--", "--experimental_issuer", &url];
    let run = gateway.sandbox.run(line).expect_code(1);
    gateway.assert_clean(&run);
    run.says("OpenClaw 2026.8.2 has no codex plugin that it can load");
    assert_eq!(issuer.requests(), []);
}
