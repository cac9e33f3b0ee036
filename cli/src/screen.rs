//! Prints to the terminal. Everything that connie prints goes through this module.
//!
//! Recorded texts may contain any characters. Characters that control a terminal are printed as text (`\x1b`), whether
//! the output is a terminal, a pipe or a file. connie's own colours are inserted as marks that no recorded text can
//! contain, and are converted to colours here.

use std::fmt::{Arguments, Display, Formatter};
use std::hash::{BuildHasher, RandomState};
use std::io::{IsTerminal, Result, Write};
use std::sync::OnceLock;

use comfy_table::{Cell, Table};
use connie_recording::plain::{self, Notation};

use crate::pager;

/// The beginning of a mark. The number after it is different in every process.
const MARK: &str = "\x1b\x01";

fn key() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| format!("{:016x}", RandomState::new().hash_one(MARK)))
}

/// A colour; `{style}` begins it and `{style:#}` ends it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Style(anstyle::Style);

impl Style {
    /// A colour of [`anstyle`].
    pub const fn new(style: anstyle::Style) -> Self {
        Self(style)
    }
}

impl Display for Style {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        // It must be written in one piece, since the reader searches for the whole mark.
        let codes = if f.alternate() { format!("{:#}", self.0) } else { self.0.to_string() };
        f.write_str(&format!("{MARK}{}{}{codes}\x01", key(), char::from(codes.len() as u8 + b' ')))
    }
}

/// A writer of text, JSON, or a table.
pub struct Screen<W: Write> {
    out: W,
    notation: Notation,
    /// The part of the current line written so far.
    line: Vec<u8>,
}

impl<W: Write> Screen<W> {
    /// Creates a writer for text.
    pub fn text(out: W) -> Self {
        Self { out, notation: Notation::Python, line: Vec::new() }
    }

    /// Creates a writer for JSON, whose strings keep their meaning.
    pub fn json(out: W) -> Self {
        Self { out, notation: Notation::Json, line: Vec::new() }
    }

    /// Prints a table, whose cells were made by [`cell`].
    pub fn table(&mut self, table: &Table) -> Result<()> {
        self.flush()?;
        writeln!(self.out, "{table}")
    }

    fn send(&mut self, length: usize) -> Result<()> {
        let bytes = &self.line[..length];
        match std::str::from_utf8(bytes) {
            Ok(text) => self.out.write_all(shown(text, self.notation).as_bytes())?,
            Err(_) => self.out.write_all(shown(&String::from_utf8_lossy(bytes), self.notation).as_bytes())?,
        }
        self.line.drain(..length);
        Ok(())
    }
}

impl<W: Write> Write for Screen<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.line.extend_from_slice(bytes);
        if let Some(last) = bytes.iter().rposition(|byte| *byte == b'\n') {
            self.send(self.line.len() - (bytes.len() - last - 1))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        self.send(self.line.len())?;
        self.out.flush()
    }
}

impl<W: Write> Drop for Screen<W> {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

/// The printed form of a text with marks.
fn shown(text: &str, notation: Notation) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split(MARK);
    out.push_str(&plain::written(parts.next().unwrap_or_default(), notation));
    for part in parts {
        match own(part) {
            Some((codes, rest)) => {
                out.push_str(codes);
                out.push_str(&plain::written(rest, notation));
            }
            None => {
                MARK.chars().for_each(|c| plain::push(&mut out, c, notation));
                out.push_str(&plain::written(part, notation));
            }
        }
    }
    out
}

/// Splits the text after the beginning of a mark into the colour's codes and the rest; `None` if the mark was not
/// written by this process.
fn own(part: &str) -> Option<(&str, &str)> {
    let rest = part.strip_prefix(key())?;
    let length = usize::from(rest.bytes().next()?.checked_sub(b' ')?);
    let (codes, rest) = (rest.get(1..=length)?, rest.get(length + 1..)?);
    Some((codes, rest.strip_prefix('\x01')?))
}

/// Stdout, for text; a pager in front of it if the command has long output.
pub fn stdout() -> Screen<pager::Output> {
    Screen::text(pager::Output::new())
}

/// Like [`stdout`], for JSON.
pub fn json() -> Screen<pager::Output> {
    Screen::json(pager::Output::new())
}

/// A cell of a table.
pub fn cell(text: impl ToString) -> Cell {
    Cell::new(plain::plain(&text.to_string()))
}

/// Prints to stderr; see [`say`]. If nobody reads it any more, nothing is printed.
pub fn print(text: Arguments<'_>) {
    let _ = write!(anstream::stderr(), "{}", shown(&text.to_string(), Notation::Python));
}

/// Clears the terminal, if output goes to one.
pub fn clear() {
    if std::io::stdout().is_terminal() && std::io::stderr().is_terminal() {
        anstream::eprint!("\x1b[2J\x1b[3J\x1b[H");
    }
}

/// Prints a line to stderr, as `eprintln!` does.
macro_rules! say {
    ($($argument:tt)*) => {
        $crate::screen::print(format_args!("{}\n", format_args!($($argument)*)))
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style;

    #[test]
    fn only_our_own_colours_are_colours() {
        let mut out = Vec::new();
        let forged = format!("{MARK}0123456789abcdef%\x1b[31m\x01");
        let mut screen = Screen::text(&mut out);
        write!(screen, "{}a\x1b[31m{forged}\u{202e}{:#}", style::ERROR, style::ERROR).unwrap();
        writeln!(screen, "b").unwrap();
        drop(screen);
        let error = anstyle::AnsiColor::Red.on_default().bold();
        let shown = format!("{error}a\\x1b[31m\\x1b\\x010123456789abcdef%\\x1b[31m\\x01\\u202e{error:#}b\n");
        assert_eq!(String::from_utf8(out).unwrap(), shown);
    }

    #[test]
    fn characters_in_pieces_are_put_together() {
        let mut out = Vec::new();
        let mut screen = Screen::json(&mut out);
        for byte in "\"é\u{202e}\"\n".bytes() {
            screen.write_all(&[byte]).unwrap();
        }
        drop(screen);
        assert_eq!(String::from_utf8(out).unwrap(), "\"é\\u202e\"\n");
    }
}
