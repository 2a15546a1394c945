//! How a codex is started: the native binary where there is one, since it needs no node, starts
//! twice as fast and passes signals truthfully; else its launcher, with node.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use crate::codex::managed::Managed;
use crate::codex::package::CodexPackage;
use crate::error::{Problem, Status};
use crate::process::plan::ChildPlan;

/// What to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Launcher {
    Native {
        binary: PathBuf,
        /// What the package's launcher would have set.
        managed: Option<Managed>,
    },
    Node {
        node: PathBuf,
        entry: PathBuf,
    },
}

impl Launcher {
    /// The package's native binary, where it has one.
    pub(crate) fn native(package: &CodexPackage) -> Option<Launcher> {
        let native = package.native.as_ref()?;
        Some(Launcher::Native {
            binary: native.path.clone(),
            managed: Managed::of(package),
        })
    }

    /// The word that JSON has for it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Launcher::Native { .. } => "native",
            Launcher::Node { .. } => "node",
        }
    }

    /// The node that starts the launcher, where one does.
    pub(crate) fn node(&self) -> Option<&PathBuf> {
        match self {
            Launcher::Native { .. } => None,
            Launcher::Node { node, .. } => Some(node),
        }
    }

    /// Codex with these arguments, in this environment, `cwd` its working directory.
    pub(crate) fn plan(
        &self,
        args: impl IntoIterator<Item = OsString>,
        mut env: BTreeMap<OsString, OsString>,
        cwd: &Path,
    ) -> ChildPlan {
        let (program, first) = match self {
            Launcher::Native { binary, managed } => {
                if let Some(managed) = managed {
                    managed.apply(&mut env);
                }
                (binary, None)
            }
            Launcher::Node { node, entry } => (node, Some(entry.clone().into_os_string())),
        };
        ChildPlan {
            program: program.clone(),
            args: first.into_iter().chain(args).collect(),
            env,
            cwd: cwd.to_owned(),
        }
    }
}

/// A codex that was found and does not start: exit status 126.
pub(crate) fn cannot_run(program: &Path, error: &io::Error) -> Problem {
    // The system says the same of a program whose interpreter is not there.
    let why = if error.kind() == io::ErrorKind::NotFound && program.exists() {
        "its interpreter is missing".to_owned()
    } else {
        error.kind().to_string()
    };
    unable_to_run(program, &why)
}

/// The same, for a reason that is known before it is tried.
pub(crate) fn unable_to_run(program: &Path, why: &str) -> Problem {
    Problem::new(
        "codex-cannot-run",
        Status::CannotRun,
        format!("could not run {}: {why}", program.display()),
    )
    .hint("codex-login which    # and to take another: --codex PATH")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};

    use super::Launcher;
    use crate::codex::environment;
    use crate::process::plan::ChildPlan;

    #[test]
    fn a_plan_has_the_home_and_none_of_its_rivals() {
        let inherited: BTreeMap<_, _> = [
            ("PATH", "/bin"),
            ("HTTPS_PROXY", "http://proxy.test:3128"),
            ("CODEX_HOME", "/elsewhere"),
        ]
        .into_iter()
        .chain(environment::RIVALS.map(|rival| (rival, "fake-rival")))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
        let home = Path::new("/state/agents/ember/agent/codex-home");
        let launcher = Launcher::Node {
            node: PathBuf::from("/bin/node"),
            entry: PathBuf::from("/pkg/bin/codex.js"),
        };
        let plan = launcher.plan(
            ["login".into(), "status".into()],
            environment::for_home(&inherited, home),
            home,
        );
        assert_eq!(
            plan,
            ChildPlan {
                program: PathBuf::from("/bin/node"),
                args: ["/pkg/bin/codex.js", "login", "status"]
                    .map(Into::into)
                    .to_vec(),
                env: [
                    ("CODEX_HOME", "/state/agents/ember/agent/codex-home"),
                    ("HTTPS_PROXY", "http://proxy.test:3128"),
                    ("PATH", "/bin"),
                ]
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
                cwd: home.to_owned(),
            }
        );
    }
}
