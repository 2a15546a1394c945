//! The house as ARCHITECTURE.md draws it: imports go down, and the few places that may touch the
//! process are the only ones that do.

use std::fs;
use std::path::{Path, PathBuf};

/// The floors of ARCHITECTURE.md, from the top, each with its modules.
fn floors() -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rows = text
        .lines()
        .skip_while(|line| !line.starts_with("| floor |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let modules = row.split('|').nth(2).unwrap();
        modules
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    })
    .collect()
}

/// Every source file with the module it belongs to.
pub(crate) fn sources() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut open = vec![root().join("src")];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let inside = path.strip_prefix(root().join("src")).unwrap();
                let first = inside.components().next().unwrap().as_os_str();
                let module = Path::new(first).file_stem().unwrap().to_str().unwrap();
                found.push((module.to_owned(), path));
            }
        }
    }
    found.sort();
    found
}

/// The modules named in `crate::module` anywhere in the text, comments aside.
fn imports(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            rest.chars().take_while(|c| word(*c)).collect()
        })
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn imports_go_down_the_floors_and_never_up_or_sideways() {
    let floors = floors();
    let floor = |module: &str| {
        floors
            .iter()
            .position(|floor| floor.iter().any(|name| name == module))
    };
    let mut wrong = Vec::new();
    for (module, path) in sources() {
        let Some(own) = floor(&module) else {
            wrong.push(format!("{module} has no floor in ARCHITECTURE.md"));
            continue;
        };
        for import in imports(&fs::read_to_string(&path).unwrap()) {
            let goes_down = floor(&import).is_some_and(|other| other > own);
            if import != module && !goes_down {
                wrong.push(format!("{} imports crate::{import}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_of_the_table_exists() {
    let known: Vec<_> = sources().into_iter().map(|(module, _)| module).collect();
    for module in floors().concat() {
        assert!(
            known.contains(&module),
            "{module} is on a floor and not in src"
        );
    }
}

#[test]
fn a_file_is_one_idea_of_at_most_300_lines() {
    for (_, path) in sources() {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 300, "{} has {lines} lines", path.display());
    }
}

#[test]
fn the_import_check_sees_an_import_when_there_is_one() {
    assert_eq!(
        imports("use crate::output::Output;\n// crate::target\nlet x = crate::agent::y();"),
        ["output", "agent"]
    );
    assert_eq!(floors().len(), 10);
}
