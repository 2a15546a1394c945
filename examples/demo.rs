//! The first thing to try: one agent logged in with the real codex, on nobody's account.
//!
//! Fetches codex, lays out an OpenClaw zone of three agents, starts a stand-in for OpenAI's login
//! server on 127.0.0.1 that approves by itself, and runs codex-login as an operator would. All of
//! it lies in `target/`.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program of its own, which talks to whoever started it"
)]

mod support;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use support::issuer::{Approval, Issuer, Script};
use support::packages::{self, Pnpm};

const CODEX: &str = "0.169.0";

const ZONE: &str = r#"// The zone's OpenClaw: three agents, each with a Codex home of its own.
{
  plugins: { entries: { gondolin: { config: { zoneId: "sunfam" } } } },
  agents: { list: [{ id: "sun", default: true }, { id: "ember" }, { id: "shravan" }] },
}
"#;

fn main() -> Result<(), Box<dyn Error>> {
    step("Building codex-login itself");
    let codex_login = build()?;

    step(&format!(
        "Fetching the real @openai/codex {CODEX} with pnpm, as OpenClaw machines have it (some 300 MB, the first time only)"
    ));
    let pnpm_home = packages::pnpm_home_with_codex(Pnpm::V12, CODEX)?;

    step("Laying out the zone `sunfam`, an OpenClaw with three agents");
    let zone = Zone::lay_out(codex_login, pnpm_home)?;
    println!("{ZONE}");

    step(
        "Starting a stand-in for OpenAI's login server on 127.0.0.1; it approves by itself after two polls",
    );
    let issuer = Issuer::start(Script {
        approval: Approval::After(2),
        interval_secs: 1,
        ..Script::default()
    })?;

    step("Which codex would codex-login run?");
    zone.run(&["which", "--agent", "ember"])?;

    step(
        "Logging the agent `ember` in. On a real machine you would open the link and type the code; what follows `--` only points codex at the stand-in",
    );
    let login = zone.run(&[
        "--zone",
        "sunfam",
        "--agent",
        "ember",
        "--",
        "--experimental_issuer",
        &issuer.url(),
    ])?;
    if !login.success() {
        return Err(format!("the login ended with {login}").into());
    }

    step(
        "Now all agents. `ember` is ready; the others were never logged in, so the exit status is 1",
    );
    let status = zone.run(&["status", "--all-agents"])?;
    if status.code() != Some(1) {
        return Err(format!("status ended with {status}, not with 1").into());
    }

    println!(
        "\nThat is all of it. The zone stays in {} until you remove it.",
        zone.dir.display()
    );
    println!("On your machine: codex-login status, then codex-login --agent NAME");
    Ok(())
}

fn step(what: &str) {
    println!("\n\x1b[1m== {what}\x1b[0m");
}

/// Builds the binary that the demo shows, with the cargo that runs the demo.
fn build() -> Result<PathBuf, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--bin", "codex-login"])
        .args([
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ])
        .arg("--target-dir")
        .arg(target_dir()?)
        .status()?;
    if !status.success() {
        return Err(format!("the build ended with {status}").into());
    }
    Ok(target_dir()?.join("debug/codex-login"))
}

/// The target directory in which this demo was built: `<target>/<profile>/examples/demo`.
fn target_dir() -> Result<PathBuf, Box<dyn Error>> {
    let demo = std::env::current_exe()?;
    let target = demo
        .ancestors()
        .nth(3)
        .ok_or("the demo is not in a target directory")?;
    Ok(target.to_owned())
}

/// The demo's OpenClaw, and the environment in which it is used.
struct Zone {
    dir: PathBuf,
    codex_login: PathBuf,
    pnpm_home: PathBuf,
}

impl Zone {
    fn lay_out(codex_login: PathBuf, pnpm_home: PathBuf) -> Result<Zone, Box<dyn Error>> {
        let dir = target_dir()?.join("demo");
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        fs::create_dir_all(dir.join("home/.openclaw"))?;
        fs::write(dir.join("home/.openclaw/openclaw.json"), ZONE)?;
        Ok(Zone {
            dir,
            codex_login,
            pnpm_home,
        })
    }

    /// Shows the command, and runs it in the zone's environment and no other.
    fn run(&self, args: &[&str]) -> Result<ExitStatus, Box<dyn Error>> {
        println!("\x1b[2m$ codex-login {}\x1b[0m", args.join(" "));
        let status = Command::new(&self.codex_login)
            .args(args)
            .env_clear()
            .envs(
                ["PATH", "TERM", "LANG", "COLUMNS"]
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .env("HOME", self.dir.join("home"))
            .env("PNPM_HOME", &self.pnpm_home)
            .env("NO_PROXY", "127.0.0.1")
            .env("CODEX_LOGIN_OPENCLAW_VERSION", "2026.5.12")
            .current_dir(Path::new(&self.dir))
            .status()?;
        println!(
            "\x1b[2m(exit status {})\x1b[0m",
            status.code().unwrap_or(-1)
        );
        Ok(status)
    }
}
