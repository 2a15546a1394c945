//! What the doctor finds in codex homes, in the modes of stores, and around the gateway.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::doctor_profiles::{diagnosed, of_ember, of_machine, tells};
use crate::fixture;
use crate::sandbox::Sandbox;

/// Ember, logged in, with OpenClaw 2026.5.12.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    sandbox
}

fn in_home(sandbox: &Sandbox, name: &str, text: &str) {
    fs::write(sandbox.home_of("ember").join(name), text).unwrap();
}

#[test]
fn a_forced_method_is_told_where_the_login_is_of_another_or_would_be() {
    let sandbox = sandbox();
    in_home(&sandbox, "config.toml", "forced_login_method = \"api\"");
    let forced = of_ember(&diagnosed(&sandbox), "forced-login-method");
    assert_eq!(forced["severity"], "error");
    assert_eq!(forced["evidence"]["forced"], "api");
    assert_eq!(
        forced["fix"],
        "codex-login --agent ember --force --with-api-key < key.txt"
    );
    fs::remove_file(sandbox.auth_json("ember")).unwrap();
    let to_come = of_ember(&diagnosed(&sandbox), "forced-login-method");
    assert_eq!(to_come["severity"], "warning");
    assert_eq!(
        to_come["fix"],
        "codex-login --agent ember --with-api-key < key.txt"
    );
    sandbox.give_auth("ember", fixture::api_key().to_string());
    assert!(!tells(&diagnosed(&sandbox), "forced-login-method"));
    in_home(&sandbox, "config.toml", "forced_login_method = \"chatgpt\"");
    let forced = of_ember(&diagnosed(&sandbox), "forced-login-method");
    assert_eq!(forced["fix"], "codex-login --agent ember --force");
}

#[test]
fn a_workspace_that_is_not_the_logins_is_told() {
    let sandbox = sandbox();
    let restrict = |text: &str| in_home(&sandbox, "config.toml", text);
    restrict("forced_chatgpt_workspace_id = \"ws-other\"");
    let told = of_ember(&diagnosed(&sandbox), "workspace-restricted");
    assert_eq!(told["severity"], "error");
    assert_eq!(told["evidence"]["allowed"], json!(["ws-other"]));
    assert_eq!(told["evidence"]["account_id"], "acct-of-fixture");
    restrict("forced_chatgpt_workspace_id = [\"ws-other\", \"acct-of-fixture\"]");
    assert!(!tells(&diagnosed(&sandbox), "workspace-restricted"));
}

#[test]
fn the_homes_dotenv_is_told_by_names_and_never_by_values() {
    let sandbox = sandbox();
    in_home(
        &sandbox,
        ".env",
        "OPENAI_FEDERATION_RULE_ID=fake-access\nPLAIN=fake-refresh\nfake-canary=1\n",
    );
    let told = of_ember(&diagnosed(&sandbox), "home-dotenv");
    assert_eq!(told["severity"], "error");
    assert_eq!(
        told["evidence"]["names"],
        json!(["OPENAI_FEDERATION_RULE_ID"])
    );
    in_home(&sandbox, ".env", "OPENAI_BASE_URL=fake-access\n");
    assert_eq!(
        of_ember(&diagnosed(&sandbox), "home-dotenv")["severity"],
        "warning"
    );
    in_home(&sandbox, ".env", "HTTPS_PROXY=fake-access\n");
    assert_eq!(
        of_ember(&diagnosed(&sandbox), "home-dotenv")["severity"],
        "info"
    );
    // Codex loads none of its own variables from there.
    in_home(&sandbox, ".env", "CODEX_API_KEY=fake-access\n");
    assert!(!tells(&diagnosed(&sandbox), "home-dotenv"));
}

#[test]
fn a_login_from_the_future_shows_a_clock_that_is_behind() {
    let sandbox = sandbox();
    let mut login = fixture::chatgpt("ember@example.test", fixture::FAR_AHEAD);
    login["last_refresh"] = json!("2090-01-01T00:00:00Z");
    sandbox.give_auth("ember", login.to_string());
    let skew = of_ember(&diagnosed(&sandbox), "clock-skew");
    assert_eq!(skew["evidence"]["login_time"], "2090-01-01T00:00:00Z");
    let mut login = fixture::chatgpt("ember@example.test", fixture::FAR_AHEAD);
    let access =
        fixture::jwt(&json!({ "exp": fixture::FAR_AHEAD, "iat": fixture::FAR_AHEAD - 60 }));
    login["tokens"]["access_token"] = json!(access);
    sandbox.give_auth("ember", login.to_string());
    assert_eq!(
        of_ember(&diagnosed(&sandbox), "clock-skew")["severity"],
        "warning"
    );
}

#[test]
fn a_login_in_a_keyring_is_named_as_codex_names_it() {
    let sandbox = sandbox();
    in_home(
        &sandbox,
        "config.toml",
        "cli_auth_credentials_store = \"keyring\"",
    );
    let elsewhere = of_ember(&diagnosed(&sandbox), "elsewhere");
    assert_eq!(elsewhere["evidence"]["keyring_service"], "Codex Auth");
    let account = elsewhere["evidence"]["keyring_account"].as_str().unwrap();
    let home = sandbox.home_of("ember").canonicalize().unwrap();
    let digest = Sha256::digest(home.to_str().unwrap());
    let hex: Vec<_> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(account, format!("cli|{}", &hex.concat()[..16]));
}

#[test]
fn stores_that_others_may_read_are_told_and_can_be_mended() {
    let sandbox = sandbox();
    let own = sandbox.write("home/.openclaw/agents/ember/agent/auth-profiles.json", "{}");
    let main = sandbox.write("home/.openclaw/agents/main/agent/auth-state.json", "{}");
    let secret = sandbox.write("home/.openclaw/credentials/auth-profiles/a.json", "{}");
    for path in [&own, &main, &secret] {
        fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    }
    let answer = diagnosed(&sandbox);
    let open = |findings: &Value| -> Vec<Value> {
        let all = findings.as_array().unwrap().iter();
        let open = all.filter(|finding| finding["code"] == "readable-by-others");
        open.map(|finding| finding["evidence"]["path"].clone())
            .collect()
    };
    assert_eq!(open(&answer["agents"][0]["findings"]), [json!(own)]);
    assert_eq!(open(&answer["findings"]), [json!(main), json!(secret)]);
    for path in [&own, &main, &secret] {
        fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    }
    assert!(!tells(&diagnosed(&sandbox), "readable-by-others"));
}

#[test]
fn what_the_gateway_is_started_with_is_told_with_its_place_and_no_value() {
    let sandbox = sandbox();
    let unit = "[Service]\nExecStart=/usr/bin/node /nowhere/openclaw/dist/index.js gateway\nEnvironment=CODEX_ACCESS_TOKEN=fake-access OPENAI_API_KEY=fake-refresh\n";
    sandbox.write("home/.config/systemd/user/openclaw-gateway.service", unit);
    let answer = diagnosed(&sandbox);
    let all = answer["findings"].as_array().unwrap();
    let told: Vec<_> = all
        .iter()
        .filter(|finding| finding["code"] == "gateway-env")
        .map(|finding| {
            (
                finding["severity"].as_str().unwrap(),
                finding["evidence"]["source"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("warning", "CODEX_ACCESS_TOKEN of openclaw-gateway.service"),
            ("info", "OPENAI_API_KEY of openclaw-gateway.service"),
        ]
    );
}

#[test]
fn a_variable_of_this_shell_need_not_be_the_gateways() {
    let sandbox = sandbox().set("OPENAI_API_KEY", "fake-access");
    let told = of_machine(&diagnosed(&sandbox), "gateway-env");
    assert_eq!(told["severity"], "info");
    assert_eq!(told["evidence"]["source"], "this environment");
    let home = sandbox.home_of("ember");
    let shell = self::sandbox().set("CODEX_HOME", home);
    assert!(!tells(&diagnosed(&shell), "gateway-env"));
}

#[test]
fn codexs_own_login_is_warned_of_from_0_140_on() {
    let sandbox = sandbox();
    sandbox.install_fake_codex_over("0.140.0");
    let answer = sandbox.json(["doctor", "--json"]);
    let told = of_machine(&answer, "destructive-login");
    assert_eq!(told["severity"], "info");
    assert_eq!(told["evidence"]["codex"], "0.140.0");
    assert!(!tells(&diagnosed(&sandbox), "destructive-login"));
    sandbox.install_fake_codex_over("0.139.0");
    assert!(!tells(
        &sandbox.json(["doctor", "--json"]),
        "destructive-login"
    ));
}
