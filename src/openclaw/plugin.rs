//! OpenClaw's codex plugin, wherever this version keeps it: the agent runs the codex that belongs
//! to it.
//!
//! As measured with 2026.5.12 and 9.6, and read in releases from 2026.4.25 to 9.6.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::error::Problem;
use crate::files;
use crate::node::globals::Unlisted;
use crate::node::manifest::Manifest;
use crate::openclaw::config::Config;
use crate::openclaw::disk::Disk;
use crate::openclaw::environment::Environment;
use crate::openclaw::installed::Package;
use crate::openclaw::own_command::OwnCommand;
use crate::openclaw::paths;
use crate::openclaw::projects;
use crate::openclaw::records;
use crate::openclaw::version::{Release, Version};
use crate::sourced::Sourced;

/// The plugin's package.
pub(crate) const NAME: &str = "@openclaw/codex";
/// Where a package or an image has the plugins that come with it.
const BUNDLED: [&str; 2] = ["dist/extensions/codex", "extensions/codex"];
/// OpenClaw's own image.
const IMAGE: &str = "/app";

/// All that OpenClaw's files tell of the codex that it runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plugins {
    /// What it starts in place of the one that it manages.
    pub(crate) own_command: Option<OwnCommand>,
    /// Installed by OpenClaw, the one that it would take first.
    pub(crate) installed: Vec<PluginRoot>,
    /// Directories whose `node_modules` 2026.4.25 to 4.29 filled for the plugin in the package.
    pub(crate) runtime_deps: Vec<Sourced<PathBuf>>,
    /// Inside a package or an image.
    pub(crate) bundled: Vec<PluginRoot>,
    /// The packages of OpenClaw itself.
    pub(crate) packages: Vec<Sourced<PathBuf>>,
    /// Records that could not be read.
    pub(crate) unreadable: Vec<(PathBuf, ErrorKind)>,
    /// A directory of projects that could not be listed.
    pub(crate) unlisted: Option<Unlisted>,
}

/// A directory of the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PluginRoot {
    pub(crate) dir: PathBuf,
    pub(crate) source: String,
    /// The command that installs it again.
    pub(crate) repair: Option<String>,
    /// A record names it: that it is not there is worth telling.
    pub(crate) is_recorded: bool,
    /// Why OpenClaw would not load it.
    pub(crate) refusal: Option<Refusal>,
}

/// Why OpenClaw does not load a plugin that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Another install has replaced it, and it is kept for what still runs.
    Retained,
    WorldWritable,
    /// It belongs neither to OpenClaw's user nor to root.
    OfAnother,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Retained => "retained: OpenClaw has replaced this install",
            Refusal::WorldWritable => "everybody can write there: OpenClaw does not load it",
            Refusal::OfAnother => "it belongs to another user: OpenClaw does not load it",
        })
    }
}

/// Where to look for the plugin.
#[derive(Clone, Debug)]
pub(crate) struct PluginPlaces {
    state_dir: PathBuf,
    /// OpenClaw's directory for plugins, which is another one where only the configuration is named.
    own_dir: PathBuf,
    /// `plugins.load.paths`: they go before what is installed.
    load_paths: Vec<PathBuf>,
    /// Where 2026.4.25 to 4.29 put what plugins need.
    stage_dir: PathBuf,
    home: PathBuf,
    own_command: Option<OwnCommand>,
    pub(crate) packages: Vec<Sourced<PathBuf>>,
}

impl PluginPlaces {
    /// Those of the OpenClaw with this environment, `state_dir` and `packages` being on this host.
    /// `None` where it sees another disk: nothing from there is to be run here.
    pub(crate) fn of(
        env: &Environment,
        config: &Config,
        state_dir: &Path,
        own_command: Option<OwnCommand>,
        packages: Vec<Package>,
    ) -> Result<Option<PluginPlaces>, Problem> {
        if env.disk != Disk::Same {
            return Ok(None);
        }
        let packages = packages.into_iter();
        // One that depends on a working directory that nobody knows leads nowhere.
        let load_paths = config
            .load_paths()
            .filter_map(|path| paths::expand(env, path.as_ref()).ok());
        Ok(Some(PluginPlaces {
            state_dir: state_dir.to_owned(),
            own_dir: paths::own_dir(env)?,
            load_paths: load_paths.collect(),
            stage_dir: paths::stage_dir(env, state_dir)?,
            home: paths::home(env)?,
            own_command,
            packages: packages
                .map(|package| Sourced::new(package.dir, package.source))
                .collect(),
        }))
    }

    /// Looks there. `release` decides which record counts, and what does where there is none.
    pub(crate) fn look(&self, release: Option<&Release>) -> Plugins {
        let since = |month, patch| {
            release.is_some_and(|release| release.version >= Version::release(month, patch))
        };
        let mut installed = self.loaded();
        let (recorded, unreadable) = self.recorded(since(6, 1));
        installed.extend(recorded);
        let is_by_time = release.is_none() || since(8, 1);
        let (projects, unlisted) = projects::of(&self.own_dir, is_by_time);
        let known: BTreeSet<_> = installed.iter().map(|root| root.dir.clone()).collect();
        installed.extend(
            projects
                .into_iter()
                .filter(|root| !known.contains(&root.dir)),
        );
        let owner = self.state_dir.metadata().map(|meta| meta.uid()).ok();
        for root in &mut installed {
            root.refusal = root.refusal.or_else(|| distrusted(&root.dir, owner));
        }
        let mut bundled = self.bundled();
        for root in bundled
            .iter_mut()
            .filter(|root| root.dir.starts_with(&self.own_dir))
        {
            root.refusal = distrusted(&root.dir, owner);
        }
        Plugins {
            own_command: self.own_command.clone(),
            installed,
            unreadable,
            unlisted,
            runtime_deps: self.runtime_deps(release),
            bundled,
            packages: self.packages.clone(),
        }
    }

    /// Each of them can be the plugin, or hold it.
    fn loaded(&self) -> Vec<PluginRoot> {
        let all = self.load_paths.iter();
        let dirs = all.flat_map(|path| [path.clone(), path.join("codex")]);
        dirs.filter(|dir| Manifest::of(dir).is_ok_and(|manifest| manifest.name() == Some(NAME)))
            .map(|dir| PluginRoot {
                repair: None,
                ..PluginRoot::new(dir, "plugins.load.paths")
            })
            .collect()
    }

    /// What OpenClaw's records say, and which could not be read. From 2026.6.1 on the database
    /// counts, before that the file.
    fn recorded(&self, in_database: bool) -> (Vec<PluginRoot>, Vec<(PathBuf, ErrorKind)>) {
        let file = self.state_dir.join(records::FILE);
        let database = self.state_dir.join(records::DATABASE);
        let mut records = [
            (records::of_file(&file), file),
            (records::of_database(&database), database),
        ];
        if in_database {
            records.reverse();
        }
        let mut roots = Vec::new();
        let mut unreadable = Vec::new();
        for (recorded, record) in records {
            let name = record.file_name().unwrap_or_default().to_string_lossy();
            match recorded {
                Ok(dir) => {
                    let dir = dir.and_then(|dir| self.absolute(&dir));
                    let root = dir.map(|dir| PluginRoot::new(dir, &name));
                    roots.extend(root.map(|root| PluginRoot {
                        is_recorded: true,
                        ..root
                    }));
                }
                Err(why) => unreadable.push((record, why)),
            }
        }
        (roots, unreadable)
    }

    /// A recorded path. OpenClaw itself writes absolute ones; a relative one would depend on where
    /// the gateway runs.
    fn absolute(&self, recorded: &str) -> Option<PathBuf> {
        let path = match recorded.strip_prefix("~/") {
            Some(tail) => self.home.join(tail),
            None => PathBuf::from(recorded),
        };
        path.is_absolute().then_some(path)
    }

    /// Inside the package or the image; then what somebody has put among the extensions, which
    /// counts for less than anything else.
    fn bundled(&self) -> Vec<PluginRoot> {
        let packages = self.packages.iter().map(|package| package.value.clone());
        let all = packages.chain([PathBuf::from(IMAGE)]);
        let bundled = all.flat_map(|package| BUNDLED.map(|tail| package.join(tail)));
        let by_hand = self.own_dir.join("extensions/codex");
        let how = |dir: &Path| {
            if *dir == by_hand {
                "the directory of extensions"
            } else {
                "inside the openclaw package"
            }
        };
        bundled
            .chain([by_hand.clone()])
            .filter(|dir| dir.is_dir())
            .map(|dir| PluginRoot {
                repair: None,
                ..PluginRoot::new(dir.clone(), how(&dir))
            })
            .collect()
    }

    /// The directories that 2026.4.25 to 4.29 filled, the newest first.
    fn runtime_deps(&self, release: Option<&Release>) -> Vec<Sourced<PathBuf>> {
        let exact = release.filter(|release| !release.or_later);
        let version = exact.map(|release| format!("{}-", release.version));
        let start = format!("openclaw-{}", version.unwrap_or_default());
        let names = files::names(&self.stage_dir)
            .unwrap_or_default()
            .into_iter();
        let mut all: Vec<_> = names
            .filter(|name| name.to_string_lossy().starts_with(&start))
            .map(|name| self.stage_dir.join(name))
            .collect();
        all.sort_by_key(|dir| Reverse(dir.metadata().and_then(|meta| meta.modified()).ok()));
        all.into_iter()
            .map(|dir| {
                Sourced::new(
                    dir,
                    "what OpenClaw installed for its plugins (plugin-runtime-deps)",
                )
            })
            .collect()
    }
}

impl PluginRoot {
    /// One that is not refused; `how` says how it was found.
    pub(super) fn new(dir: PathBuf, how: &str) -> PluginRoot {
        // What stands there may be anything; what goes into a command is a version.
        let version = Manifest::of(&dir)
            .ok()
            .and_then(|manifest| manifest.version());
        let version = version
            .map(|version| format!("@{version}"))
            .unwrap_or_default();
        PluginRoot {
            dir,
            source: format!("OpenClaw's codex plugin ({how})"),
            repair: Some(format!("openclaw plugins install {NAME}{version} --force")),
            is_recorded: false,
            refusal: None,
        }
    }
}

/// OpenClaw loads no plugin that others than its own user and root can change.
fn distrusted(dir: &Path, owner: Option<u32>) -> Option<Refusal> {
    let meta = dir.metadata().ok()?;
    if meta.mode() & 0o002 != 0 {
        return Some(Refusal::WorldWritable);
    }
    let is_known = meta.uid() == 0 || owner.is_none_or(|owner| owner == meta.uid());
    (!is_known).then_some(Refusal::OfAnother)
}
