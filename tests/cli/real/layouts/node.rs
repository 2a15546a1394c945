//! What Node itself says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::packages::{Pnpm, node_dir};

/// What the agent does: it resolves from the real path of a package or project.
const RESOLVE: &str = "
const { realpathSync } = require('node:fs');
const [root, name] = process.argv.slice(1);
const from = require('node:module').createRequire(realpathSync(root) + '/package.json');
process.stdout.write(realpathSync(from.resolve(name)));
";

/// Where OpenClaw 2026.9.6 has noted that it installed the plugin. Opened so that nothing is written
/// beside it.
const INSTALLED_PLUGIN: &str = "
const { DatabaseSync } = require('node:sqlite');
const { pathToFileURL } = require('node:url');
const url = pathToFileURL(process.argv[1]);
url.search = '?mode=ro&immutable=1';
const state = new DatabaseSync(url).prepare('SELECT value_json FROM config_machine_state WHERE state_key = ?');
const { index } = JSON.parse(state.get('plugins.installedIndex').value_json);
process.stdout.write(index.installRecords.codex.installPath);
";

/// The `bin/codex.js` that Node finds from `root`.
pub(super) fn codex_js_from(root: &Path) -> PathBuf {
    resolved("@openai/codex/bin/codex.js", root)
}

/// The file that Node finds from `root` under this name.
pub(super) fn resolved(name: &str, root: &Path) -> PathBuf {
    answer(
        Command::new("node")
            .args(["-e", RESOLVE])
            .arg(root)
            .arg(name),
    )
}

/// The plugin that OpenClaw 2026.9.6 runs, by its own record.
pub(super) fn plugin_in_the_state_of(home: &Path) -> PathBuf {
    let node = node_dir("24.21.0").expect("a node that reads SQLite");
    let database = home.join(".openclaw/state/openclaw.sqlite");
    answer(
        Command::new(node.join("node"))
            .args(["-e", INSTALLED_PLUGIN])
            .arg(database),
    )
}

fn answer(command: &mut Command) -> PathBuf {
    let output = command
        .env_remove("NODE_PATH")
        .output()
        .expect("node starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("a path").into()
}

/// The live global project of this pnpm that has this package at its top.
pub(super) fn global_project(pnpm: Pnpm, global_dir: &Path, package: &str) -> PathBuf {
    let has_it = |project: &PathBuf| project.join("node_modules").join(package).exists();
    let projects = match pnpm {
        Pnpm::V9 | Pnpm::V10 => vec![global_dir.join("5")],
        Pnpm::V11 | Pnpm::V12 => live_groups(&global_dir.join("v11")),
    };
    let mut projects = projects.into_iter().filter(has_it);
    let project = projects.next().unwrap_or_else(|| {
        panic!("no project with {package} in {}", global_dir.display());
    });
    assert!(projects.next().is_none(), "{package} is in two projects");
    project
}

/// Those that are named by a hash: the others are what that name led to before.
fn live_groups(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("the groups of pnpm");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.is_symlink()).collect()
}
