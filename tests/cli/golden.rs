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
    "5.12-05-openclaw-home-and-state-dir-tilde" => the_state_dir_takes_its_tilde_from_openclaw_home_5_12
    "5.12-06-state-dir-without-config" => a_named_state_dir_without_config_has_main_5_12
    "5.12-07-config-path-only" => a_named_config_does_not_move_the_state_dir_5_12
    "5.12-08-profile-variable-changes-nothing" => the_profile_variable_alone_changes_nothing_5_12
    "5.12-09-profile-flag" => a_profile_has_its_own_state_dir_and_config_5_12
    "5.12-10-agent-dir-variables-change-nothing" => the_agent_dir_variables_move_no_agent_5_12
    "5.12-11-ids-and-agent-dir-forms" => ids_are_folded_and_agent_dirs_made_absolute_5_12
    "5.12-12a-empty-config" => an_empty_config_has_main_5_12
    "5.12-12b-no-config-file" => no_config_has_main_5_12
    "5.12-13-include-and-env-substitution" => includes_concatenate_lists_and_variables_are_put_in_5_12
    "5.12-14-duplicate-agent-dir" => two_agents_with_one_directory_are_refused_5_12 says "/shared"
    "5.12-15-default-agent" => the_first_marked_agent_is_the_default_5_12
    "5.12-16-damaged-config" => a_damaged_config_is_refused_5_12 says "openclaw.json: line "
    "5.12-17-byte-order-mark" => a_byte_order_mark_is_no_damage_5_12
    "5.12-18-text-before-the-json" => text_before_the_json_is_refused_5_12 says "openclaw.json: line 1"
    "9.6-01-legacy-state-dir-only" => a_legacy_state_dir_alone_is_used_9_6
    "9.6-02-both-state-dirs" => the_state_dir_goes_before_the_legacy_one_9_6
    "9.6-03-empty-state-dir-config-in-legacy-dir"
        => an_empty_state_dir_takes_its_config_from_the_legacy_one_9_6
    "9.6-04-openclaw-home-tilde" => openclaw_home_takes_its_tilde_from_home_9_6
    "9.6-05-openclaw-home-and-state-dir-tilde" => the_state_dir_takes_its_tilde_from_openclaw_home_9_6
    "9.6-06-state-dir-without-config" => a_named_state_dir_without_config_has_main_9_6
    "9.6-07-config-path-only" => a_named_config_does_not_move_the_state_dir_9_6
    "9.6-08-profile-variable-changes-nothing" => the_profile_variable_alone_changes_nothing_9_6
    "9.6-09-profile-flag" => a_profile_has_its_own_state_dir_and_config_9_6
    "9.6-10-agent-dir-variables-change-nothing" => the_agent_dir_variables_move_no_agent_9_6
    "9.6-11a-key-that-is-no-id" => a_key_that_is_no_id_is_refused_9_6 says "agents.entries.Ember Bot!!"
    "9.6-11b-agent-dir-forms" => agent_dirs_are_made_absolute_9_6
    "9.6-12a-empty-config" => an_empty_config_has_main_9_6
    "9.6-12b-no-config-file" => no_config_has_main_9_6
    "9.6-13-include-and-env-substitution" => includes_merge_entries_and_variables_are_put_in_9_6
    "9.6-14-duplicate-agent-dir" => two_agents_with_one_directory_are_refused_9_6 says "/shared"
    "9.6-15-one-default-marker" => the_marked_agent_is_the_default_9_6
    "9.6-16-several-agents-without-ownership" => several_agents_need_an_ownership_9_6 says "ownership"
    "9.6-17-empty-roster-explicit" => an_explicit_roster_must_not_be_empty_9_6 says "ownership"
    "9.6-18-empty-roster" => an_empty_roster_has_main_9_6
    "9.6-19-list-roster" => a_list_is_read_as_entries_9_6
    "9.6-20-list-roster-with-an-id-to-normalise"
        => a_list_with_an_id_to_fold_is_refused_9_6 says "list"
    "9.6-21-list-and-entries" => a_list_beside_entries_is_refused_9_6 says "list"
    "9.6-22-system-agent" => the_system_agent_is_the_default_9_6
    "9.6-23-key-in-capitals" => a_key_in_capitals_is_folded_9_6
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
