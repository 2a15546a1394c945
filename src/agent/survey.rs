//! The judgement of many agents: of each as the owner of its home, and codex asked about those of
//! one owner together.

use jiff::Timestamp;

use crate::agent::Agent;
use crate::agent::ask::{Codex, NoAnswer};
use crate::agent::evidence::{Evidence, Ground};
use crate::agent::examine::{self, Examined};
use crate::agent::findings::{Finding, Severity};
use crate::agent::live;
use crate::agent::user::User;
use crate::agent::verdict::{Live, State, Verdict};
use crate::codex::status::Says;
use crate::error::Problem;
use crate::process::identity::Vars;
use crate::process::signals::Watch;

/// What a survey rests on.
pub(crate) struct Survey<'a> {
    pub(crate) ground: &'a Ground,
    /// Our own environment.
    pub(crate) inherited: &'a Vars,
    /// Who we are.
    pub(crate) ours: u32,
    /// Whether all that `doctor` wants to know is looked at.
    pub(crate) is_thorough: bool,
    /// Whom to ask; without one the files alone are judged.
    pub(crate) codex: Option<(Codex<'a>, &'a mut Watch)>,
    /// Whether to ask OpenAI, too.
    pub(crate) live: bool,
}

/// What came of one agent.
pub(crate) struct Surveyed {
    pub(crate) verdict: Verdict,
    /// Nothing unless that was wanted.
    pub(crate) examined: Examined,
    /// Why codex was not asked, where it could not be run.
    pub(crate) without_codex: Option<Problem>,
}

impl Survey<'_> {
    /// The judgements, in the order of the agents; or the signal that ended the asking.
    pub(crate) fn of(mut self, agents: &[Agent]) -> Result<Vec<Surveyed>, i32> {
        let users: Vec<_> = agents.iter().map(|agent| self.user_of(agent)).collect();
        let mut distinct: Vec<User> = Vec::new();
        for user in users.iter().flatten() {
            if !distinct.contains(user) {
                distinct.push(*user);
            }
        }
        let mut all: Vec<_> = agents.iter().map(|_| None).collect();
        for (index, user) in users.iter().enumerate() {
            if let Err(problem) = user {
                all[index] = Some(self.not_as_anybody(&agents[index], problem));
            }
        }
        for user in distinct {
            let is_of_user = |index: &usize| users[*index].as_ref().ok() == Some(&user);
            let members: Vec<_> = (0..agents.len()).filter(is_of_user).collect();
            let group: Vec<_> = members.iter().map(|index| &agents[*index]).collect();
            for (index, surveyed) in members.into_iter().zip(self.of_one_user(user, &group)?) {
                all[index] = Some(surveyed);
            }
        }
        let mut all: Vec<_> = all.into_iter().flatten().collect();
        for surveyed in all.iter_mut().filter(|_| self.live) {
            surveyed.verdict.live.get_or_insert(Live::NotAsked);
        }
        Ok(all)
    }

    /// The agents that are ready, with their judgements.
    pub(crate) fn ready(self, agents: &[Agent]) -> Vec<(&Agent, Verdict)> {
        let surveyed = self.of(agents).unwrap_or_default();
        let verdicts = surveyed.into_iter().map(|surveyed| surveyed.verdict);
        let judged = agents.iter().zip(verdicts);
        judged
            .filter(|(_, verdict)| verdict.state == State::Ready)
            .collect()
    }

    fn user_of(&self, agent: &Agent) -> Result<User, Problem> {
        if self.codex.is_none() || !agent.has_home().unwrap_or(false) {
            return Ok(User::who_reads(agent, self.ours));
        }
        let again = format!("codex-login status {}", agent.address);
        User::of(agent, self.ours, &again)
    }

    fn of_one_user(&mut self, user: User, agents: &[&Agent]) -> Result<Vec<Surveyed>, i32> {
        let (ground, is_thorough, live) = (self.ground, self.is_thorough, self.live);
        let codex = &mut self.codex;
        let done = user.work(self.inherited, |vars| {
            let (says, problem) = match codex {
                None => (vec![None; agents.len()], None),
                Some((codex, watch)) => match ask(codex.of(user, vars), watch, agents) {
                    Ok(says) => (says, None),
                    Err(NoAnswer::Signal(signal)) => return Err(signal),
                    Err(NoAnswer::Problem(problem)) => (vec![None; agents.len()], Some(problem)),
                },
            };
            let judged = agents.iter().zip(says).map(|(agent, says)| {
                let (verdict, examined) = judge(agent, ground, says, is_thorough);
                Surveyed {
                    verdict,
                    examined,
                    without_codex: problem.clone(),
                }
            });
            let mut judged: Vec<_> = judged.collect();
            if let Some((codex, watch)) = codex.as_mut().filter(|_| live) {
                let codex = codex.of(user, vars);
                ask_openai(codex, watch, ground.now, agents, &mut judged)?;
            }
            Ok(judged)
        });
        done.unwrap_or_else(|problem| {
            let told = agents
                .iter()
                .map(|agent| self.not_as_anybody(agent, &problem));
            Ok(told.collect())
        })
    }

    /// Codex would leave files of the wrong user's; what can be read tells something all the same.
    fn not_as_anybody(&self, agent: &Agent, problem: &Problem) -> Surveyed {
        let read = || judge(agent, self.ground, None, self.is_thorough);
        let reader = User::who_reads(agent, self.ours);
        let (mut verdict, examined) = reader
            .work(self.inherited, |_| read())
            .unwrap_or_else(|_| read());
        let mut finding = Finding::of_problem(problem);
        // That we are somebody else is nothing about the agent.
        if problem.code == "wrong-user" {
            finding.severity = Severity::Warning;
            finding.message = format!("codex was not asked: {problem}");
        }
        if self.codex.is_some() {
            verdict.findings.push(finding);
        }
        Surveyed {
            verdict,
            examined,
            without_codex: None,
        }
    }
}

fn judge(
    agent: &Agent,
    ground: &Ground,
    says: Option<Says>,
    is_thorough: bool,
) -> (Verdict, Examined) {
    let evidence = Evidence::gather(agent, ground);
    let examined = is_thorough.then(|| examine::agent(&evidence, ground));
    (evidence.judge(says), examined.unwrap_or_default())
}

/// Codex's word on each that has a home.
fn ask(
    codex: Codex<'_>,
    watch: &mut Watch,
    agents: &[&Agent],
) -> Result<Vec<Option<Says>>, NoAnswer> {
    let asked: Vec<_> = agents
        .iter()
        .map(|agent| agent.has_home().unwrap_or(false))
        .collect();
    let plans: Vec<_> = agents
        .iter()
        .zip(&asked)
        .filter(|(_, asked)| **asked)
        .map(|(agent, _)| codex.plan(agent.home.path(), ["login", "status"]))
        .collect();
    if plans.is_empty() {
        return Ok(vec![None; agents.len()]);
    }
    codex
        .user
        .refuse_unreachable_codex(codex.launcher)
        .map_err(NoAnswer::Problem)?;
    let mut answers = codex.ask(plans, watch)?.into_iter();
    Ok(asked
        .into_iter()
        .map(|asked| if asked { answers.next() } else { None })
        .collect())
}

/// OpenAI's word on each that has a login of which it can be asked.
fn ask_openai(
    codex: Codex<'_>,
    watch: &mut Watch,
    now: Timestamp,
    agents: &[&Agent],
    judged: &mut [Surveyed],
) -> Result<(), i32> {
    let verdicts = judged.iter_mut().map(|surveyed| &mut surveyed.verdict);
    let judged = agents.iter().copied().zip(verdicts).collect();
    live::ask(codex, watch, now, judged)
}
