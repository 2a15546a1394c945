//! Writes values as JSON5, in all its ways, and damages texts.

use std::fmt::Write as _;

use serde_json::Value;

use crate::random::Random;

/// How one text is written.
struct Style {
    quote: char,
    bare_keys: bool,
    commas: bool,
    /// How often there is a comment, and an escape, in a hundred places for one.
    comments: usize,
    escapes: usize,
}

/// The value as a text: strict JSON, or JSON5.
pub(super) fn written(random: &mut Random, value: &Value) -> String {
    let text = if random.chance(40) {
        format!("{value:#}\n")
    } else {
        let style = Style {
            quote: random.pick(&['"', '\'']),
            bare_keys: random.chance(70),
            comments: random.pick(&[0, 0, 20]),
            commas: random.chance(60),
            escapes: random.pick(&[0, 0, 0, 10]),
        };
        let mut text = String::new();
        style.value(random, value, &mut text);
        let end = random.pick(&["", "\n", " // the end", "\n/* the\nend */\n", "\u{2029}"]);
        text + end
    };
    let text = match random.below(20) {
        0 => format!("\u{feff}{text}"),
        1 => text.replace('\n', "\r\n"),
        2 => format!("\n\u{a0}/* {{ */{text}"),
        _ => text,
    };
    if random.chance(3) {
        damaged(random, &text)
    } else {
        text
    }
}

/// The text with something that no reader of JSON5 takes.
pub(super) fn damaged(random: &mut Random, text: &str) -> String {
    let cut: String = {
        let kept = random.below(text.chars().count().max(1));
        text.chars().take(kept).collect()
    };
    match random.below(11) {
        0 => cut,
        1 => format!("a line of a log\n{text}"),
        2 => format!("{text} x"),
        3 => String::new(),
        4 => " \n".to_owned(),
        5 => format!("{text}/* open"),
        6 => text.replacen('{', "{,", 1),
        7 => text.replacen(':', "=", 1),
        8 => text.replacen('{', "{ port: 010, ", 1),
        9 => text.replacen('{', "{ name: 'a\nb', ", 1),
        _ => text.replacen('}', ",,}", 1),
    }
}

impl Style {
    fn value(&self, random: &mut Random, value: &Value, text: &mut String) {
        match value {
            Value::Object(fields) => {
                let pairs: Vec<_> = fields.iter().collect();
                self.sequence(
                    random,
                    ['{', '}'],
                    &pairs,
                    text,
                    |random, (key, value), text| {
                        self.key(random, key, text);
                        text.push(':');
                        self.space(random, text);
                        self.value(random, value, text);
                    },
                );
            }
            Value::Array(items) => {
                self.sequence(random, ['[', ']'], items, text, |random, item, text| {
                    self.value(random, item, text);
                });
            }
            Value::String(string) => self.string(random, string, text),
            Value::Number(number) => {
                let decimal = number.to_string();
                let other = number.as_u64().map_or(decimal.clone(), |number| {
                    let hex = format!("0x{number:X}");
                    random.pick(&[
                        hex,
                        format!("+{number}"),
                        format!("{number}."),
                        format!("{number}e0"),
                    ])
                });
                *text += if self.escapes > 0 { &other } else { &decimal };
            }
            plain => *text += &plain.to_string(),
        }
    }

    fn sequence<T>(
        &self,
        random: &mut Random,
        [open, close]: [char; 2],
        items: &[T],
        text: &mut String,
        mut write: impl FnMut(&mut Random, &T, &mut String),
    ) {
        text.push(open);
        for (number, item) in items.iter().enumerate() {
            self.space(random, text);
            write(random, item, text);
            let is_last = number + 1 == items.len();
            if !is_last || self.commas {
                text.push(',');
            }
        }
        self.space(random, text);
        text.push(close);
    }

    /// Between two tokens.
    fn space(&self, random: &mut Random, text: &mut String) {
        *text += random.pick(&["", " ", "\n", "\t", "\u{2003}"]);
        if random.chance(self.comments) {
            *text += random.pick(&["// } ] \"\n", "/* a, b: 'c' */", "/**/", "// Ünï\r\n"]);
        }
    }

    fn key(&self, random: &mut Random, key: &str, text: &mut String) {
        let starts = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$');
        let is_word = key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
        if self.bare_keys && starts && is_word {
            match (random.chance(self.escapes), key.chars().next()) {
                (true, Some(first)) => {
                    let code = u32::from(first);
                    write!(text, "\\u{code:04x}{}", &key[1..]).expect("memory");
                }
                _ => *text += key,
            }
        } else {
            self.string(random, key, text);
        }
    }

    fn string(&self, random: &mut Random, string: &str, text: &mut String) {
        text.push(self.quote);
        for c in string.chars() {
            match c {
                '\\' => *text += "\\\\",
                '\n' => *text += "\\n",
                '\r' => *text += "\\r",
                // OpenClaw 2026.9.6 never ends where one of these stands in a string as it is.
                '\u{2028}' | '\u{2029}' => write!(text, "\\u{:04x}", u32::from(c)).expect("memory"),
                c if c == self.quote => {
                    text.push('\\');
                    text.push(c);
                }
                c if random.chance(self.escapes) => escaped(random, c, text),
                c => text.push(c),
            }
        }
        text.push(self.quote);
    }
}

/// The character as an escape that JSON5 knows.
fn escaped(random: &mut Random, c: char, text: &mut String) {
    let code = u32::from(c);
    match random.below(4) {
        0 if code < 0x100 => write!(text, "\\x{code:02X}").expect("memory"),
        1 if code < 0xd800 => write!(text, "\\u{code:04x}").expect("memory"),
        2 if !"bfnrtvux0123456789\r\n".contains(c) => {
            text.push('\\');
            text.push(c);
        }
        _ => {
            *text += "\\\n";
            text.push(c);
        }
    }
}
