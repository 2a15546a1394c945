//! What is made of an agent whose profiles cannot be read.

use nix::unistd::AccessFlags;

use crate::agent::findings::Finding;
use crate::agent::profile::{Judged, Profiles};
use crate::agent::verdict::{NextTurn, State};
use crate::files;
use crate::openclaw::profiles::sources::Trouble;
use crate::openclaw::route::Route;
use crate::shell::quoted;

impl Profiles {
    pub(super) fn in_trouble(&self, trouble: &Trouble, route: Route) -> Judged {
        let path = trouble.path.display();
        let why = &trouble.why;
        let (state, finding) = if trouble.needs_doctor {
            let message = format!("OpenClaw will not start the agent because of {path}: {why}");
            let finding = Finding::error("profile-migration", message);
            let doctor = self
                .openclaw
                .as_ref()
                .map(|openclaw| format!("{openclaw} doctor --fix"));
            (State::Blocked, finding.maybe_fix(doctor))
        } else {
            let what = match route {
                Route::Import => "it is by them alone that OpenClaw goes",
                _ => "one of them may go before codex-home",
            };
            let message = format!("could not read the profiles in {path}: {why}; {what}");
            let finding = Finding::error("profile-store", message);
            (State::Unknown, finding.fix(self.remedy(trouble)))
        };
        Judged {
            state,
            next_turn: NextTurn::None,
            findings: vec![finding],
        }
    }

    /// What to do about a store that cannot be read.
    fn remedy(&self, trouble: &Trouble) -> String {
        let path = quoted(&trouble.path.to_string_lossy());
        match &self.openclaw {
            _ if trouble.is_link_out => format!("put the file itself in place of the link {path}"),
            _ if files::barred(&trouble.path, AccessFlags::R_OK).is_some() => {
                "run as the gateway's user".to_owned()
            }
            Some(openclaw) => format!("mend {path}; `{openclaw} doctor` tells more"),
            None => format!("mend {path}"),
        }
    }
}
