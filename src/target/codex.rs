//! Which codex runs for the target, and as whom it is looked for: what an OpenClaw's files say of
//! a program must never be run as somebody else than those who can write them.

use crate::agent::user::User;
use crate::error::Problem;
use crate::host::Host;
use crate::locate::{Located, Places, locate};
use crate::openclaw::notice::Notice;
use crate::openclaw::plugin::Plugins;
use crate::process::identity;
use crate::request::Selection;
use crate::target::Target;

/// Root's own codex serves in place of the owner's.
fn instead(owner: User, problem: Problem) -> Notice {
    let name = owner.name().unwrap_or_default();
    let message = format!("{name} has no codex that can be used: root's is taken");
    let notice = Notice::new("codex-of-root", message);
    notice.fix(problem.hint.unwrap_or_default())
}

impl Target {
    /// Finds the codex to run. That of a zone in a virtual machine is in there: where this host
    /// has none, the way is inside.
    pub(crate) fn locate(&self, host: &Host, asked: &Selection) -> Result<Located, Problem> {
        let found = match User::who_owns(&self.openclaw.state_dir.value, host.uid) {
            owner @ User::Owner(_) => self.locate_for(owner, host, asked),
            User::Ourselves => match self.stranger(host.uid) {
                None => self.look(host, asked, &self.plugins()),
                Some(stranger) => self.locate_without(stranger, host, asked),
            },
        };
        found.map_err(|problem| {
            let only = self.asked.first().map(String::as_str);
            match self.zone.command_inside(only) {
                Some(inside) if asked.codex.is_none() => problem.hint(inside),
                _ => problem,
            }
        })
    }

    /// Root looks as the owner of the state directory, then for what root itself has.
    fn locate_for(&self, owner: User, host: &Host, asked: &Selection) -> Result<Located, Problem> {
        let mut of_owner = None;
        if asked.codex.is_none() {
            let look = |host: &Host| self.look(host, asked, &self.plugins());
            match owner.work(host.vars(), |vars| look(&host.with_vars(vars)))? {
                Ok(found) => return Ok(found),
                Err(problem) => of_owner = Some(problem),
            }
        }
        let of_root = self.look(host, asked, &Plugins::default());
        let mut found = match (of_root, of_owner) {
            (Ok(found), None) => found,
            (Ok(mut found), Some(problem)) => {
                found.cautions.push(instead(owner, problem));
                found
            }
            // What the owner could not use says more.
            (Err(problem), of_owner) => return Err(of_owner.unwrap_or(problem)),
        };
        let reached = owner.work(host.vars(), |_| {
            owner.refuse_unreachable_codex(&found.launcher)
        })?;
        if let Err(problem) = reached {
            let notice = Notice::new("codex-unreachable", problem.to_string());
            let hint = problem.hint.unwrap_or_default();
            found.cautions.push(notice.fix(hint));
        }
        Ok(found)
    }

    /// Somebody else could name any program in the files of this OpenClaw: none of theirs is run.
    fn locate_without(
        &self,
        stranger: u32,
        host: &Host,
        asked: &Selection,
    ) -> Result<Located, Problem> {
        let name = identity::name_of(stranger);
        let fix = format!("run codex-login as {name}");
        let found = self.look(host, asked, &Plugins::default());
        let mut found = found.map_err(|problem| match asked.codex {
            Some(_) => problem,
            None => problem.hint(fix.as_str()),
        })?;
        let message = format!(
            "this OpenClaw is {name}'s: the codex that its files name is not run as somebody else"
        );
        let notice = Notice::new("openclaw-of-another", message);
        found.cautions.push(notice.fix(fix));
        Ok(found)
    }

    /// Who else than we and root can write what this OpenClaw says. Root runs codex as the owner of
    /// each home, who must be the same.
    pub(super) fn stranger(&self, ours: u32) -> Option<u32> {
        let mut others = self.openclaw.decided_by.iter().copied();
        others.find(|uid| *uid != ours && ours != 0)
    }

    fn plugins(&self) -> Plugins {
        let release = self.openclaw.release.as_ref().map(|release| &release.value);
        let plugin = self.openclaw.plugin.as_ref();
        plugin
            .map(|places| places.look(release))
            .unwrap_or_default()
    }

    fn look(&self, host: &Host, asked: &Selection, openclaw: &Plugins) -> Result<Located, Problem> {
        let found = locate(Places {
            host,
            named: asked.codex.as_ref(),
            roots: &self.zone.packages,
            openclaw,
        })?;
        tracing::debug!(
            version = found.chosen.value.version_text(),
            step = found.step.word(),
            launcher = found.launcher.word(),
            source = found.chosen.source,
            "codex"
        );
        Ok(found)
    }
}
