//! The login that is in the codex home already, made for an OpenClaw that still read it: where it is
//! good and nobody else's, it spares a new one.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::agent::Agent;
use crate::agent::import::Flow;
use crate::agent::options;
use crate::agent::profile::shown;
use crate::codex::auth::{AuthFile, Login, Method, Refresh};
use crate::fingerprint::Fingerprint;

/// OpenClaw has a codex look at what it takes in, and codex refreshes a token of which less is left:
/// 2 minutes are too few, 20 enough, as measured with 0.153.
const MARGIN: SignedDuration = SignedDuration::from_mins(20);

/// A login that can be handed over as it is.
pub(super) struct AtHand {
    pub(super) login: Login,
    /// What tells it from others.
    pub(super) token: Fingerprint,
}

/// What there is.
pub(super) enum Found {
    Good(AtHand),
    /// One that is not handed over, and why.
    Useless(String),
    Nothing,
}

/// Whether OpenClaw can take in what `file` has, as far as that tells. Not whether somebody else has
/// it, too.
pub(crate) fn can_be_taken(file: &AuthFile, now: Timestamp) -> Result<&Login, String> {
    let login = match file {
        AuthFile::Whole(login) => login,
        AuthFile::Damaged(damage) => return Err(format!("it is damaged: {damage}")),
        AuthFile::Unreadable(why) => return Err(format!("it could not be read: {why}")),
        AuthFile::Absent => return Err("it is gone".to_owned()),
    };
    if login.method != Method::Chatgpt {
        let method = login.method.word();
        return Err(format!(
            "OpenClaw takes in logins with ChatGPT alone, and it is one by {method}"
        ));
    }
    match login.access_expires_at {
        // Whether it can be refreshed still only refreshing it would tell, which uses it up.
        Some(end) if end <= now => Err(format!("its access token ran out at {end:.0}")),
        Some(end) if end <= now + MARGIN => {
            Err(format!("its access token runs out at {end:.0} already"))
        }
        None => Err("it does not tell when its access token runs out".to_owned()),
        Some(_) => Ok(login),
    }
}

impl Flow<'_> {
    /// What the codex home has. To be asked as its owner.
    pub(super) fn at_hand(&self) -> Found {
        let agent = self.agent;
        let path = agent.home.auth_json();
        let Ok(meta) = path.symlink_metadata() else {
            return Found::Nothing;
        };
        let useless = |why: &str| Found::Useless(format!("{}: {why}", path.display()));
        if !meta.is_file() {
            return useless("it is no file of its own");
        }
        let (file, refresh) = AuthFile::read(&path);
        let login = match can_be_taken(&file, self.ground.now) {
            Ok(login) => login,
            Err(why) => return useless(&why),
        };
        let Some(Refresh { token, .. }) = refresh else {
            return useless("it has no refresh token");
        };
        if let Some(why) = self.logins.options.expect.refuse(login) {
            return useless(&why);
        }
        if let Some(other) = self.who_else_has(token) {
            return useless(&format!("its refresh token is also {other}"));
        }
        let login = login.clone();
        Found::Good(AtHand { login, token })
    }

    /// Where else this refresh token is: whoever refreshes it first breaks it for the others.
    fn who_else_has(&self, token: Fingerprint) -> Option<String> {
        let ground = &self.ground;
        let is_in = |path: &Path| {
            let refresh = AuthFile::read(path).1;
            refresh.is_some_and(|refresh| refresh.token == token)
        };
        let of_agent = |agent: &Agent| {
            let auth = agent.home.auth_json();
            if agent.id != self.agent.id && is_in(&auth) {
                return Some(format!("in {}", auth.display()));
            }
            let profile = ground.profiles.holding(agent, token)?;
            let profile = shown(&profile);
            Some(format!("in OpenClaw's store, as {profile} of {}", agent.id))
        };
        let of_user = ground.profiles.auth_of_user().filter(|auth| is_in(auth));
        let of_user = of_user.map(|auth| format!("in {}", auth.display()));
        of_user.or_else(|| self.import.every.iter().find_map(of_agent))
    }

    /// The command that asks for a new login, whatever there is.
    pub(super) fn anew(&self) -> String {
        let options = options::Options {
            force: true,
            ..self.logins.options.clone()
        };
        options.again(self.agent)
    }
}
