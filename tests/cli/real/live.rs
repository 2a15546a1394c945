//! `status --live`: the real codex asks whether a login is accepted, and the login stays what it is.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use nix::sys::signal::{Signal, kill};

use crate::fixture::CANARY;
use crate::real::Codex;
use crate::real::gateway::{Gateway, assert_no_secret, issuer, until_asked_for};
use crate::real::login::approved;
use crate::real::ownership::owners;
use crate::real::processes::codex_probes_in;
use crate::real::running::{Running, where_modes_count};
use crate::sandbox::{FAKE_CODEX, Run};
use crate::support::issuer::{Issuer, Reply, Script};

with_each_codex! {
    a_login_that_is_accepted_is_ready
    nothing_is_unpacked_or_kept_in_the_home
    a_login_that_is_refused_is_expired_and_nothing_is_refreshed
    an_answer_that_says_nothing_leaves_it_open
    a_server_that_hangs_leaves_it_open
    a_signal_while_openai_is_asked_ends_it_and_leaves_nothing_behind
    a_launcher_takes_its_codex_with_it
    a_login_goes_on_beside_a_probe_and_leaves_it_alone
    a_login_clears_up_after_a_probe_that_was_killed
    asked_by_root_all_stays_the_owners
}

/// Somebody who answers so to whoever asks about a login.
fn answering(usage: Reply) -> Issuer {
    issuer(Script {
        usage,
        ..approved()
    })
}

/// A gateway whose agent asks this issuer in OpenAI's place.
fn gateway_at(codex: Codex, issuer: &Issuer) -> Gateway {
    at(Gateway::logged_in(codex), issuer)
}

fn at(gateway: Gateway, issuer: &Issuer) -> Gateway {
    let url = issuer.url();
    let text = format!("chatgpt_base_url = \"{url}/backend-api/\"\n");
    fs::write(gateway.home().join("config.toml"), text).unwrap();
    gateway
}

fn status_live(gateway: &Gateway) -> Running {
    Running::start(gateway.sandbox.command(["status", "--live", "-vv"]))
}

/// Asserts that nothing was told, refreshed, revoked or left.
#[track_caller]
fn assert_discreet(gateway: &Gateway, issuer: &Issuer, run: &Run) {
    assert_no_secret(run);
    gateway.sandbox.assert_nothing_staged("ember");
    assert_eq!(codex_probes_in(&gateway.home()), [], "still running");
    let asked = issuer.requests();
    assert!(
        asked.iter().all(|seen| !seen.path.contains("/oauth/")),
        "{asked:?} after\n{run}"
    );
}

/// Asks about ember's login, and asserts that it stays as it is.
fn asked(codex: Codex, usage: Reply, code: i32) -> Run {
    let issuer = answering(usage);
    let gateway = gateway_at(codex, &issuer);
    let before = gateway.login();
    let run = status_live(&gateway).end().expect_code(code);
    assert!(gateway.login() == before, "another login after\n{run}");
    assert_discreet(&gateway, &issuer, &run);
    run
}

fn a_login_that_is_accepted_is_ready(codex: Codex) {
    let run = asked(codex, Reply::Usual, 0);
    assert!(run.stdout.starts_with("ember\tready\t"), "{run}");
    assert!(run.stdout.ends_with("\taccepted\n"), "{run}");
}

fn nothing_is_unpacked_or_kept_in_the_home(codex: Codex) {
    let issuer = answering(Reply::Usual);
    let gateway = gateway_at(codex, &issuer);
    for name in ["skills", "plugins"] {
        fs::create_dir(gateway.home().join(name)).unwrap();
    }
    // Which leaves what codex leaves wherever it runs.
    gateway.sandbox.run(["status"]).expect_code(0);
    let names = gateway.sandbox.names_in_home("ember");
    status_live(&gateway).end().expect_code(0);
    assert_eq!(gateway.sandbox.names_in_home("ember"), names);
    for name in ["skills", "plugins"] {
        let kept = fs::read_dir(gateway.home().join(name)).unwrap();
        assert_eq!(kept.count(), 0, "in {name}");
    }
}

fn a_login_that_is_refused_is_expired_and_nothing_is_refreshed(codex: Codex) {
    let body = format!(r#"{{"detail":"token_expired {CANARY}"}}"#);
    let run = asked(codex, Reply::StatusBody(401, body), 1);
    assert!(run.stdout.starts_with("ember\texpired\t"), "{run}");
    assert!(run.stdout.ends_with("\trefused\n"), "{run}");
    run.says("OpenAI does not accept the login")
        .says("hint: codex-login --agent ember --force\n");
}

fn an_answer_that_says_nothing_leaves_it_open(codex: Codex) {
    for reply in [
        Reply::Status(500),
        Reply::StatusBody(403, CANARY.to_owned()),
        Reply::Ok(CANARY.to_owned()),
    ] {
        let run = asked(codex, reply, 0);
        assert!(run.stdout.starts_with("ember\tready\t"), "{run}");
        assert!(run.stdout.ends_with("\tunknown\n"), "{run}");
        run.says("OpenAI did not say whether it accepts the login: ");
    }
}

fn a_server_that_hangs_leaves_it_open(codex: Codex) {
    let run = asked(codex, Reply::Hang, 0);
    assert!(run.stdout.ends_with("\tunknown\n"), "{run}");
    run.says("no answer within 15 seconds");
}

/// Starts to ask a server that hangs, until it has been asked.
fn waiting_for(gateway: &Gateway, issuer: &Issuer) -> Running {
    let run = status_live(gateway);
    until_asked_for("/wham/usage", issuer);
    run
}

/// Starts to ask a server that hangs, and ends that by each signal. A run that began before goes on
/// meanwhile: nobody has waited for the limit.
fn a_signal_while_openai_is_asked_ends_it_and_leaves_nothing_behind(codex: Codex) {
    let issuer = answering(Reply::Hang);
    let gateway = gateway_at(codex, &issuer);
    let before = gateway.login();
    let first = waiting_for(&gateway, &issuer);
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        issuer.forget();
        let run = waiting_for(&gateway, &issuer);
        let probes = codex_probes_in(&gateway.home());
        assert_eq!(probes.len(), 2);
        assert!(probes.iter().all(|(_, args)| !args.contains(CANARY)));
        run.send(signal);
        assert_no_secret(&run.end().expect_signal(signal as i32));
        assert_eq!(codex_probes_in(&gateway.home()).len(), 1);
    }
    first.send(Signal::SIGTERM);
    let run = first.end().expect_signal(Signal::SIGTERM as i32);
    assert!(gateway.login() == before, "another login after\n{run}");
    assert_discreet(&gateway, &issuer, &run);
}

fn a_launcher_takes_its_codex_with_it(codex: Codex) {
    let issuer = answering(Reply::Hang);
    let mut gateway = gateway_at(codex, &issuer);
    let installed = gateway.sandbox.json(["which", "--json"]);
    let native = installed["codex"]["native"].as_str().expect("a binary");
    gateway.sandbox = gateway
        .sandbox
        .set("CODEX_LOGIN_CODEX", FAKE_CODEX)
        .set("FAKE_CODEX_LAUNCHES", native);
    let run = waiting_for(&gateway, &issuer);
    assert_eq!(codex_probes_in(&gateway.home()).len(), 2);
    run.send(Signal::SIGTERM);
    let run = run.end().expect_signal(Signal::SIGTERM as i32);
    assert_discreet(&gateway, &issuer, &run);
}

fn a_login_goes_on_beside_a_probe_and_leaves_it_alone(codex: Codex) {
    let issuer = answering(Reply::Hang);
    let gateway = gateway_at(codex, &issuer);
    let run = waiting_for(&gateway, &issuer);
    let staged = || {
        let mut names = gateway.sandbox.names_in_home("ember");
        names.retain(|name| name.starts_with(".codex-login.stage-"));
        names
    };
    let before = staged();
    assert_eq!(before.len(), 1);
    gateway.log_in(&issuer.url(), &[]).expect_code(0);
    assert_eq!(staged(), before, "the login took it for a killed one's");

    // Nor does a second one disturb the first, or the first the second.
    issuer.set_script(|script| script.usage = Reply::Usual);
    let second = status_live(&gateway).end().expect_code(0);
    assert!(second.stdout.ends_with("\taccepted\n"), "{second}");
    assert_eq!(staged(), before);
    run.send(Signal::SIGTERM);
    run.end().expect_signal(Signal::SIGTERM as i32);
    assert_eq!(staged(), [] as [&str; 0]);
}

fn a_login_clears_up_after_a_probe_that_was_killed(codex: Codex) {
    let issuer = answering(Reply::Hang);
    let gateway = gateway_at(codex, &issuer);
    let run = waiting_for(&gateway, &issuer);
    run.send(Signal::SIGKILL);
    run.end().expect_signal(Signal::SIGKILL as i32);
    for (orphan, _) in codex_probes_in(&gateway.home()) {
        kill(orphan, Signal::SIGKILL).expect("a codex that nobody else ends");
    }
    gateway.log_in(&issuer.url(), &[]).expect_code(0);
    gateway.sandbox.assert_nothing_staged("ember");
}

fn asked_by_root_all_stays_the_owners(codex: Codex) {
    for owner in owners() {
        for usage in [Reply::Usual, Reply::Hang] {
            let issuer = answering(usage.clone());
            let gateway = at(Gateway::of_user_logged_in(codex, &owner), &issuer);
            owner.take(&gateway.sandbox.state_dir());
            let run = waiting_for(&gateway, &issuer);
            if usage == Reply::Hang {
                run.send(Signal::SIGTERM);
                run.end().expect_signal(Signal::SIGTERM as i32);
            } else {
                let run = run.end().expect_code(0);
                assert!(run.stdout.ends_with("\taccepted\n"), "{run}");
            }
            gateway.sandbox.assert_nothing_staged("ember");
            assert_eq!(codex_probes_in(&gateway.home()), [], "still running");
            owner.assert_has(&gateway.sandbox.state_dir());
        }
    }
}

#[test]
fn a_home_that_cannot_be_written_leaves_it_open() {
    let issuer = answering(Reply::Usual);
    let mut gateway = gateway_at(Codex::V0_169, &issuer);
    // The real one of 0.130 does not even start there.
    gateway.sandbox = gateway.sandbox.set("CODEX_LOGIN_CODEX", FAKE_CODEX);
    fs::set_permissions(gateway.home(), Permissions::from_mode(0o500)).unwrap();
    let command = gateway.sandbox.command(["status", "--live"]);
    let run = Running::start(where_modes_count(command)).end();
    // Back, so that the sandbox can be removed.
    fs::set_permissions(gateway.home(), Permissions::from_mode(0o700)).unwrap();
    let run = run.expect_code(0).says("could not stage a copy in ");
    assert!(run.stdout.ends_with("\tunknown\n"), "{run}");
}
