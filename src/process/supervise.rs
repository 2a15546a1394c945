//! Running a child in the foreground: it has the terminal, its signals are passed on, and it does
//! not outlive us.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Child;
use tokio::time::Instant;

use crate::process::child::{self, End};
use crate::process::plan::ChildPlan;
use crate::process::signals::{Arrived, Watch};

/// How long a child may take to obey a signal before it is killed.
const GRACE: Duration = Duration::from_secs(5);
/// How long output is waited for that a grandchild still holds open.
const DRAIN: Duration = Duration::from_millis(200);
/// Of a longer line the rest is dropped: a piece of it could no longer be told for a secret.
const LINE_LIMIT: usize = 64 * 1024;

/// Which output a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// What the child is connected to. Its standard error always comes to us, line by line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wiring {
    /// Hand our standard input through; else it is empty.
    pub(crate) stdin: bool,
    /// Hand our standard output through; else it comes to us, line by line.
    pub(crate) stdout: bool,
    /// When the child is ended that has not ended by itself.
    pub(crate) limit: Duration,
}

/// Runs the plan to its end, handing on each line as it comes, and each signal: those of the
/// terminal have reached the child already, all others are sent to it. `None`: it was killed at
/// the limit. When a line cannot be handed on the child is killed: its user would see nothing.
pub(crate) fn supervise(
    plan: &ChildPlan,
    wiring: Wiring,
    watch: &mut Watch,
    mut on_line: impl FnMut(Stream, &str) -> io::Result<()>,
) -> io::Result<Option<End>> {
    tracing::debug!(?plan, "starting");
    let wired = |through| {
        if through {
            Stdio::inherit()
        } else {
            Stdio::piped()
        }
    };
    child::runtime()?.block_on(async {
        let mut child = child::tokio_command(plan)
            .stdin(if wiring.stdin {
                Stdio::inherit()
            } else {
                Stdio::null()
            })
            .stdout(wired(wiring.stdout))
            .stderr(Stdio::piped())
            .spawn()?;
        let end = attend(&mut child, wiring.limit, watch, &mut on_line).await;
        if end.is_err() {
            // It may have ended by itself meanwhile.
            let _ = child.kill().await;
        }
        tracing::debug!(?end, "ended");
        end
    })
}

async fn attend(
    child: &mut Child,
    limit: Duration,
    watch: &mut Watch,
    on_line: &mut dyn FnMut(Stream, &str) -> io::Result<()>,
) -> io::Result<Option<End>> {
    let mut out = Lines::new(child.stdout.take());
    let mut err = Lines::new(child.stderr.take());
    let limit = Instant::now() + limit;
    let mut kill_at = limit;
    let end = loop {
        tokio::select! {
            biased;
            arrived = watch.next() => {
                pass_on(arrived, child.id());
                kill_at = kill_at.min(Instant::now() + GRACE);
            }
            // Before the lines: one that never stops writing must not live for ever.
            () = tokio::time::sleep_until(kill_at) => {
                child.start_kill()?;
                let end = End::from(child.wait().await?);
                if Instant::now() >= limit {
                    return Ok(None);
                }
                break end;
            }
            line = out.next() => on_line(Stream::Stdout, &line)?,
            line = err.next() => on_line(Stream::Stderr, &line)?,
            status = child.wait() => break End::from(status?),
        }
    };
    let rest = async {
        while !(out.is_done() && err.is_done()) {
            tokio::select! {
                biased;
                line = out.next() => on_line(Stream::Stdout, &line)?,
                line = err.next() => on_line(Stream::Stderr, &line)?,
            }
        }
        io::Result::Ok(())
    };
    if let Ok(told) = tokio::time::timeout(DRAIN, rest).await {
        told?;
    }
    Ok(Some(end))
}

/// Sends the signal to a child that does not have it yet, and wakes one that is stopped. The id is
/// still the child's: it has not been waited for.
fn pass_on(arrived: Arrived, child: Option<u32>) {
    let id = child.and_then(|id| i32::try_from(id).ok());
    let (Some(id), Ok(signal)) = (id, Signal::try_from(arrived.signal)) else {
        return;
    };
    if !arrived.by_terminal {
        let _ = kill(Pid::from_raw(id), signal);
    }
    let _ = kill(Pid::from_raw(id), Signal::SIGCONT);
}

/// The lines of a stream. Nothing is lost when a wait for one is given up.
struct Lines<R> {
    stream: Option<R>,
    bytes: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(stream: Option<R>) -> Lines<R> {
        Lines {
            stream,
            bytes: Vec::new(),
        }
    }

    fn is_done(&self) -> bool {
        self.stream.is_none() && self.bytes.is_empty()
    }

    /// The next line, without its end. Waits for ever once there are none.
    async fn next(&mut self) -> String {
        loop {
            if let Some(line) = self.take() {
                return line;
            }
            let Some(stream) = &mut self.stream else {
                return std::future::pending().await;
            };
            match stream.read_buf(&mut self.bytes).await {
                Ok(0) | Err(_) => self.stream = None,
                Ok(_) => {}
            }
        }
    }

    fn take(&mut self) -> Option<String> {
        let end = self.bytes.iter().position(|byte| *byte == b'\n');
        let length = match end {
            Some(end) => end + 1,
            None if self.stream.is_none() && !self.bytes.is_empty() => self.bytes.len(),
            None => {
                self.bytes.truncate(LINE_LIMIT);
                return None;
            }
        };
        let line: Vec<u8> = self.bytes.drain(..length).collect();
        let text = String::from_utf8_lossy(&line);
        Some(text.trim_end_matches(['\n', '\r']).to_owned())
    }
}
