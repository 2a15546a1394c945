//! The agent that OpenClaw does not start because of a login in its codex home: what becomes of that
//! login, in words that are the same for all of whom it is true, so that they are told once.

use crate::agent::Agent;
use crate::agent::evidence::Evidence;
use crate::agent::findings::Finding;
use crate::agent::import::can_be_taken;
use crate::agent::mend::Mend;
use crate::agent::verdict::{State, Verdict};
use crate::codex::auth::{AuthFile, Method};

const CODE: &str = "route-unsupported";

/// What can be done with the login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It is handed over as it is.
    HandOver,
    /// A new one is made, for this reason.
    Anew(&'static str),
    /// A new one is made, and not from here.
    NotOurs,
}

impl Evidence<'_> {
    pub(super) fn blocked(&self) -> (State, Option<Finding>) {
        let way = self.way();
        let auth = self.agent.home.auth_json();
        let mut finding = Finding::error(CODE, way.told(self.agent))
            .at(&auth)
            .maybe_fix(self.profiles.login(self.agent));
        if let AuthFile::Whole(login) = &self.file {
            let end = login.access_expires_at;
            finding = finding.with("access_expires_at", end.map(|end| format!("{end:.0}")));
        }
        (State::Blocked, Some(finding.mend(self.unblocked())))
    }

    /// A login that is good spares a new one; any other is of no use there, and whoever wants it can
    /// have it back.
    pub(super) fn unblocked(&self) -> Mend {
        let file = self.agent.home.auth_json();
        if self.way() == Way::HandOver {
            let agent = self.agent.id.clone();
            Mend::Import { agent, file }
        } else {
            Mend::PutAside(file)
        }
    }

    /// A login that is good spares a new one, where it can be handed over from here.
    fn way(&self) -> Way {
        if !self.profiles.takes_logins() {
            return Way::NotOurs;
        }
        let file = self.agent.home.auth_json();
        let is_file = file.symlink_metadata().is_ok_and(|meta| meta.is_file());
        match (can_be_taken(&self.file, self.now), &self.file) {
            _ if !is_file => Way::Anew("auth.json is no file of its own"),
            (Ok(_), _) if self.is_known() => Way::Anew("OpenClaw has had it already"),
            (Ok(_), _) => Way::HandOver,
            (Err(_), AuthFile::Whole(login)) if login.method == Method::Chatgpt => {
                Way::Anew("its access token has run out, or is about to")
            }
            (Err(_), AuthFile::Whole(_)) => Way::Anew("it is no login with ChatGPT"),
            (Err(_), _) => Way::Anew("auth.json is damaged"),
        }
    }
}

impl Evidence<'_> {
    /// Whether OpenClaw's store has the login, or it has no refresh token to tell that by.
    fn is_known(&self) -> bool {
        let token = self.token.as_ref().map(|place| place.refresh);
        token.is_none_or(|token| self.profiles.holding(self.agent, token).is_some())
    }
}

impl Way {
    fn told(self, agent: &Agent) -> String {
        let openclaw = agent.openclaw_options().trim_end();
        let doctor = format!("codex-login doctor --fix {openclaw}");
        let doctor = doctor.trim_end();
        let because =
            "OpenClaw does not start it because of a login in codex-home that it never reads";
        match self {
            Way::HandOver => format!(
                "{because}, and that is still good: codex-login hands it over, no browser is needed, and so does `{doctor}`"
            ),
            Way::Anew(why) => format!(
                "{because}, and that cannot be handed over ({why}): codex-login makes a new one; `{doctor}` only puts the file aside"
            ),
            Way::NotOurs => format!(
                "{because}: log in to OpenClaw's own store, or have `{doctor}` put the file aside"
            ),
        }
    }
}

/// What is otherwise good is of no use where somebody else has its refresh token, too.
pub(crate) fn tell_shared(agent: &Agent, verdict: &mut Verdict) {
    let findings = verdict.findings.iter_mut();
    for finding in findings.filter(|finding| finding.mends.iter().any(Mend::is_import)) {
        let way = Way::Anew("another place has its refresh token, too");
        if finding.code == CODE {
            finding.message = way.told(agent);
        }
        finding.mends = vec![Mend::PutAside(agent.home.auth_json())];
    }
}
