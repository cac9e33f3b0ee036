//! What frames and objects hold now, and the ops that say so.

use connie_wire::Op;

use super::kept::known_in;
use super::state::Recorder;
use super::types::Live;
use crate::chunk::Entity;
use crate::error::Error;

impl Recorder {
    pub(super) fn op(&mut self, op: Op) -> Result<(), Error> {
        match &op {
            Op::String { .. } | Op::File { .. } | Op::Source { .. } | Op::Type { .. } | Op::Code { .. } => {
                let command = self.command.clone().map(String::into_bytes);
                return self.define(op, command).map(|_| ());
            }
            Op::Trouble { text } => {
                self.note(&String::from_utf8_lossy(text));
                return Ok(());
            }
            _ => {}
        }
        self.change(&op);
        let step = op.is_step();
        if step {
            self.steps += 1;
        }
        self.event(&op)?;
        self.writer.push(&op, &self.context);
        if let Op::Return { .. } | Op::Unwind { .. } = op
            && let Some(frame) = self.context.top()
        {
            self.live.remove(&frame.frame);
        }
        self.context.apply(&op);
        if step && self.writer.is_full() {
            self.end_chunk()?;
        }
        Ok(())
    }

    /// Follows changes of contents; what is changed for the first time in this chunk is written
    /// out whole before.
    #[inline]
    pub(super) fn change(&mut self, op: &Op) {
        match op {
            Op::Slot { slot, value } => {
                if let Some(frame) = self.context.top()
                    && let Some(live) = self.touch(frame.frame)
                {
                    live.set(*slot as usize, value.clone());
                }
            }
            Op::SlotOf { frame, slot, value } => {
                if let Some(live) = self.touch(*frame) {
                    live.set(*slot as usize, value.clone());
                }
            }
            Op::Set { object, index, value } => {
                if let Some(live) = self.touch(*object) {
                    live.set(*index as usize, value.clone());
                }
            }
            Op::Splice { object, start, removed, length, items } => {
                if let Some(live) = self.touch(*object) {
                    live.splice(*start as usize, *removed as usize, *length, items);
                }
            }
            Op::New { object, ty, length, items } => {
                let entity = Entity { ty: Some(*ty), length: *length, items: items.clone() };
                // Known already: its class was assigned.
                self.touch(*object);
                self.live.insert(*object, Live { entity, chunk: self.chunk });
                self.births.add(*object, self.stream);
            }
            Op::Call { frame, slots, .. } => {
                self.live.insert(*frame, Live { entity: Entity::frame(slots), chunk: self.chunk });
                self.births.add(*frame, self.stream);
            }
            Op::Evict { object } | Op::Gone { frame: object } => {
                self.forget_exception(*object);
                self.live.remove(object);
            }
            _ => {}
        }
    }

    #[inline]
    pub(super) fn touch(&mut self, id: u64) -> Option<&mut Entity> {
        let live = self.live.get_mut(&id)?;
        if live.chunk != self.chunk {
            if live.chunk != known_in(self.chunk) {
                self.writer.snapshot(id, &live.entity);
            }
            live.chunk = self.chunk;
            self.touched.push(id);
        }
        Some(&mut live.entity)
    }
}
