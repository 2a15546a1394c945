//! What only `doctor` looks at: more files than a judgement needs, and what is true of agents
//! together.

mod forced;
mod home;
mod machine;
mod orders;
mod pins;
mod profiles;
mod running;
mod shadows;
mod stores;

use crate::agent::Agent;
use crate::agent::evidence::{Evidence, Ground};
use crate::agent::findings::Finding;
use crate::agent::verdict::Verdict;
use crate::openclaw::profiles::inspect::Inspection;

/// What came of one agent's own files.
#[derive(Debug, Default)]
pub(crate) struct Examined {
    pub(crate) findings: Vec<Finding>,
    /// What its profiles say, where that could be read and counts.
    inspection: Option<Inspection>,
    /// The login in its home, where one counts.
    written: Option<running::Written>,
}

/// An agent, all that is known of it included.
#[derive(Debug)]
pub(crate) struct Patient<'a> {
    pub(crate) agent: &'a Agent,
    /// Its findings are those of all examinations.
    pub(crate) verdict: Verdict,
    pub(crate) examined: Examined,
}

/// Looks at all that is one agent's, as the user who may.
pub(crate) fn agent(evidence: &Evidence<'_>, _ground: &Ground) -> Examined {
    let mut examined = Examined::default();
    if evidence.agent.is_elsewhere {
        return examined;
    }
    examined.findings.extend(forced::findings(evidence));
    examined.findings.extend(home::findings(evidence));
    examined
        .findings
        .extend(stores::of_agent(&evidence.agent.dir));
    examined.written = running::Written::of(evidence);
    if evidence.selected.is_some() {
        examined.inspection = evidence.profiles.inspect(evidence.agent, evidence.now);
    }
    if let Some(inspection) = &examined.inspection {
        let findings = &mut examined.findings;
        findings.extend(profiles::findings(evidence, inspection));
        findings.extend(pins::findings(evidence, inspection));
    }
    examined
}

/// Adds what can be said only where all agents are known, and gives what is true of none alone.
/// `patients` are all agents of the configuration.
pub(crate) fn together(patients: &mut [Patient<'_>], ground: &Ground) -> Vec<Finding> {
    for patient in &mut *patients {
        let own = std::mem::take(&mut patient.examined.findings);
        patient.verdict.findings.extend(own);
    }
    shadows::spare_what_others_need(patients);
    running::add(patients, ground);
    let mut findings = orders::findings(patients, ground);
    let dirs: Vec<_> = patients
        .iter()
        .map(|patient| patient.agent.dir.as_path())
        .collect();
    findings.extend(stores::of_all(ground, &dirs));
    findings.extend(machine::findings(patients, ground));
    findings
}
