//! How the configuration is read: what it includes, what sets its variables, and what it refuses.

use std::fs;
use std::os::unix::fs::symlink;

use crate::sandbox::{Run, Sandbox};

/// A sandbox whose configuration is this text, for OpenClaw 2026.5.12.
fn configured(text: &str) -> Sandbox {
    let sandbox = Sandbox::with_agents(&[]);
    sandbox.configure(text);
    sandbox
}

/// The ids that `agents` lists.
fn ids(sandbox: &Sandbox) -> Vec<String> {
    let run = sandbox.run(["agents"]).expect_code(0);
    let first = |line: &str| line.split('\t').next().unwrap().to_owned();
    run.stdout.lines().map(first).collect()
}

/// The directory of the only agent, the sandbox's own path left out.
fn dir(sandbox: &Sandbox) -> String {
    let answer = sandbox.json(["agents", "--json"]);
    let dir = answer["agents"][0]["agent_dir"].as_str();
    let root = sandbox.path("").display().to_string();
    dir.unwrap_or_else(|| panic!("{answer}"))
        .replace(&root, "$ROOT/")
}

/// The refusal of the configuration, which shows no value.
fn refused(sandbox: &Sandbox) -> Run {
    let run = sandbox.run(["agents"]).expect_code(2);
    assert_eq!(run.stdout, "", "{run}");
    run.says("hint: ")
}

#[test]
fn included_lists_follow_one_another_and_what_stands_beside_comes_last() {
    let sandbox = configured(
        "{ $include: ['./a.json5', 'sub/b.json5'], agents: { list: [{ id: 'last' }] } }",
    );
    sandbox.write(
        "home/.openclaw/a.json5",
        "{ agents: { list: [{ id: 'a' }] } }",
    );
    sandbox.write(
        "home/.openclaw/sub/b.json5",
        "{ agents: { list: [{ $include: './one.json5' }] } } // relative to its own file",
    );
    sandbox.write("home/.openclaw/sub/one.json5", "{ id: 'one' }");
    assert_eq!(ids(&sandbox), ["a", "one", "last"]);
}

#[test]
fn an_include_in_place_of_the_roster_is_the_roster() {
    let sandbox = configured("{ agents: { $include: './agents.json5' } }");
    sandbox.write("home/.openclaw/agents.json5", "{ list: [{ id: 'ember' }] }");
    assert_eq!(ids(&sandbox), ["ember"]);
}

#[test]
fn an_include_that_leads_out_of_the_directory_is_refused() {
    let outside = "{ agents: { list: [{ id: 'outside' }] } }";
    for written in [
        "../outside.json5",
        "/etc/hostname",
        "./link.json5",
        "./dir/outside.json5",
    ] {
        let sandbox = configured(&format!("{{ $include: '{written}' }}"));
        let file = sandbox.write("home/outside.json5", outside);
        symlink(&file, sandbox.state_dir().join("link.json5")).unwrap();
        symlink(sandbox.path("home"), sandbox.state_dir().join("dir")).unwrap();
        refused(&sandbox)
            .says(&format!("`$include` of {written}: leads out of"))
            .says("openclaw.json");
    }
}

#[test]
fn a_further_root_is_a_place_to_include_from() {
    let sandbox = configured("{ $include: '../shared/more.json5' }");
    sandbox.write(
        "home/shared/more.json5",
        "{ agents: { list: [{ id: 'shared' }] } }",
    );
    refused(&sandbox);
    let sandbox = sandbox.set("OPENCLAW_INCLUDE_ROOTS", ":~/shared:");
    assert_eq!(ids(&sandbox), ["shared"]);
}

#[test]
fn an_include_that_cannot_be_followed_is_refused_with_its_file() {
    for (name, text, words) in [
        ("a.json5", "{ $include: './a.json5' }", "it includes itself"),
        (
            "a.json5",
            "{ $include: './openclaw.json' }",
            "it includes itself",
        ),
        ("b.json5", "{}", "`$include` of ./a.json5: entity not found"),
        ("a.json5", "{\n  list: [,\n", "a.json5: line 2, column 10"),
        ("a.json5", "{ $include: 7 }", "neither a path nor a list"),
        ("a.json5", "{ $include: [7] }", "holds what is no path"),
        ("a.json5", "[1]", "no object"),
    ] {
        let sandbox = configured("{ $include: './a.json5', agents: {} }");
        sandbox.write(format!("home/.openclaw/{name}"), text);
        refused(&sandbox).says(words);
    }
}

#[test]
fn ten_files_deep_is_deep_enough() {
    for (depth, is_read) in [(10, true), (11, false)] {
        let sandbox = configured("{ $include: './1.json5' }");
        for level in 1..depth {
            let next = format!("{{ $include: './{}.json5' }}", level + 1);
            sandbox.write(format!("home/.openclaw/{level}.json5"), &next);
        }
        sandbox.write(
            format!("home/.openclaw/{depth}.json5"),
            "{ agents: { list: [{ id: 'deep' }] } }",
        );
        if is_read {
            assert_eq!(ids(&sandbox), ["deep"]);
        } else {
            refused(&sandbox).says("more than 10 files deep");
        }
    }
}

#[test]
fn only_a_plain_file_of_one_name_and_2_mib_is_included() {
    let sandbox = configured("{ $include: './a.json5' }");
    let file = sandbox.state_dir().join("a.json5");
    let padded = |size: usize| format!("{{}}{}", " ".repeat(size - 2));
    fs::write(&file, padded(2 * 1024 * 1024)).unwrap();
    assert_eq!(ids(&sandbox), ["main"]);
    fs::write(&file, padded(2 * 1024 * 1024 + 1)).unwrap();
    refused(&sandbox).says("larger than 2 MiB");

    fs::write(&file, "{}").unwrap();
    fs::hard_link(&file, sandbox.path("second-name")).unwrap();
    refused(&sandbox).says("not a regular file with one name");

    fs::remove_file(&file).unwrap();
    nix::unistd::mkfifo(&file, nix::sys::stat::Mode::S_IRWXU).unwrap();
    refused(&sandbox).says("not a regular file");

    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    refused(&sandbox).says("not a regular file");
}

#[test]
fn files_that_include_each_others_siblings_without_end_are_refused() {
    let sandbox = configured("{ $include: ['./0.json5', './0.json5'] }");
    for level in 0..9 {
        let twice = format!("'./{0}.json5', './{0}.json5', './{0}.json5'", level + 1);
        sandbox.write(
            format!("home/.openclaw/{level}.json5"),
            &format!("{{ $include: [{twice}] }}"),
        );
    }
    sandbox.write("home/.openclaw/9.json5", "{}");
    refused(&sandbox).says("too much is included");
}

#[test]
fn a_variable_is_the_first_that_is_set_of_process_files_and_configuration() {
    let text = "{ env: { A: '/env', vars: { A: '/vars', B: '/vars' } }, agents: { list: [{ id: 'ember', agentDir: '${A}/x' }] } }";
    let sandbox = configured(text);
    assert_eq!(dir(&sandbox), "/env/x");
    sandbox.write("home/.config/openclaw/gateway.env", "A=/gateway");
    assert_eq!(dir(&sandbox), "/gateway/x");
    sandbox.write("home/.openclaw/.env", "A=/state");
    assert_eq!(dir(&sandbox), "/state/x");
    sandbox.write("cwd/.env", "export A='/cwd' # here");
    assert_eq!(dir(&sandbox), "/cwd/x");
    let sandbox = sandbox.set("A", "/process");
    assert_eq!(dir(&sandbox), "/process/x");
}

#[test]
fn what_is_guarded_is_not_taken_from_the_working_directory() {
    let sandbox = configured("{ agents: { list: [{ id: 'ember', agentDir: '/x/${GOPATH}' }] } }");
    sandbox.write("cwd/.env", "OPENCLAW_STATE_DIR=/nowhere\nGOPATH=go");
    assert_eq!(dir(&sandbox), "/x/${GOPATH}");
    sandbox.write("home/.openclaw/.env", "GOPATH=go");
    assert_eq!(dir(&sandbox), "/x/go");
}

#[test]
fn a_variable_that_nothing_sets_stays_and_is_told() {
    let sandbox = configured(
        "{ agents: { list: [{ id: 'ember', agentDir: '/x/${NO_SUCH}/$${KEPT}/${lower}' }] } }",
    );
    assert_eq!(dir(&sandbox), "/x/${NO_SUCH}/${KEPT}/${lower}");
    sandbox
        .run(["agents"])
        .expect_code(0)
        .says("${NO_SUCH} in the agents of")
        .says("is not set here");
    let answer = sandbox.json(["agents", "--json"]);
    assert_eq!(answer["openclaw"]["notices"][0]["code"], "variable-not-set");
}

#[test]
fn a_file_of_variables_in_the_state_directory_can_move_it() {
    let sandbox = Sandbox::with_agents(&["here"]);
    let there = sandbox.path("there");
    sandbox.write(
        "there/openclaw.json",
        "{ agents: { list: [{ id: 'there' }] } }",
    );
    let line = format!("OPENCLAW_STATE_DIR={}", there.display());
    sandbox.write("home/.openclaw/.env", &line);
    assert_eq!(dir(&sandbox), "$ROOT/there/agents/there/agent");
}

#[test]
fn former_names_are_read_where_there_is_no_other() {
    let roster = "{ agents: { list: [{ id: 'ember' }] } }";
    for (place, state) in [
        (".clawdbot/clawdbot.json", ".clawdbot"),
        (".clawdbot/openclaw.json", ".clawdbot"),
        (".openclaw/clawdbot.json", ".openclaw"),
    ] {
        let sandbox = Sandbox::bare();
        sandbox.write(format!("home/{place}"), roster);
        let expected = format!("$ROOT/home/{state}/agents/ember/agent");
        assert_eq!(dir(&sandbox), expected, "{place}");
    }
    // The two can come apart: the state in the one, the configuration in the other.
    let sandbox = Sandbox::bare();
    sandbox.write("home/.clawdbot/clawdbot.json", roster);
    fs::create_dir(sandbox.path("home/.openclaw")).unwrap();
    assert_eq!(dir(&sandbox), "$ROOT/home/.openclaw/agents/ember/agent");
}

#[test]
fn no_value_of_the_configuration_is_ever_shown() {
    let token = "fake-gateway-token-4711";
    for text in [
        format!("{{ gateway: {{ auth: {{ token: '{token}' }} }}, agents: {{ list: ["),
        format!("{{ gateway: {{ auth: {{ token: '{token} }} }}"),
        format!("{{ agents: {{ list: [{{ id: 'a', agentDir: ['{token}'] }}] }} }}"),
        format!("{{ agents: {{ list: '{token}' }} }}"),
        format!("{{ env: {{ vars: {{ T: '{token}' }} }}, $include: ['${{T}}.json5'] }}"),
        format!("{{ gateway: {{ token: '{token}' }}, agents: {{ list: [{{ id: 'a' }}] }} }}"),
    ] {
        let sandbox = configured(&text);
        sandbox.write("home/.openclaw/.env", &format!("SECRET={token}"));
        for args in [
            &["agents", "-v", "-v"][..],
            &["agents", "--json"],
            &["which"],
            &["status"],
        ] {
            let run = sandbox.run(args);
            let shown = run.to_string();
            assert!(!shown.contains("4711"), "{args:?}:\n{shown}");
        }
    }
}
