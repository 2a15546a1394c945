//! What users rely on, through the built binary.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "tests start processes and stop at the first surprise"
)]

#[path = "../cases/mod.rs"]
mod cases;
#[path = "../fakes/fixture.rs"]
mod fixture;
#[path = "../../examples/support/mod.rs"]
mod support;

mod sandbox;

mod agents;
mod backups;
mod boundaries;
mod commands;
mod config;
mod copies;
mod damaged;
mod doctor;
mod doctor_homes;
mod doctor_hostile;
mod doctor_import;
mod doctor_profiles;
mod doctor_running;
mod gateway;
mod golden;
mod hostile;
mod house;
mod import;
#[cfg(target_os = "linux")]
mod import_at_hand;
mod import_interrupted;
mod import_owner;
mod import_whole;
mod kept;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod killed;
mod live;
mod locate;
mod login;
mod openclaw_program;
mod owner;
mod ownership;
mod readme;
mod real;
mod remedies;
mod secrets;
mod selection;
mod selection_hostile;
mod selection_login;
mod selection_orders;
mod selection_pauses;
mod selection_places;
mod selection_rules;
mod selection_states;
mod signals;
mod status;
mod stores;
mod upgrade;
mod user_home;
mod users;
mod version;
mod which;
mod wrong_owner;
mod zone;
mod zones;
