//! One run of `codex login`, and what must be true of its result before it counts.

use std::path::Path;

use crate::agent::Agent;
use crate::agent::login::{Event, Failure, Run, Say, could_not, failed, unheard};
use crate::agent::options::Options;
use crate::codex::auth::{AuthFile, Login};
use crate::codex::command::cannot_run;
use crate::codex::device::{PromptReader, Reason};
use crate::codex::environment;
use crate::codex::install;
use crate::codex::lock::HomeLock;
use crate::codex::redact::redacted;
use crate::codex::stage::Stage;
use crate::codex::status::{Says, Word};
use crate::error::Problem;
use crate::process::child::End;
use crate::process::supervise::{Stream, Wiring, supervise};

/// Makes codex keep the login in the staging home's file, whatever the home's configuration says.
const FILE_STORE: [&str; 2] = ["-c", "cli_auth_credentials_store=\"file\""];

/// Logs in within a staging home and installs the result. Whatever fails, the home is as before,
/// and the staging home is gone.
pub(crate) fn log_in(
    run: &mut Run<'_>,
    agent: &Agent,
    lock: &HomeLock,
    say: &mut Say<'_>,
) -> Result<(), Failure> {
    let home = &agent.home;
    let stage = Stage::make(home, lock)
        .map_err(|error| could_not(agent, "make a staging directory in", &error))?;
    let staged = codex_login(run, agent, stage.path(), &FILE_STORE, say)
        .and_then(|()| verify(run, agent, stage.path(), &FILE_STORE));
    let done = staged.and_then(|()| match run.watch.first() {
        Some(signal) => Err(Failure::Interrupted(signal)),
        None => install::install(&stage, home, run.codex_version)
            .map_err(|error| could_not(agent, "install the login in", &error).into()),
    });
    // A login that did not come about is the worse news of the two.
    let removed = stage
        .remove()
        .map_err(|error| could_not(agent, "remove the staging directory in", &error));
    done?;
    Ok(removed?)
}

/// Logs in directly in the home, where staging cannot work.
pub(crate) fn log_in_place(
    run: &mut Run<'_>,
    agent: &Agent,
    say: &mut Say<'_>,
) -> Result<(), Failure> {
    codex_login(run, agent, agent.home.path(), &[], say)
}

/// Runs `codex login` with `CODEX_HOME` set to `home`. Its exit status is necessary, not
/// sufficient: codex's launcher up to 0.165 ends with 0 on Ctrl-C.
fn codex_login(
    run: &mut Run<'_>,
    agent: &Agent,
    home: &Path,
    settings: &[&str],
    say: &mut Say<'_>,
) -> Result<(), Failure> {
    let options = run.options;
    let mut env = environment::for_home(run.codex.inherited, home);
    if home != agent.home.path() {
        env.extend(environment::network_of(agent.home.path()));
    }
    let args = options.flow.args();
    let args = args
        .chain(settings.iter().map(Into::into))
        .chain(options.args.iter().cloned());
    let plan = run.codex.launcher.plan(args, env, home);
    let wiring = Wiring {
        stdin: true,
        stdout: options.show,
        limit: options.limit,
    };
    let mut prompt = PromptReader::default();
    let mut reason = None;
    let mut deaf = false;
    let mut hear = |event| say(event).inspect_err(|_| deaf = true);
    let end = supervise(&plan, wiring, run.watch, |stream, line| match stream {
        Stream::Stdout => match prompt.line(line) {
            Some(code) => hear(Event::DeviceCode(code)),
            None => Ok(()),
        },
        Stream::Stderr => {
            reason = Reason::of_line(line).or(reason);
            hear(Event::CodexSaid(redacted(line)))
        }
    });
    let end = match (end, deaf) {
        (Ok(end), _) => end,
        (Err(error), true) => return Err(unheard(agent, &error).into()),
        (Err(error), false) => {
            return Err(cannot_run(&plan.program, &error.kind().to_string()).into());
        }
    };
    if let Some(signal) = run.watch.first() {
        return Err(Failure::Interrupted(signal));
    }
    match end {
        Some(End::Exited(0)) => Ok(()),
        Some(End::Exited(code)) => {
            let how = format!("codex ended with exit status {code}");
            Err(login_failed(agent, options, &how, reason).into())
        }
        Some(End::BySignal(signal)) => {
            let how = format!("codex was ended by signal {signal}");
            let problem = login_failed(agent, options, &how, reason);
            Err(Failure::Problem(problem, Some(signal)))
        }
        None => {
            let how = format!("no answer within {} minutes", options.limit.as_secs() / 60);
            Err(login_failed(agent, options, &how, Some(Reason::Unreachable)).into())
        }
    }
}

/// A whole login, of the right person, not run out, that codex itself accepts.
fn verify(run: &mut Run<'_>, agent: &Agent, home: &Path, settings: &[&str]) -> Result<(), Failure> {
    let login = match AuthFile::read(&home.join("auth.json")) {
        AuthFile::Whole(login) => login,
        AuthFile::Absent => {
            return Err(unusable(agent, "codex ended without leaving a login").into());
        }
        AuthFile::Damaged(damage) => {
            return Err(unusable(agent, &format!("codex left a login with {damage}")).into());
        }
        AuthFile::Unreadable(why) => {
            return Err(unusable(agent, &format!("the new login could not be read: {why}")).into());
        }
    };
    if let Some(who) = run.options.expect.refuse(&login) {
        let problem = failed(
            "wrong-account",
            format!("the login was not installed: {who}"),
        );
        let hint = format!(
            "sign out of ChatGPT in that browser, or use a private window; then codex-login {}",
            agent.address
        );
        return Err(problem.hint(hint).into());
    }
    if has_run_out(&login, run.ground.now) {
        let what = "the new login has run out already: is this machine's clock right?";
        return Err(unusable(agent, what).into());
    }
    let args = ["login", "status"]
        .into_iter()
        .chain(settings.iter().copied());
    let plan = run.codex.plan(home, args);
    let says = run.codex.ask(vec![plan], run.watch)?.pop();
    if says == Some(Says::LoggedIn(Word::Stored(login.method))) {
        Ok(())
    } else {
        Err(unusable(agent, "codex does not accept the new login").into())
    }
}

fn has_run_out(login: &Login, now: jiff::Timestamp) -> bool {
    login.access_expires_at.is_some_and(|end| end <= now)
}

fn unusable(agent: &Agent, why: &str) -> Problem {
    failed(
        "login-unusable",
        format!("the login was not installed: {why}"),
    )
    .hint(format!("codex-login {}", agent.address))
}

/// The failure with what to do about it, as far as codex's last words tell.
fn login_failed(agent: &Agent, options: &Options, how: &str, reason: Option<Reason>) -> Problem {
    let again = format!("codex-login {}", agent.address);
    let hint = match reason {
        Some(Reason::NotEnabled) => format!(
            "allow device codes first (ChatGPT: Settings > Security; in a workspace its admin), then {again}"
        ),
        Some(Reason::TooMany) => format!("wait a few minutes, then {again}"),
        Some(Reason::Refused) => format!("the code was denied or ran out; for a new one: {again}"),
        Some(Reason::Unreachable) => format!(
            "check the network, HTTPS_PROXY and SSL_CERT_FILE, then {again}"
        ),
        Some(Reason::Disk) => format!("make room on the disk of the home, then {again}"),
        Some(Reason::Forbidden) => "codex's configuration forbids this login: see its forced_login_method and forced_chatgpt_workspace_id".to_owned(),
        Some(Reason::Other) | None => {
            format!("codex's own words are above; to try again: {again}")
        }
    };
    let kept = if options.in_place {
        ""
    } else {
        ", nothing was changed"
    };
    failed("login-failed", format!("login failed{kept}: {how}")).hint(hint)
}
