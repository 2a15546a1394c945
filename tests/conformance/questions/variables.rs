//! Variables for the configuration's texts, from everywhere that OpenClaw takes them.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::Draft;
use super::surroundings::Place;
use crate::openclaw::Release;

/// The names that rosters use, and one that they cannot.
const NAMES: &[&str] = &[
    "ALPHA", "ALPHA", "ALPHA", "BETA", "BETA", "_GAMMA", "DELTA_9", "TILDE", "lower",
];
/// Names that OpenClaw does not take from everywhere.
const GUARDED: &[&str] = &["GUARDED_BASE_URL", "GUARDED_ENDPOINT", "OPENCLAW_NOTE"];
const VALUES: &[&str] = &[
    "$ROOT/v/one",
    "two",
    "$ROOT/v three",
    "~",
    "",
    "  ",
    "$HOME/x",
    "${BETA}",
    "it's",
    "a#b",
    "back\\slash",
    "$ROOT/v/four/..",
];
/// Lines of a `.env` file: `N` is the name, `V` the value.
const LINES: &[&str] = &[
    "N=V",
    "N=V",
    "N=V",
    "export N=V",
    "N=\"V\"",
    "N='V'",
    "N=`V`",
    "N: V",
    "N = V",
    "  N=V  ",
    "N=V # note",
    "N=\"V # kept\" # note",
    "N=\"V\\nmore\"",
    "N='V\\nmore'",
    "N=\"V",
    "N='V",
    "N=",
    "N=\"\"",
    "# N=V",
    "N",
    "N=V\nN=other",
    "N.x=V\nN-y=V",
    "N='V\nmore'",
    "N=\"V\nmore\"",
    "N=V\\",
    "N=\"V\\\"x\"",
    "N=\t V",
    "N:V",
    "exportN=V",
    "export  N=V",
    "N=\"V\"tail",
    "N='V'tail",
    "N==V",
    "N=V 'x'",
    "N=\"V\" \"w\"",
    "=V\nN=V",
    "N=V\n\n\nN =",
    "N=\"\\r\\tV\"",
    "N=`V\n#x`",
    "N=\"it's V\"",
    "N='say \"V\"'",
    "N=V=V",
    "N=#V",
    "N= #V",
    "N=V#",
    "1N=V",
];
/// What moves the state directory, the configuration, or where includes may come from.
const MOVERS: &[&str] = &[
    "OPENCLAW_STATE_DIR=$ROOT/moved",
    "OPENCLAW_CONFIG_PATH=$ROOT/moved/openclaw.json",
    "OPENCLAW_HOME=$ROOT/moved-home",
    "OPENCLAW_STATE_DIR=~/moved",
    "OPENCLAW_STATE_DIR=",
    "OPENCLAW_INCLUDE_ROOTS=$ROOT/inc",
];

/// Sets variables in the environment, in `.env` files, and in the configuration itself.
pub(super) fn scatter(draft: &mut Draft, place: &Place, config: &mut Value) {
    for _ in 0..draft.random.weighted(&[(45, 0), (35, 1), (20, 3)]) {
        let name = draft.random.pick(NAMES);
        let value = draft.random.pick(VALUES);
        draft.set(name, value);
    }
    let config_dir = Path::new(&place.config).parent();
    let config_dir = config_dir.and_then(Path::to_str).expect("a directory");
    for (percent, percent_moved, path) in [
        (25, 4, "cwd/.env".to_owned()),
        (30, 8, format!("{}/.env", place.state)),
        (20, 8, format!("{config_dir}/.env")),
        (10, 8, format!("{}/.openclaw/.env", place.home)),
        (
            25,
            20,
            format!("{}/.config/openclaw/gateway.env", place.home),
        ),
    ] {
        if draft.random.chance(percent) {
            let text = dotenv(draft, percent_moved);
            draft.file(&path, text);
        }
    }
    if draft.random.chance(30) {
        in_config(draft, config);
    }
    if draft.random.chance(20) {
        draft.set("OPENCLAW_PROFILE", "other");
        draft.set("OPENCLAW_AGENT_DIR", "$ROOT/elsewhere");
        draft.decoy("home/.openclaw-other/openclaw.json", "other");
    }
}

/// A `.env` file, which moves OpenClaw's places so many times in a hundred.
fn dotenv(draft: &mut Draft, percent_moved: usize) -> String {
    let mut lines = Vec::new();
    for _ in 0..draft
        .random
        .weighted(&[(25, 1), (30, 3), (30, 6), (15, 10)])
    {
        let name = match draft.random.below(10) {
            0 => draft.random.pick(GUARDED),
            _ => draft.random.pick(NAMES),
        };
        let value = draft.random.pick(VALUES);
        // The value last: it may have an N of its own.
        let line = draft.random.pick(LINES).replace('N', name);
        lines.push(line.replace('V', value));
    }
    if draft.random.chance(percent_moved) {
        lines.push(draft.random.pick(MOVERS).to_owned());
        moved(draft);
    }
    let end = draft
        .random
        .weighted(&[(80, "\n"), (15, "\r\n"), (5, "\r")]);
    let start = if draft.random.chance(10) {
        "\u{feff}"
    } else {
        ""
    };
    let last = if draft.random.chance(80) { "\n" } else { "" };
    format!("{start}{}{last}", lines.join("\n")).replace('\n', end)
}

/// The rosters of places that a variable leads to.
fn moved(draft: &mut Draft) {
    draft.decoy("moved/openclaw.json", "moved");
    draft.decoy("moved-home/.openclaw/openclaw.json", "moved-home");
    if draft.random.chance(40) {
        draft.file("moved/.env", "ALPHA=$ROOT/from-moved\n");
    }
}

/// `env.vars`, and `env` itself, which newer versions do not take.
fn in_config(draft: &mut Draft, config: &mut Value) {
    let Some(fields) = config.as_object_mut() else {
        return;
    };
    let mut env = json!({ "vars": vars(draft) });
    let direct = match draft.release {
        Release::V5_12 => 25,
        Release::V9_6 => 4,
    };
    if draft.random.chance(direct) {
        env["ALPHA"] = draft.random.pick(VALUES).into();
        env["BETA"] = draft.random.pick(VALUES).into();
    }
    if draft.random.chance(10) {
        env["shellEnv"] = json!({ "enabled": false });
    }
    let odd = draft.random.pick(&[json!(null), json!([]), json!("x")]);
    match draft.random.below(30) {
        0 => env = odd,
        1 => env["vars"] = odd,
        _ => {}
    }
    fields.insert("env".to_owned(), env);
}

fn vars(draft: &mut Draft) -> Map<String, Value> {
    let mut vars = Map::new();
    for _ in 0..draft.random.weighted(&[(50, 1), (35, 2), (15, 4)]) {
        let name = match draft.random.below(20) {
            0 => draft
                .random
                .pick(&[" ALPHA ", "ALPHA-X", "HTTP_PROXY", "NODE_OPTIONS"]),
            1 => draft.random.pick(GUARDED),
            _ => draft.random.pick(NAMES),
        };
        vars.insert(name.to_owned(), draft.random.pick(VALUES).into());
    }
    if draft.random.chance(3) {
        vars.insert("ALPHA".to_owned(), json!(7));
    }
    if draft.random.chance(5) {
        let mover = draft.random.pick(MOVERS);
        let (name, value) = mover.split_once('=').expect("an assignment");
        vars.insert(name.to_owned(), value.into());
        moved(draft);
    }
    vars
}
