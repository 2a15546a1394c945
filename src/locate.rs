//! Which codex to run: the one that was named, else the live global package.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::codex::command::{Launcher, unable_to_run};
use crate::codex::package::{CodexPackage, Rejection};
use crate::error::{Problem, Status};
use crate::host::Host;
use crate::node::globals;
use crate::sourced::Sourced;

/// What `npm install --global` would need to be told; any of pnpm and npm will do.
const INSTALL: &str = "pnpm add -g @openai/codex    (or: npm install -g @openai/codex)";

/// The codex to run, and what was not taken.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub(crate) chosen: Sourced<CodexPackage>,
    /// How it is started.
    pub(crate) launcher: Launcher,
    pub(crate) rejected: Vec<Candidate>,
}

/// A codex that was found and not taken.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) path: PathBuf,
    pub(crate) version: Option<String>,
    pub(crate) source: String,
    pub(crate) reason: String,
}

/// Looks for the codex to run. One whose native binary is missing is taken only where there is no
/// better one.
/// `roots` are package roots of the zone, which go before the usual places.
pub(crate) fn locate(
    host: &Host,
    named: Option<&Sourced<PathBuf>>,
    roots: &[PathBuf],
) -> Result<Located, Problem> {
    if let Some(named) = named {
        return locate_named(host, named);
    }
    let mut usable: Vec<Found> = Vec::new();
    let mut rejected = Vec::new();
    let mut searched = Vec::new();
    let modules = globals::in_roots(roots).chain(globals::global_modules(host));
    for modules in modules {
        let dir = modules.dir.join("@openai/codex");
        let source = modules.source;
        match CodexPackage::at(&dir) {
            Ok(package) => usable.push(Found {
                dir,
                source,
                package,
            }),
            // A dangling link is worth telling, an empty place is not.
            Err(Rejection::Missing) if dir.symlink_metadata().is_err() => {}
            Err(reason) => rejected.push(Candidate::rejected(&dir, &source, &reason)),
        }
        searched.push(modules.dir);
    }
    let Some(index) = usable
        .iter()
        .position(|found| found.package.native.is_some())
        .or((!usable.is_empty()).then_some(0))
    else {
        let mut problem = not_found(&rejected, &searched);
        if let Some(shim) = globals::on_path(host, "codex") {
            problem.hint = Some(format!(
                "{} is on PATH, but may be a shim: name the codex.js or binary behind it with --codex, or: {INSTALL}",
                shim.display()
            ));
        }
        return Err(problem);
    };
    let chosen = usable.remove(index);
    rejected.extend(usable.iter().map(|found| found.outranked_by(&chosen)));
    Ok(Located {
        launcher: launcher(host, &chosen.package)?,
        chosen: Sourced::new(chosen.package, chosen.source),
        rejected,
    })
}

/// The native binary, else the package's own launcher with the node on PATH.
fn launcher(host: &Host, package: &CodexPackage) -> Result<Launcher, Problem> {
    match (&package.native, &package.entry) {
        (Some(binary), _) => Ok(Launcher::Native(binary.clone())),
        (None, Some(entry)) => match globals::on_path(host, "node") {
            Some(node) => Ok(Launcher::Node {
                node,
                entry: entry.clone(),
            }),
            None => Err(unable_to_run(
                entry,
                "its native binary is missing, and there is no node on PATH",
            )
            .hint(INSTALL)),
        },
        (None, None) => Err(unable_to_run(Path::new("codex"), "nothing to start")),
    }
}

/// A valid package, and where it was found.
struct Found {
    dir: PathBuf,
    source: String,
    package: CodexPackage,
}

impl Found {
    fn outranked_by(&self, chosen: &Found) -> Candidate {
        let reason = match self.package.native {
            None => "its platform package is missing: install it again".to_owned(),
            Some(_) if self.package.entry == chosen.package.entry => {
                "the same package as the chosen one".to_owned()
            }
            Some(_) => format!("{} comes first", chosen.source),
        };
        Candidate {
            path: self.dir.clone(),
            version: self.package.version.as_ref().map(ToString::to_string),
            source: self.source.clone(),
            reason,
        }
    }
}

impl Candidate {
    fn rejected(path: &Path, source: &str, reason: &Rejection) -> Candidate {
        Candidate {
            path: path.to_owned(),
            version: None,
            source: source.to_owned(),
            reason: match reason {
                Rejection::Missing if path.is_symlink() => "a dangling link".to_owned(),
                other => other.to_string(),
            },
        }
    }

    /// As `which --json` and the error document show it.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        json!({
            "path": self.path.display().to_string(),
            "version": self.version,
            "source": self.source,
            "reason": self.reason,
        })
    }
}

fn locate_named(host: &Host, named: &Sourced<PathBuf>) -> Result<Located, Problem> {
    let path = &named.value;
    let package = if path.is_dir() {
        CodexPackage::at(path)
    } else {
        CodexPackage::at_file(path)
    };
    match package {
        Ok(package) => Ok(Located {
            launcher: launcher(host, &package)?,
            chosen: Sourced::new(package, &*named.source),
            rejected: Vec::new(),
        }),
        Err(Rejection::NotExecutable) => {
            let why = Rejection::NotExecutable.to_string();
            Err(unable_to_run(path, &why).hint("chmod +x makes it so"))
        }
        Err(reason) => {
            let candidate = Candidate::rejected(path, &named.source, &reason);
            let mut problem = not_found(&[candidate], std::slice::from_ref(path));
            problem.hint = Some(format!(
                "give {} a codex.js or a native binary",
                named.source
            ));
            Err(problem)
        }
    }
}

fn not_found(rejected: &[Candidate], searched: &[PathBuf]) -> Problem {
    let lines = std::iter::once("could not find codex".to_owned())
        .chain(rejected.iter().map(|candidate| {
            let path = candidate.path.display();
            format!("  rejected {path}: {}", candidate.reason)
        }))
        .chain(
            searched
                .iter()
                .map(|place| format!("  looked in {}", place.display())),
        );
    let message = lines.collect::<Vec<_>>().join("\n");
    let mut problem = Problem::new("codex-not-found", Status::NotFound, message).hint(INSTALL);
    let mut details = serde_json::Map::new();
    details.insert(
        "rejected".to_owned(),
        rejected.iter().map(Candidate::to_json).collect(),
    );
    details.insert(
        "searched".to_owned(),
        searched
            .iter()
            .map(|place| json!(place.display().to_string()))
            .collect(),
    );
    problem.details = Some(Box::new(details));
    problem
}
