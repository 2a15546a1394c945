//! `--profile NAME`, as OpenClaw's own flag of that name works: another state directory and its
//! configuration, unless the environment names them already.

use std::path::Path;

use crate::error::Problem;
use crate::files::folded;
use crate::openclaw::environment::{Environment, js_trim};
use crate::openclaw::paths;
use crate::openclaw::version::Version;
use crate::sourced::Sourced;

const LIMIT: usize = 64;

/// Sets the variables that the profile stands for. From 2026.8.1 those that a shell has from
/// another profile's gateway give way.
pub(crate) fn apply(
    env: &mut Environment,
    profile: &Sourced<String>,
    version: Option<&Version>,
) -> Result<(), Problem> {
    let name = js_trim(&profile.value);
    if !is_name(name) {
        return Err(Problem::request(
            "usage",
            format!("`{name}` is no name of a profile"),
        )
        .hint("a profile's name has letters, digits, `_` and `-`, up to 64, and begins with none of the latter two"));
    }
    if version.is_none_or(Version::switches_profiles) {
        leave_inherited(env, name)?;
    }
    let dir = paths::home(env)?.join(dir_name(name));
    env.set("OPENCLAW_PROFILE", name, &*profile.source);
    let label = format!("--profile {name}");
    let dir = if let Some(named) = env.trimmed("OPENCLAW_STATE_DIR") {
        named.to_owned()
    } else {
        env.set("OPENCLAW_STATE_DIR", &dir, &*label);
        dir.into_os_string()
    };
    if env.trimmed("OPENCLAW_CONFIG_PATH").is_none() {
        // Joined as text, before a `~` is looked at: `~/../x` does not lead up from the home.
        let file = folded(&Path::new(&dir).join("openclaw.json"));
        env.set("OPENCLAW_CONFIG_PATH", file, label);
    }
    Ok(())
}

/// Drops what stands for the profile that this shell was started in.
fn leave_inherited(env: &mut Environment, name: &str) -> Result<(), Problem> {
    let inherited = env
        .trimmed("OPENCLAW_PROFILE")
        .and_then(|name| name.to_str());
    let home = paths::home(env)?;
    let inherited = home.join(dir_name(inherited.unwrap_or("default")));
    if inherited == home.join(dir_name(name)) {
        return Ok(());
    }
    let is = |env: &Environment, variable: &str, path: &Path| {
        let named = env
            .trimmed(variable)
            .and_then(|named| paths::expand(env, named).ok());
        named.map(|named| named == path)
    };
    let state_is_inherited = is(env, "OPENCLAW_STATE_DIR", &inherited);
    if state_is_inherited != Some(false)
        && is(
            env,
            "OPENCLAW_CONFIG_PATH",
            &inherited.join("openclaw.json"),
        ) == Some(true)
    {
        env.unset("OPENCLAW_CONFIG_PATH");
    }
    if state_is_inherited == Some(true) {
        env.unset("OPENCLAW_STATE_DIR");
    }
    Ok(())
}

fn dir_name(profile: &str) -> String {
    if profile.eq_ignore_ascii_case("default") {
        ".openclaw".to_owned()
    } else {
        format!(".openclaw-{profile}")
    }
}

fn is_name(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    text.len() <= LIMIT
        && text.starts_with(is_word)
        && text.chars().all(|c| is_word(c) || c == '_' || c == '-')
}
