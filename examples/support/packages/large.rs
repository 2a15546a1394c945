//! Large programs that several installs have are kept once, by hard links.
//!
//! One codex is a few hundred megabytes, and every package manager brings its
//! own copy. Which file has which name is not changed by this, so no layout is.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::{cache_dir, failure, make_dir};

/// What is smaller is not worth the look.
const LARGE: u64 = 1 << 20;
const CHUNK: usize = 1 << 20;

/// Replaces every large program in `tree` by a link to an equal one of another
/// install, and keeps the others for installs to come. Nobody writes to a
/// program, so nobody notices.
pub(super) fn share(tree: &Path) -> Result<(), String> {
    let pool = cache_dir().join("programs");
    make_dir(&pool)?;
    let mut open = vec![tree.to_owned()];
    while let Some(dir) = open.pop() {
        let entries = fs::read_dir(&dir).map_err(|error| failure("read", &dir, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| failure("read", &dir, &error))?.path();
            let meta = path
                .symlink_metadata()
                .map_err(|error| failure("look at", &path, &error))?;
            if meta.is_dir() {
                open.push(path);
            } else if is_large_program(&meta) {
                share_file(&pool, &path, &meta)?;
            }
        }
    }
    Ok(())
}

fn is_large_program(meta: &Metadata) -> bool {
    meta.is_file() && meta.len() >= LARGE && meta.permissions().mode() & 0o111 != 0
}

fn share_file(pool: &Path, path: &Path, meta: &Metadata) -> Result<(), String> {
    let mode = meta.permissions().mode() & 0o7777;
    let kept = pool.join(format!("{}-{mode:o}", meta.len()));
    if fs::hard_link(path, &kept).is_ok() {
        return Ok(());
    }
    let known = kept
        .metadata()
        .map_err(|error| failure("look at", &kept, &error))?;
    if known.ino() == meta.ino() || !have_equal_content(path, &kept)? {
        return Ok(());
    }
    let beside = beside(path);
    fs::hard_link(&kept, &beside).map_err(|error| failure("link", &beside, &error))?;
    fs::rename(&beside, path).map_err(|error| failure("replace", path, &error))
}

/// A name in the same directory that nothing has.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".shared");
    PathBuf::from(name)
}

fn have_equal_content(one: &Path, other: &Path) -> Result<bool, String> {
    let open = |path: &Path| File::open(path).map_err(|error| failure("open", path, &error));
    let (mut first, mut second) = (open(one)?, open(other)?);
    loop {
        let chunk = next_chunk(&mut first).map_err(|error| failure("read", one, &error))?;
        if chunk != next_chunk(&mut second).map_err(|error| failure("read", other, &error))? {
            return Ok(false);
        }
        if chunk.is_empty() {
            return Ok(true);
        }
    }
}

fn next_chunk(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(CHUNK);
    file.take(CHUNK as u64).read_to_end(&mut chunk)?;
    Ok(chunk)
}
