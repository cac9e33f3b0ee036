//! The context that each frame runs in, in which context variables have their values.
//!
//! It is stored behind the frame's variables and its other globals, as a variable without a name: the context's number,
//! or None if there is no context and every variable is unset.

use connie_wire::codec::Sink;
use connie_wire::op::put;
use connie_wire::value::{self, tag};

use super::Engine;
use super::frame::Frame;
use crate::code::CodeInfo;
use crate::plan::Sym;
use crate::raw::{self, Obj};

fn put_context(context: u64, out: &mut impl Sink) {
    if context == 0 { out.put(tag::NONE) } else { value::put_object(out, context) }
}

impl Engine {
    /// Appends the context of a frame that begins to its variables. Returns whether there is something to append.
    ///
    /// # Safety
    /// The frame is that of the running code.
    pub(super) unsafe fn put_context_of_call(&mut self, frame: &mut Frame, out: &mut Vec<u8>) -> bool {
        if !self.capture.reads_contexts() {
            return false;
        }
        // SAFETY: `state` was set by `enter`; codes are held.
        let (slots, context) = unsafe { ((*frame.code).slots, self.capture.current_context(self.state)) };
        let Some(context) = context else { return false };
        frame.context = Some(context);
        out.varint(slots as u64 + 1);
        put_context(context, out);
        true
    }

    /// Makes sure that the recording is up to date about the context of a frame that runs or is about to.
    ///
    /// # Safety
    /// As in `look`, or the frame is about to resume.
    pub(super) unsafe fn observe_context(&mut self, frame: *mut Frame) {
        // SAFETY: `state` was set by `enter`; frames are boxed, and codes held.
        unsafe {
            let Some(context) = self.capture.current_context(self.state) else { return };
            if (*frame).context == Some(context) {
                return;
            }
            (*frame).context = Some(context);
            let (id, slot) = ((*frame).id, (*(*frame).code).slots as u32 + 1);
            let is_top = std::ptr::eq(frame, self.top());
            let ring = &mut self.capture.ring;
            ring.reserve(64);
            if is_top {
                put::slot(ring, slot, |ring| put_context(context, ring));
            } else {
                put::slot_of(ring, id, slot, |ring| put_context(context, ring));
            }
        }
    }

    /// Has the context variables and proxies be read that the body of a module or class names.
    ///
    /// # Safety
    /// `namespace` is the live dict of a frame of this code.
    pub(super) unsafe fn name_standings(&mut self, code: *mut CodeInfo, namespace: Obj) {
        let unnamed = self.capture.unnamed_standings();
        // SAFETY: codes are held, and their names, which are strs; what a dict holds lives as long as it is there.
        unsafe {
            if (*code).globals.standings == unnamed {
                return;
            }
            (*code).globals.standings = unnamed;
            let names = raw::tuple_items((*code).names);
            for symbol in &(*code).plans.symbols {
                let Sym::Name(name) = symbol else { continue };
                let value = raw::dict_get(namespace, names[*name as usize]);
                if !value.is_null() && self.capture.knows(value) {
                    self.capture.name_standing(value);
                }
            }
        }
    }
}
