//! Where codex is looked for, as one table.
//!
//! The order is that of what an agent would run: what somebody has said, then the copies of
//! OpenClaw's codex plugin, whose pin is exact, then what the user has installed, and last what is
//! merely left lying. Each step adds what it finds; none of them runs anything.

use std::io;
use std::path::Path;

use super::Around;
use super::search::{Pin, Search};
use super::why::Why;
use crate::codex::package::{NAME, Rejection};
use crate::node::globals::{self, GlobalModules};
use crate::node::manifest::Manifest;
use crate::node::{path, resolve, store};
use crate::openclaw::plugin::{self, PluginRoot};

/// The step by which a codex was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Step {
    #[default]
    Named,
    OwnCommand,
    Plugin,
    RuntimeDeps,
    BundledPlugin,
    GlobalPlugin,
    Global,
    OpenClaw,
    Path,
    Store,
}

type Find = fn(&Around<'_>, &mut Search);

/// The steps. The first codex that can be run is taken; what later steps find is told.
pub(super) const ORDER: [(Step, Find); 10] = [
    // `--codex`, `CODEX_LOGIN_CODEX`.
    (Step::Named, named),
    // `appServer.command`, `OPENCLAW_CODEX_APP_SERVER_BIN`: used, though OpenClaw does not manage it.
    (Step::OwnCommand, own_command),
    // The codex plugin as OpenClaw has installed it: its record, else its projects.
    (Step::Plugin, installed_plugin),
    // What 2026.4.25 to 4.29 installed for the plugin that came with them.
    (Step::RuntimeDeps, runtime_deps),
    // The plugin inside the openclaw package or the image: `dist/extensions`, `extensions`, `/app`.
    (Step::BundledPlugin, bundled_plugin),
    // `@openclaw/codex` in live global projects.
    (Step::GlobalPlugin, global_plugin),
    // `@openai/codex` in live global projects.
    (Step::Global, global_codex),
    // What Node finds from the real path of the openclaw package.
    (Step::OpenClaw, openclaw_package),
    // What `codex` on PATH leads to.
    (Step::Path, on_path),
    // pnpm's stores: a guess, and looked at only where nothing else was found.
    (Step::Store, stores),
];

impl Step {
    /// The word that JSON has for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Step::Named => "named",
            Step::OwnCommand => "own-command",
            Step::Plugin => "plugin",
            Step::RuntimeDeps => "runtime-deps",
            Step::BundledPlugin => "bundled-plugin",
            Step::GlobalPlugin => "global-plugin",
            Step::Global => "global",
            Step::OpenClaw => "openclaw",
            Step::Path => "path",
            Step::Store => "store",
        }
    }

    /// Whether it is a copy that belongs to OpenClaw's plugin.
    pub(crate) fn is_managed(self) -> bool {
        matches!(
            self,
            Step::Plugin | Step::RuntimeDeps | Step::BundledPlugin | Step::GlobalPlugin
        )
    }
}

fn named(around: &Around<'_>, search: &mut Search) {
    let Some(named) = around.places.named else {
        return;
    };
    if named.value.is_dir() {
        search.package(&named.value, &named.source);
    } else {
        search.file(&named.value, &named.source);
    }
}

fn own_command(around: &Around<'_>, search: &mut Search) {
    let Some(own) = &around.places.openclaw.own_command else {
        return;
    };
    let lead = match own.file(around.places.host) {
        Some(file) => search.file(&file, &own.source),
        None if own.has_arguments() => {
            search.refused(Path::new(&own.shown()), &own.source, Why::Arguments)
        }
        None => search.refused(Path::new(&own.shown()), &own.source, Why::NotOnPath),
    };
    lead.repair = Some(own.remedy.clone());
}

fn installed_plugin(around: &Around<'_>, search: &mut Search) {
    for root in &around.places.openclaw.installed {
        from_plugin(root, search);
    }
    search.unlisted(
        around.places.openclaw.unlisted.as_slice(),
        "OpenClaw's plugins",
    );
    for (path, why) in &around.places.openclaw.unreadable {
        search.refused(path, "OpenClaw's record of its plugins", Why::Record(*why));
    }
}

fn bundled_plugin(around: &Around<'_>, search: &mut Search) {
    for root in &around.places.openclaw.bundled {
        from_plugin(root, search);
    }
}

fn runtime_deps(around: &Around<'_>, search: &mut Search) {
    for stage in &around.places.openclaw.runtime_deps {
        search.package(&stage.value.join("node_modules").join(NAME), &stage.source);
    }
}

fn global_plugin(around: &Around<'_>, search: &mut Search) {
    for modules in &around.globals.modules {
        for name in names(modules, plugin::NAME) {
            let root = PluginRoot {
                dir: modules.dir.join(name),
                source: format!("{} in {}", plugin::NAME, modules.source),
                repair: modules.manager.install(plugin::NAME),
                is_recorded: false,
                refusal: None,
            };
            from_plugin(&root, search);
        }
    }
    search.unlisted(&around.globals.unlisted, "global packages");
}

fn global_codex(around: &Around<'_>, search: &mut Search) {
    for modules in &around.globals.modules {
        for name in names(modules, NAME) {
            if let Some(lead) = search.package(&modules.dir.join(name), &modules.source) {
                let version = lead.version().map(|version| format!("@{version}"));
                let wanted = format!("{NAME}{}", version.unwrap_or_default());
                lead.repair = modules.manager.install(&wanted);
            }
        }
        search.place(modules.dir.clone());
    }
}

fn openclaw_package(around: &Around<'_>, search: &mut Search) {
    for package in &around.places.openclaw.packages {
        let Ok(real) = package.value.canonicalize() else {
            continue;
        };
        if let Some(dir) = resolve::package_dir(&real, NAME) {
            search.package(&dir, &format!("beside openclaw ({})", package.source));
        }
    }
}

fn on_path(around: &Around<'_>, search: &mut Search) {
    let homebrew = globals::homebrew(around.places.host).into_iter();
    let beside = homebrew
        .map(|prefix| prefix.join("bin/codex"))
        .filter(|file| file.is_file());
    let mut all: Vec<_> = path::every(around.places.host, "codex")
        .into_iter()
        .map(|file| (file, "codex on PATH"))
        .collect();
    let beside: Vec<_> = beside
        .filter(|file| all.iter().all(|(known, _)| known != file))
        .collect();
    all.extend(beside.into_iter().map(|file| (file, "Homebrew")));
    for (file, source) in all {
        search.command(&file, source);
    }
}

fn stores(around: &Around<'_>, search: &mut Search) {
    const SOURCE: &str = "pnpm's store (a guess: no live link leads there)";
    let copies = store::copies(around.places.host, &around.leads, NAME);
    let first = search.leads.len();
    for dir in copies.found {
        search.package(&dir, SOURCE);
    }
    search.newest_first(first);
    search.unlisted(&copies.unlisted, SOURCE);
    for place in copies.searched {
        search.place(place);
    }
}

/// The names under which a global project may have a package: its own, then the aliases that the
/// project's manifest gives it.
fn names(modules: &GlobalModules, name: &str) -> Vec<String> {
    let project = modules
        .dir
        .parent()
        .and_then(|project| Manifest::of(project).ok());
    let aliases = project.iter().flat_map(|manifest| manifest.aliases(name));
    std::iter::once(name.to_owned())
        .chain(aliases.map(str::to_owned))
        .collect()
}

/// A plugin that is not where something says it is, or that we cannot come to.
fn unreached(root: &PluginRoot, error: &io::Error, search: &mut Search) {
    let is_absent = error.kind() == io::ErrorKind::NotFound;
    if is_absent && !root.is_recorded && !root.dir.is_symlink() {
        return;
    }
    let why = if is_absent {
        Why::Gone
    } else {
        Rejection::Unreadable(error.kind()).into()
    };
    let lead = search.refused(&root.dir, &root.source, why);
    lead.repair.clone_from(&root.repair);
}

/// What Node finds from a plugin, by its real path: by a link to it Node would find something else.
fn from_plugin(root: &PluginRoot, search: &mut Search) {
    let real = match root.dir.canonicalize() {
        Ok(real) => real,
        Err(error) => return unreached(root, &error, search),
    };
    if let Some(refusal) = root.refusal {
        let codex = resolve::package_dir(&real, NAME).and_then(|dir| Manifest::of(&dir).ok());
        let lead = search.refused(&root.dir, &root.source, Why::Plugin(refusal));
        lead.would_be = codex.and_then(|codex| codex.version());
        return;
    }
    let manifest = Manifest::of(&real).ok();
    let pin = manifest.and_then(|manifest| manifest.dependency(NAME).map(str::to_owned));
    let pin = pin.map(|version| Pin {
        version,
        plugin: root.dir.clone(),
    });
    let lead = match resolve::package_dir(&real, NAME) {
        Some(dir) => search.package(&dir, &root.source),
        None => Some(search.refused(&root.dir, &root.source, Why::Unresolved)),
    };
    if let Some(lead) = lead {
        lead.pin = pin;
        lead.repair.clone_from(&root.repair);
    }
}
