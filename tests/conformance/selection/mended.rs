//! What `doctor --fix` takes out of the stores: does OpenClaw's own function then select nothing?

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::worlds::World;
use super::{Question, Told, codex_login, of_openclaw};
use crate::cases::{lay_out, rooted};
use crate::fixture;
use crate::run::say;

const VERSION: &str = "2026.5.12";
const DRAWN: u64 = 400;

#[test]
fn what_the_doctor_takes_out_is_not_selected_any_more() {
    let scratch = fs::canonicalize(env!("CARGO_TARGET_TMPDIR")).expect("a scratch directory");
    let dir = TempDir::with_prefix_in("mended-", scratch).expect("a directory");
    let mut questions = Vec::new();
    let mut seeds = Vec::new();
    for seed in 1..=DRAWN {
        let root = dir.path().join(seed.to_string());
        fs::create_dir(&root).expect("a directory");
        let drawn = World::drawn(VERSION, seed);
        let world = rooted(serde_json::to_value(&drawn).expect("JSON"), &root);
        lay_out(world["tree"].as_object().expect("a tree"), &root);
        if was_mended(&world, &root) {
            seeds.push(seed);
            questions.push(Question {
                env: world["env"].clone(),
                config: world["config"].clone(),
                agent_dir: world["agent_dir"].clone(),
            });
        }
    }
    let told = of_openclaw(VERSION, &questions, dir.path());
    let is_wrong = |told: &Told| !matches!(told, Told::Selected(None));
    let wrong: Vec<_> = seeds
        .iter()
        .zip(&told)
        .filter(|(_, told)| is_wrong(told))
        .collect();
    for (seed, told) in &wrong {
        say(&format!(
            "DIFFERENCE {seed}: after the fix OpenClaw says {told}"
        ));
    }
    say(&format!(
        "OpenClaw {VERSION}: {} of {DRAWN} mended, {} wrong",
        seeds.len(),
        wrong.len()
    ));
    assert!(wrong.is_empty());
    assert!(seeds.len() > 50, "{} are too few to tell", seeds.len());
}

/// Logs the agent in, and has the doctor take out what goes before that, where it would.
fn was_mended(world: &Value, root: &Path) -> bool {
    let home = Path::new(world["agent_dir"].as_str().expect("a directory")).join("codex-home");
    fs::create_dir_all(&home).expect("a home");
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).expect("its mode");
    let login = fixture::chatgpt("ember@example.test", fixture::FAR_AHEAD);
    fs::write(home.join("auth.json"), login.to_string()).expect("a login");
    let before = agent(&codex_login(
        VERSION,
        world,
        root,
        &["doctor", "--offline", "--json"],
    ));
    let findings = before["findings"].as_array().expect("findings");
    let can_be_mended = findings
        .iter()
        .any(|finding| finding["code"] == "shadowed-by-profile" && finding["fixable"] == true);
    if can_be_mended {
        let fix = ["doctor", "--fix", "--yes", "--offline", "--json"];
        let after = agent(&codex_login(VERSION, world, root, &fix));
        assert_eq!(after["state"], "ready", "{after:#}");
        assert_eq!(after["next_turn"]["kind"], "codex-home", "{after:#}");
    }
    can_be_mended
}

fn agent(document: &Value) -> Value {
    document["agents"][0].clone()
}
