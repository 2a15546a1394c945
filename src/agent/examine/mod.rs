//! What only `doctor` looks at: more files than a judgement needs, and what is true of agents
//! together.

mod backups;
mod dead_homes;
mod forced;
mod home;
mod machine;
mod orders;
mod pins;
mod profiles;
mod running;
mod secrets;
pub(crate) mod shadows;
mod stores;
mod tokens;
pub(crate) mod upgrade;

use crate::agent::blocked;
use crate::agent::copies::{self, Spot};
use crate::agent::evidence::{Evidence, Ground};
use crate::agent::findings::Finding;
use crate::agent::place::{Kind, Place};
use crate::agent::verdict::Verdict;
use crate::agent::{Agent, Whose};
use crate::codex::auth::AuthFile;
use crate::codex::home::CodexHome;
use crate::openclaw::profiles::inspect::Inspection;

/// What came of one agent's own files.
#[derive(Debug, Default)]
pub(crate) struct Examined {
    pub(crate) findings: Vec<Finding>,
    /// What its profiles say, where that could be read and counts.
    inspection: Option<Inspection>,
    /// The login in its home, where one counts.
    written: Option<running::Written>,
    /// The profile that OpenClaw goes by has its tokens in a file of their own.
    is_sealed: bool,
    /// Where its refresh tokens lie, its codex home aside.
    pub(super) tokens: Vec<Place>,
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
pub(crate) fn agent(evidence: &Evidence<'_>, ground: &Ground) -> Examined {
    let mut examined = Examined::default();
    if evidence.agent.is_elsewhere {
        return examined;
    }
    examined.look_for_tokens(evidence, ground);
    examined.findings.extend(forced::findings(evidence));
    examined.findings.extend(home::findings(evidence));
    examined
        .findings
        .extend(stores::of_agent(&evidence.agent.dir));
    examined.written = running::Written::of(evidence);
    if let Some(selected) = &evidence.selected {
        let chosen = selected.as_ref().ok().and_then(|all| all.profile.as_ref());
        examined.is_sealed = chosen.is_some_and(|chosen| chosen.sealed.is_some());
        examined.inspection = evidence.profiles.inspect(evidence.agent, evidence.now);
    }
    if let Some(inspection) = &examined.inspection {
        let findings = &mut examined.findings;
        findings.extend(profiles::findings(evidence, inspection));
        findings.extend(pins::findings(evidence, inspection));
    }
    examined
}

impl Examined {
    fn look_for_tokens(&mut self, evidence: &Evidence<'_>, ground: &Ground) {
        let agent = evidence.agent;
        let sources = &ground.profiles.sources;
        let held = sources.held_by(&agent.dir);
        self.tokens.extend(tokens::places(&held, Kind::Store));
        self.tokens
            .extend(backups::beside_stores(sources, &agent.dir));
        // Where it uses another home its own may still hold a login.
        let own = CodexHome::of_agent(&agent.dir);
        self.tokens.extend(backups::of_codex(own.path()));
        if agent.whose == Whose::Users {
            let auth = own.auth_json();
            let (_, refresh) = AuthFile::read(&auth);
            let place = |login| Place::of_login(&auth, Kind::CodexHome, false, login);
            self.tokens.extend(refresh.map(place));
        }
        let (findings, homes) = dead_homes::of(agent, sources);
        self.findings.extend(findings);
        self.tokens.extend(homes);
        self.findings.extend(secrets::of_agent(evidence, &held));
    }
}

/// Adds what can be said only where all agents are known, and gives what is true of none alone.
/// `patients` are all agents of the configuration.
pub(crate) fn together(patients: &mut [Patient<'_>], ground: &Ground) -> Vec<Finding> {
    let mut findings = compare_tokens(patients, ground);
    for patient in &mut *patients {
        let own = std::mem::take(&mut patient.examined.findings);
        patient.verdict.findings.extend(own);
    }
    let reliant = shadows::reliant(
        patients
            .iter()
            .map(|patient| (patient.agent, &patient.verdict)),
    );
    for patient in &mut *patients {
        shadows::spare(&mut patient.verdict, &reliant);
        profiles::leave_what_works(&mut patient.verdict);
    }
    running::add(patients, ground);
    findings.extend(orders::findings(patients, ground));
    let dirs: Vec<_> = patients
        .iter()
        .map(|patient| patient.agent.dir.as_path())
        .collect();
    findings.extend(stores::of_all(ground, &dirs));
    findings.extend(machine::findings(patients, ground));
    findings
}

/// Compares the refresh tokens of all agents and of the machine.
fn compare_tokens(patients: &mut [Patient<'_>], ground: &Ground) -> Vec<Finding> {
    let sources = &ground.profiles.sources;
    let main = patients
        .iter()
        .position(|patient| sources.is_main(&patient.agent.dir));
    // From 2026.8.1 on what all inherit can lie elsewhere: the directory is an agent's all the same.
    let mut dirs = patients.iter().map(|patient| &patient.agent.dir);
    let of_machine = tokens::of_machine(ground, dirs.any(|dir| *dir == sources.main_dir));
    let mut of_none = Vec::new();
    let unread = secrets::unread(&ground.profiles, &of_machine.held);
    match main {
        Some(main) => patients[main].examined.findings.extend(unread),
        None => of_none.extend(unread),
    }
    let agents: Vec<_> = patients.iter().map(|patient| patient.agent).collect();
    let mut spots = Vec::new();
    for (index, patient) in patients.iter().enumerate() {
        let places = patient.verdict.token.iter().chain(&patient.examined.tokens);
        spots.extend(places.map(|place| Spot {
            agent: Some(index),
            place,
        }));
    }
    spots.extend(
        of_machine
            .main
            .iter()
            .map(|place| Spot { agent: main, place }),
    );
    let others = of_machine.backups.iter().chain(&of_machine.homes);
    spots.extend(others.map(|place| Spot { agent: None, place }));
    let mut told = copies::shared(&spots, &agents, Some(&ground.profiles));
    told.extend(backups::findings(&spots, &agents));
    for told in told {
        for agent in told.unread {
            blocked::tell_shared(patients[agent].agent, &mut patients[agent].verdict);
        }
        if told.agents.is_empty() {
            of_none.push(told.finding);
            continue;
        }
        for agent in told.agents {
            patients[agent].examined.findings.push(told.finding.clone());
        }
    }
    of_none
}
