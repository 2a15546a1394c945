//! `auth.json`: whose login it is, until when, or which field keeps codex from using it.
//!
//! Only this file, [`super::written`], [`super::claims`], [`super::cli_login`] and [`super::probe`]
//! ever hold a token, and none hands one on but the last, for codex itself; what tells one refresh
//! token from others is handed on. A parser's message is never shown, since it can quote what it
//! choked on: a place or a field is named.

use std::fmt;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use serde::{Serialize, Serializer};

use crate::codex::claims::{self, Claims};
use crate::codex::written::{self, Text, Tokens, Written};
use crate::files::{self, Identity, NoText};
use crate::fingerprint::Fingerprint;

/// A login has a few kilobytes.
pub(crate) const SIZE_LIMIT: u64 = 1024 * 1024;

/// What is at `auth.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AuthFile {
    Absent,
    /// A login that codex can load, expired or not.
    Whole(Login),
    /// Codex could not load it, or could do nothing with it.
    Damaged(Damage),
    /// It could not be read by us; that says nothing of the gateway.
    Unreadable(ErrorKind),
}

/// Whose login, of which kind, until when. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Login {
    pub(crate) method: Method,
    pub(crate) email: Option<String>,
    pub(crate) plan: Option<String>,
    pub(crate) account_id: Option<String>,
    /// `None` where the access token does not tell, or has no end.
    pub(crate) access_expires_at: Option<Timestamp>,
    pub(crate) last_refresh: Option<Timestamp>,
    /// When the access token was made, where it tells.
    #[serde(skip)]
    pub(crate) issued_at: Option<Timestamp>,
}

impl Login {
    /// What it is called: the address, else the account, else the kind.
    pub(crate) fn name(&self) -> String {
        let known = self.email.as_ref().or(self.account_id.as_ref());
        known.map_or_else(|| self.method.word().to_owned(), String::clone)
    }
}

/// The refresh token of a file: what tells it from others, and which file that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refresh {
    pub(crate) token: Fingerprint,
    pub(crate) file: Identity,
}

/// The kinds of login that codex stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Chatgpt,
    ApiKey,
    AccessToken,
    PersonalAccessToken,
    Bedrock,
}

impl Method {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Method::Chatgpt => "chatgpt",
            Method::ApiKey => "api-key",
            Method::AccessToken => "access-token",
            Method::PersonalAccessToken => "personal-access-token",
            Method::Bedrock => "bedrock",
        }
    }
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// What is wrong with the file: a field or a place, never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    NotAFile,
    TooLarge,
    Blank,
    /// Not the JSON that codex expects, at this line and column.
    Syntax {
        line: usize,
        column: usize,
    },
    /// Not UTF-8.
    NotText,
    ByteOrderMark,
    /// JSON, but no object.
    NotAnObject,
    Missing(&'static str),
    /// The field is there more than once.
    Twice(&'static str),
    Empty(&'static str),
    Invalid(&'static str),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::NotAFile => f.write_str("it is not a file"),
            Damage::TooLarge => f.write_str("it is larger than 1 MiB"),
            Damage::Blank => f.write_str("it is empty"),
            Damage::Syntax { line, column } => {
                write!(f, "not what codex writes, at line {line}, column {column}")
            }
            Damage::NotText => f.write_str("it is not UTF-8"),
            Damage::ByteOrderMark => f.write_str("it begins with a byte order mark"),
            Damage::NotAnObject => f.write_str("it is no JSON object"),
            Damage::Twice(field) => write!(f, "{field} is there twice"),
            Damage::Missing(field) => write!(f, "missing {field}"),
            Damage::Empty(field) => write!(f, "empty {field}"),
            Damage::Invalid(field) => write!(f, "invalid {field}"),
        }
    }
}

impl AuthFile {
    /// Reads the file as codex would, without asking codex. With it comes what tells its refresh
    /// token from others, also where codex could do nothing with the file.
    pub(crate) fn read(path: &Path) -> (AuthFile, Option<Refresh>) {
        let file = match files::open(path) {
            Ok(file) => file,
            Err(why) => return (AuthFile::of(Err(why)).0, None),
        };
        AuthFile::of_open(&file)
    }

    /// The same for a file that is open, without its refresh token.
    pub(crate) fn read_from(file: &File) -> AuthFile {
        AuthFile::of_open(file).0
    }

    /// The same with its refresh token.
    pub(crate) fn of_open(file: &File) -> (AuthFile, Option<Refresh>) {
        let (known, token) = AuthFile::of(files::read_from(file, SIZE_LIMIT));
        let meta = file.metadata().ok();
        let file = meta.as_ref().map(files::identity);
        let refresh = token.zip(file).map(|(token, file)| Refresh { token, file });
        (known, refresh)
    }

    fn of(text: Result<Vec<u8>, NoText>) -> (AuthFile, Option<Fingerprint>) {
        let file = match text.map(Zeroizing::new) {
            Ok(text) => {
                let (written, damage) = written::written(&text);
                let refresh = written.refresh();
                return match damage.map_or_else(|| understood(written), Err) {
                    Ok(login) => (AuthFile::Whole(login), refresh),
                    Err(damage) => (AuthFile::Damaged(damage), refresh),
                };
            }
            Err(NoText::Missing) => AuthFile::Absent,
            Err(NoText::NotAFile) => AuthFile::Damaged(Damage::NotAFile),
            Err(NoText::TooLarge) => AuthFile::Damaged(Damage::TooLarge),
            Err(NoText::Unreadable(why)) => AuthFile::Unreadable(why),
        };
        (file, None)
    }
}

fn understood(written: Written) -> Result<Login, Damage> {
    let last_refresh = match written.last_refresh.shown() {
        None => None,
        Some(time) => Some(time.parse().map_err(|_| Damage::Invalid("last_refresh"))?),
    };
    let method = method(&written)?;
    let mut login = Login {
        method,
        email: None,
        plan: None,
        account_id: None,
        access_expires_at: None,
        last_refresh,
        issued_at: None,
    };
    match method {
        Method::Chatgpt => {
            let tokens = written.tokens.ok_or(Damage::Missing("tokens"))?;
            describe(&mut login, &tokens)?;
        }
        Method::ApiKey => {
            present(&written.api_key, "OPENAI_API_KEY")?;
        }
        Method::PersonalAccessToken => {
            present(&written.personal_access_token, "personal_access_token")?;
        }
        Method::AccessToken if !written.has_agent_identity => {
            return Err(Damage::Missing("agent_identity"));
        }
        Method::Bedrock if !written.has_bedrock => {
            return Err(Damage::Missing("bedrock_api_key"));
        }
        Method::AccessToken | Method::Bedrock => {}
    }
    Ok(login)
}

/// The kind of login. Without `auth_mode` codex goes by what is there, an API key first.
fn method(written: &Written) -> Result<Method, Damage> {
    match written.auth_mode.shown() {
        Some("chatgpt" | "chatgptAuthTokens") => Ok(Method::Chatgpt),
        Some("apikey") => Ok(Method::ApiKey),
        Some("agentIdentity") => Ok(Method::AccessToken),
        Some("personalAccessToken") => Ok(Method::PersonalAccessToken),
        Some("bedrockApiKey") => Ok(Method::Bedrock),
        Some(_) => Err(Damage::Invalid("auth_mode")),
        None if written.api_key.shown().is_some() => Ok(Method::ApiKey),
        None if written.personal_access_token.shown().is_some() => Ok(Method::PersonalAccessToken),
        None if written.has_agent_identity => Ok(Method::AccessToken),
        None => Ok(Method::Chatgpt),
    }
}

/// All three tokens must be there; the id token tells whose they are, the access token how long.
fn describe(login: &mut Login, tokens: &Tokens) -> Result<(), Damage> {
    let id = present(&tokens.id_token, "tokens.id_token")?;
    let access = present(&tokens.access_token, "tokens.access_token")?;
    present(&tokens.refresh_token, "tokens.refresh_token")?;
    let who = Claims::of(id).filter(Claims::can_be_read);
    let who = who.ok_or(Damage::Invalid("tokens.id_token"))?;
    login.email = who.email();
    login.plan = who.plan();
    let stored = tokens.account_id.shown().and_then(claims::identifier);
    login.account_id = stored.or_else(|| who.account_id());
    let access = Claims::of(access);
    login.access_expires_at = access.as_ref().and_then(Claims::expires_at);
    login.issued_at = access.as_ref().and_then(Claims::issued_at);
    Ok(())
}

fn present<'a>(secret: &'a Text, field: &'static str) -> Result<&'a str, Damage> {
    match secret.shown() {
        None => Err(Damage::Missing(field)),
        Some("") => Err(Damage::Empty(field)),
        Some(text) => Ok(text),
    }
}

impl Text {
    fn shown(&self) -> Option<&str> {
        self.0.as_ref().map(ExposeSecret::expose_secret)
    }
}
