//! Finds the call of a line that started a frame, and what the line may do with the result.

use pyo3_ffi as ffi;

use super::Engine;
use super::frame::Frame;
use crate::code::CodeInfo;
use crate::plan::Sym;
use crate::raw::{self, Obj, field};
use crate::sites::is_plain;
use crate::uses;

impl Engine {
    /// Called before a callee of the current frame starts or resumes: it must see what its caller's line has already
    /// changed.
    #[inline(always)]
    pub(super) unsafe fn before_callee(&mut self, callee: *mut u8) {
        let parent = self.top();
        if parent.is_null() {
            return self.capture.advance();
        }
        // SAFETY: frames are boxed; `callee` is the running interpreter frame.
        unsafe {
            self.tell_passed(parent);
            if (*parent).pending {
                if (*(*parent).code).is_thin() {
                    return self.before_callee_of_thin(callee);
                }
                self.capture.advance();
                self.look_at_given(parent);
            } else if !(*parent).unknown_calls.is_empty() {
                self.before_unknown(parent, callee);
            }
        }
        // SAFETY: as above.
        unsafe {
            let is_redirected = !(*parent).paths.is_empty() && self.is_redirected(parent);
            if is_redirected {
                self.capture.advance();
            }
            if (*(*parent).plan).effects || is_redirected {
                self.look(parent, true);
            }
            if (*(*parent).plan).again && !(*(*parent).plan).paths.is_empty() {
                self.keep_paths(parent, is_redirected);
            }
        }
    }

    /// The same if the top frame's lines are not recorded.
    #[inline(never)]
    unsafe fn before_callee_of_thin(&mut self, callee: *mut u8) {
        // SAFETY: as in `before_callee`.
        unsafe {
            let parent = self.top();
            self.cut_passed();
            if !std::ptr::eq(parent, self.top()) {
                return self.before_callee(callee);
            }
            self.capture.advance();
            self.tell_place(Self::place(parent));
        }
    }

    /// The line of `parent` has calls that are not known. The callee that runs now is recorded: its call is harmless.
    #[inline(never)]
    unsafe fn before_unknown(&mut self, parent: *mut Frame, callee: *mut u8) {
        // SAFETY: as in `before_callee`.
        let (offset, unknown) = unsafe {
            let offset = match Self::delegated(parent, callee) {
                Some(send) => send,
                None => self.called_at(parent, callee),
            };
            (offset, &mut (*parent).unknown_calls)
        };
        let earlier = unknown.iter().any(|call| *call < offset);
        match unknown.iter().position(|call| *call == offset) {
            Some(at) => {
                unknown.remove(at);
            }
            None if offset == u32::MAX => {
                self.capture.advance();
                // SAFETY: as in `before_callee`.
                unsafe { self.look_at_given(parent) };
            }
            None => {}
        }
        if earlier {
            self.capture.advance();
        }
    }

    /// Code that is not recorded runs a callee: it may have changed what the caller's line gave it. Of the rest that the
    /// caller sees, what differs when it goes on is told then (see [`crate::capture`], late).
    #[inline(never)]
    pub(super) unsafe fn look_at_given(&mut self, parent: *mut Frame) {
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
    #[inline(always)]
    pub(super) unsafe fn keep_result(&mut self, ptr: *mut u8, value: Obj) {
        // SAFETY: the running thread is known; frames are boxed, their codes held.
        unsafe {
            let stack = &(*self.thread).stack;
            let [.., parent, own] = stack.as_slice() else { return };
            let plan = &*parent.plan;
            if plan.results || plan.hands_on || plan.uses_results || (*own.code).makes_iterator {
                self.keep_needed_result(ptr, value);
            }
        }
    }

    /// The same if the line of the frame below uses results, or the frame's code is that of an `__iter__`.
    #[inline(never)]
    unsafe fn keep_needed_result(&mut self, ptr: *mut u8, value: Obj) {
        // SAFETY: the running thread is known; frames are boxed.
        let (parent, own, plan) = unsafe {
            let stack = &mut (*self.thread).stack;
            let Some(parent) = stack.len().checked_sub(2).map(|n| &raw mut *stack[n]) else { return };

            (parent, stack.last().map(|frame| frame.code), (*parent).plan)
        };
        // SAFETY: codes are held, and plans belong to them; `value` is live.
        unsafe {
            // Nothing tells where it is called from.
            if let Some(own) = own.filter(|own| (**own).makes_iterator)
                && !self.iterates_harmlessly(value)
            {
                (*own).foreign_iterator = true;
                (*parent).pending = true;
                Self::distrust_results(parent);
            }
            if (*plan).hands_on && (self.any_foreign & uses::ANY != 0 || !is_plain(value)) {
                (*parent).pending |= !self.result_is_harmless(parent, ptr, value);
            }
            if (*plan).uses_results && self.results_matter(&*plan) {
                (*parent).pending |= self.result_is_foreign(parent, ptr, value);
            }
        }
        // SAFETY: as above. `drop_results` drops the reference.
        unsafe {
            // No reference is taken to an object with only one: its owner decides when it dies.
            if !(*plan).results || raw::refcount(value) < 2 || !self.capture.knows(value) {
                return;
            }
            let offset = self.called_at(parent, ptr);
            if offset != u32::MAX {
                ffi::Py_IncRef(value);
                (*parent).results.push((offset, value as usize));
            }
        }
    }

    /// Drops the references that [`Self::keep_result`] took.
    pub(super) unsafe fn drop_results(&mut self, frame: *mut Frame) {
        // SAFETY: the references are ours.
        unsafe {
            for (_, object) in (*frame).results.drain(..) {
                let object = object as Obj;
                if raw::refcount(object) > 1 {
                    ffi::Py_DecRef(object);
                } else {
                    // Ours is the last reference: the object ends after this event.
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
                return called_at_by_name(&*(*parent).code, previous, callee);
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

/// As [`Engine::called_at`], in 3.10. There may be C code between the frames, so the names have to agree.
///
/// # Safety
/// `frame` is a live interpreter frame of `code`, and `callee` another one.
#[inline(never)]
unsafe fn called_at_by_name(code: &CodeInfo, frame: *mut u8, callee: *mut u8) -> u32 {
    let plans = &code.plans;
    // SAFETY: the caller's promise; code objects hold their names.
    unsafe {
        let offset = 2 * field::<i32>(frame, raw::layout().frame_instruction).max(0) as u32;
        let call = plans.call_offsets.iter().position(|call| *call == offset);
        let name = match call.map(|call| plans.symbols[plans.calls[call] as usize]) {
            Some(Sym::Name(name) | Sym::Attr(_, name)) => code.name(name),
            _ => return u32::MAX,
        };
        let own = raw::code_name(raw::frame_code(callee));
        if raw::str_bytes(own) == raw::str_bytes(name) { offset } else { u32::MAX }
    }
}
