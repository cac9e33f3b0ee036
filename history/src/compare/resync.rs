//! Finds where two runs meet again after their control flow differed.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::pairs::Pairs;
use super::side::{Side, Token, token_at};
use crate::timeline::{At, Position, Timeline};
use connie_recording::reader::Recording;

/// The maximum number of different places, at the depth of the parting or above, visited in each run.
const PLACES: usize = 20_000;
/// The maximum number of steps that each run is followed.
const STEPS: u64 = 2_000_000;

/// The number of steps between two checks whether to stop.
const OFTEN: u64 = 1_024;

/// Follows one of the runs, without its values.
struct Scout<'s> {
    recording: &'s Recording,
    timeline: &'s Timeline,
    thread: u32,
    pairs: Option<&'s Pairs>,
    /// The positions of a chunk, its index, and the number of positions that were visited.
    positions: Rc<Vec<Position>>,
    chunk: usize,
    visited: usize,
    /// The maximum depth of places: it decreases once the frame in which the runs parted has ended.
    depth: u32,
    /// The first step at each place.
    seen: FxHashMap<Token, u64>,
    last: u64,
    ended: bool,
    goes_on: &'s dyn Fn() -> bool,
    steps: u64,
}

impl<'s> Scout<'s> {
    /// Starts at the step of a side.
    fn new(
        side: &Side<'s>,
        timeline: &'s Timeline,
        pairs: Option<&'s Pairs>,
        depth: usize,
        goes_on: &'s dyn Fn() -> bool,
    ) -> Self {
        let (recording, thread) = (side.recording, side.thread);
        let first = side.now.as_ref().map_or(u64::MAX, |step| step.number);
        let chunk = recording.chunk_of(first).unwrap_or(recording.chunks.len());
        let positions = match chunk < recording.chunks.len() {
            true => timeline.chunk(recording, chunk).unwrap_or_default(),
            false => Rc::default(),
        };
        let visited = positions.partition_point(|position| position.step < first);
        let (last, depth) = (first.saturating_add(STEPS), depth as u32);
        let seen = FxHashMap::default();
        Self {
            recording,
            timeline,
            thread,
            pairs,
            positions,
            chunk,
            visited,
            depth,
            seen,
            last,
            ended: false,
            goes_on,
            steps: 0,
        }
    }

    /// The next step of the thread in recorded code. Chunks that cannot be read are skipped.
    fn position(&mut self) -> Option<Position> {
        loop {
            if let Some(position) = self.positions.get(self.visited) {
                self.visited += 1;
                if position.thread == self.thread && position.frame != 0 && position.at != At::Output {
                    return Some(*position);
                }
                continue;
            }
            self.chunk += 1;
            if self.chunk >= self.recording.chunks.len() {
                return None;
            }
            self.positions = self.timeline.chunk(self.recording, self.chunk).unwrap_or_default();
            self.visited = 0;
        }
    }

    /// The next place within the depth, the current one included, and its step.
    fn next(&mut self) -> Option<(Token, u64)> {
        while self.seen.len() < PLACES
            && let Some(position) = self.position().filter(|position| position.step <= self.last)
        {
            self.steps += 1;
            if self.steps.is_multiple_of(OFTEN) && !(self.goes_on)() {
                break;
            }
            if position.depth <= self.depth {
                let left = matches!(position.at, At::Return | At::Yield);
                self.depth = position.depth - u32::from(left && position.depth > 0);
                let token = token_at(self.recording, self.pairs, &position);
                self.seen.entry(token).or_insert(position.step);
                return Some((token, position.step));
            }
        }
        self.ended = true;
        None
    }
}

/// The steps at which both are at the same place again, at `depth` or above. `goes_on` is asked now and then whether to
/// search further.
pub fn meeting(
    sides: &[Side<'_>; 2],
    timelines: &[Timeline; 2],
    pairs: &Pairs,
    depth: usize,
    goes_on: &dyn Fn() -> bool,
) -> Option<[u64; 2]> {
    let mut left = Scout::new(&sides[0], &timelines[0], None, depth, goes_on);
    let mut right = Scout::new(&sides[1], &timelines[1], Some(pairs), depth, goes_on);
    while !(left.ended && right.ended) {
        if let Some((token, step)) = left.next()
            && let Some(other) = right.seen.get(&token)
        {
            return Some([step, *other]);
        }
        if let Some((token, step)) = right.next()
            && let Some(other) = left.seen.get(&token)
        {
            return Some([*other, step]);
        }
    }
    None
}
