//! All calls of a recording, read chunk by chunk. Its size is limited: if there are too many, short calls are merged.

use connie_recording::reader::Recording;
use rustc_hash::FxHashMap;

use super::bar::{Bar, add};
use super::{Lane, Window};
use crate::calls::{Flow, Happening};

/// The maximum number of bars: some 32 megabytes.
const MAX_BARS: usize = 1 << 20;
/// The maximum number of tasks that have lanes of their own. The calls of more tasks are in the lanes of their threads.
const MAX_TASKS: usize = 64;

/// The calls of a thread or task.
#[derive(Default)]
pub(super) struct Rows {
    pub thread: u32,
    pub task: u32,
    /// The calls that ended, by depth.
    pub ended: Vec<Vec<Bar>>,
    /// The number of active calls.
    pub active: usize,
}

/// An active call.
pub(super) struct Active {
    /// The index of its lane.
    pub lane: usize,
    pub depth: usize,
    pub first: u64,
    pub code: u32,
}

/// The calls of a recording, as far as it was read.
pub struct Index {
    /// Calls shorter than this number of steps are merged, by columns of this size: a power of two.
    pub(super) base: u64,
    max_bars: usize,
    /// The number of bars.
    pub(super) bars: usize,
    pub(super) lanes: Vec<Rows>,
    /// Indices of lanes, by thread and task.
    pub(super) known: FxHashMap<(u32, u32), usize>,
    /// The active calls of each thread, the outermost first.
    pub(super) active: FxHashMap<u32, Vec<Active>>,
    flow: Flow,
    /// The next chunk.
    pub(super) next: usize,
    /// The last step that was read.
    pub(super) read: u64,
    has_tasks: bool,
}

impl Index {
    /// Begins before the first chunk.
    #[must_use]
    pub fn new(recording: &Recording) -> Self {
        let has_tasks = recording.tasks().is_ok_and(|tasks| tasks.len() <= MAX_TASKS);
        Self::from(recording, has_tasks, 0, MAX_BARS)
    }

    /// Begins before a chunk.
    pub(super) fn from(recording: &Recording, has_tasks: bool, next: usize, max_bars: usize) -> Self {
        Self {
            base: 1,
            max_bars,
            bars: 0,
            lanes: Vec::new(),
            known: FxHashMap::default(),
            active: FxHashMap::default(),
            flow: Flow::new(recording),
            next,
            read: 0,
            has_tasks,
        }
    }

    /// The last step that was read.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.read
    }

    /// Whether the whole recording was read.
    #[must_use]
    pub fn is_whole(&self, recording: &Recording) -> bool {
        self.next >= recording.chunks.len()
    }

    /// Reads the next chunks, at least one, until there is none or `is_enough`.
    pub fn extend(&mut self, recording: &Recording, is_enough: impl Fn() -> bool) {
        while self.next < recording.chunks.len() {
            self.chunk(recording);
            if is_enough() {
                break;
            }
        }
    }

    fn chunk(&mut self, recording: &Recording) {
        let index = self.next;
        let mut flow = std::mem::replace(&mut self.flow, Flow::new(recording));
        flow.chunk(recording, index, |happening| {
            self.happens(happening);
            true
        });
        (self.flow, self.next) = (flow, index + 1);
        let info = &recording.chunks[index];
        self.read = (info.first_step + info.steps).saturating_sub(1);
        while self.bars > self.max_bars && self.base < 1 << 40 {
            self.merge();
        }
    }

    fn happens(&mut self, happening: Happening) {
        match happening {
            Happening::Begins { thread, task, code, step, .. } => {
                let task = if self.has_tasks { task } else { 0 };
                let lane = *self.known.entry((thread, task)).or_insert_with(|| {
                    self.lanes.push(Rows { thread, task, ..Rows::default() });
                    self.lanes.len() - 1
                });
                let rows = &mut self.lanes[lane];
                let depth = rows.active;
                rows.active += 1;
                if rows.ended.len() < rows.active {
                    rows.ended.push(Vec::new());
                }
                self.active.entry(thread).or_default().push(Active { lane, depth, first: step, code });
            }
            Happening::Ends { thread, step, .. } => {
                let Some(call) = self.active.get_mut(&thread).and_then(Vec::pop) else { return };
                let rows = &mut self.lanes[call.lane];
                rows.active -= 1;
                let row = &mut rows.ended[call.depth];
                let before = row.len();
                add(row, Bar::of(call.first, step, call.code), self.base);
                self.bars += row.len() - before;
            }
        }
    }

    /// Merges more: columns double.
    fn merge(&mut self) {
        self.base *= 2;
        self.bars = 0;
        for row in self.lanes.iter_mut().flat_map(|rows| &mut rows.ended) {
            let mut merged = Vec::new();
            for bar in row.drain(..) {
                add(&mut merged, bar, self.base);
            }
            self.bars += merged.len();
            *row = merged;
        }
    }

    /// The lanes, by thread and task.
    #[must_use]
    pub fn lanes(&self) -> Vec<Lane> {
        let mut all: Vec<&Rows> = self.lanes.iter().collect();
        all.sort_unstable_by_key(|rows| (rows.thread, rows.task));
        let mut row = 0;
        let lane = |rows: &Rows| {
            let lane = Lane { thread: rows.thread, task: rows.task, row, depth: rows.ended.len() };
            row += 1 + lane.depth;
            lane
        };
        all.into_iter().map(lane).collect()
    }

    fn rows_of(&self, lane: &Lane) -> Option<&Rows> {
        self.known.get(&(lane.thread, lane.task)).and_then(|index| self.lanes.get(*index))
    }

    /// The calls of a row that ended, of which some are inside a range; `end` is after it.
    pub(super) fn bars(
        &self,
        lane: &Lane,
        depth: usize,
        start: u64,
        end: u64,
        is_wanted: impl Fn(&Bar) -> bool,
    ) -> Vec<Bar> {
        let row = self.rows_of(lane).and_then(|rows| rows.ended.get(depth));
        let row = row.map_or(&[][..], Vec::as_slice);
        let row = &row[row.partition_point(|bar| bar.last < start)..];
        let row = &row[..row.partition_point(|bar| bar.first < end)];
        row.iter().copied().filter(is_wanted).collect()
    }

    /// The call of a row that is active at the end of what was read.
    pub(super) fn open(&self, lane: &Lane, depth: usize) -> impl Iterator<Item = Bar> + '_ {
        let index = self.known.get(&(lane.thread, lane.task)).copied();
        let of_thread = self.active.get(&lane.thread).into_iter().flatten();
        let found = of_thread.filter(move |call| Some(call.lane) == index && call.depth == depth);
        found.map(|call| Bar::of(call.first, self.read, call.code))
    }

    /// The calls near a window that this index merged.
    pub(super) fn short(&self, recording: &Recording, window: &Window) -> Self {
        // Columns of the answer are smaller than those of the index.
        let (first, last) = (window.from.saturating_sub(2 * self.base), window.to.saturating_add(2 * self.base));
        let known = &recording.chunks[..self.next.min(recording.chunks.len())];
        let start = known.partition_point(|chunk| chunk.first_step <= first).saturating_sub(1);
        let end = known.partition_point(|chunk| chunk.first_step <= last);
        let mut short = Self::from(recording, self.has_tasks, start, usize::MAX);
        while short.next < end {
            short.chunk(recording);
        }
        short
    }
}
