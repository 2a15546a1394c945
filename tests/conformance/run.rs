//! Asks both programs every question, and tells of all differences.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use tempfile::TempDir;

use crate::answer::Answer;
use crate::cases::{Case, ROOT, rooted};
use crate::openclaw::{OpenClaw, Release};
use crate::questions;

/// How many questions are drawn for a version.
const DRAWN: u64 = 220;
const WORKERS: usize = 2;
const SEED_VARIABLE: &str = "CODEX_LOGIN_CONFORMANCE_SEED";

/// The versions take turns, so that no more workers run than were meant.
static TURN: Mutex<()> = Mutex::new(());

/// Fails if the two programs differ anywhere, after having told of each difference.
pub fn all_answers_agree(release: Release) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let openclaw = OpenClaw::installed(release);
    let alone = env::var(SEED_VARIABLE).ok();
    let questions: Vec<(String, Case)> = match &alone {
        Some(seed) => {
            let number = seed.parse().expect("a seed is a number");
            vec![(seed.clone(), questions::drawn(release, number))]
        }
        None => questions::fixed(release)
            .into_iter()
            .chain((1..=DRAWN).map(|seed| (seed.to_string(), questions::drawn(release, seed))))
            .collect(),
    };
    let tally = Tally::default();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((name, case)) = questions.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let asked = Asked::of_both(case, &openclaw);
                    tally.add(name, case, &asked, alone.is_some());
                }
            });
        }
    });
    tally.judge(release, questions.len());
}

/// The two answers to a question.
struct Asked {
    ours: Answer,
    theirs: Answer,
    root: PathBuf,
}

impl Asked {
    /// Ours first: OpenClaw writes files. Each finds the same tree at the same place.
    fn of_both(case: &Case, openclaw: &OpenClaw) -> Asked {
        let scratch = fs::canonicalize(env!("CARGO_TARGET_TMPDIR")).expect("a scratch directory");
        let dir = TempDir::with_prefix_in("conformance-", scratch).expect("a directory");
        let [root, tmp, no_programs] = ["root", "tmp", "no-programs"].map(|name| {
            let path = dir.path().join(name);
            fs::create_dir(&path).expect("a directory");
            path
        });
        let value = serde_json::to_value(case).expect("a case is JSON");
        let case: Case = serde_json::from_value(rooted(value, &root)).expect("it still is one");
        case.lay_out(&root);
        let ours = Answer::of_codex_login(case.codex_login(&no_programs));
        renew(&root);
        case.lay_out(&root);
        let theirs = Answer::of_openclaw(openclaw.command(&case, &tmp));
        Asked { ours, theirs, root }
    }

    /// Both answers, in the words of the case.
    fn told(&self) -> String {
        let root = self.root.to_str().expect("a directory in UTF-8");
        format!("  codex-login: {}\n  OpenClaw: {}", self.ours, self.theirs).replace(root, ROOT)
    }
}

fn renew(root: &Path) {
    fs::remove_dir_all(root).expect("the old tree goes");
    fs::create_dir(root).expect("a directory");
}

#[derive(Default)]
struct Tally {
    asked: AtomicUsize,
    accepted: AtomicUsize,
    different: Mutex<Vec<String>>,
}

impl Tally {
    fn add(&self, name: &str, case: &Case, asked: &Asked, always_tell: bool) {
        let agree = asked.ours.agrees_with(&asked.theirs);
        if !agree || always_tell {
            let case = serde_json::to_string_pretty(case).expect("a case is JSON");
            let verdict = if agree { "agreement" } else { "DIFFERENCE" };
            say(&format!("{verdict} {name}\n{case}\n{}", asked.told()));
        }
        if !agree {
            let mut different = self.different.lock().expect("no worker panicked");
            different.push(name.to_owned());
        }
        if matches!(asked.theirs, Answer::Roster(_)) {
            self.accepted.fetch_add(1, Ordering::Relaxed);
        }
        let count = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_multiple_of(20) {
            say(&format!("{count} asked of OpenClaw {}", case.openclaw));
        }
    }

    fn judge(self, release: Release, questions: usize) {
        let accepted = self.accepted.into_inner();
        let different = self.different.into_inner().expect("no worker panicked");
        let version = release.version();
        say(&format!(
            "OpenClaw {version}: {questions} asked, {accepted} accepted, {} different",
            different.len()
        ));
        assert!(
            different.is_empty(),
            "codex-login and OpenClaw {version} differ: {}; ask one again with {SEED_VARIABLE}=n",
            different.join(", ")
        );
        assert!(
            questions == 1 || accepted * 2 >= questions,
            "most questions should have agents for an answer, and {accepted} of {questions} had"
        );
    }
}

/// Says it now: the harness would hold it back until the test has failed.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "conformance: {line}");
}
