//! What a token says of itself. Nothing is verified: codex does not either, and only the account
//! and the expiry are wanted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::zeroize::Zeroizing;
use serde_json::Value;

use crate::codex::redact;

/// The claims of a token, without the token.
#[derive(Clone, Debug)]
pub(crate) struct Claims(Value);

/// The object in which OpenAI's issuer puts what is its own.
const OPENAI: &str = "https://api.openai.com/auth";
const PROFILE: &str = "https://api.openai.com/profile";

/// The longest e-mail address there can be (RFC 5321).
const LONGEST_ADDRESS: usize = 254;
/// Account ids are UUIDs, of 36 characters; a token is longer than this.
const LONGEST_ID: usize = 48;

impl Claims {
    /// Reads the second part of a JWT: three parts, none empty, unpadded base64url, JSON. `None`
    /// where codex would call it an invalid format. What comes after the third it does not see.
    pub(crate) fn of(token: &str) -> Option<Claims> {
        let mut parts = token.split('.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if header.is_empty() || signature.is_empty() {
            return None;
        }
        let json = Zeroizing::new(URL_SAFE_NO_PAD.decode(payload).ok()?);
        serde_json::from_slice(&json)
            .ok()
            .filter(Value::is_object)
            .map(Claims)
    }

    /// Whether all that codex reads of an id token is of the kind that it wants.
    pub(crate) fn can_be_read(&self) -> bool {
        let is_text = |object: &Value, key: &str| {
            object
                .get(key)
                .is_none_or(|value| value.is_null() || value.is_string())
        };
        let none = Value::Null;
        let object = |key: &str| self.0.get(key).unwrap_or(&none);
        let (profile, auth) = (object(PROFILE), object(OPENAI));
        let is_object = |value: &Value| value.is_null() || value.is_object();
        let ids = [
            "chatgpt_plan_type",
            "chatgpt_user_id",
            "user_id",
            "chatgpt_account_id",
        ];
        let fedramp = auth.get("chatgpt_account_is_fedramp");
        is_text(&self.0, "email")
            && is_object(profile)
            && is_text(profile, "email")
            && is_object(auth)
            && ids.into_iter().all(|key| is_text(auth, key))
            && fedramp.is_none_or(Value::is_boolean)
    }

    pub(crate) fn email(&self) -> Option<String> {
        let own = self.0.get("email");
        own.or_else(|| self.0.get(PROFILE)?.get("email"))
            .and_then(Value::as_str)
            .and_then(address)
    }

    pub(crate) fn plan(&self) -> Option<String> {
        self.0
            .get(OPENAI)?
            .get("chatgpt_plan_type")
            .and_then(Value::as_str)
            .and_then(identifier)
    }

    pub(crate) fn account_id(&self) -> Option<String> {
        self.0
            .get(OPENAI)?
            .get("chatgpt_account_id")
            .and_then(Value::as_str)
            .and_then(identifier)
    }

    /// When the token was made (`iat`), if it says so.
    pub(crate) fn issued_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.0.get("iat")?.as_i64()?).ok()
    }

    /// When the token runs out (`exp`), if it says so.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.0.get("exp")?.as_i64()?).ok()
    }
}

/// When a token runs out, in milliseconds, as OpenClaw has it: of whatever form the token is, its
/// second part counts.
pub(crate) fn loose_expiry(token: &str) -> Option<f64> {
    let payload = token.split('.').nth(1)?.trim_end_matches('=');
    let payload = Zeroizing::new(payload.replace('+', "-").replace('/', "_"));
    let json = Zeroizing::new(URL_SAFE_NO_PAD.decode(payload.as_bytes()).ok()?);
    let claims: Value = serde_json::from_slice(&json).ok()?;
    let end = claims.get("exp")?.as_f64().filter(|end| *end > 0.0)?;
    Some(end * 1000.0)
}

/// `text` if it can be an e-mail address; no token has an `@`.
fn address(text: &str) -> Option<String> {
    let is_address =
        text.len() <= LONGEST_ADDRESS && text.contains('@') && !text.contains(char::is_whitespace);
    is_address.then(|| text.to_owned())
}

/// `text` if it can be an id or the name of a plan. What is longer, or has the form of a token, may
/// be one that stands in the wrong place, and is not shown.
pub(crate) fn identifier(text: &str) -> Option<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_identifier = (1..=LONGEST_ID).contains(&text.len())
        && text.chars().all(is_word)
        && !redact::begins_as_token(text);
    is_identifier.then(|| text.to_owned())
}
