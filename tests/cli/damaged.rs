//! Every way in which codex refuses `auth.json`, and the field that is named for it. The real codex
//! is asked the same in `real/damaged.rs`.

use serde_json::{Value, json};

use crate::fixture;
use crate::sandbox::Sandbox;

/// A whole login, changed at one place: `tokens.x` stands for a field of `tokens`.
fn with(field: &str, value: Value) -> String {
    let mut login = fixture::chatgpt("ember@example.test", fixture::FAR_AHEAD);
    match field.strip_prefix("tokens.") {
        Some(token) => login["tokens"][token] = value,
        None => login[field] = value,
    }
    login.to_string()
}

fn without(field: &str) -> String {
    let mut login = fixture::chatgpt("ember@example.test", fixture::FAR_AHEAD);
    login["tokens"].as_object_mut().unwrap().remove(field);
    login.to_string()
}

fn whole() -> String {
    with("zzz", json!([1]))
}

/// A login whose id token says this of its owner.
fn claiming(claims: &Value) -> String {
    with("tokens.id_token", json!(fixture::jwt(claims)))
}

/// The text, and what is said of it.
pub(crate) type Case = (Vec<u8>, String);

/// What every codex from 0.123 to 0.169 refuses.
pub(crate) fn refused() -> Vec<Case> {
    let mut cases = of_other_kinds();
    cases.extend(without_something());
    cases.extend(with_odd_texts());
    cases.extend(twice());
    let texts = cases.into_iter().chain(no_object());
    let mut cases: Vec<Case> = texts
        .map(|(text, said)| (text.into_bytes(), said))
        .collect();
    cases.push((b"{\"a\":\"\xe9\"}".to_vec(), "it is not UTF-8".to_owned()));
    cases
}

type Text = (String, String);

fn of_other_kinds() -> Vec<Text> {
    let mut cases = Vec::new();
    for field in [
        "auth_mode",
        "OPENAI_API_KEY",
        "last_refresh",
        "tokens.id_token",
        "tokens.access_token",
        "tokens.refresh_token",
        "tokens.account_id",
    ] {
        for value in [json!(7), json!([]), json!({}), json!(true)] {
            cases.push((with(field, value), format!("invalid {field}")));
        }
    }
    for value in [json!(7), json!([]), json!(true), json!("fake-canary")] {
        cases.push((with("tokens", value), "invalid tokens".to_owned()));
    }
    let identity = with("agent_identity", json!(7));
    cases.push((identity, "invalid agent_identity".to_owned()));
    cases
}

fn without_something() -> Vec<Text> {
    let mut cases = Vec::new();
    for field in ["id_token", "access_token", "refresh_token"] {
        let said = format!("missing tokens.{field}");
        let null = with(&format!("tokens.{field}"), Value::Null);
        cases.extend([(without(field), said.clone()), (null, said)]);
    }
    for (mode, field) in [
        ("apikey", "OPENAI_API_KEY"),
        ("agentIdentity", "agent_identity"),
        ("personalAccessToken", "personal_access_token"),
        ("bedrockApiKey", "bedrock_api_key"),
    ] {
        let alone = json!({ "auth_mode": mode }).to_string();
        cases.push((alone, format!("missing {field}")));
    }
    cases
}

fn with_odd_texts() -> Vec<Text> {
    let mut cases = Vec::new();
    let mut add = |text: String, field: &str| cases.push((text, format!("invalid {field}")));
    for mode in ["", "ApiKey", "fake-canary"] {
        add(with("auth_mode", json!(mode)), "auth_mode");
    }
    for time in ["", "fake-canary", "2026-11-20", "2026-11-20T22:51:01"] {
        add(with("last_refresh", json!(time)), "last_refresh");
    }
    for token in [
        "fake-canary",
        "a.b",
        "a.!!.c",
        "a.aGVsbG8.c",
        "a.e30=.c",
        "a.e30.",
    ] {
        add(with("tokens.id_token", json!(token)), "tokens.id_token");
    }
    for claims in [
        json!([1]),
        json!({ "email": 7 }),
        json!({ "https://api.openai.com/auth": "fake-canary" }),
        json!({ "https://api.openai.com/auth": { "chatgpt_plan_type": 7 } }),
        json!({ "https://api.openai.com/auth": { "chatgpt_account_id": 7 } }),
        json!({ "https://api.openai.com/auth": { "chatgpt_account_is_fedramp": "x" } }),
        json!({ "https://api.openai.com/profile": "fake-canary" }),
    ] {
        add(claiming(&claims), "tokens.id_token");
    }
    cases
}

fn twice() -> Vec<Text> {
    let first = |more: &str| whole().replacen('{', &format!("{{{more},"), 1);
    let refresh = "\"refresh_token\":";
    let inside = whole().replace(refresh, &format!("{refresh}\"fake-canary\",{refresh}"));
    let texts = [
        (first("\"tokens\":null"), "tokens"),
        (first("\"auth_mode\":\"chatgpt\""), "auth_mode"),
        (inside, "tokens.refresh_token"),
    ];
    let said = |(text, field)| (text, format!("{field} is there twice"));
    texts.map(said).into()
}

fn no_object() -> Vec<Text> {
    let mark = format!("\u{feff}{}", whole());
    let more = format!("{}x", whole());
    let column = more.len();
    let place = |column: usize| format!("not what codex writes, at line 1, column {column}");
    let mut cases = vec![
        (mark, "it begins with a byte order mark".to_owned()),
        ("{\"tokens\":\"fake-canary".to_owned(), place(22)),
        (more, place(column)),
    ];
    for (texts, said) in [
        (
            &["\"fake-canary\"", "[]", "null", "7"][..],
            "it is no JSON object",
        ),
        (&["", " \n"], "it is empty"),
    ] {
        cases.extend(
            texts
                .iter()
                .map(|text| ((*text).to_owned(), said.to_owned())),
        );
    }
    cases
}

/// What every codex from 0.130 on takes.
pub(crate) fn taken() -> Vec<String> {
    let mut cases = vec![
        whole(),
        format!("{}\n\n", whole()),
        with("auth_mode", Value::Null),
        with("last_refresh", Value::Null),
        with("last_refresh", json!("2026-11-20 22:51:01+02:00")),
        with("tokens.account_id", Value::Null),
        with("OPENAI_API_KEY", json!("")),
        with("auth_mode", json!("chatgptAuthTokens")),
        with("tokens.access_token", json!("opaque")),
        claiming(&json!({})),
        whole().replacen('{', "{\"z\":1,\"z\":2,", 1),
    ];
    let four = with(
        "tokens.id_token",
        json!(format!("{}.more", fixture::jwt(&json!({})))),
    );
    cases.push(four);
    cases
}

fn judged(sandbox: &Sandbox, text: &[u8]) -> Value {
    sandbox.give_auth("ember", text);
    let run = sandbox.run(["status", "--offline", "--json"]);
    assert!(!run.to_string().contains(fixture::CANARY), "{run}");
    let document: Value = serde_json::from_str(&run.stdout).expect("one document");
    document["agents"][0].clone()
}

#[test]
fn what_codex_refuses_is_damaged_and_the_field_is_named() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    for (text, said) in refused() {
        let ember = judged(&sandbox, &text);
        let text = String::from_utf8_lossy(&text);
        assert_eq!(ember["state"], "damaged", "{text}");
        let message = &ember["findings"][0]["message"];
        let expected = format!("codex could not use auth.json: {said}");
        assert_eq!(message, &json!(expected), "{text}");
    }
}

#[test]
fn what_codex_takes_is_not_damaged() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    for text in taken() {
        assert_eq!(
            judged(&sandbox, text.as_bytes())["state"],
            "ready",
            "{text}"
        );
    }
}

#[test]
fn what_only_codex_0_169_looks_at_is_named_too() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    for (field, value, said) in [
        (
            "personal_access_token",
            json!(7),
            "invalid personal_access_token",
        ),
        ("bedrock_api_key", json!(7), "invalid bedrock_api_key"),
        (
            "tokens.login_owner_id",
            json!(7),
            "invalid tokens.login_owner_id",
        ),
        (
            "tokens.oauth_provenance",
            json!("fake-canary"),
            "invalid tokens.oauth_provenance",
        ),
        (
            "tokens.oauth_provenance",
            json!({}),
            "missing tokens.oauth_provenance.issuer",
        ),
    ] {
        let message = judged(&sandbox, with(field, value).as_bytes());
        let message = message["findings"][0]["message"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(message.ends_with(said), "{message}");
    }
}
