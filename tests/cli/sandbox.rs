//! A machine of its own for each test: a home, an OpenClaw with agents, a codex.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fixture;

/// The program under test.
pub const CODEX_LOGIN: &str = env!("CARGO_BIN_EXE_codex-login");
/// The codex of tests that need no real one.
pub const FAKE_CODEX: &str = env!("CARGO_BIN_EXE_fake-codex");

/// The Node that runs the OpenClaw of tests that need no real one.
pub const FAKE_NODE: &str = env!("CARGO_BIN_EXE_fake-node");

/// A home directory with an OpenClaw in it. Gone when dropped.
pub struct Sandbox {
    dir: TempDir,
    env: Vec<(OsString, OsString)>,
}

impl Sandbox {
    /// An OpenClaw 2026.5.12 with these agents, and the fake codex as pnpm 10 installs one.
    pub fn with_agents(ids: &[&str]) -> Sandbox {
        let sandbox = Sandbox::bare();
        let list: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
        sandbox.configure(&json!({ "agents": { "list": list } }).to_string());
        sandbox.install_fake_codex("0.130.0");
        sandbox.set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.5.12")
    }

    /// A home with nothing in it, outside of the directories that codex takes for temporary.
    pub fn bare() -> Sandbox {
        Sandbox::bare_in(crate::users::scratch())
    }

    /// The same, elsewhere.
    pub fn bare_in(scratch: &Path) -> Sandbox {
        let dir = TempDir::with_prefix_in("sandbox-", scratch).expect("a scratch directory");
        let sandbox = Sandbox {
            dir,
            env: Vec::new(),
        };
        for name in ["home", "tmp", "cwd", "bin"] {
            fs::create_dir(sandbox.path(name)).expect("a directory");
        }
        let home = sandbox.path("home");
        let path = sandbox.path("bin");
        let tmp = sandbox.path("tmp");
        sandbox
            .set("HOME", home)
            .set("PATH", path)
            .set("TMPDIR", tmp)
            .set("LC_ALL", "C")
            .set("COLUMNS", "100")
            .set("NO_PROXY", "127.0.0.1")
    }

    /// Sets a variable for every run.
    pub fn set(mut self, name: &str, value: impl Into<OsString>) -> Sandbox {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.into(), value.into()));
        self
    }

    /// A path in the sandbox.
    pub fn path(&self, tail: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(tail)
    }

    pub fn state_dir(&self) -> PathBuf {
        self.path("home/.openclaw")
    }

    /// Writes `openclaw.json`.
    pub fn configure(&self, text: &str) {
        self.write("home/.openclaw/openclaw.json", text);
    }

    /// Writes a file and the directories above it.
    pub fn write(&self, tail: impl AsRef<Path>, text: &str) -> PathBuf {
        let path = self.path(tail);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        fs::write(&path, text).expect("a file");
        path
    }

    /// The codex home of an agent at its usual place.
    pub fn home_of(&self, agent: &str) -> PathBuf {
        self.state_dir()
            .join("agents")
            .join(agent)
            .join("agent/codex-home")
    }

    pub fn auth_json(&self, agent: &str) -> PathBuf {
        self.home_of(agent).join("auth.json")
    }

    /// Gives the agent a home (0700) with this `auth.json` (0600).
    pub fn give_auth(&self, agent: &str, text: impl AsRef<[u8]>) {
        let home = self.home_of(agent);
        fs::create_dir_all(&home).expect("the home");
        fs::set_permissions(&home, Permissions::from_mode(0o700)).expect("its mode");
        fs::write(self.auth_json(agent), text).expect("auth.json");
        fs::set_permissions(self.auth_json(agent), Permissions::from_mode(0o600))
            .expect("its mode");
    }

    /// Logs the agent in as `<agent>@example.test` for many years.
    pub fn log_in(&self, agent: &str) {
        let email = format!("{agent}@example.test");
        self.give_auth(
            agent,
            fixture::chatgpt(&email, fixture::FAR_AHEAD).to_string(),
        );
    }

    /// The fake codex as the live global package of pnpm 10.
    pub fn install_fake_codex(&self, version: &str) {
        let store = self.path("home/.local/share/pnpm/global/5/.pnpm");
        let package = store.join(format!(
            "@openai+codex@{version}/node_modules/@openai/codex"
        ));
        fake_package(&package, version);
        link(
            &package,
            &self.path("home/.local/share/pnpm/global/5/node_modules/@openai/codex"),
        );
    }

    /// Another version in place of the one that is installed.
    pub fn install_fake_codex_over(&self, version: &str) {
        let live = self.path("home/.local/share/pnpm/global/5/node_modules/@openai/codex");
        fs::remove_file(live).expect("the live link");
        self.install_fake_codex(version);
    }

    /// An OpenClaw of this version as npm below `prefix` has it, on PATH, and what it says of Node.
    pub fn install_openclaw(&self, prefix: &str, version: &str, needs: &str) -> PathBuf {
        let package = format!("{prefix}/lib/node_modules/openclaw");
        let manifest = json!({
            "name": "openclaw", "version": version, "bin": { "openclaw": "openclaw.mjs" },
            "engines": { "node": needs },
        });
        self.write(format!("{package}/package.json"), &manifest.to_string());
        let entry = self.write(format!("{package}/openclaw.mjs"), "// run by the fake\n");
        fs::set_permissions(&entry, Permissions::from_mode(0o755)).expect("its mode");
        let on_path = self.path("bin/openclaw");
        let _ = fs::remove_file(&on_path);
        link(&entry, &on_path);
        entry
    }

    /// The fake Node; its path tells its version.
    pub fn install_node(&self, tail: &str) {
        link(Path::new(FAKE_NODE), &self.path(tail));
    }

    /// The plan for a run, for tests that start it themselves.
    pub fn command<I: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = I>) -> Command {
        self.command_of(Path::new(CODEX_LOGIN), args)
    }

    /// The same for a codex-login that stands elsewhere.
    pub fn command_of<I: AsRef<OsStr>>(
        &self,
        program: &Path,
        args: impl IntoIterator<Item = I>,
    ) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(self.path("cwd"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs codex-login to its end.
    pub fn run<I: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = I>) -> Run {
        let output = self.command(args).output().expect("codex-login starts");
        Run::new(output.status, &output.stdout, &output.stderr)
    }

    /// Runs codex-login with `input` as its standard input.
    pub fn run_with_input<const N: usize>(&self, args: [&str; N], input: &str) -> Run {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .spawn()
            .expect("codex-login starts");
        let mut stdin = child.stdin.take().expect("a standard input");
        stdin.write_all(input.as_bytes()).expect("it is read");
        drop(stdin);
        wait(child)
    }

    /// `--json`, parsed.
    pub fn json<const N: usize>(&self, args: [&str; N]) -> Value {
        let run = self.run(args);
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}:\n{run}"))
    }

    /// What the fake codex was started with, a value each.
    pub fn starts(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("starts.log")).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).expect("a line of the log"))
            .collect()
    }

    /// Has the fake codex tell how it is started.
    pub fn log_starts(self) -> Sandbox {
        let log = self.path("starts.log");
        self.set("FAKE_CODEX_LOG", log)
    }

    /// Names in the agent's home, sorted.
    pub fn names_in_home(&self, agent: &str) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.home_of(agent))
            .map(|entries| {
                entries
                    .map(|entry| {
                        entry
                            .expect("an entry")
                            .file_name()
                            .to_string_lossy()
                            .into_owned()
                    })
                    .collect()
            })
            .unwrap_or_default();
        names.sort();
        names
    }

    /// Asserts that no staging directory is left in the agent's home.
    pub fn assert_nothing_staged(&self, agent: &str) {
        let names = self.names_in_home(agent);
        let staged = names
            .iter()
            .any(|name| name.starts_with(".codex-login.") && name != ".codex-login.lock");
        assert!(!staged, "left in the home: {names:?}");
    }
}

/// Waits for the end of a run and reads what it wrote.
pub fn wait(child: Child) -> Run {
    let output = child.wait_with_output().expect("codex-login ends");
    Run::new(output.status, &output.stdout, &output.stderr)
}

/// A main package with its platform package as Node's walk finds it, the fake for a binary.
pub fn fake_package(package: &Path, version: &str) {
    link(
        Path::new(FAKE_CODEX),
        &package_without_binary(package, version),
    );
}

/// The same without the binary; gives the path where it belongs.
pub fn package_without_binary(package: &Path, version: &str) -> PathBuf {
    let bin = package.join("bin");
    fs::create_dir_all(&bin).expect("a package");
    fs::write(bin.join("codex.js"), "throw new Error('not run')\n").expect("codex.js");
    let manifest = json!({
        "name": "@openai/codex", "version": version, "bin": { "codex": "bin/codex.js" },
    });
    fs::write(package.join("package.json"), manifest.to_string()).expect("its manifest");
    let (suffix, os, cpu, triple) = platform();
    let carrier = package
        .join("node_modules")
        .join(format!("@openai/codex-{suffix}"));
    let vendor = carrier.join("vendor").join(triple).join("codex");
    fs::create_dir_all(&vendor).expect("a platform package");
    let manifest = json!({
        "name": "@openai/codex", "version": format!("{version}-{suffix}"), "os": [os], "cpu": [cpu],
    });
    fs::write(carrier.join("package.json"), manifest.to_string()).expect("its manifest");
    vendor.join("codex")
}

/// The platform package's suffix, os and cpu, and the triple in it.
pub fn platform() -> (&'static str, &'static str, &'static str, &'static str) {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => ("linux-x64", "linux", "x64", "x86_64-unknown-linux-musl"),
        ("linux", "aarch64") => (
            "linux-arm64",
            "linux",
            "arm64",
            "aarch64-unknown-linux-musl",
        ),
        ("macos", "aarch64") => ("darwin-arm64", "darwin", "arm64", "aarch64-apple-darwin"),
        ("macos", "x86_64") => ("darwin-x64", "darwin", "x64", "x86_64-apple-darwin"),
        other => panic!("no codex is published for {other:?}"),
    }
}

/// A link at `at`, the directories above it made.
pub fn link(to: &Path, at: &Path) {
    fs::create_dir_all(at.parent().expect("a parent")).expect("directories");
    symlink(to, at).expect("a link");
}

/// `command` as the arguments of another program, which is to become it in the end.
pub fn through(prefix: &[&str], command: &Command) -> Command {
    let mut outer = Command::new(prefix[0]);
    outer
        .args(&prefix[1..])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(command.get_current_dir().expect("a working directory"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    outer
}

/// `command` from a shell that does this first.
pub fn through_sh(first: &str, command: &Command) -> Command {
    through(
        &["/bin/sh", "-c", &format!("{first}; exec \"$@\""), "sh"],
        command,
    )
}

/// Says that a test tries nothing here, past the test harness: what is not tried must be seen.
pub fn not_tried(why: &str) {
    writeln!(std::io::stderr(), "not tried: {why}").expect("a standard error");
}

/// How a run ended, and what it wrote.
pub struct Run {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    fn new(status: ExitStatus, stdout: &[u8], stderr: &[u8]) -> Run {
        Run {
            status,
            stdout: String::from_utf8_lossy(stdout).into_owned(),
            stderr: String::from_utf8_lossy(stderr).into_owned(),
        }
    }

    /// Asserts the exit status, and shows everything where it is another.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Run {
        assert_eq!(self.status.code(), Some(code), "{self}");
        self
    }

    /// Asserts that the run died of this signal.
    #[track_caller]
    pub fn expect_signal(self, signal: i32) -> Run {
        assert_eq!(self.status.signal(), Some(signal), "{self}");
        self
    }

    /// Asserts that standard error has this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Run {
        assert!(self.stderr.contains(text), "no {text:?} in\n{self}");
        self
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Run {
            status,
            stdout,
            stderr,
        } = self;
        write!(f, "{stdout}------- stderr -------\n{stderr}[{status}]")
    }
}
