//! What logins are made with: a codex, and where OpenClaw takes them in its own command.

use jiff::Timestamp;

use crate::agent::Agent;
use crate::agent::evidence::Ground;
use crate::agent::import::{Import, Purpose};
use crate::agent::login::Logins;
use crate::agent::options::Options;
use crate::commands;
use crate::error::Problem;
use crate::host::Host;
use crate::locate::Located;
use crate::openclaw::program::Program;
use crate::process::signals::Watch;
use crate::request::Selection;
use crate::target::Target;

pub(super) struct Means<'a> {
    host: &'a Host,
    target: &'a Target,
    located: Located,
    program: Option<Program>,
    ground: Ground,
}

impl<'a> Means<'a> {
    /// Looks for what is needed for these agents.
    pub(super) fn of(
        host: &'a Host,
        target: &'a Target,
        agents: &[&Agent],
        located: Located,
        watch: &mut Watch,
    ) -> Result<Means<'a>, Problem> {
        let agent = agents.first().map(|agent| agent.id.as_str());
        let program = target.takes_logins();
        let program = program.then(|| target.program(host, agent, watch));
        Ok(Means {
            host,
            target,
            located,
            program: program.transpose()?,
            ground: commands::ground(host, target),
        })
    }

    /// Does something with them.
    pub(super) fn with_logins<T>(
        &self,
        selection: &Selection,
        (purpose, ready): (Purpose, Vec<String>),
        options: &Options,
        work: impl FnOnce(&Logins<'_>) -> T,
    ) -> T {
        let Means { host, target, .. } = self;
        // One login takes minutes: what is still good is judged by the time of each.
        let reread = || {
            let target = Target::resolve(host, selection)?;
            Ok(Ground {
                now: Timestamp::now(),
                ..commands::ground(host, &target)
            })
        };
        let import = self.program.as_ref().map(|program| Import {
            program,
            state_dir: &target.openclaw.state_dir.value,
            config: &target.openclaw.config.value,
            typed: target.openclaw_command(host.uid).unwrap_or_default(),
            every: target.every(),
            purpose,
            ready,
            reread: &reread,
        });
        work(&Logins {
            import: import.as_ref(),
            launcher: &self.located.launcher,
            codex_version: self.located.chosen.value.version.as_ref(),
            inherited: host.vars(),
            ours: host.uid,
            ground: &self.ground,
            options,
        })
    }
}
