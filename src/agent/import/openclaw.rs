//! OpenClaw's own commands, as an import needs them: run to their end, bounded, their answers
//! understood and never relayed as they are.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use crate::agent::failure::{Failure, failed};
use crate::codex::redact::redacted;
use crate::error::Problem;
use crate::openclaw::migration::{self, Said};
use crate::openclaw::program::Program;
use crate::process::answer::{Answer, Inherited, answer};
use crate::process::child::End;
use crate::process::identity::Vars;
use crate::process::signals::Watch;

/// Local work of some ten seconds; more where OpenClaw looks after its plugins first.
const LIMIT: Duration = Duration::from_secs(5 * 60);
/// It makes a backup of all its state first: 47 s for each gigabyte.
const LIMIT_OF_APPLY: Duration = Duration::from_secs(60 * 60);
/// Of OpenClaw's own words.
const LONGEST: usize = 300;

/// Where passing files go.
const SCRATCH: [&str; 3] = ["TMPDIR", "TMP", "TEMP"];

/// What is taken in needs nobody outside: a codex that OpenClaw has look at it would otherwise ask
/// OpenAI for this and that, as the owner of the login.
const PROXIES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";
const OURSELVES: &str = "localhost,127.0.0.1,::1";

/// What would make OpenClaw's command look elsewhere, or write nothing.
const RIVALS: [&str; 5] = [
    "OPENCLAW_PROFILE",
    "OPENCLAW_AUTH_STORE_READONLY",
    "OPENCLAW_CONFIG_PATH",
    "OPENCLAW_STATE_DIR",
    "CODEX_HOME",
];

/// The program, and which OpenClaw it is to work on.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenClaw<'a> {
    pub(super) program: &'a Program,
    pub(super) state_dir: &'a Path,
    pub(super) config: &'a Path,
    /// How its commands begin when a user types them.
    pub(super) typed: &'a str,
    /// Its user's environment.
    pub(super) vars: &'a Vars,
    /// The directory that it is started in.
    pub(super) work: &'a Path,
    /// Where it puts copies of its databases for a moment, which must not outlive it.
    pub(super) scratch: &'a Path,
    /// The lock of both. OpenClaw has it for as long as it runs, also where we were killed.
    pub(super) lock: &'a File,
}

impl OpenClaw<'_> {
    /// Whether it would take the login that is in `stage`.
    pub(super) fn plan(&self, stage: &Path, agent: &str, watch: &mut Watch) -> Result<(), Failure> {
        let mut ask = || {
            let (stdout, end) = self.run(migration::plan(stage, agent), LIMIT, watch)?;
            Ok::<_, Failure>(Said::of(&stdout, end))
        };
        let said = match ask()? {
            // Where its codex takes more than five seconds it sees no login. Once more, then.
            Said::Unavailable => ask()?,
            said => said,
        };
        match said {
            Said::Planned => Ok(()),
            said => Err(self.refused(&said, "would not take a login").into()),
        }
    }

    /// Has it take the login in. That it says so proves nothing.
    pub(super) fn apply(
        &self,
        stage: &Path,
        agent: &str,
        watch: &mut Watch,
    ) -> Result<(), Failure> {
        let args = migration::apply(stage, agent, self.work);
        let (stdout, end) = self.run(args, LIMIT_OF_APPLY, watch)?;
        match Said::of(&stdout, end) {
            Said::Migrated => Ok(()),
            said => Err(self.refused(&said, "did not take the login").into()),
        }
    }

    /// Has it prefer the agent's profiles in this order.
    pub(super) fn set_order(
        &self,
        agent: &str,
        profiles: &[String],
        watch: &mut Watch,
    ) -> Result<(), Failure> {
        let args = migration::set_order(agent, profiles);
        self.done("models auth order set", args, watch)
    }

    /// Has it take this profile out, and forget how it has fared.
    pub(super) fn remove(
        &self,
        agent: &str,
        profile: &str,
        watch: &mut Watch,
    ) -> Result<(), Failure> {
        let args = migration::remove(agent, profile);
        self.done("models auth logout", args, watch)
    }

    fn done(&self, what: &str, args: Vec<OsString>, watch: &mut Watch) -> Result<(), Failure> {
        match self.run(args, LIMIT, watch)? {
            (_, End::Exited(0)) => Ok(()),
            (_, end) => {
                let message = format!("`openclaw {what}` {}", told(end));
                Err(failed("import-failed", message).into())
            }
        }
    }

    fn run(
        &self,
        args: Vec<OsString>,
        limit: Duration,
        watch: &mut Watch,
    ) -> Result<(String, End), Failure> {
        let mut env = self.vars.clone();
        for name in RIVALS {
            env.remove(&OsString::from(name));
        }
        for name in SCRATCH {
            env.insert(name.into(), self.scratch.into());
        }
        env.insert("OPENCLAW_STATE_DIR".into(), self.state_dir.into());
        env.insert("OPENCLAW_CONFIG_PATH".into(), self.config.into());
        if args.first().is_some_and(|verb| verb == "migrate") {
            for name in PROXIES {
                env.insert(name.into(), NOWHERE.into());
                env.insert(name.to_lowercase().into(), NOWHERE.into());
            }
            for name in ["NO_PROXY", "no_proxy"] {
                env.insert(name.into(), OURSELVES.into());
            }
        }
        let verb = args.iter().take(2).map(|arg| arg.to_string_lossy());
        let verb = verb.collect::<Vec<_>>().join(" ");
        let plan = self.program.plan(args, env, self.work);
        let _locked = Inherited::new(self.lock);
        match answer(&plan, limit, watch) {
            Ok(Answer::Ended { end, stdout }) => Ok((stdout, end)),
            Ok(Answer::Interrupted(signal)) => Err(Failure::Interrupted(signal)),
            Ok(Answer::TimedOut) => {
                let minutes = limit.as_secs() / 60;
                let message = format!("`openclaw {verb}` did not end within {minutes} minutes");
                Err(failed("openclaw-hangs", message).into())
            }
            Err(error) => {
                let node = plan.program.display();
                let message = format!("could not run `openclaw {verb}` with {node}: {error}");
                Err(failed("openclaw-cannot-run", message).into())
            }
        }
    }

    fn refused(&self, said: &Said, what: &str) -> Problem {
        let typed = self.typed;
        let version = &self.program.command.version;
        match said {
            Said::NoPlugin => failed(
                "codex-plugin-missing",
                format!("OpenClaw {version} has no codex plugin that it can load: it {what}"),
            )
            .hint(format!(
                "{typed} plugins install @openclaw/codex    (then look at: {typed} plugins list)"
            )),
            Said::NeedsDoctor => failed(
                "needs-doctor",
                format!(
                    "OpenClaw {what}: its doctor has to bring its state to this version first"
                ),
            )
            .hint(format!("{typed} doctor --fix")),
            Said::Unavailable => failed(
                "import-failed",
                format!(
                    "OpenClaw {version} {what}: it sees none, as where its doctor has to bring its state to this version first"
                ),
            )
            .hint(format!("{typed} doctor --fix    # then try again")),
            Said::Refused(message) => {
                // Half a token may no more be known for one.
                let message = redacted(message.lines().next().unwrap_or_default());
                let message: String = message.chars().take(LONGEST).collect();
                let message = format!("OpenClaw {version} {what}: {message}");
                failed("import-failed", message)
            }
            Said::Planned | Said::Migrated | Said::Nothing => failed(
                "import-failed",
                format!("OpenClaw {version} {what}: it gave no answer that is understood"),
            )
            .hint(format!("does it work at all? {typed} migrate list")),
        }
    }
}

fn told(end: End) -> String {
    match end {
        End::Exited(code) => format!("ended with exit status {code}"),
        End::BySignal(signal) => format!("was ended by signal {signal}"),
    }
}
