//! Suspended frames that resume.

use connie_wire::op::put;

use super::Engine;
use super::frame::Frame;
use crate::code::CodeInfo;
use crate::raw::Obj;

impl Engine {
    /// Handles a suspended frame that resumes.
    ///
    /// # Safety
    /// As for [`Self::call`].
    pub unsafe fn resume(&mut self, code: *mut CodeInfo, ptr: *mut u8) {
        // SAFETY: as in `call`; what a frame that is gone holds is ours to drop.
        let mut frame = unsafe {
            self.enter_frame();
            let ptr = self.frame_at(ptr);
            let frame = match self.suspended.remove(ptr as usize) {
                Some(frame) if std::ptr::eq(frame.code, code) => frame,
                Some(left) => {
                    self.gone(left);
                    return self.call(code, ptr);
                }
                None if self.midway => return self.continue_suspended(code, ptr),
                None => return self.call(code, ptr),
            };
            if (*code).is_thin() {
                self.before_thin();
            } else {
                self.before_callee(ptr);
            }
            frame
        };
        // SAFETY: as in `call`: the frame runs, and so does the thread.
        unsafe {
            if !(*code).is_thin() {
                self.catch_up(&raw mut *frame);
            }
            let time = self.elapsed();
            self.capture.ring.write(48, |out| put::resume(out, frame.id, time, frame.line));
            if !frame.cells.is_empty() {
                self.hold_cells(&frame);
            }
            (*self.thread).stack.push(frame);
            self.capture.publish_step();
            if !(*code).is_thin() {
                self.go_on();
            }
        }
    }

    /// Handles a suspended frame that has resumed without an event, perhaps some time ago.
    ///
    /// # Safety
    /// As for [`Self::call`].
    pub unsafe fn resume_late(&mut self, code: Obj, ptr: *mut u8) {
        // SAFETY: as in `call`.
        unsafe {
            let info = self.code(code);
            self.enter();
            // The address of an abandoned frame may be reused by a running one.
            let runs = (*self.thread).stack.iter().any(|frame| std::ptr::eq(frame.ptr, ptr));
            if info.is_null() || runs {
                return;
            }
            self.resume(info, ptr);
            let top = self.top();
            if !top.is_null() {
                (*top).pending = true;
            }
        }
    }

    /// Whether a frame is known and suspended.
    pub fn is_suspended(&self, ptr: *mut u8) -> bool {
        self.suspended.contains(ptr as usize)
    }

    /// Updates a suspended frame that is about to resume: values that it sees have changed meanwhile.
    #[inline]
    unsafe fn catch_up(&mut self, frame: *mut Frame) {
        // SAFETY: the interpreter's frame is alive, its code held.
        unsafe {
            let code = &*(*frame).code;
            if !code.plain {
                for n in (0..code.slots).filter(|n| code.cells.get(*n) == Some(&true)) {
                    let now = Frame::slot(frame, n);
                    if now as usize != (&(*frame).seen)[n] & !1 || self.is_other_in_cell(frame, n, now) {
                        self.capture.tell_late_slot((*frame).id, n, (*frame).seen_at);
                        self.slot_of_changed(frame, n, now);
                    }
                }
            }
            if (*frame).epoch != self.capture.late.epoch {
                self.capture.collect();
                let credit = self.capture.credit();
                self.verify(frame, code);
                self.capture.look_again();
                self.say_sure(frame, Some(credit));
            } else if self.capture.reads_contexts() {
                self.observe_context(frame);
            }
        }
    }
}
