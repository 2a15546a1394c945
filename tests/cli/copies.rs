//! One refresh token in several places: found by `doctor`, and between codex homes by `status`.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::cases::fill_database;
use crate::fixture::{self, CANARY};
use crate::sandbox::{Sandbox, link};
use crate::users::{Someone, can_be_others, logged_in};

const FAR: u64 = 4_102_444_800_000;
pub(crate) const SHARED: &str = "shared-refresh-token";
const SECRET_ID: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const PROFILE: &str = "openai-codex:x";

/// The refresh token that `log_in` gives this agent.
fn token_of(agent: &str) -> String {
    let auth = fixture::chatgpt(&format!("{agent}@example.test"), fixture::FAR_AHEAD);
    auth["tokens"]["refresh_token"].as_str().unwrap().to_owned()
}

pub(crate) fn oauth(refresh: &str) -> Value {
    let access = format!("access-{CANARY}");
    json!({ "type": "oauth", "provider": "openai-codex", "access": access, "refresh": refresh, "expires": FAR })
}

pub(crate) fn store(profiles: &[(&str, Value)]) -> Value {
    let profiles: serde_json::Map<_, _> = profiles
        .iter()
        .map(|(id, profile)| ((*id).to_owned(), profile.clone()))
        .collect();
    json!({ "version": 1, "profiles": profiles })
}

pub(crate) fn give(sandbox: &Sandbox, agent: &str, name: &str, text: &Value) -> PathBuf {
    let tail = format!("home/.openclaw/agents/{agent}/agent/{name}");
    sandbox.write(tail, &text.to_string())
}

/// A second home for the login of this agent.
fn copy_of(sandbox: &Sandbox, agent: &str, tail: &str) -> PathBuf {
    let login = fs::read_to_string(sandbox.auth_json(agent)).unwrap();
    sandbox.write(tail, &login)
}

/// What `doctor` says, in which there is nothing of a token.
#[track_caller]
pub(crate) fn diagnosis(sandbox: &Sandbox) -> Value {
    for form in [
        &["doctor", "--offline"][..],
        &["doctor", "--offline", "-vv", "--json"],
    ] {
        let run = sandbox.run(form);
        assert!(!run.to_string().contains(CANARY), "{run}");
    }
    sandbox.json(["doctor", "--offline", "--json"])
}

pub(crate) fn of_agent<'a>(document: &'a Value, id: &str) -> &'a Value {
    let mut agents = document["agents"].as_array().into_iter().flatten();
    let agent = agents.find(|agent| agent["id"] == id);
    agent.unwrap_or_else(|| panic!("no {id} in {document:#}"))
}

pub(crate) fn with_code<'a>(findings: &'a Value, code: &str) -> Vec<&'a Value> {
    let findings = findings["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["code"] == code).collect()
}

#[track_caller]
pub(crate) fn the<'a>(findings: &'a Value, code: &str) -> &'a Value {
    match with_code(findings, code).as_slice() {
        [one] => one,
        found => panic!("{} of {code} in {findings:#}", found.len()),
    }
}

#[track_caller]
pub(crate) fn says(finding: &Value, parts: &[&str]) {
    let message = finding["message"].as_str().unwrap();
    for part in parts {
        assert!(message.contains(part), "no {part:?} in {message}");
    }
}

#[track_caller]
fn assert_no_copies(document: &Value) {
    let text = document.to_string();
    assert!(!text.contains(SHARED), "{document:#}");
}

#[test]
fn of_two_agents_with_one_copied_home_both_are_named_and_one_is_to_log_in_again() {
    let sandbox = Sandbox::with_agents(&["ember", "flint", "sorrel"]);
    for agent in ["ember", "flint", "sorrel"] {
        sandbox.log_in(agent);
    }
    let ours = [sandbox.auth_json("ember"), sandbox.auth_json("flint")];
    fs::copy(&ours[0], &ours[1]).unwrap();
    let document = diagnosis(&sandbox);
    let paths = ours.map(|path| path.display().to_string());
    for id in ["ember", "flint"] {
        let finding = the(of_agent(&document, id), SHARED);
        assert_eq!(finding["severity"], "error");
        assert_eq!(finding["fix"], "codex-login --agent flint --force");
        says(
            finding,
            &[
                "2 places",
                "ember",
                "flint",
                &paths[0],
                &paths[1],
                "refresh_token_reused",
            ],
        );
        assert_eq!(
            finding["evidence"]["places"],
            json!([
                { "path": paths[0], "agent": "ember", "profile_id": null, "in_use": true },
                { "path": paths[1], "agent": "flint", "profile_id": null, "in_use": true },
            ])
        );
    }
    let sorrel = of_agent(&document, "sorrel");
    assert_eq!(sorrel["findings"], json!([]));
    let of_machine = document["findings"].as_array().unwrap();
    let codes: Vec<_> = of_machine.iter().map(|finding| &finding["code"]).collect();
    assert_eq!(codes, ["upgrade"]);

    // `status` reads no more than it did, and tells as much of what it reads.
    let status = sandbox.json(["status", "--offline", "--json"]);
    let finding = the(of_agent(&status, "flint"), SHARED);
    assert_eq!(finding["severity"], "warning");
    assert_eq!(of_agent(&status, "flint")["state"], "ready");
    assert_eq!(of_agent(&status, "sorrel")["findings"], json!([]));
    let run = sandbox.run(["status", "--offline"]).expect_code(0);
    assert_eq!(run.stderr.matches("one refresh token").count(), 1, "{run}");
    assert!(!run.to_string().contains(CANARY), "{run}");
    let one = sandbox.json(["status", "--offline", "--json", "--agent", "ember"]);
    assert_no_copies(&one);
    let one = sandbox.json(["doctor", "--offline", "--json", "--agent", "ember"]);
    the(of_agent(&one, "ember"), SHARED);
}

#[test]
fn logins_of_their_own_are_no_copies() {
    let sandbox = Sandbox::with_agents(&["ember", "flint"]);
    sandbox.log_in("ember");
    sandbox.log_in("flint");
    give(
        &sandbox,
        "ember",
        "auth-profiles.json",
        &store(&[(PROFILE, oauth("fake-other"))]),
    );
    assert_no_copies(&diagnosis(&sandbox));
}

#[test]
fn a_profile_with_the_token_of_the_codex_home_is_named_with_its_store() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let own = store(&[(PROFILE, oauth(&token_of("ember")))]);
    let path = give(&sandbox, "ember", "auth-profiles.json", &own);
    let document = diagnosis(&sandbox);
    let finding = the(of_agent(&document, "ember"), SHARED);
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["fix"], "codex-login --agent ember --force");
    let named = format!("{PROFILE} in {}", path.display());
    says(
        finding,
        &[&named, &sandbox.auth_json("ember").display().to_string()],
    );
}

#[test]
fn what_all_inherit_is_no_copy_but_one_beside_it_is() {
    let sandbox = Sandbox::with_agents(&["ember", "flint", "main"]);
    let shared = store(&[(PROFILE, oauth(&token_of("ember")))]);
    give(&sandbox, "main", "auth-profiles.json", &shared);
    assert_no_copies(&diagnosis(&sandbox));

    give(&sandbox, "flint", "auth-profiles.json", &shared);
    let document = diagnosis(&sandbox);
    assert!(with_code(of_agent(&document, "ember"), SHARED).is_empty());
    for id in ["flint", "main"] {
        let finding = the(of_agent(&document, id), SHARED);
        assert_eq!(finding["severity"], "error");
        says(finding, &["2 places", "main (", "flint ("]);
        assert_eq!(
            finding["fix"],
            "openclaw models auth --agent flint login --provider openai-codex --method device-code"
        );
    }
}

#[test]
fn databases_are_compared_as_well_and_files_that_they_replaced_are_out_of_use() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.7.1");
    sandbox.log_in("ember");
    let mut profile = oauth(&token_of("ember"));
    profile["provider"] = json!("openai");
    let own = json!({ "profiles": { "openai:x": profile } });
    give(&sandbox, "ember", "auth-profiles.json", &own);
    let document = diagnosis(&sandbox);
    let finding = the(of_agent(&document, "ember"), SHARED);
    assert_eq!(finding["severity"], "warning", "{finding:#}");
    assert_eq!(finding["evidence"]["places"][1]["in_use"], false);

    let path = sandbox
        .state_dir()
        .join("agents/ember/agent/openclaw-agent.sqlite");
    let tables = json!({
        "auth_profile_store": [{ "store_key": "primary", "store_json": own.to_string(), "updated_at": 0 }],
        "auth_profile_state": [],
    });
    fill_database(&path, tables.as_object().unwrap());
    let document = diagnosis(&sandbox);
    let finding = the(of_agent(&document, "ember"), SHARED);
    assert_eq!(finding["severity"], "error", "{finding:#}");
    says(finding, &["3 places", "openclaw-agent.sqlite"]);
}

#[test]
fn a_backup_of_a_store_is_to_be_put_aside() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let now = store(&[(PROFILE, oauth(&token_of("ember")))]);
    give(&sandbox, "ember", "auth-profiles.json", &now);
    let name = "auth-profiles.json.legacy-flat.1700000000000.bak";
    let flat = json!({ "openai-codex": oauth(&token_of("ember")), "anthropic": oauth("fake-a") });
    let backup = give(&sandbox, "ember", name, &flat);
    let alone = "auth-profiles.json.sqlite-import.1700000000001.bak";
    let alone = give(
        &sandbox,
        "ember",
        alone,
        &store(&[(PROFILE, oauth("fake-old"))]),
    );
    let document = diagnosis(&sandbox);
    let ember = of_agent(&document, "ember");
    let stale = with_code(ember, "stale-copy");
    assert_eq!(stale.len(), 2, "{ember:#}");
    for (finding, path, in_use) in [(stale[0], &backup, true), (stale[1], &alone, false)] {
        assert_eq!(finding["severity"], "warning");
        assert_eq!(finding["fixable"], true);
        assert_eq!(finding["fix"], "codex-login doctor --fix --agent ember");
        assert_eq!(finding["evidence"]["in_use_elsewhere"], in_use);
        assert_eq!(finding["evidence"]["path"], json!(path));
    }
    let finding = the(ember, SHARED);
    assert_eq!(finding["severity"], "warning");
    says(finding, &[&backup.display().to_string()]);
    assert_eq!(finding["fix"], "codex-login doctor --fix --agent ember");
    assert_eq!(finding["fixable"], true);
    let fixed = sandbox.json(["doctor", "--offline", "--json", "--fix", "--yes"]);
    let done = fixed["fixed"]["done"].as_array().unwrap().iter();
    assert_eq!(done.filter(|done| done["kind"] == "put-aside").count(), 2);
    assert!(with_code(of_agent(&fixed, "ember"), SHARED).is_empty());
}

#[test]
fn a_dead_home_of_an_older_openclaw_names_the_field_that_codex_misses() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let mut login: Value =
        serde_json::from_str(&fs::read_to_string(sandbox.auth_json("ember")).unwrap()).unwrap();
    login["tokens"].as_object_mut().unwrap().remove("id_token");
    let name = "harness-auth/codex/0123456789abcdef";
    let dead = give(&sandbox, "ember", &format!("{name}/auth.json"), &login);
    give(
        &sandbox,
        "ember",
        "harness-auth/codex/not-a-home/auth.json",
        &login,
    );
    fs::create_dir_all(
        sandbox
            .home_of("ember")
            .with_file_name("cli-auth/codex/fedcba9876543210"),
    )
    .unwrap();
    let document = diagnosis(&sandbox);
    let ember = of_agent(&document, "ember");
    let found = with_code(ember, "dead-harness-auth");
    assert_eq!(found.len(), 2, "{ember:#}");
    says(
        found[0],
        &["missing tokens.id_token", name, "still a refresh token"],
    );
    assert_eq!(found[0]["evidence"]["damage"], "missing tokens.id_token");
    assert_eq!(found[0]["evidence"]["path"], json!(dead.parent().unwrap()));
    assert_eq!(found[0]["fixable"], true);
    assert_eq!(found[1]["evidence"]["holds_refresh_token"], false);
    assert_eq!(the(ember, SHARED)["severity"], "warning");

    // The versions that made it use it.
    let alive = sandbox.set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.4.21");
    let document = diagnosis(&alive);
    let ember = of_agent(&document, "ember");
    assert!(with_code(ember, "dead-harness-auth").is_empty());
    let places = &the(ember, SHARED)["evidence"]["places"];
    let in_use: Vec<_> = [0, 1].map(|at| places[at]["in_use"].clone()).into();
    assert_eq!(in_use, [json!(false), json!(true)]);
}

#[test]
fn homes_of_other_runtimes_and_of_the_gateways_user_count() {
    for tail in [
        "home/.openclaw/acpx/codex-home/auth.json",
        "home/.codex/auth.json",
        "home/.codex-coding-agent/auth.json",
    ] {
        let sandbox = Sandbox::with_agents(&["ember", "flint"]);
        sandbox.log_in("ember");
        sandbox.log_in("flint");
        let copy = copy_of(&sandbox, "ember", tail);
        let document = diagnosis(&sandbox);
        let finding = the(of_agent(&document, "ember"), SHARED);
        assert_eq!(finding["severity"], "error");
        assert_eq!(finding["fix"], "codex-login --agent ember --force");
        says(finding, &[&copy.display().to_string()]);
        assert!(with_code(of_agent(&document, "flint"), SHARED).is_empty());
    }
}

#[test]
fn what_concerns_no_agent_is_said_of_the_machine() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    copy_of(&sandbox, "ember", "home/.codex/auth.json");
    give(
        &sandbox,
        "main",
        "auth-profiles.json",
        &store(&[(PROFILE, oauth(&token_of("ember")))]),
    );
    fs::remove_file(sandbox.auth_json("ember")).unwrap();
    let document = diagnosis(&sandbox);
    assert!(with_code(of_agent(&document, "ember"), SHARED).is_empty());
    assert_eq!(the(&document, SHARED)["severity"], "error");
}

#[test]
fn two_paths_to_one_file_are_one_place() {
    let sandbox = Sandbox::with_agents(&["ember", "flint"]);
    sandbox.log_in("ember");
    let path = sandbox.path("home/.codex/auth.json");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::hard_link(sandbox.auth_json("ember"), &path).unwrap();
    assert_no_copies(&diagnosis(&sandbox));

    fs::remove_file(&path).unwrap();
    fs::create_dir_all(sandbox.home_of("flint")).unwrap();
    symlink(sandbox.auth_json("ember"), sandbox.auth_json("flint")).unwrap();
    let document = diagnosis(&sandbox);
    for id in ["ember", "flint"] {
        let finding = the(of_agent(&document, id), SHARED);
        assert_eq!(finding["severity"], "warning");
        assert_eq!(finding["fix"], "codex-login --agent flint --force");
        says(
            finding,
            &[
                "one file, reached by links",
                "2 agents",
                "ember (",
                "flint (",
            ],
        );
    }

    fs::remove_dir_all(sandbox.home_of("flint")).unwrap();
    link(&sandbox.home_of("ember"), &sandbox.home_of("flint"));
    let document = diagnosis(&sandbox);
    let finding = the(of_agent(&document, "flint"), SHARED);
    assert_eq!(finding["fix"], Value::Null, "{finding:#}");
    says(finding, &["one file, reached by links"]);
}

/// Ember has a profile whose tokens are in a file of their own, encrypted with `seed`.
fn seal(sandbox: &Sandbox, seed: &str, refresh: &str) -> PathBuf {
    let key = Sha256::digest(format!("openclaw:auth-profile-oauth:{seed}"));
    let cipher = Aes256Gcm::new_from_slice(&key).unwrap();
    let iv = [7; 12];
    let text = json!({ "access": CANARY, "refresh": refresh }).to_string();
    let payload = Payload {
        msg: text.as_bytes(),
        aad: format!("{SECRET_ID}\0{PROFILE}\0openai-codex")
            .into_bytes()
            .leak(),
    };
    let sealed = cipher.encrypt(&Nonce::from(iv), payload).unwrap();
    let (text, tag) = sealed.split_at(sealed.len() - 16);
    let [iv, tag, text] = [&iv[..], tag, text].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let encrypted = json!({ "algorithm": "aes-256-gcm", "iv": iv, "tag": tag, "ciphertext": text });
    let secret = json!({ "version": 1, "profileId": PROFILE, "provider": "openai-codex", "encrypted": encrypted });
    refer(sandbox);
    let tail = format!("home/.openclaw/credentials/auth-profiles/{SECRET_ID}.json");
    sandbox.write(tail, &secret.to_string())
}

fn refer(sandbox: &Sandbox) {
    let reference =
        json!({ "source": "openclaw-credentials", "provider": "openai-codex", "id": SECRET_ID });
    let profile = json!({ "type": "oauth", "provider": "openai-codex", "oauthRef": reference });
    give(
        sandbox,
        "ember",
        "auth-profiles.json",
        &store(&[(PROFILE, profile)]),
    );
}

#[test]
fn an_encrypted_copy_is_found_with_the_gateways_key() {
    let key = format!("seed-{CANARY}");
    let in_file = |tail: &str| {
        let sandbox = Sandbox::with_agents(&["ember"]);
        sandbox.write(tail, &format!("{key}\n"));
        sandbox
    };
    for sandbox in [
        in_file("home/.config/openclaw/auth-profile-secret-key"),
        Sandbox::with_agents(&["ember"]).set("OPENCLAW_AUTH_PROFILE_SECRET_KEY", &*key),
    ] {
        sandbox.log_in("ember");
        seal(&sandbox, &key, &token_of("ember"));
        let document = diagnosis(&sandbox);
        let ember = of_agent(&document, "ember");
        let finding = the(ember, SHARED);
        assert_eq!(finding["severity"], "error");
        says(finding, &[PROFILE]);
        assert!(with_code(ember, "profile-secret-undecryptable").is_empty());
    }
    let beside = Sandbox::with_agents(&["ember"]);
    let config = beside.path("home/.openclaw/config");
    let beside = beside.set("XDG_CONFIG_HOME", config);
    beside.write(
        "home/.openclaw/config/openclaw/auth-profile-secret-key",
        "other",
    );
    beside.write(
        "home/.openclaw-auth-profile-secrets/auth-profile-secret-key",
        &key,
    );
    beside.log_in("ember");
    seal(&beside, &key, &token_of("ember"));
    the(of_agent(&diagnosis(&beside), "ember"), SHARED);
}

#[test]
fn a_secret_that_cannot_be_decrypted_says_where_its_key_was_looked_for() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let secret = seal(&sandbox, "fake-seed", &token_of("ember"));
    let tail = "home/.config/openclaw/auth-profile-secret-key";
    let file = sandbox.path(tail).display().to_string();
    let document = diagnosis(&sandbox);
    let finding = the(of_agent(&document, "ember"), "profile-secret-undecryptable");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["evidence"]["path"], json!(secret));
    let missing = format!("there is no key that we can read in {file}");
    says(
        finding,
        &[PROFILE, &missing, "the agent cannot start with it"],
    );
    assert_eq!(
        finding["fix"],
        "openclaw models auth --agent ember login --provider openai-codex --method device-code"
    );

    sandbox.write(tail, CANARY);
    let document = diagnosis(&sandbox);
    let finding = the(of_agent(&document, "ember"), "profile-secret-undecryptable");
    says(finding, &[&format!("the key in {file} is another")]);
    let sandbox = sandbox.set("OPENCLAW_AUTH_PROFILE_SECRET_KEY", CANARY);
    let document = diagnosis(&sandbox);
    let finding = the(of_agent(&document, "ember"), "profile-secret-undecryptable");
    says(
        finding,
        &["OPENCLAW_AUTH_PROFILE_SECRET_KEY of the gateway is another"],
    );
    assert_no_copies(&document);
}

#[test]
fn a_secret_that_this_openclaw_does_not_read_is_told() {
    for (version, is_read) in [
        ("2026.5.12", true),
        ("2026.5.18", false),
        ("2026.5.20", true),
        ("2026.7.1", false),
    ] {
        let sandbox = Sandbox::with_agents(&["ember"])
            .set("CODEX_LOGIN_OPENCLAW_VERSION", version)
            .set("OPENCLAW_AUTH_PROFILE_SECRET_KEY", "fake-seed");
        sandbox.log_in("ember");
        let secret = seal(&sandbox, "fake-seed", "fake-refresh");
        let document = diagnosis(&sandbox);
        let ember = of_agent(&document, "ember");
        let kind = if is_read { "profile" } else { "codex-home" };
        assert_eq!(ember["next_turn"]["kind"], kind, "{version}: {ember:#}");
        if is_read {
            assert!(with_code(ember, "oauth-ref-unread").is_empty(), "{ember:#}");
            continue;
        }
        assert!(with_code(&document, "oauth-ref-unread").is_empty());
        let finding = the(ember, "oauth-ref-unread");
        assert_eq!(finding["severity"], "warning");
        assert_eq!(finding["fix"], "openclaw doctor --fix");
        says(finding, &[PROFILE, &secret.display().to_string()]);
        let own = sandbox
            .home_of("ember")
            .with_file_name("auth-profiles.json");
        give(
            &sandbox,
            "main",
            "auth-profiles.json",
            &serde_json::from_slice(&fs::read(own).unwrap()).unwrap(),
        );
        the(&diagnosis(&sandbox), "oauth-ref-unread");
    }
}

#[test]
fn a_store_of_ten_thousand_copies_is_told_in_a_few_words() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let ids: Vec<_> = (0..10_000).map(|n| format!("openai-codex:{n}")).collect();
    let all: Vec<_> = ids
        .iter()
        .map(|id| (id.as_str(), oauth(&token_of("ember"))))
        .collect();
    give(&sandbox, "ember", "auth-profiles.json", &store(&all));
    let document = diagnosis(&sandbox);
    let finding = the(of_agent(&document, "ember"), SHARED);
    says(finding, &["10000 places", "and 9990 more"]);
    assert_eq!(finding["evidence"]["places"].as_array().unwrap().len(), 10);
    assert!(
        document.to_string().len() < 20_000,
        "{}",
        document.to_string().len()
    );

    let more = [&all[..], &[("openai-codex:one-more", oauth("fake"))]].concat();
    give(&sandbox, "ember", "auth-profiles.json", &store(&more));
    the(of_agent(&diagnosis(&sandbox), "ember"), "profile-store");
}

#[test]
fn a_link_out_of_the_agents_directory_is_not_followed() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    copy_of(
        &sandbox,
        "ember",
        "elsewhere/codex/0123456789abcdef/auth.json",
    );
    let backup = store(&[(PROFILE, oauth(&token_of("ember")))]).to_string();
    let backup = sandbox.write("elsewhere/backup", &backup);
    let dir = sandbox.home_of("ember").parent().unwrap().to_owned();
    link(&sandbox.path("elsewhere"), &dir.join("harness-auth"));
    link(&backup, &dir.join("auth-profiles.json.x.1.bak"));
    let document = diagnosis(&sandbox);
    assert_eq!(of_agent(&document, "ember")["findings"], json!([]));
}

#[test]
fn root_compares_what_the_owner_can_read_and_no_more() {
    if !can_be_others() {
        return;
    }
    let daemon = Someone::of_account("daemon");
    let sandbox = logged_in(&daemon, &["ember", "flint"]);
    sandbox.log_in("flint");
    fs::copy(sandbox.auth_json("ember"), sandbox.auth_json("flint")).unwrap();
    let closed = [
        "home/.openclaw/acpx/codex-home/auth.json",
        "home/.openclaw/agents/ember/agent/harness-auth/codex/0123456789abcdef/auth.json",
    ];
    let closed = closed.map(|tail| copy_of(&sandbox, "ember", tail));
    daemon.take(&sandbox.state_dir());
    let places = |document: &Value| {
        let finding = the(of_agent(document, "flint"), SHARED).clone();
        finding["evidence"]["places"].as_array().unwrap().len()
    };
    assert_eq!(places(&diagnosis(&sandbox)), 4);
    for path in closed {
        Someone::ourselves().take(&path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(places(&diagnosis(&sandbox)), 2);
}
