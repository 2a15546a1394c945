//! The sequence of ids where nothing else tells.

/// How an id compares: as JavaScript's `localeCompare` does for what ids are made of, by letters
/// and digits first, capitals after small letters where nothing else differs.
pub(super) type Collation = (Vec<(u8, u32)>, Vec<bool>);

/// That of this id.
pub(super) fn of(id: &str) -> Collation {
    const SIGNS: &str = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";
    let weight = |c: char| match SIGNS.chars().position(|sign| sign == c) {
        Some(place) => (0, u32::try_from(place).unwrap_or(0)),
        None => (1, c.to_lowercase().next().unwrap_or(c).into()),
    };
    let letters = id.chars().map(weight).collect();
    let capitals = id.chars().map(char::is_uppercase).collect();
    (letters, capitals)
}
