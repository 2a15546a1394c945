//! The routes of the issuer, as codex calls them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Form, FromRequest as _, Query, RawQuery, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::script::Approval;
use super::{Seen, Shared};

const BODY_LIMIT: usize = 1 << 20;

// With an interval of 0 codex polls without a pause. So a pending answer takes
// its time: the issuer, not the script, keeps the loop from spinning.
const PENDING_TAKES: Duration = Duration::from_millis(20);
const APPROVAL_IS_AWAITED: Duration = Duration::from_millis(200);

type Fields = HashMap<String, String>;

/// Every route, and the book-keeping before each of them.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/api/accounts/deviceauth/usercode", post(usercode))
        .route("/api/accounts/deviceauth/token", post(device_token))
        .route("/oauth/token", post(oauth_token))
        .route("/oauth/revoke", post(revoke))
        .route("/oauth/authorize", get(authorize))
        .route("/codex/device", get(device_page))
        .route("/backend-api/wham/usage", get(usage))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&shared),
            write_down,
        ))
        .with_state(shared)
}

/// Notes the request before it is answered, also for a route nobody serves.
async fn write_down(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    shared.write_down(Seen {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    next.run(Request::from_parts(head, Body::from(body))).await
}

async fn usercode(State(shared): State<Arc<Shared>>) -> Response {
    let (reply, usual) = {
        let mut ledger = shared.ledger();
        (ledger.script.usercode.clone(), ledger.begin_login())
    };
    reply.answer(usual).await
}

async fn device_token(State(shared): State<Arc<Shared>>, Json(asked): Json<Fields>) -> Response {
    let id = field(&asked, "device_auth_id");
    if !shared.ledger().knows(id, field(&asked, "user_code")) {
        return refusal("unknown_device_code");
    }
    if pending(&shared, id).await {
        let body = Json(json!({"error": "authorization_pending"}));
        return (StatusCode::FORBIDDEN, body).into_response();
    }
    let (reply, usual) = {
        let mut ledger = shared.ledger();
        let code = ledger.authorization_code();
        let mark = &ledger.script.account.token_mark;
        let usual = json!({
            "authorization_code": code,
            "code_challenge": "fake-challenge",
            "code_verifier": format!("verifier-{mark}-of-a-fake-login-0123456789abcdef"),
        });
        (ledger.script.token.clone(), usual)
    };
    reply.answer(usual).await
}

/// Whether this poll is told to come back later.
async fn pending(shared: &Shared, device_auth_id: &str) -> bool {
    let approval = shared.ledger().script.approval;
    match approval {
        Approval::After(answers) => {
            let pending = shared.ledger().still_pending(device_auth_id, answers);
            if pending {
                tokio::time::sleep(PENDING_TAKES).await;
            }
            pending
        }
        Approval::WhenTold => {
            let mut approved = shared.approved.subscribe();
            let told = approved.wait_for(|approved| *approved);
            tokio::time::timeout(APPROVAL_IS_AWAITED, told)
                .await
                .is_err()
        }
    }
}

async fn oauth_token(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let asked = grant(request).await;
    let granted = match field(&asked, "grant_type") {
        "authorization_code" => shared.ledger().redeem(field(&asked, "code")),
        "refresh_token" => !field(&asked, "refresh_token").is_empty(),
        _ => return refusal("unsupported_grant_type"),
    };
    if !granted {
        return refusal("invalid_grant");
    }
    let (reply, usual) = {
        let mut ledger = shared.ledger();
        (ledger.script.exchange.clone(), ledger.tokens())
    };
    reply.answer(usual).await
}

/// The fields of a grant: codex exchanges a code with a form, and refreshes
/// with JSON. What is neither has no fields.
async fn grant(request: Request) -> Fields {
    let kind = request.headers().get(CONTENT_TYPE);
    if kind == Some(&HeaderValue::from_static("application/json")) {
        let read = Json::from_request(request, &()).await;
        read.map(|Json(fields)| fields).unwrap_or_default()
    } else {
        let read = Form::from_request(request, &()).await;
        read.map(|Form(fields)| fields).unwrap_or_default()
    }
}

async fn revoke() -> Json<Value> {
    Json(json!({}))
}

/// How much of an account is used up, which whoever shows no access token is not told.
async fn usage(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let shown = headers.get(AUTHORIZATION);
    if !shown.is_some_and(|token| token.as_bytes().starts_with(b"Bearer ey")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let (reply, plan) = {
        let ledger = shared.ledger();
        let script = &ledger.script;
        (script.usage.clone(), script.account.plan.clone())
    };
    let window = json!({
        "used_percent": 12,
        "limit_window_seconds": 18_000,
        "reset_after_seconds": 3600,
        // Codex reads 32 bits.
        "reset_at": 2_000_000_000,
    });
    let usual = json!({
        "plan_type": plan,
        "rate_limit": {
            "allowed": true,
            "limit_reached": false,
            "primary_window": window,
            "secondary_window": null,
        },
    });
    reply.answer(usual).await
}

/// The browser flow, approved at once: back to codex's own loopback server.
async fn authorize(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Fields>,
    RawQuery(query): RawQuery,
) -> Response {
    let back = field(&asked, "redirect_uri");
    if !["http://localhost:", "http://127.0.0.1:"]
        .iter()
        .any(|loopback| back.starts_with(loopback))
    {
        return refusal("redirect_uri is not on this machine");
    }
    // Passed back as it came, so it needs no encoding again.
    let query = query.unwrap_or_default();
    let mut pairs = query.split('&');
    let state = pairs.find_map(|pair| pair.strip_prefix("state="));
    let code = shared.ledger().authorization_code();
    let location = format!("{back}?code={code}&state={}", state.unwrap_or_default());
    (StatusCode::FOUND, [(LOCATION, location)]).into_response()
}

async fn device_page() -> Html<&'static str> {
    Html(
        "<!doctype html><title>Stand-in issuer</title>\
         <h1>This is not OpenAI</h1>\
         <p>A stand-in that hands out fake Codex logins for tests and demos. \
         There is no code to enter here.</p>",
    )
}

fn refusal(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response()
}

/// A field's text; empty when it is missing, which no field may be.
fn field<'fields>(fields: &'fields Fields, name: &str) -> &'fields str {
    fields.get(name).map(String::as_str).unwrap_or_default()
}
