//! The empty order in OpenClaw's configuration, and the way back to the text that was.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::agent::mend::step::{Standing, Step, keep, replace};
use crate::files;
use crate::openclaw::empty_order;

/// Far more than any configuration has.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

pub(super) fn plan(config: &Path, provider: &str, kept: String) -> io::Result<Step> {
    let after = with_order(&read(config)?, provider)?;
    Ok(Step::EmptyOrder {
        config: config.to_owned(),
        provider: provider.to_owned(),
        kept,
        sha256: digest(after.as_bytes()),
    })
}

pub(super) fn apply(config: &Path, provider: &str, kept: &Path, sha256: &str) -> io::Result<()> {
    let config = config.canonicalize()?;
    let before = read(&config)?;
    let after = with_order(&before, provider)?;
    if digest(after.as_bytes()) != sha256 {
        return Err(io::Error::other("somebody has just written it: try again"));
    }
    keep(kept, before.as_bytes())?;
    replace(&config, after.as_bytes(), kept)
}

/// OpenClaw writes its configuration at times: as long as the order is empty it is ours to undo.
pub(super) fn standing(config: &Path, provider: &str, kept: &Path) -> Standing {
    let Ok(kept) = read(kept) else {
        return Standing::NotDone;
    };
    match read(config) {
        Ok(now) if now == kept => Standing::NotDone,
        Ok(now) if empty_order::is_set(&now, provider) => Standing::Done,
        _ => Standing::Changed,
    }
}

pub(super) fn put_back(config: &Path, provider: &str, kept: &Path, sha256: &str) -> io::Result<()> {
    let config = config.canonicalize()?;
    let (now, before) = (read(&config)?, read(kept)?);
    let text = if digest(now.as_bytes()) == sha256 {
        before
    } else {
        empty_order::take_back(&now, &before, provider).map_err(io::Error::other)?
    };
    replace(&config, text.as_bytes(), kept)
}

fn read(path: &Path) -> io::Result<String> {
    let bytes = files::read(path, SIZE_LIMIT);
    let bytes = bytes.map_err(|_| io::Error::other("it cannot be read"))?;
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}

fn with_order(text: &str, provider: &str) -> io::Result<String> {
    empty_order::set(text, provider).map_err(io::Error::other)
}

fn digest(text: &[u8]) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(text) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
