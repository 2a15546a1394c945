//! A question to OpenClaw and to codex-login alike: a tree of files, an environment, a working
//! directory, and arguments. Which agents are there, and where?

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Stands for the case's own directory, in every string.
pub const ROOT: &str = "$ROOT";

/// One question. Every path in it is below [`ROOT`].
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Case {
    /// The version that is asked.
    pub openclaw: String,
    /// A path below the root to the file's text, to `{"link": target}`, or to null for an empty
    /// directory.
    pub tree: Map<String, Value>,
    /// All of the environment.
    pub env: Map<String, Value>,
    pub cwd: String,
    pub args: Vec<String>,
}

/// An agent as both programs list it, each in its own spelling.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Agent {
    pub id: String,
    #[serde(rename = "agent_dir", alias = "agentDir")]
    pub dir: String,
    #[serde(alias = "isDefault")]
    pub is_default: bool,
}

impl Case {
    /// Writes the tree into the directory, which must be empty.
    pub fn lay_out(&self, root: &Path) {
        lay_out(&self.tree, root);
    }

    /// A program in the surroundings of the case, and no others but this `PATH`.
    pub fn command(&self, program: &Path, path: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", path)
            .envs(self.env.iter().map(|(name, value)| {
                let value = value.as_str().expect("variables are strings");
                (name, value)
            }))
            .current_dir(&self.cwd)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// How codex-login is asked.
    pub fn codex_login(&self, no_programs: &Path) -> Command {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_codex-login"));
        let mut command = self.command(&program, no_programs);
        command
            .args(&self.args)
            .args(["--openclaw-version", &self.openclaw, "agents", "--json"]);
        command
    }
}

/// Writes a tree into the directory, which must be empty: by path a file's text, `{"link": target}`,
/// `{"sqlite": {"tables": {name: rows}}}`, or null for an empty directory.
pub fn lay_out(tree: &Map<String, Value>, root: &Path) {
    for (tail, content) in tree {
        let path = root.join(tail);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        match content {
            Value::Null => fs::create_dir_all(&path).expect("a directory"),
            Value::String(text) => fs::write(&path, text).expect("a file"),
            other => match (&other["link"], &other["sqlite"]["tables"]) {
                (Value::String(target), _) => symlink(target, &path).expect("a link"),
                (_, Value::Object(tables)) => fill_database(&path, tables),
                _ => panic!("a text, a link, a database or null: {other}"),
            },
        }
    }
}

/// A database with these tables. A row has a key, a text, and the time of its last change, in this
/// sequence; of a table without rows only the key's name is known.
pub fn fill_database(path: &Path, tables: &Map<String, Value>) {
    let database = Connection::open(path).expect("a database");
    for (table, rows) in tables {
        let rows = rows.as_array().expect("rows");
        let stem = table.rsplit('_').next().expect("a name");
        let columns = match rows.first().and_then(Value::as_object) {
            Some(row) => row.keys().cloned().collect(),
            None => vec![
                format!("{stem}_key"),
                format!("{stem}_json"),
                "updated_at".into(),
            ],
        };
        let [key, text, time] = columns.as_slice() else {
            panic!("three columns: {columns:?}");
        };
        let create =
            format!("CREATE TABLE {table} ({key} TEXT PRIMARY KEY, {text} TEXT, {time} INTEGER)");
        database.execute(&create, []).expect("a table");
        for row in rows {
            let insert = format!("INSERT INTO {table} VALUES (?1, ?2, ?3)");
            let values = (row[key].as_str(), row[text].as_str(), row[time].as_i64());
            database.execute(&insert, values).expect("a row");
        }
    }
}

/// `value` with the root put in everywhere but in keys.
pub fn rooted(value: Value, root: &Path) -> Value {
    match value {
        Value::String(text) => {
            let root = root.to_str().expect("a scratch directory in UTF-8");
            Value::String(text.replace(ROOT, root))
        }
        Value::Array(items) => items.into_iter().map(|item| rooted(item, root)).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, rooted(value, root)))
            .collect(),
        other => other,
    }
}
