//! Where root's hands may go: nowhere that somebody else can lead elsewhere meanwhile.

use std::io::{self, ErrorKind};
use std::path::Path;

use nix::unistd::geteuid;

use crate::codex::owner::{ROOT, Way};
use crate::process::identity;

/// Refuses root what is in a directory that others decide over: whoever has it could put a link
/// there between our look and our hand, and what is written anew would be root's. Whoever is not
/// root can do there no more than the other may have done.
pub(super) fn refuse_what_others_decide(path: &Path) -> io::Result<()> {
    if geteuid().as_raw() != ROOT {
        return Ok(());
    }
    let real = path.canonicalize().ok();
    let dirs = [path.parent(), real.as_deref().and_then(Path::parent)];
    dirs.into_iter().flatten().try_for_each(refuse_way)
}

fn refuse_way(dir: &Path) -> io::Result<()> {
    let way = Way::to(dir)?;
    let stranger = way.stranger().map(|(stranger, _)| stranger);
    let other = stranger.or(Some(&way.end).filter(|end| end.owner.uid != ROOT));
    let why = if let Some(other) = other {
        let (path, owner) = (other.path.display(), other.owner.uid);
        let name = identity::name_of(owner);
        format!("{path} belongs to {name}, and root does nothing there: run codex-login as {name}")
    } else if let Some(open) = way.open_to_others() {
        let path = open.path.display();
        format!("others than root can put things into {path}")
    } else {
        return Ok(());
    };
    Err(io::Error::new(ErrorKind::PermissionDenied, why))
}
