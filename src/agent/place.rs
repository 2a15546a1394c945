//! A place where a refresh token lies: where it is, who uses it, and nothing of the token but what
//! tells it from others.

use std::path::{Path, PathBuf};

use crate::agent::mend::Mend;
use crate::agent::profile::shown;
use crate::codex::auth::Refresh;
use crate::files::{self, Identity};
use crate::fingerprint::Fingerprint;

/// What kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An agent's codex home.
    CodexHome,
    /// The same where this OpenClaw never reads it: its login can be put aside.
    UnreadHome,
    /// Another Codex home, in which a codex runs.
    OtherHome,
    /// A store of OpenClaw's.
    Store,
    /// A backup of one, or of a login of codex's: it can be put aside.
    Backup,
    /// A home that nothing uses any more: so can that.
    DeadHome,
}

/// The place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    /// The id of the profile, as it may be shown.
    pub(crate) profile: Option<String>,
    pub(crate) kind: Kind,
    /// Whether something refreshes the token here.
    pub(crate) is_live: bool,
    pub(crate) refresh: Fingerprint,
    /// Which file it is, by whatever path.
    file: Identity,
}

impl Place {
    /// `None` where the file is gone by now.
    pub(crate) fn at(
        path: &Path,
        kind: Kind,
        is_live: bool,
        refresh: Fingerprint,
    ) -> Option<Place> {
        Some(Place {
            file: files::identity(&path.metadata().ok()?),
            path: path.to_owned(),
            profile: None,
            kind,
            is_live,
            refresh,
        })
    }

    /// The login in a Codex home.
    pub(crate) fn of_login(auth: &Path, kind: Kind, is_live: bool, login: Refresh) -> Place {
        Place {
            path: auth.to_owned(),
            profile: None,
            kind,
            is_live,
            refresh: login.token,
            file: login.file,
        }
    }

    /// Another token in the same file.
    pub(crate) fn with(self, refresh: Fingerprint, is_live: bool) -> Place {
        Place {
            is_live,
            refresh,
            ..self
        }
    }

    /// The same place as a profile in it.
    pub(crate) fn profile(mut self, id: &str) -> Place {
        self.profile = Some(shown(id).to_owned());
        self
    }

    /// What places have in common that are one: what is written to either is in the other. Of a file
    /// that nothing refreshes the profiles do not matter.
    pub(crate) fn identity(&self) -> (Identity, Option<&str>) {
        let profile = self.profile.as_deref().filter(|_| self.is_live);
        (self.file, profile)
    }

    /// The directory that the file is in, by whatever path.
    pub(crate) fn dir(&self) -> Option<Identity> {
        let meta = self.path.parent()?.metadata().ok()?;
        Some(files::identity(&meta))
    }

    /// What ends the copy and loses nothing, where nothing reads it.
    pub(crate) fn mend(&self) -> Option<Mend> {
        match self.kind {
            Kind::Backup | Kind::UnreadHome => Some(Mend::PutAside(self.path.clone())),
            Kind::DeadHome => Some(Mend::PutAside(self.path.parent()?.to_owned())),
            Kind::CodexHome | Kind::OtherHome | Kind::Store => None,
        }
    }

    /// For people.
    pub(crate) fn in_words(&self) -> String {
        let path = self.path.display();
        match &self.profile {
            None => path.to_string(),
            Some(profile) => format!("{profile} in {path}"),
        }
    }
}
