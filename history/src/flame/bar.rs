//! Bars, and how they are merged.

/// A call, or several that are too short to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The first step.
    pub first: u64,
    /// The last step.
    pub last: u64,
    /// The code of the first of its calls.
    pub code: u32,
    /// The number of calls that it stands for.
    pub calls: u32,
    /// Whether its calls are of more than one function.
    pub is_mixed: bool,
}

impl Bar {
    /// A call.
    pub(super) fn of(first: u64, last: u64, code: u32) -> Self {
        Self { first, last: last.max(first), code, calls: 1, is_mixed: false }
    }

    /// Whether it is merged with others that begin in the same column.
    pub(super) fn is_short(&self, column: u64) -> bool {
        self.calls > 1 || self.last - self.first < column - 1
    }
}

/// Bars of one row in order of time, of which short ones are merged by column.
pub(super) struct Merged {
    column: u64,
    pub bars: Vec<Bar>,
}

impl Merged {
    pub fn new(column: u64) -> Self {
        Self { column, bars: Vec::new() }
    }

    pub fn add(&mut self, bar: Bar) {
        add(&mut self.bars, bar, self.column);
    }
}

/// Adds a bar after others of its row. A long call fills the rest of the column in which it begins, so that only the last
/// bar can be of the same column as a short one. That is why merging in several steps, with columns that double, gives
/// the same bars as merging once.
pub(super) fn add(row: &mut Vec<Bar>, bar: Bar, column: u64) {
    match row.last_mut() {
        Some(last) if last.first / column == bar.first / column && last.is_short(column) && bar.is_short(column) => {
            last.last = last.last.max(bar.last);
            last.calls = last.calls.saturating_add(bar.calls);
            last.is_mixed |= bar.is_mixed || last.code != bar.code;
        }
        _ => row.push(bar),
    }
}
