//! What tells whether two tokens are one, and nothing else of them.
//!
//! A token is hashed while it goes by. The key is made once a run and never leaves it, so that a
//! fingerprint says nothing to anybody else; it is not written, not shown, and not serialised.

use std::fmt;
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

/// That of one token, good for this run.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// `None` for a blank, which is no token, and where the system has no randomness to give: what
    /// could be guessed from outside is better not known.
    pub(crate) fn of(token: &str) -> Option<Fingerprint> {
        static KEY: OnceLock<Option<[u8; 32]>> = OnceLock::new();
        let token = token.trim();
        if token.is_empty() {
            return None;
        }
        let key = KEY.get_or_init(random).as_ref()?;
        let hash = Sha256::new_with_prefix(key).chain_update(token).finalize();
        let mut first = [0; 16];
        first.copy_from_slice(&hash[..16]);
        Some(Fingerprint(first))
    }
}

fn random() -> Option<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).ok()?;
    Some(key)
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint")
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;

    #[test]
    fn equal_tokens_have_one_and_nothing_of_it_is_shown() {
        let one = Fingerprint::of("fake-one");
        assert!(one.is_some());
        assert_eq!(one, Fingerprint::of(" fake-one\n"));
        assert_ne!(one, Fingerprint::of("fake-two"));
        assert_eq!(Fingerprint::of(" "), None);
        assert_eq!(format!("{one:?}"), "Some(Fingerprint)");
    }
}
