//! One profile: of which kind, whose, until when, and what of it is there. Never what it is.

use crate::fingerprint::Fingerprint;
use crate::openclaw::environment::js_trim;
use crate::openclaw::profiles::era::{Era, normal};
use crate::openclaw::profiles::expires::Expires;
use crate::openclaw::profiles::secret::{Reference, Secret};
use crate::openclaw::profiles::seen::Seen;

/// OpenClaw takes OAuth for usable only while it lasts this much longer.
const MARGIN: f64 = 300_000.0;

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

/// What OAuth has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tokens {
    access: bool,
    refresh: bool,
    id: bool,
}

/// A credential, without what makes it one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Credential {
    pub(crate) kind: Kind,
    pub(crate) provider: String,
    pub(crate) expires: Expires,
    pub(crate) account_id: Option<String>,
    pub(crate) email: Option<String>,
    /// What tells its refresh token from others, where it has one of its own.
    pub(super) refresh: Option<Fingerprint>,
    secret: Secret,
    tokens: Tokens,
    reference: Option<Reference>,
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
        let provider = if era.has_databases() {
            normal(provider)
        } else {
            provider.to_owned()
        };
        Some(Credential::of_kind(kind, provider, entry, era))
    }

    /// The same where kind and provider are known.
    pub(super) fn of_kind(kind: Kind, provider: String, entry: &Seen, era: Era) -> Credential {
        let text = |key: &str| entry.at(key).and_then(Seen::text).map(js_trim);
        let known = |key: &str| text(key).filter(|text| !text.is_empty()).map(str::to_owned);
        let is_filled = |key: &str| entry.at(key).is_some_and(Seen::is_filled);
        let secret = match kind {
            Kind::Oauth => Secret::Missing,
            Kind::Token => Secret::of(entry.at("token"), entry.at("tokenRef"), era),
            Kind::ApiKey => {
                let older = || entry.at("apiKey").filter(|key| key.form().is_some());
                let key = entry.at("key").or_else(older);
                Secret::of(key, entry.at("keyRef"), era)
            }
        };
        Credential {
            kind,
            provider,
            expires: Expires::of(entry.at("expires"), era),
            account_id: known("accountId"),
            email: known("email").map(|email| email.to_lowercase()),
            refresh: entry.at("refresh").and_then(Seen::fingerprint),
            secret,
            tokens: Tokens {
                access: is_filled("access"),
                refresh: is_filled("refresh"),
                id: is_filled("idToken"),
            },
            reference: entry.at("oauthRef").and_then(Reference::of),
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
            refresh: None,
            secret: Secret::Missing,
            tokens: Tokens {
                access: true,
                refresh: true,
                id: false,
            },
            reference: None,
        }
    }

    /// The secret that it refers to.
    pub(super) fn reference(&self) -> Option<&Reference> {
        self.reference.as_ref()
    }

    /// The same, where it has no tokens of its own.
    pub(super) fn awaited(&self) -> Option<&Reference> {
        self.reference().filter(|_| !self.has_tokens())
    }

    /// Notes that the file which it refers to is there, and so its tokens are.
    pub(super) fn found(&mut self) {
        self.tokens.access = true;
        self.tokens.refresh = true;
    }

    /// Takes away what entries of the oldest files cannot have.
    pub(super) fn without_references(mut self) -> Credential {
        self.reference = None;
        self
    }

    /// Whether OpenClaw would try it.
    pub(super) fn is_complete(&self, now: f64, era: Era) -> bool {
        match self.kind {
            Kind::ApiKey => match self.secret {
                Secret::Missing => false,
                Secret::Command => era < Era::V6_33,
                Secret::Present => true,
            },
            Kind::Token => self.secret != Secret::Missing && self.expires.admits_token(now),
            Kind::Oauth => {
                let is_referred_to = era == Era::V5_12 && self.reference.is_some();
                self.tokens.access || self.tokens.refresh || is_referred_to
            }
        }
    }

    /// Whether it is OAuth whose access token lasts.
    pub(super) fn is_usable(&self, now: f64) -> bool {
        let lasts = |time: f64| time - now > MARGIN;
        self.kind == Kind::Oauth && self.tokens.access && self.expires.time().is_some_and(lasts)
    }

    /// Whether it is OAuth with tokens of its own.
    pub(super) fn has_tokens(&self) -> bool {
        self.kind == Kind::Oauth && self.tokens != Tokens::default()
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
