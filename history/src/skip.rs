//! Searches for the steps of a frame and for calls, which skip chunks by their sketches.

use std::cell::Cell;

use connie_recording::error::Error;
use connie_recording::reader::{ChunkInfo, Recording};

use crate::timeline::{At, Direction, Position, Timeline};

/// The number of chunks read in vain after which the sketches of the next ones are made with all processors.
const PATIENCE: usize = 6;
/// The maximum number of sketches made at once.
const MAX_SKETCHES: usize = 128;

impl Timeline {
    /// The nearest matching position of a frame strictly beyond `step`. `chunks` selects the chunks to read, as for
    /// [`Self::find`].
    ///
    /// # Errors
    /// As for [`Self::find`].
    pub fn find_frame(
        &self,
        recording: &Recording,
        frame: u64,
        (step, direction): (u64, Direction),
        chunks: impl Fn(&ChunkInfo) -> bool,
        wanted: impl Fn(&Position) -> bool,
    ) -> Result<Option<Position>, Error> {
        let matches = |p: &Position| p.frame == frame && wanted(p);
        if frame == 0 {
            return self.find(recording, step, direction, chunks, matches);
        }
        let birth = recording.birth_of(frame).unwrap_or(0);
        let may_run = |index: usize| recording.may_run(index, frame);
        let may = |index: usize| index >= birth && chunks(&recording.chunks[index]);
        self.find_sketched(recording, (step, direction), may, may_run, matches)
    }

    /// The nearest matching call of one of these codes strictly beyond `step`. `chunks` selects the chunks to read, as
    /// for [`Self::find`].
    ///
    /// # Errors
    /// As for [`Self::find`].
    pub fn find_call(
        &self,
        recording: &Recording,
        codes: &[u32],
        (step, direction): (u64, Direction),
        chunks: impl Fn(&ChunkInfo) -> bool,
        wanted: impl Fn(&Position) -> bool,
    ) -> Result<Option<Position>, Error> {
        let may_call = |index: usize| recording.may_call(index, codes);
        let matches = |p: &Position| p.at == At::Call && codes.contains(&p.code) && wanted(p);
        let may = |index: usize| chunks(&recording.chunks[index]);
        self.find_sketched(recording, (step, direction), may, may_call, matches)
    }

    /// Searches chunks that `may` be read and whose sketch does not rule them out (`sketched`). A chunk that is read in
    /// vain gets its sketch, so that the next search skips it.
    fn find_sketched(
        &self,
        recording: &Recording,
        (step, direction): (u64, Direction),
        may: impl Fn(usize) -> bool,
        sketched: impl Fn(usize) -> bool,
        wanted: impl Fn(&Position) -> bool,
    ) -> Result<Option<Position>, Error> {
        let misses = Cell::new(0);
        let missed = |index: usize| {
            misses.set(misses.get() + 1);
            if recording.sketch(index).is_none()
                && let Ok(chunk) = recording.chunk(index)
            {
                recording.learn(index, &chunk);
            }
            if misses.get() < PATIENCE {
                return;
            }
            let next = |index: &usize| may(*index) && recording.sketch(*index).is_none();
            let is_enough = || self.is_interrupted();
            let most = (4 * misses.get()).min(MAX_SKETCHES);
            match direction {
                Direction::Forward => {
                    let ahead = (index + 1..recording.chunks.len()).filter(next).take(most);
                    recording.learn_all(ahead, is_enough);
                }
                Direction::Backward => recording.learn_all((0..index).rev().filter(next).take(most), is_enough),
            }
        };
        let found = self.find_in(recording, step, direction, |n| may(n) && sketched(n), missed, wanted)?;
        if found.is_none() && misses.get() >= PATIENCE {
            recording.keep_sketches();
        }
        Ok(found)
    }
}
