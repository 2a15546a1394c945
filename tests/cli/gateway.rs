//! Which OpenClaw is meant, where a gateway is set up as a service: a login from a plain shell
//! must not go elsewhere than the gateway looks.

use crate::sandbox::{Run, Sandbox};

const UNITS: &str = "home/.config/systemd/user";

/// Two of OpenClaw on one machine: the usual one with `usual`, another below `srv` with `served`.
fn with_two() -> Sandbox {
    let sandbox = Sandbox::with_agents(&["usual"]);
    sandbox.write(
        "srv/openclaw.json",
        "{ agents: { list: [{ id: 'served' }] } }",
    );
    sandbox
}

/// Sets up a service whose state is at `tail`.
fn serve(sandbox: &Sandbox, unit: &str, tail: &str) {
    let dir = sandbox.path(tail);
    let text = format!(
        "[Unit]\nDescription=OpenClaw Gateway\n\n[Service]\nExecStart=/usr/bin/node /nowhere/openclaw/dist/index.js gateway\nEnvironment=OPENCLAW_STATE_DIR={}\n",
        dir.display()
    );
    sandbox.write(format!("{UNITS}/{unit}.service"), &text);
}

fn first_agent(run: &Run) -> &str {
    run.stdout.split('\t').next().unwrap()
}

#[test]
fn without_a_choice_in_the_shell_the_gateways_place_counts_and_is_told() {
    let sandbox = with_two();
    serve(&sandbox, "openclaw-gateway", "srv");
    let run = sandbox.run(["agents"]).expect_code(0);
    assert_eq!(first_agent(&run), "served");
    run.says("taken as the gateway has it (openclaw-gateway.service: ")
        .says("not as this shell would");
    let openclaw = &sandbox.json(["agents", "--json"])["openclaw"];
    assert_eq!(openclaw["notices"][0]["code"], "gateway-place");
}

#[test]
fn a_gateway_that_looks_where_the_shell_does_needs_no_word() {
    let sandbox = with_two();
    serve(&sandbox, "openclaw-gateway", "home/.openclaw");
    let run = sandbox.run(["agents"]).expect_code(0);
    assert_eq!(first_agent(&run), "usual");
    assert_eq!(run.stderr, "");
}

#[test]
fn what_the_shell_chooses_counts_and_a_gateway_elsewhere_is_told() {
    let sandbox = with_two();
    serve(&sandbox, "openclaw-gateway", "srv");
    let dir = sandbox.state_dir();
    let args = ["agents", "--state-dir", dir.to_str().unwrap()];
    let run = sandbox.run(args).expect_code(0);
    assert_eq!(first_agent(&run), "usual");
    run.says("no gateway that is set up looks there (openclaw-gateway.service: ");
}

#[test]
fn with_several_and_no_choice_they_are_listed() {
    let sandbox = with_two();
    serve(&sandbox, "openclaw-gateway-work", "srv");
    let run = sandbox.run(["status"]).expect_code(2);
    assert_eq!(run.stdout, "");
    run.says("which OpenClaw: there are openclaw-gateway-work.service: ")
        .says("; no service: ")
        .says("hint: choose with --profile work, --profile default, or --state-dir DIR");
    let error = &sandbox.json(["status", "--json"])["error"];
    assert_eq!(error["code"], "several-openclaws");
    serve(&sandbox, "openclaw-gateway-blue", "blue");
    let run = sandbox.run(["status"]).expect_code(2);
    run.says("choose with --profile blue, --profile work, --profile default, or --state-dir DIR");
    for (profile, agent) in [("work", "served"), ("default", "usual")] {
        let run = sandbox.run(["agents", "--profile", profile]).expect_code(0);
        assert_eq!(first_agent(&run), agent);
    }
}

#[test]
fn the_only_place_there_is_needs_no_choice() {
    let sandbox = Sandbox::bare();
    sandbox.write(
        "srv/openclaw.json",
        "{ agents: { list: [{ id: 'served' }] } }",
    );
    serve(&sandbox, "openclaw-gateway-work", "srv");
    let run = sandbox.run(["agents"]).expect_code(0);
    assert_eq!(first_agent(&run), "served");
}

#[test]
fn a_profile_is_openclaws_own_directory_for_it() {
    let sandbox = Sandbox::with_agents(&["usual"]);
    sandbox.write(
        "home/.openclaw-work/openclaw.json",
        "{ agents: { list: [{ id: 'worker' }] } }",
    );
    let run = sandbox.run(["--profile", "work", "agents"]).expect_code(0);
    assert_eq!(first_agent(&run), "worker");
    let run = sandbox.run(["env", "--profile", "wrok", "--agent", "main"]);
    assert_eq!(run.expect_code(2).stdout, "");
    let sandbox = sandbox.set("CODEX_LOGIN_PROFILE", "work");
    assert_eq!(first_agent(&sandbox.run(["agents"])), "worker");
    // The configuration's place is joined as text to what the state directory is set to.
    let sandbox = sandbox.set("OPENCLAW_STATE_DIR", "../home/.openclaw-work");
    assert_eq!(first_agent(&sandbox.run(["agents"])), "worker");
    let run = sandbox
        .run(["agents", "--profile", "../work"])
        .expect_code(2);
    run.says("`../work` is no name of a profile");
}

#[test]
fn variables_and_working_directory_of_the_service_are_those_of_its_agents() {
    let sandbox = Sandbox::with_agents(&[]);
    sandbox.configure(
        "{ agents: { list: [{ id: 'a', agentDir: '${ROOM}/a' }, { id: 'b', agentDir: 'rel/b' }] } }",
    );
    let file = sandbox.write("gateway.systemd.env", "ROOM=\"/room one\"\n");
    let text = format!(
        "[Service]\nEnvironment=ROOM=/other \"TITLE=two words\"\nEnvironmentFile=-{}\nWorkingDirectory=%h/work\n",
        file.display()
    );
    sandbox.write(format!("{UNITS}/openclaw-gateway.service"), &text);
    let answer = sandbox.json(["agents", "--json"]);
    assert_eq!(answer["agents"][0]["agent_dir"], "/room one/a");
    let relative = sandbox.path("home/work/rel/b").display().to_string();
    assert_eq!(answer["agents"][1]["agent_dir"], relative);

    let drop_in = "[Service]\nEnvironmentFile=\nEnvironment=ROOM=/dropped\n";
    sandbox.write(
        format!("{UNITS}/openclaw-gateway.service.d/room.conf"),
        drop_in,
    );
    let answer = sandbox.json(["agents", "--json"]);
    assert_eq!(answer["agents"][0]["agent_dir"], "/dropped/a");
}

#[test]
fn a_line_that_is_no_sequence_of_words_takes_nothing_back() {
    let sandbox = with_two();
    let dir = sandbox.path("srv");
    let text = format!(
        "[Service]\nEnvironment=OPENCLAW_STATE_DIR={}\nEnvironment=NOTE=it's\n",
        dir.display()
    );
    sandbox.write(format!("{UNITS}/openclaw-gateway.service"), &text);
    assert_eq!(first_agent(&sandbox.run(["agents"])), "served");
}
