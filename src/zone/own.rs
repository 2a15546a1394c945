//! `zones.toml`: the zones of this machine, in codex-login's own words.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::known::{HereZone, KnownZone, Place};
use super::trusted::{Base, Kind};
use crate::error::Problem;
use crate::files::folded;
use crate::host::Host;
use crate::sourced::Sourced;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    zones: BTreeMap<Spanned<String>, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    state_dir: Spanned<String>,
    config: Option<Spanned<String>>,
    #[serde(default)]
    packages: Vec<Spanned<String>>,
    openclaw_version: Option<String>,
}

/// The zones that `text` describes, which is that of `file`.
pub(super) fn zones(
    host: &Host,
    file: &Sourced<PathBuf>,
    text: &str,
) -> Result<Vec<KnownZone>, Problem> {
    let parsed: File = toml::from_str(text).map_err(|error| {
        let start = error.span().map(|span| span.start);
        refused(&file.value, text, start, error.message())
    })?;
    // Where the file really is: a link to it is one to what stands around it as well.
    let real = file.value.canonicalize();
    let real = real.unwrap_or_else(|_| file.value.clone());
    let paths = Paths {
        file: &file.value,
        text,
        base: Base {
            dir: real.parent().unwrap_or(Path::new("/")),
            home: host.home.as_deref(),
        },
    };
    let mut zones = Vec::new();
    for (name, entry) in parsed.zones {
        if !is_name(name.get_ref()) {
            let why = format!(
                "`{}` is no name for a zone: letters, digits, `.`, `_` and `-`, the first a letter or digit, 64 at most",
                name.get_ref()
            );
            return Err(refused(&file.value, text, Some(name.span().start), &why));
        }
        zones.push(KnownZone {
            name: name.into_inner(),
            source: file.source.clone(),
            file: file.value.clone(),
            place: Place::Here(paths.zone(entry)?),
        });
    }
    Ok(zones)
}

/// Turns what is written into paths.
struct Paths<'a> {
    file: &'a Path,
    text: &'a str,
    base: Base<'a>,
}

impl Paths<'_> {
    fn zone(&self, entry: Entry) -> Result<HereZone, Problem> {
        let config = entry.config.as_ref().map(|path| self.path(path));
        let packages = entry.packages.iter().map(|path| self.path(path));
        Ok(HereZone {
            state_dir: self.path(&entry.state_dir)?,
            config: config.transpose()?,
            packages: packages.collect::<Result<_, _>>()?,
            openclaw_version: entry.openclaw_version,
        })
    }

    fn path(&self, written: &Spanned<String>) -> Result<PathBuf, Problem> {
        let path = written.get_ref();
        let is_other_home = path.starts_with('~') && path != "~" && !path.starts_with("~/");
        let resolved = if is_other_home {
            Err("only `~` and `~/…` are followed")
        } else {
            self.base.resolve(Path::new(path))
        };
        match resolved {
            Ok(path) => Ok(folded(&path)),
            Err(why) => {
                let why = format!("not a path: {why}");
                let start = written.span().start;
                Err(refused(self.file, self.text, Some(start), &why))
            }
        }
    }
}

/// Names that need no quoting in a shell and make no other path.
fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(is_plain)
}

/// The problem at byte `start` of `text`, by line and column; the line itself is not shown.
fn refused(file: &Path, text: &str, start: Option<usize>, why: &str) -> Problem {
    let Some(before) = start.and_then(|start| text.get(..start)) else {
        return Kind::Own.damaged(file, why);
    };
    let line = before.matches('\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or_default();
    let column = last.chars().count() + 1;
    Kind::Own.damaged(file, &format!("line {line}, column {column}: {why}"))
}
