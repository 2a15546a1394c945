//! README tells the truth: its commands run, its tables are complete.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::house::sources;
use crate::sandbox::Sandbox;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The lines of the shell blocks.
fn commands() -> Vec<String> {
    let text = readme();
    let blocks = text.split("```sh\n").skip(1);
    blocks
        .flat_map(|rest| rest.split("```").next().unwrap().lines())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_of_the_readme_runs() {
    let commands = commands();
    assert!(commands.len() > 15, "{commands:?}");
    for line in commands {
        let sandbox = Sandbox::with_agents(&["sun", "ember", "shravan"]);
        sandbox.log_in("ember");
        let words = line.trim_start_matches("eval \"$(").trim_end_matches(")\"");
        let words = words.split(" < ").next().unwrap();
        let args = words.split(' ').skip(1);
        let run = sandbox.run(args);
        let code = run.status.code();
        assert!(matches!(code, Some(0 | 1)), "{line}:\n{run}");
        assert!(!run.stderr.contains("error: "), "{line}:\n{run}");
    }
}

#[test]
fn the_readme_names_every_option_of_the_help() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let help = sandbox.run(["--help"]).expect_code(0).stdout;
    let readme = readme();
    let options: Vec<_> = help
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .collect();
    assert!(options.len() > 15, "{options:?}");
    for option in options {
        assert!(readme.contains(option), "{option} is not in README");
    }
}

#[test]
fn the_json_examples_of_the_readme_are_json_with_the_fields_that_there_are() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let real = sandbox.json(["status", "--json"]);
    let text = readme();
    let example = text
        .split("```json\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let example: Value = serde_json::from_str(example).unwrap();
    let keys = |value: &Value| {
        let object = value.as_object().unwrap();
        object.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(keys(&example), keys(&real));
    for part in ["zone", "openclaw", "codex"] {
        assert_eq!(keys(&example[part]), keys(&real[part]), "{part}");
    }
    assert_eq!(keys(&example["agents"][0]), keys(&real["agents"][0]));
    assert_eq!(
        keys(&example["agents"][0]["login"]),
        keys(&real["agents"][0]["login"])
    );
}

#[test]
fn the_zones_toml_of_the_readme_is_one() {
    let text = readme();
    let example = text.split("```toml\n").nth(1).unwrap();
    let sandbox = Sandbox::bare();
    let file = sandbox.write("zones.toml", example.split("```").next().unwrap());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let args = ["zones", "--zones", file.to_str().unwrap()];
    let run = sandbox.run(args).expect_code(0);
    assert!(
        run.stdout
            .starts_with("sunfam\tzones.toml\t/srv/sunfam/.openclaw\t"),
        "{run}"
    );
}

/// The codes of all findings that the program can have, as its text has them.
fn codes() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for (_, path) in sources() {
        let text = fs::read_to_string(path).unwrap();
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for begin in [
            "Finding::error(",
            "Finding::warning(",
            "Finding::info(",
            "self.mend(",
            "unknown(",
            "const SHADOWED: &str = ",
        ] {
            let codes_of = words.split(begin).skip(1);
            let texts = codes_of.filter_map(|rest| rest.trim_start().strip_prefix('"'));
            let texts = texts.filter_map(|rest| rest.split('"').next());
            let is_code =
                |text: &&str| !text.contains(|c: char| !c.is_ascii_lowercase() && c != '-');
            codes.extend(texts.filter(is_code).map(str::to_owned));
        }
    }
    codes
}

#[test]
fn the_readme_has_every_finding() {
    let readme = readme();
    let codes = codes();
    assert!(codes.len() > 40, "{codes:?}");
    for code in codes {
        let is_told = readme.contains(&format!("`{code}`"));
        assert!(is_told, "{code} is not in README");
    }
}
