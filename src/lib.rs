//! codex-login gives each OpenClaw agent its own working Codex login.
//!
//! The modules in reading order, from what is typed to what is run; ARCHITECTURE.md has the floors
//! they stand on.

#[allow(
    clippy::doc_markdown,
    reason = "these comments are the help texts, which show no backticks"
)]
mod cli;
mod host;
mod request;

mod commands;
mod output;
mod report;

mod target;
mod zone;

mod agent;
mod locate;

mod codex;
mod openclaw;

mod node;
mod process;

mod error;
mod files;
mod fingerprint;
mod jsonc;
mod shell;
mod sourced;

use std::process::ExitCode;

pub use host::Host;

use crate::error::{Ended, Status};
use crate::output::Output;

/// Parses, runs, reports: the whole program. The exit status is chosen here, once.
pub fn run(host: &Host) -> ExitCode {
    let request = match commands::parse(host) {
        Ok(request) => request,
        Err(code) => return code,
    };
    let output = Output::new(request.style, host);
    commands::log_to_stderr(request.style);
    match commands::run(host, request, output) {
        Ok(Ended::With(status)) => ExitCode::from(status.code()),
        Ok(Ended::BySignal(signal)) => {
            process::signals::die_of(signal);
            ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX))
        }
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output.failure(&error);
            let problem = error::problem_in(&error);
            ExitCode::from(
                problem
                    .map_or(Status::CannotDo, |problem| problem.status)
                    .code(),
            )
        }
    }
}

/// Whether whoever reads our answers has gone: no failure of ours.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
