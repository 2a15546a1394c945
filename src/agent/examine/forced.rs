//! What codex's configuration forces, and the login that is there or to come is not.

use crate::agent::evidence::Evidence;
use crate::agent::findings::Finding;
use crate::codex::auth::{AuthFile, Login, Method};
use crate::codex::claims;
use crate::codex::store::Forced;
use crate::openclaw::route::Route;

pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    if evidence.route != Route::CodexHome {
        return Vec::new();
    }
    let login = match &evidence.file {
        AuthFile::Whole(login) => Some(login),
        _ => None,
    };
    let method = method(evidence, login);
    method
        .into_iter()
        .chain(workspace(evidence, login))
        .collect()
}

fn method(evidence: &Evidence<'_>, login: Option<&Login>) -> Option<Finding> {
    let forced = evidence.settings.method.as_ref()?;
    let path = &forced.source;
    let (word, other) = match forced.value {
        Forced::Chatgpt => ("chatgpt", "API key"),
        Forced::Api => ("api", "ChatGPT"),
    };
    // Of other kinds it is not known which counts as what.
    let fits = |login: &Login| match login.method {
        Method::ApiKey => forced.value == Forced::Api,
        Method::Chatgpt => forced.value == Forced::Chatgpt,
        _ => true,
    };
    // The files alone may take a login for good that codex refuses.
    let force = login.map_or("", |_| " --force");
    let again = match forced.value {
        Forced::Chatgpt => format!("codex-login {}{force}", evidence.agent.address),
        Forced::Api => {
            let address = &evidence.agent.address;
            format!("codex-login {address}{force} --with-api-key < key.txt")
        }
    };
    let finding = match login {
        Some(login) if fits(login) => return None,
        Some(login) => {
            let message = format!(
                "{path} forces `forced_login_method = \"{word}\"`, and the login that is there is of another kind ({}): codex may refuse it",
                login.method.word()
            );
            let finding = Finding::error("forced-login-method", message);
            finding.with("method", login.method.word()).fix(again)
        }
        // A device login is what comes without more being said.
        None if forced.value == Forced::Chatgpt => return None,
        None => {
            let message = format!(
                "{path} forces `forced_login_method = \"{word}\"`: codex refuses a login with {other}"
            );
            Finding::warning("forced-login-method", message).fix(again)
        }
    };
    Some(finding.with("forced", word).with("path", path.as_str()))
}

fn workspace(evidence: &Evidence<'_>, login: Option<&Login>) -> Option<Finding> {
    let forced = evidence.settings.workspaces.as_ref()?;
    let path = &forced.source;
    // What does not look like an id is not shown.
    let ids = forced.value.iter();
    let shown: Vec<_> = ids
        .map(|id| claims::identifier(id).unwrap_or_else(|| "[hidden]".to_owned()))
        .collect();
    let allowed = shown.join(", ");
    let of_chatgpt = login.filter(|login| login.method == Method::Chatgpt);
    let finding = match (login, of_chatgpt.map(|login| login.account_id.as_ref())) {
        (Some(_), None) => return None,
        (_, Some(Some(account))) if forced.value.contains(account) => return None,
        (_, Some(account)) => {
            let account = account.map_or("one that it does not name", String::as_str);
            let message = format!(
                "{path} restricts codex to the workspace {allowed}, and the login is of {account}: codex may refuse it"
            );
            Finding::error("workspace-restricted", message)
                .with("account_id", account)
                .fix(format!("codex-login {} --force", evidence.agent.address))
        }
        (None, _) => {
            let message = format!(
                "{path} restricts codex to the workspace {allowed}: it refuses a login of another"
            );
            Finding::info("workspace-restricted", message)
        }
    };
    Some(finding.with("allowed", shown).with("path", path.as_str()))
}
