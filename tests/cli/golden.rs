//! What the real OpenClaw answered, case by case: `tests/golden/agents`, where a README tells more.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::cases::{Agent, Case, rooted};

/// A file of `tests/golden/agents`.
#[derive(Deserialize)]
struct Golden {
    #[serde(flatten)]
    case: Case,
    expect: Expected,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Expected {
    Roster {
        config: Option<String>,
        agents: Vec<Agent>,
    },
    /// In OpenClaw's words, which are for the reader.
    Refusal {
        #[serde(rename = "error")]
        _words: String,
    },
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/agents")
}

/// Asks codex-login what OpenClaw was asked. A refusal must have these words, of codex-login's own.
#[track_caller]
fn answers_as_openclaw(file: &str, why: &[&str]) {
    let scratch = fs::canonicalize(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let dir = TempDir::with_prefix_in("golden-", scratch).unwrap();
    let root = dir.path().join("root");
    let no_programs = dir.path().join("no-programs");
    fs::create_dir(&root).unwrap();
    fs::create_dir(&no_programs).unwrap();

    let text = fs::read_to_string(directory().join(format!("{file}.json"))).unwrap();
    let golden: Value = serde_json::from_str(&text).unwrap();
    let golden = rooted(golden, &root);
    let Golden { case, expect } = serde_json::from_value(golden).unwrap();
    case.lay_out(&root);
    let run = case.codex_login(&no_programs).output().unwrap();

    let stdout = String::from_utf8(run.stdout).unwrap();
    let stderr = String::from_utf8_lossy(&run.stderr);
    let said = format!("{stdout}------- stderr -------\n{stderr}[{}]", run.status);
    let document: Value = serde_json::from_str(&stdout)
        .unwrap_or_else(|error| panic!("not one JSON document, {error}:\n{said}"));
    match expect {
        Expected::Roster { config, agents } => {
            assert_eq!(run.status.code(), Some(0), "{said}");
            let listed: Vec<Agent> = serde_json::from_value(document["agents"].clone()).unwrap();
            assert_eq!(listed, agents, "{said}");
            if let Some(config) = config {
                assert_eq!(document["openclaw"]["config"], config, "{said}");
            }
        }
        Expected::Refusal { .. } => {
            assert_eq!(run.status.code(), Some(2), "{said}");
            let word = |key: &str| document["error"][key].as_str().unwrap_or_default();
            assert!(word("code").starts_with("config"), "{said}");
            assert!(!why.is_empty(), "{file} has no words to look for");
            for why in why {
                assert!(word("message").contains(why), "no {why:?} in\n{said}");
            }
        }
    }
}

/// Makes of each file a test; behind a refusal stands what codex-login must say.
macro_rules! golden {
    ($($file:literal => $test:ident $(says $why:literal)?)+) => {
        const TESTED: &[&str] = &[$($file),+];
        $(
            #[test]
            fn $test() {
                answers_as_openclaw($file, &[$($why)?]);
            }
        )+
    };
}

golden! {
    "5.12-01-legacy-state-dir-only" => a_legacy_state_dir_alone_is_used_5_12
    "5.12-02-both-state-dirs" => the_state_dir_goes_before_the_legacy_one_5_12
    "5.12-03-empty-state-dir-config-in-legacy-dir"
        => an_empty_state_dir_takes_its_config_from_the_legacy_one_5_12
    "5.12-04-openclaw-home-tilde" => openclaw_home_takes_its_tilde_from_home_5_12
    "5.12-05-openclaw-home-and-state-dir-tilde"
        => the_state_dir_takes_its_tilde_from_openclaw_home_5_12
    "5.12-06-state-dir-without-config" => a_named_state_dir_without_config_has_main_5_12
    "5.12-07-config-path-only" => a_named_config_does_not_move_the_state_dir_5_12
    "5.12-08-profile-variable-changes-nothing" => the_profile_variable_alone_changes_nothing_5_12
    "5.12-09-profile-flag" => a_profile_has_its_own_state_dir_and_config_5_12
    "5.12-10-agent-dir-variables-change-nothing" => the_agent_dir_variables_move_no_agent_5_12
    "5.12-11-ids-and-agent-dir-forms" => ids_are_folded_and_agent_dirs_made_absolute_5_12
    "5.12-12a-empty-config" => an_empty_config_has_main_5_12
    "5.12-12b-no-config-file" => no_config_has_main_5_12
    "5.12-13-include-and-env-substitution"
        => includes_concatenate_lists_and_variables_are_put_in_5_12
    "5.12-14-duplicate-agent-dir" => two_agents_with_one_directory_are_refused_5_12 says "/shared"
    "5.12-15-default-agent" => the_first_marked_agent_is_the_default_5_12
    "5.12-16-damaged-config" => a_damaged_config_is_refused_5_12 says "openclaw.json: line "
    "5.12-17-byte-order-mark" => a_byte_order_mark_is_no_damage_5_12
    "5.12-18-text-before-the-json"
        => text_before_the_json_is_refused_5_12 says "openclaw.json: line 1"
    "5.12-30-dotenv-forms" => dotenv_files_are_read_in_all_their_forms_5_12
    "5.12-31-dotenv-byte-order-mark-and-crlf" => dotenv_files_may_come_from_windows_5_12
    "5.12-32-who-defines-a-variable-first" => the_first_place_that_defines_a_variable_counts_5_12
    "5.12-33-names-a-project-may-not-set" => a_project_may_not_set_every_variable_5_12
    "5.12-34-dotenv-moves-the-state-dir" => a_dotenv_file_moves_the_state_dir_5_12
    "5.12-35-gateway-env-moves-the-state-dir" => the_gateways_dotenv_file_moves_the_state_dir_5_12
    "5.12-36-config-env-moves-the-state-dir" => a_variable_of_the_config_moves_the_state_dir_5_12
    "5.12-37-undefined-is-a-directory" => undefined_is_a_name_for_a_state_dir_5_12
    "5.12-38-undefined-is-no-home" => undefined_is_no_name_for_a_home_5_12
    "5.12-39-profile-and-state-dir" => a_named_state_dir_goes_before_the_profiles_5_12
    "5.12-40-profile-knows-no-former-names" => a_profile_knows_no_former_names_5_12
    "5.12-41-include-ten-deep" => includes_may_be_ten_deep_5_12
    "5.12-42-include-eleven-deep" => includes_may_not_be_eleven_deep_5_12 says "11.json"
    "5.12-43-include-circle" => a_circle_of_includes_is_refused_5_12 says "a.json"
    "5.12-44-include-from-outside" => an_include_from_outside_is_refused_5_12 says "../a.json"
    "5.12-45-include-root" => an_include_from_a_named_root_is_read_5_12
    "5.12-46-include-beside-a-list" => an_included_list_has_no_keys_beside_it_5_12 says "include"
    "5.12-50-null-in-the-list" => null_in_the_list_is_refused_5_12 says "agents.list"
    "5.12-51-no-id" => an_agent_without_an_id_is_refused_5_12 says "agents.list"
    "5.12-52-default-is-a-word" => a_default_that_is_a_word_is_refused_5_12 says "default"
    "5.12-53-entries" => entries_are_unknown_5_12 says "agents.entries"
    "5.12-54-the-first-of-equal-ids" => the_first_of_equal_ids_counts_5_12
    "9.6-01-legacy-state-dir-only" => a_legacy_state_dir_alone_is_used_9_6
    "9.6-02-both-state-dirs" => the_state_dir_goes_before_the_legacy_one_9_6
    "9.6-03-empty-state-dir-config-in-legacy-dir"
        => an_empty_state_dir_takes_its_config_from_the_legacy_one_9_6
    "9.6-04-openclaw-home-tilde" => openclaw_home_takes_its_tilde_from_home_9_6
    "9.6-05-openclaw-home-and-state-dir-tilde"
        => the_state_dir_takes_its_tilde_from_openclaw_home_9_6
    "9.6-06-state-dir-without-config" => a_named_state_dir_without_config_has_main_9_6
    "9.6-07-config-path-only" => a_named_config_does_not_move_the_state_dir_9_6
    "9.6-08-profile-variable-changes-nothing" => the_profile_variable_alone_changes_nothing_9_6
    "9.6-09-profile-flag" => a_profile_has_its_own_state_dir_and_config_9_6
    "9.6-10-agent-dir-variables-change-nothing" => the_agent_dir_variables_move_no_agent_9_6
    "9.6-11a-key-that-is-no-id"
        => a_key_that_is_no_id_is_refused_9_6 says "agents.entries.Ember Bot!!"
    "9.6-11b-agent-dir-forms" => agent_dirs_are_made_absolute_9_6
    "9.6-12a-empty-config" => an_empty_config_has_main_9_6
    "9.6-12b-no-config-file" => no_config_has_main_9_6
    "9.6-13-include-and-env-substitution" => includes_merge_entries_and_variables_are_put_in_9_6
    "9.6-14-duplicate-agent-dir" => two_agents_with_one_directory_are_refused_9_6 says "/shared"
    "9.6-15-one-default-marker" => the_marked_agent_is_the_default_9_6
    "9.6-16-several-agents-without-ownership"
        => several_agents_need_an_ownership_9_6 says "ownership"
    "9.6-17-empty-roster-explicit" => an_explicit_roster_must_not_be_empty_9_6 says "ownership"
    "9.6-18-empty-roster" => an_empty_roster_has_main_9_6
    "9.6-19-list-roster" => a_list_is_read_as_entries_9_6
    "9.6-20-list-roster-with-an-id-to-normalise"
        => a_list_with_an_id_to_fold_is_refused_9_6 says "list"
    "9.6-21-list-and-entries" => a_list_beside_entries_is_refused_9_6 says "list"
    "9.6-22-system-agent" => the_system_agent_is_the_default_9_6
    "9.6-23-key-in-capitals" => a_key_in_capitals_is_folded_9_6
    "9.6-30-dotenv-forms" => dotenv_files_are_read_in_all_their_forms_9_6
    "9.6-31-dotenv-byte-order-mark-and-crlf" => dotenv_files_may_come_from_windows_9_6
    "9.6-32-who-defines-a-variable-first" => the_first_place_that_defines_a_variable_counts_9_6
    "9.6-33-names-a-project-may-not-set" => a_project_may_not_set_every_variable_9_6
    "9.6-34-dotenv-moves-the-state-dir" => a_dotenv_file_moves_the_state_dir_9_6
    "9.6-35-gateway-env-moves-the-state-dir" => the_gateways_dotenv_file_moves_the_state_dir_9_6
    "9.6-36-config-env-moves-the-state-dir" => a_variable_of_the_config_moves_the_state_dir_9_6
    "9.6-37-undefined-is-a-directory" => undefined_is_a_name_for_a_state_dir_9_6
    "9.6-38-undefined-is-no-home" => undefined_is_no_name_for_a_home_9_6
    "9.6-39-profile-and-state-dir" => a_named_state_dir_goes_before_the_profiles_9_6
    "9.6-40-profile-knows-no-former-names" => a_profile_knows_no_former_names_9_6
    "9.6-41-include-ten-deep" => includes_may_be_ten_deep_9_6
    "9.6-42-include-eleven-deep" => includes_may_not_be_eleven_deep_9_6 says "11.json"
    "9.6-43-include-circle" => a_circle_of_includes_is_refused_9_6 says "a.json"
    "9.6-44-include-from-outside" => an_include_from_outside_is_refused_9_6 says "../a.json"
    "9.6-45-include-root" => an_include_from_a_named_root_is_read_9_6
    "9.6-46-include-beside-a-list" => an_included_list_has_no_keys_beside_it_9_6 says "include"
    "9.6-50-one-agent-of-explicit-ownership" => one_agent_of_explicit_ownership_is_no_default_9_6
    "9.6-51-a-marker-beside-ownership"
        => a_default_beside_an_ownership_is_refused_9_6 says "ownership"
    "9.6-52-two-markers" => two_defaults_are_refused_9_6 says "default"
    "9.6-53-keys-of-one-id" => two_keys_of_one_id_are_refused_9_6 says "agents.entries."
    "9.6-54-unknown-system-agent" => a_system_agent_must_be_one_of_the_agents_9_6 says "systemAgent"
    "9.6-55-variable-outside-vars" => a_variable_beside_vars_is_refused_9_6 says "env"
    "9.6-56-numbers-first" => ids_that_are_numbers_come_first_9_6
    "9.6-57-merging-drops-constructor" => merging_drops_keys_that_javascript_fears_9_6
    "9.6-58-one-file-keeps-constructor" => one_included_file_keeps_all_its_keys_9_6
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
