//! Where in a file a key stands, for messages about a value that was read without its place.

use std::iter::Peekable;
use std::str::CharIndices;

/// The offset of the value that `place` names, `agents.list[0].agentDir` say, in a text that is
/// known to be JSON5. `None` where it cannot be told.
pub(super) fn offset(text: &str, place: &str) -> Option<usize> {
    let mut scanner = Scanner {
        text,
        chars: text.char_indices().peekable(),
    };
    let place = place.replace('[', ".[");
    place
        .split('.')
        .try_for_each(|step| match step.strip_prefix('[') {
            None => scanner.enter_key(step),
            Some(index) => scanner.enter_item(index.strip_suffix(']')?.parse().ok()?),
        })?;
    scanner.skip_blanks();
    Some(scanner.at())
}

struct Scanner<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
}

impl Scanner<'_> {
    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, c)| *c)
    }

    fn take(&mut self, expected: char) -> Option<()> {
        self.skip_blanks();
        (self.chars.next()?.1 == expected).then_some(())
    }

    /// To the value of this key of the object at hand.
    fn enter_key(&mut self, wanted: &str) -> Option<()> {
        self.take('{')?;
        loop {
            let key = self.key()?;
            self.take(':')?;
            if key == wanted {
                return Some(());
            }
            self.skip_value()?;
            self.take(',')?;
        }
    }

    /// To this item of the list at hand.
    fn enter_item(&mut self, wanted: usize) -> Option<()> {
        self.take('[')?;
        for _ in 0..wanted {
            self.skip_value()?;
            self.take(',')?;
        }
        Some(())
    }

    /// A key; one with escapes is not told.
    fn key(&mut self) -> Option<String> {
        self.skip_blanks();
        let start = self.at();
        if let Some('"' | '\'') = self.peek() {
            self.skip_string()?;
            let end = self.at();
            return Some(self.text[start + 1..end - 1].to_owned());
        }
        while self.peek()? != ':' && !self.peek()?.is_whitespace() {
            self.chars.next();
        }
        let end = self.at();
        Some(self.text[start..end].to_owned())
    }

    /// Past a value, to the comma or bracket that ends it.
    fn skip_value(&mut self) -> Option<()> {
        let mut open = 0_usize;
        loop {
            self.skip_blanks();
            match self.peek()? {
                '"' | '\'' => {
                    self.skip_string()?;
                    continue;
                }
                '{' | '[' => open += 1,
                '}' | ']' | ',' if open == 0 => return Some(()),
                '}' | ']' => open -= 1,
                _ => {}
            }
            self.chars.next();
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        let quote = self.chars.next()?.1;
        loop {
            match self.chars.next()?.1 {
                '\\' => {
                    self.chars.next()?;
                }
                c if c == quote => return Some(()),
                _ => {}
            }
        }
    }

    /// Past blanks and comments.
    fn skip_blanks(&mut self) {
        loop {
            let at = self.at();
            let rest = &self.text[at..];
            let end = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                match self.peek() {
                    Some(c) if c.is_whitespace() || c == '\u{feff}' => c.len_utf8(),
                    _ => return,
                }
            };
            while self.at() < at + end && self.chars.next().is_some() {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::offset;

    #[test]
    fn a_place_is_found_past_comments_strings_and_what_stands_before() {
        let text = "// agents: {}\n{ x: ['}', \"a\\\"]\"], /* { */ 'agents': { list: [ {id: 1}, { id: 'b', agentDir: 7 } ] } }";
        for (place, rest) in [
            ("agents", "{ list:"),
            ("agents.list", "[ {id"),
            ("agents.list[0].id", "1}"),
            ("agents.list[1]", "{ id: 'b'"),
            ("agents.list[1].agentDir", "7 }"),
        ] {
            let at = offset(text, place).unwrap();
            assert!(text[at..].starts_with(rest), "{place}: {}", &text[at..]);
        }
        for place in ["agents.entries", "agents.list[2]", "x.y", "agents.list[x]"] {
            assert_eq!(offset(text, place), None, "{place}");
        }
    }
}
