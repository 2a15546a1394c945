//! A Node that runs an OpenClaw which does on demand what the real one cannot be made to do.
//!
//! Its version is that in the path by which it is started. `FAKE_OPENCLAW` says what becomes of
//! one step, as `plan=fail`: `plan`, `apply`, `order` and `logout` can `fail`, `hang` or `lie`, `apply` can
//! also hang once it has written, or leave its store or another's empty or spoilt, and more. Where it hangs it tells in
//! `FAKE_OPENCLAW_HANGS`. `FAKE_OPENCLAW_LOG` names a file to which each start adds one line of JSON.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    missing_docs,
    reason = "a program of its own, for tests"
)]

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::Connection;
use serde_json::{Value, json};

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().collect();
    if args.get(1).is_some_and(|arg| arg == "--version") {
        println!("v{}", version_in(&args[0]));
        return ExitCode::SUCCESS;
    }
    if args.get(1).is_some_and(|arg| arg == "hang") {
        loop {
            std::thread::park();
        }
    }
    let args: Vec<_> = args.iter().skip(2).map(String::as_str).collect();
    log(&args);
    match args.as_slice() {
        ["migrate", "plan", "codex", rest @ ..] => step("plan", rest, || plan(rest)),
        ["migrate", "apply", "codex", rest @ ..] => step("apply", rest, || apply(rest)),
        ["models", "auth", "order", "set", rest @ ..] => step("order", rest, || order(rest)),
        ["models", "auth", "logout", id, rest @ ..] => step("logout", rest, || logout(id, rest)),
        _ => failure("the fake knows no such command"),
    }
}

fn version_in(path: &str) -> semver::Version {
    let mut names = path.split('/').map(|name| name.trim_start_matches('v'));
    let told = names.find_map(|name| semver::Version::parse(name).ok());
    told.unwrap_or(semver::Version::new(24, 21, 0))
}

/// Does the step, or what is wished in its place.
fn step(name: &str, args: &[&str], work: impl FnOnce() -> ExitCode) -> ExitCode {
    let scratch = (name == "apply").then(scratch);
    let code = as_wished(name, args, work);
    if let Some(scratch) = scratch {
        fs::remove_dir_all(scratch).unwrap();
    }
    code
}

/// As the real one: copies of its databases, whole, until its backup is made.
fn scratch() -> PathBuf {
    let dir = std::env::temp_dir().join("openclaw-backup-owned-1");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("snapshot.copy"), "fake-canary").unwrap();
    dir
}

fn as_wished(name: &str, args: &[&str], work: impl FnOnce() -> ExitCode) -> ExitCode {
    let wish = std::env::var("FAKE_OPENCLAW").unwrap_or_default();
    let wishes = wish.split(',').filter_map(|wish| wish.split_once('='));
    let mut of_step = wishes.filter(|(step, _)| *step == name);
    match of_step.next().map(|(_, what)| what) {
        None => work(),
        Some("fail") => failure("it broke: refresh_token rt_fake-canary-0123456789 is no good"),
        Some("lie") => {
            println!("{}", answer("migrated", "openai:nobody"));
            ExitCode::SUCCESS
        }
        Some("babble") => {
            println!("rt_fake-canary-0123456789");
            ExitCode::SUCCESS
        }
        Some("blind") => failure("Unknown or unavailable migration item ids: \"auth:openai\"."),
        Some("no-plugin") => failure("Unknown migration provider \"codex\". No providers found."),
        Some("die") => {
            let this = nix::unistd::getpid();
            nix::sys::signal::kill(this, nix::sys::signal::Signal::SIGKILL).unwrap();
            ExitCode::FAILURE
        }
        Some("hang") => hang(),
        Some(harm @ ("empty" | "spoil" | "spread")) => harmed(harm, args, work),
        Some(other @ ("wait" | "refresh" | "beside" | "leave-child")) => {
            meanwhile(other);
            work()
        }
        Some("write-and-hang") => {
            work();
            hang()
        }
        Some("write-and-fail") => {
            work();
            failure("too late")
        }
        Some(other) => panic!("unknown wish {other:?}"),
    }
}

/// Loses what it was to keep.
fn harmed(what: &str, args: &[&str], work: impl FnOnce() -> ExitCode) -> ExitCode {
    let nothing = json!({ "version": 1, "profiles": {} });
    match what {
        "empty" => {
            work();
            put(&store_of(args), "auth_profile_store", &nothing);
            failure("it lost all")
        }
        "spoil" => {
            work();
            fs::write(store_of(args), "no database at all").unwrap();
            failure("it broke the store")
        }
        _ => {
            put(&store_in("flint"), "auth_profile_store", &nothing);
            failure("it lost what is flint's")
        }
    }
}

/// What happens before it writes.
fn meanwhile(what: &str) {
    let told = std::env::var_os("FAKE_OPENCLAW_HANGS").map(PathBuf::from);
    match what {
        // The backup of a large state.
        "wait" => {
            let told = told.unwrap();
            let new = told.with_extension("new");
            fs::write(&new, std::process::id().to_string()).unwrap();
            fs::rename(new, &told).unwrap();
            while !told.with_extension("go").exists() {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
        }
        // Some codex refreshes the login in ember's home.
        "refresh" => {
            let auth = dir_of("ember").join("codex-home/auth.json");
            let text = fs::read_to_string(&auth).unwrap();
            fs::write(&auth, text.replace("refresh-", "refreshed-")).unwrap();
        }
        // Somebody logs flint in.
        "beside" => {
            let other = json!({
                "type": "oauth", "provider": "openai", "expires": 4_102_444_800_000_u64,
                "access": "fake-access", "refresh": "fake-refresh", "accountId": "beside",
            });
            let store = json!({ "version": 1, "profiles": { "openai:beside": other } });
            put(&store_in("flint"), "auth_profile_store", &store);
        }
        _ => {
            let this = std::env::current_exe().unwrap();
            #[expect(clippy::zombie_processes, reason = "it is left running")]
            let child = Command::new(this).arg("hang").spawn().unwrap();
            fs::write(told.unwrap(), child.id().to_string()).unwrap();
        }
    }
}

/// Starts another of its own, as the real one does, tells that both are there by a file, and goes
/// on for ever.
fn hang() -> ! {
    if let Some(path) = std::env::var_os("FAKE_OPENCLAW_HANGS") {
        let this = std::env::current_exe().unwrap();
        let mut child = Command::new(this).arg("hang").spawn().unwrap();
        let both = format!("{} {}", std::process::id(), child.id());
        let new = Path::new(&path).with_extension("new");
        fs::write(&new, both).unwrap();
        fs::rename(new, path).unwrap();
        child.wait().unwrap();
    }
    loop {
        std::thread::park();
    }
}

fn failure(message: &str) -> ExitCode {
    let error = json!({ "ok": false, "error": { "type": "cli_error", "message": message } });
    println!("{error}");
    eprintln!("[openclaw] Could not start the CLI.\n[openclaw] Reason: {message}");
    ExitCode::FAILURE
}

fn answer(status: &str, profile: &str) -> Value {
    json!({
        "providerId": "codex",
        "summary": { "total": 1, "conflicts": u8::from(status == "conflict"), "errors": 0 },
        "items": [{ "id": "auth:openai", "status": status, "details": { "profileId": profile } }],
        "warnings": [],
    })
}

fn plan(args: &[&str]) -> ExitCode {
    let Some(login) = login(args) else {
        let from = value(args, "--from");
        return failure(&format!(
            "Codex state was not found at {from}. Pass --from <path> if it lives elsewhere."
        ));
    };
    let id = id_of(&login);
    let is_there = !row(&store_of(args), "auth_profile_store")["profiles"][&id].is_null();
    let is_conflict = is_there && !args.contains(&"--overwrite");
    let status = if is_conflict { "conflict" } else { "planned" };
    println!("{}", answer(status, &id));
    ExitCode::SUCCESS
}

/// As the real one: a profile that is there stays as it is, unless it may be written over.
fn apply(args: &[&str]) -> ExitCode {
    let Some(login) = login(args) else {
        return failure("Unknown or unavailable migration item ids: \"auth:openai\".");
    };
    let dir = Path::new(value(args, "--backup-output"));
    let state = PathBuf::from(std::env::var_os("OPENCLAW_STATE_DIR").unwrap());
    if dir.starts_with(state.canonicalize().unwrap()) {
        return failure("Backup output must not be written inside a source path");
    }
    let number = fs::read_dir(dir).unwrap().count() + 1;
    let backup = dir.join(format!("{number}-openclaw-backup.tar.gz"));
    let mut options = OpenOptions::new();
    let mut backup = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(backup)
        .unwrap();
    backup.write_all(b"fake-canary").unwrap();
    let id = id_of(&login);
    let store = store_of(args);
    let mut text = row(&store, "auth_profile_store");
    if text["profiles"][&id].is_null() || args.contains(&"--overwrite") {
        let tokens = &login["tokens"];
        text["profiles"][&id] = json!({
            "type": "oauth", "provider": "openai", "expires": 4_102_444_800_000_u64,
            "access": tokens["access_token"], "refresh": tokens["refresh_token"],
            "accountId": tokens["account_id"], "email": email_of(&login),
        });
        put(&store, "auth_profile_store", &text);
    }
    add_to_configuration(&id);
    println!("{}", answer("migrated", &id));
    ExitCode::SUCCESS
}

/// As the real one does, which counts for all agents.
fn add_to_configuration(id: &str) {
    let path = std::env::var_os("OPENCLAW_CONFIG_PATH").unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let mut config: Value = serde_json::from_str(&text).unwrap();
    config["auth"]["profiles"][id] = json!({ "provider": "openai", "mode": "oauth" });
    fs::write(path, config.to_string()).unwrap();
}

fn order(args: &[&str]) -> ExitCode {
    let provider = value(args, "--provider");
    let store = store_of(args);
    let at = args.iter().position(|arg| *arg == "--provider").unwrap();
    let ids = &args[at + 2..];
    let mut state = row(&store, "auth_profile_state");
    state["order"] = json!({ provider: ids });
    put(&store, "auth_profile_state", &state);
    ExitCode::SUCCESS
}

/// With the profile goes what is noted of it, and its place in orders.
fn logout(id: &str, args: &[&str]) -> ExitCode {
    let store = store_of(args);
    let mut text = row(&store, "auth_profile_store");
    text["profiles"].as_object_mut().unwrap().remove(id);
    put(&store, "auth_profile_store", &text);
    put(&store, "auth_profile_state", &json!({ "version": 1 }));
    ExitCode::SUCCESS
}

fn value<'a>(args: &[&'a str], flag: &str) -> &'a str {
    let at = args.iter().position(|arg| *arg == flag).unwrap();
    args[at + 1]
}

fn login(args: &[&str]) -> Option<Value> {
    let path = Path::new(value(args, "--from")).join("auth.json");
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}

/// The account is that of the fixture, unless the address tells another.
fn id_of(login: &Value) -> String {
    let email = email_of(login);
    format!("openai:account-{}", email.split('@').next().unwrap())
}

fn email_of(login: &Value) -> String {
    let token = login["tokens"]["id_token"].as_str().unwrap();
    let claims = URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["email"].as_str().unwrap().to_owned()
}

fn store_of(args: &[&str]) -> PathBuf {
    store_in(value(args, "--agent"))
}

fn store_in(agent: &str) -> PathBuf {
    dir_of(agent).join("openclaw-agent.sqlite")
}

fn dir_of(agent: &str) -> PathBuf {
    let state = std::env::var_os("OPENCLAW_STATE_DIR").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".openclaw");
    let agents = state.unwrap_or_else(home).join("agents");
    agents.join(agent).join("agent")
}

fn row(store: &Path, table: &str) -> Value {
    let read = || {
        let text: String = Connection::open(store)
            .ok()?
            .query_row(&format!("SELECT * FROM {table}"), [], |row| row.get(1))
            .ok()?;
        serde_json::from_str(&text).ok()
    };
    let there = store.exists().then(read).flatten();
    there.unwrap_or_else(|| json!({ "version": 1, "profiles": {} }))
}

fn put(store: &Path, table: &str, value: &Value) {
    fs::create_dir_all(store.parent().unwrap()).unwrap();
    let database = Connection::open(store).unwrap();
    for table in ["auth_profile_store", "auth_profile_state"] {
        let stem = table.rsplit('_').next().unwrap();
        let columns = format!("{stem}_key TEXT PRIMARY KEY, {stem}_json TEXT, updated_at INTEGER");
        let create = format!("CREATE TABLE IF NOT EXISTS {table} ({columns})");
        database.execute(&create, []).unwrap();
    }
    let insert = format!("INSERT OR REPLACE INTO {table} VALUES ('primary', ?1, 0)");
    database.execute(&insert, [value.to_string()]).unwrap();
}

fn log(args: &[&str]) {
    let Some(path) = std::env::var_os("FAKE_OPENCLAW_LOG") else {
        return;
    };
    let env: serde_json::Map<_, _> = std::env::vars()
        .filter(|(name, _)| {
            name.starts_with("OPENCLAW_") || name == "TMPDIR" || name.ends_with("_PROXY")
        })
        .map(|(name, value)| (name, json!(value)))
        .collect();
    let cwd = std::env::current_dir().unwrap();
    let uid = nix::unistd::geteuid().as_raw();
    let line = json!({ "args": args, "env": env, "cwd": cwd, "uid": uid });
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .unwrap();
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}
