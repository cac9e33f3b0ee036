//! Skips chunks in which a place is known not to change, by their sketches: an object changes in many chunks, but one of
//! its attributes only in a few.

use connie_recording::chunk::Entry;
use connie_recording::player::Player;
use connie_recording::reader::Recording;
use connie_recording::render::World;
use connie_recording::sketch::SHIFTED;
use connie_wire::{Contents, Op};

use crate::target::{Target, value_of};
use crate::timeline::{Direction, Timeline};

/// The number of chunks read in vain after which the position of an item is looked up.
const FEW: usize = 2;
/// The number of chunks read in vain after which the sketches of the next ones are made with all processors.
const PATIENCE: usize = 6;
/// The maximum number of sketches made at once.
const MAX_SKETCHES: usize = 128;

/// Where a target is among the items of its frame or object.
enum Home {
    /// Not looked up yet.
    Unknown,
    /// At these indexes. Changes of others do not concern it.
    At([u32; 3]),
    /// Anywhere.
    Anywhere,
}

/// The chunks in which a place does not change, for a search from a step on.
pub(crate) struct Untouched<'a> {
    recording: &'a Recording,
    target: &'a Target,
    /// A step at which items are where they are in the chunks that are searched next.
    step: u64,
    home: Home,
    misses: usize,
}

impl<'a> Untouched<'a> {
    pub fn new(recording: &'a Recording, target: &'a Target, step: u64, direction: Direction) -> Self {
        let home = match target {
            Target::Slot { slot, .. } => Home::At([*slot, SHIFTED, SHIFTED]),
            // Where an item will be is not known.
            Target::Item { .. } if direction == Direction::Forward => Home::Anywhere,
            Target::Item { .. } => Home::Unknown,
        };
        Self { recording, target, step, home, misses: 0 }
    }

    /// Whether the place does not change in a chunk (by index).
    pub fn has(&mut self, index: usize) -> bool {
        if matches!(self.home, Home::Unknown) && self.misses >= FEW {
            self.home = self.place_at(self.step).map_or(Home::Anywhere, Home::At);
        }
        let Home::At(places) = &self.home else { return false };
        self.recording.sketch(index).is_some()
            && places.iter().all(|place| !self.recording.may_change(index, self.target.id(), *place))
    }

    /// The chunk was read, and has no change that was searched. `next` are the chunks that come after it.
    pub fn missed(&mut self, timeline: &Timeline, index: usize, next: &[usize]) {
        self.misses += 1;
        if matches!(self.home, Home::Anywhere) {
            return;
        }
        if self.recording.sketch(index).is_none()
            && let Ok(chunk) = self.recording.chunk(index)
        {
            self.recording.learn(index, &chunk);
        }
        // Before items moved, it was at another index.
        if matches!(self.target, Target::Item { .. }) && self.moves_in(index) {
            self.step = self.recording.chunks[index].first_step.saturating_sub(1);
            self.home = match self.home {
                Home::At(_) => self.place_at(self.step).map_or(Home::Anywhere, Home::At),
                _ => Home::Unknown,
            };
        }
        if self.misses >= PATIENCE {
            let most = (4 * self.misses).min(MAX_SKETCHES);
            let unknown = next.iter().copied().filter(|index| self.recording.sketch(*index).is_none());
            self.recording.learn_all(unknown.take(most), || timeline.is_interrupted());
            self.recording.keep_sketches();
        }
    }

    /// Whether items of the object move in a chunk (by index). A sketch alone is wrong at times, which would matter here:
    /// of the few chunks that are read in vain, many are read because of such an error.
    fn moves_in(&self, index: usize) -> bool {
        let id = self.target.id();
        if !self.recording.may_change(index, id, SHIFTED) {
            return false;
        }
        let Ok(chunk) = self.recording.chunk(index) else { return true };
        chunk.entries.iter().any(|entry| match entry {
            Entry::Op(Op::New { object, .. } | Op::Splice { object, .. }) => *object == id,
            Entry::Op(_) => false,
            Entry::Snapshot(_, of) => *of == id,
        })
    }

    /// The indexes of an item at a step: of its key, of its value, and of items that move.
    fn place_at(&self, step: u64) -> Option<[u32; 3]> {
        let Target::Item { object, key } = self.target else { return None };
        let (player, _) = Player::at(self.recording, step.min(self.recording.last_step())).ok()?;
        let entity = player.entity(*object)?;
        let shape = self.recording.type_name(entity.ty?)?.kind.shape();
        if !matches!(shape.contents, Contents::Pairs | Contents::Names) {
            return None;
        }
        let items = shape.of(&entity.items);
        let n = items.chunks_exact(2).position(|pair| pair[0] == *key)?;
        value_of(self.recording, &entity, self.target)?;
        let first = u32::try_from(entity.items.len() - items.len() + 2 * n).ok()?;
        Some([first, first + 1, SHIFTED])
    }
}
