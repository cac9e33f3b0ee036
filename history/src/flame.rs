//! The calls of a run as a flame chart: for a range of steps, the calls of each thread and task by depth. Calls that are
//! too short to be seen are merged, so that an answer is small for runs of any length.
//!
//! A generator has a bar each time it runs. Nothing here depends on clocks: a bar is as wide as the steps of its call.

use std::ops::Range;

use connie_recording::error::Error;
use connie_recording::reader::{Recording, Which};

mod bar;
mod call;
mod chart;
mod index;
mod stored;
mod tree;

pub use bar::Bar;
pub use call::{Call, Ending, call};
pub use chart::{Called, Chart, Function, Lane as NamedLane, functions, named, window};
pub use index::Index;
pub use tree::{Node, Nodes, Part, Siblings};

use bar::Merged;

/// The maximum number of bars of an answer. If there are more, longer ones are merged too.
pub const MAX_BARS: usize = 6000;
/// The maximum number of columns, and of rows.
const MAX_WIDTH: u64 = 8000;
const MAX_ROWS: usize = 400;
/// The maximum number of marks of each kind.
const MAX_MARKS: u64 = 500;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Window {
    /// The first step.
    pub from: u64,
    /// The last step.
    pub to: u64,
    /// The number of columns: pixels.
    pub width: u64,
    /// The rows. They are counted over all lanes; a lane has a row for its name, and one for each depth.
    pub rows: Range<usize>,
}

/// The calls of one thread, or of one task of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The thread.
    pub thread: u32,
    /// The asyncio task; 0 for calls outside of tasks.
    pub task: u32,
    /// Its first row, which has its name.
    pub row: usize,
    /// The number of rows below that: the largest depth of its calls.
    pub depth: usize,
}

/// The bars of one row, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its number, over all lanes.
    pub row: usize,
    /// Its bars, which do not overlap, except merged ones that end in the next column.
    pub bars: Vec<Bar>,
}

/// Something that happened in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its step.
    pub step: u64,
    /// The row of its lane.
    pub row: usize,
    /// Whether it is an exception that nothing caught.
    pub is_uncaught: bool,
}

/// The calls in a range of steps.
#[derive(Clone, Debug, Default)]
pub struct Flame {
    /// All lanes.
    pub lanes: Vec<Lane>,
    /// The rows that were asked for and have bars.
    pub rows: Vec<Row>,
    /// Calls shorter than this number of steps are merged with others that begin in the same column.
    pub column: u64,
    /// The last step that was read. What follows is not known yet.
    pub read: u64,
    /// Whether all steps were read.
    pub is_whole: bool,
    /// Exceptions in the range: the first of each part.
    pub exceptions: Vec<Mark>,
    /// Output in the range: the first of each part.
    pub output: Vec<Mark>,
}

impl Window {
    /// The window with limits that make sense.
    fn limited(&self) -> Self {
        let from = self.from.clamp(1, 1 << 60);
        let rows = self.rows.start..self.rows.end.min(self.rows.start.saturating_add(MAX_ROWS));
        Self { from, to: self.to.max(from).min(1 << 60), width: self.width.clamp(1, MAX_WIDTH), rows }
    }

    /// The smallest column that is not narrower than a pixel. Columns are powers of two, so that they stay where they
    /// are when the window moves.
    fn column(&self) -> u64 {
        (self.to - self.from + 1).div_ceil(self.width).next_power_of_two()
    }
}

impl Index {
    /// The calls in a window, as far as the recording was read.
    ///
    /// # Errors
    /// If the recording cannot be read.
    pub fn window(&self, recording: &Recording, asked: &Window) -> Result<Flame, Error> {
        let window = asked.limited();
        let mut column = window.column();
        let lanes = self.lanes();
        let short = if column < self.base { Some(self.short(recording, &window)) } else { None };
        let rows = loop {
            let rows = self.rows(&lanes, short.as_ref(), &window, column);
            if rows.iter().map(|row| row.bars.len()).sum::<usize>() <= MAX_BARS || column >= 1 << 60 {
                break rows;
            }
            column *= 2;
        };
        let exceptions = spread(&window, |step| {
            let found = recording.exception_near(step, true, Which::Any)?;
            Ok(found.map(|raised| (raised.step, raised.thread, raised.uncaught)))
        })?;
        let output = spread(&window, |step| {
            let found = recording.output_step_after(step)?;
            Ok(found.map(|(step, thread)| (step, thread, false)))
        })?;
        let marks = |found: Vec<(u64, u32, bool)>| {
            let row = |thread| lanes.iter().find(|lane| lane.thread == thread).map(|lane| lane.row);
            let mark = |(step, thread, is_uncaught)| Some(Mark { step, row: row(thread)?, is_uncaught });
            found.into_iter().filter_map(mark).collect()
        };
        let (read, is_whole) = (self.read(), self.is_whole(recording));
        let (exceptions, output) = (marks(exceptions), marks(output));
        Ok(Flame { lanes, rows, column, read, is_whole, exceptions, output })
    }

    /// The bars of a window, with columns of this size. `short` has the calls that this index merged.
    fn rows(&self, lanes: &[Lane], short: Option<&Self>, window: &Window, column: u64) -> Vec<Row> {
        // Whole columns, so that merged bars stay the same when the window moves; and the column before, of which the
        // last calls may reach into the window.
        let start = (window.from / column * column).saturating_sub(column);
        let end = (window.to / column).saturating_add(1).saturating_mul(column);
        let mut rows = Vec::new();
        for lane in lanes {
            for depth in 0..lane.depth {
                let row = lane.row + 1 + depth;
                if !window.rows.contains(&row) {
                    continue;
                }
                let mut merged = Merged::new(column);
                let is_inside = |bar: &Bar| {
                    bar.first < end && if bar.is_short(column) { bar.first >= start } else { bar.last >= start }
                };
                let all = match short {
                    None => self.bars(lane, depth, start, end, |_| true),
                    Some(short) => {
                        let mut all = self.bars(lane, depth, start, end, |bar| !bar.is_short(self.base));
                        all.extend(short.bars(lane, depth, start, end, |bar| bar.is_short(self.base)));
                        all.sort_unstable_by_key(|bar| bar.first);
                        all
                    }
                };
                let open = self.open(lane, depth).filter(|bar| bar.first < end && bar.last >= start);
                all.into_iter().filter(is_inside).for_each(|bar| merged.add(bar));
                // A call that goes on is always shown.
                let bars: Vec<Bar> = merged.bars.into_iter().chain(open).collect();
                if !bars.is_empty() {
                    rows.push(Row { row, bars });
                }
            }
        }
        rows
    }
}

/// The first of each part of a window, of things that `next` finds after a step; what nothing caught is preferred.
fn spread(
    window: &Window,
    next: impl Fn(u64) -> Result<Option<(u64, u32, bool)>, Error>,
) -> Result<Vec<(u64, u32, bool)>, Error> {
    let part = (window.to - window.from + 1).div_ceil(MAX_MARKS);
    let (mut found, mut step) = (Vec::new(), window.from - 1);
    while let Some(one) = next(step)?.filter(|one| one.0 <= window.to) {
        step = (window.from + ((one.0 - window.from) / part + 1) * part).saturating_sub(1).max(one.0);
        found.push(one);
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
