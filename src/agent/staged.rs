//! One run of `codex login`, and what must be true of its result before it counts.

use std::io;
use std::path::Path;

use crate::agent::Agent;
use crate::agent::failure::{Failure, could_not, login_failed, unheard, unusable, wrong_account};
use crate::agent::login::{Event, Run, Say};
use crate::agent::options::LIMIT;
use crate::codex::auth::AuthFile;
use crate::codex::command::cannot_run;
use crate::codex::device::{PromptReader, Reason};
use crate::codex::environment;
use crate::codex::install;
use crate::codex::lock::HomeLock;
use crate::codex::redact::redacted;
use crate::codex::stage::Stage;
use crate::codex::status::{Says, Word};
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
    let done = log_in_at(run, agent, &stage, say).and_then(|()| put_in_place(run, agent, &stage));
    let path = stage.path().to_owned();
    if let Err(error) = stage.remove() {
        let note = format!("could not remove {}: {error}", path.display());
        // The login stands or has failed already; who hears this changes nothing about it.
        let _ = say(Event::Note(note));
    }
    done
}

/// Logs in within this staging home, and leaves a login there that may be used.
pub(crate) fn log_in_at(
    run: &mut Run<'_>,
    agent: &Agent,
    stage: &Stage,
    say: &mut Say<'_>,
) -> Result<(), Failure> {
    codex_login(run, agent, stage.path(), &FILE_STORE, say)?;
    verify(run, agent, stage)
}

fn put_in_place(run: &mut Run<'_>, agent: &Agent, stage: &Stage) -> Result<(), Failure> {
    let watch = &mut *run.watch;
    let mut give_up = || watch.first().is_some();
    let installed = install::install(stage, &agent.home, run.codex_version, &mut give_up);
    match (installed, run.watch.first()) {
        (Ok(()), _) => Ok(()),
        (Err(error), Some(signal)) if error.kind() == io::ErrorKind::Interrupted => {
            Err(Failure::Interrupted(signal))
        }
        (Err(error), _) => Err(could_not(agent, "install the login in", &error).into()),
    }
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
        limit: LIMIT,
    };
    let mut prompt = PromptReader::default();
    let mut reason = None;
    let mut deaf = false;
    let mut has_said_so = false;
    let mut hear = |event| say(event).inspect_err(|_| deaf = true);
    let end = supervise(&plan, wiring, run.watch, |stream, line| match stream {
        Stream::Stdout => match prompt.line(line) {
            Some(code) => hear(Event::DeviceCode(code)),
            None => Ok(()),
        },
        Stream::Stderr => {
            reason = Reason::of_line(line).or(reason);
            has_said_so |= line.trim() == "Successfully logged in";
            hear(Event::CodexSaid(redacted(line)))
        }
    });
    let end = match (end, deaf) {
        (Ok(end), _) => end,
        (Err(error), true) => return Err(unheard(agent, options, &error).into()),
        (Err(error), false) => {
            return Err(cannot_run(&plan.program, &error).into());
        }
    };
    if let Some(signal) = run.watch.first() {
        return Err(Failure::Interrupted(signal));
    }
    match end {
        // Of arguments of the user's own codex may have made something else than a login.
        Some(End::Exited(0)) if options.in_place && !has_said_so => {
            Err(unusable(agent, options, "codex did not say that it logged in").into())
        }
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
            let how = format!("no answer within {} minutes", LIMIT.as_secs() / 60);
            Err(login_failed(agent, options, &how, Some(Reason::Unreachable)).into())
        }
    }
}

/// A whole login, of the right person, not run out, that codex itself accepts.
pub(crate) fn verify(run: &mut Run<'_>, agent: &Agent, stage: &Stage) -> Result<(), Failure> {
    let options = run.options;
    let unusable = |why: &str| unusable(agent, options, why);
    let file = match stage.open_auth() {
        Ok(file) => AuthFile::read_from(&file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => AuthFile::Absent,
        Err(error) => AuthFile::Unreadable(error.kind()),
    };
    let login = match file {
        AuthFile::Whole(login) => login,
        AuthFile::Absent => {
            return Err(unusable("codex ended without leaving a login").into());
        }
        AuthFile::Damaged(damage) => {
            return Err(unusable(&format!("codex left one that it cannot use: {damage}")).into());
        }
        AuthFile::Unreadable(why) => {
            return Err(unusable(&format!("it could not be read: {why}")).into());
        }
    };
    if let Some(who) = options.expect.refuse(&login) {
        return Err(wrong_account(agent, options, &who).into());
    }
    if login
        .access_expires_at
        .is_some_and(|end| end <= run.ground.now)
    {
        return Err(unusable("it has run out already: is this machine's clock right?").into());
    }
    let args = ["login", "status"].into_iter().chain(FILE_STORE);
    let plan = run.codex.plan(stage.path(), args);
    let says = run.codex.ask(vec![plan], run.watch)?.pop();
    if says == Some(Says::LoggedIn(Word::Stored(login.method))) {
        Ok(())
    } else {
        Err(unusable("codex does not accept it").into())
    }
}
