//! No byte of a token in any output, whatever the file holds and whatever is asked.

use serde_json::{Value, json};

use crate::fixture::{self, CANARY};
use crate::sandbox::Sandbox;

/// Files that hold the canary: whole, and malformed in every position.
fn files() -> Vec<String> {
    let whole = fixture::chatgpt("ember@example.test", fixture::FAR_AHEAD);
    let mut files = vec![
        whole.to_string(),
        fixture::api_key().to_string(),
        json!({ "OPENAI_API_KEY": null, "personal_access_token": format!("at-{CANARY}") })
            .to_string(),
        format!("\"{CANARY}\""),
        format!("{CANARY}"),
        format!("{{\"tokens\": \"{CANARY}\"}}"),
        format!("{{\"auth_mode\": \"{CANARY}\"}}"),
        format!("{{\"last_refresh\": \"{CANARY}\"}}"),
        format!("{{\"{CANARY}\": 1, \"{CANARY}\": 2"),
        format!("[\"{CANARY}\"]"),
    ];
    for field in ["id_token", "access_token", "refresh_token"] {
        for wrong in [
            json!([CANARY]),
            json!({ CANARY: CANARY }),
            json!(format!("x.{CANARY}.y")),
            Value::Null,
        ] {
            let mut auth = whole.clone();
            auth["tokens"][field] = wrong;
            files.push(auth.to_string());
        }
    }
    // A token where an identifier belongs.
    let mut swapped = whole.clone();
    swapped["tokens"]["account_id"] = whole["tokens"]["access_token"].clone();
    files.push(swapped.to_string());
    for secret in [
        format!("rt_{CANARY}-0"),
        format!("sk-{CANARY}-0"),
        format!("at-{CANARY}-0"),
        format!("v1.{CANARY}"),
    ] {
        let mut swapped = whole.clone();
        swapped["tokens"]["account_id"] = json!(secret);
        files.push(swapped.to_string());
        files.push(fixture::chatgpt(&secret, fixture::FAR_AHEAD).to_string());
    }
    let text = whole.to_string();
    files.extend((1..6).map(|part| text[..text.len() * part / 6].to_owned()));
    files
}

/// Each run of twelve characters of the tokens in a file that parses.
fn parts_of_tokens(file: &str) -> Vec<String> {
    let auth: Value = serde_json::from_str(file).unwrap_or_default();
    let fields = ["id_token", "access_token", "refresh_token"].map(|field| &auth["tokens"][field]);
    let texts = fields
        .into_iter()
        .chain([&auth["OPENAI_API_KEY"]])
        .filter_map(Value::as_str);
    texts
        .flat_map(|text| {
            let bytes: Vec<char> = text.chars().collect();
            bytes
                .windows(12)
                .map(|part| part.iter().collect())
                .collect::<Vec<String>>()
        })
        .filter(|part| !part.contains('@'))
        .collect()
}

/// Every command, in every form of answer.
fn commands() -> Vec<Vec<&'static str>> {
    let commands: [&[&str]; 11] = [
        &["status", "--agent", "ember"],
        &["status", "--offline"],
        &["status", "--live"],
        &["doctor", "--offline"],
        &["agents"],
        &["which"],
        &["env", "--agent", "ember"],
        &["exec", "--agent", "ember", "--", "x"],
        &["login", "--agent", "ember"],
        &[
            "login",
            "--agent",
            "ember",
            "--force",
            "--expect-email",
            "nobody@example.test",
        ],
        &["logout", "--agent", "ember"],
    ];
    let forms: [&[&str]; 3] = [&[], &["--json"], &["-vv"]];
    let mut all = Vec::new();
    for command in commands {
        for form in forms {
            all.push([form, command].concat());
        }
    }
    all
}

#[test]
fn no_command_shows_a_byte_of_a_token() {
    let commands = commands();
    for file in files() {
        let parts = parts_of_tokens(&file);
        let sandbox = Sandbox::with_agents(&["ember"]).set("OPENAI_API_KEY", CANARY);
        for args in &commands {
            sandbox.give_auth("ember", &file);
            let run = sandbox.run(args);
            let told = run.to_string();
            assert!(!told.contains(CANARY), "{args:?} with {file}:\n{run}");
            for part in &parts {
                assert!(
                    !told.contains(part),
                    "{part} of {args:?} with {file}:\n{run}"
                );
            }
        }
    }
}

#[test]
fn what_codex_says_of_a_token_is_hidden() {
    let jwt = "eyJhbGciOiJub25lIn0.eyJqdGkiOiJmYWtlLWNhbmFyeSJ9.fake-canary";
    for said in [
        format!("Error logging in: invalid type: string \"{jwt}\", expected a map"),
        format!("Error logging in: token endpoint returned status 400 Bad Request: {jwt}"),
        "Error: sk-proj-fake-canary-0123456789 is wrong".to_owned(),
    ] {
        for json in [&[][..], &["--json"][..]] {
            let sandbox = Sandbox::with_agents(&["ember"]).set("FAKE_CODEX", format!("say:{said}"));
            let run = sandbox
                .run([&["--agent", "ember"], json].concat())
                .expect_code(1);
            assert!(!run.to_string().contains("canary"), "{run}");
            assert!(run.to_string().contains("[hidden]"), "{run}");
        }
    }
}

#[test]
fn codexs_own_status_line_is_never_relayed() {
    let sandbox = Sandbox::with_agents(&["ember"]).set(
        "FAKE_CODEX_STATUS",
        "Logged in using an API key - sk-proj-***ABCDE",
    );
    sandbox.give_auth("ember", fixture::api_key().to_string());
    for form in ["--json", "-vv", "-q"] {
        let run = sandbox.run(["status", form]).expect_code(0);
        assert!(!run.to_string().contains("ABCDE"), "{run}");
    }
}

#[test]
fn a_configuration_is_never_quoted() {
    for text in [
        "{ gateway: { auth: { token: 'fake-canary' } }, agents: { list: fake-canary } }",
        "{ agents: { list: [{ id: 'ember', agentDir: ['fake-canary'] }] } }",
        "{ agents: { list: 'fake-canary' } }",
        "{ fake-canary",
    ] {
        let sandbox = Sandbox::with_agents(&["ember"]);
        sandbox.configure(text);
        for form in ["--json", "-vv"] {
            let run = sandbox.run(["status", form]).expect_code(2);
            assert!(!run.to_string().contains("canary"), "{run}");
        }
    }
}

#[test]
fn an_account_name_cannot_move_the_cursor_or_add_a_column() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let auth = fixture::chatgpt("e\x1b[2Jm\u{7}ber@example.test", fixture::FAR_AHEAD);
    sandbox.give_auth("ember", auth.to_string());
    let run = sandbox.run(["status"]).expect_code(0);
    assert_eq!(run.stdout.lines().count(), 1, "{run}");
    assert_eq!(run.stdout.matches('\t').count(), 4, "{run}");
    assert!(!run.stdout.contains('\x1b'), "{run}");
    let sandbox = Sandbox::with_agents(&["ember"]);
    let auth = fixture::chatgpt("e\u{9b}2J\u{202e}@example.test", fixture::FAR_AHEAD);
    sandbox.give_auth("ember", auth.to_string());
    let run = sandbox.run(["status", "--json"]).expect_code(0);
    assert!(
        run.stdout.contains(r"e\u009b2J\u202e@example.test"),
        "{run}"
    );
}
