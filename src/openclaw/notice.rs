//! What a user should know about the OpenClaw that was found, though it stops nothing.

/// One thing to know, with a stable code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// What to type next.
    pub(crate) fix: Option<String>,
}

impl Notice {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Notice {
        Notice {
            code,
            message: message.into(),
            fix: None,
        }
    }

    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Notice {
        self.fix = Some(fix.into());
        self
    }
}
