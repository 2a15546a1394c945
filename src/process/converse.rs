//! Talking to children that answer line by line, and would go on for ever.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Child;
use tokio::sync::watch::{Receiver, channel};
use tokio::task::{JoinSet, LocalSet};

use crate::process::child;
use crate::process::plan::ChildPlan;
use crate::process::signals::Watch;

/// More than any answer; what a child says beyond it is not read.
const OUTPUT_LIMIT: u64 = 4 * 1024 * 1024;
/// How long those are waited for that were killed.
const DRAIN: Duration = Duration::from_secs(2);

/// What is said to a child, and what is listened for.
#[derive(Debug)]
pub(crate) struct Talk<T> {
    /// Said at once. Standard input stays open: many take its end for a goodbye.
    pub(crate) words: &'static str,
    /// What a line of its standard output means. The first that means something is the answer.
    pub(crate) meaning: fn(&str) -> Option<T>,
    /// How long to listen.
    pub(crate) limit: Duration,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard<T> {
    Answer(T),
    /// It ended without one.
    End,
    /// It said nothing until the limit.
    Nothing,
}

impl<T> Clone for Talk<T> {
    fn clone(&self) -> Talk<T> {
        *self
    }
}

impl<T> Copy for Talk<T> {}

/// Talks to all of them at once, and gives what was heard in the order of the plans. None of them
/// is left when this returns, so that nobody writes any more where they were.
///
/// When a signal arrives it is given instead.
pub(crate) fn converse_all<T: 'static>(
    plans: Vec<ChildPlan>,
    talk: Talk<T>,
    watch: &mut Watch,
) -> io::Result<Result<Vec<io::Result<Heard<T>>>, i32>> {
    let runtime = child::runtime()?;
    LocalSet::new().block_on(&runtime, async {
        let (stop, stopped) = channel(false);
        let mut all: Vec<_> = plans.iter().map(|_| Ok(Heard::Nothing)).collect();
        let mut running = JoinSet::new();
        for (index, plan) in plans.into_iter().enumerate() {
            let stopped = stopped.clone();
            running.spawn_local(async move { (index, converse(&plan, talk, stopped).await) });
        }
        let mut signal = None;
        while !running.is_empty() {
            tokio::select! {
                biased;
                arrived = watch.next(), if signal.is_none() => {
                    signal = Some(arrived.signal);
                    stop.send_replace(true);
                }
                Some(joined) = running.join_next() => {
                    let (index, heard) = joined.map_err(io::Error::other)?;
                    all[index] = heard;
                }
            }
        }
        Ok(signal.map_or(Ok(all), Err))
    })
}

async fn converse<T>(
    plan: &ChildPlan,
    talk: Talk<T>,
    mut stopped: Receiver<bool>,
) -> io::Result<Heard<T>> {
    tracing::debug!(?plan, "talking to");
    // A group of its own: a launcher's child is to go with it.
    let mut child = child::tokio_command(plan)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let heard = tokio::select! {
        heard = answer(&mut child, talk) => heard,
        () = tokio::time::sleep(talk.limit) => Heard::Nothing,
        _ = stopped.wait_for(|stopped| *stopped) => Heard::Nothing,
    };
    end(&mut child).await;
    Ok(heard)
}

/// Kills the child and its own, and waits until nobody holds its standard output.
async fn end(child: &mut Child) {
    // The id is still the child's: it has not been waited for.
    if let Some(id) = child.id().and_then(|id| i32::try_from(id).ok()) {
        let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
    }
    let _ = child.kill().await;
    if let Some(stdout) = &mut child.stdout {
        let mut rest = tokio::io::sink();
        let _ = tokio::time::timeout(DRAIN, tokio::io::copy(stdout, &mut rest)).await;
    }
}

async fn answer<T>(child: &mut Child, talk: Talk<T>) -> Heard<T> {
    // One that is gone already takes no words, and says nothing either.
    if let Some(stdin) = &mut child.stdin {
        let _ = stdin.write_all(talk.words.as_bytes()).await;
    }
    let Some(stdout) = &mut child.stdout else {
        return Heard::End;
    };
    let mut lines = BufReader::new(stdout.take(OUTPUT_LIMIT)).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(answer) = (talk.meaning)(&line) {
            return Heard::Answer(answer);
        }
    }
    Heard::End
}
