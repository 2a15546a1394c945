//! Runs package managers, and OpenClaw as one, so that they write into the cache and nowhere else.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::programs::Pnpm;
use super::{cache_dir, make_dir};

/// How much of a failed command's output an error repeats.
const LAST_LINES: usize = 20;

/// A package manager, with the surroundings it runs in.
pub(super) struct Manager {
    program: PathBuf,
    /// What precedes the arguments of every run.
    options: Vec<OsString>,
    env: Vec<(String, OsString)>,
}

impl Manager {
    /// npm, installing into this prefix.
    pub(super) fn npm(prefix: &Path) -> Result<Manager, String> {
        let program = on_path("npm")?;
        on_path("node")?;
        let options = vec!["--prefix".into(), prefix.into()];
        let env = confined(&[])?;
        Ok(Manager {
            program,
            options,
            env,
        })
    }

    /// This pnpm, installing global packages into this `PNPM_HOME`, with these
    /// settings.
    pub(super) fn pnpm(
        pnpm: Pnpm,
        pnpm_home: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Manager, String> {
        on_path("node")?;
        let command_dir = pnpm.command_dir(pnpm_home);
        make_dir(&command_dir)?;
        let node_dir = pnpm.node_dir()?;
        let first = [Some(command_dir.as_path()), node_dir.as_deref()];
        let mut env = confined(&first.into_iter().flatten().collect::<Vec<_>>())?;
        env.push(("PNPM_HOME".to_owned(), pnpm_home.into()));
        // What is off by default in automation would stay off when asked for.
        env.push(("CI".to_owned(), "false".into()));
        // The defaults, said aloud in the words of both versions: the user's
        // own settings may name directories outside the cache.
        let defaults = [
            ("global_dir", pnpm_home.join("global")),
            ("global_bin_dir", command_dir),
            ("store_dir", pnpm_home.join("store")),
            ("cache_dir", home().join(".cache/pnpm")),
            ("state_dir", home().join(".local/state/pnpm")),
        ]
        .map(|(setting, dir)| (setting, dir.into_os_string()));
        let settings = settings.iter().map(|&(name, value)| (name, value.into()));
        for (setting, value) in defaults.into_iter().chain(settings) {
            env.push((format!("npm_config_{setting}"), value.clone()));
            env.push((format!("pnpm_config_{setting}"), value));
        }
        Ok(Manager {
            program: pnpm.program()?,
            options: Vec::new(),
            env,
        })
    }

    /// This yarn 1, with all that is its own below `tree`. It takes the home
    /// of root for nobody's, so every place is named.
    pub(super) fn yarn(program: &Path, tree: &Path) -> Result<Manager, String> {
        on_path("node")?;
        let mut env = confined(&[])?;
        env.push(("YARN_GLOBAL_FOLDER".to_owned(), tree.join("global").into()));
        env.push(("YARN_CACHE_FOLDER".to_owned(), tree.join("cache").into()));
        env.push(("YARN_PREFIX".to_owned(), tree.join("prefix").into()));
        Ok(Manager {
            program: program.to_owned(),
            options: Vec::new(),
            env,
        })
    }

    /// This bun, installing global packages into this `BUN_INSTALL`.
    pub(super) fn bun(program: &Path, bun_install: &Path) -> Result<Manager, String> {
        let mut env = confined(&[])?;
        env.push(("BUN_INSTALL".to_owned(), bun_install.into()));
        let cache = bun_install.join("install/cache");
        env.push(("BUN_INSTALL_CACHE_DIR".to_owned(), cache.into()));
        Ok(Manager {
            program: program.to_owned(),
            options: Vec::new(),
            env,
        })
    }

    /// This OpenClaw on the Node in `node_dir`, with this home. It brings
    /// plugins by the npm on the search path.
    pub(super) fn openclaw(
        node_dir: &Path,
        program: &Path,
        home: &Path,
    ) -> Result<Manager, String> {
        on_path("npm")?;
        let mut env = confined(&[node_dir])?;
        env.push(("HOME".to_owned(), home.into()));
        env.push(("OPENCLAW_HOME".to_owned(), home.into()));
        env.push((
            "OPENCLAW_STATE_DIR".to_owned(),
            home.join(".openclaw").into(),
        ));
        let config = home.join(".openclaw/openclaw.json");
        env.push(("OPENCLAW_CONFIG_PATH".to_owned(), config.into()));
        Ok(Manager {
            program: node_dir.join("node"),
            options: vec![program.into()],
            env,
        })
    }

    /// Runs it with these arguments; an error repeats the command line, the
    /// status and the end of the output.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<(), String> {
        let mut command = self.command(&self.program);
        command.args(&self.options).args(arguments);
        output_of(&mut command).map(drop)
    }

    /// Makes sure the installed codex starts: a package manager succeeds also
    /// when it could not fetch the platform package, which is optional to it.
    pub(super) fn expect_codex(&self, shim: &Path, version: &str) -> Result<(), String> {
        let mut command = self.command(shim);
        let output = output_of(command.arg("--version"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        if said.split_whitespace().any(|word| word == version) {
            Ok(())
        } else {
            Err(format!(
                "`{}` said {said:?}, not {version}",
                command_line(&command)
            ))
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(home())
            .stdin(Stdio::null());
        command
    }
}

/// The program's path, or what to do about its absence.
fn on_path(program: &str) -> Result<PathBuf, String> {
    which::which(program)
        .map_err(|error| format!("{program}: {error}; install Node.js 20 or later, with npm"))
}

/// A home directory for package managers, inside the cache.
fn home() -> PathBuf {
    cache_dir().join("home")
}

/// What to add to the inherited environment, which stays for its proxy and
/// certificate settings, so that no writing leaves the cache. `first` leads
/// the search path.
fn confined(first: &[&Path]) -> Result<Vec<(String, OsString)>, String> {
    let home = home();
    let mut env: Vec<(&str, OsString)> = vec![
        ("CI", "1".into()),
        ("PATH", search_path(first)?),
        ("HOME", home.clone().into()),
        ("npm_config_cache", cache_dir().join("npm-cache").into()),
    ];
    if let Some(settings) = user_settings() {
        env.push(("npm_config_userconfig", settings.clone()));
        env.push(("pnpm_config_npmrc_auth_file", settings));
    }
    for (variable, dir) in [
        ("TMPDIR", "tmp"),
        ("XDG_CACHE_HOME", ".cache"),
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_RUNTIME_DIR", "run"),
    ] {
        make_dir(&home.join(dir))?;
        env.push((variable, home.join(dir).into()));
    }
    let owned = |(name, value): (&str, OsString)| (name.to_owned(), value);
    Ok(env.into_iter().map(owned).collect())
}

/// The user's own npm settings: which registry to use, and how to reach it.
fn user_settings() -> Option<OsString> {
    if let Some(named) = env::var_os("npm_config_userconfig") {
        return Some(named);
    }
    let settings = PathBuf::from(env::var_os("HOME")?).join(".npmrc");
    settings.is_file().then(|| settings.into())
}

fn search_path(first: &[&Path]) -> Result<OsString, String> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let first = first.iter().map(PathBuf::from);
    env::join_paths(first.chain(env::split_paths(&inherited)))
        .map_err(|error| format!("could not put the cache on PATH: {error}"))
}

fn output_of(command: &mut Command) -> Result<Output, String> {
    let line = command_line(command);
    let output = command
        .output()
        .map_err(|error| format!("could not run `{line}`: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said += &String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().collect();
    let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
    Err(format!(
        "`{line}` ended with {}:\n{}",
        output.status,
        last.join("\n")
    ))
}

/// The command without its environment, which may hold secrets.
fn command_line(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    words.join(" ")
}
