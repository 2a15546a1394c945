//! `status --live`: of which logins OpenAI is asked, with what, and what becomes of the answer.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::cases::fill_database;
use crate::fixture::{self, CANARY};
use crate::sandbox::Sandbox;

const ACCEPTED: &str = r#""result":{"rateLimits":{"planType":"pro"}}"#;

/// What codex says of an answer with this status.
fn refusal(status: &str) -> String {
    error(
        -32603,
        &format!(
            "failed to fetch codex rate limits: GET https://chatgpt.com/backend-api/wham/usage failed: {status}; content-type=application/json; body={{\"detail\":\"{CANARY} failed: 401 Unauthorized\"}}"
        ),
    )
}

fn error(code: i32, message: &str) -> String {
    let error = json!({ "code": code, "message": message });
    format!(r#""error":{error}"#)
}

/// Ember, logged in until `seconds` from now.
fn logged_in_for(seconds: i64) -> Sandbox {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let end = i64::try_from(now.as_secs()).unwrap() + seconds;
    let sandbox = Sandbox::with_agents(&["ember"]).log_starts();
    sandbox.give_auth(
        "ember",
        fixture::chatgpt("ember@example.test", end).to_string(),
    );
    sandbox.set("FAKE_CODEX_LIVE", ACCEPTED)
}

/// Ember as `status --live` has it, with this exit status.
#[track_caller]
fn judged(sandbox: &Sandbox, code: i32) -> Value {
    let run = sandbox
        .run(["status", "--live", "--json", "-vv"])
        .expect_code(code);
    assert!(!run.to_string().contains(CANARY), "{run}");
    sandbox.assert_nothing_staged("ember");
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    document["agents"][0].clone()
}

/// The codes of what was found.
fn codes(agent: &Value) -> Vec<&str> {
    let findings = agent["findings"].as_array().unwrap();
    let codes = findings.iter().map(|finding| &finding["code"]);
    codes.map(|code| code.as_str().unwrap()).collect()
}

/// The starts of the app-server.
fn probes(sandbox: &Sandbox) -> Vec<Value> {
    let mut starts = sandbox.starts();
    starts.retain(|start| start["args"][0] == "app-server");
    starts
}

#[test]
fn a_login_that_openai_accepts_is_ready_and_accepted() {
    let sandbox = logged_in_for(3600);
    let ember = judged(&sandbox, 0);
    assert_eq!(
        (&ember["state"], &ember["live"]),
        (&json!("ready"), &json!("accepted"))
    );
    assert_eq!(ember["findings"], json!([]));
    let run = sandbox.run(["status", "--live"]).expect_code(0);
    assert!(run.stdout.ends_with("\taccepted\n"), "{run}");
    assert_eq!(run.stdout.matches('\t').count(), 5, "{run}");
    assert_eq!(run.stderr, "");
}

#[test]
fn a_login_that_openai_refuses_is_expired_and_its_fix_is_a_new_one() {
    let sandbox = logged_in_for(3600).set("FAKE_CODEX_LIVE", refusal("401 Unauthorized"));
    let before = std::fs::read(sandbox.auth_json("ember")).unwrap();
    let ember = judged(&sandbox, 1);
    assert_eq!(
        (&ember["state"], &ember["live"]),
        (&json!("expired"), &json!("refused"))
    );
    assert_eq!(codes(&ember), ["login-refused"]);
    assert_eq!(ember["findings"][0]["severity"], "error");
    assert_eq!(
        ember["findings"][0]["fix"],
        "codex-login --agent ember --force"
    );
    assert!(std::fs::read(sandbox.auth_json("ember")).unwrap() == before);
}

#[test]
fn any_other_answer_leaves_it_open_and_is_told_in_our_words() {
    for (answer, words) in [
        (refusal("503 Service Unavailable"), "status 503"),
        (refusal("403 Forbidden"), "status 403"),
        (refusal(CANARY), "codex could not reach it"),
        (
            error(-32603, &format!("error sending request for url ({CANARY})")),
            "codex could not reach it",
        ),
        (
            error(-32600, &format!("authentication required {CANARY}")),
            "codex would not use the login",
        ),
        (error(-32601, CANARY), "codex could not reach it"),
    ] {
        let sandbox = logged_in_for(3600).set("FAKE_CODEX_LIVE", &answer);
        let ember = judged(&sandbox, 0);
        assert_eq!(
            (&ember["state"], &ember["live"]),
            (&json!("ready"), &json!("unknown"))
        );
        assert_eq!(codes(&ember), ["live-unknown"], "{answer}");
        assert_eq!(ember["findings"][0]["severity"], "warning");
        let message = ember["findings"][0]["message"].as_str().unwrap();
        assert!(message.contains(words), "{answer}: {message}");
    }
}

#[test]
fn a_codex_that_ends_without_an_answer_leaves_it_open() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let ember = judged(&sandbox, 0);
    assert_eq!(ember["live"], "unknown");
    let message = ember["findings"][0]["message"].as_str().unwrap();
    assert!(
        message.ends_with("codex ended without an answer"),
        "{message}"
    );
}

#[test]
fn an_access_token_that_is_about_to_run_out_is_not_shown_to_codex() {
    for seconds in [1, 4 * 60, 9 * 60] {
        let sandbox = logged_in_for(seconds);
        let ember = judged(&sandbox, 0);
        assert_eq!(
            (&ember["state"], &ember["live"]),
            (&json!("ready"), &json!("not-asked"))
        );
        assert_eq!(codes(&ember), ["live-not-asked"]);
        assert_eq!(probes(&sandbox), [] as [Value; 0]);
    }
    assert_eq!(judged(&logged_in_for(11 * 60), 0)["live"], "accepted");
}

#[test]
fn an_access_token_of_which_no_end_is_known_is_not_shown_to_codex() {
    let sandbox = logged_in_for(3600);
    let mut login = fixture::chatgpt("ember@example.test", fixture::FAR_AHEAD);
    login["tokens"]["access_token"] = json!(format!("opaque-{CANARY}"));
    sandbox.give_auth("ember", login.to_string());
    let ember = judged(&sandbox, 0);
    assert_eq!(ember["live"], "not-asked");
    assert_eq!(codes(&ember), ["live-not-asked"]);
    assert_eq!(probes(&sandbox), [] as [Value; 0]);
}

#[test]
fn only_a_login_with_chatgpt_that_looks_good_is_asked_about() {
    let sandbox = logged_in_for(3600);
    sandbox.give_auth("ember", fixture::api_key().to_string());
    let ember = judged(&sandbox, 0);
    assert_eq!(ember["live"], "not-asked");
    assert_eq!(codes(&ember), ["live-not-asked"]);

    let expired = fixture::chatgpt("ember@example.test", 1_500_000_000).to_string();
    for (auth, state) in [(expired.as_str(), "expired"), ("{}", "damaged")] {
        sandbox.give_auth("ember", auth);
        let ember = judged(&sandbox, 1);
        assert_eq!(
            (&ember["state"], &ember["live"]),
            (&json!(state), &json!("not-asked"))
        );
        assert_eq!(codes(&ember), [state], "the state says why");
    }
    std::fs::remove_file(sandbox.auth_json("ember")).unwrap();
    assert_eq!(judged(&sandbox, 1)["live"], "not-asked");
    assert_eq!(probes(&sandbox), [] as [Value; 0]);
}

#[test]
fn where_openclaw_goes_by_a_profile_alone_codex_knows_nothing_to_ask() {
    let sandbox = logged_in_for(3600).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6");
    let profile = json!({ "type": "oauth", "provider": "openai", "access": "fake-access", "refresh": "fake-refresh", "expires": 4_102_444_800_000_u64 });
    let store = json!({ "profiles": { "openai:x": profile } }).to_string();
    let tables = json!({
        "auth_profile_store": [{ "store_key": "primary", "store_json": store, "updated_at": 0 }],
        "auth_profile_state": [],
    });
    let database = sandbox
        .state_dir()
        .join("agents/ember/agent/openclaw-agent.sqlite");
    fill_database(&database, tables.as_object().unwrap());
    let ember = judged(&sandbox, 0);
    assert_eq!(
        (&ember["state"], &ember["live"]),
        (&json!("ready"), &json!("not-asked"))
    );
    assert_eq!(codes(&ember), ["live-not-asked"]);
    assert_eq!(probes(&sandbox), [] as [Value; 0]);
}

#[test]
fn a_login_that_is_shadowed_stays_shadowed_when_it_is_refused() {
    let sandbox = logged_in_for(3600).set("FAKE_CODEX_LIVE", refusal("401 Unauthorized"));
    let profile = json!({ "type": "oauth", "provider": "openai-codex", "access": "fake-access", "refresh": "fake-refresh", "expires": 4_102_444_800_000_u64 });
    let store = json!({ "profiles": { "openai-codex:x": profile } });
    sandbox.write(
        "home/.openclaw/agents/ember/agent/auth-profiles.json",
        &store.to_string(),
    );
    let ember = judged(&sandbox, 3);
    assert_eq!(
        (&ember["state"], &ember["live"]),
        (&json!("shadowed"), &json!("refused"))
    );
    assert_eq!(codes(&ember), ["shadowed-by-profile", "login-refused"]);
}

#[test]
fn codex_is_shown_a_copy_that_cannot_be_refreshed_in_a_home_of_its_own() {
    let sandbox = logged_in_for(3600)
        .set("HTTPS_PROXY", "http://proxy.test:3128")
        .set("CODEX_APP_SERVER_CHATGPT_BASE_URL", "http://elsewhere.test");
    let mut login: Value =
        serde_json::from_slice(&std::fs::read(sandbox.auth_json("ember")).unwrap()).unwrap();
    login["tokens"]["oauth_provenance"] =
        json!({ "issuer": "https://auth.openai.com", "client_id": "app_of_nobody" });
    login["tokens"]["login_owner_id"] = json!("A".repeat(43));
    sandbox.give_auth("ember", login.to_string());
    assert_eq!(judged(&sandbox, 0)["live"], "accepted");

    let [probe] = &probes(&sandbox)[..] else {
        panic!("not one probe");
    };
    let shown: Value = serde_json::from_str(probe["auth_json"].as_str().unwrap()).unwrap();
    login["tokens"]
        .as_object_mut()
        .unwrap()
        .retain(|field, _| !["oauth_provenance", "login_owner_id"].contains(&&**field));
    login["tokens"]["refresh_token"] = json!("none-so-that-nothing-is-refreshed");
    login.as_object_mut().unwrap().remove("OPENAI_API_KEY");
    assert_eq!(shown, login);

    let env = &probe["env"];
    let home = env["CODEX_HOME"].as_str().unwrap();
    let stages = sandbox.home_of("ember").join(".codex-login.stage-");
    assert!(home.starts_with(stages.to_str().unwrap()), "{home}");
    assert_eq!(
        env["CODEX_REFRESH_TOKEN_URL_OVERRIDE"],
        "http://127.0.0.1:0/"
    );
    assert_eq!(
        env["CODEX_REVOKE_TOKEN_URL_OVERRIDE"],
        "http://127.0.0.1:0/"
    );
    assert_eq!(env["HTTPS_PROXY"], "http://proxy.test:3128");
    assert_eq!(env["CODEX_APP_SERVER_CHATGPT_BASE_URL"], Value::Null);
    assert!(!env.to_string().contains(CANARY), "{env}");
    assert!(!probe["args"].to_string().contains(CANARY), "{probe}");
}

#[test]
fn each_of_many_agents_is_asked_about() {
    let ids = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"];
    let sandbox = Sandbox::with_agents(&ids).log_starts();
    for id in ids {
        sandbox.log_in(id);
    }
    sandbox.give_auth("a4", "{}");
    let sandbox = sandbox.set("FAKE_CODEX_LIVE", ACCEPTED);
    let run = sandbox.run(["status", "--live"]).expect_code(1);
    let accepted = run
        .stdout
        .lines()
        .filter(|line| line.ends_with("\taccepted"));
    assert_eq!(accepted.count(), 9, "{run}");
    assert!(
        run.stdout.contains("a4\tdamaged\t-\t-\t-\tnot-asked\n"),
        "{run}"
    );
    assert_eq!(probes(&sandbox).len(), 9);
    for id in ids {
        sandbox.assert_nothing_staged(id);
    }
}

#[test]
fn without_a_codex_the_files_are_judged_as_without_live() {
    let sandbox = logged_in_for(3600).set("CODEX_LOGIN_CODEX", "/nowhere/codex");
    let ember = judged(&sandbox, 0);
    assert_eq!(
        (&ember["codex_says"], &ember["live"]),
        (&Value::Null, &json!("not-asked"))
    );
}

#[test]
fn live_and_offline_exclude_each_other() {
    let sandbox = logged_in_for(3600);
    sandbox
        .run(["status", "--live", "--offline"])
        .expect_code(2)
        .says("cannot be used with");
    assert_eq!(sandbox.starts(), [] as [Value; 0]);
}

#[test]
fn what_a_killed_probe_has_left_is_cleared_by_the_next() {
    let sandbox = logged_in_for(3600).set("FAKE_CODEX_LIVE", ACCEPTED);
    let left = sandbox.home_of("ember").join(".codex-login.stage-Ab12Cd");
    std::fs::create_dir(&left).unwrap();
    std::fs::write(left.join("auth.json"), "{}").unwrap();
    assert_eq!(judged(&sandbox, 0)["live"], "accepted");
    sandbox.assert_nothing_staged("ember");
}

#[test]
fn the_help_says_who_is_not_asked_about() {
    let sandbox = Sandbox::with_agents(&[]);
    let run = sandbox.run(["status", "--help"]).expect_code(0);
    let words: Vec<_> = run.stdout.split_whitespace().collect();
    let help = words.join(" ");
    let told = "not those that OpenClaw keeps itself (2026.8.1 and later): they are `not-asked`";
    assert!(help.contains(told), "{help}");
    let run = sandbox.run(["logout", "--help"]).expect_code(0);
    assert!(run.stdout.contains("openclaw models auth logout"), "{run}");
}
