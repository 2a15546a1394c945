//! App-servers that run already, and so may go on with an earlier login.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use crate::agent::evidence::{Evidence, Ground};
use crate::agent::examine::Patient;
use crate::agent::findings::Finding;
use crate::openclaw::route::Route;
use crate::process::running::{self, Running};

/// Starts are known to the second.
const SLACK: SignedDuration = SignedDuration::from_secs(2);

/// The login in a codex home that counts.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// The home, as it may be named.
    homes: Vec<PathBuf>,
    /// Whose it is.
    owner: u32,
    at: Timestamp,
}

impl Written {
    /// To be asked as the user who may look there.
    pub(super) fn of(evidence: &Evidence<'_>) -> Option<Written> {
        if evidence.route != Route::CodexHome {
            return None;
        }
        let home = evidence.agent.home.path();
        let meta = evidence.agent.home.auth_json().metadata().ok()?;
        let own = home.to_owned();
        Some(Written {
            homes: home.canonicalize().into_iter().chain([own]).collect(),
            owner: home.metadata().ok()?.uid(),
            at: Timestamp::from_second(meta.mtime()).ok()?,
        })
    }
}

/// Says of whom an app-server runs that was started before the login came.
pub(super) fn add(patients: &mut [Patient<'_>], ground: &Ground) {
    let written = patients
        .iter()
        .filter_map(|patient| patient.examined.written.as_ref());
    let owners: Vec<_> = written.map(|written| written.owner).collect();
    if owners.is_empty() {
        return;
    }
    let running = running::with("app-server", "CODEX_HOME", &owners);
    for patient in patients {
        let Some(written) = &patient.examined.written else {
            continue;
        };
        let is_its = |one: &Running| {
            one.user == written.owner && written.homes.contains(&PathBuf::from(&one.value))
        };
        let older: Vec<_> = running
            .iter()
            .filter(|one| is_its(one) && one.since + SLACK < written.at)
            .collect();
        let Some(first) = older.first() else { continue };
        let since = first.since;
        let message = format!(
            "codex app-server {} runs since {since:.0}, and auth.json was written at {:.0}: unless it has refreshed the login itself it goes on with the one before",
            first.pid, written.at
        );
        let pids: Vec<_> = older.iter().map(|one| one.pid).collect();
        let restart = ground.profiles.openclaw.as_ref();
        let finding = Finding::warning("gateway-restart-needed", message)
            .with("pids", pids)
            .with("since", format!("{since:.0}"))
            .with("login_written_at", format!("{:.0}", written.at))
            .maybe_fix(restart.map(|openclaw| format!("{openclaw} gateway restart")));
        patient.verdict.findings.push(finding);
    }
}
