//! Steps through two runs at once.

use connie_recording::error::Error;
use connie_recording::reader::ChunkInfo;

use super::Compared;
use crate::compare::alignment::{Found, Part};
use crate::timeline::{At, Direction, Position, Reach};

/// The maximum number of stops of each run between two pairs of steps; from the last one, the next is where they meet.
const STOPS: usize = 20_000;

/// The stops that a step may lead to.
struct Limit {
    reach: Reach,
    depth: u32,
    frame: u64,
}

impl Limit {
    fn new(reach: Reach, from: &Position) -> Self {
        Self { reach, depth: from.depth, frame: from.frame }
    }

    fn has(&self, position: &Position) -> bool {
        match self.reach {
            Reach::In => true,
            Reach::Over => position.depth < self.depth || position.depth == self.depth && position.frame == self.frame,
            Reach::Out => position.depth < self.depth,
        }
    }

    /// The deepest place that it may lead to.
    fn deepest(&self) -> u32 {
        match self.reach {
            Reach::In => u32::MAX,
            Reach::Over => self.depth,
            Reach::Out => self.depth.saturating_sub(1),
        }
    }

    /// Whether runs that part at a depth are looked at.
    fn has_depth(&self, depth: usize) -> bool {
        depth as u64 <= u64::from(self.deepest())
    }
}

impl Compared {
    /// The nearest stop of a run beyond a step, up to a last one, in a thread.
    fn stop(
        &self,
        side: usize,
        thread: u32,
        (from, last): (u64, u64),
        direction: Direction,
        limit: &Limit,
    ) -> Result<Option<Position>, Error> {
        let is_beyond = |position: &Position| match direction {
            Direction::Forward => position.step > last,
            Direction::Backward => position.step < last,
        };
        let is_stop = |position: &Position| {
            position.thread == thread && matches!(position.at, At::Line | At::Raise) && limit.has(position)
        };
        let chunks = |chunk: &ChunkInfo| chunk.may_reach(thread, limit.deepest());
        let wanted = |position: &Position| is_beyond(position) || is_stop(position);
        let found = self.timelines[side].find(&self.recordings[side], from, direction, chunks, wanted)?;
        Ok(found.filter(|found| !is_beyond(found)))
    }

    /// The places of each run between two pairs of steps, ending with the one where it waits for the other.
    fn places(&self, found: Found) -> Result<[Vec<Position>; 2], Error> {
        let Some(Part::Apart { next, met, .. }) = self.alignment.part(found) else { return Ok(Default::default()) };
        let mut places: [Vec<Position>; 2] = Default::default();
        for side in 0..2 {
            let thread = self.alignment.tracks[found.track].threads[side];
            let end = met.map(|met| met[side]);
            let all = Limit { reach: Reach::In, depth: 0, frame: 0 };
            if let Some(first) = next[side].filter(|first| Some(*first) != end) {
                places[side].push(self.position(side, first)?);
                let (mut from, last) = (first, end.map_or(u64::MAX, |end| end - 1));
                while places[side].len() < STOPS
                    && let Some(stop) = self.stop(side, thread, (from, last), Direction::Forward, &all)?
                {
                    from = stop.step;
                    places[side].push(stop);
                }
            }
            let waits = match end {
                None if places[side].is_empty() => self.alignment.pair_before(found).map(|before| before[side]),
                end => end,
            };
            if let Some(waits) = waits {
                places[side].push(self.position(side, waits)?);
            }
        }
        Ok(places)
    }

    /// Steps both runs once. Where the comparison pairs their steps, they stay together; in between, each goes on by
    /// itself, and waits where they meet again. Returns the same steps at the end of what was compared.
    ///
    /// # Errors
    /// If there are no such steps, or the recordings cannot be read.
    pub fn step(&self, from: [u64; 2], reach: Reach, direction: Direction) -> Result<[u64; 2], Error> {
        let here = [self.position(0, from[0])?, self.position(1, from[1])?];
        let Some(found) = self.alignment.find(here[0].thread, from) else { return Ok(from) };
        let to = match self.alignment.part(found) {
            Some(Part::Apart { .. }) => {
                let within = self.step_apart(found, here, reach, direction)?;
                let outer = here.iter().min_by_key(|position| position.depth).unwrap_or(&here[0]);
                match within {
                    None if direction == Direction::Backward => {
                        self.before(found, u64::MAX, &Limit::new(reach, outer))?
                    }
                    within => within,
                }
            }
            _ => {
                let limit = Limit::new(reach, &here[0]);
                match direction {
                    Direction::Forward => self.after(found, from[0], &limit)?,
                    Direction::Backward => self.before(Found { part: found.part + 1, ..found }, from[0], &limit)?,
                }
            }
        };
        Ok(to.unwrap_or(from))
    }

    /// The next place after a pair, in its part or in later ones.
    fn after(&self, from: Found, step: u64, limit: &Limit) -> Result<Option<[u64; 2]>, Error> {
        let track = &self.alignment.tracks[from.track];
        for (at, part) in track.parts.iter().enumerate().skip(from.part) {
            match part {
                Part::Paired { first, length } => {
                    let range = (step.max(first[0] - 1), first[0] + length - 1);
                    let stop = self.stop(0, track.threads[0], range, Direction::Forward, limit)?;
                    if let Some(stop) = stop {
                        return Ok(Some([stop.step, first[1] + (stop.step - first[0])]));
                    }
                }
                Part::Apart { depth, met, .. } if met.is_none() || limit.has_depth(*depth) => {
                    let places = self.places(Found { part: at, ..from })?;
                    if let [Some(left), Some(right)] = places.each_ref().map(|places| places.first()) {
                        return Ok(Some([left.step, right.step]));
                    }
                }
                Part::Apart { .. } => {}
            }
        }
        Ok(None)
    }

    /// The last place in the parts before one, and before a step of the left run.
    fn before(&self, from: Found, step: u64, limit: &Limit) -> Result<Option<[u64; 2]>, Error> {
        let track = &self.alignment.tracks[from.track];
        for (at, part) in track.parts.iter().enumerate().take(from.part).rev() {
            match part {
                Part::Paired { first, length } => {
                    let range = (step.min(first[0] + length), first[0]);
                    let stop = self.stop(0, track.threads[0], range, Direction::Backward, limit)?;
                    if let Some(stop) = stop {
                        return Ok(Some([stop.step, first[1] + (stop.step - first[0])]));
                    }
                }
                Part::Apart { met: Some(met), depth, .. } if limit.has_depth(*depth) => {
                    let here = [self.position(0, met[0])?, self.position(1, met[1])?];
                    let found = Found { part: at, ..from };
                    if let Some(to) = self.step_apart(found, here, limit.reach, Direction::Backward)? {
                        return Ok(Some(to));
                    }
                }
                Part::Apart { .. } => {}
            }
        }
        Ok(None)
    }

    /// Steps each run by itself between two pairs of steps; `None` if neither can.
    fn step_apart(
        &self,
        found: Found,
        here: [Position; 2],
        reach: Reach,
        direction: Direction,
    ) -> Result<Option<[u64; 2]>, Error> {
        let places = self.places(found)?;
        let has_met = matches!(self.alignment.part(found), Some(Part::Apart { met: Some(_), .. }));
        let at = [0, 1].map(|n| places[n].partition_point(|place| place.step <= here[n].step).saturating_sub(1));
        let last = [0, 1].map(|n| places[n].len().saturating_sub(1));
        let to = [0, 1].map(|n| {
            let limit = Limit::new(reach, &here[n]);
            let goes_to = |to: &usize| limit.has(&places[n][*to]) || has_met && *to == last[n];
            match direction {
                Direction::Forward => (at[n] + 1..places[n].len()).find(goes_to).unwrap_or(at[n]),
                // A run that waits goes back once the other one has come back as far.
                Direction::Backward if at[n] == last[n] && at[1 - n] > at[n] => at[n],
                Direction::Backward => (0..at[n]).rev().find(goes_to).unwrap_or(at[n]),
            }
        });
        if to == at || places.iter().any(Vec::is_empty) {
            return Ok(None);
        }
        Ok(Some([0, 1].map(|n| places[n][to[n]].step)))
    }

    /// The first place, or the last one, of the first thread.
    ///
    /// # Errors
    /// If the recordings cannot be read.
    pub fn end(&self, direction: Direction) -> Result<Option<[u64; 2]>, Error> {
        let Some(track) = self.alignment.tracks.first() else { return Ok(None) };
        let all = Limit { reach: Reach::In, depth: 0, frame: 0 };
        match direction {
            Direction::Forward => {
                let Some(part) = track.parts.len().checked_sub(1) else { return Ok(None) };
                let found = Found { track: 0, part };
                match track.parts[part] {
                    Part::Paired { first, length } => {
                        // Steps of other threads may be in between.
                        let range = (first[0] + length, first[0]);
                        let is_own = |p: &Position| p.step < range.1 || p.thread == track.threads[0];
                        let last = self.timelines[0].find(
                            &self.recordings[0],
                            range.0,
                            Direction::Backward,
                            |_| true,
                            is_own,
                        )?;
                        let last = last.filter(|last| last.step >= first[0]);
                        Ok(last.map(|last| [last.step, first[1] + (last.step - first[0])]))
                    }
                    Part::Apart { .. } => {
                        let places = self.places(found)?;
                        let [Some(left), Some(right)] = places.each_ref().map(|places| places.last()) else {
                            return Ok(None);
                        };
                        Ok(Some([left.step, right.step]))
                    }
                }
            }
            Direction::Backward => self.after(Found { track: 0, part: 0 }, 0, &all),
        }
    }
}
