//! Finds the call of a line that started a frame, and what the line may do with the result.

use pyo3_ffi as ffi;

use super::Engine;
use super::frame::Frame;
use crate::plan::Sym;
use crate::raw::{self, Obj, field};
use crate::sites::is_plain;
use crate::uses;

impl Engine {
    /// Called before a callee of the current frame starts or resumes: it must see what its caller's line has already
    /// changed.
    pub(super) unsafe fn before_callee(&mut self, callee: *mut u8) {
        let parent = self.top();
        // SAFETY: frames are boxed; `callee` is the running interpreter frame.
        unsafe {
            if parent.is_null() {
                return self.capture.advance();
            }
            self.tell_passed(parent);
            if (*parent).pending {
                self.capture.advance();
                self.look_at_given(parent);
            } else if !(*parent).unknown_calls.is_empty() {
                let offset = match Self::delegated(parent, callee) {
                    Some(send) => send,
                    None => self.called_at(parent, callee),
                };
                let unknown = &mut (*parent).unknown_calls;
                let earlier = unknown.iter().any(|call| *call < offset);
                match unknown.iter().position(|call| *call == offset) {
                    Some(at) => {
                        unknown.remove(at);
                    }
                    None if offset == u32::MAX => {
                        self.capture.advance();
                        self.look_at_given(parent);
                    }
                    None => {}
                }
                if earlier {
                    self.capture.advance();
                }
            }
            let is_redirected = !(*parent).paths.is_empty() && self.is_redirected(parent);
            if is_redirected {
                self.capture.advance();
            }
            if (*(*parent).plan).effects || is_redirected {
                self.look(parent, true);
            }
            if !(*(*parent).plan).paths.is_empty() {
                self.keep_paths(parent, is_redirected);
            }
        }
    }

    /// Unrecorded code runs a callee, and may have changed the arguments that the caller's line passed to it. Other
    /// changes that the caller sees are found when it continues (see [`crate::capture`], late).
    unsafe fn look_at_given(&mut self, parent: *mut Frame) {
        // SAFETY: frames are boxed, their codes held.
        unsafe {
            let (plan, code) = (&*(*parent).plan, &*(*parent).code);
            for call in &plan.calls {
                for &given in &code.plans.given[*call as usize] {
                    let object = self.peek(parent, given);
                    self.capture.touch_in_flux(object);
                }
            }
        }
    }

    /// The top frame returns an object to a line that changes it: holds the object until the line is done.
    pub(super) unsafe fn keep_result(&mut self, ptr: *mut u8, value: Obj) {
        // SAFETY: frames are boxed; `value` is live.
        unsafe {
            let stack = &mut (*self.thread).stack;
            let Some(parent) = stack.len().checked_sub(2).map(|n| &raw mut *stack[n]) else { return };
            // Nothing shows from where it is called.
            let own = stack.last().map(|frame| frame.code);
            if let Some(own) = own.filter(|own| (**own).makes_iterator)
                && !self.iterates_harmlessly(value)
            {
                (*own).foreign_iterator = true;
                (*parent).pending = true;
                Self::distrust_results(parent);
            }
            if (*(*parent).plan).hands_on && (self.any_foreign & uses::ANY != 0 || !is_plain(value)) {
                (*parent).pending |= !self.result_is_harmless(parent, ptr, value);
            }
            if (*(*parent).plan).uses_results && self.results_matter(&*(*parent).plan) {
                (*parent).pending |= self.result_is_foreign(parent, ptr, value);
            }
            // If only one reference exists, its holder decides when the object dies. That must not change.
            if !(*(*parent).plan).results || raw::refcount(value) < 2 || !self.capture.knows(value) {
                return;
            }
            let offset = self.called_at(parent, ptr);
            if offset != u32::MAX {
                ffi::Py_IncRef(value);
                (*parent).results.push((offset, value as usize));
            }
        }
    }

    /// Releases what [`Self::keep_result`] holds.
    pub(super) unsafe fn drop_results(&mut self, frame: *mut Frame) {
        // SAFETY: the references are ours.
        unsafe {
            for (_, object) in (*frame).results.drain(..) {
                let object = object as Obj;
                if raw::refcount(object) > 1 {
                    ffi::Py_DecRef(object);
                } else {
                    // All others have released it meanwhile: it dies after this event.
                    self.dying.push(object);
                }
            }
        }
    }

    /// The offset at which `parent` waits for `callee`, if it was resumed for that only.
    unsafe fn delegated(parent: *mut Frame, callee: *mut u8) -> Option<u32> {
        // SAFETY: as in `called_at`.
        unsafe {
            let (delegate, send) = (*parent).delegate;
            if delegate == 0 || !std::ptr::eq(field(callee, raw::layout().frame_previous), (*parent).ptr) {
                return None;
            }
            let layout = raw::layout();
            let generator: usize = match layout.minor {
                10 => field(callee, layout.frame_generator),
                _ => callee as usize - layout.generator_frame,
            };
            // A value is sent to it once before the line continues or waits again.
            (generator == delegate).then(|| {
                (*parent).delegate = (0, 0);
                send
            })
        }
    }

    /// Offset of the call in `parent` that started `callee`, if bytecode called it directly and not through C code that
    /// could do more; else `u32::MAX`.
    pub(crate) unsafe fn called_at(&self, parent: *mut Frame, callee: *mut u8) -> u32 {
        let layout = raw::layout();
        // SAFETY: both are live interpreter frames of the running version.
        unsafe {
            let previous: *mut u8 = field(callee, layout.frame_previous);
            let through_c = layout.minor == 11 && field::<u8>(callee, layout.frame_is_entry) != 0;
            if !std::ptr::eq(previous, (*parent).ptr) || through_c {
                return u32::MAX;
            }
            if layout.minor == 10 {
                // C code in between cannot be detected, so the names have to match.
                let offset = 2 * field::<i32>(previous, layout.frame_instruction).max(0) as u32;
                let plans = &(*(*parent).code).plans;
                let call = plans.call_offsets.iter().position(|call| *call == offset);
                let name = match call.map(|call| plans.symbols[plans.calls[call] as usize]) {
                    Some(Sym::Name(name) | Sym::Attr(_, name)) => {
                        raw::tuple_items((*(*parent).code).names)[name as usize]
                    }
                    _ => return u32::MAX,
                };
                let own = raw::code_name(raw::frame_code(callee));
                return if raw::str_bytes(own) == raw::str_bytes(name) { offset } else { u32::MAX };
            }
            let code = (*(*parent).code).object;
            let instruction: usize = field(previous, layout.frame_instruction);
            let offset = instruction.wrapping_sub(code as usize + layout.code_bytes) as u32;
            // Up to 3.12 the pointer is after the call, at one of its cache entries.
            let offsets = &(*(*parent).code).plans.call_offsets;
            let near = |call: &&u32| **call != u32::MAX && **call <= offset && offset - **call <= 8;
            offsets.iter().filter(near).max().copied().unwrap_or(u32::MAX)
        }
    }
}
