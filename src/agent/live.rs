//! Whether OpenAI accepts a login, asked through codex's app-server. It runs in a staging home on a
//! copy of the login that cannot be refreshed: whatever codex tries, the agent's own stays as it is.

use std::ffi::OsString;
use std::io;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::agent::Agent;
use crate::agent::ask::Codex;
use crate::agent::findings::Finding;
use crate::agent::verdict::{Live, NextTurn, State, Verdict};
use crate::codex::app_server::{self, Answer};
use crate::codex::auth::Method;
use crate::codex::environment;
use crate::codex::lock::HomeLock;
use crate::codex::probe;
use crate::codex::stage::{self, Stage};
use crate::codex::status::{Says, Word};
use crate::process::converse::{Heard, Talk, converse_all};
use crate::process::plan::ChildPlan;
use crate::process::signals::Watch;

/// Each takes some 100 MB and waits for the network.
const AT_A_TIME: usize = 4;

/// OpenAI answers within a second.
const LIMIT: Duration = Duration::from_secs(15);

/// Codex refreshes an access token five minutes before its end; clocks may differ by as much.
const MARGIN: SignedDuration = SignedDuration::from_mins(10);

/// Adds OpenAI's word to each judgement, where it can be asked for; or gives the signal that came
/// first.
pub(super) fn ask(
    codex: Codex<'_>,
    watch: &mut Watch,
    now: Timestamp,
    judged: Vec<(&Agent, &mut Verdict)>,
) -> Result<(), i32> {
    let mut asked = Vec::new();
    for (agent, verdict) in judged {
        match is_askable(verdict, now) {
            Ok(true) => asked.push((agent, verdict)),
            Ok(false) => {}
            Err(why) => {
                let message = format!("OpenAI was not asked: {why}");
                let finding = Finding::warning("live-not-asked", message);
                verdict.findings.push(finding);
            }
        }
    }
    for some in asked.chunks_mut(AT_A_TIME) {
        ask_some(codex, watch, some)?;
    }
    Ok(())
}

/// Whether to ask; or why not, where the state does not say that already.
fn is_askable(verdict: &Verdict, now: Timestamp) -> Result<bool, String> {
    if verdict.of_home != State::Ready {
        return match verdict.next_turn {
            NextTurn::Profile { .. } if verdict.state == State::Ready => {
                Err("codex knows nothing of the profile that the agent goes by".to_owned())
            }
            _ => Ok(false),
        };
    }
    match (verdict.codex_says, &verdict.login) {
        (Some(Says::LoggedIn(Word::Stored(Method::Chatgpt))), Some(login)) => {
            match login.access_expires_at {
                Some(end) if end.duration_since(now) > MARGIN => Ok(true),
                Some(end) => Err(format!(
                    "the access token runs out at {end:.0}, and codex would refresh it"
                )),
                None => Err(
                    "the access token does not say when it runs out, and codex might refresh it"
                        .to_owned(),
                ),
            }
        }
        (Some(Says::LoggedIn(_)), _) => {
            Err("codex can ask it about a login with ChatGPT alone".to_owned())
        }
        _ => Ok(false),
    }
}

/// Asks about these at once.
fn ask_some(
    codex: Codex<'_>,
    watch: &mut Watch,
    some: &mut [(&Agent, &mut Verdict)],
) -> Result<(), i32> {
    let mut staged = Vec::new();
    let mut plans = Vec::new();
    for (agent, verdict) in some {
        match stage(codex, agent) {
            Ok((stage, plan)) => {
                staged.push((*agent, verdict, stage));
                plans.push(plan);
            }
            Err(error) => {
                let home = agent.home.path().display();
                verdict.unknown(&format!("could not stage a copy in {home}: {error}"));
            }
        }
    }
    let talk = Talk {
        words: app_server::QUESTION,
        meaning: Answer::of_line,
        limit: LIMIT,
    };
    let heard = match converse_all(plans, talk, watch) {
        Ok(heard) => heard?,
        Err(error) => staged.iter().map(|_| Err(error.kind().into())).collect(),
    };
    for ((agent, verdict, stage), heard) in staged.into_iter().zip(heard) {
        verdict.hear(agent, heard);
        let path = stage.path().to_owned();
        if let Err(error) = stage.remove() {
            let message = format!("could not remove {}: {error}", path.display());
            let finding = Finding::warning("stage-left", message);
            verdict.findings.push(finding);
        }
    }
    Ok(())
}

/// A staging home with a copy of the agent's login, and the app-server in it.
fn stage(codex: Codex<'_>, agent: &Agent) -> io::Result<(Stage, ChildPlan)> {
    let home = &agent.home;
    // What a run that was killed has left; not while a login is under way.
    if stage::has_leftovers(home)
        && let Ok(lock) = HomeLock::take(home, Timestamp::now())
    {
        stage::clear_leftovers(home, &lock)?;
    }
    let copy = probe::copy_without_refresh_token(&home.auth_json())
        .ok_or_else(|| io::Error::other("auth.json has just changed"))?;
    let stage = Stage::make_beside(home)?;
    stage.write_auth(&copy)?;
    let env = environment::for_probe(codex.inherited, stage.path(), home.path());
    let args = app_server::args(stage.path())
        .into_iter()
        .map(OsString::from);
    let plan = codex.launcher.plan(args, env, stage.path());
    Ok((stage, plan))
}

impl Verdict {
    fn hear(&mut self, agent: &Agent, heard: io::Result<Heard<Answer>>) {
        match heard {
            Ok(Heard::Answer(Answer::Accepted)) => self.live = Some(Live::Accepted),
            Ok(Heard::Answer(Answer::Refused)) => self.refused(agent),
            Ok(Heard::Answer(Answer::Status(status))) => {
                self.unknown(&format!("it answered with status {status}"));
            }
            Ok(Heard::Answer(Answer::NoLogin)) => self.unknown(
                "codex would not use the login: its configuration may force another method or workspace",
            ),
            Ok(Heard::Answer(Answer::Failed)) => {
                self.unknown("codex could not reach it, or made nothing of its answer");
            }
            Ok(Heard::Nothing) => {
                self.unknown(&format!("no answer within {} seconds", LIMIT.as_secs()));
            }
            Ok(Heard::End) => self.unknown("codex ended without an answer"),
            Err(error) => self.unknown(&format!("codex could not be run: {}", error.kind())),
        }
    }

    /// Whether the refresh token still works nobody can know without using it up: that is what
    /// `expired` means.
    fn refused(&mut self, agent: &Agent) {
        self.live = Some(Live::Refused);
        if self.state == State::Ready {
            self.state = State::Expired;
        }
        let message = "OpenAI does not accept the login in codex-home (401): it is of use only if codex can still refresh it";
        let fix = format!("codex-login {} --force", agent.address);
        self.findings
            .push(Finding::error("login-refused", message).fix(fix));
    }

    fn unknown(&mut self, why: &str) {
        self.live = Some(Live::Unknown);
        let message = format!("OpenAI did not say whether it accepts the login: {why}");
        self.findings
            .push(Finding::warning("live-unknown", message));
    }
}
