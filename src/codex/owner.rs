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
}

impl Step {
    fn at(path: &Path) -> io::Result<(Step, Metadata)> {
        let meta = path.symlink_metadata()?;
        let step = Step {
            path: path.to_owned(),
            owner: Owner::of(&meta),
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
