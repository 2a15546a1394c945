//! What becomes of one agent's login.

use crate::agent::evidence::Ground;
use crate::agent::examine::Patient;
use crate::agent::examine::upgrade::{Ahead, Outcome, Told, kept_back, steps};
use crate::agent::verdict::{NextTurn, State};
use crate::codex::auth::Method;

/// What is said of an agent. `shares_with` has its login as well, and goes on with it.
pub(super) fn told(
    patient: &Patient<'_>,
    ground: &Ground,
    ahead: Ahead<'_>,
    shares_with: Option<&str>,
) -> Told {
    let verdict = &patient.verdict;
    let login = format!(
        "codex-login {}--agent {}",
        ahead.options_then, patient.agent.id
    );
    if let NextTurn::Profile {
        profile_id,
        owner,
        source,
        ..
    } = &verdict.next_turn
    {
        if owner != "codex-cli" {
            return of_profile(patient, ground, profile_id, source);
        }
        return Told {
            outcome: Outcome::Login,
            message: "it goes by the codex login of the gateway's user (~/.codex), which OpenClaw 2026.9.5 and later do not take: it needs a login of its own after the upgrade".to_owned(),
            fix: Some(login),
        };
    }
    let (outcome, message) = of_home(patient, shares_with);
    let fix = match outcome {
        Outcome::Unknown => None,
        Outcome::ApiKey => steps::paste_api_key(ground, &patient.agent.id),
        _ if shares_with.is_some() => {
            Some(format!("codex-login {} --force", patient.agent.address))
        }
        _ => Some(login),
    };
    let kept_back = kept_back(patient);
    let message = match kept_back.first() {
        Some(first) if outcome != Outcome::Unknown => format!(
            "{message}; {first}{}, which an empty `auth.order` keeps from being used now, can take its place then",
            if kept_back.len() > 1 {
                " and others"
            } else {
                ""
            }
        ),
        _ => message,
    };
    Told {
        outcome,
        message,
        fix,
    }
}

/// What becomes of an agent that goes by its codex home, or by nothing.
fn of_home(patient: &Patient<'_>, shares_with: Option<&str>) -> (Outcome, String) {
    let verdict = &patient.verdict;
    let login = verdict.login.as_ref();
    let method = login.map_or(Method::Chatgpt, |login| login.method);
    let end = login.and_then(|login| login.access_expires_at);
    let stops = "OpenClaw 2026.8.1 and later do not start the agent while auth.json is there";
    match verdict.state {
        State::Ready if method == Method::ApiKey => (
            Outcome::ApiKey,
            format!("{stops}, and codex-login imports no API key: give the key to OpenClaw itself"),
        ),
        State::Ready if method != Method::Chatgpt => (
            Outcome::Login,
            format!("{stops}, and take no login of this kind ({}): it needs a new login after the upgrade", method.word()),
        ),
        State::Ready => match (shares_with, end) {
            (Some(other), _) => (
                Outcome::Login,
                format!("its refresh token is {other}'s as well, and only one of them can be imported: give it a login of its own before the upgrade"),
            ),
            (None, Some(end)) => (
                Outcome::Import,
                format!("{stops}, until codex-login has imported it: without a new login until {end:.0}"),
            ),
            (None, None) => (
                Outcome::Import,
                format!("{stops}, until codex-login has imported it: without a new login as long as the access token is good"),
            ),
        },
        State::Expired => (
            Outcome::Login,
            format!("{stops}, and its access token has run out: unless a turn refreshes it before the upgrade it needs a new login after it"),
        ),
        State::Elsewhere => (
            Outcome::Login,
            "its login is in a keyring, which OpenClaw 2026.8.1 and later do not look at: it needs a new login after the upgrade".to_owned(),
        ),
        State::Damaged => (
            Outcome::Login,
            format!("{stops}, and it is no login: it needs a new one after the upgrade"),
        ),
        State::LoggedOut => (
            Outcome::Nothing,
            match verdict.next_turn {
                NextTurn::ApiKeyEnv { variable } => format!("it has no login to lose, and uses {variable} of the gateway, which OpenClaw 2026.8.1 and later take for models on an API key's route alone: log it in after the upgrade"),
                _ => "it has no login to lose: log it in after the upgrade".to_owned(),
            },
        ),
        _ => (
            Outcome::Unknown,
            "what the upgrade does to it cannot be known: its other findings say why".to_owned(),
        ),
    }
}

/// What becomes of an agent that goes by a profile of OpenClaw's.
fn of_profile(patient: &Patient<'_>, ground: &Ground, id: &str, source: &str) -> Told {
    let goes_on = format!("it goes on by {id}");
    let is_moved = !ground.profiles.sources.era.has_databases();
    if !is_moved {
        return Told {
            outcome: Outcome::Profile,
            message: format!("{goes_on}; codex-home is not read, and does no harm"),
            fix: None,
        };
    }
    let renamed = match id.strip_prefix("openai-codex:") {
        Some(rest) => format!(" as openai:{rest}"),
        None => String::new(),
    };
    let sealed = if patient.examined.is_sealed {
        "; its tokens are in a file of their own: run that on a terminal of this machine, where their key is"
    } else {
        ""
    };
    let openclaw = ground.profiles.openclaw.as_ref();
    Told {
        outcome: Outcome::MovedProfile,
        message: format!(
            "{goes_on}, once OpenClaw's doctor has moved it from {source} into a database{renamed}: until then OpenClaw 2026.8.1 and later refuse the agent{sealed}"
        ),
        fix: openclaw.map(|openclaw| format!("{openclaw} doctor --fix")),
    }
}
