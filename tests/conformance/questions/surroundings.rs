//! Where the home, the state directory and the configuration are, and how that is said.

use super::Draft;

/// Paths below the root.
pub(super) struct Place {
    pub(super) home: String,
    pub(super) state: String,
    pub(super) config: String,
}

/// Sets the variables and the profile, and puts rosters where they should not count.
pub(super) fn drawn(draft: &mut Draft) -> Place {
    account_home(draft);
    let home = openclaw_home(draft);
    if draft.random.chance(25) {
        let path = draft.random.pick(&[
            format!("{home}/.openclaw/openclaw.json"),
            format!("{home}/.clawdbot/clawdbot.json"),
            "home/.openclaw/openclaw.json".to_owned(),
            "state/openclaw.json".to_owned(),
            "cwd/openclaw.json".to_owned(),
        ]);
        draft.decoy(&path, "decoy");
    }
    let mut place = state_dir(draft, home);
    named_config(draft, &mut place);
    place
}

/// `HOME` is always the case's own: without it a program would turn to the account's.
fn account_home(draft: &mut Draft) {
    let home = spelled(draft, "home", None);
    if draft.random.chance(4) {
        let unset = draft.random.pick(&["undefined", "null", " "]);
        draft.set("HOME", unset);
        draft.set("USERPROFILE", &home);
    } else {
        draft.set("HOME", &home);
    }
}

/// Where `~` and the default places are.
fn openclaw_home(draft: &mut Draft) -> String {
    let (value, home) = match draft.random.below(100) {
        0..75 => return "home".to_owned(),
        75..90 => {
            let home = draft.random.pick(&["alt", "home/alt"]);
            (spelled(draft, home, Some("home")), home)
        }
        90..96 => {
            let same = draft
                .random
                .pick(&["~", "  ", "undefined", "null", "~/", ""]);
            (same.to_owned(), "home")
        }
        96..98 => ("~nobody/x".to_owned(), "cwd/~nobody/x"),
        _ => ("~\\x".to_owned(), "home\\x"),
    };
    draft.set("OPENCLAW_HOME", &value);
    home.to_owned()
}

fn state_dir(draft: &mut Draft, home: String) -> Place {
    let place = |home: String, state: String, name: &str| Place {
        config: format!("{state}/{name}"),
        home,
        state,
    };
    let usual = format!("{home}/.openclaw");
    let former = format!("{home}/.clawdbot");
    match draft.random.below(100) {
        0..40 => place(home, usual, "openclaw.json"),
        40..43 => place(home, usual, "clawdbot.json"),
        43..51 => {
            let name = draft.random.pick(&["clawdbot.json", "openclaw.json"]);
            place(home, former, name)
        }
        51..56 => {
            draft.decoy(&format!("{former}/clawdbot.json"), "former");
            place(home, usual, "openclaw.json")
        }
        56..61 => {
            draft.directory(&usual);
            let config = format!("{former}/clawdbot.json");
            Place {
                home,
                state: usual,
                config,
            }
        }
        61..84 => {
            let state = named_state_dir(draft, &home);
            place(home, state, "openclaw.json")
        }
        _ => {
            let state = profile(draft, &home);
            place(home, state, "openclaw.json")
        }
    }
}

/// Sets `OPENCLAW_STATE_DIR`, mostly to a directory.
fn named_state_dir(draft: &mut Draft, home: &str) -> String {
    let usual = format!("{home}/.openclaw");
    let inside = format!("{home}/st");
    let (value, state) = match draft.random.below(20) {
        0..14 => {
            let state = draft
                .random
                .pick(&["state", inside.as_str(), "cwd/here", usual.as_str()]);
            (spelled(draft, state, Some(home)), state)
        }
        14 => ("undefined".to_owned(), "cwd/undefined"),
        15 => ("null".to_owned(), "cwd/null"),
        16 => ("~nobody/x".to_owned(), "cwd/~nobody/x"),
        17 => ("~".to_owned(), home),
        _ => ("  ".to_owned(), usual.as_str()),
    };
    draft.set("OPENCLAW_STATE_DIR", &value);
    state.to_owned()
}

/// Gives a profile, at times beside a named state directory.
fn profile(draft: &mut Draft, home: &str) -> String {
    let names = ["work", "Work", "dev", "a-1_b", "0", "default", "DEFAULT"];
    let name = draft.random.pick(&names);
    draft.case.args = if draft.random.chance(70) {
        vec!["--profile".to_owned(), name.to_owned()]
    } else {
        vec![format!("--profile={name}")]
    };
    if draft.random.chance(15) {
        return named_state_dir(draft, home);
    }
    if name.eq_ignore_ascii_case("default") {
        format!("{home}/.openclaw")
    } else {
        format!("{home}/.openclaw-{name}")
    }
}

/// Sets `OPENCLAW_CONFIG_PATH`, or does something to the configuration's usual place.
fn named_config(draft: &mut Draft, place: &mut Place) {
    match draft.random.below(100) {
        0..14 => {
            let inside = format!("{}/cfg/my.json", place.home);
            let file = draft
                .random
                .pick(&["cfg/my.json", inside.as_str(), "cwd/my.json"]);
            let value = spelled(draft, file, Some(&place.home));
            draft.set("OPENCLAW_CONFIG_PATH", &value);
            file.clone_into(&mut place.config);
        }
        14..16 => {
            draft.set("OPENCLAW_CONFIG_PATH", "undefined");
            "cwd/undefined".clone_into(&mut place.config);
        }
        16..18 => draft.set("OPENCLAW_CONFIG_PATH", "   "),
        18..20 => draft.set("OPENCLAW_CONFIG_PATH", "~/nowhere/openclaw.json"),
        _ => {}
    }
}

/// A path below the root, said in one of the ways that there are. `~` stands for a home, where
/// there is one.
fn spelled(draft: &mut Draft, path: &str, home: Option<&str>) -> String {
    let plain = format!("$ROOT/{path}");
    let in_home = home.map(|home| match path.strip_prefix(home) {
        Some(tail) if tail.is_empty() || tail.starts_with('/') => format!("~{tail}"),
        _ => format!("~/{}{path}", "../".repeat(home.split('/').count())),
    });
    match draft.random.below(20) {
        0..8 => plain,
        8..10 => format!("{plain}/"),
        10..13 => format!("../{path}"),
        13 => format!("$ROOT/./cwd/../{path}"),
        14 => format!(" {plain}  "),
        15 => format!("$ROOT//{path}//"),
        _ => in_home.unwrap_or(plain),
    }
}
