//! Where codex keeps a login: the setting `cli_auth_credentials_store`.
//!
//! Codex's order, measured: `/etc/codex/config.toml`, over it the home's `config.toml`, over it
//! `-c`, over all `/etc/codex/managed_config.toml`. The default is the file.

use std::path::{Path, PathBuf};

use crate::files::{self, NoText};
use crate::sourced::Sourced;

/// Far more than any configuration has.
const SIZE_LIMIT: u64 = 1024 * 1024;

/// The setting's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    File,
    Keyring,
    /// The keyring where there is one, else the file.
    Auto,
    /// Nowhere: a login is lost when codex ends.
    Ephemeral,
}

/// A configuration file that codex would stumble over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrokenConfig {
    pub(crate) path: PathBuf,
    /// A place or a kind of error, never a value.
    pub(crate) reason: String,
}

/// The machine's part of the setting, read once for all homes.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    default: Option<Sourced<Store>>,
    forced: Option<Sourced<Store>>,
}

impl Machine {
    /// Reads codex's configuration in `dir`, normally `/etc/codex`.
    pub(crate) fn read(dir: &Path) -> Result<Machine, BrokenConfig> {
        Ok(Machine {
            default: setting(&dir.join("config.toml"))?,
            forced: setting(&dir.join("managed_config.toml"))?,
        })
    }

    /// The setting that nothing can override, where it is not the file: a login elsewhere cannot
    /// be staged then.
    pub(crate) fn forbids_staging(&self) -> Option<&Sourced<Store>> {
        self.forced
            .as_ref()
            .filter(|forced| forced.value != Store::File)
    }

    /// What counts for a login in `home`.
    pub(crate) fn store_of(&self, home: &Path) -> Result<Sourced<Store>, BrokenConfig> {
        if let Some(forced) = &self.forced {
            return Ok(forced.clone());
        }
        let own = setting(&home.join("config.toml"))?;
        Ok(own
            .or_else(|| self.default.clone())
            .unwrap_or_else(|| Sourced::new(Store::File, "codex's default")))
    }
}

fn setting(path: &Path) -> Result<Option<Sourced<Store>>, BrokenConfig> {
    let broken = |reason: String| BrokenConfig {
        path: path.to_owned(),
        reason,
    };
    let bytes = match files::read(path, SIZE_LIMIT) {
        Ok(bytes) => bytes,
        Err(NoText::Missing) => return Ok(None),
        Err(NoText::NotAFile) => return Err(broken("not a file".to_owned())),
        Err(NoText::TooLarge) => return Err(broken("larger than 1 MiB".to_owned())),
        Err(NoText::Unreadable(why)) => return Err(broken(why.to_string())),
    };
    let text = String::from_utf8(bytes).map_err(|_| broken("not UTF-8".to_owned()))?;
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| broken(place(&text, error.span())))?;
    let store = match table.get("cli_auth_credentials_store") {
        None => return Ok(None),
        Some(value) => match value.as_str() {
            Some("file") => Store::File,
            Some("keyring") => Store::Keyring,
            Some("auto") => Store::Auto,
            Some("ephemeral") => Store::Ephemeral,
            _ => {
                return Err(broken(
                    "cli_auth_credentials_store has no known value".to_owned(),
                ));
            }
        },
    };
    Ok(Some(Sourced::new(store, path.display().to_string())))
}

fn place(text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let before = span.and_then(|span| text.get(..span.start)).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    format!("line {line}, column {column}: not TOML")
}

#[cfg(test)]
mod tests {
    use super::{Machine, Store};

    fn machine(managed: &str, config: &str) -> (tempfile::TempDir, Machine) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("managed_config.toml"), managed).unwrap();
        std::fs::write(dir.path().join("config.toml"), config).unwrap();
        let machine = Machine::read(dir.path()).unwrap();
        (dir, machine)
    }

    #[test]
    fn managed_configuration_goes_before_the_homes_and_the_homes_before_the_machines() {
        let home = tempfile::tempdir().unwrap();
        let (_dir, machine_wide) = machine("", "cli_auth_credentials_store = 'keyring'");
        let store = |machine: &Machine| machine.store_of(home.path()).unwrap().value;
        assert_eq!(store(&machine_wide), Store::Keyring);
        let own = home.path().join("config.toml");
        std::fs::write(&own, "cli_auth_credentials_store = \"auto\"").unwrap();
        assert_eq!(store(&machine_wide), Store::Auto);
        let (_dir, managed) = machine("cli_auth_credentials_store = 'file'", "");
        assert_eq!(store(&managed), Store::File);
    }

    #[test]
    fn staging_is_forbidden_only_where_the_managed_store_is_not_the_file() {
        let (_dir, free) = machine("", "cli_auth_credentials_store = 'keyring'");
        assert!(free.forbids_staging().is_none());
        let (_dir, file) = machine("cli_auth_credentials_store = 'file'", "");
        assert!(file.forbids_staging().is_none());
        let (_dir, forced) = machine("cli_auth_credentials_store = 'keyring'", "");
        assert_eq!(forced.forbids_staging().unwrap().value, Store::Keyring);
    }

    #[test]
    fn a_broken_file_is_named_by_place_and_not_by_content() {
        let home = tempfile::tempdir().unwrap();
        let own = home.path().join("config.toml");
        std::fs::write(&own, "model = 'x'\nkey = fake-canary").unwrap();
        let (_dir, machine) = machine("", "");
        let broken = machine.store_of(home.path()).unwrap_err();
        assert_eq!(broken.path, own);
        assert!(
            broken.reason.starts_with("line 2, column 7"),
            "{}",
            broken.reason
        );
        assert!(!broken.reason.contains("canary"));
    }
}
