//! What an agent's next turn would authenticate with, and whether that works: one judgement, made
//! of what the file says, what codex says, what this OpenClaw does with the file, and which profile it
//! would rather use.

use jiff::Timestamp;

use crate::agent::findings::Finding;
use crate::agent::of_files;
use crate::agent::place::{Kind, Place};
use crate::agent::profile::{Judged, Profiles};
use crate::agent::verdict::{NextTurn, State, Verdict};
use crate::agent::{Agent, Whose};
use crate::codex::auth::AuthFile;
use crate::codex::status::Says;
use crate::codex::store::{BrokenConfig, Machine, Settings, Store};
use crate::openclaw::gateway_env::GatewayEnv;
use crate::openclaw::profiles::select::Selected;
use crate::openclaw::profiles::sources::Trouble;
use crate::openclaw::route::Route;
use crate::process::identity::Vars;

/// What is known of an agent before codex is asked.
#[derive(Clone, Debug)]
pub(crate) struct Evidence<'a> {
    pub(super) agent: &'a Agent,
    pub(super) route: Route,
    pub(super) blocked_by_file: bool,
    pub(super) file: AuthFile,
    /// The refresh token in it.
    pub(super) token: Option<Place>,
    pub(super) store: Result<Store, BrokenConfig>,
    /// What codex's configuration says besides.
    pub(super) settings: Settings,
    pub(super) profiles: &'a Profiles,
    /// Where profiles count.
    pub(super) selected: Option<Result<Selected, Trouble>>,
    pub(super) now: Timestamp,
}

/// What counts for all agents of a target.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(crate) route: Route,
    /// Whether this OpenClaw refuses an agent whose codex home has a login.
    pub(crate) blocked_by_file: bool,
    /// The machine's codex configuration.
    pub(crate) machine: Result<Machine, BrokenConfig>,
    pub(crate) profiles: Profiles,
    /// What the gateway is started with.
    pub(crate) gateway: GatewayEnv,
    /// The codex that would run, where it was looked for.
    pub(crate) codex: Option<semver::Version>,
    pub(crate) now: Timestamp,
    /// Who we are.
    pub(crate) ours: u32,
    /// Our own environment.
    pub(crate) inherited: Vars,
}

impl Evidence<'_> {
    /// Reads the files of one agent. Starts nothing, writes nothing.
    pub(crate) fn gather<'a>(agent: &'a Agent, ground: &'a Ground) -> Evidence<'a> {
        let settings = match &ground.machine {
            Err(broken) => Err(broken.clone()),
            Ok(machine) => machine.settings_of(agent.home.path()),
        };
        let has_profiles = matches!(ground.route, Route::CodexHome | Route::Import);
        let selected = || ground.profiles.selected(agent, ground.now);
        let auth = agent.home.auth_json();
        let (file, refresh) = AuthFile::read(&auth);
        let is_live = ground.route == Route::CodexHome;
        let kind = match ground.route {
            Route::Import => Kind::UnreadHome,
            _ => Kind::CodexHome,
        };
        // What all agents use by design is no agent's: the doctor looks there as at other homes.
        let refresh = refresh.filter(|_| agent.whose == Whose::Own);
        let token = refresh.map(|login| Place::of_login(&auth, kind, is_live, login));
        Evidence {
            agent,
            profiles: &ground.profiles,
            selected: (has_profiles && !agent.is_elsewhere).then(selected),
            route: ground.route,
            blocked_by_file: ground.blocked_by_file,
            file,
            token,
            store: settings.clone().map(|settings| settings.store().value),
            settings: settings.unwrap_or_default(),
            now: ground.now,
        }
    }

    /// Joins the evidence with codex's own word, where it was asked.
    pub(crate) fn judge(self, says: Option<Says>) -> Verdict {
        let (of_home, finding) = self.state(says);
        let Judged {
            state,
            next_turn,
            mut findings,
        } = match self.of_profile(of_home) {
            Some(judged) => judged,
            None => self.of_home(of_home, finding),
        };
        if self.store == Ok(Store::Auto) {
            findings.push(Finding::warning(
                "store-auto",
                "codex is set to prefer a keyring: where the gateway reaches one, its login there goes before auth.json",
            ));
        }
        findings.extend(self.of_files(says.is_some()));
        let login = match self.file {
            AuthFile::Whole(login) => Some(login),
            _ => None,
        };
        Verdict {
            state,
            of_home,
            login,
            codex_says: says,
            live: None,
            next_turn,
            token: self.token,
            findings,
        }
    }

    /// Whether the agent's codex goes by the login in its home.
    pub(super) fn reads_home(&self) -> bool {
        self.route == Route::CodexHome || self.is_shared()
    }

    /// Whether the home is that of the gateway's user: OpenClaw leaves what is in it to codex.
    fn is_shared(&self) -> bool {
        self.agent.whose != Whose::Own
    }

    /// What modes and owners give cause to say. The home of a person is not ours to mend.
    fn of_files(&self, was_asked: bool) -> Vec<Finding> {
        let mut findings = of_files::findings(self.agent, was_asked);
        if self.is_shared() {
            for finding in &mut findings {
                finding.mends.clear();
            }
        }
        findings
    }

    /// What a profile of OpenClaw's makes of it, where one goes before the codex home.
    pub(super) fn of_profile(&self, of_home: State) -> Option<Judged> {
        let selected = self.selected.as_ref()?;
        self.profiles
            .judged(self.agent, selected, (self.route, of_home), self.now)
    }

    /// What is left to the codex home, and after it to the gateway's environment.
    fn of_home(&self, state: State, finding: Option<Finding>) -> Judged {
        let mut findings: Vec<_> = finding.into_iter().collect();
        if let Some(other) = self.other_account() {
            return Judged {
                state: State::Blocked,
                next_turn: NextTurn::None,
                findings: vec![other],
            };
        }
        // In the home of its user OpenClaw logs nothing in.
        let key = self.profiles.api_key().filter(|_| !self.is_shared());
        let next_turn = match (state, key) {
            (State::Ready | State::Expired | State::Elsewhere, _) => NextTurn::CodexHome,
            (State::LoggedOut, Some(variable)) => {
                let message =
                    format!("until then the agent uses the API key in {variable} of the gateway");
                findings.push(Finding::warning("api-key-env", message));
                NextTurn::ApiKeyEnv { variable }
            }
            _ => NextTurn::None,
        };
        if next_turn == NextTurn::CodexHome && !self.is_shared() {
            findings.extend(self.profiles.unseen());
        }
        Judged {
            state,
            next_turn,
            findings,
        }
    }
}
