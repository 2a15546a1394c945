//! A run of codex-login that a test talks to while it lasts. Every wait has a limit.

use std::io::Read;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};

use crate::sandbox::{Run, through};

/// Far more than anything here takes: who waits that long waits for ever.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// A run under way. Killed when dropped before its end.
pub(super) struct Running {
    pub(super) id: Pid,
    news: Receiver<News>,
    open_streams: usize,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    status: Option<ExitStatus>,
}

enum News {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    Closed,
    Ended(ExitStatus),
}

impl Running {
    pub(super) fn start(mut command: Command) -> Running {
        Running::of(command.spawn().expect("the program starts"))
    }

    fn of(mut child: Child) -> Running {
        let id = Pid::from_raw(i32::try_from(child.id()).expect("a process id"));
        let (sender, news) = channel();
        let streams = [
            child.stdout.take().map(|stream| {
                report(stream, News::Stdout, sender.clone());
            }),
            child.stderr.take().map(|stream| {
                report(stream, News::Stderr, sender.clone());
            }),
        ];
        thread::spawn(move || {
            let status = child.wait().expect("a child that can be waited for");
            // Nobody listens any more to a run that was given up.
            let _ = sender.send(News::Ended(status));
        });
        Running {
            id,
            news,
            open_streams: streams.iter().flatten().count(),
            stdout: Vec::new(),
            stderr: Vec::new(),
            status: None,
        }
    }

    /// Waits until standard output has this text.
    pub(super) fn until_stdout_has(&mut self, text: &str) {
        while !self.so_far().stdout.contains(text) {
            let is_over = self.status.is_some() && self.open_streams == 0;
            assert!(!is_over, "ended without {text:?}:\n{}", self.so_far());
            self.hear();
        }
    }

    /// Sends it a signal, and nobody else.
    pub(super) fn send(&self, signal: Signal) {
        kill(self.id, signal).expect("a running process");
    }

    /// Waits for its end, and for that of everyone who writes where it wrote.
    pub(super) fn end(mut self) -> Run {
        while self.status.is_none() || self.open_streams > 0 {
            self.hear();
        }
        self.so_far()
    }

    /// What it wrote so far; success where it has not ended.
    fn so_far(&self) -> Run {
        Run {
            status: self.status.unwrap_or_default(),
            stdout: String::from_utf8_lossy(&self.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&self.stderr).into_owned(),
        }
    }

    fn hear(&mut self) {
        let Ok(news) = self.news.recv_timeout(LIMIT) else {
            panic!("nothing happened for {LIMIT:?} after:\n{}", self.so_far());
        };
        match news {
            News::Stdout(bytes) => self.stdout.extend(bytes),
            News::Stderr(bytes) => self.stderr.extend(bytes),
            News::Closed => self.open_streams -= 1,
            News::Ended(status) => self.status = Some(status),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.status.is_none() {
            // It may have ended in this moment.
            let _ = kill(self.id, Signal::SIGKILL);
        }
    }
}

/// Sends on what the stream says, and its end.
fn report(
    mut stream: impl Read + Send + 'static,
    as_news: fn(Vec<u8>) -> News,
    sender: Sender<News>,
) {
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut bytes) {
            let _ = sender.send(as_news(bytes[..length].to_vec()));
        }
        let _ = sender.send(News::Closed);
    });
}

/// `command` so that modes bind it, which they do not bind root.
pub(super) fn where_modes_count(command: Command) -> Command {
    if !Uid::effective().is_root() {
        return command;
    }
    let lost = "-dac_override,-dac_read_search";
    through(
        &["/usr/bin/setpriv", "--bounding-set", lost, "--"],
        &command,
    )
}
