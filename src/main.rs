//! The binary: reads its surroundings, and returns the exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    codex_login::run(&codex_login::Host::of_this_process())
}
