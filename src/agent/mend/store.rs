//! Taking a profile out of a store of JSON, under OpenClaw's own lock, and putting it back.

use std::io;
use std::path::Path;

use secrecy::zeroize::Zeroizing;

use crate::agent::mend::step::{Standing, keep, new_beside, replace};
use crate::files;
use crate::openclaw::profiles::edit::{Held, StoreText, Taken};
use crate::openclaw::store_lock::StoreLock;

/// One profile and the ids before it.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

pub(super) fn take_out(store: &Path, id: &str, kept: &Path) -> io::Result<()> {
    let store = store.canonicalize()?;
    let _lock = lock(&store, kept)?;
    let text = read(&store)?;
    let taken = text.taken(id).ok_or_else(gone)?;
    let less = text.without(id).ok_or_else(gone)?;
    let written = Zeroizing::new(serde_json::to_vec(&taken)?);
    keep(kept, &written)?;
    replaced(&store, &text, &less, kept)
}

pub(super) fn standing(store: &Path, kept: &Path) -> Standing {
    let Some(kept) = kept_text(kept) else {
        return Standing::NotDone;
    };
    let held = StoreText::read(store).ok().zip(Taken::of(&kept));
    match held.map(|(now, taken)| now.holds(&taken)) {
        Some(Held::Gone) => Standing::Done,
        Some(Held::Same) => Standing::NotDone,
        Some(Held::Other) | None => Standing::Changed,
    }
}

pub(super) fn put_back(store: &Path, kept: &Path) -> io::Result<()> {
    let store = store.canonicalize()?;
    let _lock = lock(&store, kept)?;
    let text = read(&store)?;
    let kept_text = kept_text(kept).ok_or_else(gone)?;
    let taken = Taken::of(&kept_text).ok_or_else(gone)?;
    if text.holds(&taken) != Held::Gone {
        return Err(io::Error::other("it has changed since"));
    }
    let whole = text.with(&taken).ok_or_else(gone)?;
    replaced(&store, &text, &whole, kept)
}

/// A run that was killed may have left the lock.
pub(super) fn clear_dead_lock(store: &Path, kept: &Path) -> io::Result<()> {
    match store.canonicalize() {
        Ok(store) => lock(&store, kept).map(drop),
        Err(_) => Ok(()),
    }
}

/// Not all of OpenClaw's writers take the lock: what one wrote meanwhile is not overwritten.
fn replaced(store: &Path, before: &StoreText, after: &str, kept: &Path) -> io::Result<()> {
    if !before.is_at(store) {
        return Err(io::Error::other("OpenClaw has just written it: try again"));
    }
    replace(store, after.as_bytes(), kept)
}

fn lock(store: &Path, kept: &Path) -> io::Result<StoreLock> {
    StoreLock::take(store, &new_beside(kept))
}

fn read(store: &Path) -> io::Result<StoreText> {
    StoreText::read(store).map_err(|_| io::Error::other("it cannot be read"))
}

fn kept_text(kept: &Path) -> Option<Zeroizing<String>> {
    let bytes = Zeroizing::new(files::read(kept, SIZE_LIMIT).ok()?);
    let text = std::str::from_utf8(&bytes).ok()?;
    Some(Zeroizing::new(text.to_owned()))
}

fn gone() -> io::Error {
    io::Error::other("the profile is not there any more")
}
