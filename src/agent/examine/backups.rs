//! Backups, of OpenClaw's stores and of codex's logins, with the tokens that were in them: what OpenClaw
//! leaves behind when it moves its stores, and what people keep.

use std::path::Path;

use indexmap::{IndexMap, IndexSet};

use crate::agent::Agent;
use crate::agent::copies::{Spot, Told, doctor};
use crate::agent::examine::tokens;
use crate::agent::findings::Finding;
use crate::agent::place::{Kind, Place};
use crate::codex::auth::AuthFile;
use crate::files;
use crate::fingerprint::Fingerprint;
use crate::openclaw::profiles::held::BACKUPS;
use crate::openclaw::profiles::sources::Sources;

/// The refresh tokens in backups beside the stores in a directory. One of `auth.json`, as OpenClaw's
/// oldest store is called, may be of codex's login.
pub(super) fn beside_stores(sources: &Sources, dir: &Path) -> Vec<Place> {
    let mut places = tokens::places(&sources.held_by_backups(dir), Kind::Backup);
    places.extend(of_codex(dir));
    places
}

/// The same in backups of codex's login.
pub(super) fn of_codex(dir: &Path) -> Vec<Place> {
    let copies = files::copies_of(dir, "auth.json", BACKUPS);
    let places = copies.iter().filter_map(|path| {
        let (_, refresh) = AuthFile::read(path);
        refresh.map(|login| Place::of_login(path, Kind::Backup, false, login))
    });
    places.collect()
}

/// A backup: whose it is, and the tokens in it, each once.
#[derive(Default)]
struct Backup {
    agents: IndexSet<usize>,
    held: IndexSet<Fingerprint>,
}

/// One finding a backup, by whatever paths agents come to it.
pub(super) fn findings(spots: &[Spot<'_>], agents: &[&Agent]) -> Vec<Told> {
    let live = spots.iter().filter(|spot| spot.place.is_live);
    let live: IndexSet<_> = live.map(|spot| spot.place.refresh).collect();
    let mut backups: IndexMap<_, (&Place, Backup)> = IndexMap::new();
    for spot in spots.iter().filter(|spot| spot.place.kind == Kind::Backup) {
        let known = backups.entry(spot.place.identity());
        let (_, backup) = known.or_insert_with(|| (spot.place, Backup::default()));
        backup.agents.extend(spot.agent);
        backup.held.insert(spot.place.refresh);
    }
    let told = backups.into_values().map(|(place, backup)| Told {
        finding: backup.finding(place, &live, agents),
        agents: backup.agents.into_iter().collect(),
        unread: Vec::new(),
    });
    told.collect()
}

impl Backup {
    fn finding(&self, place: &Place, live: &IndexSet<Fingerprint>, agents: &[&Agent]) -> Finding {
        let what = match self.held.len() {
            1 => "a refresh token".to_owned(),
            held => format!("{held} refresh tokens"),
        };
        let used = self.held.intersection(live).count();
        let is_used = match (self.held.len(), used) {
            (_, 0) => String::new(),
            (1, _) => ", which is in use elsewhere".to_owned(),
            (_, used) => format!(", {used} of them in use elsewhere"),
        };
        let message = format!(
            "{} is a backup that nothing reads, and still holds {what}{is_used}",
            place.path.display()
        );
        let mut finding = Finding::warning("stale-copy", message)
            .at(&place.path)
            .with("in_use_elsewhere", used > 0);
        finding.mends.extend(place.mend());
        finding.fix(doctor(self.agents.first().copied(), agents))
    }
}
