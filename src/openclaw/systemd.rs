//! What a systemd unit says of a service's surroundings, as far as OpenClaw's own units go.

use std::path::{Path, PathBuf};

use crate::files;

const SIZE_LIMIT: u64 = 1024 * 1024;

/// The settings of a unit that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unit {
    /// The variables it sets, the last of a name being the one that counts.
    pub(crate) vars: Vec<(String, String)>,
    pub(crate) working_directory: Option<PathBuf>,
    /// As whom it runs, where that is not the user whose manager starts it.
    pub(crate) user: Option<String>,
    /// The words of `ExecStart`.
    pub(crate) command: Vec<String>,
}

/// Reads the unit and what is dropped in beside it (`<unit>.d/*.conf`). `home` is `%h`. `None`
/// where there is no such unit.
pub(crate) fn read(file: &Path, home: &Path) -> Option<Unit> {
    let mut unit = Unit::default();
    let mut env_files = Vec::new();
    let mut texts = vec![text(file)?];
    texts.extend(drop_ins(file).iter().filter_map(|path| text(path)));
    for text in texts {
        apply(&mut unit, &mut env_files, &text, home);
    }
    // Files go over what the unit itself sets.
    for path in env_files {
        unit.vars.extend(variables_of_file(&path));
    }
    Some(unit)
}

fn text(path: &Path) -> Option<String> {
    let bytes = files::read(path, SIZE_LIMIT).ok()?;
    Some(String::from_utf8_lossy(&bytes).replace("\\\n", " "))
}

fn drop_ins(file: &Path) -> Vec<PathBuf> {
    let mut dir = file.as_os_str().to_owned();
    dir.push(".d");
    let dir = PathBuf::from(dir);
    let names = files::names(&dir).unwrap_or_default();
    names
        .into_iter()
        .map(|name| dir.join(name))
        .filter(|path| path.extension().is_some_and(|end| end == "conf"))
        .collect()
}

fn apply(unit: &mut Unit, env_files: &mut Vec<PathBuf>, text: &str, home: &Path) {
    let home = home.to_string_lossy();
    let mut in_service = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            in_service = line == "[Service]";
        }
        let Some((key, value)) = line.split_once('=').filter(|_| in_service) else {
            continue;
        };
        // What is no sequence of words says nothing; only what is empty takes back.
        let Some(words) = words(value, &home) else {
            continue;
        };
        match key.trim_end() {
            // An empty setting takes back the earlier ones.
            "Environment" if words.is_empty() => unit.vars.clear(),
            "Environment" => unit.vars.extend(words.iter().filter_map(|word| pair(word))),
            "EnvironmentFile" if words.is_empty() => env_files.clear(),
            "EnvironmentFile" => env_files.extend(
                words
                    .iter()
                    .map(|word| PathBuf::from(word.strip_prefix('-').unwrap_or(word))),
            ),
            "WorkingDirectory" => {
                unit.working_directory = words.first().map(|word| {
                    let word = word.strip_prefix('-').unwrap_or(word);
                    PathBuf::from(if word == "~" { &home } else { word })
                });
            }
            "User" => unit.user = words.into_iter().next(),
            "ExecStart" => unit.command = words,
            _ => {}
        }
    }
}

/// The words of a setting, quotes and `%h` resolved; `None` where a quote is left open.
fn words(value: &str, home: &str) -> Option<Vec<String>> {
    let resolved = |word: String| word.replace("%h", home).replace("%%", "%");
    Some(shlex::split(value)?.into_iter().map(resolved).collect())
}

fn variables_of_file(path: &Path) -> Vec<(String, String)> {
    let text = text(path).unwrap_or_default();
    text.lines().flat_map(assignments).collect()
}

/// The assignments on a line of a shell's: `export A=b C='d e'`, or without the `export`.
pub(crate) fn assignments(line: &str) -> Vec<(String, String)> {
    let words = shlex::split(line).unwrap_or_default();
    words.iter().filter_map(|word| pair(word)).collect()
}

fn pair(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    Some((name.trim().to_owned(), value.to_owned()))
}
