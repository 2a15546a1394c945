//! A login that is nobody's: with it OpenClaw can be asked whether it would take one, before
//! somebody is sent to a browser for it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Whose it is.
const NOBODY: &str = "nobody@codex-login.invalid";
/// When its access token runs out: 2100.
const EXPIRES: i64 = 4_102_444_800;

/// Its `auth.json`.
pub(crate) fn auth_json() -> String {
    let who = json!({ "chatgpt_account_id": "codex-login-nobody", "chatgpt_user_id": "nobody" });
    let token = unsigned(&json!({
        "email": NOBODY, "exp": EXPIRES, "https://api.openai.com/auth": who,
        "https://api.openai.com/profile": { "email": NOBODY },
    }));
    json!({
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": null,
        "tokens": {
            "id_token": token, "access_token": token, "refresh_token": "none",
            "account_id": "codex-login-nobody",
        },
        "last_refresh": "2026-01-01T00:00:00Z",
    })
    .to_string()
}

fn unsigned(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.none", part(&json!({ "alg": "none" })), part(claims))
}
