//! The environment in which codex sees one agent's home and no other login.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use crate::files;

/// Variables through which codex would take another login than the home's, or send a token
/// elsewhere. Measured with codex 0.123, 0.130 and 0.169.
pub(crate) const RIVALS: [&str; 11] = [
    "CODEX_ACCESS_TOKEN",
    "CODEX_API_KEY",
    "OPENAI_API_KEY",
    "OPENAI_FEDERATION_RULE_ID",
    "OPENAI_IDENTITY_TOKEN_FILE",
    "CODEX_AUTHAPI_BASE_URL",
    "CODEX_AGENT_IDENTITY_AUTHAPI_BASE_URL",
    "CODEX_AGENT_IDENTITY_JWKS_BASE_URL",
    "CODEX_APP_SERVER_CHATGPT_BASE_URL",
    "CODEX_REVOKE_TOKEN_URL_OVERRIDE",
    "CODEX_REFRESH_TOKEN_URL_OVERRIDE",
];

/// Where codex would send what it wants to refresh or to revoke.
const WHERE_TOKENS_GO: [&str; 2] = [
    "CODEX_REVOKE_TOKEN_URL_OVERRIDE",
    "CODEX_REFRESH_TOKEN_URL_OVERRIDE",
];

/// Nobody can listen there.
const NOWHERE: &str = "http://127.0.0.1:0/";

/// The variables of a home's `.env` that a staged login needs: how to reach the network. The rest
/// of that file can name another identity.
const NETWORK: [&str; 6] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// What of a home's `.env` changes who codex is, from 0.169 on even where it is empty.
const IDENTITY: [&str; 2] = ["OPENAI_FEDERATION_RULE_ID", "OPENAI_IDENTITY_TOKEN_FILE"];

/// What of it can change where a login is looked for, or sent.
const DOUBTFUL: [&str; 3] = [
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "DBUS_SESSION_BUS_ADDRESS",
];

/// What a home's `.env` sets, no value of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DotEnv {
    /// What changes who codex is.
    pub(crate) identity: Vec<&'static str>,
    /// What may change where it looks for a login, or sends one.
    pub(crate) doubtful: Vec<&'static str>,
    /// How many variables there are besides. Their names are not kept: a line that is not meant as
    /// one may be a secret.
    pub(crate) others: usize,
}

impl DotEnv {
    /// What codex would load from `<home>/.env`: all but its own variables. `None` where there is
    /// no such file.
    pub(crate) fn of(home: &Path) -> Option<DotEnv> {
        let mut text = files::read(&home.join(".env"), SIZE_LIMIT).ok()?;
        // Values are not looked at, and need not be made of others: a few lines, each of which names
        // the one before several times, would fill the memory. `n` may follow a backslash, too.
        for byte in text.iter_mut().filter(|byte| **byte == REFERENCE) {
            *byte = b'n';
        }
        let mut found = DotEnv::default();
        for (name, _) in dotenvy::from_read_iter(text.as_slice()).flatten() {
            let is_it = |known: &&'static str| *known == name;
            if let Some(known) = IDENTITY.into_iter().find(is_it) {
                found.identity.push(known);
            } else if let Some(known) = DOUBTFUL.into_iter().find(is_it) {
                found.doubtful.push(known);
            } else if !name.starts_with("CODEX_") {
                found.others += 1;
            }
        }
        Some(found)
    }
}

/// Far more than any `.env` has.
const SIZE_LIMIT: u64 = 1024 * 1024;
/// What stands before the name of a variable whose value is meant.
const REFERENCE: u8 = b'$';
/// More of them than the addresses of proxies need: values grow with each.
const REFERENCES_LIMIT: usize = 16;

/// `inherited` without the rivals, with `CODEX_HOME` set to `home`.
pub(crate) fn for_home(
    inherited: &BTreeMap<OsString, OsString>,
    home: &Path,
) -> BTreeMap<OsString, OsString> {
    let mut vars = inherited.clone();
    for rival in RIVALS {
        vars.remove(&OsString::from(rival));
    }
    vars.insert("CODEX_HOME".into(), home.as_os_str().to_owned());
    vars
}

/// The same for a staging home of `home` in which nothing is to be refreshed or revoked.
pub(crate) fn for_probe(
    inherited: &BTreeMap<OsString, OsString>,
    stage: &Path,
    home: &Path,
) -> BTreeMap<OsString, OsString> {
    let mut vars = for_home(inherited, stage);
    vars.extend(network_of(home));
    vars.extend(WHERE_TOKENS_GO.map(|name| (name.into(), NOWHERE.into())));
    vars
}

/// The network variables of `<home>/.env`; codex lets them win over inherited ones. A line that
/// cannot be read is passed over, as codex passes it over.
pub(crate) fn network_of(home: &Path) -> Vec<(OsString, OsString)> {
    let Ok(text) = files::read(&home.join(".env"), SIZE_LIMIT) else {
        return Vec::new();
    };
    let mut references = text.iter().filter(|byte| **byte == REFERENCE);
    if references.nth(REFERENCES_LIMIT).is_some() {
        return Vec::new();
    }
    dotenvy::from_read_iter(text.as_slice())
        .flatten()
        .filter(|(_, value)| !value.contains('\0'))
        .filter(|(name, _)| NETWORK.contains(&name.to_ascii_uppercase().as_str()))
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}
