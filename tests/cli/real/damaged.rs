//! The table of malformed files, held against the real codex.

use crate::damaged::{refused, taken};
use crate::real::Codex;
use crate::real::gateway::Gateway;

with_each_codex! {
    codex_refuses_and_takes_what_the_table_says
}

fn codex_refuses_and_takes_what_the_table_says(codex: Codex) {
    let gateway = Gateway::with(codex);
    let refused = refused().into_iter().map(|(text, _)| (text, 1));
    let taken = taken().into_iter().map(|text| (text.into_bytes(), 0));
    for (text, code) in refused.chain(taken) {
        gateway.sandbox.give_auth("ember", &text);
        let asked = ["exec", "--agent", "ember", "--", "login", "status"];
        let run = gateway.sandbox.run(asked);
        let text = String::from_utf8_lossy(&text);
        assert_eq!(run.status.code(), Some(code), "{text}\n{run}");
    }
}
