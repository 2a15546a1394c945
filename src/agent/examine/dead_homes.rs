//! The Codex homes that OpenClaw 2026.4.20 to 4.22 made for each profile of an agent. Earlier and later
//! versions leave them where they are.

use std::path::{Path, PathBuf};

use crate::agent::Agent;
use crate::agent::findings::Finding;
use crate::agent::mend::Mend;
use crate::agent::place::{Kind, Place};
use crate::codex::auth::AuthFile;
use crate::files;
use crate::openclaw::profiles::sources::{Sources, Trouble};

/// What the app-server had, and what the codex command line had.
const PARENTS: [&str; 2] = ["harness-auth", "cli-auth"];
/// No agent had so many profiles.
const LIMIT: usize = 100;

/// What is to be said of the agent's, and the refresh tokens in them.
pub(super) fn of(agent: &Agent, sources: &Sources) -> (Vec<Finding>, Vec<Place>) {
    let mut found = (Vec::new(), Vec::new());
    for parent in PARENTS {
        for home in homes(agent, parent, sources) {
            let auth = home.join("auth.json");
            let (file, refresh) = if is_ours(agent, &auth, sources) {
                AuthFile::read(&auth)
            } else {
                (AuthFile::Absent, None)
            };
            let kind = if sources.has_bridge {
                Kind::OtherHome
            } else {
                Kind::DeadHome
            };
            let place =
                refresh.map(|login| Place::of_login(&auth, kind, sources.has_bridge, login));
            if !sources.has_bridge {
                found.0.push(dead(agent, &home, &file, place.is_some()));
            }
            found.1.extend(place);
        }
    }
    found
}

/// The homes below a directory of the agent's.
fn homes(agent: &Agent, parent: &str, sources: &Sources) -> Vec<PathBuf> {
    let parent = agent.dir.join(parent);
    let dir = parent.join("codex");
    if !is_ours(agent, &parent, sources) || !is_ours(agent, &dir, sources) {
        return Vec::new();
    }
    let is_home = |name: &&str| name.len() == 16 && name.bytes().all(|b| b.is_ascii_hexdigit());
    let names = files::names(&dir).unwrap_or_default();
    let names = names.iter().filter_map(|name| name.to_str());
    let homes = names.filter(is_home).map(|name| dir.join(name));
    let homes = homes.filter(|home| home.is_dir() && is_ours(agent, home, sources));
    homes.take(LIMIT).collect()
}

/// Whether it is no link that leads elsewhere.
fn is_ours(agent: &Agent, path: &Path, sources: &Sources) -> bool {
    Trouble::refuse_link_out(path, &[&agent.dir, &sources.state_dir]).is_ok()
}

fn dead(agent: &Agent, home: &Path, file: &AuthFile, has_token: bool) -> Finding {
    let damage = match file {
        AuthFile::Damaged(damage) => Some(damage.to_string()),
        _ => None,
    };
    let unusable = damage.as_ref().map_or_else(String::new, |damage| {
        format!("; codex could not use its auth.json: {damage}")
    });
    let held = if has_token {
        "; there is still a refresh token in it"
    } else {
        ""
    };
    let message = format!(
        "nothing reads {}, a Codex home that OpenClaw 2026.4.20 to 2026.4.22 made for a profile{unusable}{held}",
        home.display()
    );
    let mut finding = Finding::warning("dead-harness-auth", message).at(home);
    if let Some(damage) = damage {
        finding = finding.with("damage", damage);
    }
    finding
        .with("holds_refresh_token", has_token)
        .fix(format!("codex-login doctor --fix {}", agent.address))
        .mend(Mend::PutAside(home.to_owned()))
}
