//! Finds the pieces in which a value differs from what an assertion expected, and recognises them in other values.
//!
//! Test runners write both sides of a comparison into the text of the exception. A value that has a wrong piece is on the
//! way of the fault; a line whose value has one although the values that it reads have none made the piece.

use connie_wire::Value;
use ruff_python_ast::{Expr, Stmt};
use similar::{ChangeTag, TextDiff};

use super::reads::is_expected;

/// The maximum number of pieces.
const MOST: usize = 6;
/// The longest texts that are compared, in bytes.
const LONGEST: usize = 20_000;
/// The minimum length of a piece, in characters.
const SHORTEST: usize = 2;

/// The pieces that only the value has that a test got.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    wrong: Vec<String>,
}

/// Both sides of a comparison as texts.
#[derive(Debug, Default)]
struct Texts {
    left: String,
    right: String,
}

impl Pieces {
    /// The wrong pieces according to the text of an exception that a statement raised.
    pub fn of(message: &str, stmt: Option<&Stmt>) -> Self {
        let message = &message[..message.floor_char_boundary(LONGEST)];
        match diff_lines(message).or_else(|| compared(message)) {
            Some(Texts { left, right }) => Self::between(left, right, stmt),
            None => Self::default(),
        }
    }

    /// The wrong pieces of two texts that a statement compared.
    pub fn between<'s>(left: String, right: String, stmt: impl Into<Option<&'s Stmt>>) -> Self {
        let is_expected = stmt.into().and_then(sides).map(|(left, right)| (is_expected(left), is_expected(right)));
        let wrong = match is_expected {
            Some((true, false)) => only_in(&right, &left),
            Some((false, false)) => [only_in(&left, &right), only_in(&right, &left)].concat(),
            _ => only_in(&left, &right),
        };
        Self { wrong }
    }

    /// Leaves out pieces that a text has: what a test gave was not made wrong, but chosen.
    pub fn without(&mut self, given: &str) {
        self.wrong.retain(|piece| !given.contains(piece.as_str()));
    }

    /// Whether there are no pieces.
    pub fn is_empty(&self) -> bool {
        self.wrong.is_empty()
    }

    /// How much of a wrong piece a value has, from 0 to 1; `None` if it has no text.
    pub fn within(&self, value: &Value) -> Option<f64> {
        let text = match value {
            Value::Str(text) | Value::Bytes(text) => String::from_utf8_lossy(&text.bytes).into_owned(),
            Value::Int(number) => number.to_string(),
            _ => return None,
        };
        let is_number = matches!(value, Value::Int(_));
        let one = |piece: &String| match () {
            () if is_number => f64::from(u8::from(*piece == text)),
            () if text.contains(piece.as_str()) => 1.0,
            () if text.len() >= 3 && piece.contains(&text) => 0.8,
            () => {
                let (common, all) = (longest_common(piece, &text), piece.chars().count());
                if common >= 3 && 2 * common >= all { 0.6 * common as f64 / all as f64 } else { 0.0 }
            }
        };
        Some(self.wrong.iter().map(one).fold(0.0, f64::max))
    }
}

/// The two sides that a statement compares.
pub(super) fn sides(stmt: &Stmt) -> Option<(&Expr, &Expr)> {
    match stmt {
        Stmt::Assert(assert) => match &*assert.test {
            Expr::Compare(compare) => Some((&*compare.left, compare.comparators.first()?)),
            _ => None,
        },
        Stmt::Expr(line) => match &*line.value {
            Expr::Call(call) => match &call.arguments.args[..] {
                [left, right, ..] => Some((left, right)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The sides by the lines of a diff, as pytest (`+` is the left side) and unittest (`-` is the left side) write them.
fn diff_lines(message: &str) -> Option<Texts> {
    let is_pytest = message.starts_with("assert ");
    let side = |sign: &str| -> Vec<&str> {
        let lines = message.lines().skip(1).map(str::trim_start).filter_map(|line| line.strip_prefix(sign));
        // pytest tells with the same sign where a value came from.
        let is_told = |line: &&str| ["where ", "and "].iter().any(|word| line.trim_start().starts_with(word));
        lines.filter(|line| !is_told(line)).collect()
    };
    let (added, removed) = (side("+ "), side("- "));
    if added.is_empty() && removed.is_empty() {
        return None;
    }
    let (left, right) = if is_pytest { (added, removed) } else { (removed, added) };
    Some(Texts { left: left.join("\n"), right: right.join("\n") })
}

/// The sides by the first line: `assert 'a' == 'b'`, `'a' != 'b'`, `assert 'a' in 'b'`.
fn compared(message: &str) -> Option<Texts> {
    let first = message.lines().next()?;
    let test = first.strip_prefix("assert ").unwrap_or(first);
    let parsed = ruff_python_parser::parse_expression(test.split(" : ").next()?).ok()?;
    let Expr::Compare(compare) = parsed.expr() else { return None };
    let [right] = &compare.comparators[..] else { return None };
    let text = |expr: &Expr| match expr {
        Expr::StringLiteral(text) => text.value.to_str().to_owned(),
        expr => connie_source::python::slice(test, expr).to_owned(),
    };
    Some(Texts { left: text(&compare.left), right: text(right) })
}

/// The pieces that only the first of two texts has, the longest first.
fn only_in(got: &str, expected: &str) -> Vec<String> {
    let (got_words, expected_words) = (words(got), words(expected));
    let diff = TextDiff::from_slices(&expected_words, &got_words);
    let (mut found, mut piece, mut before) = (Vec::<String>::new(), String::new(), "");
    for change in diff.iter_all_changes() {
        let word = change.value();
        match change.tag() {
            ChangeTag::Insert if word == "\n" => found.push(std::mem::take(&mut piece)),
            ChangeTag::Insert => piece.push_str(word),
            ChangeTag::Delete => {}
            ChangeTag::Equal => {
                // White space alone says nothing without its neighbours.
                if !piece.is_empty() && piece.trim().is_empty() {
                    piece = format!("{before}{piece}{word}");
                }
                found.push(std::mem::take(&mut piece));
                before = word;
            }
        }
    }
    found.push(piece);
    let mut found: Vec<String> = found
        .into_iter()
        .map(|piece| piece.trim_matches(|sign| "[](){}'\",: \n".contains(sign)).to_owned())
        .filter(|piece| piece.chars().count() >= SHORTEST)
        .collect();
    found.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
    found.dedup();
    found.truncate(MOST);
    found
}

/// The words of a text, and what is between them.
fn words(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    let is_word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | '-' | '+');
    while let Some(first) = rest.chars().next() {
        let is_same = |char: char| {
            if is_word(first) { is_word(char) } else { char.is_whitespace() && first.is_whitespace() && char != '\n' }
        };
        let end = rest.char_indices().skip(1).find(|(_, char)| !is_same(*char)).map_or(rest.len(), |(end, _)| end);
        found.push(&rest[..end]);
        rest = &rest[end..];
    }
    found
}

/// The length of the longest text that is within both, in characters.
fn longest_common(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().take(60).collect(), right.chars().take(400).collect());
    let mut row = vec![0usize; right.len() + 1];
    let mut best = 0;
    for one in &left {
        let mut diagonal = 0;
        for (n, other) in right.iter().enumerate() {
            let above = std::mem::replace(&mut row[n + 1], if one == other { diagonal + 1 } else { 0 });
            best = best.max(row[n + 1]);
            diagonal = above;
        }
    }
    best
}
