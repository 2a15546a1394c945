//! What `doctor` says of an upgrade to 2026.8.1 or later, while codex homes still count.

use std::fs;

use serde_json::{Value, json};

use crate::cases::fill_database;
use crate::copies::{give, oauth, of_agent, says, store, the, with_code};
use crate::fixture::{self, CANARY};
use crate::sandbox::Sandbox;

const PAST: i64 = 1_500_000_000;

/// The plan; nothing secret may be in it.
#[track_caller]
fn plan(sandbox: &Sandbox) -> Value {
    let run = sandbox.run(["doctor", "--before-upgrade", "--offline", "--json"]);
    assert!(!run.to_string().contains(CANARY), "{run}");
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}:\n{run}"))
}

/// What the plan says of this agent: what becomes of its login, and the command.
#[track_caller]
fn told<'a>(plan: &'a Value, id: &str) -> (&'a Value, &'a str, Option<&'a str>) {
    let finding = the(of_agent(plan, id), "upgrade");
    assert_eq!(finding["severity"], "info");
    let outcome = finding["evidence"]["outcome"].as_str().unwrap();
    (finding, outcome, finding["fix"].as_str())
}

/// The steps, numbered from one, each with its command.
#[track_caller]
fn steps(plan: &Value) -> Vec<(String, Option<&str>)> {
    let found = with_code(plan, "upgrade-step");
    let numbers: Vec<_> = found
        .iter()
        .map(|step| step["evidence"]["step"].as_u64().unwrap())
        .collect();
    let count = u64::try_from(numbers.len()).unwrap();
    assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
    found
        .iter()
        .map(|step| {
            let message = step["message"].as_str().unwrap().to_owned();
            (message, step["fix"].as_str())
        })
        .collect()
}

fn commands(plan: &Value) -> Vec<&str> {
    let steps = steps(plan);
    steps.into_iter().filter_map(|(_, fix)| fix).collect()
}

#[test]
fn a_good_login_is_imported_after_the_upgrade_as_long_as_it_lasts() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let plan = plan(&sandbox);
    let (finding, outcome, fix) = told(&plan, "ember");
    assert_eq!(
        (outcome, fix),
        ("import", Some("codex-login --agent ember"))
    );
    assert_eq!(
        finding["evidence"]["without_login_until"],
        of_agent(&plan, "ember")["login"]["access_expires_at"]
    );
    says(
        finding,
        &["do not start the agent while auth.json is there"],
    );
    assert_eq!(
        commands(&plan),
        [
            "(umask 077; openclaw backup create)",
            "openclaw update --no-restart",
            "openclaw doctor --fix",
            "codex-login --all-agents",
            "openclaw gateway restart",
            "codex-login status --all-agents",
        ]
    );
    let (node, fix) = &steps(&plan)[0];
    assert!(node.contains("24.16") && fix.is_none(), "{node}");
}

#[test]
fn what_is_typed_after_the_upgrade_names_no_version_of_before() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let state = sandbox.state_dir();
    let state = state.to_str().unwrap();
    let document = sandbox.json([
        "doctor",
        "--before-upgrade",
        "--offline",
        "--json",
        "--openclaw-version",
        "2026.7.1",
        "--state-dir",
        state,
    ]);
    let login = format!("codex-login --state-dir {state} --agent ember");
    assert_eq!(told(&document, "ember").2, Some(login.as_str()));
    let all = format!("codex-login --state-dir {state} --all-agents");
    assert!(commands(&document).contains(&all.as_str()), "{document:#}");
}

#[test]
fn a_login_that_cannot_be_imported_will_be_a_new_one() {
    let sandbox = Sandbox::with_agents(&["ember", "flint", "sorrel", "storm"]);
    let expired = fixture::chatgpt("ember@example.test", PAST);
    sandbox.give_auth("ember", expired.to_string());
    sandbox.give_auth("flint", "{}");
    let token = json!({ "auth_mode": "personalAccessToken", "personal_access_token": CANARY });
    sandbox.give_auth("sorrel", token.to_string());
    sandbox.write(
        "home/.openclaw/agents/storm/agent/codex-home/config.toml",
        "cli_auth_credentials_store = \"keyring\"\n",
    );
    let plan = plan(&sandbox);
    for (id, why) in [
        ("ember", "its access token has run out"),
        ("flint", "it is no login"),
        ("sorrel", "no login of this kind (personal-access-token)"),
        ("storm", "its login is in a keyring"),
    ] {
        let (finding, outcome, fix) = told(&plan, id);
        let login = format!("codex-login --agent {id}");
        assert_eq!((outcome, fix), ("new-login", Some(login.as_str())), "{id}");
        says(finding, &[why]);
    }
}

#[test]
fn an_api_key_is_given_to_openclaw_before_the_others_are_imported() {
    let sandbox = Sandbox::with_agents(&["ember", "flint"]);
    sandbox.log_in("ember");
    sandbox.give_auth("flint", fixture::api_key().to_string());
    let plan = plan(&sandbox);
    let paste = "openclaw models auth paste-api-key --provider openai --agent flint";
    let (_, outcome, fix) = told(&plan, "flint");
    assert_eq!((outcome, fix), ("api-key", Some(paste)));
    let commands = commands(&plan);
    let at = |command: &str| commands.iter().position(|known| *known == command);
    assert!(at("openclaw doctor --fix") < at(paste), "{commands:?}");
    assert!(at(paste) < at("codex-login --all-agents"), "{commands:?}");
}

#[test]
fn of_agents_that_share_a_login_one_keeps_it() {
    let sandbox = Sandbox::with_agents(&["ember", "flint"]);
    sandbox.log_in("ember");
    let shared = fs::read(sandbox.auth_json("ember")).unwrap();
    sandbox.give_auth("flint", shared);
    let plan = plan(&sandbox);
    assert_eq!(told(&plan, "ember").1, "import");
    let (finding, outcome, fix) = told(&plan, "flint");
    let again = "codex-login --agent flint --force";
    assert_eq!((outcome, fix), ("new-login", Some(again)));
    says(finding, &["its refresh token is ember's as well"]);
    let commands = commands(&plan);
    let at = |command: &str| commands.iter().position(|known| *known == command);
    assert!(at(again).is_some(), "{commands:?}");
    assert!(
        at(again) < at("openclaw update --no-restart"),
        "{commands:?}"
    );
}

#[test]
fn of_many_agents_each_is_in_the_command_of_a_step() {
    let ids: Vec<_> = (10..38).map(|number| format!("a{number}")).collect();
    let names: Vec<_> = ids.iter().map(String::as_str).collect();
    let sandbox = Sandbox::with_agents(&names);
    sandbox.log_in("a10");
    let shared = fs::read(sandbox.auth_json("a10")).unwrap();
    let (sharers, with_key) = names[1..].split_at(13);
    for id in sharers {
        sandbox.give_auth(id, shared.clone());
    }
    for id in with_key {
        sandbox.give_auth(id, fixture::api_key().to_string());
    }
    let plan = plan(&sandbox);
    for (ids, begins, ends) in [
        (sharers, "give a login of their own to ", "--force"),
        (with_key, "give OpenClaw the API keys of ", ""),
    ] {
        let mut told = Vec::new();
        for (message, command) in steps(&plan) {
            let Some((_, listed)) = message.split_once(begins) else {
                continue;
            };
            let command = command.unwrap();
            assert!(command.ends_with(ends), "{command}");
            let words = command.split(' ').collect::<Vec<_>>();
            let in_command = words.windows(2).filter(|pair| pair[0] == "--agent");
            let in_command: Vec<_> = in_command.map(|pair| pair[1]).collect();
            assert_eq!(listed, in_command.join(", "));
            told.push(in_command);
        }
        assert_eq!(told.concat(), ids);
        assert_eq!(told.len(), 2);
    }
}

#[test]
fn a_profile_in_a_file_has_to_be_moved_by_openclaws_doctor() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let profiles = store(&[("openai-codex:x", oauth(CANARY))]);
    give(&sandbox, "ember", "auth-profiles.json", &profiles);
    let plan = plan(&sandbox);
    let (finding, outcome, fix) = told(&plan, "ember");
    assert_eq!((outcome, fix), ("profile", Some("openclaw doctor --fix")));
    says(finding, &["it goes on by openai-codex:x", "as openai:x"]);
}

#[test]
fn tokens_in_a_file_of_their_own_need_the_key_of_this_machine() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let id = "0123456789abcdef0123456789abcdef";
    let reference =
        json!({ "source": "openclaw-credentials", "provider": "openai-codex", "id": id });
    let profile = json!({ "type": "oauth", "provider": "openai-codex", "oauthRef": reference });
    give(
        &sandbox,
        "ember",
        "auth-profiles.json",
        &store(&[("openai-codex:x", profile)]),
    );
    let plan = plan(&sandbox);
    says(
        told(&plan, "ember").0,
        &["its tokens are in a file of their own"],
    );
}

#[test]
fn a_profile_in_a_database_stays_where_it_is() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.7.1");
    let profile = json!({ "type": "oauth", "provider": "openai", "access": CANARY, "refresh": CANARY, "expires": 4_102_444_800_000_u64 });
    let held = store(&[("openai:x", profile)]).to_string();
    let tables = json!({
        "auth_profile_store": [{ "store_key": "primary", "store_json": held, "updated_at": 0 }],
        "auth_profile_state": [],
    });
    let path = sandbox
        .state_dir()
        .join("agents/ember/agent/openclaw-agent.sqlite");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fill_database(&path, tables.as_object().unwrap());
    let (document, in_brief) = (
        plan(&sandbox),
        sandbox.json(["doctor", "--offline", "--json"]),
    );
    let (finding, outcome, fix) = told(&document, "ember");
    assert_eq!((outcome, fix), ("profile", None));
    says(finding, &["it goes on by openai:x"]);
    // Nothing is lost by it, and so there is nothing to say unasked.
    assert!(with_code(&in_brief, "upgrade").is_empty(), "{in_brief:#}");
}

#[test]
fn the_login_of_the_gateways_user_is_no_agents_for_long() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let login = fixture::chatgpt("user@example.test", fixture::FAR_AHEAD);
    sandbox.write("home/.codex/auth.json", &login.to_string());
    let plan = plan(&sandbox);
    let (finding, outcome, fix) = told(&plan, "ember");
    assert_eq!(
        (outcome, fix),
        ("new-login", Some("codex-login --agent ember"))
    );
    says(finding, &["2026.9.5 and later do not take"]);
}

#[test]
fn whoever_is_logged_out_loses_nothing() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let document = plan(&sandbox);
    let (finding, outcome, _) = told(&document, "ember");
    assert_eq!(outcome, "nothing-to-lose");
    says(finding, &["log it in after the upgrade"]);
    let sandbox = sandbox.set("OPENAI_API_KEY", CANARY);
    let document = plan(&sandbox);
    says(told(&document, "ember").0, &["uses OPENAI_API_KEY"]);
}

#[test]
fn what_an_empty_order_keeps_back_is_taken_out_before() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let profiles = store(&[("openai-codex:x", oauth(CANARY))]);
    give(&sandbox, "main", "auth-profiles.json", &profiles);
    let config = json!({
        "agents": { "list": [{ "id": "ember" }] },
        "auth": { "order": { "openai-codex": [] } },
    });
    sandbox.configure(&config.to_string());
    let document = plan(&sandbox);
    let (finding, outcome, _) = told(&document, "ember");
    assert_eq!(outcome, "import");
    assert_eq!(finding["evidence"]["kept_back"], json!(["openai-codex:x"]));
    says(finding, &["can take its place then"]);
    let commands = commands(&document);
    let at = |command: &str| commands.iter().position(|known| *known == command);
    let out = "openclaw config unset auth.order.openai-codex && codex-login doctor --fix";
    assert!(at(out).is_some(), "{commands:?}");
    assert!(at(out) < at("openclaw update --no-restart"), "{commands:?}");
    let (last, _) = steps(&document).pop().unwrap();
    assert!(last.contains("goes by openai-codex:x then"), "{last}");

    // What the step says is done: the order is gone, the profile is out, the agent as before.
    let config = json!({ "agents": { "list": [{ "id": "ember" }] } });
    sandbox.configure(&config.to_string());
    sandbox
        .run(["doctor", "--fix", "--yes", "--offline"])
        .expect_code(0);
    let document = plan(&sandbox);
    let (finding, outcome, _) = told(&document, "ember");
    assert_eq!(outcome, "import");
    assert_eq!(finding["evidence"]["kept_back"], Value::Null);
}

#[test]
fn a_codex_of_the_users_own_has_to_be_new_enough() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let app_server = json!({ "appServer": { "command": "/opt/codex" } });
    let config = json!({
        "agents": { "list": [{ "id": "ember" }] },
        "plugins": { "entries": { "codex": { "config": app_server } } },
    });
    sandbox.configure(&config.to_string());
    let plan = plan(&sandbox);
    let upgrade = steps(&plan)
        .into_iter()
        .find(|(_, fix)| *fix == Some("openclaw update --no-restart"));
    let (message, _) = upgrade.unwrap();
    assert!(message.contains("0.149.0 or later"), "{message}");
}

#[test]
fn unasked_it_is_one_line_that_counts() {
    let sandbox = Sandbox::with_agents(&["ember", "flint", "sorrel"]);
    sandbox.log_in("ember");
    sandbox.give_auth("flint", fixture::api_key().to_string());
    let run = sandbox.run(["doctor", "--offline"]);
    assert_eq!(run.stdout.matches("\tupgrade\t").count(), 1, "{run}");
    let line = "-\tinfo\tupgrade\tOpenClaw 2026.8.1 and later read no codex-home: of 3 agents 1 to be imported then, 1 with an API key to hand over; --before-upgrade tells of each, and the steps\tcodex-login doctor --before-upgrade\n";
    assert!(run.stdout.contains(line), "{run}");
    let document = sandbox.json(["doctor", "--offline", "--json"]);
    assert_eq!(
        the(&document, "upgrade")["evidence"],
        json!({ "agents": 3, "import": 1, "api-key": 1 })
    );
}

#[test]
fn the_plan_is_lines_the_agents_first_and_then_the_steps_in_order() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let run = sandbox
        .run(["doctor", "--before-upgrade", "--offline"])
        .expect_code(0);
    let lines: Vec<Vec<_>> = run
        .stdout
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(lines[0][..3], ["ember", "info", "upgrade"], "{run}");
    for (index, line) in lines[1..].iter().enumerate() {
        assert_eq!(line[..3], ["-", "info", "upgrade-step"], "{run}");
        let step = format!("step {} of {}: ", index + 1, lines.len() - 1);
        assert!(line[3].starts_with(&step), "{run}");
    }
    sandbox
        .run(["doctor", "--before-upgrade", "--fix", "--yes"])
        .expect_code(2);
}

#[test]
fn where_no_codex_home_counts_or_nothing_tells_the_version_it_is_silent() {
    for (version, why) in [
        ("2026.8.1", "keeps logins itself already"),
        ("2026.9.6", "keeps logins itself already"),
        ("2026.7.2-beta.1", "keeps logins itself already"),
        ("2026.4.29", "gives its agents no codex home"),
    ] {
        let sandbox = Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", version);
        sandbox.log_in("ember");
        for flags in [&["--offline"][..], &["--offline", "--before-upgrade"]] {
            let run = sandbox.run([&["doctor"], flags].concat());
            assert!(!run.stdout.contains("\tupgrade"), "{version}: {run}");
            assert_eq!(
                run.stderr.contains(why),
                flags.len() == 2,
                "{version}: {run}"
            );
        }
    }
    let sandbox = Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", "");
    sandbox.log_in("ember");
    let run = sandbox.run(["doctor", "--offline"]);
    assert!(!run.stdout.contains("\tupgrade"), "{run}");
    // Who asks is told what would be true of the version that is assumed.
    assert_eq!(told(&plan(&sandbox), "ember").1, "import");
}

#[test]
fn one_codex_home_for_all_is_no_agents_to_lose() {
    let sandbox = Sandbox::with_agents(&["ember"]).set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.7.1");
    let app_server = json!({ "appServer": { "homeScope": "user" } });
    let config = json!({
        "agents": { "list": [{ "id": "ember" }] },
        "plugins": { "entries": { "codex": { "config": app_server } } },
    });
    sandbox.configure(&config.to_string());
    let run = sandbox.run(["doctor", "--before-upgrade", "--offline"]);
    assert!(!run.stdout.contains("\tupgrade"), "{run}");
    run.says("before an upgrade and after it");
}
