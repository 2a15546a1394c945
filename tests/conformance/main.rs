//! codex-login and the real OpenClaw, asked the same: which agents are there, and where? And which
//! profile does one of them get?
//!
//! The questions are drawn from seeds, always the same ones; OpenClaw's answers are asked for at
//! each run. `CODEX_LOGIN_CONFORMANCE_SEED=n` asks one question alone and shows both answers.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "tests start processes and stop at the first surprise"
)]

#[path = "../cases/mod.rs"]
mod cases;
#[allow(dead_code, reason = "the other tests use all of it")]
#[path = "../fakes/fixture.rs"]
mod fixture;
#[path = "../../examples/support/mod.rs"]
mod support;

mod answer;
mod openclaw;
mod questions;
mod random;
mod run;
mod selection;

use openclaw::Release;

#[test]
fn the_agents_are_those_that_openclaw_2026_5_12_lists() {
    run::all_answers_agree(Release::V5_12);
}

#[test]
fn the_agents_are_those_that_openclaw_2026_9_6_lists() {
    run::all_answers_agree(Release::V9_6);
}
