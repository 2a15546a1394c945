//! A codex that does on demand what the real one cannot be made to do.
//!
//! `FAKE_CODEX` says what `codex login` does, `FAKE_CODEX_STATUS` what `codex login status` says,
//! `FAKE_CODEX_LIVE` with which fields the app-server answers whether a login is accepted,
//! `FAKE_CODEX_LAUNCHES` names a codex that is started as the app-server, and waited for,
//! `FAKE_CODEX_LOG` names a file to which each start adds one line of JSON.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a program of its own, for tests"
)]

mod fixture;

use std::fs::{self, OpenOptions};
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use serde_json::json;
use signal_hook::consts::signal::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    log(&args);
    match args.as_slice() {
        ["login", "status", ..] => status(),
        ["login", ..] => login(&args),
        ["app-server", ..] => app_server(&args),
        ["logout"] => {
            let _ = fs::remove_file(auth_json());
            eprintln!("Successfully logged out");
            ExitCode::SUCCESS
        }
        ["exit", code] => ExitCode::from(code.parse::<u8>().expect("an exit status")),
        ["die", signal] => die(signal.parse().expect("a signal")),
        ["cat"] => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).expect("stdin");
            std::io::stdout().write_all(&bytes).expect("stdout");
            ExitCode::SUCCESS
        }
        _ => {
            println!("fake-codex {}", args.join(" "));
            ExitCode::SUCCESS
        }
    }
}

fn status() -> ExitCode {
    let text = match std::env::var("FAKE_CODEX_STATUS") {
        Ok(text) => text,
        Err(_) if !auth_json().exists() => "Not logged in".to_owned(),
        Err(_) if has_api_key() => "Logged in using an API key - sk-fake-***ABCDE".to_owned(),
        Err(_) => "Logged in using ChatGPT".to_owned(),
    };
    if text == "HANG" {
        announce_and_count_signals();
    }
    eprintln!("{text}");
    ExitCode::from(u8::from(!text.starts_with("Logged in")))
}

/// Answers the question that counts, and goes on as the real one does.
fn app_server(args: &[&str]) -> ExitCode {
    if let Some(codex) = std::env::var_os("FAKE_CODEX_LAUNCHES") {
        let ended = Command::new(codex).args(args).status();
        return ExitCode::from(u8::from(!ended.expect("a codex").success()));
    }
    let Ok(answer) = std::env::var("FAKE_CODEX_LIVE") else {
        return ExitCode::SUCCESS;
    };
    for line in std::io::stdin().lines() {
        let asked: serde_json::Value =
            serde_json::from_str(&line.expect("stdin")).expect("a line of JSON");
        let id = &asked["id"];
        match asked["method"].as_str() {
            Some("initialize") => println!(r#"{{"id":{id},"result":{{"userAgent":"fake"}}}}"#),
            Some("account/rateLimits/read") => println!(r#"{{"id":{id},{answer}}}"#),
            _ => println!(r#"{{"method":"configWarning","params":{{}}}}"#),
        }
    }
    ExitCode::SUCCESS
}

fn has_api_key() -> bool {
    fs::read_to_string(auth_json()).is_ok_and(|text| text.contains("\"apikey\""))
}

fn login(args: &[&str]) -> ExitCode {
    let wish = std::env::var("FAKE_CODEX").unwrap_or_default();
    let (what, detail) = wish.split_once(':').unwrap_or((&wish, ""));
    if args.contains(&"--with-api-key") {
        let mut key = String::new();
        std::io::stdin().read_to_string(&mut key).expect("stdin");
        write(&fixture::api_key().to_string());
        eprintln!("Successfully logged in");
        return ExitCode::SUCCESS;
    }
    prompt();
    match what {
        "" => write(&fixture::chatgpt("ember@example.test", fixture::FAR_AHEAD).to_string()),
        "email" => write(&fixture::chatgpt(detail, fixture::FAR_AHEAD).to_string()),
        "write" => write(detail),
        "nothing" => {}
        "swap" => {
            let moved = home().with_extension("moved");
            fs::rename(home(), moved).expect("moving the home away");
            std::os::unix::fs::symlink(detail, home()).expect("a link in its place");
        }
        "list" => {
            let entries = fs::read_dir(home()).expect("the home");
            let mut names: Vec<_> = entries
                .map(|entry| {
                    entry
                        .expect("an entry")
                        .file_name()
                        .to_string_lossy()
                        .into_owned()
                })
                .collect();
            names.sort();
            println!("STAGED {}", names.join(" "));
            write(&fixture::chatgpt("ember@example.test", fixture::FAR_AHEAD).to_string());
        }
        "say" => {
            eprintln!("{detail}");
            return ExitCode::FAILURE;
        }
        "exit" => return ExitCode::from(detail.parse::<u8>().expect("an exit status")),
        "die" => return die(detail.parse().expect("a signal")),
        "wait" => announce_and_count_signals(),
        "stubborn" => {
            // Registered and never looked at: the signals do nothing.
            let _signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).expect("signals");
            println!("READY {}", std::process::id());
            loop {
                std::thread::park();
            }
        }
        "flood" => {
            let _signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).expect("signals");
            println!("READY {}", std::process::id());
            loop {
                eprintln!("words and words");
            }
        }
        other => panic!("unknown wish {other:?}"),
    }
    eprintln!("Successfully logged in");
    ExitCode::SUCCESS
}

/// The real prompt of codex 0.130.0, colours and all.
fn prompt() {
    print!(
        "\nWelcome to Codex [v\x1b[90m0.130.0\x1b[0m]\n\x1b[90mOpenAI's command-line coding agent\x1b[0m\n\n\
         Follow these steps to sign in with ChatGPT using device code authorization:\n\n\
         1. Open this link in your browser and sign in to your account\n   \x1b[94mhttps://auth.example.test/codex/device\x1b[0m\n\n\
         2. Enter this one-time code \x1b[90m(expires in 15 minutes)\x1b[0m\n   \x1b[94mP4DP-8OSZ4\x1b[0m\n\n\
         \x1b[90mDevice codes are a common phishing target. Never share this code.\x1b[0m\n\n"
    );
}

/// Says that it is there, then tells each signal until SIGTERM, of which it dies.
fn announce_and_count_signals() {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).expect("signals");
    println!("READY {}", std::process::id());
    let (mut hups, mut ints) = (0, 0);
    for signal in signals.forever() {
        match signal {
            SIGHUP => hups += 1,
            SIGINT => ints += 1,
            _ => break,
        }
        println!("GOT hup={hups} int={ints}");
    }
    println!("END hup={hups} int={ints}");
    die(SIGTERM);
}

fn die(signal: i32) -> ExitCode {
    let this = nix::unistd::getpid();
    if signal == SIGTERM {
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    let signal = nix::sys::signal::Signal::try_from(signal).expect("a signal");
    let _ = nix::sys::signal::kill(this, signal);
    ExitCode::FAILURE
}

fn home() -> PathBuf {
    PathBuf::from(std::env::var_os("CODEX_HOME").expect("CODEX_HOME"))
}

fn auth_json() -> PathBuf {
    home().join("auth.json")
}

fn write(text: &str) {
    fs::write(auth_json(), text).expect("auth.json");
}

/// What Linux says of who this is; elsewhere nothing.
fn identity() -> serde_json::Map<String, serde_json::Value> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines = status.lines().filter_map(|line| line.split_once(':'));
    lines
        .filter(|(name, _)| ["Uid", "Gid", "Groups"].contains(name) || name.starts_with("Cap"))
        .map(|(name, value)| {
            let words: Vec<_> = value.split_whitespace().collect();
            (name.to_owned(), json!(words))
        })
        .collect()
}

fn log(args: &[&str]) {
    let Some(path) = std::env::var_os("FAKE_CODEX_LOG") else {
        return;
    };
    let env: serde_json::Map<_, _> = std::env::vars()
        .map(|(name, value)| (name, json!(value)))
        .collect();
    let line = json!({
        "args": args,
        "env": env,
        // What it was started on; logins of its own are nobody's business.
        "auth_json": args.starts_with(&["app-server"]).then(|| fs::read_to_string(auth_json()).ok()),
        "cwd": std::env::current_dir().expect("a working directory"),
        "pid": std::process::id(),
        "identity": identity(),
        "stdin_is_terminal": std::io::stdin().is_terminal(),
        "stdout_is_terminal": std::io::stdout().is_terminal(),
    });
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .expect("the log");
    // In one write: several processes may share the log.
    file.write_all(format!("{line}\n").as_bytes())
        .expect("the log");
}
