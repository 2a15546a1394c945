//! Which zones are known: `zones.toml`, agent-vm's system configuration, this machine's own.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::{Value, json};

use crate::sandbox::{Run, Sandbox};

/// Where codex-login's own description of zones is.
const OWN: &str = "home/.config/codex-login/zones.toml";
/// A value that no output may hold.
const SECRET: &str = "op://vault/canary";

/// Writes a file with the mode that an ordinary one has, whatever the umask of the tests.
fn write(sandbox: &Sandbox, tail: &str, text: &str) -> PathBuf {
    let file = sandbox.write(tail, text);
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    file
}

/// Text without the sandbox's own path, which the working directory shows with its links followed.
fn local(sandbox: &Sandbox, text: &str) -> String {
    let root = sandbox.path("");
    let real = root.canonicalize().unwrap().join("");
    text.replace(&root.display().to_string(), "$/")
        .replace(&real.display().to_string(), "$/")
}

/// What `zones --json` answers.
fn document(sandbox: &Sandbox) -> Value {
    let run = sandbox.run(["zones", "--json"]).expect_code(0);
    serde_json::from_str(&local(sandbox, &run.stdout)).unwrap()
}

/// Name, kind and state directory of each zone.
fn places(sandbox: &Sandbox) -> Value {
    let zones = document(sandbox)["zones"].take();
    let place = |zone: &Value| json!([zone["name"], zone["kind"], zone["state_dir"]]);
    zones.as_array().unwrap().iter().map(place).collect()
}

/// The refusal, which answers nothing and tells what to do.
fn refusal(sandbox: &Sandbox) -> Run {
    let run = sandbox.run(["zones"]).expect_code(2).says("hint: ");
    assert_eq!(run.stdout, "", "{run}");
    run
}

/// A system configuration of one zone, `sunfam`, whose gateway is this.
fn system(gateway: &str) -> String {
    format!(r#"{{ "zones": [{{ "id": "sunfam", "gateway": {gateway} }}] }}"#)
}

#[test]
fn zones_toml_tells_where_zones_of_this_machine_are() {
    let sandbox = Sandbox::bare();
    write(
        &sandbox,
        OWN,
        "[zones.sunfam]\nstate_dir = '/srv/./sunfam/../sunfam/.openclaw'\nconfig = 'sun.json'\npackages = ['/opt/packages']\nopenclaw_version = '2026.5.12'\n[zones.'Moon.fam_2-x']\nstate_dir = '~/moon'\n[zones.home]\nstate_dir = '~'\n[zones.near]\nstate_dir = '../near'\n",
    );
    let zone = |name: &str, state_dir: &str, config: Value| {
        json!({
            "name": name, "kind": "zones.toml", "gateway": "openclaw", "state_dir": state_dir,
            "config": config, "source": format!("zones.toml at $/{OWN}"), "file": format!("$/{OWN}"),
            "shadowed_by": null,
        })
    };
    let config = json!("$/home/.config/codex-login/sun.json");
    let expected = json!({
        "schema_version": 1,
        "zones": [
            zone("Moon.fam_2-x", "$/home/moon", Value::Null),
            zone("home", "$/home", Value::Null),
            zone("near", "$/home/.config/near", Value::Null),
            zone("sunfam", "/srv/sunfam/.openclaw", config),
        ],
        "searched": [
            format!("$/{OWN}"), "$/cwd/config/system.json", "$/cwd/config/system.jsonc",
        ],
    });
    assert_eq!(document(&sandbox), expected);
}

#[test]
fn a_pipe_gets_one_line_a_zone() {
    let sandbox = Sandbox::bare();
    write(&sandbox, OWN, "[zones.sunfam]\nstate_dir = '/sun'\n");
    write(
        &sandbox,
        "cwd/config/system.json",
        &system(r#"{ "type": "worker" }"#),
    );
    let run = sandbox.run(["zones"]).expect_code(0);
    let lines = "sunfam\tzones.toml\t/sun\tzones.toml at $/home/.config/codex-login/zones.toml\n\
        sunfam\tother\t-\tagent-vm's $/cwd/config/system.json: no OpenClaw, its gateway is `worker`: not used, $/home/.config/codex-login/zones.toml has one of this name\n";
    assert_eq!(local(&sandbox, &run.stdout), lines);
    assert_eq!(run.stderr, "");
}

#[test]
fn the_named_description_goes_before_the_users() {
    let sandbox = Sandbox::bare();
    for (file, name) in [
        (OWN, "home"),
        ("xdg/codex-login/zones.toml", "xdg"),
        ("cwd/xdg/codex-login/zones.toml", "relative"),
        ("cwd/mine.toml", "named"),
        ("cwd/other.toml", "variable"),
    ] {
        write(
            &sandbox,
            file,
            &format!("[zones.{name}]\nstate_dir = '/x'\n"),
        );
    }
    let named = |sandbox: &Sandbox, args: &[&str]| {
        let run = sandbox.run(args).expect_code(0);
        local(sandbox, &run.stdout)
    };
    let at_home = format!("home\tzones.toml\t/x\tzones.toml at $/{OWN}\n");
    assert_eq!(named(&sandbox, &["zones"]), at_home);
    let sandbox = sandbox.set("XDG_CONFIG_HOME", "xdg");
    assert_eq!(named(&sandbox, &["zones"]), at_home);
    let xdg = sandbox.path("xdg");
    let sandbox = sandbox.set("XDG_CONFIG_HOME", xdg);
    assert_eq!(
        named(&sandbox, &["zones"]),
        "xdg\tzones.toml\t/x\tzones.toml at $/xdg/codex-login/zones.toml\n"
    );
    let sandbox = sandbox.set("CODEX_LOGIN_ZONES", "other.toml");
    assert_eq!(
        named(&sandbox, &["zones"]),
        "variable\tzones.toml\t/x\t$/cwd/other.toml (CODEX_LOGIN_ZONES)\n"
    );
    for args in [
        ["zones", "--zones", "mine.toml"],
        ["--zones", "./mine.toml", "zones"],
    ] {
        assert_eq!(
            named(&sandbox, &args),
            "named\tzones.toml\t/x\t$/cwd/mine.toml (--zones)\n"
        );
    }
}

#[test]
fn relative_paths_are_from_where_the_file_really_is() {
    let sandbox = Sandbox::bare();
    let real = write(
        &sandbox,
        "dotfiles/zones.toml",
        "[zones.sunfam]\nstate_dir = 'state'\n",
    );
    fs::create_dir_all(sandbox.path("home/.config/codex-login")).unwrap();
    symlink(real, sandbox.path(OWN)).unwrap();
    assert_eq!(
        places(&sandbox),
        json!([["sunfam", "zones.toml", "$/dotfiles/state"]])
    );
}

#[test]
fn agent_vms_first_schema_names_each_state_directory() {
    let sandbox = Sandbox::bare();
    let gateway = |dir: &str| json!({ "stateDir": dir, "config": "gateways/openclaw.json" });
    let file = json!({
        "host": { "controllerPort": 18800, "secretsProvider": SECRET },
        "zones": [
            { "id": "sunfam", "gateway": gateway("../state/sunfam"), "agents": [{ "id": "ember" }] },
            { "id": "moonfam", "gateway": gateway("~/.agent-vm/state/moonfam") },
            { "id": "starfam", "gateway": gateway("/var/agent-vm/state") },
            { "id": "work", "gateway": { "type": "worker" } },
        ],
    });
    write(&sandbox, "cwd/config/system.json", &file.to_string());
    let expected = json!([
        ["sunfam", "agent-vm", "$/cwd/state/sunfam"],
        ["moonfam", "agent-vm", "$/home/.agent-vm/state/moonfam"],
        ["starfam", "agent-vm", "/var/agent-vm/state"],
        ["work", "other", null],
    ]);
    assert_eq!(places(&sandbox), expected);
    let first = json!({
        "name": "sunfam", "kind": "agent-vm", "gateway": "openclaw",
        "state_dir": "$/cwd/state/sunfam", "config": "$/cwd/config/gateways/openclaw.json",
        "source": "agent-vm's $/cwd/config/system.json", "file": "$/cwd/config/system.json",
        "shadowed_by": null,
    });
    assert_eq!(document(&sandbox)["zones"][0], first);
}

#[test]
fn agent_vms_second_schema_derives_them_from_the_storage_root() {
    for version in [r#""schemaVersion": 2,"#, ""] {
        let sandbox = Sandbox::bare();
        let text = format!(
            "{{ // comments\n {version} \"storageRootDir\": \"../.agent-vm/family-0badcafe\",\n \"zones\": [\n  {{ \"id\": \"sunfam\", \"gateway\": {{ \"type\": \"openclaw\", \"config\": \"./sun.json\", }}, }},\n  {{ \"id\": \"hermes\", \"gateway\": {{ \"type\": \"hermes\" }} }},\n ], }}"
        );
        write(&sandbox, "cwd/config/system.jsonc", &text);
        let expected = json!([
            [
                "sunfam",
                "agent-vm",
                "$/cwd/.agent-vm/family-0badcafe/sunfam/state"
            ],
            ["hermes", "other", null],
        ]);
        assert_eq!(places(&sandbox), expected);
    }
}

#[test]
fn system_json_goes_before_system_jsonc_and_neither_is_searched_for_upwards() {
    let sandbox = Sandbox::bare();
    let gateway = |dir: &str| system(&json!({ "stateDir": dir, "config": "c" }).to_string());
    write(&sandbox, "config/system.json", &gateway("/above"));
    assert_eq!(places(&sandbox), json!([]));
    write(&sandbox, "cwd/config/system.jsonc", &gateway("/second"));
    assert_eq!(places(&sandbox), json!([["sunfam", "agent-vm", "/second"]]));
    write(&sandbox, "cwd/config/system.json", &gateway("/first"));
    assert_eq!(places(&sandbox), json!([["sunfam", "agent-vm", "/first"]]));
    let searched = json!([format!("$/{OWN}"), "$/cwd/config/system.json"]);
    assert_eq!(document(&sandbox)["searched"], searched);
}

#[test]
fn of_one_name_the_first_zone_counts_and_the_others_are_said_not_to() {
    let sandbox = Sandbox::bare();
    sandbox.configure("{ plugins: { entries: { gondolin: { config: { zoneId: 'sunfam' } } } } }");
    write(
        &sandbox,
        OWN,
        "[zones.moonfam]\nstate_dir = '/own'\n[zones.sunfam]\nstate_dir = '/own'\n",
    );
    let gateway = json!({ "stateDir": "/vm", "config": "c" }).to_string();
    write(&sandbox, "cwd/config/system.json", &system(&gateway));
    let expected = json!([
        ["moonfam", "zones.toml", "/own"],
        ["sunfam", "zones.toml", "/own"],
        ["sunfam", "agent-vm", "/vm"],
        ["sunfam", "this-machine", "$/home/.openclaw"],
    ]);
    assert_eq!(places(&sandbox), expected);
    let document = document(&sandbox);
    let shadowed: Vec<_> = (0..4)
        .map(|index| &document["zones"][index]["shadowed_by"])
        .collect();
    let first = json!(format!("$/{OWN}"));
    assert_eq!(shadowed, [&Value::Null, &Value::Null, &first, &first]);
}

#[test]
fn a_broken_configuration_of_this_machine_hides_no_other_zone() {
    let sandbox = Sandbox::bare();
    sandbox.configure("{ agents: ");
    write(&sandbox, OWN, "[zones.sunfam]\nstate_dir = '/sun'\n");
    assert_eq!(places(&sandbox), json!([["sunfam", "zones.toml", "/sun"]]));
    let run = sandbox.run(["zones"]).expect_code(0);
    run.says("note: could not use ")
        .says("openclaw.json: line 1");
}

#[test]
fn where_no_zone_is_known_it_is_said_where_one_could_be() {
    let sandbox = Sandbox::bare();
    let run = sandbox.run(["zones"]).expect_code(0);
    assert_eq!(run.stdout, "");
    let note = format!(
        "note: no zone is known: looked at $/{OWN}, $/cwd/config/system.json, $/cwd/config/system.jsonc\n\
         hint: define one in zones.toml: [zones.NAME] with state_dir = \"DIR\" below it\n"
    );
    assert_eq!(local(&sandbox, &run.stderr), note);
    assert_eq!(document(&sandbox)["zones"], json!([]));
}

#[test]
fn what_zones_toml_must_not_say_is_refused_by_line_and_column() {
    for (text, words) in [
        (
            "[zones.sunfam]\nstate_dri = '/x'\n",
            "line 2, column 1: unknown field `state_dri`",
        ),
        (
            "[zones.sunfam]\nconfig = '/x'\n",
            "line 1, column 1: missing field `state_dir`",
        ),
        (
            "[zone.sunfam]\nstate_dir = '/x'\n",
            "line 1, column 2: unknown field `zone`",
        ),
        (
            "[zones.sunfam]\nstate_dir = 5\n",
            "line 2, column 13: invalid type: integer",
        ),
        ("[zones.sunfam]\nstate_dir = '/x\n", "line 2, column "),
        (
            "[zones.sunfam]\nstate_dir = ''\n",
            "line 2, column 13: not a path: empty",
        ),
        (
            "# é\n[zones.a]\nstate_dir = '~sun/x'\n",
            "line 3, column 13: not a path: only `~`",
        ),
        (
            "[zones.'a b']\nstate_dir = '/x'\n",
            "line 1, column 8: `a b` is no name for a zone",
        ),
        ("zones.é.state_dir = '/x'\n", "line 1, column 7: "),
        (
            "zones.'..'.state_dir = '/x'\n",
            "`..` is no name for a zone",
        ),
        (
            "[zones.a]\nstate_dir = '/x'\n[zones.a]\nstate_dir = '/y'\n",
            "line 3, column ",
        ),
        (
            "[zones.a]\nstate_dir = '/x'\npackages = ['']\n",
            "line 3, column 13: not a path: empty",
        ),
    ] {
        let sandbox = Sandbox::bare();
        write(&sandbox, OWN, text);
        let run = refusal(&sandbox).says("zones.toml: ").says(words);
        assert_eq!(run.stderr.lines().count(), 2, "{run}");
    }
    let sandbox = Sandbox::bare();
    let name = "a".repeat(65);
    write(&sandbox, OWN, &format!("zones.{name}.state_dir = '/x'\n"));
    refusal(&sandbox).says("64 at most");
    write(
        &sandbox,
        OWN,
        &format!("zones.{}.state_dir = '/x'\n", &name[1..]),
    );
    assert_eq!(places(&sandbox), json!([[&name[1..], "zones.toml", "/x"]]));
}

/// A system configuration with this text is refused with these words and without a value of it.
#[track_caller]
fn refuses_system(text: &str, words: &str) {
    let sandbox = Sandbox::bare();
    write(&sandbox, "cwd/config/system.json", text);
    let run = refusal(&sandbox).says("config/system.json: ").says(words);
    assert!(!run.to_string().contains("canary"), "{run}");
    let json = sandbox.json(["zones", "--json"]);
    assert_eq!(json["error"]["code"], "zones-damaged", "{json}");
    assert!(!json.to_string().contains("canary"), "{json}");
}

#[test]
fn a_damaged_system_configuration_is_refused_by_line_and_column_without_a_value_of_it() {
    for (text, words) in [
        (
            "{\n  \"token\": \"op://vault/canary\",,\n}",
            "line 2, column 32: ",
        ),
        ("{\n  \"token\": \"op://vault/canary", "line 2, column 30: "),
        (
            "{\n  \"token\": op://vault/canary\n}",
            "line 2, column 12: ",
        ),
        (
            "{ \"token\": \"op://vault/canary\" }}",
            "line 1, column 33: ",
        ),
        (r#"{ "zones": "op://vault/canary" }"#, "zones: not a list"),
        (
            r#"{ "schemaVersion": 3, "zones": [] }"#,
            "schemaVersion: neither",
        ),
        (
            r#"{ "schemaVersion": "op://vault/canary", "zones": [] }"#,
            "schemaVersion: neither",
        ),
        (
            r#"{ "schemaVersion": 2, "zones": [] }"#,
            "storageRootDir: missing",
        ),
    ] {
        refuses_system(text, words);
    }
    refuses_system(&"[".repeat(100_000), "nested too deeply");
}

#[test]
fn a_zone_that_agent_vm_would_not_have_is_refused_by_its_key_without_a_value_of_it() {
    let worker = r#"{ "id": "a", "gateway": { "type": "worker" } }"#;
    let openclaw = |id: &str, gateway: &str| format!(r#"{{ "id": {id}, "gateway": {gateway} }}"#);
    let both = r#"{ "config": "c", "stateDir": "s" }"#;
    for (zone, words) in [
        (r#""op://vault/canary""#.to_owned(), "zones[0].id: missing"),
        (
            openclaw(r#""op://vault/canary""#, both),
            "zones[0].id: lowercase letters",
        ),
        (
            openclaw(r#"["op://vault/canary"]"#, both),
            "zones[0].id: not a string",
        ),
        (
            openclaw(r#""cache""#, both),
            "zones[0].id: `cache` is reserved",
        ),
        (
            openclaw(r#""controller-state""#, both),
            "`controller-state` is reserved",
        ),
        (
            openclaw(r#""controller-runtime""#, both),
            "`controller-runtime` is reserved",
        ),
        (r#"{ "id": "a" }"#.to_owned(), "zones[0].gateway: missing"),
        (
            openclaw(r#""a""#, r#"{ "type": "op://vault/canary" }"#),
            "zones[0].gateway.type: lowercase letters",
        ),
        (
            openclaw(r#""a""#, r#"{ "config": "c" }"#),
            "zones[0].gateway.stateDir: missing",
        ),
        (
            openclaw(r#""a""#, r#"{ "config": "c", "stateDir": "" }"#),
            "zones[0].gateway.stateDir: empty",
        ),
        (
            openclaw(r#""a""#, r#"{ "stateDir": "s" }"#),
            "zones[0].gateway.config: missing",
        ),
        (
            format!("{worker}, {worker}"),
            "zones[1]: `a` is there twice",
        ),
        (
            format!(
                r#"{{ "id": "a", "gateway": {both}, "agents": [{{ "id": "op://vault/canary" }}] }}"#
            ),
            "zones[0].agents[0].id: lowercase letters",
        ),
    ] {
        refuses_system(&format!(r#"{{ "zones": [{zone}] }}"#), words);
    }
    let zone = openclaw(r#""a""#, both);
    refuses_system(
        &format!(r#"{{ "storageRootDir": "s", "zones": [{zone}] }}"#),
        "zones[0].gateway.stateDir: schema 2 derives it",
    );
}

#[test]
fn values_of_a_system_configuration_stay_in_it() {
    let sandbox = Sandbox::bare();
    let file = json!({
        "host": { "controllerPort": SECRET, "secretsProvider": { "tokenSource": SECRET } },
        "zones": [{
            "id": "sunfam", "secrets": { "OPENAI_API_KEY": { "ref": SECRET } },
            "gateway": { "stateDir": "/s", "config": "/c", "authProfilesRef": { "ref": SECRET } },
        }],
    });
    write(&sandbox, "cwd/config/system.json", &file.to_string());
    for args in [&["zones"][..], &["zones", "--json"], &["zones", "-vv"]] {
        let run = sandbox.run(args).expect_code(0);
        assert!(
            run.stdout.contains("sunfam") && !run.to_string().contains("canary"),
            "{run}"
        );
    }
}

#[test]
fn a_config_directory_of_another_program_says_nothing_of_zones() {
    let sandbox = Sandbox::bare();
    write(
        &sandbox,
        "cwd/config/system.json",
        r#"{ "id": "other", "schemaVersion": 7 }"#,
    );
    assert_eq!(places(&sandbox), json!([]));
    let sandbox = Sandbox::bare();
    write(&sandbox, "cwd/config", "a file\n");
    assert_eq!(places(&sandbox), json!([]));
}

#[test]
fn a_description_that_others_can_write_is_refused() {
    let own = "[zones.sunfam]\nstate_dir = '/sun'\n";
    let gateway = json!({ "stateDir": "/vm", "config": "c" }).to_string();
    for (tail, text, mode, mend) in [
        (OWN, own, 0o664, "chmod go-w"),
        (OWN, own, 0o646, "chmod go-w"),
        (
            "cwd/config/system.json",
            &system(&gateway),
            0o646,
            "chmod o-w",
        ),
    ] {
        let sandbox = Sandbox::bare();
        let file = write(&sandbox, tail, text);
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let words = format!("others can write it (mode {mode:04o})");
        refusal(&sandbox)
            .says(&words)
            .says(&format!("hint: {mend} "));
        let json = sandbox.json(["zones", "--json"]);
        assert_eq!(json["error"]["code"], "zones-unsafe");
    }
}

#[test]
fn a_description_is_read_with_the_modes_that_ordinary_files_have() {
    let sandbox = Sandbox::bare();
    let own = write(&sandbox, OWN, "[zones.sunfam]\nstate_dir = '/sun'\n");
    let gateway = json!({ "type": "worker" }).to_string();
    let system = write(&sandbox, "cwd/config/system.json", &system(&gateway));
    fs::set_permissions(own, Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(system, Permissions::from_mode(0o664)).unwrap();
    let expected = json!([["sunfam", "zones.toml", "/sun"], ["sunfam", "other", null]]);
    assert_eq!(places(&sandbox), expected);
}

#[test]
fn a_description_of_another_users_is_refused() {
    for (tail, text) in [
        (OWN, "[zones.sunfam]\nstate_dir = '/sun'\n"),
        ("cwd/config/system.json", r#"{ "zones": [] }"#),
    ] {
        let sandbox = Sandbox::bare();
        let file = write(&sandbox, tail, text);
        // Only root can give files away.
        if chown(&file, Some(4242), None).is_err() {
            return;
        }
        refusal(&sandbox)
            .says("neither yours nor root's: it belongs to user 4242")
            .says("hint: if it says what you want: chown 0 ");
    }
}

#[test]
fn a_description_that_was_named_must_exist() {
    let sandbox = Sandbox::bare();
    let run = sandbox.run(["zones", "--zones", "/nowhere/zones.toml"]);
    run.expect_code(2)
        .says("/nowhere/zones.toml (--zones) does not exist");
    let sandbox = sandbox.set("CODEX_LOGIN_ZONES", "~/none.toml");
    let words = format!(
        "{} (CODEX_LOGIN_ZONES)",
        sandbox.path("home/none.toml").display()
    );
    refusal(&sandbox).says(&words);
    let json = sandbox.json(["zones", "--json"]);
    assert_eq!(json["error"]["code"], "zones-missing");
}

#[test]
fn what_is_no_ordinary_file_is_refused_and_never_waited_for() {
    type Make = fn(&Path);
    let made: [(Make, &str); 4] = [
        (|path| fs::create_dir(path).unwrap(), "not a file"),
        (|path| mkfifo(path, Mode::S_IRUSR).unwrap(), "not a file"),
        (
            |path| fs::write(path, " ".repeat(3 * 1024 * 1024)).unwrap(),
            "larger than 2 MiB",
        ),
        (|path| fs::write(path, b"\xff\xfe").unwrap(), "not UTF-8"),
    ];
    for tail in [OWN, "cwd/config/system.json", "cwd/config/system.jsonc"] {
        for (make, words) in made {
            let sandbox = Sandbox::bare();
            let path = sandbox.path(tail);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            make(&path);
            if path.is_file() {
                fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
            }
            let name = path.file_name().unwrap().to_str().unwrap();
            refusal(&sandbox).says(&format!("{name}: {words}"));
        }
    }
}
