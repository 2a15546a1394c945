//! Homes in which OpenClaw itself has installed its codex plugin.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::kept::install;
use super::manager::Manager;
use super::programs::{node_dir, openclaw_program};
use super::{failure, make_dir};

/// A home whose OpenClaw 2026.5.12 has installed the plugin that pins codex
/// 0.154.0. That plugin wants a newer OpenClaw, but stands where any would.
pub(crate) fn openclaw_2026_5_12_home_with_plugin() -> Result<PathBuf, String> {
    let tree = install("plugin-openclaw-2026.5.12", |tree| {
        let openclaw = openclaw("2026.5.12", "22.23.3", tree)?;
        openclaw.run(&["plugins", "install", "@openclaw/codex@2026.9.5"])
    })?;
    Ok(home_in(&tree))
}

/// A home whose OpenClaw 2026.9.6 has updated the plugin and gone back: the one
/// in use pins codex 0.153.4, and one with 0.154.0 is retained beside it.
pub(crate) fn openclaw_2026_9_6_home_with_retained_plugins() -> Result<PathBuf, String> {
    let tree = install("plugin-generations-openclaw-2026.9.6", |tree| {
        let openclaw = openclaw("2026.9.6", "24.21.0", tree)?;
        let older = "@openclaw/codex@2026.9.4";
        openclaw.run(&["plugins", "install", older])?;
        // Named with its version, for later ones pin other codexes.
        openclaw.run(&["plugins", "update", "@openclaw/codex@2026.9.5"])?;
        openclaw.run(&["plugins", "install", older, "--force"])
    })?;
    Ok(home_in(&tree))
}

/// What the plugin 2026.9.4 takes from where the SDK of OpenClaw 2026.8.2 has it elsewhere, and its
/// module there. What that has nowhere is a word that cannot be called.
const MOVED: [(&str, &str); 11] = [
    (
        "agent-harness-registration",
        r#"export { AgentHarnessPreflightError, OPENCLAW_VERSION, embeddedAgentLog, resolveDefaultAgentDir } from "SDK/agent-harness-runtime";"#,
    ),
    (
        "agent-harness-runtime",
        r#"export * from "SDK/agent-harness-runtime"; export const execPolicy = undefined;"#,
    ),
    (
        "node-host",
        r#"export * from "SDK/node-host"; export const decodeNodePtyStartParams = undefined;"#,
    ),
    (
        "process-runtime",
        // Asked at each start for the words of a setting that nobody has set.
        r#"export * from "SDK/process-runtime"; export const splitCommandArgs = (text) => { if (text === "") return []; throw new Error("not in this SDK"); };"#,
    ),
    (
        "provider-auth",
        r#"export * from "SDK/provider-auth"; export { resolveAuthProfileOrder } from "SDK/agent-runtime";"#,
    ),
    (
        "provider-auth-aliases",
        r#"export { resolveProviderIdForAuth } from "SDK/agent-runtime";"#,
    ),
    (
        "provider-oauth-runtime",
        r#"export * from "SDK/provider-oauth-runtime"; export { decodeOpenAICodexJwtPayload } from "SDK/provider-auth";"#,
    ),
    (
        "request-url",
        r#"export * from "SDK/request-url"; export { isLoopbackHost } from "SDK/ssrf-runtime";"#,
    ),
    (
        "session-catalog-paging",
        r#"export { sessionCatalogPaging } from "SDK/session-catalog"; export const publishSessionCatalogHost = undefined;"#,
    ),
    (
        "session-key-runtime",
        r#"export * from "SDK/session-key-runtime"; export { isIncognitoSessionKey } from "SDK/routing";"#,
    ),
    (
        "time-runtime",
        r#"export * from "SDK/time-runtime"; export { withTimeout } from "SDK/text-utility-runtime";"#,
    ),
];

/// A copy of the plugin 2026.9.4 that OpenClaw 2026.8.2 can load: none of its own time is in the
/// registry. Its manifest asks for an earlier OpenClaw, and its imports lead to where the SDK of
/// that one has what is meant; nothing else is changed. What reads and writes the stores is that
/// SDK, as it is.
pub(crate) fn plugin_for_openclaw_2026_8_2(published: &Path) -> Result<PathBuf, String> {
    let copied = |tree: &Path| tree.join("node_modules/@openclaw/codex");
    let tree = install("plugin-2026.9.4-for-openclaw-2026.8.2", |tree| {
        let to = copied(tree);
        make_dir(&to.join("dist/moved"))?;
        rewritten(published, &to, |text| {
            text.replace(">=2026.9.4", ">=2026.8.2")
        })?;
        rewritten(&published.join("dist"), &to.join("dist"), |text| {
            let lead = |text: String, (module, _): &(&str, &str)| {
                let from = format!("\"openclaw/plugin-sdk/{module}\"");
                text.replace(&from, &format!("\"./moved/{module}.js\""))
            };
            MOVED.iter().fold(text, lead)
        })?;
        for (module, text) in MOVED {
            let path = to.join(format!("dist/moved/{module}.js"));
            let text = text.replace("\"SDK/", "\"openclaw/plugin-sdk/");
            fs::write(&path, text).map_err(|error| failure("write", &path, &error))?;
        }
        // What it depends on stands beside it.
        let modules = published.ancestors().nth(2).unwrap_or(published);
        for name in names(modules)? {
            if name != "@openclaw" {
                link(&modules.join(&name), &tree.join("node_modules").join(&name))?;
            }
        }
        Ok(())
    })?;
    Ok(copied(&tree))
}

/// Copies the files of a directory, their texts as this makes them.
fn rewritten(from: &Path, to: &Path, text: impl Fn(String) -> String) -> Result<(), String> {
    for name in names(from)? {
        let (old, new) = (from.join(&name), to.join(&name));
        if old.is_file() {
            let old = fs::read_to_string(&old).map_err(|error| failure("read", &old, &error))?;
            fs::write(&new, text(old)).map_err(|error| failure("write", &new, &error))?;
        }
    }
    Ok(())
}

fn names(dir: &Path) -> Result<Vec<std::ffi::OsString>, String> {
    let entries = fs::read_dir(dir).map_err(|error| failure("read", dir, &error))?;
    let names = entries.map(|entry| entry.map(|entry| entry.file_name()));
    names
        .collect::<Result<_, _>>()
        .map_err(|error| failure("read", dir, &error))
}

fn link(to: &Path, at: &Path) -> Result<(), String> {
    symlink(to, at).map_err(|error| failure("link", at, &error))
}

fn openclaw(version: &str, node: &str, tree: &Path) -> Result<Manager, String> {
    let home = home_in(tree);
    make_dir(&home)?;
    Manager::openclaw(&node_dir(node)?, &openclaw_program(version)?, &home)
}

fn home_in(tree: &Path) -> PathBuf {
    tree.join("home")
}
