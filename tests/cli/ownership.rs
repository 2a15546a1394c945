//! Who owns what no agent is named for, from 2026.8.1 on: a roster of several that does not say is
//! refused, as OpenClaw refuses it.

use serde_json::Value;

use crate::sandbox::Sandbox;

const LATER: [&str; 4] = ["2026.8.1", "2026.8.2", "2026.9.6", "2027.1.1"];

fn of(version: &str, agents: &str) -> Sandbox {
    let sandbox = Sandbox::with_agents(&[]).set("CODEX_LOGIN_OPENCLAW_VERSION", version);
    sandbox.configure(&format!("{{ agents: {agents} }}"));
    sandbox
}

/// The ids, and the one that is the default.
fn agents(sandbox: &Sandbox) -> (Vec<String>, Option<String>) {
    let document = sandbox.json(["agents", "--json"]);
    let agents = document["agents"].as_array();
    let agents = agents.unwrap_or_else(|| panic!("no agents in {document:#}"));
    let id = |agent: &Value| agent["id"].as_str().unwrap().to_owned();
    let default = agents.iter().find(|agent| agent["is_default"] == true);
    (agents.iter().map(id).collect(), default.map(id))
}

#[test]
fn what_openclaw_refuses_is_refused_with_its_place() {
    for (roster, words) in [
        (
            "{ entries: { ember: {}, flint: {} } }",
            "several agents need `ownership: \"explicit\"`, or one of them `default: true`",
        ),
        (
            "{ list: [{ id: 'ember' }, { id: 'flint' }] }",
            "several agents need `ownership: \"explicit\"`, or one of them `default: true`",
        ),
        (
            "{ entries: { ember: { default: true }, flint: { default: true } } }",
            "several agents are marked `default: true`",
        ),
        (
            "{ ownership: 'explicit', entries: { ember: { default: true }, flint: {} } }",
            "`default: true` does not go with `ownership: \"explicit\"`",
        ),
        (
            "{ ownership: 'explicit', entries: {} }",
            "no agent, where `ownership` is explicit",
        ),
        (
            "{ ownership: 'explicit' }",
            "no agent, where `ownership` is explicit",
        ),
        (
            "{ ownership: 'implicit', entries: { ember: {} } }",
            "agents.ownership: not `explicit`",
        ),
        (
            "{ list: [{ id: 'ember' }], entries: { ember: {} } }",
            "`list` and `entries` exclude each other",
        ),
        (
            "{ list: [{ id: 'Ember' }] }",
            "agents.list[0].id: this OpenClaw reads a list only where each id is a normal one and stands once",
        ),
        (
            "{ list: [{ id: 'ember' }, { id: 'ember', default: true }] }",
            "agents.list[1].id: this OpenClaw reads a list only where each id is a normal one and stands once",
        ),
        (
            "{ entries: { 'ember bot': {} } }",
            "agents.entries.ember bot: not an agent id",
        ),
        (
            "{ entries: { ember: {} }, defaults: { systemAgent: { agentId: 'sun' } } }",
            "agents.defaults.systemAgent.agentId: no such agent",
        ),
    ] {
        for version in LATER {
            let sandbox = of(version, roster);
            for command in [&["status"][..], &["login"], &["which"], &["doctor"]] {
                let run = sandbox.run(command);
                assert_eq!(run.status.code(), Some(2), "{version}: {roster}\n{run}");
                run.says(words).says("openclaw.json").says("\nhint: ");
            }
        }
    }
}

#[test]
fn what_openclaw_takes_has_the_owner_that_it_names() {
    let both = || vec!["ember".to_owned(), "flint".to_owned()];
    let ember = || Some("ember".to_owned());
    for (roster, ids, default) in [
        ("{}", vec!["main".to_owned()], Some("main".to_owned())),
        (
            "{ entries: {} }",
            vec!["main".to_owned()],
            Some("main".to_owned()),
        ),
        (
            "{ entries: { ember: {} } }",
            vec!["ember".to_owned()],
            ember(),
        ),
        (
            "{ list: [{ id: 'ember' }] }",
            vec!["ember".to_owned()],
            ember(),
        ),
        (
            "{ entries: { ember: { default: true }, flint: {} } }",
            both(),
            ember(),
        ),
        (
            "{ list: [{ id: 'ember', default: true }, { id: 'flint' }] }",
            both(),
            ember(),
        ),
        (
            "{ ownership: 'explicit', entries: { ember: {}, flint: {} } }",
            both(),
            None,
        ),
        (
            "{ ownership: 'explicit', entries: { ember: {} } }",
            vec!["ember".to_owned()],
            None,
        ),
    ] {
        for version in LATER {
            assert_eq!(
                agents(&of(version, roster)),
                (ids.clone(), default.clone()),
                "{version}: {roster}"
            );
        }
    }
}

#[test]
fn a_system_agent_is_the_default_of_versions_after_2026_8_2() {
    let roster = "{ ownership: 'explicit', entries: { ember: {}, flint: {} }, defaults: { systemAgent: { agentId: 'Flint' } } }";
    for (version, default) in [("2026.8.2", None), ("2026.9.6", Some("flint".to_owned()))] {
        assert_eq!(agents(&of(version, roster)).1, default, "{version}");
    }
}

#[test]
fn up_to_2026_7_35_the_first_of_a_list_owns() {
    for version in ["2026.5.12", "2026.7.1", "2026.7.35"] {
        let roster = "{ list: [{ id: 'ember' }, { id: 'flint' }] }";
        assert_eq!(
            agents(&of(version, roster)).1.as_deref(),
            Some("ember"),
            "{version}"
        );
    }
}

#[test]
fn a_beta_of_2026_7_2_has_the_roster_that_is_written() {
    let sandbox = |roster| of("2026.7.2-beta.7", roster);
    for roster in [
        "{ list: [{ id: 'ember', default: true }, { id: 'flint' }] }",
        "{ entries: { ember: { default: true }, flint: {} } }",
    ] {
        let (ids, default) = agents(&sandbox(roster));
        assert_eq!(
            (ids.len(), default.as_deref()),
            (2, Some("ember")),
            "{roster}"
        );
    }
    let run = sandbox("{ entries: { ember: {}, flint: {} } }").run(["status"]);
    run.expect_code(2).says("or one of them `default: true`");
    let run = of("2026.7.33", "{ entries: { ember: {} } }").run(["status"]);
    run.expect_code(2)
        .says("agents.entries: unknown to this OpenClaw");
}

#[test]
fn with_several_and_no_owner_a_login_asks_whose() {
    let roster = "{ ownership: 'explicit', entries: { ember: {}, flint: {} } }";
    let run = of("2026.9.6", roster).run(["login"]).expect_code(2);
    run.says("which agent: there are ember, flint")
        .says("hint: name one with --agent");
}
