//! What commands answer: values that are the JSON documents, and the exit status they imply.
//!
//! Fields are added, never renamed or removed; another `schema_version` would say otherwise.

pub(crate) mod mends;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Value, json};

use crate::agent::findings::Finding;
use crate::agent::verdict::{State, Verdict};
use crate::agent::{Agent, Whose};
use crate::error::{Problem, Status};
use crate::locate::{Candidate, Located};
use crate::openclaw::notice::Notice;
use crate::openclaw::program::Program;
use crate::sourced::Sourced;
use crate::target::Target;
use crate::zone::Zone;

pub(crate) const SCHEMA_VERSION: u32 = 1;

/// One JSON document: where we are, and what is true of the agents.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    schema_version: u32,
    zone: Value,
    openclaw: Value,
    codex: Value,
    pub(crate) agents: Vec<AgentReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Summary>,
    /// What is true of no agent alone; only of `doctor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) findings: Option<Vec<Finding>>,
    /// What `doctor --fix` has done before this was true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fixed: Option<Value>,
    /// Directories of agents that no agent owns; `agents -v` names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    leftovers: Option<Vec<String>>,
}

/// One agent: where it is and, where that was asked, how it is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AgentReport {
    pub(crate) id: String,
    /// `None` of what is no agent.
    pub(crate) agent_dir: Option<String>,
    pub(crate) codex_home: String,
    pub(crate) source: String,
    pub(crate) is_default: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<Verdict>,
}

/// How many agents are ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Summary {
    pub(crate) ready: usize,
    pub(crate) total: usize,
}

impl Report {
    /// A report to which the agents, whose states are asked, are still to be added.
    pub(crate) fn new(target: &Target, codex: Option<&Located>, agents: &[Agent]) -> Report {
        Report {
            schema_version: SCHEMA_VERSION,
            zone: zone(&target.zone),
            openclaw: openclaw(target, codex, agents),
            codex: codex.map_or(Value::Null, codex_json),
            agents: Vec::new(),
            summary: None,
            findings: None,
            fixed: None,
            leftovers: None,
        }
    }

    /// A report of where the agents are, their states not asked.
    pub(crate) fn of_places(target: &Target, codex: Option<&Located>, agents: &[Agent]) -> Report {
        let mut report = Report::new(target, codex, agents);
        report.agents = agents
            .iter()
            .map(|agent| AgentReport::new(agent, None))
            .collect();
        report
    }

    /// The same document with the reason why there is no codex.
    pub(crate) fn failed(&self, problem: &Problem) -> Value {
        let mut document = failure(problem.code, &problem.to_string(), Some(problem));
        let rest = serde_json::to_value(self).unwrap_or_default();
        if let (Some(fields), Value::Object(rest)) = (document.as_object_mut(), rest) {
            fields.extend(rest);
        }
        document
    }

    /// Tells which `openclaw` a login would be handed to, or why there is none, where that is the way.
    pub(crate) fn add_program(&mut self, found: Option<&Result<Program, Problem>>) {
        let (Some(found), Some(openclaw)) = (found, self.openclaw.as_object_mut()) else {
            return;
        };
        let told = match found {
            Ok(program) => json!({
                "version": program.command.version.to_string(),
                "path": program.command.entry.display().to_string(),
                "source": program.command.source,
                "node": program.node.value.display().to_string(),
                "node_version": program.node_version.to_string(),
                "node_source": program.node.source,
            }),
            Err(problem) => failure(problem.code, &problem.to_string(), Some(problem)),
        };
        openclaw.insert("program".to_owned(), told);
    }

    /// Tells where the profiles are that all agents inherit, where that is known and counts.
    pub(crate) fn add_shared_store(&mut self, store: Option<&Sourced<PathBuf>>) {
        if let (Some(store), Some(openclaw)) = (store, self.openclaw.as_object_mut()) {
            let path = store.value.display().to_string();
            let told = json!({ "path": path, "source": store.source });
            openclaw.insert("shared_store".to_owned(), told);
        }
    }

    /// Names what no agent of the configuration owns.
    pub(crate) fn add_leftovers(&mut self, paths: &[PathBuf]) {
        let paths = paths.iter().map(|path| path.display().to_string());
        self.leftovers = Some(paths.collect());
    }

    /// Counts the agents that are ready.
    pub(crate) fn summarise(&mut self) {
        self.summary = Some(Summary {
            ready: self.agents.iter().filter(|agent| agent.is_ready()).count(),
            total: self.agents.len(),
        });
    }

    /// The worst of what the agents' states imply.
    pub(crate) fn status(&self) -> Status {
        self.agents
            .iter()
            .filter_map(|agent| agent.verdict.as_ref())
            .map(|verdict| verdict.state.status())
            .fold(Status::Done, Status::worst)
    }
}

impl AgentReport {
    pub(crate) fn new(agent: &Agent, verdict: Option<Verdict>) -> AgentReport {
        AgentReport {
            id: agent.id.clone(),
            agent_dir: (agent.whose != Whose::NoAgents).then(|| agent.dir.display().to_string()),
            codex_home: agent.home.path().display().to_string(),
            source: agent.source.clone(),
            is_default: agent.is_default,
            verdict,
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.verdict
            .as_ref()
            .is_some_and(|verdict| verdict.state == State::Ready)
    }
}

/// The document for a failure as a whole.
pub(crate) fn failure(code: &str, message: &str, problem: Option<&Problem>) -> Value {
    let mut error = json!({
        "code": code,
        "message": message,
        "hint": problem.and_then(|problem| problem.hint.as_deref()),
    });
    if let (Some(fields), Some(details)) = (
        error.as_object_mut(),
        problem.and_then(|problem| problem.details.clone()),
    ) {
        fields.extend(*details);
    }
    json!({ "schema_version": SCHEMA_VERSION, "error": error })
}

/// The document of `zones`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ZonesReport {
    schema_version: u32,
    pub(crate) zones: Vec<ZoneReport>,
    /// The files that were looked at, in their order.
    pub(crate) searched: Vec<String>,
}

/// One zone: where it is, and which file says so.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ZoneReport {
    pub(crate) name: String,
    /// `this-machine`, `zones.toml`, `agent-vm`, or `other` where there is no OpenClaw in it.
    pub(crate) kind: &'static str,
    /// What runs in it.
    pub(crate) gateway: String,
    pub(crate) state_dir: Option<String>,
    pub(crate) config: Option<String>,
    pub(crate) source: String,
    pub(crate) file: String,
    /// The file of the zone that goes before this one of the same name.
    pub(crate) shadowed_by: Option<String>,
}

impl ZonesReport {
    /// In the order in which they count: of one name the first is meant.
    pub(crate) fn new(mut zones: Vec<ZoneReport>, searched: Vec<String>) -> ZonesReport {
        let mut first = BTreeMap::new();
        for zone in &mut zones {
            zone.shadowed_by = first.get(&zone.name).cloned();
            let file = zone.file.clone();
            first.entry(zone.name.clone()).or_insert(file);
        }
        ZonesReport {
            schema_version: SCHEMA_VERSION,
            zones,
            searched,
        }
    }
}

fn zone(zone: &Zone) -> Value {
    json!({ "name": zone.name, "source": zone.source })
}

fn openclaw(target: &Target, codex: Option<&Located>, agents: &[Agent]) -> Value {
    let openclaw = &target.openclaw;
    let release = openclaw.release.as_ref();
    // A version that is known in part only is told in `source`: this field is for comparing.
    let exact = release.filter(|release| !release.value.or_later);
    let source = match release {
        Some(release) if release.value.or_later => format!("{}: {}", release.source, release.value),
        Some(release) => release.source.clone(),
        None => "not known".to_owned(),
    };
    let of_codex = codex.into_iter().flat_map(|codex| &codex.notices);
    let notices = target.notices(codex, agents);
    let notices: Vec<_> = notices.iter().chain(of_codex).map(notice).collect();
    json!({
        "version": exact.map(|release| release.value.to_string()),
        "source": source,
        "route": openclaw.route.word(),
        "state_dir": openclaw.state_dir.value.display().to_string(),
        "config": openclaw.config.value.display().to_string(),
        "notices": notices,
    })
}

fn notice(notice: &Notice) -> Value {
    json!({ "code": notice.code, "message": notice.message, "fix": notice.fix })
}

fn codex_json(located: &Located) -> Value {
    let package = &located.chosen.value;
    let text = |path: &PathBuf| path.display().to_string();
    json!({
        "version": package.version.as_ref().map(ToString::to_string),
        "path": package.link.as_ref().map(text),
        "entry": package.entry.as_ref().map(text),
        "native": package.native.as_ref().map(|native| text(&native.path)),
        "launcher": located.launcher.word(),
        "node": located.launcher.node().map(text),
        "source": located.chosen.source,
        "step": located.step.word(),
        "managed": located.step.is_managed(),
        "rejected": located.rejected.iter().map(Candidate::to_json).collect::<Vec<_>>(),
    })
}
