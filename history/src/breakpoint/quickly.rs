//! Conditions on variables that hold scalars: the variables of frames are followed through a chunk, without all other
//! values.

use connie_expression::Expression;
use connie_expression::quick::Quick;
use connie_recording::chunk::{Entity, Entry};
use connie_recording::reader::Recording;
use connie_wire::Op;
use rustc_hash::FxHashMap;

/// The variables of frames, by frame.
#[derive(Default)]
pub(crate) struct Frames {
    all: Vec<Entity>,
    places: FxHashMap<u64, usize>,
    /// The frame that was found last, and its place.
    last: Option<(u64, usize)>,
}

impl Frames {
    /// Adds a frame.
    pub fn put(&mut self, frame: u64, entity: Entity) {
        let place = self.all.len();
        self.all.push(entity);
        self.places.insert(frame, place);
        self.last = Some((frame, place));
    }

    fn get(&mut self, frame: u64) -> Option<&mut Entity> {
        let place = match self.last {
            Some((known, place)) if known == frame => place,
            _ => *self.places.get(&frame)?,
        };
        self.last = Some((frame, place));
        self.all.get_mut(place)
    }

    /// The variables of a frame. A frame that was not added has those of the beginning of the chunk.
    pub fn known(&mut self, recording: &Recording, frame: u64, index: usize) -> Option<&mut Entity> {
        if self.get(frame).is_none() {
            let before = recording.entity_before(frame, index).ok()??;
            self.put(frame, (*before).clone());
        }
        self.get(frame)
    }

    /// Forgets a frame.
    pub fn remove(&mut self, frame: u64) {
        self.last = None;
        if let Some(place) = self.places.remove(&frame) {
            self.all[place].items = Vec::new();
        }
    }
}

/// The condition in its small form for each code that is met; `None` for code where it has none.
struct Forms<'c> {
    condition: &'c Expression,
    known: FxHashMap<u32, Option<Quick>>,
}

impl Forms<'_> {
    fn of(&mut self, recording: &Recording, code: u32) -> Option<&Quick> {
        let compile = || recording.function(code).and_then(|function| self.condition.quick(&function.slots));
        self.known.entry(code).or_insert_with(compile).as_ref()
    }
}

/// The given steps (of one chunk, ascending) at which a condition holds; `None` if not all of them can be judged by the
/// variables of their frames alone.
pub(crate) fn holding(recording: &Recording, index: usize, condition: &Expression, steps: &[u64]) -> Option<Vec<u64>> {
    // A variable may be uncertain there.
    if steps.iter().any(|step| recording.late().has_any(*step)) {
        return None;
    }
    let chunk = recording.chunk(index).ok()?;
    let mut walk = chunk.walk(recording.chunks[index].first_step);
    let mut forms = Forms { condition, known: FxHashMap::default() };
    let mut frames = Frames::default();
    let mut held = Vec::new();
    let mut wanted = steps.iter().copied().peekable();
    while let (Some(next), Some(entry)) = (wanted.peek().copied(), walk.next_entry()) {
        let op = match entry {
            Entry::Snapshot(entity, frame) => {
                if entity.ty.is_none() {
                    frames.put(*frame, entity.clone());
                }
                continue;
            }
            Entry::Op(op) => op,
        };
        let top = walk.context().stack().last().map(|frame| (frame.frame, frame.code));
        let at = match op {
            Op::Call { frame, code, slots, .. } => {
                frames.put(*frame, Entity::frame(slots));
                Some((*frame, *code))
            }
            Op::Slot { slot, value } => {
                if let Some(entity) = top.and_then(|(frame, _)| frames.get(frame)) {
                    entity.set(*slot as usize, value.clone());
                }
                continue;
            }
            Op::SlotOf { frame, slot, value } => {
                if let Some(entity) = frames.get(*frame) {
                    entity.set(*slot as usize, value.clone());
                }
                continue;
            }
            Op::Unwind { .. } => {
                top.into_iter().for_each(|(frame, _)| frames.remove(frame));
                continue;
            }
            _ => top,
        };
        if op.is_step() && walk.step() == next {
            wanted.next();
            let (frame, code) = at?;
            let form = forms.of(recording, code)?;
            if form.holds(&frames.known(recording, frame, index)?.items)? {
                held.push(next);
            }
        }
        if let (Op::Return { .. }, Some((frame, _))) = (op, top) {
            frames.remove(frame);
        }
    }
    wanted.peek().is_none().then_some(held)
}
