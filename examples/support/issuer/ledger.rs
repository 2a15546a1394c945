//! What an issuer remembers: its script, what arrived, what it handed out.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::script::Script;
use super::{Seen, tokens};

/// The issuer's memory.
pub(super) struct Ledger {
    pub(super) script: Script,
    pub(super) requests: Vec<Seen>,
    /// Device logins by `device_auth_id`.
    logins: HashMap<String, DeviceLogin>,
    /// Authorization codes not yet exchanged.
    codes: HashSet<String>,
    /// Counts everything handed out, so that no two are alike.
    handed_out: u32,
}

/// A device login somebody has begun.
struct DeviceLogin {
    user_code: String,
    pending_answers: u32,
}

impl Ledger {
    pub(super) fn new(script: Script) -> Ledger {
        Ledger {
            script,
            requests: Vec::new(),
            logins: HashMap::new(),
            codes: HashSet::new(),
            handed_out: 0,
        }
    }

    /// Begins a device login; the answer is what the user-code route says.
    pub(super) fn begin_login(&mut self) -> Value {
        let number = self.next_number();
        let device_auth_id = format!("deviceauth-{number}");
        let user_code = tokens::user_code(number);
        let login = DeviceLogin {
            user_code: user_code.clone(),
            pending_answers: 0,
        };
        self.logins.insert(device_auth_id.clone(), login);
        json!({
            "device_auth_id": device_auth_id,
            "user_code": user_code,
            // The real service sends text, and codex refuses a number.
            "interval": self.script.interval_secs.to_string(),
        })
    }

    /// Whether this login was begun here, with this user code.
    pub(super) fn knows(&self, device_auth_id: &str, user_code: &str) -> bool {
        let login = self.logins.get(device_auth_id);
        login.is_some_and(|login| login.user_code == user_code)
    }

    /// Whether this login has yet to get one of `wanted` pending answers, which
    /// is then counted as given.
    pub(super) fn still_pending(&mut self, device_auth_id: &str, wanted: u32) -> bool {
        match self.logins.get_mut(device_auth_id) {
            Some(login) if login.pending_answers < wanted => {
                login.pending_answers += 1;
                true
            }
            _ => false,
        }
    }

    /// A fresh authorization code, good for one exchange.
    pub(super) fn authorization_code(&mut self) -> String {
        let number = self.next_number();
        let code = format!("code-{}-{number}", self.script.account.token_mark);
        self.codes.insert(code.clone());
        code
    }

    /// Takes a code back; false if it was never handed out or is used up.
    pub(super) fn redeem(&mut self, code: &str) -> bool {
        self.codes.remove(code)
    }

    /// A fresh login of the script's account.
    pub(super) fn tokens(&mut self) -> Value {
        let number = self.next_number();
        tokens::login(&self.script.account, number)
    }

    fn next_number(&mut self) -> u32 {
        self.handed_out += 1;
        self.handed_out
    }
}
