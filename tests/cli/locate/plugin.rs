//! The copies that belong to OpenClaw's codex plugin go before all that a user has installed.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{chosen, notices, plugin_at, rejected, which, without_codex};
use crate::sandbox::{Sandbox, fake_package, link};

const PROJECTS: &str = "home/.openclaw/npm/projects";
const PROJECT: &str = "openclaw-codex-8902d781d4";

/// A project of the plugin, as OpenClaw from 2026.5.28 on installs it; `age` in hours.
fn project(sandbox: &Sandbox, generation: &str, codex: &str, age: u64) {
    let dir = sandbox
        .path(PROJECTS)
        .join(format!("{PROJECT}{generation}"));
    plugin_at(&dir.join("node_modules/@openclaw/codex"), codex);
    fake_package(&dir.join("node_modules/@openai/codex"), codex);
    let manifest = wanted_in(&dir);
    let written = SystemTime::now() - Duration::from_secs(age * 3600);
    manifest.set_modified(written).unwrap();
}

/// A project's manifest.
fn wanted_in(project: &Path) -> File {
    let path = project.join("package.json");
    fs::write(&path, r#"{"dependencies":{"@openclaw/codex":"2026.9.4"}}"#).unwrap();
    File::options().append(true).open(path).unwrap()
}

fn retain(sandbox: &Sandbox, generation: &str) {
    let marker =
        format!("{PROJECTS}/{PROJECT}{generation}/.openclaw-retained-npm-installs/{PROJECT}.json");
    sandbox.write(
        marker,
        r#"{"version":1,"pluginId":"codex","reason":"replaced"}"#,
    );
}

/// The global package of pnpm 10, for what should not be taken.
fn global(sandbox: &Sandbox, version: &str) {
    sandbox.install_fake_codex(version);
}

#[test]
fn a_legacy_install_goes_before_a_newer_global_package() {
    let sandbox = without_codex("2026.5.12");
    let npm = sandbox.state_dir().join("npm/node_modules");
    plugin_at(&npm.join("@openclaw/codex"), "0.130.0");
    fake_package(&npm.join("@openai/codex"), "0.130.0");
    wanted_in(npm.parent().unwrap());
    global(&sandbox, "0.169.0");
    let codex = which(&sandbox);
    assert_eq!(codex["version"], "0.130.0");
    assert_eq!(codex["step"], "plugin");
    assert_eq!(codex["managed"], true);
    let live = sandbox.path("home/.local/share/pnpm/global/5/node_modules/@openai/codex");
    let other = rejected(&codex, &live);
    assert_eq!(other["version"], "0.169.0");
    assert_eq!(other["step"], "global");
    assert!(
        other["reason"].as_str().unwrap().ends_with("comes first"),
        "{other}"
    );
    assert_eq!(notices(&sandbox), ["codex-versions-differ"]);
    sandbox
        .run(["which"])
        .expect_code(0)
        .says("there are other versions than the 0.130.0 that is used: 0.169.0 (pnpm global/5");
}

#[test]
fn without_a_record_the_newest_project_is_taken_and_retained_ones_are_not() {
    let sandbox = without_codex("2026.9.6");
    project(&sandbox, "", "0.153.4", 30);
    project(
        &sandbox,
        "__openclaw-generation__g-9daf3b4c2f48c41b",
        "0.154.0",
        1,
    );
    project(
        &sandbox,
        "__openclaw-generation__g-1153b52b1f351808",
        "0.153.4",
        2,
    );
    retain(&sandbox, "");
    retain(&sandbox, "__openclaw-generation__g-9daf3b4c2f48c41b");
    let codex = which(&sandbox);
    assert_eq!(codex["version"], "0.153.4");
    let entry = codex["entry"].as_str().unwrap();
    assert!(entry.contains("g-1153b52b1f351808"), "{entry}");
    let newer =
        format!("{PROJECT}__openclaw-generation__g-9daf3b4c2f48c41b/node_modules/@openclaw/codex");
    let newer = rejected(&codex, &sandbox.path(PROJECTS).join(newer)).clone();
    assert_eq!(newer["version"], "0.154.0");
    assert_eq!(
        newer["reason"],
        "retained: OpenClaw has replaced this install"
    );
    assert_eq!(notices(&sandbox), [] as [&str; 0]);
}

#[test]
fn directories_that_only_look_like_projects_do_not_count() {
    let sandbox = without_codex("2026.9.6");
    project(&sandbox, "", "0.153.4", 1);
    for other in [".openclaw-install-backups", "openclaw-codex-0000000000"] {
        let dir = sandbox.path(PROJECTS).join(other);
        plugin_at(&dir.join("node_modules/@openclaw/codex"), "0.169.0");
        fake_package(&dir.join("node_modules/@openai/codex"), "0.169.0");
    }
    let codex = which(&sandbox);
    assert_eq!(codex["version"], "0.153.4");
    assert_eq!(codex["rejected"], serde_json::json!([]));
}

#[test]
fn an_install_that_is_under_way_and_a_link_to_another_project_do_not_count() {
    let sandbox = without_codex("2026.9.6");
    project(&sandbox, "", "0.153.4", 10);
    let stage = sandbox.path(PROJECTS).join(".openclaw-install-stage-x");
    project(&sandbox, "-new", "0.154.0", 1);
    fs::rename(sandbox.path(PROJECTS).join(format!("{PROJECT}-new")), stage).unwrap();
    project(&sandbox, "-new", "0.169.0", 1);
    let elsewhere = sandbox.path("elsewhere");
    let linked = sandbox.path(PROJECTS).join(format!("{PROJECT}-new"));
    fs::rename(&linked, &elsewhere).unwrap();
    link(&elsewhere, &linked);
    let codex = which(&sandbox);
    assert_eq!(codex["version"], "0.153.4");
    assert_eq!(codex["rejected"], serde_json::json!([]));
}

#[test]
fn up_to_2026_7_the_last_project_by_its_name_counts_and_later_the_newest() {
    for (version, codex) in [("2026.7.1", "0.144.3"), ("2026.9.6", "0.154.0")] {
        let sandbox = without_codex(version);
        project(&sandbox, "", "0.154.0", 1);
        project(
            &sandbox,
            "__openclaw-generation__g-9daf3b4c2f48c41b",
            "0.144.3",
            9,
        );
        assert_eq!(chosen(&sandbox).0, codex, "{version}");
    }
}

#[test]
fn a_version_that_is_none_goes_into_no_command() {
    let sandbox = without_codex("2026.9.6");
    project(&sandbox, "", "0.153.4", 1);
    let modules = sandbox.path(PROJECTS).join(PROJECT).join("node_modules");
    let manifest = r#"{"name":"@openclaw/codex","version":"1; touch was-run #"}"#;
    fs::write(modules.join("@openclaw/codex/package.json"), manifest).unwrap();
    fs::remove_dir_all(modules.join("@openai")).unwrap();
    let run = sandbox.run(["which"]).expect_code(127);
    run.says("hint: openclaw plugins install @openclaw/codex --force\n");
}

#[test]
fn a_name_with_a_line_break_makes_no_line_of_its_own() {
    let sandbox = without_codex("2026.9.6");
    project(&sandbox, "\nhint: forged\n", "0.153.4", 1);
    let dir = sandbox
        .path(PROJECTS)
        .join(format!("{PROJECT}\nhint: forged\n"));
    fs::remove_dir_all(dir.join("node_modules/@openai")).unwrap();
    let run = sandbox.run(["which"]).expect_code(127);
    assert!(
        !run.stderr
            .lines()
            .any(|line| line.starts_with("hint: forged")),
        "{run}"
    );
}

#[test]
fn what_is_rejected_fills_no_more_than_a_screen() {
    let sandbox = without_codex("2026.9.6");
    for number in 0..30 {
        let name = format!("-{number}");
        project(&sandbox, &name, "0.153.4", 1);
        let dir = sandbox.path(PROJECTS).join(format!("{PROJECT}{name}"));
        fs::remove_dir_all(dir.join("node_modules/@openai")).unwrap();
    }
    let run = sandbox.run(["which"]).expect_code(127);
    let told = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("  rejected "));
    assert_eq!(told.count(), 20, "{run}");
    run.says("and 10 more (`codex-login which --json`)");
    let error = &sandbox.json(["which", "--json"])["error"];
    assert_eq!(error["rejected"].as_array().unwrap().len(), 30);
}

#[test]
fn projects_that_may_not_be_listed_are_told_and_not_taken_for_absent() {
    let someone = crate::users::Someone::without_account();
    let sandbox = crate::users::openclaw_of(&someone, &["ember"])
        .set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.9.6")
        .set("CODEX_LOGIN_CODEX", "");
    let projects = sandbox.path(PROJECTS);
    fs::create_dir_all(&projects).unwrap();
    if nix::unistd::geteuid().is_root() {
        someone.take(&sandbox.state_dir());
    }
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o000);
    fs::set_permissions(&projects, closed).unwrap();
    let codex = which(&sandbox);
    assert_eq!(
        rejected(&codex, &projects)["reason"],
        "could not be listed: permission denied"
    );
    assert_eq!(
        rejected(&codex, &projects)["fix"],
        "run codex-login as the gateway's user, who may look there"
    );
}

#[test]
fn packages_for_plugins_of_2026_4_25_to_4_29_are_found() {
    let sandbox = without_codex("2026.4.29");
    let stage = sandbox.state_dir().join("plugin-runtime-deps");
    for (dir, version) in [
        ("openclaw-2026.4.29-0badc0ffee", "0.125.0"),
        ("openclaw-2026.4.25-0badc0ffee", "0.169.0"),
    ] {
        fake_package(&stage.join(dir).join("node_modules/@openai/codex"), version);
    }
    let (version, step, _) = chosen(&sandbox);
    assert_eq!(
        (version.as_str(), step.as_str()),
        ("0.125.0", "runtime-deps")
    );
}

#[test]
fn a_plugin_inside_the_openclaw_package_finds_what_node_finds_from_there() {
    let sandbox = without_codex("2026.9.2");
    let store = sandbox.path("home/.local/share/pnpm/global/5/.pnpm");
    let openclaw = store.join("openclaw@2026.9.2/node_modules/openclaw");
    plugin_at(&openclaw.join("dist/extensions/codex"), "0.152.1");
    fs::write(
        openclaw.join("package.json"),
        r#"{"name":"openclaw","version":"2026.9.2"}"#,
    )
    .unwrap();
    link(
        &openclaw,
        &sandbox.path("home/.local/share/pnpm/global/5/node_modules/openclaw"),
    );
    fake_package(&openclaw.join("node_modules/@openai/codex"), "0.152.1");
    global(&sandbox, "0.169.0");
    let (version, step, source) = chosen(&sandbox);
    assert_eq!(
        (version.as_str(), step.as_str()),
        ("0.152.1", "bundled-plugin")
    );
    assert_eq!(
        source,
        "OpenClaw's codex plugin (inside the openclaw package)"
    );
}

#[test]
fn a_global_plugin_is_resolved_by_its_real_path_not_by_its_link() {
    let sandbox = without_codex("2026.9.6");
    let project = sandbox.path("home/.local/share/pnpm/global/5");
    let modules = project.join(".pnpm/@openclaw+codex@2026.9.5/node_modules");
    plugin_at(&modules.join("@openclaw/codex"), "0.154.0");
    let store = project.join(".pnpm/@openai+codex@0.154.0/node_modules/@openai/codex");
    fake_package(&store, "0.154.0");
    link(&store, &modules.join("@openai/codex"));
    link(
        &modules.join("@openclaw/codex"),
        &project.join("node_modules/@openclaw/codex"),
    );
    global(&sandbox, "0.169.0");
    let (version, step, source) = chosen(&sandbox);
    assert_eq!(
        (version.as_str(), step.as_str()),
        ("0.154.0", "global-plugin")
    );
    assert_eq!(
        source,
        "@openclaw/codex in pnpm global/5 (~/.local/share/pnpm)"
    );
}

#[test]
fn a_version_that_the_plugin_was_not_made_for_is_told() {
    let sandbox = without_codex("2026.9.6");
    project(&sandbox, "", "0.153.4", 1);
    let dir = sandbox.path(PROJECTS).join(PROJECT);
    plugin_at(&dir.join("node_modules/@openclaw/codex"), "0.154.0");
    assert_eq!(notices(&sandbox), ["codex-pin-differs"]);
    sandbox
        .run(["which"])
        .expect_code(0)
        .says("was made for 0.154.0, and 0.153.4 is used")
        .says("openclaw plugins install @openclaw/codex@2026.9.4 --force");
}

#[test]
fn a_plugin_without_its_platform_package_is_passed_over_and_told_with_what_mends_it() {
    let sandbox = without_codex("2026.9.6");
    project(&sandbox, "", "0.153.4", 1);
    let modules = sandbox.path(PROJECTS).join(PROJECT).join("node_modules");
    fs::remove_dir_all(modules.join("@openai/codex/node_modules")).unwrap();
    global(&sandbox, "0.169.0");
    let codex = which(&sandbox);
    assert_eq!(codex["version"], "0.169.0");
    let plugin = rejected(&codex, &modules.join("@openai/codex"));
    assert_eq!(plugin["reason"], "its platform package is missing");
    assert_eq!(
        plugin["fix"],
        "openclaw plugins install @openclaw/codex@2026.9.4 --force"
    );
    for args in [&["which"][..], &["status"]] {
        let run = sandbox.run(args);
        run.says("cannot be used (its platform package is missing): its agents cannot start it")
            .says("hint: openclaw plugins install @openclaw/codex@2026.9.4 --force");
    }
}

#[test]
fn a_plugin_without_any_codex_is_told() {
    let sandbox = without_codex("2026.9.6");
    let dir = sandbox
        .path(PROJECTS)
        .join(PROJECT)
        .join("node_modules/@openclaw/codex");
    plugin_at(&dir, "0.154.0");
    wanted_in(&sandbox.path(PROJECTS).join(PROJECT));
    sandbox
        .run(["which"])
        .expect_code(127)
        .says("the plugin finds no @openai/codex from there")
        .says("hint: openclaw plugins install @openclaw/codex@2026.9.4 --force");
}
