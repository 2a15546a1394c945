//! Whose a path is, and who else could put something else in its place.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

/// The user id that may do everything.
pub(crate) const ROOT: u32 = 0;

/// As many links as Linux follows on one path.
const LINKS: usize = 40;

/// Whose a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// A directory, or a link on the way to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) path: PathBuf,
    pub(crate) owner: Owner,
    /// The permission bits; none of a link.
    mode: u32,
}

/// The way that a path leads, link by link, as far as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// Every directory and link that is passed, from the root directory on.
    steps: Vec<Step>,
    /// Where it ends: the path itself, else the last directory on the way that is there. What is
    /// made there belongs to its owner.
    pub(crate) end: Step,
}

impl Owner {
    pub(crate) fn of(meta: &Metadata) -> Owner {
        Owner {
            uid: meta.uid(),
            gid: meta.gid(),
        }
    }
}

impl Way {
    /// Walks `path`, which is absolute.
    pub(crate) fn to(path: &Path) -> io::Result<Way> {
        let mut steps = vec![Step::at(Path::new("/"))?.0];
        let mut ahead: VecDeque<OsString> = names(path);
        let mut at = PathBuf::from("/");
        let mut links = 0;
        while let Some(name) = ahead.pop_front() {
            if name == ".." {
                at.pop();
                continue;
            }
            let next = at.join(&name);
            let (step, meta) = match Step::at(&next) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                other => other?,
            };
            steps.push(step);
            if !meta.is_symlink() {
                at = next;
                continue;
            }
            links += 1;
            if links > LINKS {
                return Err(io::Error::other("too many links"));
            }
            let target = next.read_link()?;
            if target.is_absolute() {
                at = PathBuf::from("/");
            }
            for name in names(&target).into_iter().rev() {
                ahead.push_front(name);
            }
        }
        let (end, _) = Step::at(&at)?;
        Ok(Way { steps, end })
    }

    /// The last thing on the way that belongs neither to root nor to the owner of its end, with
    /// what follows it: its owner decides where the path leads, and may change that at any time.
    /// In a user namespace the machine's root is another than ours, so who has `/` counts as root.
    pub(crate) fn stranger(&self) -> Option<(&Step, &Step)> {
        let trusted = [ROOT, self.steps[0].owner.uid, self.end.owner.uid];
        let last = self
            .steps
            .iter()
            .rposition(|step| !trusted.contains(&step.owner.uid))?;
        let next = self.steps.get(last + 1).unwrap_or(&self.end);
        Some((&self.steps[last], next))
    }

    /// A directory on the way in which others can put things. Who works as root there would work
    /// on what they choose.
    pub(crate) fn open_to_others(&self) -> Option<&Step> {
        let on_the_way = self.steps.iter().find(|step| {
            let is_end = step.path == self.end.path;
            step.is_open(is_end)
        });
        on_the_way.or_else(|| self.end.is_open(true).then_some(&self.end))
    }
}

impl Step {
    /// Whether others than its owner can put things in it, or in place of what is in it. In a
    /// sticky directory they can put things, but replace only their own.
    fn is_open(&self, is_end: bool) -> bool {
        const STICKY: u32 = 0o1000;
        let by_group = self.mode & 0o020 != 0 && self.owner.gid != ROOT;
        let is_writable = by_group || self.mode & 0o002 != 0;
        is_writable && (is_end || self.mode & STICKY == 0)
    }

    fn at(path: &Path) -> io::Result<(Step, Metadata)> {
        let meta = path.symlink_metadata()?;
        let step = Step {
            path: path.to_owned(),
            owner: Owner::of(&meta),
            mode: if meta.is_symlink() { 0 } else { meta.mode() },
        };
        Ok((step, meta))
    }
}

/// The names in a path. `..` stays: after a link it is another directory than the one before.
fn names(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            _ => None,
        })
        .collect()
}
