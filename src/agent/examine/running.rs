//! App-servers that run already, and so may go on with an earlier login.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use crate::agent::evidence::{Evidence, Ground};
use crate::agent::examine::Patient;
use crate::agent::findings::Finding;
use crate::openclaw::route::Route;
use crate::process::running;

/// Starts are known to the second.
const SLACK: SignedDuration = SignedDuration::from_secs(2);

/// The login in a codex home that counts.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// The home, as it may be named.
    homes: Vec<PathBuf>,
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
            at: Timestamp::from_second(meta.mtime()).ok()?,
        })
    }
}

/// Says of whom an app-server runs that was started before the login came.
pub(super) fn add(patients: &mut [Patient<'_>], ground: &Ground) {
    if patients
        .iter()
        .all(|patient| patient.examined.written.is_none())
    {
        return;
    }
    let running = running::with("app-server", "CODEX_HOME");
    for patient in patients {
        let Some(written) = &patient.examined.written else {
            continue;
        };
        let is_its = |value: &PathBuf| written.homes.contains(value);
        let older: Vec<_> = running
            .iter()
            .filter(|one| is_its(&PathBuf::from(&one.value)) && one.since + SLACK < written.at)
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
