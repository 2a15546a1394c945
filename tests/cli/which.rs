//! Which codex: live links of pnpm and npm, the override, and what is said where there is none.

use std::fs;
use std::path::PathBuf;

use crate::sandbox::{Sandbox, fake_package, link, platform};

/// An agent, and no codex yet.
fn without_codex() -> Sandbox {
    let sandbox = Sandbox::bare().set("CODEX_LOGIN_OPENCLAW_VERSION", "2026.5.12");
    sandbox.configure("{ agents: { list: [{ id: 'ember' }] } }");
    sandbox
}

/// A package in pnpm's store, and the live link of pnpm 10 to it.
fn pnpm_10(sandbox: &Sandbox, home: &str, version: &str) {
    let project = sandbox.path(home).join("global/5");
    let package = project.join(format!(
        ".pnpm/@openai+codex@{version}/node_modules/@openai/codex"
    ));
    fake_package(&package, version);
    link(&package, &project.join("node_modules/@openai/codex"));
}

/// The same as pnpm 11 and 12 have it: a group that is a link of 64 hex digits.
fn pnpm_12(sandbox: &Sandbox, home: &str, version: &str) {
    let home = sandbox.path(home);
    let package = home.join(format!(
        "store/v11/links/@openai/codex/{version}/f00d/node_modules/@openai/codex"
    ));
    fake_package(&package, version);
    let group = home.join("global/v11/1a2b-3c4d");
    link(&package, &group.join("node_modules/@openai/codex"));
    link(&group, &home.join("global/v11").join("ab".repeat(32)));
}

fn chosen(sandbox: &Sandbox) -> (String, String) {
    let codex = &sandbox.json(["which", "--json"])["codex"];
    let text = |field: &str| codex[field].as_str().unwrap().to_owned();
    (text("version"), text("source"))
}

#[test]
fn the_live_global_package_of_pnpm_10_is_found() {
    let sandbox = without_codex();
    pnpm_10(&sandbox, "home/.local/share/pnpm", "0.130.0");
    assert_eq!(
        chosen(&sandbox),
        (
            "0.130.0".into(),
            "pnpm global/5 (~/.local/share/pnpm)".into()
        )
    );
}

#[test]
fn the_live_group_of_pnpm_12_goes_before_the_project_of_pnpm_10() {
    let sandbox = without_codex();
    pnpm_10(&sandbox, "pnpm-home", "0.170.0");
    pnpm_12(&sandbox, "pnpm-home", "0.169.0");
    let pnpm_home = sandbox.path("pnpm-home");
    let sandbox = sandbox.set("PNPM_HOME", pnpm_home);
    assert_eq!(
        chosen(&sandbox),
        ("0.169.0".into(), "pnpm global/v11 (PNPM_HOME)".into())
    );
    let rejected = &sandbox.json(["which", "--json"])["codex"]["rejected"][0];
    assert_eq!(rejected["version"], "0.170.0");
    assert_eq!(
        rejected["reason"],
        "pnpm global/v11 (PNPM_HOME) comes first"
    );
}

#[test]
fn npms_global_package_is_found_beside_npm_and_in_the_configured_prefix() {
    let sandbox = without_codex();
    fake_package(&sandbox.path("lib/node_modules/@openai/codex"), "0.150.1");
    link(
        &PathBuf::from(env!("CARGO_BIN_EXE_fake-codex")),
        &sandbox.path("bin/npm"),
    );
    assert_eq!(
        chosen(&sandbox),
        ("0.150.1".into(), "npm global (beside `npm` on PATH)".into())
    );

    fake_package(
        &sandbox.path("home/npm/lib/node_modules/@openai/codex"),
        "0.156.1",
    );
    sandbox.write("home/.npmrc", "fund=false\nprefix = ~/npm\n");
    assert_eq!(
        chosen(&sandbox),
        ("0.156.1".into(), "npm global (prefix in ~/.npmrc)".into())
    );
}

#[test]
fn a_platform_package_in_its_place_is_told_by_its_manifest() {
    let sandbox = without_codex();
    let (suffix, os, cpu, _) = platform();
    sandbox.write(
        "home/.local/share/pnpm/global/5/node_modules/@openai/codex/package.json",
        &format!(r#"{{"name":"@openai/codex","version":"0.130.0-{suffix}","os":["{os}"],"cpu":["{cpu}"]}}"#),
    );
    sandbox
        .run(["which"])
        .expect_code(127)
        .says("a platform package");
}

#[test]
fn one_without_its_native_binary_is_taken_only_where_there_is_no_better() {
    let sandbox = without_codex();
    pnpm_12(&sandbox, "home/.local/share/pnpm", "0.169.0");
    let links = sandbox.path("home/.local/share/pnpm/store/v11/links/@openai/codex");
    fs::remove_dir_all(links.join("0.169.0/f00d/node_modules/@openai/codex/node_modules")).unwrap();
    sandbox
        .run(["which"])
        .expect_code(126)
        .says("its platform package is missing, and there is no node on PATH")
        .says("hint: pnpm add -g @openai/codex@0.169.0");

    link(
        &PathBuf::from(env!("CARGO_BIN_EXE_fake-codex")),
        &sandbox.path("bin/node"),
    );
    let codex = &sandbox.json(["which", "--json"])["codex"];
    assert_eq!(codex["launcher"], "node");

    pnpm_10(&sandbox, "home/.local/share/pnpm", "0.130.0");
    let codex = &sandbox.json(["which", "--json"])["codex"];
    assert_eq!(codex["version"], "0.130.0");
    assert_eq!(
        codex["rejected"][0]["reason"],
        "its platform package is missing"
    );
}

#[test]
fn a_codex_that_is_named_goes_before_all_others() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    let fake = env!("CARGO_BIN_EXE_fake-codex");
    let codex = &sandbox.json(["which", "--json", "--codex", fake])["codex"];
    assert_eq!(codex["native"], fake);
    assert_eq!(codex["source"], "--codex");
    sandbox
        .run(["which", "--codex", "/nowhere/codex"])
        .expect_code(127)
        .says("/nowhere/codex");
}

#[test]
fn a_codex_that_cannot_be_executed_is_126() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let plain = sandbox.write("codex", "no program\n");
    let path = plain.to_str().unwrap();
    for args in [
        &["status", "--codex", path][..],
        &["--agent", "ember", "--force", "--codex", path],
        &["exec", "--codex", path, "--", "x"],
    ] {
        sandbox.run(args).expect_code(126).says("could not run");
    }
}

#[test]
fn without_codex_status_judges_from_the_files() {
    let sandbox = without_codex();
    sandbox.log_in("ember");
    let run = sandbox
        .run(["status"])
        .expect_code(0)
        .says("judged from the files alone");
    assert!(run.stdout.starts_with("ember\tready\t"), "{run}");
    let agent = &sandbox.json(["status", "--json"])["agents"][0];
    assert_eq!(agent["codex_says"], serde_json::Value::Null);
    assert_eq!(agent["findings"][0]["code"], "codex-not-found");
}

#[test]
fn without_codex_login_says_where_it_looked_and_makes_nothing() {
    let sandbox = without_codex();
    let run = sandbox
        .run(["--agent", "ember"])
        .expect_code(127)
        .says("places that are not there (`codex-login which --json` lists them)");
    run.says("hint: pnpm add -g @openai/codex");
    assert!(!sandbox.home_of("ember").exists());
    let error = &sandbox.json(["--agent", "ember", "--json"])["error"];
    assert_eq!(error["code"], "codex-not-found");
    let searched = error["searched"].as_array().unwrap();
    assert!(searched.contains(&"/pnpm/global/5/node_modules".into()));
}

#[test]
fn a_named_file_is_looked_at_before_it_is_run() {
    let sandbox = Sandbox::with_agents(&["ember"]);
    sandbox.log_in("ember");
    let plain = sandbox.write("codex", "no program\n");
    let path = plain.to_str().unwrap();
    sandbox
        .run(["which", "--codex", path])
        .expect_code(126)
        .says("is not a program: damaged, or something else")
        .says("hint: give --codex a codex.js or a native binary");
    let run = sandbox.run(["status", "--codex", path]).expect_code(126);
    assert!(run.stdout.starts_with("ember\tready\t"), "{run}");

    let script = sandbox.write("script", "#!/nowhere/interpreter\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&script, mode).unwrap();
    let run = sandbox.run(["exec", "--codex", script.to_str().unwrap(), "--", "x"]);
    run.expect_code(126).says("its interpreter is missing");
}

#[test]
fn a_relative_directory_of_packages_is_not_searched() {
    let sandbox = without_codex().set("PNPM_HOME", "pnpm-home");
    pnpm_10(&sandbox, "cwd/pnpm-home", "0.999.0");
    sandbox.run(["which"]).expect_code(127);
}
