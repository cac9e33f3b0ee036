//! Recognises secrets by their shape: keys of services, passwords in addresses, headers.
//!
//! The prefixes are those of detect-secrets 1.5 and of GitHub's list of supported secret scanning patterns.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use connie_wire::secrets::{Secrets, Verdict, looks_secret};

/// The minimum length in bytes of a text that can have such a shape.
pub(super) const SHORTEST: usize = 10;

/// What may begin at an anchor.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// A prefix, followed by at least this many letters, digits, `_` and `-`; the byte before must not be one of them.
    Key(usize),
    /// `eyJ….eyJ….…`
    Jwt,
    /// `-----BEGIN … PRIVATE KEY-----`
    Pem,
    /// `scheme://user:password@host`
    Address,
    /// `Bearer TOKEN`
    Bearer,
    /// The name of a header, with its value after a colon.
    Header,
    /// A name, with its value after `=`, or in quotes after a colon.
    Named,
}

/// The anchors of the search, which ignores case; [`Shapes::range`] then checks exactly.
const ANCHORS: &[(&str, Shape)] = &[
    ("eyj", Shape::Jwt),
    ("-----BEGIN ", Shape::Pem),
    ("://", Shape::Address),
    ("AKIA", Shape::Key(16)),
    ("ASIA", Shape::Key(16)),
    ("ghp_", Shape::Key(20)),
    ("gho_", Shape::Key(20)),
    ("ghu_", Shape::Key(20)),
    ("ghs_", Shape::Key(20)),
    ("ghr_", Shape::Key(20)),
    ("github_pat_", Shape::Key(20)),
    ("glpat-", Shape::Key(20)),
    ("sk-", Shape::Key(20)),
    ("sk_live_", Shape::Key(16)),
    ("sk_test_", Shape::Key(16)),
    ("rk_live_", Shape::Key(16)),
    ("rk_test_", Shape::Key(16)),
    ("whsec_", Shape::Key(16)),
    ("xoxa-", Shape::Key(10)),
    ("xoxb-", Shape::Key(10)),
    ("xoxe-", Shape::Key(10)),
    ("xoxp-", Shape::Key(10)),
    ("xoxr-", Shape::Key(10)),
    ("xoxs-", Shape::Key(10)),
    ("xapp-", Shape::Key(10)),
    ("AIza", Shape::Key(35)),
    ("npm_", Shape::Key(36)),
    ("hf_", Shape::Key(30)),
    ("pypi-AgE", Shape::Key(40)),
    ("dop_v1_", Shape::Key(40)),
    ("ya29.", Shape::Key(20)),
    ("bearer ", Shape::Bearer),
    ("authorization", Shape::Header),
    ("cookie", Shape::Header),
    ("password", Shape::Named),
    ("passwd", Shape::Named),
    ("passphrase", Shape::Named),
    ("secret", Shape::Named),
    ("api_key", Shape::Named),
    ("api-key", Shape::Named),
    ("apikey", Shape::Named),
    ("access_token", Shape::Named),
    ("refresh_token", Shape::Named),
    ("id_token", Shape::Named),
    ("auth_token", Shape::Named),
    ("private_key", Shape::Named),
    ("access_key", Shape::Named),
    ("csrfmiddlewaretoken", Shape::Named),
];

/// The length in bytes of the longest anchor.
pub(super) const LONGEST_ANCHOR: usize = {
    let (mut longest, mut n) = (0, 0);
    while n < ANCHORS.len() {
        if ANCHORS[n].0.len() > longest {
            longest = ANCHORS[n].0.len();
        }
        n += 1;
    }
    longest
};

/// An anchor that was found in a text.
#[derive(Debug)]
pub(super) struct Anchor {
    shape: Shape,
    range: Range<usize>,
}

impl Anchor {
    /// The offset of its first byte.
    pub fn start(&self) -> usize {
        self.range.start
    }
}

/// Finds secrets in texts.
pub(super) struct Shapes {
    anchors: AhoCorasick,
    names: Secrets,
}

impl Shapes {
    /// The shapes, shared by all recordings.
    pub fn get() -> Option<&'static Self> {
        static SHAPES: LazyLock<Option<Shapes>> = LazyLock::new(Shapes::new);
        SHAPES.as_ref()
    }

    /// Builds the search; `None` if that fails.
    fn new() -> Option<Self> {
        let patterns = ANCHORS.iter().map(|(text, _)| text);
        let mut builder = AhoCorasick::builder();
        builder.ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest);
        Some(Self { anchors: builder.build(patterns).ok()?, names: Secrets::built_in() })
    }

    /// The range of the first secret in a text, from `start` on.
    pub fn find(&self, text: &[u8], start: usize) -> Option<Range<usize>> {
        if text.len() < SHORTEST {
            return None;
        }
        let mut at = start;
        while let Some(found) = self.anchors.find(aho_corasick::Input::new(text).span(at..text.len())) {
            let shape = ANCHORS[found.pattern().as_usize()].1;
            if let Some(range) = self.range(shape, text, found.range()).filter(|range| range.end > start) {
                return Some(range);
            }
            at = found.start() + 1;
        }
        None
    }

    /// Whether a text has a secret, given the anchors that begin before an offset. The others are added to them.
    pub fn is_in(&self, text: &[u8], from: usize, anchors: &mut Vec<Anchor>) -> bool {
        let is_secret = |anchor: &Anchor| self.range(anchor.shape, text, anchor.range.clone()).is_some();
        if anchors.iter().any(is_secret) {
            return true;
        }
        let mut at = from;
        while let Some(found) = self.anchors.find(aho_corasick::Input::new(text).span(at..text.len())) {
            let anchor = Anchor { shape: ANCHORS[found.pattern().as_usize()].1, range: found.range() };
            if is_secret(&anchor) {
                return true;
            }
            anchors.push(anchor);
            at = found.start() + 1;
        }
        false
    }

    /// Literals of a source that are assigned to a name of a secret: `password = "X"`, `password: str = "X"`.
    pub fn literals(&self, source: &[u8]) -> Vec<Range<usize>> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let mut found = Vec::new();
        for at in memchr::memchr_iter(b'=', source) {
            let line = source[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let left = source[line..at].trim_ascii_end();
            // Without the annotation.
            let left = left.iter().rposition(|byte| *byte == b':').map_or(left, |at| left[..at].trim_ascii_end());
            let name = left.len() - left.iter().rev().take_while(|byte| is_name(**byte)).count();
            let name = std::str::from_utf8(&left[name..]).unwrap_or_default();
            if self.names.verdict(name) == Verdict::Secret {
                let at = at + 1 + blanks(&source[at + 1..]);
                found.extend(value(source, at, false).filter(|range| !source[range.clone()].contains(&b'\n')));
            }
        }
        found
    }

    /// The range of the secret that begins at an anchor.
    fn range(&self, shape: Shape, text: &[u8], anchor: Range<usize>) -> Option<Range<usize>> {
        match shape {
            Shape::Key(least) => key(text, &anchor, least),
            Shape::Jwt => jwt(text, anchor.start),
            Shape::Pem => pem(text, &anchor),
            Shape::Address => address(text, &anchor),
            Shape::Bearer => bearer(text, anchor.end),
            Shape::Header => header(text, &anchor),
            Shape::Named => self.named(text, &anchor),
        }
    }

    /// `password=X`, `"password": "X"`, `--password X`.
    fn named(&self, text: &[u8], anchor: &Range<usize>) -> Option<Range<usize>> {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let start = anchor.start - text[..anchor.start].iter().rev().take(64).take_while(|byte| is_name(byte)).count();
        let end = anchor.end + text[anchor.end..].iter().take(64).take_while(|byte| is_name(byte)).count();
        let name = std::str::from_utf8(&text[start..end]).ok()?;
        if self.names.verdict(name.trim_start_matches('-')) != Verdict::Secret {
            return None;
        }
        let is_option = name.starts_with("--");
        let (at, quoted) = match text.get(end) {
            Some(b'"' | b'\'') => (end + 1, true),
            _ => (end, false),
        };
        let rest = &text[at..];
        let after = at + 1 + blanks(rest.get(1..)?);
        let value = match rest.first()? {
            b'=' if !quoted => value(text, at + 1, true)?,
            b':' if quoted => value(text, after, false)?,
            b' ' if is_option && !quoted => {
                let range = value(text, at + 1, true)?;
                if text[range.start] == b'-' {
                    return None;
                }
                range
            }
            _ => return None,
        };
        let is_known = [&b"None"[..], b"null", b"True", b"False", b"true", b"false"].contains(&&text[value.clone()]);
        (value.len() >= 4 && !is_known).then_some(value)
    }
}

fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b' ').count()
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn run(text: &[u8], start: usize, is: impl Fn(u8) -> bool) -> usize {
    start + text[start..].iter().take_while(|byte| is(**byte)).count()
}

/// Whether a text is a placeholder: `{password}`, `%s`, `<password>`, `$PASSWORD`, `***`, `?`.
fn is_blank(value: &[u8]) -> bool {
    matches!(value.first(), None | Some(b'=' | b'{' | b'%' | b'<' | b'$' | b'*' | b'?' | b'[' | b'(' | b':'))
        || value.starts_with(b"...")
        || value.iter().all(|byte| matches!(byte, b'x' | b'X' | b'.'))
}

/// The value that begins at a position: in quotes, or if `bare` up to the next delimiter.
fn value(text: &[u8], at: usize, bare: bool) -> Option<Range<usize>> {
    let at = at + usize::from(text.get(at) == Some(&b'b') && matches!(text.get(at + 1), Some(b'"' | b'\'')));
    let range = match text.get(at)? {
        quote @ (b'"' | b'\'') => {
            let mut end = at + 1;
            while let Some(byte) = text.get(end).filter(|byte| *byte != quote) {
                end += 1 + usize::from(*byte == b'\\');
            }
            at + 1..end.min(text.len())
        }
        _ if bare => {
            let ends = |byte: u8| {
                byte.is_ascii_whitespace() || matches!(byte, b'&' | b';' | b',' | b'"' | b'\'' | b')' | b'}')
            };
            at..run(text, at, |byte| !ends(byte))
        }
        _ => return None,
    };
    (!is_blank(&text[range.clone()])).then_some(range)
}

fn key(text: &[u8], anchor: &Range<usize>, least: usize) -> Option<Range<usize>> {
    let before = anchor.start.checked_sub(1).map(|at| text[at]);
    if before.is_some_and(is_token) {
        return None;
    }
    let prefix = &text[anchor.clone()];
    let known = ANCHORS.iter().any(|(known, _)| known.as_bytes() == prefix);
    let end = run(text, anchor.end, is_token);
    let body = &text[anchor.end..end];
    let is_mixed = match prefix {
        b"AKIA" | b"ASIA" => {
            body.len() == 16 && body.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        }
        // Hyphenated words have no digits among their letters.
        b"sk-" => body.windows(2).any(|two| two[0].is_ascii_digit() && two[1].is_ascii_alphabetic()),
        _ => body.iter().any(u8::is_ascii_alphanumeric),
    };
    (known && body.len() >= least && is_mixed).then_some(anchor.start..end)
}

fn jwt(text: &[u8], start: usize) -> Option<Range<usize>> {
    if !text[start..].starts_with(b"eyJ") || start > 0 && is_token(text[start - 1]) {
        return None;
    }
    let head = run(text, start, is_token);
    let body = run(text, (text.get(head) == Some(&b'.')).then_some(head + 1)?, is_token);
    let signature =
        run(text, (text.get(body) == Some(&b'.')).then_some(body + 1)?, |byte| is_token(byte) || byte == b'.');
    (head - start >= 10 && body - head >= 5).then_some(start..signature)
}

fn pem(text: &[u8], anchor: &Range<usize>) -> Option<Range<usize>> {
    let line = run(text, anchor.end, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ');
    let is_private = text[anchor.end..line].windows(11).any(|words| words == b"PRIVATE KEY");
    let end = text[line..].windows(9).position(|words| words == b"-----END ");
    let end = end.map(|at| run(text, line + at + 9, |byte| byte != b'-'));
    let end = end.map_or(text.len(), |at| run(text, at, |byte| byte == b'-'));
    // There must be more than the first line.
    (is_private && end > line + 5).then_some(anchor.start..end)
}

fn address(text: &[u8], anchor: &Range<usize>) -> Option<Range<usize>> {
    if anchor.start == 0 || !text[anchor.start - 1].is_ascii_alphanumeric() {
        return None;
    }
    let stops = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`');
    let whole = &text[..run(text, anchor.end, |byte| !stops(byte))];
    // A password may contain a slash or an @; the last @ before the host then counts.
    let authority = run(whole, anchor.end, |byte| !matches!(byte, b'/' | b'?' | b'#'));
    let at = whole[anchor.end..authority].iter().rposition(|byte| *byte == b'@').map(|at| anchor.end + at)?;
    let colon = whole[anchor.end..at].iter().position(|byte| *byte == b':').map(|colon| anchor.end + colon)?;
    let password = colon + 1..at;
    (!is_blank(&whole[password.clone()])).then_some(password)
}

fn bearer(text: &[u8], start: usize) -> Option<Range<usize>> {
    let start = start + blanks(&text[start..]);
    let end = run(text, start, |byte| is_token(byte) || matches!(byte, b'.' | b'~' | b'+' | b'/' | b'='));
    looks_secret(&text[start..end]).then_some(start..end)
}

/// `Authorization: X`, `Set-Cookie: X`, `('Authorization', 'X')`, `"Cookie": "X"`.
fn header(text: &[u8], anchor: &Range<usize>) -> Option<Range<usize>> {
    let mut at = anchor.end;
    let closed = matches!(text.get(at), Some(b'"' | b'\''));
    at += usize::from(closed);
    at += match text.get(at)? {
        b':' => 1,
        b',' if closed => 1,
        _ => return None,
    };
    at += blanks(&text[at..]);
    let range = if matches!(text.get(at), Some(b'"' | b'\'')) || text.get(at) == Some(&b'b') && closed {
        value(text, at, false)?
    } else {
        // The text may itself be in quotes.
        at..run(text, at, |byte| !matches!(byte, b'\r' | b'\n' | b'"' | b'\'' | b'\\'))
    };
    let value = &text[range.clone()];
    if is_blank(value) {
        return None;
    }
    if text[anchor.clone()].eq_ignore_ascii_case(b"cookie") {
        return connie_wire::secrets::looks_like_cookies(value).then_some(range);
    }
    let mut words = value.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let (first, second) = (words.next()?, words.next());
    const SCHEMES: [&str; 8] =
        ["basic", "bearer", "digest", "token", "apikey", "negotiate", "ntlm", "aws4-hmac-sha256"];
    let is_scheme = SCHEMES.iter().any(|scheme| first.eq_ignore_ascii_case(scheme.as_bytes()));
    match second {
        // The value comes after the scheme.
        Some(second) if is_scheme && !is_blank(second) => {
            let at = range.start + value.len() - value.trim_ascii_start().len() + first.len();
            Some(at + blanks(&text[at..])..range.end)
        }
        None if !is_scheme && first.len() >= 6 && !first.iter().all(u8::is_ascii_lowercase) => Some(range),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `secret TEXT`, with the secret between `«` and `»`, and `plain TEXT`; `\n` is a line break.
    const TABLE: &str = include_str!("shapes.txt");

    #[test]
    fn shapes_of_the_table() {
        let shapes = Shapes::new().unwrap();
        let mut wrong = Vec::new();
        for line in TABLE.lines() {
            let Some((kind, marked)) = line.split_once(' ') else { continue };
            let marked = marked.replace("\\n", "\n");
            let text = marked.replace(['«', '»'], "");
            let expected = (kind == "secret").then(|| {
                let start = marked.find('«').unwrap();
                start..marked.find('»').unwrap() - '«'.len_utf8()
            });
            let found = shapes.find(text.as_bytes(), 0);
            if kind != "#" && found != expected {
                wrong.push((line, found.map(|range| text[range].to_owned())));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "([a-z:/@=\"' -]|://|password|eyJ|Authorization: |-----BEGIN PRIVATE KEY-----|sk-){0,12}") {
            let shapes = Shapes::new().unwrap();
            let mut at = 0;
            while let Some(range) = shapes.find(text.as_bytes(), at) {
                proptest::prop_assert!(range.end > at);
                at = range.end;
            }
        }
    }
}
