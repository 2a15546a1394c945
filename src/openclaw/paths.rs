//! Where OpenClaw keeps its state and its configuration.
//!
//! The rules are those of OpenClaw's own `paths`, `home-dir` and `utils` modules, alike from
//! 2026.4.14 to 2026.9.6. All paths here are as OpenClaw sees them; its [`Disk`] tells where they
//! are on this host.
//!
//! [`Disk`]: crate::openclaw::disk::Disk

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::error::Problem;
use crate::files::folded;
use crate::openclaw::environment::{Environment, trimmed};
use crate::sourced::Sourced;

const STATE_DIR: &str = "OPENCLAW_STATE_DIR";
const CONFIG_PATH: &str = "OPENCLAW_CONFIG_PATH";
/// The directory's name, and the one it had before.
const DIR_NAMES: [&str; 2] = [".openclaw", ".clawdbot"];
/// The file's name, and the one it had before.
const FILE_NAMES: [&str; 2] = ["openclaw.json", "clawdbot.json"];

/// The home that everything is relative to: `OPENCLAW_HOME`, else the user's; without either the
/// working directory.
pub(crate) fn home(env: &Environment) -> Result<PathBuf, Problem> {
    let user = users_home(env);
    let named = match home_variable(env, "OPENCLAW_HOME") {
        None => user,
        Some(named) => match (after_tilde(&named), user) {
            (None, _) => Some(named),
            (Some(rest), Some(user)) => Some(appended(&user, rest)),
            (Some(_), None) => None,
        },
    };
    match named {
        Some(home) => absolute(env, Path::new(&home)),
        None => env.cwd.clone().ok_or_else(no_home),
    }
}

fn users_home(env: &Environment) -> Option<OsString> {
    home_variable(env, "HOME")
        .or_else(|| home_variable(env, "USERPROFILE"))
        .or_else(|| env.account_home().map(|home| home.as_os_str().to_owned()))
}

/// A variable that names a home: what JavaScript prints for nothing counts as nothing.
fn home_variable(env: &Environment, name: &str) -> Option<OsString> {
    let value = env.trimmed(name)?;
    (value != "undefined" && value != "null").then(|| value.to_owned())
}

/// A path as OpenClaw reads one: a leading `~` is the home, the rest is made absolute against the
/// working directory, `.` and `..` are folded without asking the disk. `~user` is no home.
pub(crate) fn expand(env: &Environment, path: &OsStr) -> Result<PathBuf, Problem> {
    let path = trimmed(path);
    match after_tilde(path) {
        Some(rest) => {
            let home = home(env)?;
            absolute(env, Path::new(&appended(home.as_os_str(), rest)))
        }
        None => absolute(env, Path::new(path)),
    }
}

/// A path as Node resolves one: no `~` is a home.
pub(crate) fn resolved(env: &Environment, path: &OsStr) -> Result<PathBuf, Problem> {
    absolute(env, Path::new(path))
}

/// What follows a `~` that stands for a home.
fn after_tilde(path: &OsStr) -> Option<&str> {
    let rest = path.to_str()?.strip_prefix('~')?;
    (rest.is_empty() || rest.starts_with(['/', '\\'])).then_some(rest)
}

fn appended(start: &OsStr, rest: &str) -> OsString {
    let mut whole = start.to_owned();
    whole.push(rest);
    whole
}

fn absolute(env: &Environment, path: &Path) -> Result<PathBuf, Problem> {
    if path.is_absolute() {
        return Ok(folded(path));
    }
    let cwd = env.cwd.as_ref().ok_or_else(|| no_cwd(path))?;
    Ok(folded(&cwd.join(path)))
}

/// The state directory: the named one; else `.openclaw` in the home, or `.clawdbot` where only
/// that is there.
pub(crate) fn state_dir(env: &Environment) -> Result<Sourced<PathBuf>, Problem> {
    if let Some(named) = env.trimmed(STATE_DIR) {
        return Ok(Sourced::new(expand(env, named)?, env.source(STATE_DIR)));
    }
    let home = home(env)?;
    let is_there = |name: &&str| env.disk.has(&home.join(name));
    let name = DIR_NAMES.into_iter().find(is_there).unwrap_or(DIR_NAMES[0]);
    let source = match env.trimmed("OPENCLAW_HOME") {
        Some(_) => format!("{name} in {}", env.source("OPENCLAW_HOME")),
        None => format!("~/{name}"),
    };
    Ok(Sourced::new(home.join(name), source))
}

/// The configuration file: the named one; else the first that is there, which can be in another
/// directory than the state. It need not exist.
pub(crate) fn config_file(env: &Environment) -> Result<Sourced<PathBuf>, Problem> {
    if let Some(named) = env.trimmed(CONFIG_PATH) {
        return Ok(Sourced::new(expand(env, named)?, env.source(CONFIG_PATH)));
    }
    let state_dir = state_dir(env)?.value;
    let usual = || Sourced::new(state_dir.join(FILE_NAMES[0]), "the state directory");
    if let Some(found) = first_there(env, &state_dir) {
        return Ok(Sourced::new(found, "the state directory"));
    }
    if env.trimmed(STATE_DIR).is_some() {
        return Ok(usual());
    }
    let home = home(env)?;
    let elsewhere = DIR_NAMES
        .iter()
        .find_map(|name| Some((name, first_there(env, &home.join(name))?)));
    Ok(match elsewhere {
        Some((name, found)) => Sourced::new(found, format!("~/{name}, where one is left")),
        None => usual(),
    })
}

fn first_there(env: &Environment, dir: &Path) -> Option<PathBuf> {
    FILE_NAMES
        .map(|name| dir.join(name))
        .into_iter()
        .find(|path| env.disk.has(path))
}

/// OpenClaw's own directory, for plugins and `.env`: the state directory where it is named, else
/// that of the named configuration, else `.openclaw`, never its former name.
pub(crate) fn own_dir(env: &Environment) -> Result<PathBuf, Problem> {
    if let Some(named) = env.trimmed(STATE_DIR) {
        return expand(env, named);
    }
    if let Some(named) = env.trimmed(CONFIG_PATH) {
        let file = expand(env, named)?;
        return Ok(file.parent().unwrap_or(&file).to_owned());
    }
    Ok(home(env)?.join(DIR_NAMES[0]))
}

/// Where 2026.4.25 to 4.29 installed what plugins need: the last of the named directories, else
/// below the directory that systemd gives a service, else below the state directory.
pub(crate) fn stage_dir(env: &Environment, state_dir: &Path) -> Result<PathBuf, Problem> {
    const NAME: &str = "plugin-runtime-deps";
    let listed = |name: &str| -> Vec<PathBuf> {
        let value = env.trimmed(name).unwrap_or_default();
        let all = std::env::split_paths(value);
        all.filter(|dir| !dir.as_os_str().is_empty()).collect()
    };
    if let Some(named) = listed("OPENCLAW_PLUGIN_STAGE_DIR").last() {
        return expand(env, named.as_os_str());
    }
    let of_service = listed("STATE_DIRECTORY").into_iter().next();
    let of_service = of_service
        .map(|dir| dir.join(NAME))
        .filter(|dir| dir.is_dir());
    Ok(of_service.unwrap_or_else(|| state_dir.join(NAME)))
}

fn no_home() -> Problem {
    Problem::request("no-home", "cannot tell the user's home directory")
        .hint("set HOME, or give --state-dir")
}

fn no_cwd(path: &Path) -> Problem {
    let path = path.display();
    Problem::request(
        "no-working-directory",
        format!("{path} is relative, and OpenClaw's working directory is not known here"),
    )
    .hint("cd somewhere that exists, or write the path absolute")
}
