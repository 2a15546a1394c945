//! The live projects in which package managers keep what they installed globally.
//!
//! Only what somebody's command line would find: what is left in the stores behind them is
//! `store`'s. The places are as measured with pnpm 7 to 12, npm 11, yarn 1 and bun 1; those of
//! Volta, mise, nvm, fnm, asdf and Homebrew are as documented.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::host::Host;
use crate::node::{nodes, path, pnpm, settings};
use crate::shell::quoted;

/// Where packages lie that a zone of agent-vm has patched.
const RUNTIME_PACKAGES: &str = "/opt/openclaw-runtime-packages";

/// A directory that holds global packages, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GlobalModules {
    /// The `node_modules` directory.
    pub(crate) dir: PathBuf,
    pub(crate) source: String,
    pub(crate) manager: Manager,
}

/// Who installs packages there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Manager {
    Pnpm,
    /// npm, with this prefix.
    Npm(PathBuf),
    Yarn,
    Bun,
    Volta,
    Mise,
    /// Whoever made the machine's image.
    Image,
}

impl Manager {
    /// The command that installs `package` there again.
    pub(crate) fn install(&self, package: &str) -> Option<String> {
        Some(match self {
            Manager::Pnpm => format!("pnpm add -g {package}"),
            Manager::Npm(prefix) => {
                let prefix = quoted(&prefix.to_string_lossy());
                format!("npm install -g --prefix {prefix} {package}")
            }
            Manager::Yarn => format!("yarn global add {package}"),
            Manager::Bun => format!("bun add -g {package}"),
            Manager::Volta => format!("volta install {package}"),
            Manager::Mise => format!("mise install --force npm:{package}"),
            Manager::Image => return None,
        })
    }
}

/// Every directory of global packages that can be on this machine, the most telling first, and
/// what could not be listed on the way. They may not exist.
#[derive(Clone, Debug, Default)]
pub(crate) struct Globals {
    pub(crate) modules: Vec<GlobalModules>,
    pub(crate) unlisted: Vec<Unlisted>,
}

/// A directory that is there and could not be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unlisted {
    pub(crate) dir: PathBuf,
    pub(crate) why: io::ErrorKind,
}

impl Unlisted {
    /// `None` where there is simply nothing.
    pub(crate) fn of(dir: &Path, error: &io::Error) -> Option<Unlisted> {
        let is_absent = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];
        (!is_absent.contains(&error.kind())).then(|| Unlisted {
            dir: dir.to_owned(),
            why: error.kind(),
        })
    }
}

/// Those of package roots that somebody named: directories that are a `node_modules`, or hold one.
pub(crate) fn in_roots(roots: &[PathBuf]) -> impl Iterator<Item = GlobalModules> {
    roots.iter().flat_map(|root| {
        let source = format!("packages of the zone, {}", root.display());
        in_root(root, &source)
    })
}

fn in_root(root: &Path, source: &str) -> [GlobalModules; 3] {
    ["", "node_modules", "lib/node_modules"].map(|tail| GlobalModules {
        dir: root.join(tail),
        source: source.to_owned(),
        manager: Manager::Image,
    })
}

/// All of them. `leads` are real paths of packages that may lie in one of pnpm's homes.
pub(crate) fn all(host: &Host, leads: &[PathBuf]) -> Globals {
    let mut found = Globals::default();
    found.add_pnpm(host, leads);
    let image = in_root(Path::new(RUNTIME_PACKAGES), RUNTIME_PACKAGES);
    found.modules.extend(image);
    for (prefix, named) in npm_prefixes(host) {
        found.add_npm(&prefix, &format!("npm global ({named})"));
    }
    found.add_below(yarn(host), "yarn global", "node_modules", &Manager::Yarn);
    found.add_below(bun(host), "bun global", "node_modules", &Manager::Bun);
    found.add_volta(host);
    let (installs, unlisted) = nodes::installs(host);
    found.unlisted.extend(unlisted);
    for install in installs {
        match install.tool {
            nodes::Tool::Node => found.add_npm(&install.prefix, &install.named),
            nodes::Tool::Package => found.add_mise(&install),
        }
    }
    // What is relative would be found in whatever directory we happen to be in.
    let mut seen = BTreeSet::new();
    let is_new = |modules: &GlobalModules| seen.insert(modules.dir.clone());
    found.modules.retain(|modules| modules.dir.is_absolute());
    found.modules.retain(is_new);
    found
}

impl Globals {
    fn add_pnpm(&mut self, host: &Host, leads: &[PathBuf]) {
        for pnpm::Globals { dir, named } in pnpm::globals(host, leads) {
            let modules = |dir: PathBuf, project: &str| GlobalModules {
                dir,
                source: format!("pnpm global/{project} ({named})"),
                manager: Manager::Pnpm,
            };
            let groups = pnpm::groups(&dir).unwrap_or_else(|error| {
                self.unlisted.extend(Unlisted::of(&dir.join("v11"), &error));
                Vec::new()
            });
            if groups.is_empty() {
                self.modules.push(modules(dir.join("v11"), "v11"));
            }
            let of_groups = groups
                .into_iter()
                .map(|group| modules(group.join("node_modules"), "v11"));
            self.modules.extend(of_groups);
            self.modules.push(modules(dir.join("5/node_modules"), "5"));
        }
    }

    fn add_npm(&mut self, prefix: &Path, source: &str) {
        self.modules.push(GlobalModules {
            dir: prefix.join("lib/node_modules"),
            source: source.to_owned(),
            manager: Manager::Npm(prefix.to_owned()),
        });
    }

    fn add_below(
        &mut self,
        dirs: Vec<(PathBuf, String)>,
        whose: &str,
        tail: &str,
        manager: &Manager,
    ) {
        self.modules
            .extend(dirs.into_iter().map(|(dir, named)| GlobalModules {
                dir: dir.join(tail),
                source: format!("{whose} ({named})"),
                manager: manager.clone(),
            }));
    }

    /// Volta gives each package a project of its own.
    fn add_volta(&mut self, host: &Host) {
        for (home, named) in nodes::volta_homes(host) {
            for package in ["@openclaw/codex", "@openai/codex"] {
                let project = home.join("tools/image/packages").join(package);
                self.add_below(
                    vec![(project, named.clone())],
                    "Volta",
                    "lib/node_modules",
                    &Manager::Volta,
                );
            }
        }
    }

    /// mise does so, too, with npm's layout or bun's.
    fn add_mise(&mut self, install: &nodes::Install) {
        for tail in ["lib/node_modules", "node_modules"] {
            self.modules.push(GlobalModules {
                dir: install.prefix.join(tail),
                source: install.named.clone(),
                manager: Manager::Mise,
            });
        }
    }
}

/// npm's prefixes: the configured ones, those of the `npm` and `node` on PATH, the usual ones.
fn npm_prefixes(host: &Host) -> Vec<(PathBuf, String)> {
    let mut prefixes = Vec::new();
    for name in ["npm_config_prefix", "NPM_CONFIG_PREFIX", "PREFIX"] {
        let value = host.var(name).map(PathBuf::from);
        prefixes.extend(value.map(|dir| (dir, name.to_owned())));
    }
    if let Some(home) = &host.home {
        let prefix = settings::of_ini(host, &home.join(".npmrc"), "prefix");
        prefixes.extend(prefix.map(|dir| (dir, "prefix in ~/.npmrc".to_owned())));
    }
    for program in ["npm", "node", "openclaw", "codex"] {
        let found = path::first(host, program);
        let prefix = found
            .as_deref()
            .and_then(Path::parent)
            .and_then(Path::parent);
        prefixes.extend(prefix.map(|dir| (dir.to_owned(), format!("beside `{program}` on PATH"))));
    }
    for tail in [".npm-global", ".local"] {
        let dir = host.home.as_ref().map(|home| home.join(tail));
        prefixes.extend(dir.map(|dir| (dir, format!("~/{tail}"))));
    }
    for usual in ["/usr/local", "/usr"] {
        prefixes.push((PathBuf::from(usual), usual.to_owned()));
    }
    let homebrew = homebrew(host).into_iter();
    prefixes.extend(homebrew.map(|dir| (dir, "Homebrew".to_owned())));
    prefixes
}

/// Homebrew's prefixes, whose `bin` may have a codex that is no package at all.
pub(crate) fn homebrew(host: &Host) -> Vec<PathBuf> {
    let named = host.var("HOMEBREW_PREFIX").map(PathBuf::from);
    let usual = ["/opt/homebrew", "/home/linuxbrew/.linuxbrew"];
    named.into_iter().chain(usual.map(PathBuf::from)).collect()
}

/// yarn 1's. As root it takes no notice of the home.
fn yarn(host: &Host) -> Vec<(PathBuf, String)> {
    let mut dirs = variable(host, "YARN_GLOBAL_FOLDER", "");
    dirs.extend(variable(host, "XDG_DATA_HOME", "yarn/global"));
    dirs.extend(variable(host, "XDG_CONFIG_HOME", "yarn/global"));
    dirs.extend(below_home(host, ".config/yarn/global"));
    dirs.extend(
        ["/usr/local/share/.config/yarn/global"].map(|dir| (PathBuf::from(dir), dir.to_owned())),
    );
    dirs
}

fn bun(host: &Host) -> Vec<(PathBuf, String)> {
    let mut dirs = variable(host, "BUN_INSTALL_GLOBAL_DIR", "");
    dirs.extend(variable(host, "BUN_INSTALL", "install/global"));
    dirs.extend(below_home(host, ".bun/install/global"));
    dirs
}

fn variable(host: &Host, name: &str, tail: &str) -> Vec<(PathBuf, String)> {
    let value = host.var(name).map(PathBuf::from);
    value
        .map(|dir| (dir.join(tail), name.to_owned()))
        .into_iter()
        .collect()
}

fn below_home(host: &Host, tail: &str) -> Option<(PathBuf, String)> {
    let home = host.home.as_ref()?;
    Some((home.join(tail), format!("~/{tail}")))
}
