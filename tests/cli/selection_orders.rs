//! Stored orders, which go before the configuration's: each that is in the way of an empty one is
//! to be cleared in the store that has it.

use serde_json::{Value, json};

use crate::sandbox::Sandbox;
use crate::stores::{FAR, finding, first, give, judged, keep_in_keyring, oauth, sandbox};

/// The store that this agent has, with an order for this provider.
fn ordered(provider: &str, order: &str, id: &str) -> Value {
    json!({ "profiles": { id: oauth(provider, FAR) }, "order": { order: [id] } })
}

/// The commands that are said to give ember its codex home back.
#[track_caller]
fn commands(sandbox: &Sandbox) -> Vec<String> {
    let ember = first(sandbox);
    let shadow = finding(&ember, "shadowed-by-profile");
    let fix = shadow["fix"].as_str().unwrap();
    fix.split(" && ").map(str::to_owned).collect()
}

fn clear(agent: &str, provider: &str) -> String {
    format!("openclaw models auth order clear --agent {agent} --provider {provider}")
}

fn without_profiles(provider: &str) -> [String; 2] {
    [
        format!("openclaw config set auth.order.{provider} '[]' --strict-json"),
        "openclaw gateway restart".to_owned(),
    ]
}

const WITH_MAIN: &str = "{ agents: { list: [{ id: 'ember' }, { id: 'main' }] } }";

#[test]
fn an_order_is_cleared_in_the_store_that_has_it() {
    for (version, provider) in [("2026.5.12", "openai-codex"), ("2026.7.1", "openai")] {
        for (owners, agents) in [
            (&["ember"][..], &["ember"][..]),
            (&["main"], &["main"]),
            (&["main", "ember"], &["ember", "main"]),
        ] {
            let sandbox = sandbox(version);
            sandbox.configure(WITH_MAIN);
            keep_in_keyring(&sandbox);
            for owner in owners {
                give(
                    &sandbox,
                    version,
                    owner,
                    &ordered(provider, provider, owner),
                );
            }
            let clears = agents.iter().map(|agent| clear(agent, provider));
            let expected: Vec<_> = clears.chain(without_profiles(provider)).collect();
            assert_eq!(commands(&sandbox), expected, "{version}: {owners:?}");
        }
    }
}

#[test]
fn an_inherited_order_that_no_command_clears_is_said_to_be_in_the_way() {
    let sandbox = sandbox("2026.5.12");
    keep_in_keyring(&sandbox);
    for owner in ["main", "ember"] {
        let store = ordered("openai-codex", "openai-codex", owner);
        give(&sandbox, "2026.5.12", owner, &store);
    }
    let ember = judged(&sandbox, 3);
    let shadow = finding(&ember, "shadowed-by-profile");
    assert_eq!(shadow["fix"], Value::Null);
    let message = shadow["message"].as_str().unwrap();
    let none = "OpenClaw has no command for that order while no agent is called main";
    assert!(message.ends_with(none), "{message}");
}

#[test]
fn an_order_of_openai_is_left_alone_where_an_empty_one_of_openai_codex_goes_before_it() {
    let sandbox = sandbox("2026.5.12");
    keep_in_keyring(&sandbox);
    give(
        &sandbox,
        "2026.5.12",
        "ember",
        &ordered("openai-codex", "openai", "x"),
    );
    assert_eq!(judged(&sandbox, 3)["next_turn"]["rule"], "stored-order");
    assert_eq!(commands(&sandbox), without_profiles("openai-codex"));
    let order = json!({ "order": { "openai-codex": [] } });
    let agents = json!({ "list": [{ "id": "ember" }] });
    sandbox.configure(&json!({ "agents": agents, "auth": order }).to_string());
    assert_eq!(judged(&sandbox, 1)["next_turn"]["kind"], "codex-home");
}

#[test]
fn an_order_of_names_that_are_gone_is_cleared_as_well() {
    let sandbox = sandbox("2026.7.1");
    let mut store = ordered("openai", "openai", "gone");
    store["profiles"] = json!({ "openai:x": oauth("openai", FAR) });
    give(&sandbox, "2026.7.1", "ember", &store);
    assert_eq!(judged(&sandbox, 3)["next_turn"]["rule"], "fallback");
    let mut expected = vec![clear("ember", "openai")];
    expected.extend(without_profiles("openai"));
    assert_eq!(commands(&sandbox), expected);
}

#[test]
fn once_all_is_done_as_it_was_said_the_codex_home_counts() {
    for (version, provider) in [("2026.5.12", "openai-codex"), ("2026.7.1", "openai")] {
        let sandbox = sandbox(version);
        keep_in_keyring(&sandbox);
        for owner in ["main", "ember"] {
            let profiles = json!({ "profiles": { owner: oauth(provider, FAR) } });
            give(&sandbox, version, owner, &profiles);
        }
        assert_eq!(commands(&sandbox), without_profiles(provider));
        let agents = json!({ "list": [{ "id": "ember" }] });
        let auth = json!({ "order": { provider: [] } });
        sandbox.configure(&json!({ "agents": agents, "auth": auth }).to_string());
        assert_eq!(judged(&sandbox, 1)["next_turn"]["kind"], "codex-home");
    }
}
