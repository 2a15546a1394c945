//! Which refresh tokens the stores hold, told from one another and nothing else: copies that
//! OpenClaw reads, and those that it has left behind.

use std::path::{Path, PathBuf};

use crate::files;
use crate::fingerprint::Fingerprint;
use crate::openclaw::profiles::credential::Kind;
use crate::openclaw::profiles::era::normal;
use crate::openclaw::profiles::json;
use crate::openclaw::profiles::sealed::{self, Named, Sealed};
use crate::openclaw::profiles::secret::Reference;
use crate::openclaw::profiles::seen::Seen;
use crate::openclaw::profiles::select::Chosen;
use crate::openclaw::profiles::sources::{Sources, Trouble};
use crate::openclaw::profiles::store::{Owner, Store};

/// The providers whose OAuth is a login with ChatGPT, under all names it has had.
const PROVIDERS: [&str; 6] = [
    "openai",
    "openai-codex",
    "openai-codex-import",
    "codex",
    "codex-cli",
    "codex-app-server",
];
/// Nobody has more profiles, or more backups of a file in one directory, that matter.
const PROFILES_LIMIT: usize = 10_000;
pub(crate) const BACKUPS: usize = 50;

/// A profile with a refresh token, or one that says where that is.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// The store.
    pub(crate) path: PathBuf,
    pub(crate) profile: String,
    pub(crate) refresh: Option<Fingerprint>,
    /// Whether this OpenClaw reads the store.
    pub(crate) is_read: bool,
    /// It has no refresh token in the store itself.
    pub(crate) has_only_reference: bool,
    /// What came of the file that it names, and that file.
    pub(crate) sealed: Option<(Sealed, PathBuf)>,
}

impl Sources {
    /// What the stores in this directory hold that are the agent's own.
    pub(crate) fn held_by(&self, dir: &Path) -> Vec<Held> {
        let mut held = Vec::new();
        if !self.is_main(dir)
            && let Ok(store) = self.load(dir, Owner::Agent)
        {
            held.extend(self.in_store(&store));
            // What all inherit is not the agent's, also where it has come to it as its own.
            held.retain(|held| held.path.parent() == Some(dir));
        }
        if !self.is_main(dir) {
            self.add_unread(&mut held, dir, &[json::STORE, json::OLDEST]);
        }
        held
    }

    /// What the stores hold that all agents inherit.
    pub(crate) fn held_by_all(&self) -> Vec<Held> {
        let main = self.inherited();
        let mut held = main.map_or_else(|_| Vec::new(), |main| self.in_store(&main.store));
        if self.is_main(&self.main_dir) {
            self.add_unread(&mut held, &self.main_dir, &[json::STORE, json::OLDEST]);
        }
        self.add_unread(&mut held, &self.credentials, &["oauth.json"]);
        held
    }

    /// What backups of a store in this directory hold, of the oldest form or the later one.
    pub(crate) fn held_by_backups(&self, dir: &Path) -> Vec<Held> {
        let copies = [json::STORE, json::OLDEST].map(|name| files::copies_of(dir, name, BACKUPS));
        let mut held = Vec::new();
        for path in copies.concat() {
            if let Ok(Some(seen)) = json::read(&path) {
                self.add_seen(&mut held, &path, &seen);
            }
        }
        held
    }

    /// What came of opening what the selected profile refers to.
    pub(crate) fn opened(&self, chosen: &Chosen) -> Option<(Sealed, PathBuf)> {
        let (reference, provider) = chosen.sealed.as_ref()?;
        Some(self.open(reference, &chosen.id, provider).0)
    }

    fn in_store(&self, store: &Store) -> Vec<Held> {
        let of_codex = store.profiles.iter().filter(|(_, profile)| {
            let credential = &profile.credential;
            credential.kind == Kind::Oauth && is_of_codex(&credential.provider)
        });
        let held = of_codex.map(|(id, profile)| {
            let credential = &profile.credential;
            let reference = credential.reference();
            let opened = reference.map(|named| self.open(named, id, &credential.provider));
            let (sealed, refresh) = opened.unzip();
            Held {
                path: profile.from.path.clone(),
                profile: id.clone(),
                refresh: refresh.flatten().or(credential.refresh),
                has_only_reference: credential.refresh.is_none(),
                is_read: sealed.is_none()
                    || credential.refresh.is_some()
                    || self.era.reads_references(),
                sealed,
            }
        });
        held.collect()
    }

    /// Adds what these files hold that are not among it yet: OpenClaw does not read them. One that
    /// cannot be read is passed over: nothing depends on it.
    fn add_unread(&self, held: &mut Vec<Held>, dir: &Path, names: &[&str]) {
        for name in names {
            let path = dir.join(name);
            let is_known = held.iter().any(|held| held.path == path);
            let is_within = || Trouble::refuse_link_out(&path, &[dir, &self.state_dir]).is_ok();
            if !is_known
                && is_within()
                && let Ok(Some(seen)) = json::read(&path)
            {
                self.add_seen(held, &path, &seen);
            }
        }
    }

    /// The same for what a file says, of whichever of its forms it is.
    fn add_seen(&self, held: &mut Vec<Held>, path: &Path, seen: &Seen) {
        let entries = seen.at("profiles").unwrap_or(seen).object();
        for (id, entry) in entries.into_iter().flatten().take(PROFILES_LIMIT) {
            let of_id = || id.split(':').next().unwrap_or_default();
            let provider = entry.at("provider").and_then(Seen::text);
            let provider = provider.unwrap_or_else(of_id);
            let refresh = entry.at("refresh").and_then(Seen::fingerprint);
            let reference = entry.at("oauthRef").and_then(Reference::of);
            if !is_of_codex(provider) || (refresh.is_none() && reference.is_none()) {
                continue;
            }
            let opened = reference.map(|named| self.open(&named, id, provider));
            let (sealed, of_secret) = opened.unzip();
            held.push(Held {
                path: path.to_owned(),
                profile: id.clone(),
                refresh: of_secret.flatten().or(refresh),
                has_only_reference: refresh.is_none(),
                is_read: false,
                sealed,
            });
        }
    }

    /// Opens what a profile names.
    fn open(
        &self,
        reference: &Reference,
        profile: &str,
        provider: &str,
    ) -> ((Sealed, PathBuf), Option<Fingerprint>) {
        let name = format!("auth-profiles/{}.json", reference.id);
        let path = self.credentials.join(name);
        if Trouble::refuse_link_out(&path, &[&self.credentials]).is_err() {
            return ((Sealed::Missing, path), None);
        }
        let named = Named {
            path: &path,
            id: &reference.id,
            profile,
            provider,
        };
        let (sealed, refresh) = sealed::open(&named, &self.keys);
        ((sealed, path), refresh)
    }
}

fn is_of_codex(provider: &str) -> bool {
    PROVIDERS.contains(&normal(provider).as_str())
}
