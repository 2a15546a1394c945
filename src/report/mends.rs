//! What `doctor --fix` has done, and what `restore` can undo.

use serde::Serialize;
use serde_json::{Value, json};

use crate::agent::mend::Mend;
use crate::agent::mend::aside::Aside;
use crate::agent::mend::round::Round;
use crate::agent::profile::shown;
use crate::report::SCHEMA_VERSION;

/// What came of `doctor --fix`.
pub(crate) fn fixed(round: &Round) -> Value {
    let done: Vec<_> = round.done.iter().map(mend).collect();
    let failed = round.failed.iter().map(|(failed, why)| {
        let mut failed = mend(failed);
        failed["why"] = json!(why);
        failed
    });
    json!({
        "id": round.id,
        "dir": round.dir.as_ref().map(|dir| dir.display().to_string()),
        "done": done,
        "failed": failed.collect::<Vec<_>>(),
    })
}

/// The document of `restore`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RestoreReport {
    schema_version: u32,
    /// What can be undone, the latest first; after an undoing, what is left.
    pub(crate) fixes: Vec<Value>,
    /// What was undone.
    restored: Option<String>,
}

impl RestoreReport {
    pub(crate) fn new(asides: &[Aside], restored: Option<&str>) -> RestoreReport {
        RestoreReport {
            schema_version: SCHEMA_VERSION,
            fixes: asides.iter().map(aside).collect(),
            restored: restored.map(str::to_owned),
        }
    }
}

fn aside(aside: &Aside) -> Value {
    let steps = aside.manifest.steps.iter().map(|step| {
        let mut value = mend(&step.mend());
        value["standing"] = json!(step.standing(&aside.dir).word());
        value
    });
    json!({
        "id": aside.id,
        "made_at": aside.manifest.made_at,
        "dir": aside.dir.display().to_string(),
        "steps": steps.collect::<Vec<_>>(),
    })
}

/// A mend as scripts see it.
pub(crate) fn mend(mend: &Mend) -> Value {
    let path = mend.path().display().to_string();
    match mend {
        Mend::PutAside(_) => json!({ "kind": "put-aside", "path": path }),
        Mend::TakeOut { id, .. } => {
            json!({ "kind": "take-out", "path": path, "profile_id": shown(id) })
        }
        Mend::Tighten { mode, .. } => {
            json!({ "kind": "tighten", "path": path, "mode": format!("{mode:04o}") })
        }
        Mend::EmptyOrder { provider, .. } => {
            json!({ "kind": "empty-order", "path": path, "provider": provider })
        }
        Mend::Import { agent, .. } => json!({ "kind": "import", "path": path, "agent": agent }),
    }
}
