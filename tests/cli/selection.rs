//! Which profile the real OpenClaw selected, case by case: `tests/golden/selection`.
//!
//! A case is a tree of files with an environment and a configuration; the answer was OpenClaw's
//! own. codex-login has to give the same, and to call the agent's codex home by its name.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cases::{lay_out, rooted};
use crate::sandbox::CODEX_LOGIN;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/selection")
}

/// Asks codex-login about the agent of the case.
#[track_caller]
fn selects_as_openclaw(file: &str) {
    let scratch = fs::canonicalize(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let dir = TempDir::with_prefix_in("selection-", scratch).unwrap();
    let root = dir.path().join("root");
    let no_programs = dir.path().join("no-programs");
    fs::create_dir(&root).unwrap();
    fs::create_dir(&no_programs).unwrap();

    let text = fs::read_to_string(directory().join(format!("{file}.json"))).unwrap();
    let case = rooted(serde_json::from_str(&text).unwrap(), &root);
    lay_out(case["tree"].as_object().unwrap(), &root);
    let mut config = case["config"].clone();
    config["agents"] = json!({ "list": [{ "id": "ember", "agentDir": case["agent_dir"] }] });
    fs::create_dir_all(root.join("state")).unwrap();
    fs::write(root.join("state/openclaw.json"), config.to_string()).unwrap();

    let env = case["env"].as_object().unwrap();
    let env = env
        .iter()
        .map(|(name, value)| (name, value.as_str().unwrap()));
    let version = case["openclaw"].as_str().unwrap();
    let run = std::process::Command::new(CODEX_LOGIN)
        .env_clear()
        .env("PATH", &no_programs)
        .envs(env)
        .current_dir(&root)
        .args([
            "--openclaw-version",
            version,
            "status",
            "--offline",
            "--json",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    let agent = serde_json::from_str::<Value>(&said).unwrap()["agents"][0].clone();
    let next_turn = &agent["next_turn"];
    match &case["expect"]["selected"] {
        Value::Null => {
            assert_ne!(next_turn["kind"], "profile", "{said}");
            assert_eq!(agent["state"], "logged-out", "{said}");
        }
        id => {
            assert_eq!(next_turn["profile_id"], *id, "{said}");
            assert_eq!(next_turn["kind"], "profile", "{said}");
            assert_eq!(agent["state"], "shadowed", "{said}");
            assert_eq!(run.status.code(), Some(3), "{said}");
        }
    }
    assert!(!said.contains("fake-"), "a token was shown: {said}");
}

/// Makes of each file a test.
macro_rules! selection {
    ($($file:literal => $test:ident)+) => {
        const TESTED: &[&str] = &[$($file),+];
        $(
            #[test]
            fn $test() {
                selects_as_openclaw($file);
            }
        )+
    };
}

selection! {
    "5.12-r01-nothing" => nothing_5_12
    "5.12-r02-main-store-oauth" => main_store_oauth_5_12
    "5.12-r03-own-oauth" => own_oauth_5_12
    "5.12-r04-codex-cli-home" => codex_cli_home_5_12
    "5.12-r05-oauth-ref-secret-missing" => oauth_ref_secret_missing_5_12
    "5.12-r06-openai-api-key" => openai_api_key_5_12
    "5.12-r07-oauth-expired" => oauth_expired_5_12
    "5.12-r08-json-files-only" => json_files_only_5_12
    "5.12-r09a-config-order-empty" => config_order_empty_5_12
    "5.12-r09b-config-order-of-unknown-ids" => config_order_of_unknown_ids_5_12
    "5.12-r10-config-mode-differs" => config_mode_differs_5_12
    "5.12-r11-api-key-in-environment" => api_key_in_environment_5_12
    "5.12-s01-stored-order-beats-config-order" => stored_order_beats_config_order_5_12
    "5.12-s02-config-order-beats-sequence" => config_order_beats_sequence_5_12
    "5.12-s03-empty-stored-order-is-no-order" => empty_stored_order_is_no_order_5_12
    "5.12-s04-stored-order-of-missing-ids" => stored_order_of_missing_ids_5_12
    "5.12-s05-config-order-of-missing-ids-with-config-profiles"
        => config_order_of_missing_ids_with_config_profiles_5_12
    "5.12-s06-order-of-an-ineligible-id" => order_of_an_ineligible_id_5_12
    "5.12-s07-config-profiles-narrow-the-store" => config_profiles_narrow_the_store_5_12
    "5.12-s08-order-in-the-store-file" => order_in_the_store_file_5_12
    "5.12-s10-provider-mismatch" => provider_mismatch_5_12
    "5.12-s11-config-mode-oauth-accepts-token" => config_mode_oauth_accepts_token_5_12
    "5.12-s12-token-expired" => token_expired_5_12
    "5.12-s13-token-without-expiry" => token_without_expiry_5_12
    "5.12-s14-token-expiry-not-a-number" => token_expiry_not_a_number_5_12
    "5.12-s15-api-key-by-reference" => api_key_by_reference_5_12
    "5.12-s16-blank-credentials" => blank_credentials_5_12
    "5.12-s20-cooldown-goes-last" => cooldown_goes_last_5_12
    "5.12-s21-all-cooling-down-soonest-first" => all_cooling_down_soonest_first_5_12
    "5.12-s22-cooldown-over" => cooldown_over_5_12
    "5.12-s23-least-recently-used-first" => least_recently_used_first_5_12
    "5.12-s24-oauth-before-token-before-key" => oauth_before_token_before_key_5_12
    "5.12-s25-sequence-of-the-file" => sequence_of_the_file_5_12
    "5.12-s26-sequence-of-config-profiles" => sequence_of_config_profiles_5_12
    "5.12-s30-inherited-beside-another-provider" => inherited_beside_another_provider_5_12
    "5.12-s31-own-wins-over-main" => own_wins_over_main_5_12
    "5.12-s32-own-and-main-different-ids" => own_and_main_different_ids_5_12
    "5.12-s33-order-of-main" => order_of_main_5_12
    "5.12-s34-default-profile-gives-way-to-main" => default_profile_gives_way_to_main_5_12
    "5.12-s35-state-without-store-is-ignored" => state_without_store_is_ignored_5_12
    "5.12-s36-agent-dir-elsewhere" => agent_dir_elsewhere_5_12
    "5.12-s40-codex-cli-home-expired" => codex_cli_home_expired_5_12
    "5.12-s41-codex-cli-home-without-refresh-token" => codex_cli_home_without_refresh_token_5_12
    "5.12-s42-codex-cli-home-moved-by-CODEX_HOME" => codex_cli_home_moved_by_codex_home_5_12
    "5.12-s43-codex-cli-home-and-own-used-profile" => codex_cli_home_and_own_used_profile_5_12
    "5.12-s44-codex-cli-home-opaque-token" => codex_cli_home_opaque_token_5_12
    "5.12-s45-codex-cli-home-in-api-key-mode" => codex_cli_home_in_api_key_mode_5_12
    "5.12-s46-codex-cli-home-and-order" => codex_cli_home_and_order_5_12
    "5.12-s47-codex-cli-home-follows-OPENCLAW_HOME" => codex_cli_home_follows_openclaw_home_5_12
    "5.12-s50-legacy-oauth-json" => legacy_oauth_json_5_12
    "5.12-s51-legacy-auth-json" => legacy_auth_json_5_12
    "5.12-s52-older-field-names" => older_field_names_5_12
    "5.12-s53-entry-without-type-is-dropped" => entry_without_type_is_dropped_5_12
    "5.12-s60-alias-order-natives-first" => alias_order_natives_first_5_12
    "5.12-s61-alias-order-names-a-native" => alias_order_names_a_native_5_12
    "5.12-s62-config-order-beats-stored-alias-order" => config_order_beats_stored_alias_order_5_12
    "5.12-s63-empty-alias-order" => empty_alias_order_5_12
    "5.12-s64-provider-codex-cli" => provider_codex_cli_5_12
    "5.12-s65-openai-oauth-is-no-candidate" => openai_oauth_is_no_candidate_5_12
    "5.12-s66-oauth-ref-malformed" => oauth_ref_malformed_5_12
    "5.12-s67-invalidated-profile-gives-way-to-main" => invalidated_profile_gives_way_to_main_5_12
    "7.1-r01-nothing" => nothing_7_1
    "7.1-r02-main-store-oauth" => main_store_oauth_7_1
    "7.1-r03-own-oauth" => own_oauth_7_1
    "7.1-r04-codex-cli-home" => codex_cli_home_7_1
    "7.1-r05-oauth-ref-secret-missing" => oauth_ref_secret_missing_7_1
    "7.1-r06-openai-api-key" => openai_api_key_7_1
    "7.1-r07-oauth-expired" => oauth_expired_7_1
    "7.1-r08-json-files-only" => json_files_only_7_1
    "7.1-r09a-config-order-empty" => config_order_empty_7_1
    "7.1-r09b-config-order-of-unknown-ids" => config_order_of_unknown_ids_7_1
    "7.1-r10-config-mode-differs" => config_mode_differs_7_1
    "7.1-r11-api-key-in-environment" => api_key_in_environment_7_1
    "7.1-s01-stored-order-beats-config-order" => stored_order_beats_config_order_7_1
    "7.1-s02-config-order-beats-sequence" => config_order_beats_sequence_7_1
    "7.1-s03-empty-stored-order-is-no-order" => empty_stored_order_is_no_order_7_1
    "7.1-s04-stored-order-of-missing-ids" => stored_order_of_missing_ids_7_1
    "7.1-s05-config-order-of-missing-ids-with-config-profiles"
        => config_order_of_missing_ids_with_config_profiles_7_1
    "7.1-s06-order-of-an-ineligible-id" => order_of_an_ineligible_id_7_1
    "7.1-s07-config-profiles-narrow-the-store" => config_profiles_narrow_the_store_7_1
    "7.1-s08-order-in-the-store-file" => order_in_the_store_file_7_1
    "7.1-s10-provider-mismatch" => provider_mismatch_7_1
    "7.1-s11-config-mode-oauth-accepts-token" => config_mode_oauth_accepts_token_7_1
    "7.1-s12-token-expired" => token_expired_7_1
    "7.1-s13-token-without-expiry" => token_without_expiry_7_1
    "7.1-s14-token-expiry-not-a-number" => token_expiry_not_a_number_7_1
    "7.1-s15-api-key-by-reference" => api_key_by_reference_7_1
    "7.1-s16-blank-credentials" => blank_credentials_7_1
    "7.1-s20-cooldown-goes-last" => cooldown_goes_last_7_1
    "7.1-s21-all-cooling-down-soonest-first" => all_cooling_down_soonest_first_7_1
    "7.1-s22-cooldown-over" => cooldown_over_7_1
    "7.1-s23-least-recently-used-first" => least_recently_used_first_7_1
    "7.1-s24-oauth-before-token-before-key" => oauth_before_token_before_key_7_1
    "7.1-s25-sequence-of-the-file" => sequence_of_the_file_7_1
    "7.1-s26-sequence-of-config-profiles" => sequence_of_config_profiles_7_1
    "7.1-s30-inherited-beside-another-provider" => inherited_beside_another_provider_7_1
    "7.1-s31-own-wins-over-main" => own_wins_over_main_7_1
    "7.1-s32-own-and-main-different-ids" => own_and_main_different_ids_7_1
    "7.1-s33-order-of-main" => order_of_main_7_1
    "7.1-s34-default-profile-gives-way-to-main" => default_profile_gives_way_to_main_7_1
    "7.1-s35-state-without-store-is-ignored" => state_without_store_is_ignored_7_1
    "7.1-s36-agent-dir-elsewhere" => agent_dir_elsewhere_7_1
    "7.1-s40-codex-cli-home-expired" => codex_cli_home_expired_7_1
    "7.1-s41-codex-cli-home-without-refresh-token" => codex_cli_home_without_refresh_token_7_1
    "7.1-s42-codex-cli-home-moved-by-CODEX_HOME" => codex_cli_home_moved_by_codex_home_7_1
    "7.1-s43-codex-cli-home-and-own-used-profile" => codex_cli_home_and_own_used_profile_7_1
    "7.1-s44-codex-cli-home-opaque-token" => codex_cli_home_opaque_token_7_1
    "7.1-s45-codex-cli-home-in-api-key-mode" => codex_cli_home_in_api_key_mode_7_1
    "7.1-s46-codex-cli-home-and-order" => codex_cli_home_and_order_7_1
    "7.1-s47-codex-cli-home-follows-OPENCLAW_HOME" => codex_cli_home_follows_openclaw_home_7_1
    "7.1-s50-legacy-oauth-json" => legacy_oauth_json_7_1
    "7.1-s51-legacy-auth-json" => legacy_auth_json_7_1
    "7.1-s52-older-field-names" => older_field_names_7_1
    "7.1-s53-entry-without-type-is-dropped" => entry_without_type_is_dropped_7_1
    "7.1-s60-config-order-of-openai-codex-is-ignored" => config_order_of_openai_codex_is_ignored_7_1
    "7.1-s61-rows-of-openai-codex-are-ignored" => rows_of_openai_codex_are_ignored_7_1
    "7.1-s62-codex-cli-home-and-api-key-default" => codex_cli_home_and_api_key_default_7_1
    "7.1-s63-codex-cli-home-and-api-key-of-another-id"
        => codex_cli_home_and_api_key_of_another_id_7_1
    "7.1-s64-codex-cli-home-and-expired-oauth" => codex_cli_home_and_expired_oauth_7_1
    "7.1-s65-api-key-that-is-a-command" => api_key_that_is_a_command_7_1
    "7.1-s66-fallback-is-sorted" => fallback_is_sorted_7_1
    "7.1-s67-row-under-another-key" => row_under_another_key_7_1
}

#[test]
fn every_golden_file_has_a_test() {
    let mut files: Vec<_> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| Some(name.strip_suffix(".json")?.to_owned()))
        .collect();
    files.sort();
    assert_eq!(files, TESTED);
}
