//! As whom codex runs: root becomes the owner of the home.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::sandbox::{Run, Sandbox, not_tried, through, wait};
use crate::users::{Someone, can_be_others, give_to_root, logged_in, openclaw_of};

/// Every way in which codex is started in the home of `ember`, with each start that it makes.
fn run_every_command(sandbox: &Sandbox, command: impl Fn(&[&str]) -> Run) -> Vec<Value> {
    for args in [
        &["--agent", "ember", "--force"] as &[&str],
        &["--agent", "ember", "--force", "--in-place"],
        &["status"],
        &["exec", "--agent", "ember", "--", "features"],
        &["logout", "--agent", "ember"],
    ] {
        command(args).expect_code(0);
    }
    let starts = sandbox.starts();
    let kinds: BTreeSet<_> = starts
        .iter()
        .map(|start| {
            let words = start["args"].as_array().unwrap().iter().take(2);
            words.map(|word| word.as_str().unwrap()).collect::<Vec<_>>()
        })
        .collect();
    let all: [&[&str]; 4] = [
        &["features"],
        &["login", "--device-auth"],
        &["login", "status"],
        &["logout"],
    ];
    assert!(kinds.iter().map(Vec::as_slice).eq(all), "{kinds:?}");
    starts
}

fn ids(value: &Value) -> BTreeSet<u32> {
    let words = value.as_array().expect("a list").iter();
    words
        .map(|word| word.as_str().unwrap().parse().unwrap())
        .collect()
}

#[test]
fn root_is_the_owner_wholly_wherever_codex_is_started() {
    if !can_be_others() {
        return;
    }
    for someone in Someone::both() {
        let sandbox = openclaw_of(&someone, &["ember"]);
        // Root's own further groups, and a power that outlives the start of a program.
        let powers = [
            "/usr/bin/setpriv",
            "--groups",
            "4,24",
            "--inh-caps",
            "+dac_override",
            "--ambient-caps",
            "+dac_override",
            "--",
        ];
        let starts = run_every_command(&sandbox, |args| {
            let mut command = through(&powers, &sandbox.command(args));
            wait(command.spawn().unwrap())
        });
        for start in starts {
            let identity = &start["identity"];
            let four = |id: u32| json!([id, id, id, id].map(|id| id.to_string()));
            assert_eq!(identity["Uid"], four(someone.uid), "{start:#}");
            assert_eq!(identity["Gid"], four(someone.gid), "{start:#}");
            assert_eq!(ids(&identity["Groups"]), someone.groups, "{start:#}");
            for powers in ["CapPrm", "CapEff", "CapAmb"] {
                assert_eq!(identity[powers], json!(["0000000000000000"]), "{powers}");
            }
        }
        someone.assert_has(&sandbox.state_dir());
    }
}

#[test]
fn codex_has_the_environment_of_the_owner_and_nothing_of_roots_session() {
    if !can_be_others() {
        return;
    }
    for someone in Someone::both() {
        let sandbox = openclaw_of(&someone, &["ember"])
            .set("USER", "root")
            .set("LOGNAME", "root")
            .set("XDG_CONFIG_HOME", "/of-root/config")
            .set("XDG_CACHE_HOME", "/of-root/cache")
            .set("XDG_STATE_HOME", "/of-root/state")
            .set("XDG_RUNTIME_DIR", "/run/user/0")
            .set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/0/bus")
            .set("HTTPS_PROXY", "http://proxy.test:3128");
        for start in run_every_command(&sandbox, |args| sandbox.run(args)) {
            let env = &start["env"];
            assert_eq!(env["HOME"], json!(someone.home), "{start:#}");
            assert_eq!(env["USER"], json!(someone.name), "{start:#}");
            assert_eq!(env["LOGNAME"], json!(someone.name), "{start:#}");
            for (name, _) in env.as_object().unwrap() {
                let is_of_session = name.starts_with("XDG_") || name.starts_with("DBUS_");
                assert!(!is_of_session, "{name} in {start:#}");
            }
            assert_eq!(env["HTTPS_PROXY"], "http://proxy.test:3128", "{start:#}");
            // Root's, and closed to the owner.
            assert_eq!(env["TMPDIR"], Value::Null, "{start:#}");
        }
    }
}

#[test]
fn a_directory_for_passing_files_stays_where_the_owner_can_write_in_it() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::without_account();
    let sandbox = logged_in(&someone, &["ember"]);
    let shared = sandbox.path("tmp");
    fs::set_permissions(&shared, Permissions::from_mode(0o1777)).unwrap();
    sandbox.run(["status"]).expect_code(0);
    assert_eq!(sandbox.starts()[0]["env"]["TMPDIR"], json!(shared));
}

/// Adds daemon to another group, for all that is started in there, and for nobody else.
const IN_ANOTHER_GROUP: &str = r#"
{ cat /etc/group; echo test-of-codex-login:x:54321:daemon; } >"$HOME/group" || exit 98
mount --bind "$HOME/group" /etc/group || exit 99
exec "$@"
"#;

#[test]
fn codex_has_all_groups_of_the_owners_account() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::of_account("daemon");
    let sandbox = openclaw_of(&someone, &["ember"]).set("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let prefix = [
        "/usr/bin/unshare",
        "--mount",
        "/bin/sh",
        "-c",
        IN_ANOTHER_GROUP,
        "sh",
    ];
    let try_it = through(&prefix, &sandbox.command(["--version"]))
        .output()
        .unwrap();
    if !try_it.status.success() {
        not_tried("this machine lets us mount nothing");
        return;
    }
    let starts = run_every_command(&sandbox, |args| {
        let mut command = through(&prefix, &sandbox.command(args));
        wait(command.spawn().unwrap())
    });
    let mut groups = someone.groups;
    groups.insert(54321);
    for start in starts {
        assert_eq!(ids(&start["identity"]["Groups"]), groups, "{start:#}");
    }
}

#[test]
fn whoever_is_root_in_a_user_namespace_works_in_homes_of_his_own() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::without_account();
    let sandbox = openclaw_of(&someone, &["ember"]);
    let program = sandbox.path("bin/codex-login");
    let run = |args: &[&str]| {
        let command = sandbox.command_of(&program, args);
        let prefix = ["/usr/bin/unshare", "--user", "--map-root-user", "--"];
        let mut command = someone.run_as(&through(&prefix, &command));
        wait(command.spawn().unwrap())
    };
    if run(&["--version"]).status.code() != Some(0) {
        not_tried("this machine lets users have no namespace of their own");
        return;
    }
    run(&["--agent", "ember"]).expect_code(0);
    run(&["status"]).expect_code(0);
    for start in sandbox.starts() {
        assert_eq!(ids(&start["identity"]["Uid"]), BTreeSet::from([0]));
    }
    someone.assert_has(&sandbox.state_dir());
}

#[test]
fn homes_of_several_owners_are_each_seen_to_by_their_own() {
    if !can_be_others() {
        return;
    }
    let [one, other] = Someone::both();
    let sandbox = openclaw_of(&one, &["ember", "flint", "sun"]);
    let agents = |id: &str| sandbox.state_dir().join("agents").join(id);
    for (id, owner) in [("ember", &one), ("flint", &other)] {
        fs::create_dir_all(agents(id).join("agent")).unwrap();
        owner.take(&agents(id));
    }
    give_to_root(&sandbox.state_dir());
    give_to_root(&sandbox.state_dir().join("agents"));
    give_to_root(&sandbox.state_dir().join("openclaw.json"));
    sandbox
        .run(["--agent", "ember", "--agent", "flint"])
        .expect_code(0);
    sandbox.run(["--agent", "sun"]).expect_code(0);
    let report = sandbox.json(["status", "--json"]);
    assert_eq!(report["summary"], json!({ "ready": 3, "total": 3 }));
    one.assert_has(&agents("ember"));
    other.assert_has(&agents("flint"));
    for start in sandbox.starts() {
        let home = start["env"]["CODEX_HOME"].as_str().unwrap();
        let uid = match home {
            home if home.contains("/ember/") => one.uid,
            home if home.contains("/flint/") => other.uid,
            _ => 0,
        };
        assert_eq!(ids(&start["identity"]["Uid"]), BTreeSet::from([uid]));
    }
}
