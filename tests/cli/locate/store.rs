//! The stores are the last resort, and only what can hold codex is listed.

use std::fs;

use super::{chosen, rejected, which, without_codex};
use crate::sandbox::{Sandbox, fake_package, link, package_without_binary, platform};

const PNPM_10: &str = "home/.local/share/pnpm/global/5/.pnpm";
const PNPM_12: &str = "home/.local/share/pnpm/store/v11/links/@openai/codex";

fn orphan_of_10(sandbox: &Sandbox, version: &str) {
    let dir = format!("{PNPM_10}/@openai+codex@{version}/node_modules/@openai/codex");
    fake_package(&sandbox.path(dir), version);
}

fn orphan_of_12(sandbox: &Sandbox, version: &str, hash: &str) {
    let dir = format!("{PNPM_12}/{version}/{hash}/node_modules/@openai/codex");
    fake_package(&sandbox.path(dir), version);
}

#[test]
fn an_orphan_is_offered_as_a_guess_and_only_where_nothing_is_live() {
    let sandbox = without_codex("2026.5.12");
    orphan_of_10(&sandbox, "0.169.0");
    assert_eq!(
        chosen(&sandbox),
        (
            "0.169.0".into(),
            "store".into(),
            "pnpm's store (a guess: no live link leads there)".into()
        )
    );
    for args in [&["which"][..], &["status"]] {
        let run = sandbox.run(args);
        run.says("the codex used is a guess: ")
            .says("pnpm add -g @openai/codex");
    }
    sandbox.install_fake_codex("0.130.0");
    let codex = which(&sandbox);
    assert_eq!(codex["version"], "0.130.0");
    assert_eq!(codex["rejected"], serde_json::json!([]));
}

#[test]
fn the_highest_release_is_guessed_never_a_platform_package_nor_what_comes_before_a_release() {
    let sandbox = without_codex("2026.5.12");
    let (suffix, os, cpu, _) = platform();
    orphan_of_10(&sandbox, "0.99.0");
    orphan_of_12(&sandbox, "0.148.0", "aa");
    orphan_of_12(&sandbox, "0.169.0-alpha.2", "aa");
    sandbox.write(
        format!("{PNPM_12}/0.169.0-{suffix}/aa/node_modules/@openai/codex/package.json"),
        &format!(r#"{{"name":"@openai/codex","version":"0.169.0-{suffix}","os":["{os}"],"cpu":["{cpu}"]}}"#),
    );
    assert_eq!(chosen(&sandbox).0, "0.148.0");
}

#[test]
fn of_several_copies_of_one_version_one_with_its_binary_is_taken() {
    let sandbox = without_codex("2026.5.12");
    let bare = sandbox.path(format!("{PNPM_12}/0.148.0/aa/node_modules/@openai/codex"));
    package_without_binary(&bare, "0.148.0");
    fs::remove_dir_all(bare.join("node_modules")).unwrap();
    orphan_of_12(&sandbox, "0.148.0", "bb");
    let codex = which(&sandbox);
    assert!(
        codex["entry"].as_str().unwrap().contains("/bb/"),
        "{codex:#}"
    );
    assert_eq!(
        rejected(&codex, &bare)["reason"],
        "its platform package is missing"
    );
}

/// The directories that a run lists, told by the kernel.
#[cfg(target_os = "linux")]
mod listed {
    use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

    use super::{PNPM_10, chosen, fs, link, orphan_of_10, orphan_of_12, without_codex};
    use crate::sandbox::Sandbox;

    const ENTRIES: usize = 20_000;

    /// Stores with many packages of other names, a directory below each.
    fn stores() -> Sandbox {
        let sandbox = without_codex("2026.5.12");
        for number in 0..ENTRIES {
            let name = format!("package-{number}@1.0.0/node_modules");
            fs::create_dir_all(sandbox.path(PNPM_10).join(name)).unwrap();
        }
        orphan_of_10(&sandbox, "0.148.0");
        orphan_of_12(&sandbox, "0.130.0", "aa");
        sandbox
    }

    /// How many directories below the stores are opened while `work` runs.
    fn opened(sandbox: &Sandbox, work: impl FnOnce()) -> usize {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK).unwrap();
        let flags = AddWatchFlags::IN_OPEN | AddWatchFlags::IN_ONLYDIR;
        let root = sandbox.path("home/.local/share/pnpm");
        let mut dirs = vec![root];
        while let Some(dir) = dirs.pop() {
            inotify
                .add_watch(&dir, flags)
                .expect("a watch for each directory");
            let entries = fs::read_dir(&dir).unwrap().map(Result::unwrap);
            dirs.extend(
                entries
                    .filter(|entry| entry.file_type().unwrap().is_dir())
                    .map(|entry| entry.path()),
            );
        }
        // What the walk above did.
        while inotify.read_events().is_ok_and(|events| !events.is_empty()) {}
        work();
        let mut count = 0;
        while let Ok(events) = inotify.read_events() {
            assert!(
                events
                    .iter()
                    .all(|event| !event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW))
            );
            // A directory's own events have no name; a file's have.
            count += events.iter().filter(|event| event.name.is_none()).count();
        }
        count
    }

    #[test]
    fn a_store_of_20_000_entries_is_never_walked_through() {
        let sandbox = stores();
        let without_link = opened(&sandbox, || assert_eq!(chosen(&sandbox).0, "0.148.0"));
        // The virtual store, the two directories of codex's versions and the one of its hashes.
        assert_eq!(without_link, 3);

        let store = sandbox
            .path(PNPM_10)
            .join("@openai+codex@0.148.0/node_modules/@openai/codex");
        link(
            &store,
            &sandbox.path("home/.local/share/pnpm/global/5/node_modules/@openai/codex"),
        );
        let with_link = opened(&sandbox, || assert_eq!(chosen(&sandbox).1, "global"));
        assert_eq!(with_link, 0);
    }
}
