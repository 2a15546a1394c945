//! `auth.json` texts as codex writes them, with tokens that are obviously fake.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Stands in every secret of every fixture: what must never be seen in an output.
pub(crate) const CANARY: &str = "fake-canary";

/// 2100-01-01: an access token that is good for as long as these tests matter.
pub(crate) const FAR_AHEAD: i64 = 4_102_444_800;

/// A ChatGPT login of `email`, its access token good until `expires_at` (seconds since 1970).
pub(crate) fn chatgpt(email: &str, expires_at: i64) -> Value {
    json!({
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": null,
        "tokens": {
            "id_token": jwt(&json!({
                "email": email,
                "https://api.openai.com/auth": {
                    "chatgpt_plan_type": "pro",
                    "chatgpt_account_id": "acct-of-fixture",
                },
            })),
            "access_token": jwt(&json!({ "exp": expires_at, "jti": CANARY })),
            "refresh_token": format!("refresh-{CANARY}-of-{}", email.split('@').next().unwrap_or(email)),
            "account_id": "acct-of-fixture",
        },
        "last_refresh": "2026-11-20T22:51:01.924721010Z",
    })
}

/// An API key login.
pub(crate) fn api_key() -> Value {
    json!({ "auth_mode": "apikey", "OPENAI_API_KEY": format!("sk-{CANARY}-0123456789") })
}

pub(crate) fn jwt(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.{CANARY}",
        part(&json!({ "alg": "none" })),
        part(claims)
    )
}
