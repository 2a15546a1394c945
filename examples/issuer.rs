//! Runs the stand-in issuer by hand, to try codex-login without an account.
//!
//! ```text
//! cargo run --example issuer -- --port 8765 --email ember@example.com
//! ```
//!
//! It approves each login after two pending answers, shows every request's
//! method and path (never a body), and runs until Ctrl-C.

#[path = "support/mod.rs"]
mod support;

use std::io::{self, Write as _};
use std::time::Duration;

use clap::Parser;

use support::issuer::{Account, Approval, Issuer, Script};

/// Runs a loopback issuer that hands out fake Codex logins
#[derive(Parser)]
struct Options {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Email of the account that logs in
    #[arg(long, default_value_t = Account::default().email)]
    email: String,
}

fn main() -> io::Result<()> {
    let Options { port, email } = Options::parse();
    let issuer = Issuer::start_on(
        port,
        Script {
            account: Account {
                email,
                ..Account::default()
            },
            approval: Approval::After(2),
            interval_secs: 2,
            ..Script::default()
        },
    )?;
    let mut stdout = io::stdout();
    let url = issuer.url();
    writeln!(stdout, "The issuer listens on {url}\n")?;
    writeln!(stdout, "Log an agent in with it:")?;
    writeln!(
        stdout,
        "  codex-login --agent ember -- --experimental_issuer {url}\n"
    )?;
    writeln!(stdout, "Requests, until Ctrl-C:")?;
    let mut shown = 0;
    loop {
        for seen in issuer.requests_beyond(shown, Duration::from_secs(60)) {
            writeln!(stdout, "  {} {}", seen.method, seen.path)?;
            shown += 1;
        }
    }
}
