//! Lines that `yield` or `await` suspends in their middle, and that go on later.

use super::Engine;
use super::frame::Frame;
use crate::raw::{self, Obj, field};

impl Engine {
    /// Handles the rest of the line of the top frame, which was resumed. Its effects may be unknown.
    #[inline]
    pub(super) unsafe fn go_on(&mut self) {
        let frame = self.top();
        // SAFETY: it was pushed just now; its interpreter frame runs.
        unsafe {
            if frame.is_null() || (*(*frame).plan).quiet {
                return;
            }
            (*frame).delegate = (0, 0);
            (*frame).pending = self.is_pending(frame);
            if (*frame).pending || (*frame).unknown_calls.is_empty() {
                return;
            }

            let here = Self::waits_from(frame);
            // Calls before this place were looked at when the line was left.
            (*frame).unknown_calls.retain(|call| *call >= here);
        }
    }

    /// Where a frame that goes on is in its bytecode; if it waits for another, where that begins. That one is noted in
    /// 3.10 and 3.11.
    #[inline]
    unsafe fn waits_from(frame: *mut Frame) -> u32 {
        // SAFETY: the caller gives a running frame; its code is held.
        unsafe {
            let here = Self::offset(frame);
            let sends = &(*(*frame).code).plans.sends;
            let Some((from, to)) = sends.iter().find(|(from, to)| (*from..*to).contains(&here)) else { return here };
            if raw::layout().minor <= 11 {
                let waits = |call: &&u32| (*from..*to).contains(*call);
                let send = (*frame).unknown_calls.iter().find(waits).copied();
                (*frame).delegate = (Self::below_top((*frame).ptr) as usize, send.unwrap_or(0));
            }
            *from
        }
    }

    /// A frame yields in the middle of its line: only what it has called so far can have changed anything.
    pub(super) unsafe fn keep_done(&mut self, frame: *mut Frame) {
        // SAFETY: the frame is on the stack and runs.
        unsafe {
            // 3.10 has stepped back by one instruction at this point.
            let here = Self::offset(frame) + 2;
            (*frame).unknown_calls.retain(|call| *call <= here);
        }
    }

    /// The offset of a running frame in its bytecode.
    unsafe fn offset(frame: *mut Frame) -> u32 {
        let layout = raw::layout();
        // SAFETY: the interpreter's frame is alive, its code held.
        unsafe {
            if layout.minor == 10 {
                return 2 * field::<i32>((*frame).ptr, layout.frame_instruction).max(0) as u32;
            }
            let at: usize = field((*frame).ptr, layout.frame_instruction);
            at.wrapping_sub((*(*frame).code).object as usize + layout.code_bytes) as u32
        }
    }

    /// The value below the top of a frame's stack when it resumes; null if not known. For 3.10 and 3.11.
    unsafe fn below_top(ptr: *mut u8) -> Obj {
        let layout = raw::layout();
        // SAFETY: at this event the interpreter has stored how many values there are.
        unsafe {
            let count: i32 = field(ptr, layout.frame_depth);
            if layout.minor == 10 {
                let values: *const Obj = field(ptr, layout.frame_stack);
                return if count < 2 { std::ptr::null_mut() } else { *values.add(count as usize - 2) };
            }
            if count < 2 {
                return std::ptr::null_mut();
            }
            *ptr.add(layout.frame_slots).cast::<Obj>().add(count as usize - 2)
        }
    }
}
