//! What OpenClaw does with `<agentDir>/codex-home/auth.json`: decided here, and nowhere else.

use crate::openclaw::config::Config;
use crate::openclaw::version::{Release, Version};

/// How a login reaches an agent of this OpenClaw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The agent's codex reads `codex-home/auth.json`: 2026.5.2 to 2026.7.35, without the betas
    /// of 2026.7.2; these and the betas of 2026.8.1 with a command of the user's.
    CodexHome,
    /// Nothing reads that file, and from 2026.8.1-beta.1 on its presence can make the agent refuse to
    /// start: the login belongs in OpenClaw's own store. The betas of 2026.7.2, 2026.8.1 and later.
    Import,
    /// All agents use the Codex home of the gateway's user (`homeScope: "user"`, from 2026.7.1).
    UserHome,
    /// There is no codex home yet: before 2026.5.2.
    NoCodexHome,
}

/// What the configuration says of the app-server that runs codex for an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AppServer {
    /// `homeScope` is `user`.
    pub(crate) in_user_home: bool,
    /// It is started by a command of the user's, not the one that OpenClaw manages.
    pub(crate) has_own_command: bool,
}

impl AppServer {
    /// As `plugins.entries.codex.config.appServer` has it.
    pub(crate) fn of(config: &Config, has_own_command: bool) -> AppServer {
        AppServer {
            in_user_home: config.app_server("homeScope") == Some("user"),
            has_own_command,
        }
    }
}

impl Route {
    /// The route for a version; where it is not known, that of the versions that read a codex
    /// home. The betas of 2026.7.2 and 2026.8.1 already behave as 2026.8.1 does, but not with a command
    /// of the user's, while the maintenance line 2026.7.33 and later behaves as 2026.7.1.
    pub(crate) fn of(release: Option<&Release>, app_server: AppServer) -> Route {
        let Some(Release { version, .. }) = release else {
            return if app_server.in_user_home {
                Route::UserHome
            } else {
                Route::CodexHome
            };
        };
        let is_beta_of_import = version.is_ahead() || *version >= Version::beta(8, 1);
        let has_own_store = *version >= Version::release(8, 1);
        if *version < Version::release(5, 2) {
            Route::NoCodexHome
        } else if app_server.in_user_home && *version >= Version::release(7, 1) {
            Route::UserHome
        } else if has_own_store || (is_beta_of_import && !app_server.has_own_command) {
            Route::Import
        } else {
            Route::CodexHome
        }
    }

    /// Whether a file in the codex home can keep the agent from starting.
    pub(crate) fn is_blocked_by_file(self, release: Option<&Release>) -> bool {
        let is_late = release.is_some_and(|release| release.version >= Version::beta(8, 1));
        self == Route::Import && is_late
    }

    /// Whether all that is known of the version leaves another route open.
    pub(crate) fn is_open(self, release: Option<&Release>) -> bool {
        self == Route::CodexHome && release.is_some_and(|release| release.or_later)
    }

    /// The word that JSON has for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Route::CodexHome => "codex-home",
            Route::Import => "import",
            Route::UserHome => "user-home",
            Route::NoCodexHome => "none",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AppServer, Route};
    use crate::openclaw::version::Release;

    fn exactly(text: &str) -> Release {
        Release::exactly(text.parse().expect("a version"))
    }

    #[test]
    fn every_boundary_of_the_version_table_has_its_route() {
        for (text, route) in [
            ("2026.4.29", Route::NoCodexHome),
            ("2026.5.1", Route::NoCodexHome),
            ("2026.5.2-beta.1", Route::NoCodexHome),
            ("2026.5.2", Route::CodexHome),
            ("2026.5.12", Route::CodexHome),
            ("2026.7.1", Route::CodexHome),
            ("2026.7.1-2", Route::CodexHome),
            ("2026.7.2-beta.1", Route::Import),
            ("2026.7.2-beta.7", Route::Import),
            ("2026.7.33", Route::CodexHome),
            ("2026.7.35", Route::CodexHome),
            ("2026.8.1-beta.2", Route::Import),
            ("2026.8.1", Route::Import),
            ("2026.9.6", Route::Import),
            ("2027.1.1", Route::Import),
        ] {
            let managed = Route::of(Some(&exactly(text)), AppServer::default());
            assert_eq!(managed, route, "{text}");
        }
        let blocked = |text| Route::Import.is_blocked_by_file(Some(&exactly(text)));
        assert!(blocked("2026.8.1"));
        assert!(blocked("2026.8.1-beta.1"));
        assert!(!blocked("2026.7.2-beta.7"));
    }

    #[test]
    fn what_the_configuration_says_of_the_app_server_changes_the_route() {
        let in_user_home = AppServer {
            in_user_home: true,
            has_own_command: false,
        };
        let own_command = AppServer {
            in_user_home: false,
            has_own_command: true,
        };
        for (text, app_server, route) in [
            ("2026.6.11", in_user_home, Route::CodexHome),
            ("2026.7.1", in_user_home, Route::UserHome),
            ("2026.9.6", in_user_home, Route::UserHome),
            ("2026.7.2-beta.1", own_command, Route::CodexHome),
            ("2026.7.33", own_command, Route::CodexHome),
            ("2026.8.1-beta.3", own_command, Route::CodexHome),
            ("2026.8.1", own_command, Route::Import),
        ] {
            let found = Route::of(Some(&exactly(text)), app_server);
            assert_eq!(found, route, "{text}");
        }
        assert_eq!(Route::of(None, in_user_home), Route::UserHome);
    }
}
