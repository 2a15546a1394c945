//! What is worth knowing of the codex that was chosen.

use std::collections::BTreeSet;

use super::INSTALL;
use super::order::Step;
use super::search::{Chosen, Lead, Search};
use super::why::Why;
use crate::openclaw::notice::Notice;
use crate::openclaw::plugin::Refusal;

/// What everybody should know who runs it.
pub(super) fn cautions(search: &Search, chosen: &Chosen<'_>) -> Vec<Notice> {
    let all = [
        unusable_command(search),
        unread_record(search),
        unusable_plugin(search, chosen),
        guess(chosen),
        without_platform(chosen),
    ];
    all.into_iter().flatten().collect()
}

fn own_command(search: &Search) -> Option<&Lead> {
    search
        .leads
        .iter()
        .find(|lead| lead.step == Step::OwnCommand)
}

fn unusable_command(search: &Search) -> Option<Notice> {
    let lead = own_command(search)?;
    let why = unusable(lead)?;
    let path = lead.path.display();
    let message = format!("OpenClaw would start {path}, which cannot be used ({why})");
    Some(told(Notice::new("own-codex-unusable", message), lead))
}

/// Why a codex that was found cannot run; `None` where it can.
fn unusable(lead: &Lead) -> Option<String> {
    match &lead.found {
        Ok(package) if package.native.is_some() => None,
        Ok(_) => Some("its platform package is missing".to_owned()),
        Err(why) => Some(why.to_string()),
    }
}

fn unread_record(search: &Search) -> Option<Notice> {
    let lead = search
        .leads
        .iter()
        .find(|lead| matches!(lead.found, Err(Why::Record(_))))?;
    let why = lead.found.as_ref().err()?;
    let message = format!(
        "OpenClaw's record of its plugins, {}, {why}: which codex it runs may be another one",
        lead.path.display()
    );
    Some(told(Notice::new("plugin-record-unread", message), lead))
}

/// OpenClaw has no second choice: what is used here is then not what an agent would run.
fn unusable_plugin(search: &Search, chosen: &Chosen<'_>) -> Option<Notice> {
    let is_plugins = |step| matches!(step, Step::Plugin | Step::BundledPlugin);
    if own_command(search).is_some() || is_plugins(chosen.lead.step) {
        return None;
    }
    let is_it = |lead: &&Lead| {
        let is_other = matches!(
            lead.found,
            Err(Why::Record(_) | Why::Plugin(Refusal::Retained))
        );
        is_plugins(lead.step) && !is_other
    };
    let lead = search.leads.iter().find(is_it)?;
    let path = lead.path.display();
    let why = unusable(lead)?;
    let message =
        format!("OpenClaw's own codex, {path}, cannot be used ({why}): its agents cannot start it");
    Some(told(Notice::new("plugin-unusable", message), lead))
}

fn guess(chosen: &Chosen<'_>) -> Option<Notice> {
    (chosen.lead.step == Step::Store).then(|| {
        let message = format!(
            "the codex used is a guess: {} lies in a store, and no live link leads there",
            chosen.lead.path.display()
        );
        Notice::new("codex-guess", message).fix(INSTALL)
    })
}

fn without_platform(chosen: &Chosen<'_>) -> Option<Notice> {
    chosen.package.native.is_none().then(|| {
        let message = format!(
            "{} has no program for this machine: its launcher may refuse to start",
            chosen.lead.path.display()
        );
        let repair = chosen.lead.repair.as_deref();
        Notice::new("codex-platform-missing", message).fix(repair.unwrap_or(INSTALL))
    })
}

/// With what is to be done about the lead.
fn told(notice: Notice, lead: &Lead) -> Notice {
    let repair = lead.repair.as_deref();
    let remedy = match &lead.found {
        Err(why) => why.remedy(repair),
        Ok(_) => repair.map(str::to_owned),
    };
    match remedy {
        Some(remedy) => notice.fix(remedy),
        None => notice,
    }
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
        .filter(|lead| lead.step != Step::Store && unusable(lead).is_none())
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
