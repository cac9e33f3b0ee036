//! Redacts program output, where a secret may be split over several writes.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::REDACTED;

/// The maximum number of bytes of a line that are searched together.
const MAX_LINE_BYTES: usize = 1024;
/// The maximum number of writes of a line that are searched together.
const MAX_PIECES: usize = 64;
/// The maximum number of bytes of a key that spans several lines.
const MAX_OF_KEY: usize = 1 << 15;

/// The latest output, by process and stream.
#[derive(Default)]
pub(super) struct Printed {
    lines: FxHashMap<(usize, u8), Vec<Piece>>,
}

/// The text of one write.
struct Piece {
    step: u64,
    /// The stored form of its beginning, which is no longer searched.
    head: Vec<u8>,
    text: Vec<u8>,
    /// The stored form of the text, if it differs from the text.
    stored: Option<Vec<u8>>,
}

impl Printed {
    /// Adds the output of a process to one of its streams at a step; `find` returns the ranges of secrets in a text.
    /// Returns the replacements to store for it and for earlier output: (step, text).
    pub(super) fn take(
        &mut self,
        place: (usize, u8),
        step: u64,
        text: &[u8],
        find: impl FnOnce(&[u8]) -> Vec<Range<usize>>,
    ) -> Vec<(u64, Vec<u8>)> {
        let mut pieces = self.lines.remove(&place).unwrap_or_default();
        pieces.push(Piece { step, head: Vec::new(), text: text.into(), stored: None });
        let whole = pieces.iter().map(|piece| piece.text.as_slice()).collect::<Vec<_>>().concat();
        let found = find(&whole);
        let mut changed = Vec::new();
        let mut start = 0;
        for piece in &mut pieces {
            let end = start + piece.text.len();
            let stored = stored(&whole, &found, start..end);
            if stored != *piece.stored.as_ref().unwrap_or(&piece.text) {
                changed.push((piece.step, [piece.head.as_slice(), &stored].concat()));
                piece.stored = Some(stored);
            }
            start = end;
        }
        forget(&mut pieces, &whole, &found);
        if !pieces.is_empty() {
            self.lines.insert(place, pieces);
        }
        changed
    }
}

/// The stored form of a part of a text.
fn stored(whole: &[u8], found: &[Range<usize>], part: Range<usize>) -> Vec<u8> {
    let (mut out, mut at) = (Vec::new(), part.start);
    for range in found.iter().filter(|range| range.start < part.end && range.end > part.start) {
        out.extend(&whole[at..range.start.max(at)]);
        if range.start >= part.start {
            out.extend(REDACTED.as_bytes());
        }
        at = range.end.min(part.end);
    }
    out.extend(&whole[at..part.end]);
    out
}

/// Drops text that no longer has to be searched together with new output.
fn forget(pieces: &mut Vec<Piece>, whole: &[u8], found: &[Range<usize>]) {
    let open = found.last().filter(|range| range.end == whole.len() && whole[range.start..].starts_with(b"-----"));
    let is_key = open.is_some_and(|range| whole.len() - range.start < MAX_OF_KEY);
    let line = whole.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let keep = line.max(whole.len().saturating_sub(MAX_LINE_BYTES));
    // Do not split a secret.
    let within = found.iter().find(|range| range.contains(&keep));
    let keep = match (open, within) {
        (Some(range), _) if is_key => range.start,
        (_, Some(range)) => range.start,
        _ => keep,
    };
    let mut start = 0;
    pieces.retain_mut(|piece| {
        let end = start + piece.text.len();
        let cut = keep.clamp(start, end);
        if cut > start && cut < end {
            piece.head.extend(stored(whole, found, start..cut));
            piece.text.drain(..cut - start);
            piece.stored = piece.stored.as_ref().map(|_| stored(whole, found, cut..end));
        }
        start = end;
        end > keep
    });
    if !is_key && pieces.len() > MAX_PIECES {
        pieces.drain(..pieces.len() - MAX_PIECES);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Redactor;

    /// The stored forms of pieces.
    fn stored(pieces: &[&str]) -> Vec<String> {
        let mut redactor = Redactor::new(&[connie_wire::secrets::BUILT_IN.to_owned()]).unwrap();
        redactor.add(b"hunter2hunter2");
        let mut rows: Vec<Vec<u8>> = Vec::new();
        for (step, piece) in pieces.iter().enumerate() {
            rows.push(piece.as_bytes().into());
            for (step, text) in redactor.printed(0, 1, step as u64, piece.as_bytes()) {
                rows[step as usize] = text;
            }
        }
        rows.into_iter().map(|row| String::from_utf8(row).unwrap()).collect()
    }

    #[test]
    fn in_pieces() {
        assert_eq!(stored(&["hunter2", "hunter2", "\n"]), ["<redacted>", "", "\n"]);
        assert_eq!(stored(&["it is hun", "ter2hun", "ter2!\n"]), ["it is <redacted>", "", "!\n"]);
        assert_eq!(
            stored(&["Authorization:", " ", "Bearer abc", "\n"]),
            ["Authorization:", " ", "Bearer <redacted>", "\n"]
        );
        assert_eq!(stored(&["password=hun", "ter2", " x\n", "y"]), ["password=<redacted>", "", " x\n", "y"]);
        let long = "x".repeat(5000);
        let head = format!("password=abcdef {long} hunter2");
        let expected = format!("password=<redacted> {long} <redacted>");
        assert_eq!(stored(&[&head, "hunter2", "\n"]), [&expected, "", "\n"]);
        let key = ["-----BEGIN PRIVATE KEY-----\n", "MIIE\n", "abcd\n", "-----END PRIVATE KEY-----\n", "x\n"];
        assert_eq!(stored(&key), ["<redacted>", "", "", "\n", "x\n"]);
        assert_eq!(stored(&["plain ", "text\n", "more"]), ["plain ", "text\n", "more"]);
    }
}
