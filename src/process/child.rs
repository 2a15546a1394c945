//! The only place that starts a process: in our stead, or to read what it says.

use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::process::plan::ChildPlan;
use crate::process::signals::Watch;

/// More than any answer; what a child says beyond it is not read.
const OUTPUT_LIMIT: u64 = 256 * 1024;

/// What a child answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Captured {
    /// Standard output, then standard error.
    pub(crate) text: String,
}

/// Becomes the planned process: same id, terminal, signals, exit status. Returns only the reason
/// why that could not be done.
pub(crate) fn replace(plan: &ChildPlan) -> io::Error {
    tracing::debug!(?plan, "becoming");
    command(plan).exec()
}

/// Runs the plans, at most `at_a_time` at once, each for at most `limit`, and gives their answers
/// in the order of the plans. Standard input is empty.
///
/// When a signal arrives the children are killed and the signal is given instead.
pub(crate) fn capture_all(
    plans: Vec<ChildPlan>,
    at_a_time: usize,
    limit: Duration,
    watch: &mut Watch,
) -> io::Result<Result<Vec<io::Result<Captured>>, i32>> {
    let count = plans.len();
    let work = async {
        let places = Arc::new(Semaphore::new(at_a_time.max(1)));
        let mut running = JoinSet::new();
        for (index, plan) in plans.into_iter().enumerate() {
            let places = Arc::clone(&places);
            running.spawn_local(async move {
                let _place = places.acquire().await;
                (index, capture(&plan, limit).await)
            });
        }
        let mut answers: Vec<_> = (0..count).map(|_| None).collect();
        while let Some(joined) = running.join_next().await {
            let (index, answer) = joined.map_err(io::Error::other)?;
            answers[index] = Some(answer);
        }
        Ok(answers.into_iter().flatten().collect())
    };
    let runtime = runtime()?;
    tokio::task::LocalSet::new().block_on(&runtime, async {
        tokio::select! {
            answers = work => answers.map(Ok),
            arrived = watch.next() => Ok(Err(arrived.signal)),
        }
    })
}

async fn capture(plan: &ChildPlan, limit: Duration) -> io::Result<Captured> {
    tracing::debug!(?plan, "asking");
    let mut child = tokio_command(plan)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let answer = async {
        let (out, err, status) = tokio::join!(all_of(stdout), all_of(stderr), child.wait());
        tracing::debug!(status = ?status?, "answered");
        Ok(Captured {
            text: out + "\n" + &err,
        })
    };
    tokio::time::timeout(limit, answer)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn all_of(stream: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // What came before an error still counts.
        let _ = stream.take(OUTPUT_LIMIT).read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A runtime for one wait. It is made inside, so that a command that starts nothing pays nothing.
pub(crate) fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// The plan as tokio starts it; the child dies with whoever drops it.
pub(crate) fn tokio_command(plan: &ChildPlan) -> tokio::process::Command {
    let mut command = tokio::process::Command::from(command(plan));
    command.kill_on_drop(true);
    command
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that makes a process"
)]
fn command(plan: &ChildPlan) -> std::process::Command {
    let mut command = std::process::Command::new(&plan.program);
    command
        .args(&plan.args)
        .env_clear()
        .envs(&plan.env)
        .current_dir(&plan.cwd);
    command
}

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Exited(i32),
    BySignal(i32),
}

impl From<ExitStatus> for End {
    fn from(status: ExitStatus) -> End {
        match status.signal() {
            Some(signal) => End::BySignal(signal),
            None => End::Exited(status.code().unwrap_or(1)),
        }
    }
}
