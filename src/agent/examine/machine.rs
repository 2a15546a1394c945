//! What is true of the machine: what its gateway is started with, and what codex itself would do.

use crate::agent::evidence::Ground;
use crate::agent::examine::Patient;
use crate::agent::findings::Finding;
use crate::agent::import::{self, Benches};
use crate::agent::user::User;
use crate::agent::verdict::State;
use crate::openclaw::gateway_env::Set;
use crate::openclaw::route::Route;
use crate::shell::quoted;

pub(super) fn findings(patients: &[Patient<'_>], ground: &Ground) -> Vec<Finding> {
    let set = ground.gateway.set.iter();
    let set = set.map(|set| variable(set, ground.route));
    set.chain(leftovers(patients, ground))
        .chain(keyring(patients, ground))
        .chain(destructive(patients, ground))
        .collect()
}

/// What each of them changes.
fn variable(set: &Set, route: Route) -> Finding {
    let what = match (set.name, route) {
        ("CODEX_API_KEY" | "OPENAI_API_KEY", Route::CodexHome) => {
            "an agent without a profile and without a login in its codex-home uses this API key"
        }
        ("CODEX_API_KEY" | "OPENAI_API_KEY", _) => "codex may use this API key",
        ("CODEX_ACCESS_TOKEN", _) => "codex from 0.130 on takes it before any login in a home",
        ("OPENAI_FEDERATION_RULE_ID" | "OPENAI_IDENTITY_TOKEN_FILE", _) => {
            "codex from 0.169 on takes this identity before any login in a home, or fails"
        }
        ("CODEX_HOME", Route::UserHome) => "all agents use this Codex home",
        ("CODEX_HOME", _) => {
            "OpenClaw reads this home's login as one of the gateway's user; the agents keep theirs"
        }
        ("OPENCLAW_AGENT_DIR", _) => {
            "some versions take the profiles that all agents inherit from there"
        }
        ("OPENCLAW_AUTH_STORE_READONLY", _) => {
            "OpenClaw does not save the tokens that it refreshes, and the old ones are used up"
        }
        _ => "OpenClaw starts this codex and not the one that it manages",
    };
    let name = set.name;
    let message = match &set.source {
        Some(source) => format!("the gateway has {source}: {what}"),
        None => format!(
            "{name} is set here, and the gateway has it where it is started from here: {what}"
        ),
    };
    let is_harmless = set.source.is_none()
        || matches!(
            name,
            "CODEX_API_KEY" | "OPENAI_API_KEY" | "CODEX_HOME" | "OPENCLAW_CODEX_APP_SERVER_BIN"
        );
    let finding = if is_harmless {
        Finding::info("gateway-env", message)
    } else {
        Finding::warning("gateway-env", message)
    };
    let source = set.source.as_deref().unwrap_or("this environment");
    finding.with("variable", name).with("source", source)
}

/// What logins that were killed have left where they were handed over. The next one clears it.
fn leftovers(patients: &[Patient<'_>], ground: &Ground) -> Option<Finding> {
    if ground.route != Route::Import {
        return None;
    }
    let state_dir = &ground.profiles.sources.state_dir;
    let owner = User::who_owns(state_dir, ground.ours);
    let left = owner.work(&ground.inherited, |vars| {
        Benches::of(state_dir, import::home_in(vars)).left()
    });
    let left = left.unwrap_or_default();
    let first = left.first()?;
    let message = format!(
        "a login that did not come to its end has left {}{}: it may hold a backup with the logins of all agents",
        first.display(),
        if left.len() > 1 { " and others" } else { "" }
    );
    let of_first = |patient: &&Patient<'_>| first.ends_with(&patient.agent.id);
    let whose = patients.iter().find(of_first);
    let fix = match whose {
        Some(patient) => format!("codex-login {}", patient.agent.address),
        // It is of an agent that is no more: nobody will log that one in.
        None => format!("rm -r {}", quoted(&first.to_string_lossy())),
    };
    let finding = Finding::warning("import-leftovers", message).fix(fix);
    let paths = left.iter().map(|path| path.display().to_string());
    Some(finding.with("paths", paths.collect::<Vec<_>>()))
}

/// A login that is in a keyring is out of reach for a service without a session.
fn keyring(patients: &[Patient<'_>], ground: &Ground) -> Option<Finding> {
    let unit = ground.gateway.without_bus.as_ref()?;
    let needs_it = |patient: &&Patient<'_>| {
        let findings = &patient.verdict.findings;
        let may = findings.iter().any(|finding| finding.code == "store-auto");
        patient.verdict.of_home == State::Elsewhere || may
    };
    let agents = patients.iter().filter(needs_it);
    let ids: Vec<_> = agents.map(|patient| patient.agent.id.as_str()).collect();
    let first = ids.first()?;
    let message = format!(
        "the gateway is started by {unit}, a unit of the machine without a session bus: it reaches no keyring, where codex keeps or looks for the login of {first}{}",
        if ids.len() > 1 { " and others" } else { "" }
    );
    let finding = Finding::warning("keyring-unreachable", message);
    Some(finding.with("unit", unit.as_str()).with("agents", ids))
}

/// Codex's own login is not to be used where this one is at hand.
fn destructive(patients: &[Patient<'_>], ground: &Ground) -> Option<Finding> {
    let version = ground.codex.as_ref()?;
    let has_login = |patient: &Patient<'_>| patient.verdict.login.is_some();
    let since = semver::Version::new(0, 140, 0);
    if *version < since || !patients.iter().any(has_login) {
        return None;
    }
    let message = format!(
        "`codex login` of codex {version} revokes and deletes the old login before the new one is made: use codex-login instead, which keeps the old one until then"
    );
    Some(Finding::info("destructive-login", message).with("codex", version.to_string()))
}
