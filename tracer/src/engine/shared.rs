//! Variables that functions share: what one changes, the others see.

use connie_wire::codec::Sink;
use connie_wire::op::put;
use connie_wire::value::tag;

use super::frame::{Cell, Frame, drop_held, hold};
use super::{Engine, Thread};
use crate::raw::Obj;

/// Number of frames below the current one that each change is written for.
const NEAR: usize = 4;

impl Engine {
    /// Writes the change of a variable of the current frame for the frames on the stack that share it: the nearest few
    /// and the outermost. To write it for all would be slow in a deep recursion. With `late` it may have changed some
    /// time ago; with `same_address` the new value lies where the old one did.
    #[cold]
    pub(super) unsafe fn tell_sharers(
        &mut self,
        frame: *mut Frame,
        n: usize,
        now: Obj,
        late: bool,
        same_address: bool,
    ) {
        // SAFETY: frames are boxed; the running thread is known. Of cells no more than the address is used.
        let (cell, thread) = unsafe {
            let cells = &(*frame).cells;
            let Some(cell) = cells.iter().find(|cell| cell.slot as usize == n).map(|cell| cell.address) else { return };
            (cell, &mut *self.thread)
        };
        let last = thread.stack.len() - 1;
        let near = last.saturating_sub(NEAR)..last;
        let outermost = thread.holders.get(&cell).filter(|(at, id)| {
            !near.contains(at) && *at < last && thread.stack.get(*at).is_some_and(|holder| holder.id == *id)
        });
        let sharers = near.chain(outermost.map(|(at, _)| *at));
        for other in sharers.map(|at| &raw mut *thread.stack[at]) {
            // SAFETY: frames are boxed; `now` is live or null.
            unsafe {
                let own = (*other).cells.iter().find(|own| own.address == cell).map(|own| own.slot as usize);
                if let Some(slot) = own
                    && ((&(*other).seen)[slot] & !1 != now as usize || same_address)
                {
                    if late {
                        self.capture.tell_late_slot((*other).id, slot, (*other).seen_at);
                    }
                    self.slot_of_changed(other, slot, now);
                }
            }
        }
    }

    /// Notes that the value of a shared variable was written. Later objects at its address are compared with it.
    pub(super) unsafe fn keep_cell_value(&mut self, frame: *mut Frame, n: usize, now: Obj) {
        // SAFETY: `now` is live or null; frames are boxed.
        unsafe {
            let held = (&(*frame).seen)[n] & 1 == 1;
            if let Some(cell) = (*frame).cells.iter_mut().find(|cell| cell.slot as usize == n) {
                if !now.is_null() && !held {
                    self.capture.remember(now);
                }
                cell.told = self.capture.told();
            }
        }
    }

    /// Whether a shared variable holds another object at the same address.
    pub(super) unsafe fn is_other_in_cell(&mut self, frame: *mut Frame, n: usize, now: Obj) -> bool {
        // SAFETY: as in `keep_cell_value`.
        unsafe {
            let seen = (&(*frame).seen)[n];
            if seen & 1 == 1 || seen == 0 || seen != now as usize {
                return false;
            }
            let cell = (*frame).cells.iter().find(|cell| cell.slot as usize == n);
            cell.map(|cell| cell.told).is_some_and(|told| self.capture.is_other(told, now))
        }
    }

    /// Notes the cells of a frame that is pushed. The frame is the outermost with a cell if none below has it.
    #[inline]
    pub(super) unsafe fn hold_cells(&mut self, frame: &Frame) {
        // SAFETY: `thread` is current and boxed.
        let Thread { stack, holders, .. } = unsafe { &mut *self.thread };
        for Cell { address, .. } in &frame.cells {
            let held = holders.entry(*address).or_insert((stack.len(), frame.id));
            if stack.get(held.0).is_none_or(|holder| holder.id != held.1) {
                *held = (stack.len(), frame.id);
            }
        }
    }

    /// Forgets the cells of a frame that is popped.
    #[inline]
    pub(super) unsafe fn forget_cells(&mut self, frame: &Frame) {
        // SAFETY: as in `hold_cells`.
        let holders = unsafe { &mut (*self.thread).holders };
        for Cell { address, .. } in &frame.cells {
            if holders.get(address).is_some_and(|(_, id)| *id == frame.id) {
                holders.remove(address);
            }
        }
    }

    /// Writes the value of a slot of a frame that is not running.
    #[cold]
    pub(super) unsafe fn slot_of_changed(&mut self, frame: *mut Frame, n: usize, now: Obj) {
        // SAFETY: `frame` is on the stack or about to go on; `now` is live or null.
        unsafe {
            let before = (&(*frame).seen)[n];
            (&mut (*frame).seen)[n] = hold(now);
            drop_held(before);
            let mut out = self.capture.buffer();
            if now.is_null() {
                out.put(tag::UNBOUND);
            } else {
                self.put_slot(&*(*frame).code, n, now, &mut out);
            }
            self.keep_cell_value(frame, n, now);
            let ring = &mut self.capture.ring;
            ring.reserve(out.len() + 32);
            put::slot_of(ring, (*frame).id, n as u32, |ring| ring.put_all(&out));
            self.capture.give_back(out);
        }
    }
}
