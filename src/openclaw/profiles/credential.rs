//! One profile: of which kind, whose, until when, and what of it is there. Never what it is.

use crate::openclaw::profiles::era::{Era, normal};
use crate::openclaw::profiles::seen::Seen;

use crate::openclaw::environment::js_trim;

/// OpenClaw takes OAuth for usable only while it lasts this much longer.
const MARGIN: f64 = 300_000.0;
/// The last millisecond that a JavaScript date can name.
const LAST: f64 = 8.64e15;

/// The kinds of credential, in the order in which OpenClaw likes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Oauth,
    Token,
    ApiKey,
}

impl Kind {
    /// OpenClaw's own word for it, also ours in JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Oauth => "oauth",
            Kind::Token => "token",
            Kind::ApiKey => "api_key",
        }
    }

    fn of(word: &str, era: Era) -> Option<Kind> {
        match word {
            "oauth" => Some(Kind::Oauth),
            "token" => Some(Kind::Token),
            "api_key" => Some(Kind::ApiKey),
            "apiKey" if era.has_databases() => Some(Kind::ApiKey),
            _ => None,
        }
    }
}

/// What a profile says of its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Expires {
    Unsaid,
    /// Something that is no time.
    Invalid,
    /// Milliseconds.
    At(f64),
}

impl Expires {
    fn of(value: Option<&Seen>, era: Era) -> Expires {
        match value.map(Seen::number) {
            None => Expires::Unsaid,
            Some(Some(time)) if time > 0.0 && (time <= LAST || !era.has_databases()) => {
                Expires::At(time)
            }
            Some(_) => Expires::Invalid,
        }
    }

    /// The time, as far as there is one.
    pub(crate) fn time(self) -> Option<f64> {
        match self {
            Expires::At(time) => Some(time),
            _ => None,
        }
    }

    /// Whether it has come.
    pub(super) fn has_come(self, now: f64) -> bool {
        self.time().is_some_and(|time| time <= now)
    }

    /// Whether a token without an end, or with one to come, is good.
    fn admits_token(self, now: f64) -> bool {
        self == Expires::Unsaid || self.time().is_some_and(|time| time > now)
    }
}

/// A secret that a profile refers to: up to 2026.5.16 OAuth tokens are kept in a file of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The name of the file, without its ending.
    pub(crate) id: String,
    pub(crate) is_there: bool,
}

/// A credential, without what makes it one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Credential {
    pub(crate) kind: Kind,
    pub(crate) provider: String,
    pub(crate) expires: Expires,
    pub(crate) account_id: Option<String>,
    pub(crate) email: Option<String>,
    /// Of an API key or a token: it is there, or named.
    has_secret: bool,
    /// An API key that is a command of OpenClaw's.
    is_command: bool,
    has_access: bool,
    has_refresh: bool,
    has_id_token: bool,
    pub(crate) reference: Option<Reference>,
}

impl Credential {
    /// The entry of a store, if it is one that OpenClaw takes. `unless_named` is the provider of
    /// an entry that names none.
    pub(super) fn of(entry: &Seen, unless_named: Option<&str>, era: Era) -> Option<Credential> {
        let word = entry.at("type").or_else(|| entry.at("mode"));
        let kind = Kind::of(word?.text()?, era)?;
        let provider = match entry.at("provider") {
            None | Some(Seen::Null) => unless_named,
            Some(named) => named.text(),
        };
        let provider = provider.filter(|name| !js_trim(name).is_empty())?;
        let provider = match era.has_databases() {
            true => normal(provider),
            false => provider.to_owned(),
        };
        Some(Credential::of_kind(kind, provider, entry, era))
    }

    /// The same where kind and provider are known.
    pub(super) fn of_kind(kind: Kind, provider: String, entry: &Seen, era: Era) -> Credential {
        let text = |key: &str| entry.at(key).and_then(Seen::text).map(js_trim);
        let known = |key: &str| text(key).filter(|text| !text.is_empty()).map(str::to_owned);
        let is_filled = |key: &str| entry.at(key).is_some_and(Seen::is_filled);
        let key = entry
            .at("key")
            .or_else(|| entry.at("apiKey").filter(|key| key.form().is_some()));
        let (value, named) = match kind {
            Kind::Token => (entry.at("token"), entry.at("tokenRef")),
            _ => (key, entry.at("keyRef")),
        };
        let names = |value: Option<&Seen>| value.is_some_and(|value| names_secret(value, era));
        // A reference may also stand in place of the value, but then no text does.
        let in_place = value.filter(|value| value.form().is_none());
        let has_name = names(named) || names(in_place);
        let form = value.and_then(Seen::form);
        Credential {
            kind,
            provider,
            expires: Expires::of(entry.at("expires"), era),
            account_id: known("accountId"),
            email: known("email").map(|email| email.to_lowercase()),
            has_secret: has_name || form.is_some_and(|form| !form.is_blank),
            is_command: !has_name && form.is_some_and(|form| form.is_command),
            has_access: is_filled("access"),
            has_refresh: is_filled("refresh"),
            has_id_token: is_filled("idToken"),
            reference: entry.at("oauthRef").and_then(reference),
        }
    }

    /// The login of the codex command line, which OpenClaw takes for OAuth of this provider.
    pub(super) fn of_codex(provider: &str, expires: f64, account_id: Option<String>) -> Credential {
        Credential {
            kind: Kind::Oauth,
            provider: provider.to_owned(),
            expires: Expires::At(expires),
            account_id,
            email: None,
            has_secret: false,
            is_command: false,
            has_access: true,
            has_refresh: true,
            has_id_token: false,
            reference: None,
        }
    }

    /// Notes whether the file that it refers to is there: its tokens then are, too.
    pub(super) fn found(&mut self, is_there: bool) {
        if let Some(reference) = &mut self.reference {
            reference.is_there = is_there;
            self.has_access |= is_there;
            self.has_refresh |= is_there;
        }
    }

    /// Takes away what entries of the oldest files cannot have.
    pub(super) fn without_references(mut self) -> Credential {
        self.reference = None;
        self
    }

    /// Whether OpenClaw would try it.
    pub(super) fn is_complete(&self, now: f64, era: Era) -> bool {
        match self.kind {
            Kind::ApiKey => self.has_secret && !(self.is_command && era >= Era::V6_33),
            Kind::Token => self.has_secret && self.expires.admits_token(now),
            Kind::Oauth => {
                let is_referred_to = era == Era::V5_12 && self.reference.is_some();
                self.has_access || self.has_refresh || is_referred_to
            }
        }
    }

    /// Whether it is OAuth whose access token lasts.
    pub(super) fn is_usable(&self, now: f64) -> bool {
        let lasts = |time: f64| time - now > MARGIN;
        self.kind == Kind::Oauth && self.has_access && self.expires.time().is_some_and(lasts)
    }

    /// Whether it is OAuth with tokens of its own.
    pub(super) fn has_tokens(&self) -> bool {
        self.kind == Kind::Oauth && (self.has_access || self.has_refresh || self.has_id_token)
    }

    pub(super) fn has_identity(&self) -> bool {
        self.account_id.is_some() || self.email.is_some()
    }

    /// Whether both say who they are, and say the same; the account counts before the address.
    pub(super) fn is_same_as(&self, other: &Credential) -> bool {
        match (&self.account_id, &other.account_id) {
            (Some(one), Some(another)) => one == another,
            _ => self.email.is_some() && self.email == other.email,
        }
    }

    /// Whether what both say of who they are contradicts.
    pub(super) fn contradicts(&self, other: &Credential) -> bool {
        let differ = |one: &Option<String>, another: &Option<String>| {
            one.is_some() && another.is_some() && one != another
        };
        differ(&self.account_id, &other.account_id) || differ(&self.email, &other.email)
    }
}

/// Whether a value names a secret that is kept elsewhere.
fn names_secret(value: &Seen, era: Era) -> bool {
    if let Some(form) = value.form() {
        return form.is_reference || (form.is_shorthand && era.has_databases());
    }
    let text = |key: &str| value.at(key).and_then(Seen::text);
    let is_place = matches!(text("source"), Some("env" | "file" | "exec"));
    let has_id = value.at("id").is_some_and(Seen::is_filled);
    let provider = value.at("provider");
    let is_named = provider.is_none()
        || (provider.is_some_and(Seen::is_filled)
            && value.object().is_some_and(|all| all.len() == 3));
    is_place && has_id && is_named
}

fn reference(value: &Seen) -> Option<Reference> {
    let text = |key: &str| value.at(key).and_then(Seen::text);
    let id = text("id")?;
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let is_ours = text("source") == Some("openclaw-credentials")
        && text("provider") == Some("openai-codex")
        && id.len() == 32
        && id.chars().all(is_hex);
    is_ours.then(|| Reference {
        id: id.to_owned(),
        is_there: false,
    })
}
