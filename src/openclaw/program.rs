//! The `openclaw` command of an OpenClaw, and the Node that starts it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use nix::unistd::AccessFlags;

use crate::files;
use crate::host::Host;
use crate::node::engines::Engines;
use crate::node::manifest::Manifest;
use crate::node::nodes;
use crate::openclaw::version::Version;
use crate::process::plan::ChildPlan;
use crate::sourced::Sourced;

/// The command, as a package of OpenClaw has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// Its `openclaw.mjs`.
    pub(crate) entry: PathBuf,
    pub(crate) version: Version,
    /// What led to it, for people.
    pub(crate) source: String,
    /// The Nodes that it runs on; `None` where it does not tell.
    pub(crate) needs: Option<Engines>,
}

/// The command with the Node that starts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) command: Command,
    pub(crate) node: Sourced<PathBuf>,
    pub(crate) node_version: semver::Version,
}

impl Command {
    /// That of the package in `dir`, where this user can read it.
    pub(crate) fn of(dir: &Path, source: &str) -> Option<Command> {
        let manifest = Manifest::of(dir).ok()?;
        let entry = files::folded(&dir.join(manifest.bin("openclaw")?));
        let can_be_read = entry.starts_with(dir)
            && entry.is_file()
            && files::barred(&entry, AccessFlags::R_OK).is_none();
        Some(Command {
            version: manifest.text("version")?.parse().ok()?,
            source: source.to_owned(),
            needs: manifest.engine("node").map(Engines::of),
            entry: can_be_read.then_some(entry)?,
        })
    }

    /// The Nodes to try, in this order: the one that the gateway runs on, then those that belong
    /// to the package manager, are on PATH, or are a version manager's.
    pub(crate) fn nodes(
        &self,
        host: &Host,
        of_gateway: Option<&Sourced<PathBuf>>,
    ) -> Vec<Sourced<PathBuf>> {
        let mut all: Vec<_> = of_gateway.into_iter().cloned().collect();
        all.extend(nodes::every(host, &self.entry));
        let mut seen = BTreeSet::new();
        all.retain(|node| seen.insert(node.value.clone()));
        all
    }

    /// Whether it runs on a Node of this version.
    pub(crate) fn runs_on(&self, node: &semver::Version) -> bool {
        self.needs.as_ref().is_none_or(|needs| needs.admits(node))
    }
}

impl Program {
    /// What would be run.
    pub(crate) fn plan(
        &self,
        args: impl IntoIterator<Item = OsString>,
        env: BTreeMap<OsString, OsString>,
        cwd: &Path,
    ) -> ChildPlan {
        let entry = self.command.entry.clone().into_os_string();
        ChildPlan {
            program: self.node.value.clone(),
            args: std::iter::once(entry).chain(args).collect(),
            env,
            cwd: cwd.to_owned(),
        }
    }
}
