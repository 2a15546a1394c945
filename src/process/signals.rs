//! Signals sent to us while a child runs, and dying of one as a shell expects it.

use std::ffi::c_int;

use nix::sys::resource::{Resource, setrlimit};
use signal_hook::consts::signal::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::{Cause, Origin};
use tokio::sync::mpsc;

use crate::host::Host;

/// What would end us, short of a fault of our own and of SIGKILL.
const FATAL: [c_int; 7] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2];

/// A signal that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrived {
    pub(crate) signal: c_int,
    /// The terminal sent it to the whole group: the child has it already.
    pub(crate) by_terminal: bool,
}

/// Takes the fatal signals from here to the end of the process. To be made once: there is no way
/// back to the default but [`die_of`].
#[derive(Debug)]
pub(crate) struct Watch {
    arrivals: mpsc::UnboundedReceiver<Arrived>,
    first: Option<c_int>,
}

impl Watch {
    /// Starts watching. A signal that our caller ignores (`nohup`) is left ignored, for us and for
    /// the child that inherits that.
    pub(crate) fn start(host: &Host) -> std::io::Result<Watch> {
        let ignored = host.ignored_signals;
        let watched = FATAL
            .into_iter()
            .filter(|signal| ignored & (1 << (signal - 1)) == 0);
        let mut signals = SignalsInfo::<WithOrigin>::new(watched)?;
        let (sender, arrivals) = mpsc::unbounded_channel();
        let on_terminal = host.terminal.any();
        std::thread::spawn(move || {
            for origin in signals.forever() {
                let arrived = Arrived {
                    signal: origin.signal,
                    by_terminal: by_terminal(&origin, on_terminal),
                };
                if sender.send(arrived).is_err() {
                    break;
                }
            }
        });
        Ok(Watch {
            arrivals,
            first: None,
        })
    }

    /// Waits for the next one. Can be dropped and called again without losing any.
    pub(crate) async fn next(&mut self) -> Arrived {
        match self.arrivals.recv().await {
            Some(arrived) => {
                self.first.get_or_insert(arrived.signal);
                arrived
            }
            // The thread is gone only if it panicked: nothing arrives any more.
            None => std::future::pending().await,
        }
    }

    /// The first signal that arrived so far.
    pub(crate) fn first(&mut self) -> Option<c_int> {
        while let Ok(arrived) = self.arrivals.try_recv() {
            self.first.get_or_insert(arrived.signal);
        }
        self.first
    }
}

/// Linux says where a signal came from; elsewhere those that a terminal can send are taken as the
/// terminal's when there is one.
fn by_terminal(origin: &Origin, on_terminal: bool) -> bool {
    match origin.cause {
        Cause::Kernel => true,
        Cause::Unknown => on_terminal && matches!(origin.signal, SIGINT | SIGQUIT | SIGHUP),
        _ => false,
    }
}

/// Ends this process by `signal`, so that whoever waits for it sees that. Returns where the
/// signal's default does not end a process.
pub(crate) fn die_of(signal: c_int) {
    // What we have read is not for a core file.
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}
