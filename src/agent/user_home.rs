//! What of OpenClaw's profiles matters to an agent that uses the home of the gateway's user: they are
//! never logged in there, and yet say which kind of account OpenClaw wants to find.

use crate::agent::Whose;
use crate::agent::evidence::Evidence;
use crate::agent::findings::Finding;
use crate::agent::profile::shown;
use crate::codex::auth::{AuthFile, Method};
use crate::openclaw::profiles::era::Era;

impl Evidence<'_> {
    /// From 2026.8.1 on a turn fails where the account in the home is of another kind than the
    /// profile that OpenClaw selects (`assertNativeCodexAccountMatchesRoute`).
    pub(super) fn other_account(&self) -> Option<Finding> {
        let is_compared = self.profiles.sources.era >= Era::V8_1;
        if self.agent.whose != Whose::Users || !is_compared {
            return None;
        }
        let AuthFile::Whole(login) = &self.file else {
            return None;
        };
        let selected = self.profiles.selected(self.agent, self.now).ok()?;
        let chosen = selected.profile?;
        let wants_key = chosen.kind.word() == "api_key";
        let (wanted, further) = match (wants_key, login.method) {
            (true, Method::Chatgpt) => ("an API key", " --with-api-key < key.txt"),
            (false, Method::ApiKey) => ("a login with ChatGPT", ""),
            _ => return None,
        };
        let message = format!(
            "OpenClaw selects {} and so wants {wanted} in the home that all agents share: with the login that is there ({}) its turns fail",
            shown(&chosen.id),
            login.method.word()
        );
        let again = format!("{} --force{further}", self.agent.login_command());
        let finding = Finding::error("user-home-account", message);
        Some(finding.with("profile_id", shown(&chosen.id)).fix(again))
    }
}
