//! Two runs that are looked at together: what differs, and travel through both at once.

use connie_recording::error::Error;
use connie_recording::reader::Recording;
use connie_recording::render::Bounds;

use super::alignment::{Alignment, Found};
use super::found::{Comparison, Options};
use super::pairs::{Block, Pairs, Threads, blocks};
use super::{counted, prefix, walk};
use crate::timeline::{Direction, Position, Timeline};

mod place;
mod travel;

pub use place::{Given, Level, Place, Relation, Seen, Variable};

/// Two runs, and which of their steps correspond.
pub struct Compared {
    recordings: [Recording; 2],
    timelines: [Timeline; 2],
    pairs: Pairs,
    threads: Threads,
    alignment: Alignment,
    bounds: Bounds,
    /// Where they differ.
    pub found: Comparison,
}

impl Compared {
    /// Compares two recordings.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn new(left: Recording, right: Recording, options: &Options<'_>) -> Result<Self, Error> {
        let pairs = Pairs::of(&left, &right);
        let threads = Threads::of(&left, &right)?;
        let mut alignment = Alignment::new(&threads.pairs);
        let mut found = counted(&left, &right, &pairs, &threads)?;
        let from = prefix::same_steps(&left, &right, &pairs, &|| (options.progress)(0));
        walk::walk([&left, &right], &pairs, &threads, from, options, &mut alignment, &mut found)?;
        if found.identical {
            alignment.add_same(found.compared);
        }
        let (recordings, timelines) = ([left, right], [Timeline::default(), Timeline::default()]);
        Ok(Self { recordings, timelines, pairs, threads, alignment, bounds: options.bounds, found })
    }

    /// The recordings.
    #[must_use]
    pub fn recordings(&self) -> &[Recording; 2] {
        &self.recordings
    }

    /// Reads what was recorded meanwhile, if a run is still being recorded. Returns whether there was anything: the runs
    /// have to be compared again then.
    pub fn refresh(&mut self) -> bool {
        let is_new = |recording: &mut Recording| recording.info.is_going_on() && recording.refresh().unwrap_or(false);
        self.recordings.iter_mut().map(is_new).fold(false, |any, is_new| any | is_new)
    }

    /// Where to look first: the first pair of steps at which something differs, or the beginning.
    ///
    /// # Errors
    /// If the recordings cannot be read.
    pub fn first(&self) -> Result<Option<[u64; 2]>, Error> {
        match self.found.parting() {
            Some(parting) => Ok(Some(parting)),
            None => self.end(Direction::Backward),
        }
    }

    /// The lines of two sources side by side; `None` if the sources do not correspond.
    #[must_use]
    pub fn lines(&self, sources: [u32; 2]) -> Option<Vec<Block>> {
        let pair = self.pairs.sources.get(sources[1] as usize)?.as_ref()?;
        let text = |n: usize| self.recordings[n].sources.get(sources[n] as usize)?.text.as_deref();
        if pair.0 == sources[0] { Some(blocks(text(0).unwrap_or_default(), text(1).unwrap_or_default())) } else { None }
    }

    fn position(&self, side: usize, step: u64) -> Result<Position, Error> {
        self.timelines[side].position(&self.recordings[side], step)
    }

    /// Where two steps are in the alignment.
    fn find(&self, steps: [u64; 2]) -> Result<Option<Found>, Error> {
        Ok(self.alignment.find(self.position(0, steps[0])?.thread, steps))
    }
}

#[cfg(test)]
mod tests;
