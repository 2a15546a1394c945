//! Running a child that works for a while by itself, to hear what it answers in the end.

use std::fs::File;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Child;

use crate::process::child::{self, End};
use crate::process::plan::ChildPlan;
use crate::process::signals::Watch;

/// More than any answer; what a child says beyond it is thrown away.
const OUTPUT_LIMIT: u64 = 4 * 1024 * 1024;
/// How long a child may take to obey before it is killed.
const GRACE: Duration = Duration::from_secs(5);
/// How long output is waited for that a grandchild still holds open.
const DRAIN: Duration = Duration::from_secs(2);

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Ended {
        end: End,
        stdout: String,
    },
    /// It was ended at the limit.
    TimedOut,
    /// It was ended because this signal arrived.
    Interrupted(i32),
}

/// A file that children keep open, and locked, where it is: what of them outlives us goes on to have
/// the lock. Until this is dropped.
pub(crate) struct Inherited<'a> {
    file: &'a File,
}

impl<'a> Inherited<'a> {
    pub(crate) fn new(file: &'a File) -> io::Result<Inherited<'a>> {
        fcntl(file, FcntlArg::F_SETFD(FdFlag::empty()))?;
        Ok(Inherited { file })
    }
}

impl Drop for Inherited<'_> {
    fn drop(&mut self) {
        let _ = fcntl(self.file, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC));
    }
}

/// Runs the plan to its end. It gets nothing to read, and a group of its own: what it starts in
/// turn is ended with it, and the terminal's signals reach us alone. What it says beside its
/// answer is thrown away: anything may stand there.
pub(crate) fn answer(plan: &ChildPlan, limit: Duration, watch: &mut Watch) -> io::Result<Answer> {
    tracing::debug!(?plan, "asking");
    child::runtime()?.block_on(async {
        let mut child = child::tokio_command(plan)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = child.stdout.take();
        let group = group_of(&child);
        let mut text = Vec::new();
        let answer = tokio::select! {
            biased;
            arrived = watch.next() => Answer::Interrupted(arrived.signal),
            status = ended(&mut child, group, stdout, &mut text) => {
                let end = End::from(status?);
                let stdout = String::from_utf8_lossy(&text).into_owned();
                return Ok(Answer::Ended { end, stdout });
            }
            () = tokio::time::sleep(limit) => Answer::TimedOut,
        };
        tracing::debug!("ended by us");
        stop(&mut child).await;
        Ok(answer)
    })
}

async fn ended(
    child: &mut Child,
    group: Option<Pid>,
    stdout: Option<impl AsyncRead + Unpin>,
    text: &mut Vec<u8>,
) -> io::Result<std::process::ExitStatus> {
    let mut reading = Box::pin(async {
        if let Some(mut stdout) = stdout {
            // What came before an error still counts.
            let _ = (&mut stdout).take(OUTPUT_LIMIT).read_to_end(text).await;
            let _ = tokio::io::copy(&mut stdout, &mut tokio::io::sink()).await;
        }
    });
    let mut is_read = false;
    let status = loop {
        tokio::select! {
            () = &mut reading, if !is_read => is_read = true,
            status = child.wait() => break status?,
        }
    };
    // What it has left running would go on in a place that is cleared up now. Its id is hardly
    // another's yet: it was given back this moment.
    if let Some(group) = group {
        let _ = killpg(group, Signal::SIGKILL);
    }
    if !is_read {
        let _ = tokio::time::timeout(DRAIN, reading).await;
    }
    Ok(status)
}

/// The group that the child leads.
fn group_of(child: &Child) -> Option<Pid> {
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    id.map(Pid::from_raw)
}

/// Asks the child and its own to end, and does not ask a second time.
async fn stop(child: &mut Child) {
    // The id is still the child's: it has not been waited for.
    let Some(group) = group_of(child) else {
        return;
    };
    let _ = killpg(group, Signal::SIGTERM);
    let _ = killpg(group, Signal::SIGCONT);
    let _ = tokio::time::timeout(GRACE, child.wait()).await;
    // Whoever of the group is left keeps its id from being another's.
    let _ = killpg(group, Signal::SIGKILL);
    let _ = child.kill().await;
}
