//! `$include`: other files merged into a configuration, as OpenClaw's `includes` module does it.
//!
//! A file may only lie in the configuration's own directory, or in a directory that
//! `OPENCLAW_INCLUDE_ROOTS` names, by its written path and by its real one: a configuration must
//! not be able to read what its writer may not.

use std::fs::OpenOptions;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use serde_json::{Map, Value};

use crate::error::Problem;
use crate::files::{self, NoText, folded};
use crate::openclaw::disk::Disk;
use crate::openclaw::document::{damaged, parsed};

const KEY: &str = "$include";
const DEPTH_LIMIT: usize = 10;
const SIZE_LIMIT: u64 = 2 * 1024 * 1024;
/// From 2026.7.1 OpenClaw takes no longer path.
const PATH_LIMIT: usize = 4096;
/// OpenClaw has no bound here: files that include each other's siblings multiply with each level.
const FILES_LIMIT: usize = 4096;
const TOTAL_LIMIT: u64 = 64 * 1024 * 1024;
/// Keys that OpenClaw never merges.
const NEVER_MERGED: [&str; 3] = ["__proto__", "prototype", "constructor"];

/// Where included files may lie.
#[derive(Debug)]
pub(crate) struct Boundary<'a> {
    /// Directories, as written and as they really are.
    roots: Vec<(PathBuf, PathBuf)>,
    disk: &'a Disk,
    /// Whose an included file must be, where root reads the configuration of another user: it must
    /// not be able to show what only root can read.
    owner: Option<u32>,
}

impl<'a> Boundary<'a> {
    /// The directory of the configuration at `config`, a path of this host, and these further ones, for
    /// the user `reader`.
    pub(crate) fn new(
        config: &Path,
        further: Vec<PathBuf>,
        disk: &'a Disk,
        reader: u32,
    ) -> Boundary<'a> {
        let own = config.parent().unwrap_or(config).to_owned();
        let with_real = |dir: PathBuf| {
            let real = dir.canonicalize().unwrap_or_else(|_| dir.clone());
            (dir, real)
        };
        let owner = config.metadata().map_or(0, |meta| meta.uid());
        Boundary {
            owner: Some(owner).filter(|owner| reader == 0 && *owner != 0),
            roots: std::iter::once(own).chain(further).map(with_real).collect(),
            disk,
        }
    }

    /// The real path of `path`, or why it is out of bounds. What is not there is left to the
    /// reader to miss.
    fn checked(&self, path: &Path) -> Result<PathBuf, &'static str> {
        if !self.roots.iter().any(|(root, _)| path.starts_with(root)) {
            return Err("leads out of the configuration's directory");
        }
        let Ok(real) = path.canonicalize() else {
            return Ok(path.to_owned());
        };
        if self.roots.iter().any(|(_, root)| real.starts_with(root)) {
            Ok(real)
        } else {
            Err("leads out of the configuration's directory through a link")
        }
    }
}

/// `value`, the content of `file`, with all that it includes merged in.
pub(crate) fn resolved(
    value: Value,
    file: &Path,
    boundary: &Boundary<'_>,
) -> Result<Value, Problem> {
    let mut reader = Reader {
        boundary,
        open: vec![folded(file)],
        files: 0,
        bytes: 0,
    };
    reader.walk(value)
}

/// The walk through a configuration and what it includes.
struct Reader<'a> {
    boundary: &'a Boundary<'a>,
    /// The file at hand, preceded by those that include it.
    open: Vec<PathBuf>,
    files: usize,
    bytes: u64,
}

impl Reader<'_> {
    fn walk(&mut self, value: Value) -> Result<Value, Problem> {
        match value {
            Value::Array(items) => {
                let items = items.into_iter().map(|item| self.walk(item));
                Ok(Value::Array(items.collect::<Result<_, _>>()?))
            }
            Value::Object(mut fields) => match fields.shift_remove(KEY) {
                Some(what) => self.included(&what, fields),
                None => Ok(Value::Object(self.walk_fields(fields)?)),
            },
            other => Ok(other),
        }
    }

    fn walk_fields(&mut self, fields: Map<String, Value>) -> Result<Map<String, Value>, Problem> {
        fields
            .into_iter()
            .filter(|(key, _)| key != NEVER_MERGED[0])
            .map(|(key, value)| Ok((key, self.walk(value)?)))
            .collect()
    }

    /// What the files say, and over it what stands beside the `$include`.
    fn included(&mut self, what: &Value, beside: Map<String, Value>) -> Result<Value, Problem> {
        let included = match what {
            Value::String(path) => self.load(path)?,
            Value::Array(paths) => {
                let mut merged = Value::Object(Map::new());
                for path in paths {
                    let Value::String(path) = path else {
                        return Err(self.refused("a list of `$include` holds what is no path"));
                    };
                    merged = merge(merged, self.load(path)?);
                }
                merged
            }
            _ => return Err(self.refused("`$include` is neither a path nor a list of paths")),
        };
        if beside.is_empty() {
            return Ok(included);
        }
        if !included.is_object() {
            return Err(self.refused("what is included beside other keys is no object"));
        }
        let beside = self.walk_fields(beside)?;
        Ok(merge(included, Value::Object(beside)))
    }

    fn load(&mut self, written: &str) -> Result<Value, Problem> {
        if written.contains('\0') || written.len() >= PATH_LIMIT {
            return Err(self.refused("`$include` of what cannot be a path"));
        }
        let (path, bytes) = self
            .open_file(written)
            .map_err(|why| self.refused(&format!("`$include` of {written}: {why}")))?;
        let value = parsed(&path, &bytes)?;
        self.open.push(path);
        let value = self.walk(value);
        self.open.pop();
        value
    }

    /// The file that is meant, within all bounds.
    fn open_file(&mut self, written: &str) -> Result<(PathBuf, Vec<u8>), String> {
        let path = self.path_of(written)?;
        let real = self.boundary.checked(&path)?;
        if self.open.contains(&path) {
            return Err("it includes itself".to_owned());
        }
        if self.open.len() > DEPTH_LIMIT {
            return Err("more than 10 files deep".to_owned());
        }
        let bytes = read(&real, self.boundary.owner)?;
        self.files += 1;
        self.bytes += bytes.len() as u64;
        if self.files > FILES_LIMIT || self.bytes > TOTAL_LIMIT {
            return Err("too much is included: over 4,096 files, or 64 MiB".to_owned());
        }
        Ok((path, bytes))
    }

    /// The path on this host, relative to the file at hand.
    fn path_of(&self, written: &str) -> Result<PathBuf, &'static str> {
        let written = Path::new(written);
        if written.is_absolute() {
            let here = self.boundary.disk.on_host(written);
            return here.map(|path| folded(&path)).ok_or("not on this host");
        }
        let dir = self.file().parent().unwrap_or(Path::new("/"));
        Ok(folded(&dir.join(written)))
    }

    fn file(&self) -> &Path {
        self.open.last().map_or(Path::new("/"), PathBuf::as_path)
    }

    fn refused(&self, why: &str) -> Problem {
        damaged(self.file(), why)
    }
}

/// The bytes of a regular file of one name, and of nothing that was put in its place since its
/// path was checked.
fn read(real: &Path, owner: Option<u32>) -> Result<Vec<u8>, String> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags((OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW).bits())
        .open(real)
        .map_err(|error| error.kind().to_string())?;
    let meta = file.metadata().map_err(|error| error.kind().to_string())?;
    if !meta.is_file() || meta.nlink() != 1 {
        return Err("not a regular file with one name".to_owned());
    }
    if owner.is_some_and(|owner| meta.uid() != owner) {
        return Err("it belongs to another user than the configuration".to_owned());
    }
    files::read_from(&file, SIZE_LIMIT).map_err(|why| match why {
        NoText::TooLarge => "larger than 2 MiB".to_owned(),
        NoText::Unreadable(why) => why.to_string(),
        NoText::Missing | NoText::NotAFile => "not there any more".to_owned(),
    })
}

/// OpenClaw's merge: lists follow one another, objects merge by key, of anything else `over` wins.
fn merge(under: Value, over: Value) -> Value {
    match (under, over) {
        (Value::Array(mut items), Value::Array(more)) => {
            items.extend(more);
            Value::Array(items)
        }
        (Value::Object(mut fields), Value::Object(more)) => {
            for (key, over) in more {
                if NEVER_MERGED.contains(&key.as_str()) {
                    continue;
                }
                let under = fields.get_mut(&key).map(Value::take);
                let merged = match (under, over) {
                    (Some(under), over) => merge(under, over),
                    // A new object is merged into nothing: its keys are looked at as well.
                    (None, over @ Value::Object(_)) => merge(Value::Object(Map::new()), over),
                    (None, over) => over,
                };
                fields.insert(key, merged);
            }
            Value::Object(fields)
        }
        (_, over) => over,
    }
}
