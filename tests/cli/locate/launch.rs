//! How the codex that was found is started: as its own launcher would start it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use super::without_codex;
use crate::sandbox::{FAKE_CODEX, Sandbox, link, package_without_binary};

/// pnpm's global package of this version, with the helpers that came with it; and the environment
/// in which it is started.
fn started(version: &str, helpers: &str, set: &[(&str, &str)]) -> (Sandbox, Value) {
    let mut sandbox = without_codex("2026.5.12").log_starts();
    for (name, value) in set {
        sandbox = sandbox.set(name, *value);
    }
    sandbox.log_in("ember");
    let project = sandbox.path("home/.local/share/pnpm/global/5");
    let package = project.join(format!(
        ".pnpm/@openai+codex@{version}/node_modules/@openai/codex"
    ));
    let binary = package_without_binary(&package, version);
    link(Path::new(FAKE_CODEX), &binary);
    fs::create_dir_all(binary.parent().unwrap().with_file_name(helpers)).unwrap();
    link(&package, &project.join("node_modules/@openai/codex"));
    sandbox.write(
        "home/.local/share/pnpm/global/5/node_modules/.modules.yaml",
        "{}\n",
    );
    sandbox
        .run(["exec", "--agent", "ember", "--", "features"])
        .expect_code(0);
    let env = sandbox.starts()[0]["env"].clone();
    (sandbox, env)
}

fn markers(env: &Value) -> Vec<&str> {
    let names = env.as_object().unwrap().keys().map(String::as_str);
    names
        .filter(|name| name.starts_with("CODEX_MANAGED_"))
        .collect()
}

#[test]
fn up_to_0_137_the_helpers_are_put_first_on_path() {
    for (version, helpers) in [("0.130.0", "path"), ("0.137.0", "codex-path")] {
        let (sandbox, env) = started(version, helpers, &[]);
        let path = env["PATH"].as_str().unwrap();
        let (first, rest) = path.split_once(':').unwrap();
        assert!(first.ends_with(&format!("/{helpers}")), "{path}");
        assert!(Path::new(first).is_dir(), "{path}");
        assert_eq!(Path::new(rest), sandbox.path("bin"));
    }
    let (sandbox, env) = started("0.138.0", "codex-path", &[]);
    assert_eq!(env["PATH"], sandbox.path("bin").display().to_string());
}

#[test]
fn codex_is_told_who_has_installed_it_and_where() {
    let (_, env) = started("0.130.0", "path", &[]);
    assert_eq!(markers(&env), ["CODEX_MANAGED_BY_NPM"]);
    let (_, env) = started("0.131.0", "path", &[]);
    assert_eq!(
        markers(&env),
        ["CODEX_MANAGED_BY_NPM", "CODEX_MANAGED_PACKAGE_ROOT"]
    );
    let root = env["CODEX_MANAGED_PACKAGE_ROOT"].as_str().unwrap();
    assert!(
        root.ends_with(".pnpm/@openai+codex@0.131.0/node_modules/@openai/codex"),
        "{root}"
    );
    let (_, env) = started("0.144.0", "codex-path", &[]);
    assert_eq!(
        markers(&env),
        ["CODEX_MANAGED_BY_PNPM", "CODEX_MANAGED_PACKAGE_ROOT"]
    );
    let (_, env) = started(
        "0.131.0",
        "path",
        &[("npm_config_user_agent", "bun/1.4.5 npm/?")],
    );
    assert_eq!(
        markers(&env),
        ["CODEX_MANAGED_BY_BUN", "CODEX_MANAGED_PACKAGE_ROOT"]
    );
}

#[test]
fn what_another_codex_was_told_is_not_passed_on() {
    let inherited = [
        ("CODEX_MANAGED_BY_VITE_PLUS", "1"),
        ("CODEX_MANAGED_PACKAGE_ROOT", "/elsewhere"),
    ];
    let (_, env) = started("0.130.0", "path", &inherited);
    assert_eq!(markers(&env), ["CODEX_MANAGED_BY_NPM"]);
}

#[test]
fn a_package_that_says_where_its_binary_is_is_believed() {
    let sandbox = without_codex("2026.5.12");
    let package = sandbox.path("home/.local/share/pnpm/global/5/node_modules/@openai/codex");
    let usual = package_without_binary(&package, "0.999.0");
    let vendor = usual.parent().unwrap().parent().unwrap();
    fs::write(
        vendor.join("codex-package.json"),
        r#"{"layoutVersion":1,"version":"0.999.0","entrypoint":"programs/codex"}"#,
    )
    .unwrap();
    link(Path::new(FAKE_CODEX), &vendor.join("programs/codex"));
    assert_eq!(super::which(&sandbox)["native"], FAKE_CODEX);
}

#[test]
fn the_first_versions_had_their_binary_in_the_main_package() {
    let sandbox = without_codex("2026.5.12");
    let package = sandbox.path("home/.local/share/pnpm/global/5/node_modules/@openai/codex");
    package_without_binary(&package, "0.20.0");
    fs::remove_dir_all(package.join("node_modules")).unwrap();
    let (_, _, _, triple) = crate::sandbox::platform();
    link(
        Path::new(FAKE_CODEX),
        &package.join(format!("bin/codex-{triple}")),
    );
    assert_eq!(super::which(&sandbox)["native"], FAKE_CODEX);
}

#[test]
fn a_binary_of_a_platform_package_has_its_version() {
    let sandbox = without_codex("2026.5.12");
    let package = sandbox.path("kept/@openai/codex");
    let binary = package_without_binary(&package, "0.130.0");
    fs::copy(FAKE_CODEX, &binary).unwrap();
    let sandbox = sandbox.set("CODEX_LOGIN_CODEX", &binary);
    assert_eq!(super::which(&sandbox)["version"], "0.130.0");
}

#[test]
fn a_binary_that_nobody_may_execute_is_126_with_what_mends_it() {
    let sandbox = without_codex("2026.5.12");
    let package = sandbox.path("home/.local/share/pnpm/global/5/node_modules/@openai/codex");
    let binary = package_without_binary(&package, "0.130.0");
    fs::write(&binary, "#!/bin/sh\n").unwrap();
    let run = sandbox.run(["which"]).expect_code(126);
    run.says("codex was found, and cannot be executed")
        .says("is not an executable file")
        .says("hint: chmod +x ");
    let document = sandbox.json(["which", "--json"]);
    assert_eq!(document["error"]["code"], "codex-cannot-run");
    assert_eq!(document["error"]["rejected"][0]["step"], "global");
    assert_eq!(document["codex"], Value::Null);
    assert_eq!(document["agents"][0]["id"], "ember");
}

#[test]
fn a_damaged_binary_is_never_taken_for_a_script() {
    let sandbox = without_codex("2026.5.12");
    sandbox.log_in("ember");
    let package = sandbox.path("home/.local/share/pnpm/global/5/node_modules/@openai/codex");
    let binary = package_without_binary(&package, "0.130.0");
    fs::write(&binary, "touch \"$HOME/was-run\"\n").unwrap();
    fs::set_permissions(&binary, Permissions::from_mode(0o755)).unwrap();
    for args in [&["which"][..], &["exec", "--agent", "ember", "--", "x"]] {
        let run = sandbox.run(args).expect_code(126);
        run.says("is not a program: damaged, or something else")
            .says("hint: pnpm add -g @openai/codex");
    }
    assert!(!sandbox.path("home/was-run").exists());
}

#[test]
fn a_launcher_that_needs_a_platform_package_is_not_started_without_it() {
    let sandbox = without_codex("2026.5.12");
    let package = sandbox.path("home/.local/share/pnpm/global/5/node_modules/@openai/codex");
    package_without_binary(&package, "0.130.0");
    fs::remove_dir_all(package.join("node_modules")).unwrap();
    let (suffix, ..) = crate::sandbox::platform();
    let manifest = format!(
        r#"{{"name":"@openai/codex","version":"0.130.0","bin":{{"codex":"bin/codex.js"}},"optionalDependencies":{{"@openai/codex-{suffix}":"npm:@openai/codex@0.130.0-{suffix}"}}}}"#
    );
    fs::write(package.join("package.json"), manifest).unwrap();
    link(Path::new(FAKE_CODEX), &sandbox.path("bin/node"));
    sandbox
        .run(["which"])
        .expect_code(126)
        .says("its platform package is missing")
        .says("hint: pnpm add -g @openai/codex@0.130.0");
}
