//! What only `doctor` looks at: more files than a judgement needs, and what is true of agents
//! together.

mod shadows;

use crate::agent::Agent;
use crate::agent::evidence::{Evidence, Ground};
use crate::agent::findings::Finding;
use crate::agent::verdict::Verdict;

/// What came of one agent's own files.
#[derive(Debug, Default)]
pub(crate) struct Examined {
    pub(crate) findings: Vec<Finding>,
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
pub(crate) fn agent(_evidence: &Evidence<'_>, _ground: &Ground) -> Examined {
    Examined::default()
}

/// Adds what can be said only where all agents are known, and gives what is true of none alone.
/// `patients` are all agents of the configuration.
pub(crate) fn together(patients: &mut [Patient<'_>], _ground: &Ground) -> Vec<Finding> {
    for patient in patients.iter_mut() {
        let own = std::mem::take(&mut patient.examined.findings);
        patient.verdict.findings.extend(own);
    }
    shadows::spare_what_others_need(patients);
    Vec::new()
}
