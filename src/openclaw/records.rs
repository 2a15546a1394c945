//! OpenClaw's records of the plugins that it has installed, as far as the codex plugin matters.
//!
//! As read in 2026.5.12, 7.1, 8.2 and 9.6: `plugins/installs.json` up to 2026.5; from 6.1 on a
//! database, where the table was `installed_plugin_index` before it became a key of
//! `config_machine_state`.

use std::io::ErrorKind;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};
use serde_json::Value;

use crate::files::{self, NoText};
use crate::openclaw::database;

const LIMIT: u64 = 16 * 1024 * 1024;

/// Where the state directory has the record that OpenClaw up to 2026.5 keeps.
pub(crate) const FILE: &str = "plugins/installs.json";
/// Where later ones keep it.
pub(crate) const DATABASE: &str = "state/openclaw.sqlite";

/// Where the records can stand in what is read.
const INDEX_PLACES: [&str; 4] = ["/installRecords", "/index/installRecords", "/records", ""];

const QUERIES: [(&str, &str); 2] = [
    (
        "config_machine_state",
        "SELECT value_json FROM config_machine_state WHERE state_key = 'plugins.installedIndex'",
    ),
    (
        "installed_plugin_index",
        "SELECT install_records_json FROM installed_plugin_index WHERE index_key = 'installed-plugin-index'",
    ),
];

/// The codex plugin's directory as `installs.json` has it. `None` where it has none.
pub(crate) fn of_file(path: &Path) -> Result<Option<String>, ErrorKind> {
    match files::read(path, LIMIT) {
        Ok(text) => in_index(&text),
        Err(NoText::Missing) => Ok(None),
        Err(NoText::Unreadable(kind)) => Err(kind),
        Err(NoText::NotAFile | NoText::TooLarge) => Err(ErrorKind::InvalidData),
    }
}

/// The same out of the database.
pub(crate) fn of_database(path: &Path) -> Result<Option<String>, ErrorKind> {
    let Some(database) = database::open(path)? else {
        return Ok(None);
    };
    for (table, query) in QUERIES {
        let text = text(&database, table, query).map_err(|error| database::kind(&error))?;
        if let Some(found) = text
            .map(|text| in_index(text.as_bytes()))
            .transpose()?
            .flatten()
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn text(database: &Connection, table: &str, query: &str) -> rusqlite::Result<Option<String>> {
    if !database::has_table(database, table)? {
        return Ok(None);
    }
    database.query_row(query, [], |row| row.get(0)).optional()
}

/// The records stand under `installRecords`, or `records`, of the index; in one of the tables they
/// are all there is.
fn in_index(text: &[u8]) -> Result<Option<String>, ErrorKind> {
    let index: Value = serde_json::from_slice(text).map_err(|_| ErrorKind::InvalidData)?;
    let records = INDEX_PLACES.iter().filter_map(|place| index.pointer(place));
    let paths = records.filter_map(|records| records.get("codex")?.get("installPath")?.as_str());
    let mut paths = paths.map(str::trim);
    Ok(paths.find(|path| !path.is_empty()).map(str::to_owned))
}
