//! The projects in which OpenClaw installs plugins, for where no record says which one counts.

use std::cmp::Reverse;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::files;
use crate::node::globals::Unlisted;
use crate::node::manifest::Manifest;
use crate::openclaw::plugin::{NAME, PluginRoot, Refusal};

/// Where a project says that its plugin has been replaced, `8902d781d4` being the beginning of the
/// SHA-256 of the plugin's name.
const RETAINED: &str = ".openclaw-retained-npm-installs/openclaw-codex-8902d781d4.json";

/// OpenClaw removes projects that it has replaced; whoever has more has something else there.
const LIMIT: usize = 1000;

/// The plugin in the one project of 2026.5, `npm`, and in those of its own, `npm/projects/*`, and
/// whether the latter could not be listed. From 2026.8.1 on the newest counts, before that the last
/// by its name; what was replaced comes last. Hidden directories are installs that are under way.
pub(super) fn of(own_dir: &Path, is_by_time: bool) -> (Vec<PluginRoot>, Option<Unlisted>) {
    let npm = own_dir.join("npm");
    let projects = npm.join("projects");
    let (names, unlisted) = match files::names(&projects) {
        Ok(names) => (names, None),
        Err(error) => (Vec::new(), Unlisted::of(&projects, &error)),
    };
    let is_hidden = |name: &OsString| name.as_encoded_bytes().starts_with(b".");
    let names = names
        .into_iter()
        .filter(|name| !is_hidden(name))
        .take(LIMIT);
    let own = names
        .map(|name| projects.join(name))
        .filter(|project| !project.is_symlink());
    let mut all: Vec<_> = std::iter::once(npm.clone())
        .chain(own)
        .filter(|project| wants_plugin(project))
        .map(|project| (written(&project, project == npm), project))
        .collect();
    all.reverse();
    if is_by_time {
        all.sort_by_key(|(written, _)| Reverse(*written));
    }
    let mut roots: Vec<_> = all.into_iter().map(|(_, project)| root(&project)).collect();
    roots.sort_by_key(|root| root.refusal.is_some());
    (roots, unlisted)
}

fn wants_plugin(project: &Path) -> bool {
    let wants = Manifest::of(project).is_ok_and(|manifest| manifest.dependency(NAME).is_some());
    wants && plugin_in(project).is_dir()
}

fn plugin_in(project: &Path) -> PathBuf {
    project.join("node_modules").join(NAME)
}

/// When the plugin was installed there: the one project of all plugins changes for others, too.
fn written(project: &Path, is_shared: bool) -> Option<SystemTime> {
    let path = if is_shared {
        plugin_in(project)
    } else {
        project.join("package.json")
    };
    path.metadata().and_then(|meta| meta.modified()).ok()
}

fn root(project: &Path) -> PluginRoot {
    let is_retained = project.join(RETAINED).exists();
    PluginRoot {
        refusal: is_retained.then_some(Refusal::Retained),
        ..PluginRoot::new(plugin_in(project), "npm projects")
    }
}
