//! Problems with a stable code and a hint, and the exit statuses.
//!
//! Most failures are plain `anyhow` errors with contexts. A [`Problem`] is for
//! those that a script tells apart by its code, or that end with their own
//! status or the next command to type.

use std::fmt;

/// How a run ends, as the exit status that README lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Status {
    /// 0: every selected agent is ready, or the command is done.
    #[default]
    Done,
    /// 1: at least one agent is not ready, or its login failed.
    NotReady,
    /// 2: the request cannot be carried out.
    CannotDo,
    /// 3: logged in, but OpenClaw would not use it.
    NotUsed,
    /// 126: codex was found but cannot run.
    CannotRun,
    /// 127: codex was not found.
    NotFound,
}

impl Status {
    /// The number that the process exits with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Status::Done => 0,
            Status::NotReady => 1,
            Status::CannotDo => 2,
            Status::NotUsed => 3,
            Status::CannotRun => 126,
            Status::NotFound => 127,
        }
    }

    /// The status of two outcomes together: 127, 126, 2, 1, 3, 0, the first that occurs.
    pub(crate) fn worst(self, other: Status) -> Status {
        let rank = |status: Status| match status {
            Status::NotFound => 5,
            Status::CannotRun => 4,
            Status::CannotDo => 3,
            Status::NotReady => 2,
            Status::NotUsed => 1,
            Status::Done => 0,
        };
        if rank(other) > rank(self) {
            other
        } else {
            self
        }
    }
}

/// How a command ended that did not fail as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With this exit status.
    With(Status),
    /// By this signal, which we pass on as our own death.
    BySignal(i32),
}

/// A failure with a stable code, an exit status and, where there is one, the next command to type.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// Stable, for scripts: `unknown-agent`, `codex-not-found`, ….
    pub(crate) code: &'static str,
    /// The exit status that it ends with.
    pub(crate) status: Status,
    message: String,
    /// What to type or change next.
    pub(crate) hint: Option<String>,
    /// Further fields of the JSON error document.
    pub(crate) details: Option<Box<serde_json::Map<String, serde_json::Value>>>,
}

impl Problem {
    pub(crate) fn new(code: &'static str, status: Status, message: impl Into<String>) -> Problem {
        Problem {
            code,
            status,
            message: message.into(),
            hint: None,
            details: None,
        }
    }

    /// A request that cannot be carried out: exit status 2.
    pub(crate) fn request(code: &'static str, message: impl Into<String>) -> Problem {
        Problem::new(code, Status::CannotDo, message)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// The problem somewhere in the chain of `error`, if it holds one.
pub(crate) fn problem_in(error: &anyhow::Error) -> Option<&Problem> {
    error.chain().find_map(|cause| cause.downcast_ref())
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn a_request_that_cannot_be_carried_out_goes_before_a_failed_login() {
        let all = [
            Status::Done,
            Status::NotUsed,
            Status::NotReady,
            Status::CannotDo,
        ];
        let worst = all.into_iter().fold(Status::Done, Status::worst);
        assert_eq!(worst, Status::CannotDo);
        assert_eq!(Status::NotUsed.worst(Status::NotReady), Status::NotReady);
        assert_eq!(Status::Done.worst(Status::NotUsed), Status::NotUsed);
    }
}
