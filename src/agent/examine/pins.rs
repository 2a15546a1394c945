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
        let is_own = inspection.ids.iter().any(|known| known.trim() == id);
        let is_there = is_own || evidence.profiles.sources.has_inherited(id);
        let pin = Pin {
            id: shown(id),
            count: *count,
        };
        if !is_there {
            Some(pin.of_gone_profile())
        } else if selected == Some(id) {
            None
        } else {
            let kept_back = inspection.kept_back.as_ref();
            let by_order = kept_back.filter(|(_, ids)| ids.contains(id));
            pin.of_other_profile(
                evidence.route,
                by_order.map(|(provider, _)| provider.as_str()),
            )
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
            .fix("/model <model>    # in each of these chats, without a profile"),
            threads => Finding::error(
                "session-pin",
                format!(
                    "{} bound to {id}, which is no longer there: their turns fail with \"Codex app-server auth profile … was not found.\"",
                    counted(threads, "codex thread")
                ),
            )
            .fix("/new    # in each of these chats"),
        };
        self.with_evidence(finding, false)
    }

    /// What OpenClaw itself pins it takes back where the order says otherwise. `emptied` is the
    /// provider whose empty order keeps the profile from being used: replies to messages pass over
    /// the pin then, and what `openclaw agent` runs does not.
    fn of_other_profile(&self, route: Route, emptied: Option<&str>) -> Option<Finding> {
        let Count { users, threads, .. } = self.count;
        let (what, fix) = match (users, threads) {
            (0, 0) => return None,
            (0, threads) => (
                counted(threads, "codex thread"),
                "/new    # in each of these chats",
            ),
            (sessions, _) => (
                counted(sessions, "session"),
                "/model <model>    # in each of these chats, without a profile",
            ),
        };
        let (its, them) = match users.max(threads) {
            1 => ("its", "it"),
            _ => ("their", "them"),
        };
        let turns = match (route, emptied) {
            (Route::CodexHome, Some(provider)) if threads == 0 => format!(
                "what `openclaw agent` runs in {them} goes by the profile, and not by the login in codex-home; replies to messages do not as long as `auth.order.{provider}` is empty"
            ),
            (Route::CodexHome, _) => {
                format!("{its} turns go by the profile, and not by the login in codex-home")
            }
            _ => format!("{its} turns go by the profile, whatever else the agent goes by"),
        };
        let message = format!("{what} pinned to {}: {turns}", self.id);
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
