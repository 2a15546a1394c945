//! Which profile would the agent's codex get? A thousand drawn stores and configurations, answered
//! by OpenClaw's own function and by codex-login.

mod credentials;
mod mended;
mod worlds;

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cases::{lay_out, rooted};
use crate::run::say;
use crate::support::packages::{node_dir, openclaw_program};
use worlds::World;

/// How many are drawn for a version.
const DRAWN: u64 = 1_000;
/// How many one process answers: from 2026.8.1 on it takes no more than 256 state directories, and
/// what is about to run out must not do so between the two answers.
const AT_A_TIME: usize = 250;
const SEED_VARIABLE: &str = "CODEX_LOGIN_CONFORMANCE_SEED";

#[test]
fn the_profile_is_the_one_that_openclaw_2026_5_12_selects() {
    all_selections_agree("2026.5.12");
}

#[test]
fn the_profile_is_the_one_that_openclaw_2026_7_1_selects() {
    all_selections_agree("2026.7.1");
}

#[test]
fn the_profile_is_the_one_that_openclaw_2026_8_2_selects() {
    all_selections_agree("2026.8.2");
}

#[test]
fn the_profile_is_the_one_that_openclaw_2026_9_6_selects() {
    all_selections_agree("2026.9.6");
}

/// A question for OpenClaw's function.
#[derive(Serialize)]
struct Question {
    env: Value,
    config: Value,
    agent_dir: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Told {
    Selected(Option<String>),
    /// The agent would not start.
    Error(String),
}

impl Told {
    fn agrees_with(&self, other: &Told) -> bool {
        match (self, other) {
            (Told::Selected(ours), Told::Selected(theirs)) => ours == theirs,
            (Told::Error(_), Told::Error(_)) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Told::Selected(None) => f.write_str("no profile"),
            Told::Selected(Some(id)) => write!(f, "{id:?}"),
            Told::Error(said) => write!(f, "would not start: {said}"),
        }
    }
}

/// A question with both answers.
struct Asked {
    seed: u64,
    world: World,
    ours: Told,
    theirs: Told,
}

fn all_selections_agree(version: &str) {
    let alone = env::var(SEED_VARIABLE).ok();
    let seeds = match &alone {
        Some(seed) => vec![seed.parse().expect("a seed is a number")],
        None => (1..=DRAWN).collect(),
    };
    let asked: Vec<_> = seeds
        .chunks(AT_A_TIME)
        .flat_map(|seeds| asked_of_both(version, seeds))
        .collect();
    let differs = |asked: &&Asked| !asked.ours.agrees_with(&asked.theirs);
    let different: Vec<_> = asked.iter().filter(differs).collect();
    for asked in different.iter().take(5) {
        let Asked {
            seed,
            world,
            ours,
            theirs,
        } = asked;
        let world = serde_json::to_string_pretty(world).expect("a world is JSON");
        say(&format!(
            "seed {seed}\n{world}\n  codex-login: {ours}\n  OpenClaw: {theirs}"
        ));
    }
    let is_profile = |asked: &&Asked| matches!(asked.theirs, Told::Selected(Some(_)));
    let (total, selected) = (asked.len(), asked.iter().filter(is_profile).count());
    say(&format!(
        "OpenClaw {version}: {total} selections asked, {selected} of a profile, {} different",
        different.len()
    ));
    let wrong: Vec<_> = different.iter().map(|asked| asked.seed).collect();
    assert!(
        wrong.is_empty(),
        "ask one again with {SEED_VARIABLE}=n: {wrong:?}"
    );
    let is_telling = (total / 4..total * 9 / 10).contains(&selected);
    assert!(
        total == 1 || is_telling,
        "{selected} of {total} select a profile"
    );
}

/// Ours first, since OpenClaw migrates what it reads.
fn asked_of_both(version: &str, seeds: &[u64]) -> Vec<Asked> {
    let scratch = fs::canonicalize(env!("CARGO_TARGET_TMPDIR")).expect("a scratch directory");
    let dir = TempDir::with_prefix_in("selection-", scratch).expect("a directory");
    let mut questions = Vec::new();
    let mut answered = Vec::new();
    for seed in seeds {
        let root = dir.path().join(seed.to_string());
        fs::create_dir(&root).expect("a directory");
        let drawn = World::drawn(version, *seed);
        let world = rooted(serde_json::to_value(&drawn).expect("JSON"), &root);
        lay_out(world["tree"].as_object().expect("a tree"), &root);
        answered.push((*seed, drawn, of_codex_login(version, &world, &root)));
        questions.push(Question {
            env: world["env"].clone(),
            config: world["config"].clone(),
            agent_dir: world["agent_dir"].clone(),
        });
    }
    let theirs = of_openclaw(version, &questions, dir.path());
    let both = answered.into_iter().zip(theirs);
    both.map(|((seed, world, ours), theirs)| Asked {
        seed,
        world,
        ours,
        theirs,
    })
    .collect()
}

fn of_codex_login(version: &str, world: &Value, root: &Path) -> Told {
    let document = codex_login(version, world, root, &["status", "--offline", "--json"]);
    let agent = &document["agents"][0];
    let finding = &agent["findings"][0];
    match finding["code"].as_str() {
        Some("profile-migration" | "profile-store") => Told::Error(finding["message"].to_string()),
        _ => Told::Selected(agent["next_turn"]["profile_id"].as_str().map(str::to_owned)),
    }
}

/// What codex-login answers in this world.
fn codex_login(version: &str, world: &Value, root: &Path, args: &[&str]) -> Value {
    let mut config = world["config"].clone();
    config["agents"] = json!({ "list": [{ "id": world["id"], "agentDir": world["agent_dir"] }] });
    let path = root.join("openclaw.json");
    fs::write(&path, config.to_string()).expect("a configuration");
    let env = world["env"].as_object().expect("an environment");
    let env = env
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_str()?)));
    let run = Command::new(env!("CARGO_BIN_EXE_codex-login"))
        .env_clear()
        .envs(env)
        .env("PATH", "/nonexistent")
        .current_dir(root)
        .args(["--openclaw-version", version, "--openclaw-config"])
        .arg(&path)
        .args(args)
        .output()
        .expect("codex-login starts");
    let said = String::from_utf8_lossy(&run.stdout);
    serde_json::from_str(&said)
        .unwrap_or_else(|error| panic!("{error}: {said}{}", String::from_utf8_lossy(&run.stderr)))
}

fn of_openclaw(version: &str, questions: &[Question], dir: &Path) -> Vec<Told> {
    let program = openclaw_program(version).expect("a real OpenClaw");
    let node = node_dir("24.21.0").expect("a Node").join("node");
    let dist = program.with_file_name("dist");
    let script =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/selection/select.mjs");
    let [asked, told] = ["questions.json", "answers.json"].map(|name| dir.join(name));
    let text = serde_json::to_string(questions).expect("questions are JSON");
    fs::write(&asked, text).expect("a file");
    let run = Command::new(node)
        .env_clear()
        .env("HOME", dir)
        .env("TMPDIR", dir)
        .arg(script)
        .args([&dist, &asked, &told])
        .output()
        .expect("node starts");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let answers = fs::read_to_string(&told).expect("answers");
    serde_json::from_str(&answers).expect("answers")
}
