//! What modes, owners and links of an agent's codex home give cause to say.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::agent::Agent;
use crate::agent::findings::Finding;
use crate::agent::mend::Mend;
use crate::shell::quoted;

/// What modes, owners and links of the home and its login give cause to say. Where codex was not
/// asked the home is not looked through: of thousands that would take longer than all the rest.
pub(super) fn findings(agent: &Agent, was_asked: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Ok(home) = agent.home.path().metadata() else {
        return findings;
    };
    if home.mode() & 0o077 != 0 {
        findings.push(open_to_others(
            "codex-home",
            agent.home.path(),
            &home,
            0o700,
        ));
    }
    if was_asked {
        findings.extend(of_others(agent, &home));
    }
    let path = agent.home.auth_json();
    if let Ok(link) = path.symlink_metadata()
        && link.is_symlink()
    {
        findings.push(
            Finding::warning(
                "auth-json-is-a-link",
                "auth.json is a link: two places that refresh one login break it for both",
            )
            .fix(format!("{} --force", agent.login_command())),
        );
    }
    let Ok(auth) = path.metadata() else {
        return findings;
    };
    if auth.is_file() && auth.mode() & 0o077 != 0 {
        findings.push(open_to_others("auth.json", &path, &auth, 0o600));
    }
    if auth.uid() != home.uid() {
        findings.push(
            Finding::error(
                "wrong-owner",
                "auth.json belongs to another user than the home: the agent may not read it",
            )
            .fix(format!(
                "chown {}:{} {}",
                home.uid(),
                home.gid(),
                quoted(&path.to_string_lossy())
            )),
        );
    }
    findings
}

/// What another user left in the home, as codex does that root has run there. Of `auth.json` more
/// is to be said.
fn of_others(agent: &Agent, home: &Metadata) -> Option<Finding> {
    let mut names = agent.home.names_of_others().ok()?;
    names.retain(|name| name != "auth.json");
    let (first, more) = (names.first()?, names.len() - 1);
    let what = match more {
        0 => format!("{first} in the home belongs"),
        _ => format!("{first} and {more} more in the home belong"),
    };
    let path = quoted(&agent.home.path().to_string_lossy());
    let finding = Finding::warning(
        "wrong-owner",
        format!("{what} to another user than the home: the agent's codex may fail there"),
    );
    Some(finding.fix(format!("chown -R {}:{} {path}", home.uid(), home.gid())))
}

/// `tight` is the mode that it should have.
pub(super) fn open_to_others(name: &str, path: &Path, meta: &Metadata, tight: u32) -> Finding {
    let mode = meta.mode() & 0o777;
    Finding::warning(
        "readable-by-others",
        format!("{name} has mode {mode:04o}: others on this machine may look into it"),
    )
    .at(path)
    .with("mode", format!("{mode:04o}"))
    .fix(format!(
        "chmod {tight:o} {}",
        quoted(&path.to_string_lossy())
    ))
    .mend(Mend::Tighten {
        path: path.to_owned(),
        mode: tight,
    })
}
