//! Where refresh tokens lie: an agent's own places, and those of no agent.

use std::path::Path;

use crate::agent::evidence::Ground;
use crate::agent::examine::backups;
use crate::agent::place::{Kind, Place};
use crate::agent::user::User;
use crate::codex::auth::AuthFile;
use crate::openclaw::profiles::held::Held;

/// What is no agent's own.
#[derive(Default)]
pub(super) struct OfMachine {
    /// In the store that all agents inherit.
    pub(super) main: Vec<Place>,
    pub(super) held: Vec<Held>,
    /// Beside that store, where its directory is no agent's of the configuration.
    pub(super) backups: Vec<Place>,
    pub(super) homes: Vec<Place>,
}

/// The places of what stores hold. Of one file the system is asked once.
pub(super) fn places(held: &[Held], kind: Kind) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for held in held {
        let Some(refresh) = held.refresh else {
            continue;
        };
        let known = places.last().filter(|place| place.path == held.path);
        let place = match known.cloned() {
            Some(known) => Some(known.with(refresh, held.is_read)),
            None => Place::at(&held.path, kind, held.is_read, refresh),
        };
        places.extend(place.map(|place| place.profile(&held.profile)));
    }
    places
}

/// All that is no agent's own, each looked at as its owner. `has_main` says whether the directory of
/// the store that all inherit is an agent's of the configuration.
pub(super) fn of_machine(ground: &Ground, has_main: bool) -> OfMachine {
    let sources = &ground.profiles.sources;
    let state_dir = &sources.state_dir;
    let mut found = as_owner(ground, state_dir, || {
        let held = sources.held_by_all();
        let backups = if has_main {
            Vec::new()
        } else {
            backups::beside_stores(sources, &sources.main_dir)
        };
        OfMachine {
            main: places(&held, Kind::Store),
            held,
            backups,
            homes: home(&state_dir.join("acpx/codex-home/auth.json")),
        }
    });
    let of_user = sources.home.as_ref();
    let of_worker = of_user.map(|home| home.join(".codex-coding-agent/auth.json"));
    for auth in sources.codex_cli.iter().chain(&of_worker) {
        // Whose home it is decides where a link in it leads.
        let homes = as_owner(ground, of_user.unwrap_or(auth), || home(auth));
        found.homes.extend(homes);
    }
    found
}

/// The login in a Codex home that is no agent's.
fn home(auth: &Path) -> Vec<Place> {
    let (_, refresh) = AuthFile::read(auth);
    let place = refresh.map(|login| Place::of_login(auth, Kind::OtherHome, true, login));
    place.into_iter().collect()
}

/// What cannot be done as the owner is not done.
fn as_owner<T: Default + Send>(ground: &Ground, path: &Path, work: impl FnOnce() -> T + Send) -> T {
    let dir = path.parent().filter(|_| !path.is_dir()).unwrap_or(path);
    let owner = User::who_owns(dir, ground.ours);
    owner
        .work(&ground.inherited, |_| work())
        .unwrap_or_default()
}
