//! Writes changed variables and items. Of a long text, only what the last one did not have is written.

use connie_wire::codec::Sink;
use connie_wire::op::put;
use connie_wire::texts::{Place, long_text};

use super::Capture;

impl Capture {
    /// Writes the encoded value of a variable of the current frame.
    pub fn put_slot(&mut self, slot: u32, value: &[u8]) {
        self.ring.reserve(value.len() + 32);
        let Some((text, length)) = long_text(value) else {
            return put::slot(&mut self.ring, slot, |ring| ring.put_all(value));
        };
        let shared = self.texts.shared(Place::of_slot(slot), text);
        put::slot_text(&mut self.ring, slot, shared as u32, &text[shared..], length);
    }

    /// Writes the encoded value of an item of an object.
    pub(super) fn put_set(&mut self, object: u64, index: u32, value: &[u8]) {
        self.ring.reserve(value.len() + 64);
        let Some((text, length)) = long_text(value) else {
            return put::set(&mut self.ring, object, index, |ring| ring.put_all(value));
        };
        let shared = self.texts.shared(Place::of_item(object, index), text);
        put::set_text(&mut self.ring, object, index, shared as u32, &text[shared..], length);
    }
}
