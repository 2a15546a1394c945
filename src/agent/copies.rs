//! One refresh token in several places: whoever refreshes it first leaves the others with one that is
//! used up.

use indexmap::{IndexMap, IndexSet};
use serde_json::{Value, json};

use crate::agent::Agent;
use crate::agent::findings::Finding;
use crate::agent::place::{Kind, Place};
use crate::agent::profile::Profiles;
use crate::fingerprint::Fingerprint;

/// So many places of one token are named, and so many agents in one command.
const NAMED: usize = 10;

/// A place, and whose it is: the index of an agent, unless it is no agent's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot<'a> {
    pub(crate) agent: Option<usize>,
    pub(crate) place: &'a Place,
}

impl Spot<'_> {
    /// Whether it is a copy that nobody uses, and is told by itself.
    fn is_spare(&self) -> bool {
        let kind = self.place.kind;
        kind == Kind::Backup || kind == Kind::DeadHome
    }
}

/// A finding, and of which agents it is true; of none alone where there is none.
pub(crate) struct Told {
    pub(crate) agents: Vec<usize>,
    pub(crate) finding: Finding,
    /// Those of them whose login, which nothing reads, somebody else may use.
    pub(crate) unread: Vec<usize>,
}

/// The places of one token.
struct Group<'a> {
    agents: &'a [&'a Agent],
    spots: Vec<Spot<'a>>,
}

/// The places that have a token in common, in the order of the first of each.
fn groups<'a>(spots: &[Spot<'a>], agents: &'a [&'a Agent]) -> Vec<Group<'a>> {
    let mut by_token: IndexMap<Fingerprint, Vec<Spot<'a>>> = IndexMap::new();
    for spot in spots {
        by_token.entry(spot.place.refresh).or_default().push(*spot);
    }
    let shared = by_token.into_values().filter(|spots| spots.len() > 1);
    shared.map(|spots| Group { agents, spots }).collect()
}

/// What is to be said of tokens that lie in several places. `profiles` knows OpenClaw's own commands,
/// where stores are among the places.
pub(crate) fn shared(
    spots: &[Spot<'_>],
    agents: &[&Agent],
    profiles: Option<&Profiles>,
) -> Vec<Told> {
    let groups = groups(spots, agents);
    let told = groups.iter().filter_map(|group| {
        let finding = group.finding(profiles)?;
        let agents = group.concerned();
        let unread = group.unread();
        Some(Told {
            agents,
            finding,
            unread,
        })
    });
    told.collect()
}

impl Group<'_> {
    /// The agents whose a place is, each once.
    fn concerned(&self) -> Vec<usize> {
        let mut agents: Vec<_> = self.spots.iter().filter_map(|spot| spot.agent).collect();
        agents.sort_unstable();
        agents.dedup();
        agents
    }

    /// The agents with it in a codex home that nothing reads and in some place more, copies that nobody
    /// uses aside.
    fn unread(&self) -> Vec<usize> {
        let is_unread = |spot: &&Spot<'_>| spot.place.kind == Kind::UnreadHome;
        let unread = self.spots.iter().filter(is_unread);
        let unread = unread.filter(|spot| {
            let mut others = self.spots.iter();
            others.any(|other| !other.is_spare() && !std::ptr::eq(other.place, spot.place))
        });
        unread.filter_map(|spot| spot.agent).collect()
    }

    /// The places, each once, by whatever paths and of however many agents.
    fn distinct(&self) -> Vec<Spot<'_>> {
        let mut distinct: IndexMap<_, Spot<'_>> = IndexMap::new();
        for spot in &self.spots {
            distinct.entry(spot.place.identity()).or_insert(*spot);
        }
        distinct.into_values().collect()
    }

    /// The same, each once for every agent that comes to it.
    fn ways(&self) -> Vec<Spot<'_>> {
        let mut ways: IndexMap<_, Spot<'_>> = IndexMap::new();
        for spot in &self.spots {
            let way = (spot.place.identity(), spot.agent);
            ways.entry(way).or_insert(*spot);
        }
        ways.into_values().collect()
    }

    fn finding(&self, profiles: Option<&Profiles>) -> Option<Finding> {
        let places = self.distinct();
        let live = places.iter().filter(|spot| spot.place.is_live).count();
        let finding = match (places.len(), live) {
            (1, _) if self.concerned().len() > 1 => self.one_file()?,
            (1, _) => return None,
            (_, 0) if places.iter().all(Spot::is_spare) => return None,
            (count, 0 | 1) => self.put_aside(self.spare(count), &places),
            (count, _) => {
                let fix = self.logins(&places, profiles);
                self.broken(count).maybe_fix(fix)
            }
        };
        Some(finding.with("places", self.evidence()))
    }

    /// Several use it.
    fn broken(&self, count: usize) -> Finding {
        let message = format!(
            "one refresh token is in {count} places: {}; whoever refreshes it first breaks it for the others (refresh_token_reused)",
            self.named()
        );
        Finding::error("shared-refresh-token", message)
    }

    /// One uses it at most.
    fn spare(&self, count: usize) -> Finding {
        let message = format!(
            "one refresh token is in {count} places: {}; where a copy that is not in use now is used after all, it breaks the token for the others (refresh_token_reused)",
            self.named()
        );
        Finding::warning("shared-refresh-token", message)
    }

    /// Several agents come to it by links.
    fn one_file(&self) -> Option<Finding> {
        let mut by_dir: IndexMap<_, Spot<'_>> = IndexMap::new();
        for spot in &self.spots {
            by_dir.entry(spot.place.dir()).or_insert(*spot);
        }
        let dirs: Vec<_> = by_dir.into_values().collect();
        let (_, apart) = dirs.split_first()?;
        let is_used = |spot: &&Spot<'_>| spot.place.kind == Kind::CodexHome && spot.place.is_live;
        let apart = apart.iter().filter(is_used);
        let apart: Vec<_> = apart.filter_map(|spot| spot.agent).collect();
        let then = if apart.is_empty() {
            ""
        } else {
            "; where codex replaces a link by a file, as newer versions do, each has a copy that breaks the others (refresh_token_reused)"
        };
        let message = format!(
            "one file, reached by links, is the login of {} agents: {}{then}",
            self.concerned().len(),
            self.named(),
        );
        let finding = Finding::warning("shared-refresh-token", message);
        Some(match self.login_again(&apart) {
            Some(login) => finding.fix(login),
            None => self.put_aside(finding, &dirs),
        })
    }

    /// All but one log in anew: an agent with a codex home, since that is what we can do.
    fn logins(&self, places: &[Spot<'_>], profiles: Option<&Profiles>) -> Option<String> {
        let live = places.iter().filter(|spot| spot.place.is_live);
        let (homes, others): (Vec<&Spot<'_>>, Vec<&Spot<'_>>) =
            live.partition(|spot| spot.place.kind == Kind::CodexHome);
        let kept = usize::from(others.is_empty());
        let homes: Vec<_> = homes.iter().filter_map(|spot| spot.agent).collect();
        self.login_again(&homes[kept.min(homes.len())..])
            .or_else(|| {
                let store = others.iter().find_map(|spot| spot.agent)?;
                profiles?.login_anew(self.agents[store])
            })
    }

    fn login_again(&self, agents: &[usize]) -> Option<String> {
        let first = self.agents[*agents.first()?];
        let openclaw = first.openclaw_options();
        let named = agents.iter().take(NAMED);
        let named: Vec<_> = named
            .map(|agent| format!("--agent {}", self.agents[*agent].id))
            .collect();
        Some(format!("codex-login {openclaw}{} --force", named.join(" ")))
    }

    /// The copies among these that nothing reads are put aside.
    fn put_aside(&self, mut finding: Finding, places: &[Spot<'_>]) -> Finding {
        let is_shared = !self.unread().is_empty();
        // Beside copies that nobody uses it may be handed over.
        let mends = places
            .iter()
            .filter(|spot| is_shared || spot.place.kind != Kind::UnreadHome)
            .filter_map(|spot| spot.place.mend());
        finding.mends.extend(mends);
        if finding.mends.is_empty() {
            return finding;
        }
        let whose = self.concerned().first().copied();
        finding.fix(doctor(whose, self.agents))
    }

    fn named(&self) -> String {
        let ways = self.ways();
        let is_one = self.distinct().len() == 1;
        let mut known = IndexSet::new();
        let named = ways.iter().take(NAMED).map(|spot| {
            let place = spot.place.in_words();
            let is_known = !known.insert(spot.place.identity()) && !is_one;
            let same = if is_known { ", the same file" } else { "" };
            match spot.agent {
                Some(agent) => format!("{} ({place}{same})", self.agents[agent].id),
                None => format!("{place}{same}"),
            }
        });
        let named = named.collect::<Vec<_>>().join(", ");
        match ways.len().saturating_sub(NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }

    /// As many as are named, with what a script wants to know of each.
    fn evidence(&self) -> Vec<Value> {
        let ways = self.ways();
        let told = ways.iter().take(NAMED).map(|spot| {
            json!({
                "path": spot.place.path.display().to_string(),
                "agent": spot.agent.map(|agent| self.agents[agent].id.as_str()),
                "profile_id": spot.place.profile,
                "in_use": spot.place.is_live,
            })
        });
        told.collect()
    }
}

/// The command that puts copies aside: for this agent, or for all.
pub(super) fn doctor(agent: Option<usize>, agents: &[&Agent]) -> String {
    let whose = match (agent, agents.first()) {
        (Some(agent), _) => &agents[agent].address,
        (None, Some(any)) => any.openclaw_options().trim_end(),
        (None, None) => "",
    };
    let command = format!("codex-login doctor --fix {whose}");
    command.trim_end().to_owned()
}
