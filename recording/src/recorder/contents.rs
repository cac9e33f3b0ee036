//! What frames and objects hold now, and the ops that say so.
//!
//! What is changed for the first time in a chunk is written out whole before.

use connie_wire::Value;

use super::kept::known_in;
use super::state::Recorder;
use super::types::Live;
use crate::error::Error;

/// Items of a frame or object that ended, for which the room is kept for the next one.
const SPARE: usize = 32;
/// How many of those are kept.
const MOST_SPARE: usize = 4096;

impl Recorder {
    /// A variable of the current frame changed.
    #[inline(always)]
    pub(super) fn slot(&mut self, slot: u32, mut value: Value) -> Result<(), Error> {
        let top = self.context.stack().last().map(|frame| (frame.frame, frame.code));
        let code = top.map_or(u32::MAX, |(_, code)| code);
        self.redact_slot(code, slot, &mut value)?;
        let at = top.and_then(|(frame, _)| self.touch(frame));
        self.writer.slot(code, slot, &value);
        if let Some(at) = at {
            self.live.at(at).entity.set(slot as usize, value);
        }
        Ok(())
    }

    /// A variable of another frame changed.
    pub(super) fn slot_of(&mut self, frame: u64, slot: u32, mut value: Value) -> Result<(), Error> {
        self.redact_slot_of(frame, slot, &mut value)?;
        let at = self.touch(frame);
        self.writer.slot_of(frame, slot, &value);
        if let Some(at) = at {
            self.live.at(at).entity.set(slot as usize, value);
        }
        Ok(())
    }

    /// An item of an object changed.
    #[inline]
    pub(super) fn set(&mut self, object: u64, index: u32, mut value: Value) -> Result<(), Error> {
        self.redact_item(object, index, &mut value)?;
        let at = self.touch(object);
        self.writer.set(object, index, &value);
        if let Some(at) = at {
            self.live.at(at).entity.set(index as usize, value);
        }
        Ok(())
    }

    /// Items of an object were replaced.
    #[inline]
    pub(super) fn splice(
        &mut self,
        object: u64,
        (start, removed): (u32, u32),
        length: u64,
        mut items: Vec<Value>,
    ) -> Result<(), Error> {
        self.redact_items(object, start, length, &mut items)?;
        let at = self.touch(object);
        self.writer.splice(object, (start, removed), length, &items);
        if let Some(at) = at {
            self.live.at(at).entity.splice_in(start as usize, removed as usize, length, items);
        }
        Ok(())
    }

    /// An object is seen for the first time.
    #[inline]
    pub(super) fn new_object(&mut self, object: u64, ty: u32, length: u64, mut items: Vec<Value>) -> Result<(), Error> {
        self.redact_new(ty, &mut items)?;
        // Known already: its class was assigned.
        self.touch(object);
        self.births.add(object, self.stream);
        self.writer.new_object(object, ty, length, &items);
        let at = self.live.add(object);
        let Live { entity, chunk } = self.live.at(at);
        (entity.ty, entity.length, entity.items, *chunk) = (Some(ty), length, items, self.chunk);
        Ok(())
    }

    /// What a new frame holds.
    #[inline]
    pub(super) fn new_frame(&mut self, frame: u64, slots: Vec<(u32, Value)>) {
        self.births.add(frame, self.stream);
        let at = self.live.add(frame);
        let live = self.live.at(at);
        live.chunk = self.chunk;
        live.entity.become_frame(slots.into_iter());
    }

    /// Nothing will be said of an object or frame any more.
    #[inline]
    pub(super) fn forget(&mut self, object: u64) {
        self.forget_exception(object);
        self.release(object);
    }

    /// What an object or frame held is of no use any more.
    #[inline]
    pub(super) fn release(&mut self, object: u64) {
        let is_spare = self.live.free() < MOST_SPARE;
        if let Some(live) = self.live.remove(object) {
            let items = &mut live.entity.items;
            if items.capacity() > SPARE || !is_spare {
                *items = Vec::new();
            } else {
                items.clear();
            }
        }
    }

    /// Where the contents of a frame or object are, which are about to change.
    #[inline(always)]
    fn touch(&mut self, id: u64) -> Option<u32> {
        let at = self.live.find(id)?;
        if self.live.at(at).chunk != self.chunk {
            self.touch_first(id, at);
        }
        Some(at)
    }

    #[inline(never)]
    fn touch_first(&mut self, id: u64, at: u32) {
        let live = self.live.at(at);
        if live.chunk != known_in(self.chunk) {
            self.writer.snapshot(id, &live.entity);
        }
        live.chunk = self.chunk;
        self.touched.push(id);
    }
}
