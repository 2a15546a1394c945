//! Where this machine's OpenClaw keeps its state, told without its configuration, which may be
//! what has to be mended.

use std::path::PathBuf;

use crate::error::Problem;
use crate::host::Host;
use crate::openclaw::environment::Environment;
use crate::openclaw::gateway;
use crate::openclaw::surroundings::{Asked, Surroundings};
use crate::request::Selection;

/// The state directory that options, shell or gateway select; `None` where a zone is asked for,
/// which only other files describe.
pub(crate) fn state_dir(host: &Host, asked: &Selection) -> Result<Option<PathBuf>, Problem> {
    if asked.zone.is_some() {
        return Ok(None);
    }
    let home = host.home.clone().unwrap_or_default();
    let asked = Asked {
        state_dir: asked.state_dir.as_ref(),
        config: asked.openclaw_config.as_ref(),
        profile: asked.profile.as_ref(),
        version: None,
    };
    let gateways = gateway::found(&home, &host.etc);
    let around = Surroundings::choose(Environment::of(host), asked, gateways, &home)?;
    Ok(Some(around.place.state_dir.value))
}
