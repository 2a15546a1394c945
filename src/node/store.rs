//! Copies of a package in pnpm's stores, live or not: the last resort. A removed version stays in
//! a store for weeks, so whatever is found here is a guess.
//!
//! Only directories that can hold the package are listed: one for each store, and one for each
//! version of the package.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::files;
use crate::host::Host;
use crate::node::globals::Unlisted;
use crate::node::pnpm;

/// No machine has so many copies; what comes after them is not looked at.
const COPIES_LIMIT: usize = 500;

/// What the stores hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Copies {
    /// Package directories, which may be those of platform packages.
    pub(crate) found: Vec<PathBuf>,
    pub(crate) searched: Vec<PathBuf>,
    pub(crate) unlisted: Vec<Unlisted>,
}

/// The copies of `package`, which has a scope, in every store of pnpm's.
pub(crate) fn copies(host: &Host, leads: &[PathBuf], package: &str) -> Copies {
    let mut copies = Copies::default();
    for globals in pnpm::globals(host, leads) {
        let virtual_store = globals.dir.join("5/.pnpm");
        copies.add_flat(&virtual_store, package);
        copies.add_by_version(&virtual_store.join(package), package);
    }
    for store in pnpm::stores(host, leads) {
        for format in ["v10", "v11"] {
            copies.add_by_version(&store.join(format).join("links").join(package), package);
        }
    }
    copies.found.truncate(COPIES_LIMIT);
    copies
}

impl Copies {
    /// `<store>/@scope+name@<version>/node_modules/@scope/name`
    fn add_flat(&mut self, store: &Path, package: &str) {
        self.searched.push(store.to_owned());
        let start = format!("{}@", package.replace('/', "+"));
        let is_copy = |name: &OsStr| name.as_encoded_bytes().starts_with(start.as_bytes());
        let names = self.names(store).into_iter().filter(|name| is_copy(name));
        let dirs = names.map(|name| store.join(name).join("node_modules").join(package));
        self.found.extend(dirs);
    }

    /// `<dir>/<version>/<hash>/node_modules/@scope/name`
    fn add_by_version(&mut self, dir: &Path, package: &str) {
        self.searched.push(dir.to_owned());
        for version in self.names(dir).into_iter().take(COPIES_LIMIT) {
            let version = dir.join(version);
            let hashes = self.names(&version).into_iter();
            let dirs = hashes.map(|hash| version.join(hash).join("node_modules").join(package));
            self.found.extend(dirs);
        }
    }

    fn names(&mut self, dir: &Path) -> Vec<std::ffi::OsString> {
        files::names(dir).unwrap_or_else(|error| {
            self.unlisted.extend(Unlisted::of(dir, &error));
            Vec::new()
        })
    }
}
