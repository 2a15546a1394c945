//! What must be true of a target before something is done in the home of an agent.

use crate::agent::Agent;
use crate::agent::kept::Kept;
use crate::agent::remedy::LoginBy;
use crate::error::{Problem, Status};
use crate::openclaw::route::Route;
use crate::openclaw::version::Version;
use crate::target::{OpenClaw, Target};

impl Target {
    /// Refuses agents whose directory is not on this host.
    pub(crate) fn refuse_elsewhere(&self, agents: &[Agent]) -> Result<(), Problem> {
        let Some(agent) = agents.iter().find(|agent| agent.is_elsewhere) else {
            return Ok(());
        };
        let problem = Problem::request(
            "agent-elsewhere",
            format!(
                "{}: {} is inside the zone's virtual machine, and not on this host",
                agent.id,
                agent.dir.display()
            ),
        );
        Err(match self.zone.command_inside(Some(&agent.id)) {
            Some(command) => problem.hint(command),
            None => problem,
        })
    }

    /// Whether this OpenClaw takes logins into its own store: those before 2026.8.1 that read no
    /// codex home do not.
    pub(crate) fn takes_logins(&self) -> bool {
        let release = self.openclaw.release.as_ref().map(|release| &release.value);
        let is_late = release.is_some_and(|release| release.version >= Version::release(8, 1));
        self.openclaw.route == Route::Import && is_late
    }

    /// By what its agents get logins where it keeps them itself.
    pub(crate) fn login_by(&self) -> LoginBy {
        if !self.takes_logins() {
            return LoginBy::OpenClaw;
        }
        let inside = self.zone.command_inside(None);
        inside.map_or(LoginBy::Us, LoginBy::UsInside)
    }

    /// Refuses where a login in a codex home is not what the agents would use. `ours` says who we
    /// are.
    pub(crate) fn refuse_other_routes(&self, agents: &[&Agent], ours: u32) -> Result<(), Problem> {
        let OpenClaw { release, route, .. } = &self.openclaw;
        let known = release.as_ref().map(|release| &release.value);
        if route.is_open(known) {
            return Err(self.undecided());
        }
        let openclaw = self.openclaw_command(ours);
        let openclaw = openclaw.as_deref().unwrap_or("openclaw");
        let (what, hint) = match route {
            Route::CodexHome => return Ok(()),
            Route::Import if self.takes_logins() => return Ok(()),
            Route::Import => (
                "never reads codex-home/auth.json, and a login there could keep the agent from starting",
                format!(
                    "{openclaw} models auth --agent {} login --provider openai --method device-code",
                    agents.first().map_or("AGENT", |agent| &agent.id)
                ),
            ),
            Route::UserHome => return self.refuse_one_of_user_home(agents),
            Route::NoCodexHome => (
                "gives its agents no codex home; logins below harness-auth/codex and cli-auth/codex, made by 2026.4.20 to 4.22, are dead",
                format!(
                    "upgrade OpenClaw to 2026.5.2 or later, or: {openclaw} models auth login --provider openai-codex"
                ),
            ),
        };
        Err(Problem::new(
            "route-unsupported",
            Status::NotUsed,
            format!("OpenClaw {}{what}", self.told_version()),
        )
        .hint(hint))
    }

    /// That codex's logout would end nothing: OpenClaw keeps the agent's login. `ours` says who we are.
    pub(crate) fn no_logout_of(&self, agent: &Agent, kept: &Kept, ours: u32) -> Problem {
        let message = format!(
            "{} ({}): codex's logout does not reach it, and nothing was revoked",
            self.told_to_keep("this login"),
            kept.told()
        );
        let problem = Problem::new("route-unsupported", Status::NotUsed, message);
        if !self.takes_logins() {
            return problem;
        }
        match (self.openclaw_command(ours), self.zone.command_inside(None)) {
            (Some(openclaw), _) => problem.hint(kept.way_out(agent, &openclaw)),
            (None, Some(_)) => {
                let inside = kept.way_out(agent, "openclaw");
                problem.hint(format!("inside the zone's virtual machine: {inside}"))
            }
            (None, None) => problem,
        }
    }

    /// That OpenClaw keeps `what` itself.
    pub(crate) fn told_to_keep(&self, what: &str) -> String {
        let release = self.openclaw.release.as_ref();
        let version = release.map_or(String::new(), |release| format!("{} ", release.value));
        format!("OpenClaw {version}keeps {what} itself")
    }

    /// The version is known in part, and the part that is missing decides what a login does.
    fn undecided(&self) -> Problem {
        Problem::request(
            "version-unknown",
            format!(
                "OpenClaw {}may be one of 2026.8.1 or later, where a login in codex-home can keep an agent from starting",
                self.told_version()
            ),
        )
        .hint("tell it with --openclaw-version VERSION, as `openclaw --version` prints it")
    }

    pub(super) fn told_version(&self) -> String {
        let release = self.openclaw.release.as_ref();
        release.map_or(String::new(), |release| {
            format!("{} ({}) ", release.value, release.source)
        })
    }

    /// Refuses to make directories where no OpenClaw has ever been.
    pub(crate) fn refuse_without_openclaw(&self) -> Result<(), Problem> {
        let dir = &self.openclaw.state_dir;
        if self.openclaw.configured || dir.value.is_dir() {
            return Ok(());
        }
        Err(Problem::request(
            "openclaw-not-found",
            format!(
                "no OpenClaw here: neither {} ({}) nor {} exists",
                dir.value.display(),
                dir.source,
                self.openclaw.config.value.display()
            ),
        )
        .hint("run as the gateway's user, set OPENCLAW_STATE_DIR as the gateway has it, or give --state-dir DIR"))
    }
}
