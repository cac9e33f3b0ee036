//! Limits the size of an answer, and continues longer ones on further pages.

use serde::Serialize;

use crate::refusal::Refusal;

/// The maximum number of bytes of an answer's rows, as JSON.
const ROWS: usize = 24 * 1024;
/// The maximum number of rows that can be requested at once.
const MAX_ROWS: usize = 200;
/// The number of rows of an answer if none is requested.
const USUAL: usize = 30;

/// A position in a list: a step, and the number of its rows that were returned already. Lists without steps only count
/// rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The step; 0 at the beginning.
    pub step: u64,
    /// The number of its rows that were returned.
    pub shown: usize,
}

impl Cursor {
    /// Parses a cursor; the beginning if there is none.
    pub fn read(text: Option<&str>) -> Result<Self, Refusal> {
        let Some(text) = text else { return Ok(Self::default()) };
        let read = || {
            let (step, shown) = text.split_once('.')?;
            Some(Self { step: step.parse().ok()?, shown: shown.parse().ok()? })
        };
        let why = "it must be the `next` of the previous answer; leave it out to begin at the first row";
        read().ok_or_else(|| Refusal::argument("cursor", why))
    }

    /// The position after a row of a step.
    fn behind(self, step: u64) -> Self {
        if step == self.step { Self { shown: self.shown + 1, ..self } } else { Self { step, shown: 1 } }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.step, self.shown)
    }
}

/// The rows of an answer, up to its limits.
pub struct Page<T> {
    rows: Vec<T>,
    most: usize,
    bytes: usize,
    /// The number of rows of the cursor's step that still have to be skipped.
    skip: usize,
    from: Cursor,
    at: Cursor,
    more: bool,
}

impl<T: Serialize> Page<T> {
    /// Creates a page of at most `limit` rows after a cursor.
    pub fn new(from: Cursor, limit: Option<usize>) -> Result<Self, Refusal> {
        let most = limit.unwrap_or(USUAL);
        if !(1..=MAX_ROWS).contains(&most) {
            return Err(Refusal::argument("limit", format!("it has to be from 1 to {MAX_ROWS}")));
        }
        Ok(Self { rows: Vec::new(), most, bytes: 0, skip: from.shown, from, at: from, more: false })
    }

    /// The number of rows to read in order to fill the page and to know whether there are more.
    pub fn wanted(&self) -> usize {
        self.most.saturating_add(self.from.shown).saturating_add(1)
    }

    /// Adds the row of a step, unless it was returned before. Returns whether more are wanted.
    pub fn push(&mut self, step: u64, row: impl FnOnce() -> T) -> bool {
        if self.skip > 0 && step == self.from.step {
            self.skip -= 1;
            return true;
        }
        if self.is_full() {
            self.more = true;
            return false;
        }
        let row = row();
        self.bytes += serde_json::to_string(&row).map_or(0, |text| text.len());
        self.rows.push(row);
        self.at = self.at.behind(step);
        true
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= self.most || self.bytes >= ROWS
    }

    /// The rows, and the cursor of the next page if there is one.
    pub fn done(self) -> (Vec<T>, Option<String>) {
        let next = self.more.then(|| self.at.to_string());
        (self.rows, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(from: Cursor, steps: &[u64]) -> (Vec<u64>, Option<String>) {
        let mut page = Page::new(from, Some(2)).expect("a page");
        let _ = steps.iter().all(|step| page.push(*step, || *step));
        page.done()
    }

    #[test]
    fn pages_go_on_within_a_step() {
        let steps = [4, 4, 4, 4, 7];
        let (rows, next) = page(Cursor::default(), &steps);
        assert_eq!((rows, next.as_deref()), (vec![4, 4], Some("4.2")));
        let (rows, next) = page(Cursor::read(Some("4.2")).expect("a cursor"), &steps);
        assert_eq!((rows, next.as_deref()), (vec![4, 4], Some("4.4")));
        let (rows, next) = page(Cursor::read(Some("4.4")).expect("a cursor"), &steps);
        assert_eq!((rows, next), (vec![7], None));
    }

    #[test]
    fn a_page_of_long_rows_has_fewer() {
        let mut page = Page::new(Cursor::default(), None).expect("a page");
        let mut count = 0;
        while count < 100 && page.push(count, || "x".repeat(ROWS / 2)) {
            count += 1;
        }
        assert_eq!((count, page.done().1.as_deref()), (2, Some("1.1")));
    }

    #[test]
    fn cursors_are_read_as_written() {
        let cursor = Cursor { step: 12, shown: 3 };
        assert_eq!(Cursor::read(Some(&cursor.to_string())).expect("a cursor"), cursor);
        assert!(Cursor::read(Some("x")).is_err() && Cursor::read(Some("-1.2")).is_err());
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(crate::answer::clip("éé", 1), "é…");
        assert_eq!(crate::answer::clip("éé", 2), "éé");
    }
}
