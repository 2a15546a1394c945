//! Where OpenClaw keeps what a conversation is pinned to: records of sessions, and the codex
//! threads that were begun for them.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::Value;

use crate::error::Problem;
use crate::files;
use crate::openclaw::config::Config;
use crate::openclaw::database;
use crate::openclaw::environment::Environment;
use crate::openclaw::paths;
use crate::openclaw::pins::{self, Pins, Session, Thread};
use crate::openclaw::profiles::era::Era;

/// Files of sessions have megabytes; what comes after so many is not seen.
const SESSIONS_LIMIT: u64 = 128 * 1024 * 1024;
/// A thread's file has a kilobyte.
const THREAD_LIMIT: u64 = 256 * 1024;
/// How many such files are looked at.
const THREADS_LIMIT: usize = 20_000;
/// What follows the name of a conversation's file.
const THREAD_FILE: &str = ".codex-app-server.json";
/// What stands for the agent's id in the configuration's `session.store`.
const AGENT: &str = "{agentId}";

/// The places, of all agents.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    state_dir: PathBuf,
    /// What the configuration says, made absolute.
    store: Option<String>,
    era: Era,
}

impl Sessions {
    /// `state_dir` is on this host.
    pub(crate) fn of(
        env: &Environment,
        config: &Config,
        state_dir: &Path,
        era: Era,
    ) -> Result<Sessions, Problem> {
        let named = config.at(&["session", "store"]).and_then(Value::as_str);
        let store = match named.filter(|named| !named.is_empty()) {
            Some(named) => {
                let path = paths::expand(env, named.as_ref())?;
                let path = env.disk.on_host(&path).unwrap_or(path);
                path.to_str().map(str::to_owned)
            }
            None => None,
        };
        Ok(Sessions {
            state_dir: state_dir.to_owned(),
            store,
            era,
        })
    }

    /// What the conversations of this agent are pinned to. `now` is in milliseconds.
    pub(crate) fn pins(&self, agent: &str, now: i64) -> Pins {
        let mut pins = Pins::default();
        if self.era < Era::V8_1 {
            self.of_files(agent, &mut pins);
        } else {
            self.of_database(agent, &mut pins);
        }
        if self.era >= Era::V7_1 {
            self.of_thread_rows(agent, now, &mut pins);
        }
        pins
    }

    fn of_files(&self, agent: &str, pins: &mut Pins) {
        let usual = || {
            self.state_dir
                .join(format!("agents/{agent}/sessions/sessions.json"))
        };
        let named = self.store.as_ref();
        let is_shared = named.is_some_and(|store| !store.contains(AGENT));
        let prefix = is_shared.then(|| format!("agent:{agent}:"));
        let path = named.map_or_else(usual, |store| store.replace(AGENT, agent).into());
        let mut transcripts = HashSet::new();
        let sessions = pins::Sessions {
            prefix: prefix.as_deref(),
            pins: &mut *pins,
            transcripts: &mut transcripts,
        };
        if let Ok(file) = files::open(&path) {
            sessions.read(file.take(SESSIONS_LIMIT));
        }
        if let Some(dir) = path.parent() {
            of_thread_files(dir, &transcripts, pins);
        }
    }

    /// From 2026.8.1 on the records are rows.
    fn of_database(&self, agent: &str, pins: &mut Pins) {
        let path = format!("agents/{agent}/agent/openclaw-agent.sqlite");
        let query =
            "SELECT entry_json FROM session_nodes WHERE instr(entry_json, 'authProfileOverride')";
        self.each_row(&path, "session_nodes", query, |row| {
            if let Some(session) = Session::of(row.as_bytes()) {
                pins.add(&session);
            }
        });
    }

    /// From 2026.7.1 on the threads are rows of what the codex plugin keeps. The conversation is
    /// in the key, as a digest.
    fn of_thread_rows(&self, agent: &str, now: i64, pins: &mut Pins) {
        let query = format!(
            "SELECT value_json FROM plugin_state_entries WHERE plugin_id = 'codex' \
             AND namespace = 'app-server-thread-bindings' \
             AND (instr(entry_key, 'session:{agent}:') = 1 OR instr(entry_key, 'session-key:{agent}:') = 1) \
             AND (expires_at IS NULL OR expires_at > {now})"
        );
        let table = "plugin_state_entries";
        self.each_row("state/openclaw.sqlite", table, &query, |row| {
            let thread: Option<Thread> = serde_json::from_str(row).ok();
            let active = thread.filter(|thread| thread.state.as_deref() == Some("active"));
            let bound = active.and_then(|thread| thread.binding?.profile);
            if let Some(id) = bound {
                pins.count(&id, |count| count.threads += 1);
            }
        });
    }

    /// Hands over the texts that the question gives, as long as it gives some.
    fn each_row(&self, tail: &str, table: &str, query: &str, mut take: impl FnMut(&str)) {
        let Ok(Some(database)) = database::open(&self.state_dir.join(tail)) else {
            return;
        };
        if !database::has_table(&database, table).unwrap_or(false) {
            return;
        }
        let _ = texts(&database, query, &mut take);
    }
}

fn texts(database: &Connection, query: &str, take: &mut impl FnMut(&str)) -> rusqlite::Result<()> {
    let mut statement = database.prepare(query)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Ok(text) = row.get_ref(0)?.as_str() {
            take(text);
        }
    }
    Ok(())
}

/// Up to 2026.6.x a thread is in a file beside that of its conversation. Of conversations that are
/// over such files stay behind, and pin nothing.
fn of_thread_files(dir: &Path, transcripts: &HashSet<String>, pins: &mut Pins) {
    let names = files::names(dir).unwrap_or_default();
    let threads = names.iter().filter_map(|name| {
        let transcript = name.to_str()?.strip_suffix(THREAD_FILE)?;
        transcripts.contains(transcript).then(|| dir.join(name))
    });
    for path in threads.take(THREADS_LIMIT) {
        let text = files::read(&path, THREAD_LIMIT).unwrap_or_default();
        let thread: Thread = serde_json::from_slice(&text).unwrap_or_default();
        if let Some(id) = thread.profile {
            pins.count(&id, |count| count.threads += 1);
        }
    }
}
