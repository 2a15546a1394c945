//! Where codex keeps a login, and which logins it accepts: `cli_auth_credentials_store`,
//! `forced_login_method` and `forced_chatgpt_workspace_id`.
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

/// Which kind of login is forced: `forced_login_method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forced {
    Chatgpt,
    Api,
}

/// What one file says, or several together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    store: Option<Sourced<Store>>,
    /// The only method that codex accepts.
    pub(crate) method: Option<Sourced<Forced>>,
    /// The only workspaces of ChatGPT that codex accepts.
    pub(crate) workspaces: Option<Sourced<Vec<String>>>,
}

impl Settings {
    /// These, and what only `base` has.
    fn over(self, base: &Settings) -> Settings {
        Settings {
            store: self.store.or_else(|| base.store.clone()),
            method: self.method.or_else(|| base.method.clone()),
            workspaces: self.workspaces.or_else(|| base.workspaces.clone()),
        }
    }

    pub(crate) fn store(&self) -> Sourced<Store> {
        let default = || Sourced::new(Store::File, "codex's default");
        self.store.clone().unwrap_or_else(default)
    }
}

/// The machine's part of the settings, read once for all homes.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    default: Settings,
    forced: Settings,
}

impl Machine {
    /// Reads codex's configuration in `dir`, normally `/etc/codex`.
    pub(crate) fn read(dir: &Path) -> Result<Machine, BrokenConfig> {
        // Of this one only counts that codex does nothing at all where it is broken.
        table(&dir.join("requirements.toml"))?;
        Ok(Machine {
            default: settings(&dir.join("config.toml"))?,
            forced: settings(&dir.join("managed_config.toml"))?,
        })
    }

    /// The setting that nothing can override, where it is not the file: a login elsewhere cannot
    /// be staged then.
    pub(crate) fn forbids_staging(&self) -> Option<&Sourced<Store>> {
        let forced = self.forced.store.as_ref();
        forced.filter(|forced| forced.value != Store::File)
    }

    /// What counts for a login in `home`.
    pub(crate) fn store_of(&self, home: &Path) -> Result<Sourced<Store>, BrokenConfig> {
        if let Some(forced) = &self.forced.store {
            return Ok(forced.clone());
        }
        Ok(self.settings_of(home)?.store())
    }

    /// The same with all else.
    pub(crate) fn settings_of(&self, home: &Path) -> Result<Settings, BrokenConfig> {
        let own = settings(&home.join("config.toml"))?;
        Ok(self.forced.clone().over(&own.over(&self.default)))
    }
}

fn settings(path: &Path) -> Result<Settings, BrokenConfig> {
    let Some(table) = table(path)? else {
        return Ok(Settings::default());
    };
    let of = |key: &str| table.get(key).map(|value| (value, key.to_owned()));
    let unknown = |key: String| broken(path, format!("{key} has no known value"));
    let store = of("cli_auth_credentials_store").map(|(value, key)| match value.as_str() {
        Some("file") => Ok(Store::File),
        Some("keyring") => Ok(Store::Keyring),
        Some("auto") => Ok(Store::Auto),
        Some("ephemeral") => Ok(Store::Ephemeral),
        _ => Err(unknown(key)),
    });
    let method = of("forced_login_method").map(|(value, key)| match value.as_str() {
        Some("chatgpt") => Ok(Forced::Chatgpt),
        Some("api") => Ok(Forced::Api),
        _ => Err(unknown(key)),
    });
    let workspaces = of("forced_chatgpt_workspace_id")
        .map(|(value, key)| texts(value).ok_or_else(|| unknown(key)));
    let source = path.display().to_string();
    Ok(Settings {
        store: store
            .transpose()?
            .map(|store| Sourced::new(store, source.clone())),
        method: method
            .transpose()?
            .map(|method| Sourced::new(method, source.clone())),
        workspaces: workspaces.transpose()?.map(|ids| Sourced::new(ids, source)),
    })
}

/// A text, or, as later versions take it, a list of them.
fn texts(value: &toml::Value) -> Option<Vec<String>> {
    let text = |value: &toml::Value| value.as_str().map(str::to_owned);
    match value.as_array() {
        Some(values) => values.iter().map(text).collect(),
        None => text(value).map(|text| vec![text]),
    }
}

fn broken(path: &Path, reason: String) -> BrokenConfig {
    BrokenConfig {
        path: path.to_owned(),
        reason,
    }
}

fn table(path: &Path) -> Result<Option<toml::Table>, BrokenConfig> {
    let broken = |reason: String| broken(path, reason);
    let bytes = match files::read(path, SIZE_LIMIT) {
        Ok(bytes) => bytes,
        Err(NoText::Missing) => return Ok(None),
        Err(NoText::NotAFile) => return Err(broken("not a file".to_owned())),
        Err(NoText::TooLarge) => return Err(broken("larger than 1 MiB".to_owned())),
        Err(NoText::Unreadable(why)) => return Err(broken(why.to_string())),
    };
    let text = String::from_utf8(bytes).map_err(|_| broken("not UTF-8".to_owned()))?;
    let table = text.parse();
    table
        .map(Some)
        .map_err(|error: toml::de::Error| broken(place(&text, error.span())))
}

fn place(text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let before = span.and_then(|span| text.get(..span.start)).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    format!("line {line}, column {column}: not TOML")
}

#[cfg(test)]
mod tests {
    use super::{Forced, Machine, Store};

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
    fn what_is_forced_comes_from_the_same_files_in_the_same_order() {
        let home = tempfile::tempdir().unwrap();
        let own = home.path().join("config.toml");
        std::fs::write(
            &own,
            "forced_login_method = 'api'\nforced_chatgpt_workspace_id = ['a', 'b']",
        )
        .unwrap();
        let (_dir, machine) = machine("forced_login_method = 'chatgpt'", "");
        let settings = machine.settings_of(home.path()).unwrap();
        assert_eq!(settings.method.unwrap().value, Forced::Chatgpt);
        let workspaces = settings.workspaces.unwrap();
        assert_eq!(workspaces.value, ["a", "b"]);
        assert_eq!(workspaces.source, own.display().to_string());
    }

    #[test]
    fn codex_does_nothing_where_the_requirements_are_broken() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("requirements.toml"), "= broken").unwrap();
        let broken = Machine::read(dir.path()).unwrap_err();
        assert!(broken.path.ends_with("requirements.toml"), "{broken:?}");
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
