//! The stores from 2026.6.5 on: databases, each an agent's own or shared by all.

use std::path::Path;
use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _};

use crate::openclaw::database;
use crate::openclaw::profiles::era::Era;
use crate::openclaw::profiles::seen::Seen;
use crate::openclaw::profiles::sources::Trouble;
use crate::openclaw::profiles::store::{Origin, Owner, Store};

/// An agent's database, in its directory.
pub(super) const FILE: &str = "openclaw-agent.sqlite";

/// A row: its table, and the columns of its key and of its text.
type Place = (&'static str, &'static str, &'static str, &'static str);

const OWN: [Place; 2] = [
    ("auth_profile_store", "store_key", "store_json", "primary"),
    ("auth_profile_state", "state_key", "state_json", "primary"),
];
const MACHINE: (&str, &str, &str) = ("config_machine_state", "state_key", "value_json");

/// The store in an agent's database; `None` where it has none.
pub(super) fn load(
    path: &Path,
    owner: Owner,
    era: Era,
    within: &[&Path],
) -> Result<Option<Store>, Trouble> {
    Trouble::refuse_link_out(path, within)?;
    let Some(database) = open(path)? else {
        return Ok(None);
    };
    for (table, ..) in OWN {
        if !database::has_table(&database, table).map_err(|error| broken(path, &error))? {
            return Err(Trouble::new(path, &format!("it has no table {table}")));
        }
    }
    stored(&database, path, OWN, owner, era)
}

/// The store that all agents share where the state's own database has it; `None` where it is the
/// main agent's.
pub(super) fn load_shared(path: &Path, era: Era) -> Result<Option<Store>, Trouble> {
    let state_dir = path.ancestors().nth(2).unwrap_or(path);
    Trouble::refuse_link_out(path, &[state_dir])?;
    let Some(database) = open(path)? else {
        return Ok(None);
    };
    let (table, key, text) = MACHINE;
    if !database::has_table(&database, table).map_err(|error| broken(path, &error))? {
        return Ok(None);
    }
    let place = row(&database, path, (table, key, text, "auth.sharedStore"))?;
    let location = place
        .as_ref()
        .and_then(|place| place.at("location")?.text());
    match location {
        _ if place.is_none() => Ok(None),
        Some("legacy-main") => Ok(None),
        Some("state-db") => {
            let rows = ["authProfiles.store", "authProfiles.state"];
            let rows = rows.map(|name| (table, key, text, name));
            let store = stored(&database, path, rows, Owner::Main, era)?;
            Ok(Some(store.unwrap_or_default()))
        }
        _ => Err(Trouble::new(
            path,
            "it does not say where the shared store is",
        )),
    }
}

fn stored(
    database: &Connection,
    path: &Path,
    [of_store, of_state]: [Place; 2],
    owner: Owner,
    era: Era,
) -> Result<Option<Store>, Trouble> {
    let path_of = path.to_owned();
    let from = Arc::new(Origin {
        owner,
        path: path_of,
    });
    let Some(raw) = row(database, path, of_store)? else {
        return Ok(None);
    };
    let Some(mut store) = Store::of(&raw, era, &from) else {
        // Earlier versions take it for none.
        if era < Era::V8_1 {
            return Ok(None);
        }
        return Err(Trouble::new(path, "what it has is no store"));
    };
    store.refuse_too_many(path)?;
    if let Some(state) = row(database, path, of_state)? {
        store.add_state(&state, era, &from);
    }
    Ok(Some(store))
}

fn open(path: &Path) -> Result<Option<Connection>, Trouble> {
    database::open(path).map_err(|why| Trouble::new(path, &why.to_string()))
}

fn broken(path: &Path, error: &rusqlite::Error) -> Trouble {
    Trouble::new(path, &database::kind(error).to_string())
}

/// What a row says. The text is looked at where SQLite has it, and not copied.
fn row(database: &Connection, path: &Path, place: Place) -> Result<Option<Seen>, Trouble> {
    let (table, key, column, name) = place;
    let query = format!("SELECT {column} FROM {table} WHERE {key} = ?1");
    let seen = database.query_row(&query, [name], |row| {
        Ok(match row.get_ref(0)? {
            ValueRef::Null | ValueRef::Text(b"") => Ok(None),
            ValueRef::Text(text) => Seen::of(text).map(Some),
            _ => Err((0, 0)),
        })
    });
    match seen.optional() {
        Ok(None) => Ok(None),
        Ok(Some(Ok(seen))) => Ok(seen),
        Ok(Some(Err((line, column)))) => {
            let why = format!("{table} has no JSON, at line {line}, column {column}");
            Err(Trouble::new(path, &why))
        }
        Err(error) => Err(broken(path, &error)),
    }
}
