//! The order in which to do things.

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::evidence::Ground;
use crate::agent::examine::Patient;
use crate::agent::examine::upgrade::{Ahead, Outcome, Told, kept_back};
use crate::agent::findings::Finding;

/// So many agents or profiles are named in one step, and so many agents are in its command: one for
/// more of them would be too long to paste. The rest have a step of their own.
const NAMED: usize = 10;

/// What to do, and the command that does it.
type Step = (String, Option<String>);

/// What the steps are made of.
struct Plan<'a> {
    ground: &'a Ground,
    ahead: Ahead<'a>,
    /// The agents that need a login of their own before.
    sharers: Vec<&'a str>,
    /// Those whose API key OpenClaw has to be given.
    with_key: Vec<&'a str>,
    /// The profiles that an empty order keeps from being used.
    kept_back: Vec<String>,
}

/// The steps, numbered, each a finding.
pub(super) fn of(
    patients: &[Patient<'_>],
    told: &[Told],
    sharers: &BTreeMap<usize, usize>,
    ground: &Ground,
    ahead: Ahead<'_>,
) -> Vec<Finding> {
    let id = |index: usize| patients[index].agent.id.as_str();
    let has_key = |index: &usize| told[*index].outcome == Outcome::ApiKey;
    let kept_back: BTreeSet<_> = patients.iter().flat_map(kept_back).collect();
    let plan = Plan {
        ground,
        ahead,
        sharers: sharers.keys().copied().map(id).collect(),
        with_key: (0..told.len()).filter(has_key).map(id).collect(),
        kept_back: kept_back.into_iter().collect(),
    };
    let mut steps = plan.before();
    steps.extend(plan.after());
    let count = steps.len();
    let numbered = steps.into_iter().enumerate().map(|(index, (what, fix))| {
        let step = index + 1;
        let message = format!("step {step} of {count}: {what}");
        Finding::info("upgrade-step", message)
            .with("step", step)
            .maybe_fix(fix)
    });
    numbered.collect()
}

/// The command with which OpenClaw takes an API key.
pub(super) fn paste_api_key(ground: &Ground, agent: &str) -> Option<String> {
    let openclaw = ground.profiles.openclaw.as_ref()?;
    Some(format!(
        "{openclaw} models auth paste-api-key --provider openai --agent {agent}"
    ))
}

impl Plan<'_> {
    /// Up to the upgrade, that included.
    fn before(&self) -> Vec<Step> {
        let node = "have a Node that the new version takes: for 2026.8.2 it is 22.22.3 to 22, 24.15 to 24, or 25.9 and later, for 2026.9.6 24.16 to 24, or 26.1 and later";
        let backup = "make a backup, here and closed to others: it has every login";
        let mut steps = vec![
            (node.to_owned(), None),
            (
                backup.to_owned(),
                self.openclaw("backup create")
                    .map(|backup| format!("(umask 077; {backup})")),
            ),
        ];
        steps.extend(self.sharers.chunks(NAMED).map(|few| {
            let agents: Vec<_> = few.iter().map(|id| format!("--agent {id}")).collect();
            let agents = agents.join(" ");
            let login = format!("codex-login {}{agents} --force", self.ahead.options);
            let what = format!("give a login of their own to {}", listed(few));
            (what, Some(login))
        }));
        steps.extend(self.taken_out());
        steps.push((self.upgrade(), self.openclaw("update --no-restart")));
        steps
    }

    fn after(&self) -> Vec<Step> {
        let moved = "let OpenClaw's doctor move what is in files, and what earlier versions called otherwise: profiles, orders, the roster of agents";
        let mut steps = vec![(moved.to_owned(), self.openclaw("doctor --fix"))];
        steps.extend(self.with_key.chunks(NAMED).map(|few| {
            let keys = few.iter().map(|id| paste_api_key(self.ground, id));
            let keys: Option<Vec<_>> = keys.collect();
            let what = format!("give OpenClaw the API keys of {}", listed(few));
            (what, keys.map(|keys| keys.join(" && ")))
        }));
        let import = "import the logins that are still good (some 40 s for each agent), and log the other agents in, which needs a browser";
        let restart = "start the gateway anew: it goes by the logins that it has read before";
        let kept_back = match self.kept_back.as_slice() {
            [] => String::new(),
            kept => format!(
                "; one that goes by {} then gets a login of its own with --force",
                listed(kept)
            ),
        };
        steps.extend([
            (import.to_owned(), Some(self.then("--all-agents"))),
            (restart.to_owned(), self.openclaw("gateway restart")),
            (
                format!("see that every agent is ready{kept_back}"),
                Some(self.then("status --all-agents")),
            ),
        ]);
        steps
    }

    /// Profiles that only an empty order keeps from being used are better not there. One that is empty
    /// for `openai-codex` counts no more on 2026.8.2; 2026.9.6 has it for `openai`, and there the first
    /// import puts its profile in it, after which all other agents fall back to what they have.
    fn taken_out(&self) -> Option<Step> {
        let era = self.ground.profiles.sources.era;
        if self.kept_back.is_empty() || era.has_databases() {
            return None;
        }
        let what = format!(
            "take {} out of OpenClaw's stores: the empty order that keeps agents from going by it does so no longer once one of them is imported",
            listed(&self.kept_back)
        );
        let unset = self.openclaw(&format!("config unset auth.order.{}", era.provider()));
        let options = self.ahead.options;
        let fix = unset.map(|unset| format!("{unset} && codex-login {options}doctor --fix"));
        Some((what, fix))
    }

    fn upgrade(&self) -> String {
        let own_command = if self.ahead.has_own_command {
            "; the codex that `appServer.command` starts has to be 0.149.0 or later, and to be given the `-c` options that OpenClaw adds"
        } else {
            ""
        };
        format!(
            "upgrade OpenClaw and its codex plugin together, without starting the gateway anew: from then until it is, agents that go by codex-home do not start; where a package manager upgrades the one, `openclaw plugins update codex` upgrades the other{own_command}"
        )
    }

    fn openclaw(&self, arguments: &str) -> Option<String> {
        let openclaw = self.ground.profiles.openclaw.as_ref()?;
        Some(format!("{openclaw} {arguments}"))
    }

    /// Our own command, once the upgrade is made.
    fn then(&self, arguments: &str) -> String {
        let options = self.ahead.options_then;
        format!("codex-login {options}{arguments}")
    }
}

fn listed(ids: &[impl AsRef<str>]) -> String {
    let few: Vec<_> = ids.iter().take(NAMED).map(AsRef::as_ref).collect();
    match ids.len() - few.len() {
        0 => few.join(", "),
        more => format!("{} and {more} more", few.join(", ")),
    }
}
