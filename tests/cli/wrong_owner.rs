//! Homes in which codex cannot be run as their owner: refused before anything is made.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::fixture;
use crate::sandbox::{Run, Sandbox, package_without_binary, through, wait};
use crate::users::{self, Someone, can_be_others, close, give_to_root, logged_in, openclaw_of};

/// All below `dir`: what it is, whose, and when it was last changed.
fn listing(dir: &Path) -> BTreeMap<PathBuf, (u32, u32, u32, i64, i64)> {
    let mut all = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(path) = open.pop() {
        let meta = path.symlink_metadata().unwrap();
        if meta.is_dir() {
            let entries = fs::read_dir(&path).unwrap();
            open.extend(entries.map(|entry| entry.unwrap().path()));
        }
        let (seconds, rest) = (meta.mtime(), meta.mtime_nsec());
        all.insert(path, (meta.mode(), meta.uid(), meta.gid(), seconds, rest));
    }
    all
}

/// The commands that start codex in ember's home, and would change it.
const COMMANDS: [&[&str]; 4] = [
    &["--agent", "ember", "--force"],
    &["--agent", "ember", "--force", "--in-place"],
    &["logout", "--agent", "ember"],
    &["exec", "--agent", "ember", "--", "features"],
];

/// The one agent of `status --json`.
fn judged(run: &Run) -> Value {
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
    report["agents"][0].clone()
}

/// The finding of this code.
fn finding<'a>(agent: &'a Value, code: &str) -> &'a Value {
    let findings = agent["findings"].as_array().unwrap();
    findings
        .iter()
        .find(|finding| finding["code"] == code)
        .unwrap_or_else(|| panic!("no {code} in {agent:#}"))
}

/// Each command is refused with this status and these words; nothing starts, nothing changes.
fn refuses_all(sandbox: &Sandbox, code: i32, words: &[&str]) {
    let before = listing(&sandbox.path("home"));
    for args in COMMANDS {
        let run = sandbox.run(args).expect_code(code);
        words.iter().fold(run, |run, words| run.says(words));
    }
    assert_eq!(sandbox.starts(), [] as [Value; 0]);
    assert_eq!(listing(&sandbox.path("home")), before);
}

#[test]
fn a_user_who_is_neither_root_nor_the_owner_is_told_to_become_the_owner() {
    if !can_be_others() {
        return;
    }
    for (someone, sudo) in Someone::both().into_iter().zip(["'#12345'", "daemon"]) {
        let sandbox = logged_in(&someone, &["ember"]);
        users::open(&sandbox.home_of("ember"));
        let before = listing(&sandbox.path("home"));
        let program = sandbox.path("bin/codex-login");
        let run = |args: &[&str]| {
            let command = sandbox.command_of(&program, args);
            let mut command = Someone::of_account("nobody").run_as(&command);
            wait(command.spawn().unwrap())
        };
        for args in COMMANDS {
            run(args)
                .expect_code(2)
                .says(&format!(" belongs to {}, as whom alone", someone.words()))
                .says(&format!("\nhint: sudo -u {sudo} -H codex-login "))
                .says("--agent ember");
        }
        run(&["logout", "--agent", "ember"]).says(&format!(
            "hint: sudo -u {sudo} -H codex-login logout --agent ember\n"
        ));
        let agent = judged(&run(&["status", "--json"]).expect_code(1));
        assert_eq!(agent["codex_says"], Value::Null);
        let finding = finding(&agent, "wrong-user");
        assert_eq!(finding["severity"], "warning");
        let fix = format!("sudo -u {sudo} -H codex-login status --agent ember");
        assert_eq!(finding["fix"], fix);
        assert_eq!(sandbox.starts(), [] as [Value; 0]);
        assert_eq!(listing(&sandbox.path("home")), before);
    }
}

#[test]
fn what_anybody_may_read_is_judged_without_codex_for_another_user() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::without_account();
    let sandbox = logged_in(&someone, &["ember"]);
    users::open(&sandbox.home_of("ember"));
    users::open(&sandbox.auth_json("ember"));
    let program = sandbox.path("bin/codex-login");
    let command = sandbox.command_of(&program, ["status"]);
    let mut command = Someone::of_account("nobody").run_as(&command);
    let run = wait(command.spawn().unwrap()).expect_code(0);
    assert!(run.stdout.starts_with("ember\tready\t"), "{run}");
    let run = run.says("note: ember: codex was not asked: ");
    assert!(
        run.stderr
            .contains("hint: sudo -u '#12345' -H codex-login status")
    );
    assert_eq!(sandbox.starts(), [] as [Value; 0]);
}

#[test]
fn a_codex_that_the_owner_cannot_reach_is_refused_before_anything_is_made() {
    if !can_be_others() {
        return;
    }
    for someone in Someone::both() {
        let sandbox = logged_in(&someone, &["ember", "flint"]);
        let closed = sandbox.path("closed");
        users::place(&sandbox.path("bin/codex"), &closed.join("bin/codex"));
        close(&closed);
        let sandbox = sandbox.set("CODEX_LOGIN_CODEX", closed.join("bin/codex"));
        let name = someone.words();
        let words = format!(
            "{name}, the owner of the home, has no way past {}\n",
            closed.display()
        );
        let hint = format!("hint: install codex where {name} can reach it");
        refuses_all(&sandbox, 126, &[&words, &hint, "--codex PATH"]);
        sandbox
            .run(["--agent", "flint"])
            .expect_code(126)
            .says(&words);
        assert!(!sandbox.home_of("flint").parent().unwrap().exists());

        let run = sandbox.run(["status", "--agent", "ember"]).expect_code(126);
        assert!(run.stdout.starts_with("ember\tready\t"), "{run}");
        run.says("judged from the files alone: ").says(&hint);
        assert_eq!(sandbox.starts(), [] as [Value; 0]);
    }
}

#[test]
fn a_link_to_a_codex_is_followed_to_find_out_who_can_reach_it() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::without_account();
    let sandbox = logged_in(&someone, &["ember"]);
    let closed = sandbox.path("closed");
    users::place(&sandbox.path("bin/codex"), &closed.join("codex"));
    close(&closed);
    let link = sandbox.path("bin/link");
    symlink(closed.join("codex"), &link).unwrap();
    let sandbox = sandbox.set("CODEX_LOGIN_CODEX", link);
    let words = format!(" has no way past {}\n", closed.display());
    refuses_all(&sandbox, 126, &[&words]);
}

#[test]
fn a_node_that_the_owner_cannot_reach_is_refused_too() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::without_account();
    let sandbox = logged_in(&someone, &["ember"]);
    let package = sandbox.path("package");
    package_without_binary(&package, "0.130.0");
    let closed = sandbox.path("closed");
    users::place(&sandbox.path("bin/codex"), &closed.join("node"));
    close(&closed);
    let sandbox = sandbox
        .set("CODEX_LOGIN_CODEX", package)
        .set("PATH", &closed);
    let words = format!(" has no way past {}\n", closed.display());
    refuses_all(&sandbox, 126, &[&words]);
}

#[test]
fn a_launcher_that_the_owner_cannot_read_is_refused_too() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::without_account();
    let sandbox = logged_in(&someone, &["ember"]);
    let package = sandbox.path("closed/package");
    package_without_binary(&package, "0.130.0");
    users::place(&sandbox.path("bin/codex"), &sandbox.path("bin/node"));
    close(&sandbox.path("closed"));
    let sandbox = sandbox.set("CODEX_LOGIN_CODEX", package);
    let words = format!(" has no way past {}\n", sandbox.path("closed").display());
    refuses_all(&sandbox, 126, &[&words]);
}

#[test]
fn a_root_that_cannot_be_the_owner_or_would_stay_root_is_refused() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::of_account("daemon");
    for kind in [
        &["--bounding-set", "-setuid"] as &[&str],
        &["--bounding-set", "-setgid"],
        &["--securebits", "+no_setuid_fixup"],
    ] {
        let sandbox = logged_in(&someone, &["ember"]);
        let before = listing(&sandbox.path("home"));
        let prefix = [&["/usr/bin/setpriv"], kind, &["--"]].concat();
        let run = |args: &[&str]| {
            let mut command = through(&prefix, &sandbox.command(args));
            wait(command.spawn().unwrap())
        };
        for args in COMMANDS {
            run(args)
                .expect_code(2)
                .says("could not go on as daemon, the owner of the home: ")
                .says("\nhint: run codex-login as daemon\n");
        }
        let agent = judged(&run(&["status", "--json"]).expect_code(0));
        assert_eq!(agent["codex_says"], Value::Null, "{agent:#}");
        finding(&agent, "wrong-user");
        let offline = judged(&run(&["status", "--offline", "--json"]).expect_code(0));
        assert_eq!(offline["findings"], serde_json::json!([]), "{offline:#}");
        assert_eq!(sandbox.starts(), [] as [Value; 0]);
        assert_eq!(listing(&sandbox.path("home")), before);
    }
}

#[test]
fn a_home_that_its_owner_cannot_come_to_is_refused() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::without_account();
    let sandbox = logged_in(&someone, &["ember"]);
    let above = sandbox.path("home");
    close(&above);
    let words = format!(
        "user 12345, the owner of {}",
        sandbox.home_of("ember").display()
    );
    let barred = format!("cannot enter {}\n", above.display());
    refuses_all(
        &sandbox,
        2,
        &[&words, &barred, "hint: let user 12345 enter "],
    );
}

#[test]
fn a_home_that_root_made_for_the_gateways_user_is_given_back_first() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::of_account("daemon");
    let sandbox = logged_in(&someone, &["ember"]);
    let home = sandbox.home_of("ember");
    give_to_root(&home);
    give_to_root(&sandbox.auth_json("ember"));
    let give_back = format!(
        "chown -R {}:{} {}",
        someone.uid,
        someone.gid,
        home.display()
    );
    refuses_all(
        &sandbox,
        2,
        &[
            &format!("{} belongs to root, and ", home.display()),
            ", which leads there, to daemon\n",
            &format!("hint: {give_back} "),
        ],
    );
    let agent = judged(&sandbox.run(["status", "--json"]));
    let finding = finding(&agent, "mixed-owners");
    assert_eq!(finding["severity"], "error");
    assert!(finding["fix"].as_str().unwrap().starts_with(&give_back));
    assert_eq!(sandbox.starts(), [] as [Value; 0]);

    someone.take(&home);
    sandbox.run(["--agent", "ember", "--force"]).expect_code(0);
    someone.assert_has(&sandbox.state_dir());
}

#[test]
fn a_link_of_the_owners_leads_root_nowhere_else() {
    if !can_be_others() {
        return;
    }
    let [one, other] = Someone::both();
    for victim in [None, Some(&other)] {
        let sandbox = openclaw_of(&one, &["ember"]);
        let elsewhere = sandbox.path("home/elsewhere");
        sandbox.write("home/elsewhere/auth.json", "{}");
        if let Some(victim) = victim {
            victim.take(&elsewhere);
        }
        let home = sandbox.home_of("ember");
        fs::create_dir_all(home.parent().unwrap()).unwrap();
        symlink(&elsewhere, &home).unwrap();
        one.take(&sandbox.state_dir());
        refuses_all(
            &sandbox,
            2,
            &[", which leads there, to user 12345\n", "hint: "],
        );
    }
}

#[test]
fn a_link_of_somebody_elses_in_a_directory_of_roots_leads_root_nowhere_either() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::without_account();
    let sandbox = openclaw_of(&someone, &["ember"]);
    let (link, home) = (
        sandbox.state_dir().join("agents/ember"),
        "home/elsewhere/agent/codex-home",
    );
    sandbox.write(format!("{home}/auth.json"), "{}");
    fs::create_dir(link.parent().unwrap()).unwrap();
    symlink(sandbox.path("home/elsewhere"), &link).unwrap();
    give_to_root(&sandbox.state_dir());
    someone.take(&link);
    refuses_all(
        &sandbox,
        2,
        &[&format!(
            "{}, which leads there, to user 12345\n",
            link.display()
        )],
    );
}

#[test]
fn links_of_the_owners_to_what_is_the_owners_too_are_followed() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::of_account("daemon");
    let sandbox = openclaw_of(&someone, &["ember"]);
    let agent = sandbox.home_of("ember").parent().unwrap().to_owned();
    let disk = sandbox.path("home/disk/of/agents");
    fs::create_dir_all(&disk).unwrap();
    fs::create_dir_all(agent.parent().unwrap()).unwrap();
    symlink("../../../disk/of/other/../agents", &agent).unwrap();
    fs::create_dir(sandbox.path("home/disk/of/other")).unwrap();
    someone.take(&sandbox.state_dir());
    someone.take(&disk);
    sandbox.run(["--agent", "ember"]).expect_code(0);
    assert!(disk.join("codex-home/auth.json").exists());
    someone.assert_has(&disk);
    let starts = sandbox.starts();
    let uid = someone.uid.to_string();
    let is_owners = |start: &Value| start["identity"]["Uid"][0] == uid;
    assert!(
        !starts.is_empty() && starts.iter().all(is_owners),
        "{starts:#?}"
    );
}

#[test]
fn a_link_that_codex_puts_in_place_of_its_home_leads_to_nothing_of_roots() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::without_account();
    let sandbox = logged_in(&someone, &["ember"]);
    let login = fixture::chatgpt("root@example.test", fixture::FAR_AHEAD);
    sandbox.write("roots/auth.json", &login.to_string());
    let before = listing(&sandbox.path("roots"));
    let wish = format!("swap:{}", sandbox.path("roots").display());
    let sandbox = sandbox.set("FAKE_CODEX", wish);
    sandbox.run(["--agent", "ember", "--force"]).expect_code(1);
    assert_eq!(listing(&sandbox.path("roots")), before);
    someone.assert_has(&sandbox.state_dir());
}

#[test]
fn what_root_left_in_a_home_is_named_with_the_command_that_mends_it() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::of_account("daemon");
    let sandbox = logged_in(&someone, &["ember"]);
    let home = sandbox.home_of("ember");
    let state_dir = "home/.openclaw/agents/ember/agent/codex-home";
    for name in ["log", ".codex-login.lock"] {
        close(&sandbox.write(format!("{state_dir}/{name}"), ""));
    }
    let agent = judged(&sandbox.run(["status", "--json"]).expect_code(0));
    let finding = finding(&agent, "wrong-owner");
    assert_eq!(
        finding["message"],
        ".codex-login.lock and 1 more in the home belong to another user than the home: the agent's codex may fail there"
    );
    let mend = format!(
        "chown -R {}:{} {}",
        someone.uid,
        someone.gid,
        home.display()
    );
    assert_eq!(finding["fix"], mend);
    sandbox
        .run(["--agent", "ember", "--force"])
        .expect_code(1)
        .says("could not lock ")
        .says("hint: give the home's owner what others left there: .codex-login.lock, log; ");
    someone.take(&home);
    sandbox.run(["--agent", "ember", "--force"]).expect_code(0);
}

#[test]
fn a_login_that_root_left_is_replaced_by_one_of_the_owners() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::without_account();
    let sandbox = logged_in(&someone, &["ember"]);
    give_to_root(&sandbox.auth_json("ember"));
    let agent = judged(&sandbox.run(["status", "--json"]).expect_code(1));
    assert_eq!(agent["state"], "unknown", "{agent:#}");
    let fix = finding(&agent, "wrong-owner")["fix"].as_str().unwrap();
    assert!(fix.starts_with("chown 12345:12345 "), "{fix}");
    assert_eq!(finding(&agent, "unreadable")["fix"], Value::Null);
    let offline = judged(
        &sandbox
            .run(["status", "--offline", "--json"])
            .expect_code(1),
    );
    assert_eq!(offline["state"], "unknown", "read as root: {offline:#}");
    sandbox.run(["--agent", "ember"]).expect_code(0);
    someone.assert_has(&sandbox.state_dir());
}

#[test]
fn env_says_that_a_shell_of_roots_is_not_the_owners() {
    if !can_be_others() {
        return;
    }
    let someone = Someone::of_account("daemon");
    let sandbox = logged_in(&someone, &["ember"]);
    sandbox
        .run(["env", "--agent", "ember"])
        .expect_code(0)
        .says("note: codex, started here, would not be daemon, who owns the home\nhint: codex-login exec --agent ember");
}

#[test]
fn root_does_not_work_as_itself_where_somebody_elses_configuration_sends_it() {
    if !can_be_others() {
        return;
    }
    let [someone, _] = Someone::both();
    let sandbox = openclaw_of(&someone, &["ember"]);
    let dir = sandbox.path("of-root");
    fs::create_dir(&dir).unwrap();
    sandbox.configure(&format!(
        "{{ agents: {{ list: [{{ id: 'ember', agentDir: '{}/agent' }}] }} }}",
        dir.display()
    ));
    someone.take(&sandbox.state_dir());
    let words = ["the configuration or the state directory that leads there"];
    refuses_all_but_exec(&sandbox, &words);
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
}

#[test]
fn root_does_not_work_where_others_can_put_things() {
    if !can_be_others() {
        return;
    }
    let [someone, _] = Someone::both();
    let sandbox = openclaw_of(&someone, &["ember"]);
    let dir = sandbox.path("shared");
    fs::create_dir(&dir).unwrap();
    fs::set_permissions(&dir, Permissions::from_mode(0o777)).unwrap();
    sandbox.configure(&format!(
        "{{ agents: {{ list: [{{ id: 'ember', agentDir: '{}/agent' }}] }} }}",
        dir.display()
    ));
    give_to_root(&sandbox.state_dir());
    give_to_root(&sandbox.state_dir().join("openclaw.json"));
    refuses_all_but_exec(&sandbox, &["others than root can put things into"]);
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
}

/// The commands that need no home yet are refused with these words, and nothing starts.
fn refuses_all_but_exec(sandbox: &Sandbox, words: &[&str]) {
    for args in &COMMANDS[..2] {
        let run = sandbox.run(*args).expect_code(2);
        words.iter().fold(run, |run, words| run.says(words));
    }
    assert_eq!(sandbox.starts(), [] as [Value; 0]);
}
