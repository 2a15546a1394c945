//! The variables that OpenClaw does not take from just anywhere: a `.env` that happens to lie in
//! the working directory, or the configuration, must not change how programs are loaded.

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::openclaw::version::Version;

/// Where a variable is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setter {
    /// `.env` in the working directory.
    WorkspaceFile,
    /// `env` and `env.vars` of the configuration.
    Config,
}

/// The names of one kind, those that this version has.
#[derive(Debug, Default)]
struct Names {
    whole: HashSet<&'static str>,
    prefixes: Vec<&'static str>,
    suffixes: Vec<&'static str>,
    /// Words between underscores, one after the other, anywhere in the name.
    tokens: Vec<&'static str>,
}

/// What one version of OpenClaw guards.
#[derive(Debug)]
pub(crate) struct Guard {
    everywhere: Names,
    workspace: Names,
    config: Names,
}

impl Guard {
    /// The guard of this version; of an unknown one, the newest.
    pub(crate) fn of(version: Option<&Version>) -> Guard {
        let mut guard = Guard {
            everywhere: Names::default(),
            workspace: Names::default(),
            config: Names::default(),
        };
        for (kind, since, names) in rows() {
            if version.is_some_and(|version| version < since) {
                continue;
            }
            match *kind {
                "name" => guard.everywhere.whole.extend(names),
                "prefix" => guard.everywhere.prefixes.extend(names),
                "workspace-name" => guard.workspace.whole.extend(names),
                "workspace-prefix" => guard.workspace.prefixes.extend(names),
                "workspace-tokens" => guard.workspace.tokens.extend(names),
                "workspace-suffix" => guard.workspace.suffixes.extend(names),
                _ => guard.config.whole.extend(names),
            }
        }
        guard
    }

    /// Whether OpenClaw ignores the variable when it is set there.
    pub(crate) fn refuses(&self, name: &str, setter: Setter) -> bool {
        let name = name.to_ascii_uppercase();
        let further = match setter {
            Setter::WorkspaceFile => &self.workspace,
            Setter::Config => &self.config,
        };
        self.everywhere.has(&name) || further.has(&name)
    }
}

impl Names {
    fn has(&self, name: &str) -> bool {
        self.whole.contains(name)
            || self.prefixes.iter().any(|prefix| name.starts_with(prefix))
            || self.suffixes.iter().any(|suffix| name.ends_with(suffix))
            || self.has_tokens(name)
    }
}

impl Names {
    fn has_tokens(&self, name: &str) -> bool {
        let words = name.split('_').filter(|word| !word.is_empty());
        let between = format!("_{}_", words.collect::<Vec<_>>().join("_"));
        let is_in = |tokens: &&str| between.contains(&format!("_{tokens}_"));
        self.tokens.iter().any(is_in)
    }
}

type Row = (&'static str, Version, Vec<&'static str>);

/// The lines of the table.
fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        include_str!("guarded.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let mut words = line.split(' ');
                let kind = words.next()?;
                let since = words.next()?.parse().ok()?;
                Some((kind, since, words.collect()))
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::{Guard, Setter, rows};

    #[test]
    fn the_guard_follows_the_version() {
        let old = Guard::of("2026.5.12".parse().ok().as_ref());
        let new = Guard::of(None);
        assert!(!old.refuses("XDG_DATA_HOME", Setter::Config));
        assert!(new.refuses("xdg_data_home", Setter::Config));
        for guard in [old, new] {
            assert!(guard.refuses("LD_PRELOAD", Setter::Config));
            assert!(guard.refuses("OPENCLAW_HOME", Setter::WorkspaceFile));
            assert!(!guard.refuses("OPENCLAW_HOME", Setter::Config));
            assert!(!guard.refuses("AGENTS_ROOT", Setter::WorkspaceFile));
        }
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        let text = include_str!("guarded.txt");
        let lines = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(rows().len(), lines);
        assert!(rows().iter().all(|(_, _, names)| !names.is_empty()));
    }
}
