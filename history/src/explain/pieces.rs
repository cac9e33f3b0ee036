//! Finds the pieces in which a value differs from what an assertion expected, and recognises them in other values.
//!
//! Test runners write both sides of a comparison into the text of the exception. A value that has a wrong piece is on the
//! way of the fault; a line whose value has one although the values that it reads have none made the piece.

use connie_wire::Value;
use ruff_python_ast::{CmpOp, Expr, Stmt};
use similar::{ChangeTag, TextDiff};

use super::reads::is_expected;

/// The maximum number of pieces.
const MAX_PIECES: usize = 6;
/// The longest texts that are compared, in bytes.
const LONGEST: usize = 20_000;
/// The maximum number of lines in which a text is searched for.
const MAX_LINES: usize = 200;
/// The maximum number of words on either side of a piece.
const MAX_NEIGHBOURS: usize = 3;
/// The minimum length of a piece, in characters.
const SHORTEST: usize = 3;

/// The pieces that only the value has that a test got.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    wrong: Vec<Piece>,
    /// What only the expected value has.
    missing: Vec<String>,
    /// The expected value.
    expected: String,
    /// What the test gave.
    given: String,
}

/// A piece that only one of two texts has, with a neighbour on either side if it is short.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    text: String,
    /// First byte of the part without the neighbours, and the one after its last.
    own: (usize, usize),
}

/// How much of a piece a text has that begins or ends within the piece.
const AT_EDGE: f64 = 0.55;
/// The longest piece whose parts are searched for, in bytes.
const LONGEST_PIECE: usize = 400;

impl Piece {
    /// The piece without the signs around it; `None` if it is too short.
    fn of(text: &str, own: (usize, usize)) -> Option<Self> {
        // White space that is wrong is no sign around the piece.
        let is_blank = text.get(own.0..own.1).is_some_and(|own| !own.is_empty() && own.trim().is_empty());
        let inner = if is_blank { text } else { trimmed(text) };
        let before = inner.as_ptr() as usize - text.as_ptr() as usize;
        let within = |at: usize| at.saturating_sub(before).min(inner.len());
        let is_enough = inner.chars().count() >= SHORTEST;
        is_enough.then(|| Self { text: inner.to_owned(), own: (within(own.0), within(own.1)) })
    }

    /// Whether a part of the piece, given by its place, is more than a neighbour.
    fn is_more(&self, start: usize, end: usize) -> bool {
        start < self.own.1 && self.own.0 < end
    }

    /// The part of the piece that a text has at its end or at its beginning, if that is more than a neighbour: the piece was
    /// put together there.
    fn edge(&self, text: &str) -> Option<&str> {
        let piece = self.text.as_str();
        if piece.len() > LONGEST_PIECE {
            return None;
        }
        let ends = (self.own.0 + 1..piece.len()).rev().filter(|end| piece.is_char_boundary(*end));
        let first = ends.map(|end| &piece[..end]).find(|part| text.ends_with(part));
        let begins = (1..self.own.1).filter(|start| piece.is_char_boundary(*start));
        let last = begins.map(|start| &piece[start..]).find(|part| text.starts_with(part));
        let longer = first.into_iter().chain(last).max_by_key(|part| part.len())?;
        (longer.chars().count() >= SHORTEST).then_some(longer)
    }
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
        let end = message.char_indices().map(|(at, _)| at).find(|at| *at >= LONGEST).unwrap_or(message.len());
        let message = &message[..end];
        match diff_lines(message).or_else(|| compared(message)) {
            Some(Texts { left, right }) => Self::between(left, right, stmt),
            None => Self::default(),
        }
    }

    /// The wrong pieces of two texts that a statement compared.
    pub fn between<'s>(left: String, right: String, stmt: impl Into<Option<&'s Stmt>>) -> Self {
        let stmt = stmt.into();
        if stmt.is_some_and(is_within) {
            return Self::of_sides(&nearest(&right, &left), left);
        }
        match stmt.and_then(sides).map(|(left, right)| (is_expected(left), is_expected(right))) {
            Some((true, false)) => Self::of_sides(&right, left),
            Some((false, false)) => {
                let wrong = [only_in(&left, &right), only_in(&right, &left)].concat();
                Self { wrong, ..Self::default() }
            }
            _ => Self::of_sides(&left, right),
        }
    }

    /// The pieces of the text that a test got and of the one that it expected.
    fn of_sides(got: &str, expected: String) -> Self {
        let missing = lost(only_in(&expected, got), got);
        Self { wrong: only_in(got, &expected), missing, expected, given: String::new() }
    }

    /// Leaves out pieces that a text has: what a test gave was not made wrong, but chosen.
    pub fn without(&mut self, given: &str) {
        self.wrong.retain(|piece| !given.contains(piece.text.as_str()));
        given.clone_into(&mut self.given);
    }

    /// What is missing in the value that a test got, the longest first.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.missing.iter().map(String::as_str)
    }

    /// Whether a text has all that a test expected, of which a piece is a part: it was not on the way to what the test got.
    pub fn is_whole(&self, text: &str, piece: &str) -> bool {
        self.expected.len() > 2 * piece.len() && text.contains(&self.expected)
    }

    /// Whether the test itself has a text, so that code only passed it on.
    pub fn is_given(&self, value: &Value) -> bool {
        let Value::Str(text) = value else { return false };
        text.bytes.len() >= SHORTEST && self.given.contains(&*String::from_utf8_lossy(&text.bytes))
    }

    /// Whether there are no wrong pieces.
    pub fn is_empty(&self) -> bool {
        self.wrong.is_empty()
    }

    /// How much of a wrong piece a value has, from 0 to 1; `None` if it has no text. A part of a piece that the test gave
    /// is no part of what is wrong.
    pub fn within(&self, value: &Value) -> Option<f64> {
        let text = match value {
            Value::Str(text) | Value::Bytes(text) => String::from_utf8_lossy(&text.bytes).into_owned(),
            Value::Int(number) => number.to_string(),
            _ => return None,
        };
        if matches!(value, Value::Int(_)) {
            // Other numbers may have gone into the piece.
            return self.wrong.iter().any(|piece| piece.text == text).then_some(1.0);
        }
        let one = |whole: &Piece| {
            let piece = &whole.text;
            match () {
                () if text.contains(piece.as_str()) => 1.0,
                () if text.len() >= 3
                    && piece.match_indices(&text).any(|(at, _)| whole.is_more(at, at + text.len()))
                    && !self.given.contains(&text) =>
                {
                    0.8
                }
                () if whole.edge(&text).is_some_and(|part| !self.given.contains(part)) => AT_EDGE,
                () => {
                    let part = longest_common(piece, &text);
                    let (common, all) = (part.chars().count(), piece.chars().count());
                    let is_own = || piece.match_indices(&part).any(|(at, _)| whole.is_more(at, at + part.len()));
                    let is_part = common >= 3 && 2 * common >= all && !self.given.contains(&part) && is_own();
                    if is_part { 0.6 * common as f64 / all as f64 } else { 0.0 }
                }
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

/// Whether a statement asserts that its left side is within its right side.
pub(super) fn is_within(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Assert(assert) => {
            matches!(&*assert.test, Expr::Compare(compare) if matches!(&compare.ops[..], [CmpOp::In]))
        }
        Stmt::Expr(line) => {
            matches!(&*line.value, Expr::Call(call) if connie_source::python::called_name(call) == Some("assertIn"))
        }
        _ => false,
    }
}

/// The lines of a text that are most like another text.
fn nearest(text: &str, wanted: &str) -> String {
    let lines: Vec<&str> = text.lines().take(MAX_LINES).collect();
    let count = wanted.lines().count().clamp(1, lines.len().max(1));
    let likeness = |lines: &[&str]| {
        let text = lines.join("\n");
        TextDiff::from_slices(&words(&text), &words(wanted)).ratio()
    };
    let best = lines.windows(count).max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    best.map_or_else(String::new, |lines| lines.join("\n"))
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
fn only_in(got: &str, expected: &str) -> Vec<Piece> {
    let (got_words, expected_words) = (words(got), words(expected));
    let diff = TextDiff::from_slices(&expected_words, &got_words);
    let changes = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Delete);
    let changes: Vec<(&str, bool)> =
        changes.map(|change| (change.value(), change.tag() == ChangeTag::Insert && change.value() != "\n")).collect();
    let mut found: Vec<Piece> = Vec::new();
    let mut start = 0;
    for run in changes.chunk_by(|a, b| a.1 == b.1) {
        let end = start + run.len();
        if run[0].1 {
            found.extend(with_neighbours(&changes, (start, end), expected));
        }
        start = end;
    }
    found.sort_by_key(|piece: &Piece| std::cmp::Reverse(piece.text.len()));
    found.dedup();
    found.truncate(MAX_PIECES);
    found
}

/// The piece of some words, with as many neighbours as it needs to tell something: a short one says nothing alone, and one that
/// the expected text has too is not wrong without them.
fn with_neighbours(words: &[(&str, bool)], (start, end): (usize, usize), expected: &str) -> Option<Piece> {
    let join = |from: usize, to: usize| words[from..to].iter().map(|(word, _)| *word).collect::<String>();
    let own = join(start, end);
    let (mut from, mut to, mut text) = (start, end, own.clone());
    for n in 0..=MAX_NEIGHBOURS {
        let is_short = n == 0 && own.trim().chars().count() < SHORTEST;
        if !is_short && !expected.contains(text.trim()) {
            break;
        }
        if from > 0 && words[from - 1].0 != "\n" {
            from -= 1;
        }
        if to < words.len() && words[to].0 != "\n" {
            to += 1;
        }
        text = join(from, to);
    }
    let before = join(from, start).len();
    Piece::of(&text, (before, before + own.len()))
}

/// The pieces, and their words, that a text does not have: the longest first.
fn lost(pieces: Vec<Piece>, got: &str) -> Vec<String> {
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let words = pieces.iter().flat_map(|piece| piece.text.split(|char: char| !is_word(char)));
    let all = pieces.iter().map(|piece| piece.text.as_str()).chain(words);
    let mut found: Vec<String> =
        all.filter(|piece| piece.chars().count() >= SHORTEST && !got.contains(piece)).map(str::to_owned).collect();
    found.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
    found.dedup();
    found
}

/// A piece without the signs around it that are not its own: quotes, commas, and brackets without a partner.
fn trimmed(piece: &str) -> &str {
    let count = |signs: &str| piece.chars().filter(|char| signs.contains(*char)).count();
    let is_balanced = count("([{") == count(")]}");
    piece.trim_matches(|sign| "'\",: \n".contains(sign) || !is_balanced && "()[]{}".contains(sign))
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

/// The longest text that is within both.
fn longest_common(left: &str, right: &str) -> String {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().take(60).collect(), right.chars().take(400).collect());
    let mut row = vec![0usize; right.len() + 1];
    let (mut best, mut end) = (0, 0);
    for (at, one) in left.iter().enumerate() {
        let mut diagonal = 0;
        for (n, other) in right.iter().enumerate() {
            let above = std::mem::replace(&mut row[n + 1], if one == other { diagonal + 1 } else { 0 });
            if row[n + 1] > best {
                (best, end) = (row[n + 1], at + 1);
            }
            diagonal = above;
        }
    }
    left[end - best..end].iter().collect()
}

#[cfg(test)]
mod tests {
    use ruff_python_ast::Stmt;

    use super::Pieces;

    fn pieces(message: &str, code: &str) -> Vec<String> {
        let parsed = ruff_python_parser::parse_module(code).unwrap();
        let stmt: &Stmt = &parsed.syntax().body[0];
        Pieces::of(message, Some(stmt)).wrong.into_iter().map(|piece| piece.text).collect()
    }

    #[test]
    fn the_wrong_piece_is_on_the_side_that_the_test_got() {
        let message = "assert '1,E-7' == '0.0000001'\n  \n  - 0.0000001\n  + 1,E-7";
        assert_eq!(pieces(message, "assert text == '0.0000001'"), ["1,E-7"]);
        let turned = "assert '0.0000001' == '1,E-7'\n  \n  - 1,E-7\n  + 0.0000001";
        assert_eq!(pieces(turned, "assert '0.0000001' == text(1)"), ["1,E-7"]);
        let unittest = "'1,E-7' != '0.0000001'\n- 1,E-7\n+ 0.0000001\n";
        assert_eq!(pieces(unittest, "self.assertEqual(text, '0.0000001')"), ["1,E-7"]);
    }

    #[test]
    fn added_lines_are_pieces_and_what_pytest_tells_is_not() {
        let message = "assert '[a]\\n[a.b]\\n' == '[a.b]\\n'\n  \n  + [a]\n    [a.b]\n  +  where '[a]' = text()";
        assert_eq!(pieces(message, "assert text == '[a.b]\\n'"), ["[a]"]);
    }

    #[test]
    fn only_the_lines_that_are_most_like_a_text_are_compared_with_it() {
        let message = "assert 'Usage: cli VAR\\n' in 'Usage: cli  VAR\\n\\nOptions:\\n  --help  Show this.\\n'";
        assert_eq!(pieces(message, "assert 'Usage: cli VAR\\n' in result.output"), ["cli  VAR"]);
    }

    #[test]
    fn what_a_test_gave_is_no_piece() {
        let mut pieces = Pieces::of("assert 'schema' == 'col'", None);
        pieces.without("parse('db.schema.tbl.col')");
        assert!(pieces.is_empty());
    }

    #[test]
    fn a_part_that_the_test_gave_is_no_part_of_a_piece() {
        let message = "assert '[hello]\\n[hello.one]\\n' == '[hello.one]\\n'\n  \n  + [hello]\n    [hello.one]";
        let mut pieces = Pieces::of(message, None);
        let within = |pieces: &Pieces, text: &str| {
            pieces.within(&connie_wire::Value::Str(connie_wire::Blob::new(text.as_bytes()))).unwrap()
        };
        assert!(within(&pieces, "hello") > 0.5 && within(&pieces, "[hello]") > 0.9);
        pieces.without("parse('[hello.one]')");
        assert!(within(&pieces, "hello") < 0.1 && within(&pieces, "(hello)") < 0.1, "{pieces:?}");
        assert!(within(&pieces, "[hello]") > 0.9);
    }
    #[test]
    fn a_piece_is_put_together_by_texts_that_have_its_ends() {
        let message = "assert 'Usage: cli VAR' in 'Usage: cli  VAR'";
        let pieces =
            Pieces::of(message, Some(&ruff_python_parser::parse_module("assert a in b").unwrap().syntax().body[0]));
        let within =
            |text: &str| pieces.within(&connie_wire::Value::Str(connie_wire::Blob::new(text.as_bytes()))).unwrap();
        assert!(within("Usage: cli ") > 0.5 && within(" VAR") > 0.5, "{pieces:?}");
        assert!(within("VAR") < 0.3 && within("Usage: cli") < 0.3, "{pieces:?}");
    }

    #[test]
    fn a_piece_that_the_expected_text_has_too_gets_neighbours() {
        let found = pieces("assert 'a &amp;amp; b' == 'a &amp; b'", "assert text == 'a &amp; b'");
        assert!(!found.is_empty() && found.iter().all(|piece| !"a &amp; b".contains(piece.as_str())), "{found:?}");
    }

    #[test]
    fn what_only_the_expected_text_has_is_missing() {
        let missing =
            |message: &str| -> Vec<String> { Pieces::of(message, None).missing().map(str::to_owned).collect() };
        assert_eq!(missing("assert 'two, three' == '(one) two, three'"), ["(one)", "one"]);
        assert_eq!(missing("assert 'ab' == 'ab'"), Vec::<String>::new());
    }
}
