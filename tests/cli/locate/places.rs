//! Where each package manager keeps what it installs globally.

use std::fs;
use std::path::Path;

use super::{chosen, which, without_codex};
use crate::sandbox::{FAKE_CODEX, Sandbox, fake_package, link};

fn machine() -> Sandbox {
    without_codex("2026.5.12")
}

/// The same with a package in this `node_modules`.
fn with_package(modules: &str, version: &str) -> Sandbox {
    let sandbox = machine();
    fake_package(&sandbox.path(modules).join("@openai/codex"), version);
    sandbox
}

#[track_caller]
fn assert_found(sandbox: &Sandbox, version: &str, source: &str) {
    let found = chosen(sandbox);
    assert_eq!(found, (version.into(), "global".into(), source.into()));
}

#[test]
fn yarns_is_in_its_configuration_or_where_a_variable_puts_it() {
    let sandbox = with_package("home/.config/yarn/global/node_modules", "0.150.0");
    assert_found(&sandbox, "0.150.0", "yarn global (~/.config/yarn/global)");
    let sandbox = with_package("yarns/node_modules", "0.150.1");
    let dir = sandbox.path("yarns");
    let sandbox = sandbox.set("YARN_GLOBAL_FOLDER", dir);
    assert_found(&sandbox, "0.150.1", "yarn global (YARN_GLOBAL_FOLDER)");
}

#[test]
fn buns_is_in_its_home_or_where_a_variable_puts_it() {
    let sandbox = with_package("home/.bun/install/global/node_modules", "0.150.0");
    assert_found(&sandbox, "0.150.0", "bun global (~/.bun/install/global)");
    let sandbox = with_package("buns/install/global/node_modules", "0.150.1");
    let dir = sandbox.path("buns");
    let sandbox = sandbox.set("BUN_INSTALL", dir);
    assert_found(&sandbox, "0.150.1", "bun global (BUN_INSTALL)");
}

#[test]
fn voltas_is_a_project_for_the_package() {
    let sandbox = with_package(
        "home/.volta/tools/image/packages/@openai/codex/lib/node_modules",
        "0.150.0",
    );
    assert_found(&sandbox, "0.150.0", "Volta (~/.volta)");
}

#[test]
fn of_the_nodes_of_a_version_manager_the_newest_comes_first() {
    for (versions, tail, manager) in [
        ("home/.nvm/versions/node", "", "nvm"),
        ("home/.local/share/fnm/node-versions", "installation", "fnm"),
        ("home/.asdf/installs/nodejs", "", "asdf"),
        ("home/.local/share/mise/installs/node", "", "mise node"),
    ] {
        let sandbox = machine();
        for (node, version) in [
            ("v9.11.2", "0.1.0"),
            ("v22.3.0", "0.150.0"),
            ("v20.19.0", "0.169.0"),
        ] {
            let prefix = sandbox.path(versions).join(node).join(tail);
            fake_package(&prefix.join("lib/node_modules/@openai/codex"), version);
        }
        assert_found(&sandbox, "0.150.0", &format!("{manager} v22.3.0"));
        let rejected = which(&sandbox)["rejected"].clone();
        assert_eq!(rejected.as_array().unwrap().len(), 2, "{rejected:#}");
    }
}

#[test]
fn mises_own_packages_are_found_with_npms_layout_and_with_buns() {
    for tail in ["lib/node_modules", "node_modules"] {
        let modules = format!("home/.local/share/mise/installs/npm-openai-codex/0.150.0/{tail}");
        let sandbox = with_package(&modules, "0.150.0");
        assert_found(&sandbox, "0.150.0", "mise npm:@openai/codex 0.150.0");
    }
}

#[test]
fn homebrews_cask_is_a_binary_alone() {
    let sandbox = machine();
    let cask = sandbox.path("brew/Caskroom/codex/0.150.0/codex-x86_64-unknown-linux-musl");
    fs::create_dir_all(cask.parent().unwrap()).unwrap();
    fs::hard_link(FAKE_CODEX, &cask)
        .or_else(|_| fs::copy(FAKE_CODEX, &cask).map(drop))
        .unwrap();
    link(&cask, &sandbox.path("brew/bin/codex"));
    let prefix = sandbox.path("brew");
    let sandbox = sandbox.set("HOMEBREW_PREFIX", prefix);
    let codex = which(&sandbox);
    assert_eq!(codex["native"], cask.display().to_string());
    assert_eq!(codex["source"], "Homebrew");
    assert_eq!(codex["version"], serde_json::Value::Null);
}

#[test]
fn an_alias_of_a_global_project_is_followed() {
    let sandbox = with_package("aliased", "0.150.0");
    let project = "home/.local/share/pnpm/global/5";
    sandbox.write(
        format!("{project}/package.json"),
        r#"{"dependencies":{"mycodex":"npm:@openai/codex@0.150.0","other":"npm:@openai/codex-sdk@1.0.0"}}"#,
    );
    link(
        &sandbox.path("aliased/@openai/codex"),
        &sandbox.path(project).join("node_modules/mycodex"),
    );
    assert_found(&sandbox, "0.150.0", "pnpm global/5 (~/.local/share/pnpm)");
}

#[test]
fn settings_move_the_global_projects_of_pnpm() {
    for (file, text, source) in [
        (
            "home/.npmrc",
            "global-dir=${HOME}/moved\n",
            "global-dir in ~/.npmrc",
        ),
        (
            "home/.config/pnpm/rc",
            "global-dir=~/moved\n",
            "global-dir in",
        ),
        (
            "home/.config/pnpm/config.yaml",
            "lockfile: true\nglobalDir: ~/moved # there\n",
            "globalDir in",
        ),
    ] {
        let sandbox = with_package("home/moved/5/node_modules", "0.150.0");
        sandbox.write(file, text);
        let (version, _, found) = chosen(&sandbox);
        assert_eq!(version, "0.150.0", "{file}");
        assert!(found.contains(source), "{found}");
    }
    for name in ["npm_config_global_dir", "pnpm_config_global_dir"] {
        let sandbox = with_package("moved/5/node_modules", "0.150.0");
        let dir = sandbox.path("moved");
        let sandbox = sandbox.set(name, dir);
        assert_found(&sandbox, "0.150.0", &format!("pnpm global/5 ({name})"));
    }
}

#[test]
fn a_home_of_pnpm_that_nothing_names_is_told_by_path_or_by_where_openclaw_is() {
    let sandbox = with_package("pnpms/global/5/node_modules", "0.150.0");
    let path = sandbox.path("pnpms/bin");
    let sandbox = sandbox.set("PATH", path);
    assert_found(&sandbox, "0.150.0", "pnpm global/5 (a directory on PATH)");

    let sandbox = with_package("pnpms/global/5/node_modules", "0.150.0");
    let openclaw = "pnpms/store/v11/links/@/openclaw/2026.5.12/ab/node_modules/openclaw";
    sandbox.write(
        format!("{openclaw}/package.json"),
        r#"{"name":"openclaw","version":"2026.5.12"}"#,
    );
    let program = sandbox.write(format!("{openclaw}/openclaw.mjs"), "#!/usr/bin/env node\n");
    make_executable(&program);
    link(&program, &sandbox.path("bin/openclaw"));
    assert_found(&sandbox, "0.150.0", "pnpm global/5 (where openclaw is)");
}

fn make_executable(path: &Path) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(path, mode).unwrap();
}

#[test]
fn what_node_finds_from_openclaw_comes_after_what_is_global() {
    let sandbox = machine();
    let openclaw = sandbox.path("prefix/lib/node_modules/openclaw");
    fs::create_dir_all(&openclaw).unwrap();
    fs::write(
        openclaw.join("package.json"),
        r#"{"name":"openclaw","version":"2026.5.12"}"#,
    )
    .unwrap();
    fake_package(&openclaw.join("node_modules/@openai/codex"), "0.150.0");
    let prefix = sandbox.path("prefix");
    let sandbox = sandbox.set("npm_config_prefix", prefix);
    let (version, step, _) = chosen(&sandbox);
    assert_eq!((version.as_str(), step.as_str()), ("0.150.0", "openclaw"));
    sandbox.install_fake_codex("0.169.0");
    assert_eq!(chosen(&sandbox).1, "global");
}

#[test]
fn openclaw_is_resolved_by_its_real_path() {
    let sandbox = machine();
    let project = sandbox.path("home/.local/share/pnpm/global/5");
    let modules = project.join(".pnpm/openclaw@2026.5.12/node_modules");
    fs::create_dir_all(modules.join("openclaw")).unwrap();
    let manifest = r#"{"name":"openclaw","version":"2026.5.12"}"#;
    fs::write(modules.join("openclaw/package.json"), manifest).unwrap();
    fake_package(&modules.join("@openai/codex"), "0.150.0");
    link(
        &modules.join("openclaw"),
        &project.join("node_modules/openclaw"),
    );
    let (version, step, _) = chosen(&sandbox);
    assert_eq!((version.as_str(), step.as_str()), ("0.150.0", "openclaw"));
}

#[test]
fn a_group_of_pnpm_12_that_is_no_link_is_left_over() {
    let group = format!("home/.local/share/pnpm/global/v11/{}", "ab".repeat(32));
    let sandbox = with_package(&format!("{group}/node_modules"), "0.150.0");
    sandbox.run(["which"]).expect_code(127);
}

#[test]
fn the_nodes_launcher_is_one_that_a_version_manager_has_where_no_other_is() {
    let sandbox = machine();
    let package = sandbox.path("home/.local/share/pnpm/global/5/node_modules/@openai/codex");
    fake_package(&package, "0.150.0");
    fs::remove_dir_all(package.join("node_modules")).unwrap();
    let run = sandbox.run(["which"]).expect_code(126);
    run.says("in a version manager")
        .says("hint: pnpm add -g @openai/codex@0.150.0");
    let nvm = sandbox.path("home/.nvm/versions/node/v22.3.0/bin/node");
    link(Path::new(FAKE_CODEX), &nvm);
    let codex = which(&sandbox);
    assert_eq!(codex["launcher"], "node");
    assert_eq!(codex["node"], nvm.display().to_string());
    let beside = sandbox.path("home/.local/share/pnpm/bin/node");
    link(Path::new(FAKE_CODEX), &beside);
    assert_eq!(which(&sandbox)["node"], beside.display().to_string());
    sandbox
        .run(["which"])
        .expect_code(0)
        .says("its launcher may refuse to start")
        .says("pnpm add -g @openai/codex@0.150.0");
}
