//! Values that may be outdated, as not everything that may have changed could be read again.

use connie_wire::op::put;

use super::Engine;
use super::frame::Frame;
use crate::capture::ALL;

/// The smallest and the largest credit for another try.
const NEED: (i64, i64) = (1 << 12, 1 << 19);

impl Engine {
    /// Reads everything again if that was not possible before and is now.
    #[cold]
    pub(super) unsafe fn try_again(&mut self, frame: *mut Frame) {
        // SAFETY: `frame` is on the stack.
        unsafe {
            if (*frame).epoch == self.capture.late.epoch && self.capture.credit() >= (*frame).need {
                self.capture.advance_unread();
            }
        }
    }

    /// Writes down to which level a frame is up to date, after everything visible from it was read as far as possible.
    /// `credit` is the credit before.
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

    /// The same after reads that may have found something that could not be read again.
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
                // What was read in this epoch is up to date; what is below it may not be.
                self.capture.advance_unread();
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

    pub(super) unsafe fn set_sure(&mut self, frame: *mut Frame, sure: u8, closed: Vec<u64>) {
        // SAFETY: `frame` is on the stack, or about to go on.
        unsafe {
            // Two empty lists are not compared by `memcmp`: it may read memory that is not there, which the processor
            // forgives, but takes as long as a hundred events.
            let before = &(*frame).closed;
            let is_same = before.len() == closed.len() && (closed.is_empty() || *before == closed);
            if (*frame).sure != sure || !is_same {
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

    /// A frame is about to begin: its arguments are up to date as far as its caller is.
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
            // Where its caller has no lines, everything that the frame is given has been read just now, if possible.
            let is_thin = (*(*caller).code).is_thin();
            if cut != ALL {
                // The caller reads again when it continues, as it stays in its old epoch.
                self.capture.advance_unread();
                frame.epoch = self.capture.late.epoch;
                let before = if is_thin { ALL } else { (*caller).sure };
                self.set_sure(caller, cut.saturating_sub(1).min(before), Vec::new());
            } else if is_thin {
                self.set_sure(caller, ALL, Vec::new());
            }
            (frame.sure, frame.need) = ((*caller).sure, (*caller).need);
            frame.closed.clear();
        }
    }
}
