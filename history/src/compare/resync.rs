//! Finds where two runs meet again after their control flow differed.

use rustc_hash::FxHashMap;

use super::pairs::Pairs;
use super::side::{Side, Token, token};
use connie_recording::player::Event;

/// The maximum number of different places, at the depth of the parting or above, visited in each run.
const PLACES: usize = 20_000;
/// The maximum number of steps that each run is followed.
const STEPS: u64 = 2_000_000;

/// The number of steps between two checks whether to stop.
const OFTEN: u64 = 1_024;

/// Follows one of the runs.
struct Scout<'s, 'a> {
    side: &'s mut Side<'a>,
    pairs: Option<&'s Pairs>,
    /// The maximum depth of places: it decreases once the frame in which the runs parted has ended.
    depth: usize,
    /// The first step at each place.
    seen: FxHashMap<Token, u64>,
    last: u64,
    ended: bool,
    goes_on: &'s dyn Fn() -> bool,
    steps: u64,
}

impl<'s, 'a> Scout<'s, 'a> {
    fn new(side: &'s mut Side<'a>, pairs: Option<&'s Pairs>, depth: usize, goes_on: &'s dyn Fn() -> bool) -> Self {
        let last = side.now.as_ref().map_or(0, |step| step.number) + STEPS;
        Self { side, pairs, depth, seen: FxHashMap::default(), last, ended: false, goes_on, steps: 0 }
    }

    /// The next place within the depth, the current one included, and its step.
    fn next(&mut self) -> Option<(Token, u64)> {
        while self.seen.len() < PLACES
            && let Some(step) = self.side.now.clone().filter(|step| step.number <= self.last)
        {
            self.side.advance();
            self.steps += 1;
            if self.steps.is_multiple_of(OFTEN) && !(self.goes_on)() {
                break;
            }
            if step.depth <= self.depth {
                let left = matches!(step.event, Event::Return(_) | Event::Yield(_));
                self.depth = step.depth - usize::from(left && step.depth > 0);
                let token = token(self.side.recording, self.pairs, &step);
                self.seen.entry(token).or_insert(step.number);
                return Some((token, step.number));
            }
        }
        self.ended = true;
        None
    }
}

/// The steps at which both are at the same place again, at `depth` or above. Both sides are moved. `goes_on` is asked now
/// and then whether to search further.
pub fn meeting(sides: &mut [Side<'_>; 2], pairs: &Pairs, depth: usize, goes_on: &dyn Fn() -> bool) -> Option<[u64; 2]> {
    let [left, right] = sides;
    let (mut left, mut right) =
        (Scout::new(left, None, depth, goes_on), Scout::new(right, Some(pairs), depth, goes_on));
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
