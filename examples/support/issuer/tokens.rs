//! Codes and tokens shaped like the real ones, and recognisably fake.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::script::Account;

const CLIENT_ID: &str = "app_EMoamEEZ73f0CkXaXp7hrann";
const ID_TOKEN_LIVES_SECS: i64 = 3600;

/// A user code shaped like `P4DP-8OSZ4`, its own for each number.
pub(super) fn user_code(number: u32) -> String {
    const SYMBOLS: [char; 36] = [
        'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R',
        'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
    ];
    // Multiplying by a large odd constant makes neighbours look unrelated.
    let mut rest = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut code: String = (0..9)
        .map(|_| {
            let symbol = SYMBOLS[usize::try_from(rest % 36).expect("less than 36")];
            rest /= 36;
            symbol
        })
        .collect();
    code.insert(4, '-');
    code
}

/// The token answer of a login or a refresh.
pub(super) fn login(account: &Account, number: u32) -> Value {
    let mark = &account.token_mark;
    let mut access = claims(account, account.access_lives_secs);
    // A program that decodes the token and shows it must be caught as well.
    access["jti"] = json!(format!("{mark}-{number}"));
    json!({
        "id_token": jwt(&claims(account, ID_TOKEN_LIVES_SECS), mark, number),
        "access_token": jwt(&access, mark, number),
        "refresh_token": format!("refresh-{mark}-{number}"),
        "token_type": "Bearer",
        "expires_in": account.access_lives_secs,
    })
}

fn claims(account: &Account, lives_secs: i64) -> Value {
    let now = now();
    json!({
        "iss": "https://issuer.example.com",
        "sub": account.user_id,
        "aud": [CLIENT_ID],
        "iat": now,
        "exp": now + lives_secs,
        "email": account.email,
        "https://api.openai.com/auth": {
            "chatgpt_plan_type": account.plan,
            "chatgpt_account_id": account.account_id,
            "chatgpt_user_id": account.user_id,
        },
    })
}

/// An unsigned token: where the signature belongs stands the mark.
fn jwt(claims: &Value, mark: &str, number: u32) -> String {
    let header = encoded(&json!({"alg": "none", "typ": "JWT"}));
    let payload = encoded(claims);
    format!("{header}.{payload}.{mark}-{number}")
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.expect("the clock stands after 1970").as_secs();
    i64::try_from(seconds).expect("seconds since 1970 fit")
}
