//! What keeps a login from being handed over, told before anybody is sent to a browser for it.

use std::io;
use std::os::unix::fs::MetadataExt as _;

use nix::unistd::{getegid, geteuid};

use super::Flow;
use super::bench::{Bench, NoBench};
use crate::agent::failure::{Failure, broken_config, failed};
use crate::error::Problem;
use crate::process::identity::{self, Vars};
use crate::shell::quoted;

impl Flow<'_> {
    /// Refuses what could not come to a good end. Makes nothing.
    pub(super) fn refuse_what_cannot_work(&self) -> Result<(), Problem> {
        self.refuse_other_owners()?;
        let ground = &self.ground;
        let machine = ground.machine.as_ref().map_err(broken_config)?;
        if let Some(forced) = machine.forbids_staging() {
            let message = format!(
                "{} forces another credential store than the file, from which OpenClaw takes logins",
                forced.source
            );
            return Err(failed("staging-forbidden", message)
                .hint("take cli_auth_credentials_store out of that file, then try again"));
        }
        let selected = ground.profiles.selected(self.agent, ground.now);
        let Err(trouble) = selected else {
            return Ok(());
        };
        let (path, why) = (trouble.path.display(), &trouble.why);
        Err(if trouble.needs_doctor {
            let message = format!("OpenClaw will not start the agent because of {path}: {why}");
            let typed = &self.import.typed;
            failed("needs-doctor", message).hint(format!("{typed} doctor --fix"))
        } else {
            let message = format!(
                "could not read the profiles in {path}: {why}; whether a login arrives there could not be told"
            );
            failed("profile-store", message).hint(self.look())
        })
    }

    /// OpenClaw's command writes the store and the configuration: it runs as who owns both.
    fn refuse_other_owners(&self) -> Result<(), Problem> {
        let dir = self.import.state_dir;
        let owner = dir.metadata().map(|meta| meta.uid()).unwrap_or_default();
        let ours = geteuid().as_raw();
        if owner == ours {
            return Ok(());
        }
        let [owner, ours] = [owner, ours].map(identity::name_of);
        let message = format!(
            "{} belongs to {owner}, and the agent's home to {ours}: OpenClaw's own command cannot work for both",
            dir.display()
        );
        Err(Problem::request("mixed-owners", message)
            .hint("give both to the user that the gateway runs as"))
    }

    pub(super) fn bench(&self, vars: &Vars) -> Result<Bench, Failure> {
        let agent = self.agent;
        Bench::take(&self.benches(vars), &agent.id).map_err(|none| match none {
            NoBench::Held => failed("locked", "another login of this agent is under way")
                .hint(format!(
                    "wait for it, then: codex-login status {}",
                    agent.address
                ))
                .into(),
            NoBench::Nowhere(path, error) => {
                let (uid, gid) = (geteuid(), getegid());
                let path = quoted(&path.to_string_lossy());
                let message = format!(
                    "there is no place to hand a login over in: OpenClaw wants its backup outside of its state directory, and {path} could not be made: {error}"
                );
                failed("home-unusable", message)
                    .hint(format!("sudo install -d -m 700 -o {uid} -g {gid} {path}"))
                    .into()
            }
            NoBench::Io(path, error) => {
                let what = format!("use {}", path.display());
                self.could_not(&what, &error).into()
            }
        })
    }

    pub(super) fn could_not(&self, what: &str, error: &io::Error) -> Problem {
        let again = self.logins.options.again(self.agent);
        failed("home-unusable", format!("could not {what}: {error}"))
            .hint(format!("see to that, then: {again}"))
    }
}
