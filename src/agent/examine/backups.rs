//! What OpenClaw leaves behind when it moves its stores: backups, with the tokens that were in them.

use std::path::Path;

use indexmap::{IndexMap, IndexSet};

use crate::agent::Agent;
use crate::agent::copies::{Spot, Told};
use crate::agent::findings::Finding;
use crate::agent::mend::Mend;
use crate::agent::place::Kind;

/// How many tokens a backup holds, and how many of them are used elsewhere.
struct Backup {
    agent: Option<usize>,
    held: usize,
    used: usize,
}

/// One finding a backup.
pub(super) fn findings(spots: &[Spot<'_>], agents: &[&Agent]) -> Vec<Told> {
    let live = spots.iter().filter(|spot| spot.place.is_live);
    let live: IndexSet<_> = live.map(|spot| spot.place.refresh).collect();
    let mut backups: IndexMap<&Path, Backup> = IndexMap::new();
    // The other leftovers are homes, and have no profiles.
    let is_of_backup =
        |spot: &&Spot<'_>| spot.place.kind == Kind::Leftover && spot.place.profile.is_some();
    for spot in spots.iter().filter(is_of_backup) {
        let backup = backups.entry(&spot.place.path).or_insert(Backup {
            agent: spot.agent,
            held: 0,
            used: 0,
        });
        backup.held += 1;
        backup.used += usize::from(live.contains(&spot.place.refresh));
    }
    let told = backups.into_iter().map(|(path, backup)| Told {
        agents: backup.agent.into_iter().collect(),
        finding: backup.finding(path, agents),
    });
    told.collect()
}

impl Backup {
    fn finding(&self, path: &Path, agents: &[&Agent]) -> Finding {
        let what = match self.held {
            1 => "a refresh token".to_owned(),
            held => format!("{held} refresh tokens"),
        };
        let used = match (self.held, self.used) {
            (_, 0) => String::new(),
            (1, _) => ", which is in use elsewhere".to_owned(),
            (_, used) => format!(", {used} of them in use elsewhere"),
        };
        let message = format!(
            "{} is a backup that nothing reads, and still holds {what}{used}",
            path.display()
        );
        let whose = match (self.agent, agents.first()) {
            (Some(agent), _) => agents[agent].address.clone(),
            (None, Some(any)) => any.openclaw_options().trim_end().to_owned(),
            (None, None) => String::new(),
        };
        let fix = format!("codex-login doctor --fix {whose}");
        Finding::warning("stale-copy", message)
            .at(path)
            .with("in_use_elsewhere", self.used > 0)
            .fix(fix.trim_end())
            .mend(Mend::PutAside(path.to_owned()))
    }
}
