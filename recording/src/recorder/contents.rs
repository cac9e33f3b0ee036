//! The current contents of frames and objects, and the ops that change them.
//!
//! Before the first change of an entity in a chunk, its contents are written whole.

use connie_wire::Value;

use super::kept::known_in;
use super::state::Recorder;
use super::types::Live;
use crate::error::Error;

/// The largest capacity of an ended entity's items that is kept for reuse.
const SPARE: usize = 32;
/// The largest number of such spare vectors.
const MAX_SPARE: usize = 4096;

impl Recorder {
    /// Handles a change of a variable of the current frame.
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

    /// Handles a change of a variable of another frame.
    pub(super) fn slot_of(&mut self, frame: u64, slot: u32, mut value: Value) -> Result<(), Error> {
        self.redact_slot_of(frame, slot, &mut value)?;
        let at = self.touch(frame);
        self.writer.slot_of(frame, slot, &value);
        if let Some(at) = at {
            self.live.at(at).entity.set(slot as usize, value);
        }
        Ok(())
    }

    /// Handles a change of an item of an object.
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

    /// Handles a replacement of a range of items of an object.
    #[inline]
    pub(super) fn splice(
        &mut self,
        object: u64,
        (start, removed): (u32, u32),
        length: u64,
        items: &mut Vec<Value>,
    ) -> Result<(), Error> {
        self.redact_items(object, start, length, items)?;
        let at = self.touch(object);
        self.writer.splice(object, (start, removed), length, items);
        if let Some(at) = at {
            self.live.at(at).entity.splice_in(start as usize, removed as usize, length, items.drain(..));
        }
        Ok(())
    }

    /// Handles an object that is seen for the first time. Returns a vector that is not used any more.
    #[inline]
    pub(super) fn new_object(
        &mut self,
        object: u64,
        ty: u32,
        length: u64,
        mut items: Vec<Value>,
    ) -> Result<Vec<Value>, Error> {
        self.redact_new(ty, &mut items)?;
        // The object is known already if its class was assigned.
        self.touch(object);
        self.births.add(object, self.stream);
        self.writer.new_object(object, ty, length, &items);
        let at = self.live.add(object);
        let Live { entity, chunk } = self.live.at(at);
        (entity.ty, entity.length, *chunk) = (Some(ty), length, self.chunk);
        Ok(std::mem::replace(&mut entity.items, items))
    }

    /// Handles a new frame and its variables.
    #[inline]
    pub(super) fn new_frame(&mut self, frame: u64, slots: &mut Vec<(u32, Value)>) {
        self.births.add(frame, self.stream);
        let at = self.live.add(frame);
        let live = self.live.at(at);
        live.chunk = self.chunk;
        live.entity.become_frame(slots.drain(..));
    }

    /// Forgets an object or frame that no later op names.
    #[inline]
    pub(super) fn forget(&mut self, object: u64) {
        self.forget_exception(object);
        self.release(object);
    }

    /// Frees the contents of an object or frame.
    #[inline]
    pub(super) fn release(&mut self, object: u64) {
        let is_spare = self.live.free() < MAX_SPARE;
        if let Some(live) = self.live.remove(object) {
            let items = &mut live.entity.items;
            if items.capacity() > SPARE || !is_spare {
                *items = Vec::new();
            } else {
                items.clear();
            }
        }
    }

    /// Finds the contents of a frame or object that are about to change.
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
