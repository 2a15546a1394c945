//! What an issuer is told to do: who logs in, when, and where it misbehaves.

use std::future;
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// An issuer's behaviour. The default approves each login after one pending
/// answer, and lets codex poll without a pause.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Script {
    pub(crate) account: Account,
    /// `POST /api/accounts/deviceauth/usercode`
    pub(crate) usercode: Reply,
    /// `POST /api/accounts/deviceauth/token`, once no answer is pending any
    /// more: a denial is [`Reply::StatusBody`] here.
    pub(crate) token: Reply,
    /// `POST /oauth/token`, for the exchange of a code and for a refresh.
    pub(crate) exchange: Reply,
    /// `GET /backend-api/wham/usage`, which is no part of a login: it shows whether one is
    /// accepted.
    pub(crate) usage: Reply,
    pub(crate) approval: Approval,
    /// The pause between two polls that codex is asked to make.
    pub(crate) interval_secs: u32,
}

/// When the person at the browser has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Approval {
    /// After this many pending answers to a login.
    After(u32),
    /// Once [`Issuer::approve`](super::Issuer::approve) is called.
    WhenTold,
}

/// What a route answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    Usual,
    /// This status with an empty body.
    Status(u16),
    StatusBody(u16, String),
    /// 200 with this body, whatever it is.
    Ok(String),
    /// The usual answer, late.
    Slow(Duration),
    /// No answer at all.
    Hang,
    /// The usual answer lacking this field.
    Without(&'static str),
    /// The usual answer with this field replaced, such as a numeric `interval`
    /// or a malformed `id_token`.
    With(&'static str, Value),
}

/// Whose login is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_field_names, reason = "`account_id` is its real name")]
pub(crate) struct Account {
    pub(crate) email: String,
    pub(crate) plan: String,
    pub(crate) account_id: String,
    pub(crate) user_id: String,
    /// Negative for an access token that has already expired.
    pub(crate) access_lives_secs: i64,
    /// Stands in every secret handed out, so that a leak can be searched for.
    /// Letters, digits, `-` and `_` only, or the tokens are malformed.
    pub(crate) token_mark: String,
}

impl Default for Script {
    fn default() -> Script {
        Script {
            account: Account::default(),
            usercode: Reply::Usual,
            token: Reply::Usual,
            exchange: Reply::Usual,
            usage: Reply::Usual,
            approval: Approval::After(1),
            interval_secs: 0,
        }
    }
}

impl Default for Account {
    fn default() -> Account {
        Account {
            email: "ember@example.com".to_owned(),
            plan: "pro".to_owned(),
            account_id: "00000000-0000-4000-8000-00000000acc7".to_owned(),
            user_id: "user-fake-ember".to_owned(),
            access_lives_secs: 10 * 24 * 60 * 60,
            token_mark: "fake-canary".to_owned(),
        }
    }
}

impl Reply {
    /// Answers, given what the usual answer would be.
    pub(super) async fn answer(self, mut usual: Value) -> Response {
        match self {
            Reply::Usual => {}
            Reply::Status(code) => return status(code).into_response(),
            Reply::StatusBody(code, body) => return (status(code), body).into_response(),
            Reply::Ok(body) => return body.into_response(),
            Reply::Slow(delay) => tokio::time::sleep(delay).await,
            Reply::Hang => future::pending().await,
            Reply::Without(field) => {
                let fields = usual.as_object_mut().expect("usual answers are objects");
                fields.shift_remove(field).expect("a field of this answer");
            }
            Reply::With(field, value) => usual[field] = value,
        }
        Json(usual).into_response()
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).expect("a script names real statuses")
}
