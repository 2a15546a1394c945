//! A profile of the main store shadows one agent's login, and is all that another has.

use crate::agent::examine::Patient;
use crate::agent::findings::Finding;
use crate::agent::mend::Mend;
use crate::agent::profile::shown;
use crate::agent::verdict::{NextTurn, State};

/// Takes back what would leave an agent without any login.
pub(super) fn spare_what_others_need(patients: &mut [Patient<'_>]) {
    let users: Vec<_> = patients.iter().filter_map(User::of).collect();
    for patient in patients {
        for finding in &mut patient.verdict.findings {
            let users = users.iter().filter(|user| user.needs_any(&finding.mends));
            let users: Vec<_> = users.collect();
            if !users.is_empty() {
                spare(finding, &users);
            }
        }
    }
}

/// An agent that goes by a profile and has nothing else.
struct User {
    id: String,
    address: String,
    profile_id: String,
    store: String,
}

impl User {
    fn of(patient: &Patient<'_>) -> Option<User> {
        let NextTurn::Profile {
            profile_id, source, ..
        } = &patient.verdict.next_turn
        else {
            return None;
        };
        (patient.verdict.of_home != State::Ready).then(|| User {
            id: patient.agent.id.clone(),
            address: patient.agent.address.clone(),
            profile_id: profile_id.clone(),
            store: source.clone(),
        })
    }

    fn needs_any(&self, mends: &[Mend]) -> bool {
        mends.iter().any(|mend| match mend {
            Mend::TakeOut { store, id } => {
                store.display().to_string() == self.store && shown(id.trim()) == self.profile_id
            }
            _ => false,
        })
    }
}

fn spare(finding: &mut Finding, users: &[&User]) {
    let ids: Vec<_> = users.iter().map(|user| user.id.as_str()).collect();
    let (verb, it) = match ids.len() {
        1 => ("has no login of its own and goes", "it"),
        _ => ("have no logins of their own and go", "them"),
    };
    let message = format!(
        "{}; {} {verb} by that profile: log {it} in first",
        finding.message,
        ids.join(", ")
    );
    finding.message = message;
    finding.mends.clear();
    let others = users
        .iter()
        .skip(1)
        .map(|user| format!(" --agent {}", user.id));
    let first = users.first().map_or("", |user| &user.address);
    finding.fix = Some(format!("codex-login {first}{}", others.collect::<String>()));
}
