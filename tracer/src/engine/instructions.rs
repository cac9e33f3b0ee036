//! Lines of long code, found by instruction events (see [`crate::plan::positions`]).

use super::Engine;
use super::frame::STARTS;
use crate::plan::Position;
use crate::raw::{self, Obj};

impl Engine {
    /// Handles an instruction of recorded code that is about to run. A null `ptr` stands for the running frame. Returns
    /// false if the instruction needs no more events.
    ///
    /// # Safety
    /// As for [`Self::call`].
    #[inline]
    pub unsafe fn at_instruction(&mut self, code: Obj, ptr: *mut u8, unit: usize) -> bool {
        // SAFETY: as in `call`; the current frame is on the stack, its code held.
        unsafe {
            self.enter();
            let ptr = self.frame_at(ptr);
            let frame = self.current(ptr, code);
            if frame.is_null() {
                return true;
            }
            let positions = &(*(*frame).code).positions;
            match positions.get(unit).copied().unwrap_or_default() {
                Position::Within | Position::Rest => return false,
                Position::Resumes => (*frame).at = STARTS,
                Position::Leads(line) => (*frame).at = line,
                Position::Begins(line) => {
                    if std::mem::replace(&mut (*frame).at, line) != line {
                        self.line_of(frame, line);
                    }
                }
            }
            true
        }
    }

    /// Notes that an exception was raised at this code unit. In 3.12, the unit is behind a call's own if the exception
    /// came out of a frame that it made. CPython does not know then which line runs, and the line of the handler begins
    /// in any case.
    ///
    /// # Safety
    /// As for [`Self::call`].
    pub unsafe fn raised_at(&mut self, code: Obj, ptr: *mut u8, unit: usize) {
        // SAFETY: as in `at_instruction`.
        unsafe {
            if raw::layout().minor != 12 {
                return;
            }
            let ptr = self.frame_at(ptr);
            let frame = self.running(ptr, code);
            if frame.is_null() {
                return;
            }
            let positions = &(*(*frame).code).positions;
            if positions.get(unit) == Some(&Position::Rest) {
                (*frame).at = STARTS;
            }
        }
    }
}
