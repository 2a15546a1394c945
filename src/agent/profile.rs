//! The profile that OpenClaw would use for an agent, in place of codex's own login or as the only
//! thing that it goes by.

use std::path::Path;
use std::sync::OnceLock;

use jiff::Timestamp;

use crate::agent::Agent;
use crate::agent::findings::Finding;
use crate::agent::pause;
use crate::agent::remedy::LoginBy;
use crate::agent::shadow::Shadow;
use crate::agent::verdict::{Account, NextTurn, State};
use crate::codex::cli_login::CliLogin;
use crate::codex::redact;
use crate::fingerprint::Fingerprint;
use crate::openclaw::profiles::era::Era;
use crate::openclaw::profiles::overlay::CodexCliLogin;
use crate::openclaw::profiles::select::{Chosen, Selected};
use crate::openclaw::profiles::shadows::Shadowing;
use crate::openclaw::profiles::sources::{Sources, Trouble};
use crate::openclaw::profiles::store::Owner;
use crate::openclaw::route::Route;

/// An id that is longer may be something else that stands in the wrong place.
const LONGEST_ID: usize = 200;

/// The profiles of all agents.
#[derive(Clone, Debug)]
pub(crate) struct Profiles {
    pub(super) sources: Sources,
    /// How OpenClaw's own commands are started for this configuration; `None` where they are inside a
    /// virtual machine.
    pub(super) openclaw: Option<String>,
    pub(super) has_main: bool,
    pub(super) login_by: LoginBy,
    /// The login of the gateway's user, once it was looked for.
    login: OnceLock<Option<CodexCliLogin>>,
}

/// What a profile makes of an agent.
pub(crate) struct Judged {
    pub(crate) state: State,
    pub(crate) next_turn: NextTurn,
    pub(crate) findings: Vec<Finding>,
}

impl Profiles {
    /// `has_main` says whether an agent of the configuration is called so.
    pub(crate) fn of(
        sources: &Sources,
        openclaw: Option<String>,
        has_main: bool,
        login_by: LoginBy,
    ) -> Profiles {
        Profiles {
            sources: sources.clone(),
            openclaw,
            has_main,
            login_by,
            login: OnceLock::new(),
        }
    }

    /// The same, with no store read yet.
    pub(crate) fn afresh(&self) -> Profiles {
        Profiles {
            sources: self.sources.afresh(),
            login: OnceLock::new(),
            ..self.clone()
        }
    }

    /// Which profile of the agent's holds the login with this refresh token.
    pub(crate) fn holding(&self, agent: &Agent, login: Fingerprint) -> Option<String> {
        let mut tokens = self.tokens(agent).into_iter();
        let found = tokens.find(|(_, refresh)| *refresh == Some(login))?;
        Some(found.0)
    }

    /// The profiles of the agent's own, each with what tells its refresh token from others.
    pub(crate) fn tokens(&self, agent: &Agent) -> Vec<(String, Option<Fingerprint>)> {
        let held = self.sources.held_by(&agent.dir);
        let of_all = self.sources.is_main(&agent.dir);
        let of_all = of_all.then(|| self.sources.held_by_all());
        let held = held.into_iter().chain(of_all.into_iter().flatten());
        held.filter(|held| held.is_read)
            .map(|held| (held.profile, held.refresh))
            .collect()
    }

    /// The `auth.json` of the gateway's user, where it is known.
    pub(crate) fn auth_of_user(&self) -> Option<&Path> {
        self.sources.codex_cli.as_deref()
    }

    /// What OpenClaw would select for the agent.
    pub(crate) fn selected(&self, agent: &Agent, now: Timestamp) -> Result<Selected, Trouble> {
        let (login, now) = self.asked(now);
        self.sources.select(&agent.dir, login, now)
    }

    /// What is to be known beside the stores: the login of the gateway's user, and the time, in
    /// milliseconds.
    pub(super) fn asked(&self, now: Timestamp) -> (Option<&CodexCliLogin>, f64) {
        let login = self.login.get_or_init(|| self.codex_cli());
        (login.as_ref(), milliseconds(now))
    }

    /// What would have to be taken out of stores of JSON until nothing is selected for the agent.
    pub(super) fn shadows(
        &self,
        agent: &Agent,
        now: Timestamp,
    ) -> Result<Option<Vec<Shadowing>>, Trouble> {
        let login = self.login.get_or_init(|| self.codex_cli());
        let now = milliseconds(now);
        self.sources.shadows(&agent.dir, login.as_ref(), now)
    }

    /// The variable of the gateway that has an API key.
    pub(crate) fn api_key(&self) -> Option<&'static str> {
        self.sources.api_key
    }

    /// What is to be said where the login of the gateway's user is out of sight, inside a virtual
    /// machine, and could go before the agent's own.
    pub(crate) fn unseen(&self) -> Option<Finding> {
        let is_unseen = self.sources.codex_cli.is_none() && self.sources.era < Era::V9_5;
        is_unseen.then(|| {
            Finding::warning(
                "codex-cli-unseen",
                "whether the gateway's user has a codex login of its own (~/.codex) cannot be seen from here: one would go before codex-home",
            )
        })
    }

    fn codex_cli(&self) -> Option<CodexCliLogin> {
        let found = CliLogin::read(self.sources.codex_cli.as_deref()?)?;
        Some(CodexCliLogin {
            has_tokens: found.has_tokens,
            expires: found.expires,
            written: found.written,
            account_id: found.account_id,
            is_of_chatgpt: found.is_of_chatgpt,
        })
    }

    /// The judgement where a profile decides, or nobody can know whether one does.
    pub(crate) fn judged(
        &self,
        agent: &Agent,
        selected: &Result<Selected, Trouble>,
        (route, of_home): (Route, State),
        now: Timestamp,
    ) -> Option<Judged> {
        match selected {
            Err(trouble) => Some(self.in_trouble(trouble, route)),
            Ok(selected) => {
                let chosen = selected.profile.as_ref()?;
                let ordered_by = &selected.ordered_by;
                Some(self.of_chosen(agent, chosen, ordered_by, (route, of_home), now))
            }
        }
    }

    fn of_chosen(
        &self,
        agent: &Agent,
        chosen: &Chosen,
        ordered_by: &[Owner],
        (route, of_home): (Route, State),
        now: Timestamp,
    ) -> Judged {
        tracing::debug!(
            agent = agent.id,
            profile = shown(&chosen.id),
            owner = owner(agent, chosen),
            store = %chosen.path.display(),
            rule = chosen.rule.word(),
            "goes by a profile"
        );
        let expires_at = chosen.expires.time().and_then(timestamp);
        let has_run_out = expires_at.filter(|end| *end <= now);
        let (state, finding) = if route == Route::CodexHome {
            let shadow = Shadow {
                agent,
                chosen,
                ordered_by,
                has_run_out,
                of_home,
                now,
            };
            (State::Shadowed, Some(self.shadow(&shadow)))
        } else {
            self.relied_on(agent, chosen, has_run_out)
        };
        let mut findings: Vec<_> = finding.into_iter().collect();
        // What goes before the codex home has its way out in the finding about that.
        let login = (route == Route::Import).then(|| self.login(agent));
        findings.extend(pause::finding(chosen, login.flatten(), now));
        findings.extend(secret_missing(chosen));
        let next_turn = NextTurn::Profile {
            profile_id: shown(&chosen.id).to_owned(),
            owner: owner(agent, chosen),
            kind: chosen.kind.word(),
            expires_at,
            source: chosen.path.display().to_string(),
            rule: chosen.rule.word(),
            account: Account {
                email: chosen.email.as_deref().map(shown).map(str::to_owned),
                account_id: chosen.account_id.as_deref().map(shown).map(str::to_owned),
            },
        };
        Judged {
            state,
            next_turn,
            findings,
        }
    }

    /// What it makes of an agent that has nothing else to go by.
    fn relied_on(
        &self,
        agent: &Agent,
        chosen: &Chosen,
        has_run_out: Option<Timestamp>,
    ) -> (State, Option<Finding>) {
        match has_run_out {
            _ if pause::was_refused(chosen) => (State::Expired, None),
            None => (State::Ready, None),
            Some(end) => {
                let message = format!(
                    "the access token of {} ran out at {end:.0}; the next turn works only if OpenClaw can still refresh it",
                    shown(&chosen.id)
                );
                let finding = Finding::error("expired", message).maybe_fix(self.login(agent));
                (State::Expired, Some(finding))
            }
        }
    }
}

/// Up to 2026.5.16 tokens are in a file of their own, without which OpenClaw selects the profile
/// all the same, and fails.
fn secret_missing(chosen: &Chosen) -> Option<Finding> {
    let reference = chosen.reference.as_ref()?;
    let message = format!(
        "the secret that {} refers to is missing or damaged, credentials/auth-profiles/{}.json: the agent cannot start with it",
        shown(&chosen.id),
        reference.id
    );
    Some(Finding::error("profile-secret-missing", message))
}

fn owner(agent: &Agent, chosen: &Chosen) -> String {
    match chosen.owner {
        Owner::Main => "main".to_owned(),
        Owner::Agent => agent.id.clone(),
        Owner::CodexCli => "codex-cli".to_owned(),
    }
}

/// What stands between the parts of an id, of which any may be a token.
fn is_no_part(c: char) -> bool {
    !c.is_ascii_alphanumeric() && !"_-.".contains(c)
}

/// The id, unless it may be a token that somebody put in its place.
pub(crate) fn shown(id: &str) -> &str {
    let is_secret = id.len() > LONGEST_ID || id.split(is_no_part).any(redact::begins_as_token);
    if is_secret { "[hidden]" } else { id }
}

#[expect(clippy::cast_precision_loss, reason = "JavaScript's times are these")]
fn milliseconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64
}

/// A time as JavaScript has it; `None` where it is out of range.
pub(super) fn timestamp(milliseconds: f64) -> Option<Timestamp> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is out of range is no time"
    )]
    let milliseconds = milliseconds as i64;
    Timestamp::from_millisecond(milliseconds).ok()
}
