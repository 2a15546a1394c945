//! A loopback stand-in for the service that hands out Codex logins.
//!
//! It speaks the device-code flow, the token exchange, refresh and revocation
//! well enough for the real codex to complete a login, and misbehaves where a
//! [`Script`] tells it to. It listens on 127.0.0.1 only, every secret it hands
//! out is a fake, and dropping it ends it, hung requests included.

mod ledger;
mod routes;
mod script;
mod tokens;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{self, Runtime};
use tokio::sync::{oneshot, watch};

use ledger::Ledger;
#[allow(
    unused_imports,
    reason = "the vocabulary of a script; each includer uses its own part"
)]
pub(crate) use script::{Account, Approval, Reply, Script};

/// A running issuer.
pub(crate) struct Issuer {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// One request as it arrived, whatever was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    pub(crate) body: String,
}

/// What the issuer's thread and its owner both hold.
struct Shared {
    url: String,
    ledger: Mutex<Ledger>,
    /// Rings after each request that was written down.
    arrived: Condvar,
    /// Whether the owner has approved; only [`Approval::WhenTold`] asks.
    approved: watch::Sender<bool>,
}

impl Issuer {
    /// Starts an issuer on a free port.
    pub(crate) fn start(script: Script) -> io::Result<Issuer> {
        Issuer::start_on(0, script)
    }

    /// Starts an issuer on this port; it answers as soon as this returns.
    pub(crate) fn start_on(port: u16, script: Script) -> io::Result<Issuer> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let shared = Arc::new(Shared::new(listener.local_addr()?, script));
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("issuer".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || serve(&runtime, listener, shared, stopped)
        })?;
        Ok(Issuer {
            shared,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT`, as `--experimental_issuer` wants it.
    pub(crate) fn url(&self) -> String {
        self.shared.url.clone()
    }

    /// Approves every login waiting under [`Approval::WhenTold`], and every
    /// later one.
    pub(crate) fn approve(&self) {
        self.shared.approved.send_replace(true);
    }

    /// Changes what is answered from the next request on.
    pub(crate) fn set_script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.shared.ledger().script);
    }

    /// Every request since the start, or since [`Issuer::forget`], in order.
    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.shared.ledger().requests.clone()
    }

    /// Clears [`Issuer::requests`]; logins in progress are not disturbed.
    pub(crate) fn forget(&self) {
        self.shared.ledger().requests.clear();
    }

    /// Waits for a request whose path ends like this, and returns the first
    /// such one. One that has already arrived counts.
    pub(crate) fn wait_for(&self, path_suffix: &str, limit: Duration) -> Result<Seen, String> {
        let wanted = |ledger: &Ledger| {
            let mut seen = ledger.requests.iter();
            seen.find(|seen| seen.path.ends_with(path_suffix)).cloned()
        };
        let ledger = self.shared.wait(limit, |ledger| wanted(ledger).is_some());
        wanted(&ledger).ok_or_else(|| {
            let paths: Vec<&str> = ledger.requests.iter().map(|seen| &*seen.path).collect();
            format!("no request for {path_suffix} within {limit:?}, only {paths:?}")
        })
    }

    /// Waits until more than `known` requests have arrived, and returns those
    /// beyond `known`; none when the limit passed.
    pub(crate) fn requests_beyond(&self, known: usize, limit: Duration) -> Vec<Seen> {
        let ledger = self
            .shared
            .wait(limit, |ledger| ledger.requests.len() > known);
        ledger.requests.iter().skip(known).cloned().collect()
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        // Both fail only if the thread has already ended, which is what we want.
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn new(address: SocketAddr, script: Script) -> Shared {
        Shared {
            url: format!("http://{address}"),
            ledger: Mutex::new(Ledger::new(script)),
            arrived: Condvar::new(),
            approved: watch::Sender::new(false),
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("nobody panics with the ledger")
    }

    fn write_down(&self, seen: Seen) {
        self.ledger().requests.push(seen);
        self.arrived.notify_all();
    }

    fn wait(&self, limit: Duration, met: impl Fn(&Ledger) -> bool) -> MutexGuard<'_, Ledger> {
        self.arrived
            .wait_timeout_while(self.ledger(), limit, |ledger| !met(ledger))
            .expect("nobody panics with the ledger")
            .0
    }
}

/// Serves until told to stop. Leaving drops the runtime's tasks where they
/// wait, so a request that hangs does not hold the issuer up.
fn serve(
    runtime: &Runtime,
    listener: TcpListener,
    shared: Arc<Shared>,
    stopped: oneshot::Receiver<()>,
) {
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)
            .expect("a bound, non-blocking listener inside a runtime");
        tokio::select! {
            served = axum::serve(listener, routes::router(shared)) => {
                served.expect("axum retries failed accepts");
            }
            _ = stopped => {}
        }
    });
}
