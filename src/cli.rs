//! What can be typed: clap's types and nothing else.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const ABOUT: &str = "\
Gives each OpenClaw agent its own working Codex login, and tells the truth about it.
Without a command it logs the selected agents in.";

const USAGE: &str = "\
codex-login [TARGET] [LOGIN OPTIONS] [-- CODEX ARGS…]
       codex-login [TARGET] <COMMAND> [TARGET] [OPTIONS]";

const EXAMPLES: &str = "\
Examples:
  codex-login --agent ember                  log one agent in
  codex-login --all-agents                   log in every agent that is not ready
  codex-login status --all-agents            what each agent would use, and whether it works
  codex-login status --all-agents --json     the same, for scripts
  codex-login doctor                         why not, and the command that mends it
  codex-login doctor --fix                   mend what can be undone, after asking
  codex-login doctor --before-upgrade        what 2026.8.1 and later will do to each agent, and the steps
  codex-login restore                        what can be undone
  codex-login status --live                  the same, and whether OpenAI accepts each login
  codex-login which                          which codex would run, and which were rejected
  codex-login exec --agent ember -- login status
                                             any codex command in the agent's home

Every option of the target and of `Everywhere` has a variable: --state-dir is CODEX_LOGIN_STATE_DIR,
--agent is CODEX_LOGIN_AGENT (comma separated), --json is CODEX_LOGIN_JSON=1, and so on. Only
--user-home has none: what is every agent's is to be named each time.

Exit status:
  0        every selected agent is ready (or the command is done)
  1        at least one is not: logged out, expired, damaged, or its login failed
  2        the request cannot be carried out: usage, unknown zone or agent, configuration
  3        this OpenClaw would not use a login in codex-home
  126/127  codex was found but cannot run / codex was not found
  128+n    ended by signal n";

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "codex-login",
    version,
    about = ABOUT,
    long_about = None,
    override_usage = USAGE,
    after_help = EXAMPLES,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) everywhere: Everywhere,
    #[command(flatten)]
    pub(crate) login: LoginArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The options that may stand before or after a command's name. They are not clap's "global" ones:
/// of a list given on both sides clap would keep one side alone, and so lose an agent.
#[derive(Clone, Debug, Default, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one flag on the command line"
)]
pub(crate) struct Everywhere {
    /// The zone; without it, this machine's OpenClaw
    #[arg(long, value_name = "ZONE", help_heading = "Target")]
    pub(crate) zone: Option<String>,
    /// An agent; repeatable
    #[arg(
        long = "agent",
        short = 'a',
        value_name = "AGENT",
        help_heading = "Target"
    )]
    pub(crate) agents: Vec<String>,
    /// Every agent of the configuration
    #[arg(long, help_heading = "Target")]
    pub(crate) all_agents: bool,
    /// Where `homeScope` is `user`: the one Codex home that all agents use
    #[arg(long, help_heading = "Target")]
    pub(crate) user_home: bool,
    /// Answer with one JSON document (login: one event a line)
    #[arg(long, help_heading = "Everywhere")]
    pub(crate) json: bool,
    /// Say on stderr what is resolved and run
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = "Everywhere")]
    pub(crate) verbose: u8,
    /// No notes on stderr; answers, errors and the device code stay
    #[arg(short, long, help_heading = "Everywhere")]
    pub(crate) quiet: bool,
    /// auto (on a terminal), always or never
    #[arg(long, value_name = "WHEN", help_heading = "Everywhere")]
    pub(crate) color: Option<String>,
    /// OpenClaw's state directory [default: $OPENCLAW_STATE_DIR, then ~/.openclaw]
    #[arg(long, value_name = "DIR", help_heading = "Everywhere")]
    pub(crate) state_dir: Option<PathBuf>,
    /// OpenClaw's configuration [default: $OPENCLAW_CONFIG_PATH, then openclaw.json there]
    #[arg(long, value_name = "FILE", help_heading = "Everywhere")]
    pub(crate) openclaw_config: Option<PathBuf>,
    /// OpenClaw's profile, as its own flag: ~/.openclaw-NAME in place of ~/.openclaw
    #[arg(long, value_name = "NAME", help_heading = "Everywhere")]
    pub(crate) profile: Option<String>,
    /// Where zones are described [default: codex-login/zones.toml in $XDG_CONFIG_HOME or ~/.config]
    #[arg(long, value_name = "FILE", help_heading = "Everywhere")]
    pub(crate) zones: Option<PathBuf>,
    /// The version of OpenClaw that runs the agents
    #[arg(long, value_name = "VERSION", help_heading = "Everywhere")]
    pub(crate) openclaw_version: Option<String>,
    /// The codex to run: its codex.js, or a native binary [default: the one that OpenClaw would run]
    #[arg(long, value_name = "PATH", help_heading = "Everywhere")]
    pub(crate) codex: Option<PathBuf>,
}

/// How to log in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Login options")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one flag on the command line"
)]
pub(crate) struct LoginArgs {
    /// Log in again though the present login looks good
    #[arg(long)]
    pub(crate) force: bool,
    /// Install the login only if it is this person's
    #[arg(long, value_name = "EMAIL")]
    pub(crate) expect_email: Option<String>,
    /// Install the login only if it is this account's
    #[arg(long, value_name = "ID")]
    pub(crate) expect_account: Option<String>,
    /// Log in with an API key from standard input
    #[arg(long, conflicts_with_all = ["with_access_token", "browser"])]
    pub(crate) with_api_key: bool,
    /// Log in with an access token from standard input
    #[arg(long, conflicts_with = "browser")]
    pub(crate) with_access_token: bool,
    /// Codex's browser flow in place of the device code
    #[arg(long)]
    pub(crate) browser: bool,
    /// Log in directly in the agent's home; a failure can cost the login it has
    #[arg(long, conflicts_with_all = ["expect_email", "expect_account"])]
    pub(crate) in_place: bool,
    /// Further arguments for `codex login`
    #[arg(last = true, value_name = "CODEX ARGS")]
    pub(crate) codex_args: Vec<OsString>,
}

/// What the doctor may do.
#[derive(Clone, Copy, Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one flag on the command line"
)]
pub(crate) struct DoctorArgs {
    /// Read the files alone; start no process
    #[arg(long)]
    pub(crate) offline: bool,
    /// Mend what can be undone: `codex-login restore` undoes it
    #[arg(long)]
    pub(crate) fix: bool,
    /// Do not ask before mending
    #[arg(long, short, requires = "fix")]
    pub(crate) yes: bool,
    /// Also make every agent go by its codex-home: an empty `auth.order` in the configuration
    #[arg(long, requires = "fix")]
    pub(crate) native_only: bool,
    /// Also tell what an upgrade to 2026.8.1 or later will do to each agent, and the steps to take
    #[arg(long, conflicts_with = "fix")]
    pub(crate) before_upgrade: bool,
}

/// The commands; without one, `login`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Log the selected agents in (the default)
    Login {
        #[command(flatten)]
        login: LoginArgs,
        #[command(flatten)]
        everywhere: Everywhere,
    },
    /// What each agent's next turn would use, and whether it works
    Status {
        /// Read the files alone; start no process
        #[arg(long)]
        offline: bool,
        /// Also ask OpenAI, through codex, whether it accepts each login; not those that OpenClaw keeps
        /// itself (2026.8.1 and later): they are `not-asked`
        #[arg(long, conflicts_with = "offline")]
        live: bool,
        #[command(flatten)]
        everywhere: Everywhere,
    },
    /// Why an agent does not work, or may soon not, and the command that mends it
    Doctor {
        #[command(flatten)]
        doctor: DoctorArgs,
        #[command(flatten)]
        everywhere: Everywhere,
    },
    /// Undo a `doctor --fix`; without ID, list what can be undone
    Restore {
        /// Which one, as the list has it
        id: Option<String>,
        #[command(flatten)]
        everywhere: Everywhere,
    },
    /// The agents, their directories and where each came from
    Agents {
        #[command(flatten)]
        everywhere: Everywhere,
    },
    /// The zones that are known, and which file describes each
    Zones {
        #[command(flatten)]
        everywhere: Everywhere,
    },
    /// The codex, OpenClaw and homes that would be used, and the candidates rejected
    Which {
        #[command(flatten)]
        everywhere: Everywhere,
    },
    /// Shell code that sets `CODEX_HOME` to the agent's home
    Env {
        /// The shell to write for [default: that of $SHELL]
        #[arg(long, value_name = "SHELL")]
        shell: Option<Shell>,
        #[command(flatten)]
        everywhere: Everywhere,
    },
    /// Run any codex command in the agent's home
    Exec {
        #[command(flatten)]
        everywhere: Everywhere,
        /// The command for codex and its arguments
        #[arg(last = true, required = true, value_name = "ARGS")]
        args: Vec<OsString>,
    },
    /// Codex's own logout, in the agent's home (it revokes the login wherever it was copied)
    ///
    /// A login that OpenClaw keeps itself (2026.8.1 and later) is out of its reach: it is refused, with
    /// OpenClaw's own command to type (`openclaw models auth logout`).
    Logout {
        #[command(flatten)]
        everywhere: Everywhere,
    },
}

/// The shells that `env` writes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// sh, bash, zsh, dash
    Sh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}
