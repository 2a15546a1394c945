//! The home of the gateway's user, where all agents use it (`homeScope` is `user`): one account for
//! all, and so nothing is done there in the name of one agent.

use crate::agent::{Agent, Whose};
use crate::error::{Problem, Status};
use crate::openclaw::notice::Notice;
use crate::target::Target;

impl Target {
    /// What stands for that home.
    pub(super) fn in_user_home(&self) -> Result<Agent, Problem> {
        match &self.openclaw.user_home {
            Some(Ok(home)) => Ok(Agent::of_user_home(
                home,
                self.openclaw.decided_by.clone(),
                &self.typed,
            )),
            Some(Err(why)) => Err(self.unknown_home(why)),
            None => Err(Problem::request(
                "no-user-home",
                format!(
                    "no agent of OpenClaw {}uses the Codex home of the gateway's user: a login there would be none of theirs (`homeScope` is not `user`, or this version does not know it)",
                    self.told_version()
                ),
            )
            .hint(format!("codex-login {}--all-agents", self.typed))),
        }
    }

    fn unknown_home(&self, why: &str) -> Problem {
        let message = format!("which Codex home all agents share is not known here: {why}");
        let problem = Problem::request("user-home-unknown", message);
        match self.zone.command_inside(None) {
            Some(inside) => problem.hint(format!("{inside} --user-home")),
            None => problem
                .hint("run as the gateway's user, with the gateway's CODEX_HOME if it has one"),
        }
    }

    /// Refuses a login that is to be one agent's.
    pub(super) fn refuse_one_of_user_home(&self, agents: &[&Agent]) -> Result<(), Problem> {
        if agents.iter().all(|agent| agent.whose == Whose::NoAgents) {
            return Ok(());
        }
        let problem = Problem::new("route-unsupported", Status::NotUsed, self.one_for_all());
        Err(problem.hint(match &self.openclaw.user_home {
            Some(Err(_)) => self.zone.command_inside(None).unwrap_or_else(|| {
                "run as the gateway's user, or set homeScope to `agent`".to_owned()
            }),
            _ => format!("codex-login {}--user-home", self.typed),
        }))
    }

    /// Refuses to work in the home of one agent where all use another.
    pub(crate) fn refuse_unknown_home(&self) -> Result<(), Problem> {
        match &self.openclaw.user_home {
            Some(Err(why)) => Err(self.unknown_home(why)),
            _ => Ok(()),
        }
    }

    /// Refuses a logout that is to be one agent's.
    pub(crate) fn refuse_logout_of_all(&self, agents: &[Agent]) -> Result<(), Problem> {
        self.refuse_unknown_home()?;
        if agents.iter().all(|agent| agent.whose != Whose::Users) {
            return Ok(());
        }
        let command = format!("codex-login logout {}--user-home", self.typed);
        Err(Problem::new("route-unsupported", Status::NotUsed, self.one_for_all()).hint(command))
    }

    /// What is to be known of an OpenClaw whose agents share a home.
    pub(super) fn of_user_home(&self) -> Option<Notice> {
        self.openclaw.user_home.as_ref()?;
        Some(Notice::new("user-home", self.one_for_all()))
    }

    /// That it is so, and where.
    pub(super) fn one_for_all(&self) -> String {
        let all = "`homeScope` is `user`: one account for all agents, whose codex goes by the login in the Codex home of the gateway's user, and by no profile";
        match &self.openclaw.user_home {
            Some(Ok(home)) => format!("{all}: {} ({})", home.value.display(), home.source),
            Some(Err(why)) => format!("{all}; which one is not known here: {why}"),
            None => all.to_owned(),
        }
    }
}
