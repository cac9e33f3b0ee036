//! Suspended frames go on.

use connie_wire::op::put;

use super::Engine;
use super::frame::Frame;
use crate::code::CodeInfo;
use crate::raw::Obj;

impl Engine {
    /// A suspended frame goes on.
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
            self.before_callee(ptr);
            frame
        };
        // SAFETY: as in `call`: the frame runs, and so does the thread.
        unsafe {
            self.catch_up(&raw mut *frame);
            let time = self.elapsed();
            self.capture.ring.write(48, |out| put::resume(out, frame.id, time, frame.line));
            self.hold_cells(&frame);
            (*self.thread).stack.push(frame);
            self.capture.publish_step();
            self.go_on();
        }
    }

    /// A suspended frame has gone on unseen, perhaps some way.
    ///
    /// # Safety
    /// As for [`Self::call`].
    pub unsafe fn resume_late(&mut self, code: Obj, ptr: *mut u8) {
        // SAFETY: as in `call`.
        unsafe {
            let info = self.code(code);
            self.enter();
            // A frame that was abandoned here may have left its address to one that runs.
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

    /// A suspended frame is about to go on: what it sees has changed meanwhile.
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
            }
        }
    }
}
