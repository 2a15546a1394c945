//! What is wrong with the orders in which OpenClaw tries profiles.

use std::collections::BTreeSet;

use crate::agent::Agent;
use crate::agent::evidence::Ground;
use crate::agent::examine::Patient;
use crate::agent::findings::Finding;
use crate::agent::profile::{Profiles, shown};
use crate::agent::verdict::State;
use crate::openclaw::profiles::inspect::StoredOrder;
use crate::openclaw::profiles::store::Owner;
use crate::openclaw::route::Route;
use crate::shell::quoted;

/// What can be said where all agents are known: an id may be another agent's.
pub(super) fn findings(patients: &mut [Patient<'_>], ground: &Ground) -> Vec<Finding> {
    empty_orders(patients, ground);
    let inspections = patients
        .iter()
        .map(|patient| patient.examined.inspection.as_ref());
    // Where an agent's profiles could not be read nothing is known to be nowhere.
    let Some(all) = inspections.collect::<Option<Vec<_>>>() else {
        return Vec::new();
    };
    let known: BTreeSet<String> = all
        .iter()
        .flat_map(|inspection| inspection.ids.iter())
        .chain(ground.profiles.sources.inherited_ids())
        .cloned()
        .collect();
    let mut findings = Vec::new();
    for (provider, ids) in ground.profiles.sources.configured_orders() {
        let (rest, gone) = split(ids, &known);
        if !gone.is_empty() {
            findings.push(stale_in_configuration(ground, provider, &rest, &gone));
        }
    }
    let mut seen = BTreeSet::new();
    for patient in patients {
        let inspection = patient.examined.inspection.as_ref();
        for order in inspection.iter().flat_map(|inspection| &inspection.orders) {
            let (rest, gone) = split(&order.ids, &known);
            let is_new = seen.insert((order.path.clone(), order.provider.clone()));
            if gone.is_empty() || !is_new {
                continue;
            }
            let finding = stale_in_store(&ground.profiles, patient.agent, order, &rest, &gone);
            match order.owner {
                Owner::Agent => patient.verdict.findings.push(finding),
                _ => findings.push(finding),
            }
        }
    }
    findings
}

/// Those that are there, and those that are nowhere.
fn split<'a>(ids: &'a [String], known: &BTreeSet<String>) -> (Vec<&'a str>, Vec<&'a str>) {
    let ids = ids.iter().map(String::as_str);
    ids.partition(|id| known.contains(*id))
}

fn stale_in_configuration(
    ground: &Ground,
    provider: &str,
    rest: &[&str],
    gone: &[&str],
) -> Finding {
    let message = format!(
        "`auth.order.{}` of the configuration names what no agent has: {}",
        shown(provider),
        listed(gone)
    );
    // An order of which nothing is left keeps every profile from being used, as an empty one does,
    // and where codex homes count that may be wanted.
    let value = serde_json::to_string(rest).unwrap_or_default();
    let keeps = ground.route == Route::CodexHome || !rest.is_empty();
    let fix = ground
        .profiles
        .openclaw
        .as_ref()
        .filter(|_| rest.iter().all(|id| shown(id) == *id) && shown(provider) == provider);
    let fix = fix.map(|openclaw| {
        let path = quoted(&format!("auth.order.{provider}"));
        if keeps {
            let value = quoted(&value);
            format!(
                "{openclaw} config set {path} {value} --strict-json && {openclaw} gateway restart"
            )
        } else {
            format!("{openclaw} config unset {path} && {openclaw} gateway restart")
        }
    });
    stale(message, provider, gone).maybe_fix(fix)
}

fn stale_in_store(
    profiles: &Profiles,
    agent: &Agent,
    order: &StoredOrder,
    rest: &[&str],
    gone: &[&str],
) -> Finding {
    let message = format!(
        "the order of {} stored in {} names what no agent has: {}",
        shown(&order.provider),
        order.path.display(),
        listed(gone)
    );
    let owner = match order.owner {
        Owner::Agent => Some(agent.id.as_str()),
        _ => profiles.has_main.then_some("main"),
    };
    let is_shown = rest.iter().all(|id| shown(id) == *id);
    let fix = profiles.openclaw.as_ref().zip(owner).filter(|_| is_shown);
    let fix = fix.map(|(openclaw, owner)| {
        let of = format!("--agent {owner} --provider {}", quoted(&order.provider));
        if rest.is_empty() {
            format!("{openclaw} models auth order clear {of} && {openclaw} gateway restart")
        } else {
            let ids: Vec<_> = rest.iter().map(|id| quoted(id)).collect();
            format!(
                "{openclaw} models auth order set {of} {} && {openclaw} gateway restart",
                ids.join(" ")
            )
        }
    });
    stale(message, &order.provider, gone)
        .at(&order.path)
        .maybe_fix(fix)
}

fn stale(message: String, provider: &str, gone: &[&str]) -> Finding {
    let gone: Vec<_> = gone.iter().map(|id| shown(id)).collect();
    Finding::warning("stale-order", message)
        .with("provider", shown(provider))
        .with("missing", gone)
}

fn listed(ids: &[&str]) -> String {
    let few: Vec<_> = ids.iter().take(5).map(|id| shown(id)).collect();
    let more = ids.len() - few.len();
    match more {
        0 => few.join(", "),
        _ => format!("{} and {more} more", few.join(", ")),
    }
}

/// An empty order is the switch for codex homes: wanted where the home has a login, and in the way
/// where it has none and a profile would do.
fn empty_orders(patients: &mut [Patient<'_>], ground: &Ground) {
    for patient in patients {
        let inspection = patient.examined.inspection.as_ref();
        let Some((provider, ids)) = inspection.and_then(|all| all.kept_back.as_ref()) else {
            continue;
        };
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        let what = format!(
            "`auth.order.{provider}` is empty, and so OpenClaw does not use {}",
            listed(&ids)
        );
        let finding = match patient.verdict.state {
            State::Ready | State::Expired | State::Elsewhere => {
                let message = format!("{what}: the agent goes by its codex-home");
                Finding::info("empty-order", message)
            }
            _ => {
                let message = format!("{what}, and the agent has nothing else");
                // To take the switch back would change every agent.
                let login = format!("codex-login {}", patient.agent.address);
                let counts = ground.route == Route::CodexHome;
                Finding::warning("empty-order", message).maybe_fix(counts.then_some(login))
            }
        };
        let kept: Vec<_> = ids.into_iter().map(shown).collect();
        let finding = finding.with("provider", provider.as_str());
        patient
            .verdict
            .findings
            .push(finding.with("kept_back", kept));
    }
}
