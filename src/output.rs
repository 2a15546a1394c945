//! The only writer to standard output and standard error: tables, lines, JSON, notes, errors.
//!
//! Answers go to standard output, all else to standard error. What comes from outside (an address
//! in a token, a path) loses its control characters on the way to a terminal.

use std::io::{self, Write as _};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style as Colour};
use comfy_table::{Table, presets};
use serde::Serialize;

use crate::error::{self, Problem};
use crate::host::Host;
use crate::report;
use crate::request::{Color, Style};

/// How wide a terminal is that does not tell.
const USUAL_COLUMNS: usize = 80;

/// Where and how to write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) style: Style,
    /// Whether answers go to a terminal, and so read as tables.
    pub(crate) is_terminal: bool,
    /// How wide it is.
    columns: usize,
}

/// A table's cell: its text, and its colour.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    colour: Colour,
}

impl Cell {
    pub(crate) fn new(text: impl AsRef<str>) -> Cell {
        Cell {
            text: clean(text.as_ref()),
            colour: Colour::new(),
        }
    }

    /// Green where `good`, red otherwise; the words say the same without the colour.
    pub(crate) fn good(mut self, good: bool) -> Cell {
        let colour = if good {
            AnsiColor::Green
        } else {
            AnsiColor::Red
        };
        self.colour = colour.on_default();
        self
    }

    fn coloured(&self) -> String {
        format!("{0}{1}{0:#}", self.colour, self.text)
    }
}

impl Output {
    pub(crate) fn new(style: Style, host: &Host) -> Output {
        Output {
            style,
            is_terminal: host.terminal.stdout,
            columns: host.columns.unwrap_or(USUAL_COLUMNS),
        }
    }

    /// One JSON document, indented for people where it goes to a terminal.
    pub(crate) fn json(self, document: &impl Serialize) -> io::Result<()> {
        if self.is_terminal {
            let text = serde_json::to_string_pretty(document)?;
            return self.line(&escaped(&text));
        }
        self.json_line(document)
    }

    /// A JSON document on one line.
    pub(crate) fn json_line(self, document: &impl Serialize) -> io::Result<()> {
        self.line(&escaped(&serde_json::to_string(document)?))
    }

    /// One line of an answer, as it stands.
    pub(crate) fn line(self, text: &str) -> io::Result<()> {
        let mut out = AutoStream::new(io::stdout().lock(), self.choice());
        let written = writeln!(out, "{text}").and_then(|()| out.flush());
        written.map_err(|error| {
            io::Error::new(error.kind(), format!("standard output failed: {error}"))
        })
    }

    /// Rows of an answer: a table with headings on a terminal, else tab-separated lines without.
    pub(crate) fn rows(self, headings: &[&str], rows: &[Vec<Cell>]) -> io::Result<()> {
        if !self.is_terminal {
            return self.lines(rows.iter().map(|row| tab_separated(row)));
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(headings);
        for row in rows {
            table.add_row(row.iter().map(Cell::coloured));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        self.lines(table.lines().map(|line| line.trim_end().to_owned()))
    }

    /// Lines of an answer, in one write.
    fn lines(self, lines: impl Iterator<Item = String>) -> io::Result<()> {
        match lines.collect::<Vec<_>>().join("\n") {
            text if text.is_empty() => Ok(()),
            text => self.line(&text),
        }
    }

    /// Rows too long for a table, of what, which one, where and where from: on a terminal the
    /// last two stand below the first.
    pub(crate) fn blocks(self, rows: &[Vec<Cell>]) -> io::Result<()> {
        if !self.is_terminal {
            return self.rows(&[], rows);
        }
        for row in rows {
            let (head, rest) = row.split_at(row.len().min(2));
            let head: Vec<_> = head
                .iter()
                .map(|cell| format!("{:<9}", cell.text))
                .collect();
            self.line(head.join(" ").trim_end())?;
            if let [place, source] = rest {
                let place = Some(&place.text).filter(|text| *text != "-");
                let source = format!("from {}", source.text);
                for text in place.into_iter().chain([&source]) {
                    self.line(&format!("{:10}{text}", ""))?;
                }
            }
        }
        Ok(())
    }

    /// Findings: who, how bad, its code, in words, what mends it. On a terminal each is a
    /// paragraph, and else a line.
    pub(crate) fn findings(self, rows: &[[Cell; 5]]) -> io::Result<()> {
        if !self.is_terminal {
            return self.lines(rows.iter().map(|row| tab_separated(row)));
        }
        for [who, severity, code, message, fix] in rows {
            let word = format!("{:<8}", severity.text);
            let word = Cell {
                text: word,
                ..severity.clone()
            }
            .coloured();
            self.line(&format!("{word} {}: {}", who.text, code.text))?;
            let margin = " ".repeat(9);
            let wrapped = textwrap::Options::new(self.columns.saturating_sub(1).max(40))
                .break_words(false)
                .word_splitter(textwrap::WordSplitter::NoHyphenation)
                .initial_indent(&margin)
                .subsequent_indent(&margin);
            self.line(&textwrap::fill(&message.text, wrapped))?;
            // Whole, so that it can be copied.
            if fix.text != "-" {
                self.line(&format!("{:9}fix: {}", "", fix.text))?;
            }
        }
        Ok(())
    }

    /// Something worth knowing, with what to do about it; unless `--quiet`.
    pub(crate) fn note(self, text: &str, hint: Option<&str>) {
        if !self.style.quiet {
            self.say(&format!("note: {}", clean(text)));
            self.hint(hint);
        }
    }

    /// Asks a question on the terminal. Anything else than a yes is a no.
    pub(crate) fn asks(self, question: &str) -> io::Result<bool> {
        let lines: Vec<_> = question.split('\n').map(clean).collect();
        let mut err = AutoStream::new(io::stderr().lock(), self.choice());
        write!(err, "{}", lines.join("\n"))?;
        err.flush()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        let answer = answer.trim().to_lowercase();
        Ok(matches!(answer.as_str(), "y" | "yes"))
    }

    /// What another program says, in its own words.
    pub(crate) fn relay(self, line: &str) {
        self.say(&clean(line));
    }

    /// A failure of one agent, or of the whole, with the next command to type.
    pub(crate) fn problem(self, about: Option<&str>, problem: &Problem) {
        self.error(about, &problem.to_string());
        self.hint(problem.hint.as_deref());
    }

    /// The failure of the whole command: in words, and as a document where JSON was asked for.
    pub(crate) fn failure(self, error: &anyhow::Error) {
        let problem = error::problem_in(error);
        let code = problem.map_or("failed", |problem| problem.code);
        let message = format!("{error:#}");
        if self.style.json {
            // There is nowhere left to tell of a failing standard output.
            let _ = self.json(&report::failure(code, &message, problem));
        }
        self.error(None, &message);
        self.hint(problem.and_then(|problem| problem.hint.as_deref()));
    }

    fn error(self, about: Option<&str>, message: &str) {
        let red = AnsiColor::Red.on_default().bold();
        let about = about.map_or(String::new(), |about| format!("{}: ", clean(about)));
        let lines: Vec<_> = message.split('\n').map(clean).collect();
        self.say(&format!("{red}error{red:#}: {about}{}", lines.join("\n")));
    }

    fn hint(self, text: Option<&str>) {
        if let Some(text) = text {
            self.say(&format!("hint: {}", clean(text)));
        }
    }

    fn say(self, text: &str) {
        let mut err = AutoStream::new(io::stderr().lock(), self.choice());
        // Standard error may be closed; that is no reason to fail.
        let _ = writeln!(err, "{text}");
    }

    fn choice(self) -> ColorChoice {
        match self.style.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
    }
}

fn tab_separated(row: &[Cell]) -> String {
    let texts: Vec<_> = row.iter().map(|cell| cell.text.as_str()).collect();
    texts.join("\t")
}

/// `text` without control characters, so that it can neither move a cursor nor add a column.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if is_unsafe(c) { '\u{fffd}' } else { c })
        .collect()
}

/// JSON without them: they can only stand in strings, where an escape means the same.
fn escaped(json: &str) -> String {
    let escape = |c: char| format!("\\u{:04x}", u32::from(c));
    json.chars()
        .map(|c| match c {
            '\n' => "\n".to_owned(),
            c if is_unsafe(c) => escape(c),
            c => c.to_string(),
        })
        .collect()
}

/// Controls, and what turns the direction of writing.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
