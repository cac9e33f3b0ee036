//! What is not sure: not all that something unknown may have changed could be looked at again.

use connie_wire::op::put;

use super::Engine;
use super::frame::Frame;
use crate::capture::ALL;

/// Fewest looks for another try, and most.
const NEED: (i64, i64) = (1 << 12, 1 << 19);

impl Engine {
    /// Looks at everything anew where that was not possible before and is now.
    #[cold]
    pub(super) unsafe fn try_again(&mut self, frame: *mut Frame) {
        // SAFETY: `frame` is on the stack.
        unsafe {
            if (*frame).epoch == self.capture.late.epoch && self.capture.credit() >= (*frame).need {
                self.capture.advance();
            }
        }
    }

    /// All that is visible from a frame was looked at, as far as possible; there were `credit` looks before.
    #[inline(always)]
    pub(super) unsafe fn say_sure(&mut self, frame: *mut Frame, credit: Option<i64>) {
        let cut = self.capture.take_cut();
        // SAFETY: `frame` is on the stack.
        if cut != ALL || unsafe { (*frame).sure } != ALL {
            // SAFETY: as above.
            unsafe { self.say(frame, cut, credit) };
        }
        self.capture.paid();
    }

    /// Something was met that could not be looked at again, perhaps.
    #[inline(always)]
    pub(super) unsafe fn say_cut(&mut self, frame: *mut Frame) {
        let cut = self.capture.take_cut();
        if cut != ALL {
            // SAFETY: `frame` is on the stack.
            unsafe { self.say(frame, cut, None) };
        }
    }

    #[cold]
    unsafe fn say(&mut self, frame: *mut Frame, cut: u8, credit: Option<i64>) {
        // SAFETY: `frame` is on the stack.
        unsafe {
            let mut sure = if cut == ALL { ALL } else { cut.saturating_sub(1) };
            if cut != ALL {
                // What was looked at in this epoch is true, what is below it may not be.
                self.capture.advance();
                (*frame).epoch = self.capture.late.epoch;
            }
            let mut closed = Vec::new();
            match credit {
                Some(credit) => {
                    (*frame).need = (2 * (credit - self.capture.left())).clamp(NEED.0, NEED.1);
                    if cut != ALL {
                        closed = self.capture.closed();
                    }
                }
                None => sure = sure.min((*frame).sure),
            }
            self.set_sure(frame, sure, closed);
        }
    }

    unsafe fn set_sure(&mut self, frame: *mut Frame, sure: u8, closed: Vec<u64>) {
        // SAFETY: `frame` is on the stack, or about to go on.
        unsafe {
            if (*frame).sure != sure || (*frame).closed != closed {
                let is_top = std::ptr::eq(frame, self.top());
                let ring = &mut self.capture.ring;
                ring.reserve(32 + 10 * closed.len());
                if is_top {
                    put::sure(ring, sure, &closed);
                } else {
                    put::sure_of(ring, (*frame).id, sure, &closed);
                }
                ((*frame).sure, (*frame).closed) = (sure, closed);
            }
        }
    }

    /// A frame is about to begin: it is as sure of what it is given as its caller.
    #[inline(always)]
    pub(super) unsafe fn inherit_doubt(&mut self, frame: &mut Frame) {
        let cut = self.capture.take_cut();
        let caller = self.top();
        // SAFETY: frames on the stack are boxed.
        unsafe {
            if caller.is_null() {
                frame.sure = ALL;
                frame.closed.clear();
                return;
            }
            if cut != ALL {
                // The caller looks again when it goes on: it is left in its old epoch.
                self.capture.advance();
                frame.epoch = self.capture.late.epoch;
                let sure = cut.saturating_sub(1).min((*caller).sure);
                self.set_sure(caller, sure, Vec::new());
            }
            (frame.sure, frame.need) = ((*caller).sure, (*caller).need);
            frame.closed.clear();
        }
    }
}
