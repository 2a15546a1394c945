//! Profiles that OpenClaw leaves alone for a while: those that only another login mends, and those
//! that only take their time.

use serde_json::{Value, json};

use crate::sandbox::Sandbox;
use crate::stores::{FAR, PAST, finding, give, judged, oauth, sandbox};

const LOGIN: &str = "codex-login --agent ember";

/// Ember with one profile, which has fared so.
fn fared(version: &str, expires: u64, fate: &Value) -> Sandbox {
    let sandbox = sandbox(version);
    let is_early = version == "2026.5.12";
    let provider = if is_early { "openai-codex" } else { "openai" };
    let profiles = json!({ "x": oauth(provider, expires) });
    let store = json!({ "profiles": profiles, "usageStats": { "x": fate } });
    give(&sandbox, version, "ember", &store);
    sandbox
}

fn codes(agent: &Value) -> Vec<&str> {
    let findings = agent["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["code"].as_str().unwrap())
        .collect()
}

#[test]
fn a_profile_that_was_refused_makes_no_agent_ready_and_another_login_mends_it() {
    for fate in [
        json!({ "cooldownUntil": FAR, "cooldownReason": "auth" }),
        json!({ "cooldownUntil": FAR, "cooldownReason": "session_expired" }),
        json!({ "disabledUntil": FAR, "disabledReason": "auth_permanent" }),
        json!({ "blockedUntil": FAR + 1, "disabledUntil": FAR, "disabledReason": "auth_permanent" }),
        json!({ "disabledUntil": FAR, "disabledReason": "auth", "cooldownUntil": PAST, "cooldownReason": "rate_limit" }),
    ] {
        for (version, expires) in [("2026.8.2", FAR), ("2026.9.6", FAR), ("2026.9.6", PAST)] {
            let ember = judged(&fared(version, expires, &fate), 1);
            assert_eq!(ember["state"], "expired", "{fate}");
            assert_eq!(codes(&ember), ["profile-refused"], "{fate}");
            let refused = finding(&ember, "profile-refused");
            assert_eq!(refused["severity"], "error");
            assert_eq!(refused["fix"], LOGIN);
            assert_eq!(
                refused["message"],
                "x was refused when it was last used, and OpenClaw does not try it again before 2100-01-01T00:00:00Z: only another login mends that"
            );
        }
    }
}

#[test]
fn a_refusal_counts_until_the_profile_has_worked_again() {
    let earlier = PAST - 600_000;
    for (fate, was_refused) in [
        (
            json!({ "cooldownUntil": PAST, "cooldownReason": "auth" }),
            true,
        ),
        (
            json!({ "disabledUntil": PAST, "disabledReason": "auth_permanent" }),
            true,
        ),
        // That it ran into a limit later on says that it was accepted by then.
        (
            json!({ "disabledUntil": earlier, "disabledReason": "auth_permanent", "cooldownUntil": PAST, "cooldownReason": "rate_limit" }),
            false,
        ),
        (
            json!({ "cooldownUntil": PAST, "cooldownReason": "rate_limit" }),
            false,
        ),
        // What OpenClaw keeps of a profile that has worked since.
        (json!({ "errorCount": 0, "lastUsed": PAST }), false),
    ] {
        let code = i32::from(was_refused);
        let ember = judged(&fared("2026.9.6", FAR, &fate), code);
        let state = if was_refused { "expired" } else { "ready" };
        assert_eq!(ember["state"], state, "{fate}");
        if was_refused {
            let message = finding(&ember, "profile-refused")["message"].to_string();
            assert!(
                message.contains("nothing with it has worked since"),
                "{message}"
            );
        } else {
            assert_eq!(ember["findings"], json!([]), "{fate}");
        }
    }
}

#[test]
fn a_profile_that_only_cools_down_leaves_the_agent_ready_and_says_until_when() {
    for (fate, why) in [
        (
            json!({ "blockedUntil": FAR, "blockedReason": "subscription_limit" }),
            "its account has reached a limit",
        ),
        (
            json!({ "cooldownUntil": FAR, "cooldownReason": "rate_limit" }),
            "its account has reached a limit",
        ),
        (
            json!({ "disabledUntil": FAR, "disabledReason": "billing" }),
            "its account has no credit left",
        ),
        (
            json!({ "cooldownUntil": FAR, "cooldownReason": "fake-reason" }),
            "turns with it failed",
        ),
        (
            json!({ "cooldownUntil": FAR, "cooldownReason": "overloaded", "disabledUntil": PAST, "disabledReason": "auth_permanent" }),
            "turns with it failed",
        ),
    ] {
        let ember = judged(&fared("2026.9.6", FAR, &fate), 0);
        assert_eq!(ember["state"], "ready", "{fate}");
        let cooling = finding(&ember, "profile-cooling");
        assert_eq!(cooling["severity"], "warning");
        assert_eq!(cooling["fix"], Value::Null);
        let message = format!("OpenClaw may not use x before 2100-01-01T00:00:00Z: {why}");
        assert_eq!(cooling["message"], message);
    }
}

#[test]
fn of_a_profile_that_shadows_a_codex_home_the_same_is_said() {
    for version in ["2026.5.12", "2026.7.1"] {
        for (reason, code) in [("auth", "profile-refused"), ("timeout", "profile-cooling")] {
            let fate = json!({ "cooldownUntil": FAR, "cooldownReason": reason });
            let ember = judged(&fared(version, FAR, &fate), 3);
            assert_eq!(ember["state"], "shadowed");
            assert_eq!(codes(&ember), ["shadowed-by-profile", code], "{version}");
            // The way out is that of the shadow.
            assert_eq!(finding(&ember, code)["fix"], Value::Null);
        }
    }
}
