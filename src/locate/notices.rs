//! What is worth knowing of the codex that was chosen.

use std::collections::BTreeSet;

use super::INSTALL;
use super::order::Step;
use super::search::{Chosen, Lead, Search};
use crate::openclaw::notice::Notice;

/// What everybody should know who runs it.
pub(super) fn cautions(search: &Search, chosen: &Chosen<'_>) -> Vec<Notice> {
    let mut notices = Vec::new();
    let own = search
        .leads
        .iter()
        .find(|lead| lead.step == Step::OwnCommand);
    if let Some(Lead {
        path,
        found: Err(why),
        ..
    }) = own
    {
        let message = format!(
            "OpenClaw would start {}, which cannot be used ({why}): its agents have no codex",
            path.display()
        );
        notices.push(Notice::new("own-codex-unusable", message));
    }
    let path = chosen.lead.path.display();
    if chosen.lead.step == Step::Store {
        let message = format!(
            "the codex used is a guess: {path} lies in a store, and no live link leads there"
        );
        notices.push(Notice::new("codex-guess", message).fix(INSTALL));
    }
    if chosen.package.native.is_none() {
        let message =
            format!("the platform package of {path} is missing: its launcher may refuse to start");
        let repair = chosen.lead.repair.as_deref();
        notices.push(Notice::new("codex-platform-missing", message).fix(repair.unwrap_or(INSTALL)));
    }
    notices
}

/// Where the steps do not agree, and where the plugin wants another version.
pub(super) fn of(search: &Search, chosen: &Chosen<'_>) -> Vec<Notice> {
    differing(search, chosen)
        .into_iter()
        .chain(unpinned(search, chosen))
        .collect()
}

fn differing(search: &Search, chosen: &Chosen<'_>) -> Option<Notice> {
    let ours = chosen.package.version.as_ref()?;
    let mut seen = BTreeSet::new();
    let others: Vec<_> = search
        .leads
        .iter()
        .filter(|lead| lead.step != Step::Store && is_usable(lead))
        .filter_map(|lead| Some((lead.version()?, lead)))
        .filter(|(version, _)| *version != ours && seen.insert(*version))
        .map(|(version, lead)| format!("{version} ({})", lead.source))
        .collect();
    (!others.is_empty()).then(|| {
        let message = format!(
            "there are other versions than the {ours} that is used: {}",
            others.join(", ")
        );
        Notice::new("codex-versions-differ", message)
    })
}

fn unpinned(search: &Search, chosen: &Chosen<'_>) -> Option<Notice> {
    let ours = chosen.package.version.as_ref()?.to_string();
    let (lead, pin) = search
        .leads
        .iter()
        .find_map(|lead| Some((lead, lead.pin.as_ref()?)))?;
    // What is no exact version pins nothing.
    semver::Version::parse(&pin.version).ok()?;
    (pin.version != ours).then(|| {
        let message = format!(
            "the codex plugin in {} was made for {}, and {ours} is used",
            pin.plugin.display(),
            pin.version
        );
        let notice = Notice::new("codex-pin-differs", message);
        match &lead.repair {
            Some(repair) => notice.fix(repair.as_str()),
            None => notice,
        }
    })
}

fn is_usable(lead: &Lead) -> bool {
    lead.found
        .as_ref()
        .is_ok_and(|package| package.native.is_some())
}
