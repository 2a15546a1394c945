//! Conversations that are pinned to a profile, and so do not go by what the agent goes by.

use crate::agent::evidence::Evidence;
use crate::agent::findings::Finding;
use crate::agent::profile::shown;
use crate::openclaw::pins::{Count, Pins};
use crate::openclaw::profiles::inspect::Inspection;
use crate::openclaw::route::Route;

/// `inspection` tells which profiles there are.
pub(super) fn findings(evidence: &Evidence<'_>, inspection: &Inspection) -> Vec<Finding> {
    let sessions = &evidence.profiles.sources.sessions;
    let pins: Pins = sessions.pins(&evidence.agent.id, evidence.now.as_millisecond());
    let selected = evidence.selected.iter().flatten();
    let mut selected = selected.filter_map(|selected| selected.profile.as_ref());
    let selected = selected.next().map(|chosen| chosen.id.as_str());
    let told = pins.profiles.iter().filter_map(|(id, count)| {
        let is_there = inspection.ids.iter().any(|known| known.trim() == id);
        let pin = Pin {
            id: shown(id),
            count: *count,
        };
        if !is_there {
            Some(pin.of_gone_profile())
        } else if selected == Some(id) {
            None
        } else {
            pin.of_other_profile(evidence.route)
        }
    });
    told.collect()
}

struct Pin<'a> {
    id: &'a str,
    count: Count,
}

impl Pin<'_> {
    /// OpenClaw takes back what a session names and is gone; what a codex thread names it insists
    /// on.
    fn of_gone_profile(&self) -> Finding {
        let id = self.id;
        let finding = match self.count.threads {
            0 => Finding::warning(
                "session-pin",
                format!(
                    "{} pinned to {id}, which is no longer there: OpenClaw gives that up at the next turn, or fails",
                    counted(self.count.users + self.count.automatic, "session")
                ),
            )
            .fix("/model <model>    (in each of these chats, without a profile)"),
            threads => Finding::error(
                "session-pin",
                format!(
                    "{} bound to {id}, which is no longer there: their turns fail with \"Codex app-server auth profile … was not found.\"",
                    counted(threads, "codex thread")
                ),
            )
            .fix("/new    (in each of these chats)"),
        };
        self.with_evidence(finding, false)
    }

    /// What OpenClaw itself pins it takes back where the order says otherwise.
    fn of_other_profile(&self, route: Route) -> Option<Finding> {
        let Count { users, threads, .. } = self.count;
        let (what, fix) = match (users, threads) {
            (0, 0) => return None,
            (0, threads) => (
                counted(threads, "codex thread"),
                "/new    (in each of these chats)",
            ),
            (sessions, _) => (
                counted(sessions, "session"),
                "/model <model>    (in each of these chats, without a profile)",
            ),
        };
        let instead = match route {
            Route::CodexHome => "and not by the login in codex-home",
            _ => "whatever else the agent goes by",
        };
        let message = format!(
            "{what} pinned to {}: their turns go by it, {instead}",
            self.id
        );
        Some(self.with_evidence(Finding::warning("session-pin", message).fix(fix), true))
    }

    fn with_evidence(&self, finding: Finding, exists: bool) -> Finding {
        let count = self.count;
        finding
            .with("profile_id", self.id)
            .with("exists", exists)
            .with("by_user", count.users)
            .with("by_openclaw", count.automatic)
            .with("threads", count.threads)
    }
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what} is"),
        _ => format!("{count} {what}s are"),
    }
}
