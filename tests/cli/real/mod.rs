//! codex-login with the real codex, as pnpm installs it, against an issuer on loopback.
//!
//! Nothing here reaches further than 127.0.0.1: codex is told the issuer, and its proxy for all
//! else is a closed port.

use crate::support::packages::{Pnpm, pnpm_home_with_codex};

/// Makes of each named function a test for each codex.
macro_rules! with_each_codex {
    ($($test:ident)+) => {
        $(
            mod $test {
                #[test]
                fn codex_0_130_0() {
                    super::$test(crate::real::Codex::V0_130);
                }

                #[test]
                fn codex_0_169_0() {
                    super::$test(crate::real::Codex::V0_169);
                }
            }
        )+
    };
}

mod gateway;
mod importing;
mod running;

mod canary;
mod damaged;
mod disk;
mod failures;
mod import;
mod layouts;
mod live;
mod login;
mod output;
mod ownership;
mod processes;
mod signals;
mod status;
mod stories;
mod terminal;
mod upgraded;

/// A published codex: one of those that log in over the old login, and one of those that revoke
/// and delete it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codex {
    /// As pnpm 10 installs it.
    V0_130,
    /// As pnpm 12 installs it.
    V0_169,
}

impl Codex {
    fn version(self) -> &'static str {
        match self {
            Codex::V0_130 => "0.130.0",
            Codex::V0_169 => "0.169.0",
        }
    }

    /// The `PNPM_HOME` that it is installed in.
    fn pnpm_home(self) -> std::path::PathBuf {
        let pnpm = match self {
            Codex::V0_130 => Pnpm::V10,
            Codex::V0_169 => Pnpm::V12,
        };
        pnpm_home_with_codex(pnpm, self.version()).expect("a real codex")
    }
}
