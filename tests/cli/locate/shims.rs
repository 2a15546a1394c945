//! What `codex` on PATH leads to. Shims are read, never run.

use std::fs;
use std::path::Path;

use super::{chosen, rejected, which, without_codex};
use crate::sandbox::{FAKE_CODEX, Sandbox, fake_package, link};

/// A package where no package manager would keep it, and `bin/codex` with this text.
fn with_shim(text: &str) -> Sandbox {
    let sandbox = without_codex("2026.5.12");
    fake_package(&sandbox.path("kept/@openai/codex"), "0.150.0");
    let text = text.replace("$KEPT", &sandbox.path("kept").display().to_string());
    let shim = sandbox.write("bin/codex", &text);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(shim, mode).unwrap();
    sandbox
}

/// As pnpm 9 and 10 write them, short of the middle.
const PNPM_10: &str = r#"#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\,/,g')")

if [ -z "$NODE_PATH" ]; then
  export NODE_PATH="/somewhere/node_modules"
fi
if [ -x "$basedir/node" ]; then
  exec "$basedir/node"  "$basedir/../kept/@openai/codex/bin/codex.js" "$@"
else
  exec node  "$basedir/../kept/@openai/codex/bin/codex.js" "$@"
fi
"#;

#[test]
fn the_shims_of_pnpm_say_which_launcher_they_start() {
    for shim in [
        PNPM_10,
        "#!/bin/sh\nexec node \"$KEPT/@openai/codex/bin/codex.js\" \"$@\"\n",
        "#!/bin/sh\n# 5 kB of it\n# cmd-shim-target=$KEPT/@openai/codex/bin/codex.js\n",
    ] {
        let sandbox = with_shim(shim);
        let found = chosen(&sandbox);
        assert_eq!(
            found,
            ("0.150.0".into(), "path".into(), "codex on PATH".into()),
            "{shim}"
        );
    }
}

#[test]
fn a_link_as_npm_makes_it_leads_to_the_package() {
    let sandbox = without_codex("2026.5.12");
    let package = sandbox.path("kept/@openai/codex");
    fake_package(&package, "0.150.0");
    link(&package.join("bin/codex.js"), &sandbox.path("bin/codex"));
    assert_eq!(chosen(&sandbox).0, "0.150.0");
}

#[test]
fn a_binary_in_its_place_is_taken_as_it_is() {
    let sandbox = without_codex("2026.5.12");
    link(Path::new(FAKE_CODEX), &sandbox.path("other/codex"));
    link(&sandbox.path("other/codex"), &sandbox.path("bin/codex"));
    // The fake is called `fake-codex`: as the program of a version manager it does not count.
    let run = sandbox.run(["which"]).expect_code(127);
    run.says("which has its own ways to a codex");

    let sandbox = without_codex("2026.5.12");
    fs::copy(FAKE_CODEX, sandbox.path("bin/codex")).unwrap();
    let codex = which(&sandbox);
    assert_eq!(
        codex["native"],
        sandbox.path("bin/codex").display().to_string()
    );
    assert_eq!(codex["step"], "path");
}

#[test]
fn a_dead_shim_is_told_and_a_later_one_is_taken() {
    let sandbox =
        with_shim("#!/bin/sh\nexec node \"$basedir/global/5/.pnpm/gone/codex.js\" \"$@\"\n");
    sandbox
        .run(["which"])
        .expect_code(127)
        .says("a shim of a removed version: ")
        .says("bin/global/5/.pnpm/gone/codex.js is not there");
    let second = sandbox.path("bin2/codex");
    link(&sandbox.path("kept/@openai/codex/bin/codex.js"), &second);
    let path = std::env::join_paths([sandbox.path("bin"), sandbox.path("bin2")]).unwrap();
    let sandbox = sandbox.set("PATH", path);
    let codex = which(&sandbox);
    assert_eq!(codex["version"], "0.150.0");
    rejected(&codex, &sandbox.path("bin/codex"));
}

#[test]
fn a_script_that_says_nothing_is_not_run_to_find_out() {
    let sandbox = with_shim("#!/bin/sh\ntouch \"$HOME/was-run\"\nexec asdf exec codex \"$@\"\n");
    sandbox
        .run(["which"])
        .expect_code(127)
        .says("a script that does not say which codex it starts");
    assert!(!sandbox.path("home/was-run").exists());
}

#[test]
fn a_shim_for_a_relative_file_is_not_followed_from_where_we_are() {
    let sandbox = with_shim("#!/bin/sh\n# cmd-shim-target=x/bin/codex.js\n");
    fake_package(&sandbox.path("cwd/x"), "9.9.9");
    sandbox.run(["which"]).expect_code(127);
}

#[test]
fn a_dangling_command_is_told() {
    let sandbox = without_codex("2026.5.12");
    link(&sandbox.path("gone"), &sandbox.path("bin/codex"));
    sandbox
        .run(["which"])
        .expect_code(127)
        .says("bin/codex: a dangling link");
}
