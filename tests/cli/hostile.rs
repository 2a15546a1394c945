//! Configurations that nobody means well with: whatever they hold, there is an answer or an error,
//! and nothing is read that may not be.

use std::fs;
use std::os::unix::fs::symlink;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};
use serde_json::Value;

use crate::sandbox::{Run, Sandbox};

/// Runs of the program, some milliseconds each.
const CASES: u32 = 128;
/// What only a file outside of the permitted directories has.
const CANARY: &str = "outside-4711";

fn few() -> Config {
    Config {
        failure_persistence: None,
        ..Config::with_cases(CASES)
    }
}

/// An answer, or an error that says why; never a panic.
fn is_answered(run: &Run) -> Result<Value, TestCaseError> {
    let code = run.status.code();
    prop_assert!(matches!(code, Some(0 | 2)), "{run}");
    prop_assert!(!run.stderr.contains("panicked"), "{run}");
    let answer: Value = serde_json::from_str(&run.stdout)
        .map_err(|error| TestCaseError::fail(format!("{error}:\n{run}")))?;
    prop_assert_eq!(code == Some(2), answer.get("error").is_some(), "{}", run);
    Ok(answer)
}

/// Text that is nearly a configuration.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just(",".to_owned()),
        Just(":".to_owned()),
        Just("agents".to_owned()),
        Just("list".to_owned()),
        Just("entries".to_owned()),
        Just("'$include'".to_owned()),
        Just("'./openclaw.json'".to_owned()),
        Just("id: 'ember'".to_owned()),
        Just("agentDir: '${HOME}/$${X}/${'".to_owned()),
        Just("env: { vars: { A: 'b' } }".to_owned()),
        Just("__proto__".to_owned()),
        Just("null".to_owned()),
        Just("-0x7".to_owned()),
        Just("// remark\n".to_owned()),
        Just("/*".to_owned()),
        Just("'\\u{d83d}'".to_owned()),
        "\\PC{0,8}",
    ];
    let text = prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![3 => text, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

/// A path out of the pieces that could lead somewhere.
fn path_to_include() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("."),
        Just(".."),
        Just("in.json5"),
        Just("out.json5"),
        Just("dir"),
        Just("link-out"),
        Just("link-up"),
        Just("link-in"),
        Just(".openclaw"),
        Just("secret"),
        Just(""),
    ];
    let pieces = prop::collection::vec(piece, 1..6);
    (any::<bool>(), pieces).prop_map(|(is_absolute, pieces)| {
        let start = if is_absolute { "$HOME/" } else { "" };
        format!("{start}{}", pieces.join("/"))
    })
}

/// A sandbox with files inside and outside of the configuration's directory, and links to both.
fn with_links() -> Sandbox {
    let sandbox = Sandbox::with_agents(&[]);
    let inside = "{ agents: { list: [{ id: 'inside' }] } }";
    let outside = format!("{{ agents: {{ list: [{{ id: '{CANARY}' }}] }} }}");
    for tail in ["in.json5", "dir/in.json5"] {
        sandbox.write(format!("home/.openclaw/{tail}"), inside);
    }
    for tail in [
        "out.json5",
        "in.json5",
        "secret/in.json5",
        "secret/out.json5",
        "dir/in.json5",
    ] {
        sandbox.write(format!("home/{tail}"), &outside);
    }
    let state = sandbox.state_dir();
    symlink(sandbox.path("home/out.json5"), state.join("out.json5")).unwrap();
    symlink(sandbox.path("home/secret"), state.join("link-out")).unwrap();
    symlink(sandbox.path("home"), state.join("link-up")).unwrap();
    symlink(state.join("dir"), state.join("link-in")).unwrap();
    sandbox
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn whatever_the_file_holds_there_is_an_answer_or_an_error(bytes in nearly()) {
        let sandbox = Sandbox::with_agents(&[]);
        fs::write(sandbox.state_dir().join("openclaw.json"), bytes).unwrap();
        is_answered(&sandbox.run(["agents", "--json"]))?;
    }

    #[test]
    fn whatever_a_file_of_variables_holds_it_stops_nothing(bytes in nearly()) {
        let sandbox = Sandbox::with_agents(&["ember"]);
        fs::write(sandbox.state_dir().join(".env"), bytes).unwrap();
        let answer = is_answered(&sandbox.run(["agents", "--json"]))?;
        prop_assert_eq!(&answer["agents"][0]["id"], "ember");
    }

    #[test]
    fn no_include_reads_outside_of_the_permitted_directories(
        paths in prop::collection::vec(path_to_include(), 1..4),
        is_list in any::<bool>(),
    ) {
        let sandbox = with_links();
        let home = sandbox.path("home").display().to_string();
        let paths: Vec<_> = paths.iter().map(|path| path.replace("$HOME", &home)).collect();
        let include = if is_list { serde_json::json!(paths) } else { serde_json::json!(paths[0]) };
        sandbox.configure(&serde_json::json!({ "$include": include }).to_string());
        let run = sandbox.run(["agents", "--json", "-v"]);
        let answer = is_answered(&run)?;
        prop_assert!(!run.to_string().contains(CANARY), "{run}");
        // What is read is what lies inside.
        if let Some(agents) = answer["agents"].as_array() {
            prop_assert!(agents.iter().all(|agent| agent["id"] == "inside"), "{run}");
        }
    }
}

#[test]
fn the_canary_outside_would_be_seen_if_it_were_read() {
    let sandbox = with_links();
    sandbox.configure("{ $include: '../out.json5' }");
    let sandbox = sandbox.set("OPENCLAW_INCLUDE_ROOTS", "~");
    assert!(
        sandbox
            .run(["agents", "--json"])
            .to_string()
            .contains(CANARY)
    );
    sandbox.configure("{ $include: 'dir/in.json5' }");
    assert!(
        sandbox
            .run(["agents", "--json"])
            .to_string()
            .contains("inside")
    );
}

#[test]
fn nesting_and_size_have_an_end() {
    let deep =
        |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
    for text in [
        deep("[", "]"),
        deep("{a:", "}"),
        deep("{\"a\":", "}"),
        "[".repeat(2 * 1024 * 1024),
        format!("{{ agents: {{ list: ['{}", "x".repeat(2 * 1024 * 1024)),
        format!("{{ a: {} 1 }}", "/* */".repeat(400_000)),
        " ".repeat(17 * 1024 * 1024),
    ] {
        let sandbox = Sandbox::with_agents(&[]);
        sandbox.configure(&text);
        let run = sandbox.run(["agents", "--json"]);
        assert!(matches!(run.status.code(), Some(0 | 2)), "{}", run.stderr);
        let included = Sandbox::with_agents(&[]);
        included.configure("{ a: { $include: './a.json5' } }");
        included.write("home/.openclaw/a.json5", &text);
        let run = included.run(["agents", "--json"]);
        assert!(matches!(run.status.code(), Some(0 | 2)), "{}", run.stderr);
    }
}

#[test]
fn many_variables_and_large_ones_have_an_end() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let many: Vec<_> = (0..60_000).map(|index| format!("A{index}=x")).collect();
    let many = many.join("\n");
    sandbox.write("home/.openclaw/.env", &many);
    sandbox.run(["agents"]).expect_code(0);

    let large = format!("A={}\n", "x".repeat(1_000_000));
    sandbox.write("home/.openclaw/.env", &large);
    let strings = "${A}".repeat(1500);
    sandbox.configure(&format!(
        "{{ agents: {{ list: [{{ id: '{strings}' }}] }} }}"
    ));
    sandbox.run(["agents"]).expect_code(2).says("exceed 64 MiB");
}
