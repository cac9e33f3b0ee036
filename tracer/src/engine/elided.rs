//! Lines without events (see [`crate::plan`]): they are written when the next event occurs.

use connie_wire::op::put;

use super::frame::{Frame, instruction};
use super::{Engine, PyThreadState_GetID};
use crate::code::CodeInfo;
use crate::monitoring;
use crate::plan::{Check, LinePlan};
use crate::raw;

/// The last line that had an event, and the number of steps at that time.
type Origin = (*const LinePlan, u64);

impl Engine {
    /// Whether the line that a frame has just begun needs no more events.
    #[inline(always)]
    pub(super) unsafe fn may_elide(&self, frame: *mut Frame) -> bool {
        // SAFETY: `frame` is on the stack.
        unsafe {
            let plan = &*(*frame).plan;
            plan.elided && !(*frame).pending && !(*(*frame).code).tells_all && !self.is_changed_by_reading(plan)
        }
    }

    /// Whether a line that only reads may change what it reads.
    fn is_changed_by_reading(&self, plan: &LinePlan) -> bool {
        self.capture.types.seen_default_dict && !plan.checks.is_empty()
    }

    /// Writes the lines that a frame has passed before it begins `line`. Returns whether nothing else needs to be
    /// written before the line.
    #[inline(never)]
    pub(super) unsafe fn tell_passed_to(&mut self, frame: *mut Frame, line: u32) -> bool {
        // SAFETY: `frame` is on the stack; plans are its code's, which is held.
        unsafe {
            if (*(*frame).code).jumps {
                return false;
            }
            let ways = &(*(*frame).plan).ways;
            let Some(way) = ways.iter().find(|way| way.to == line) else { return false };
            let origin = ((*frame).plan, self.capture.late.steps);
            self.observe(frame);
            way.through.iter().fold(true, |done, passed| self.pass(frame, *passed, origin, done))
        }
    }

    /// Writes the lines up to the frame's current position, as something happens in it.
    #[inline(always)]
    pub(super) unsafe fn tell_passed(&mut self, frame: *mut Frame) {
        // SAFETY: as in `tell_passed_to`; its interpreter's frame is alive.
        unsafe {
            if (*(*frame).plan).leads_over
                && let Some(unit) = instruction((*frame).ptr, (*(*frame).code).object)
            {
                self.tell_passed_at(frame, unit);
            }
        }
    }

    /// Another thread runs: writes the lines that the previous thread has passed, if its frame is still there.
    #[cold]
    pub(super) unsafe fn tell_passed_by_other(&mut self) {
        // SAFETY: under the GIL: a state that is among the interpreter's is alive, and so is the frame it runs. Frames on
        // the stack are boxed, their plans held with their codes.
        unsafe {
            let top = if self.thread.is_null() { std::ptr::null_mut() } else { self.top() };
            if top.is_null() || !(*(*top).plan).leads_over {
                return;
            }
            let (left, id) = (self.state, (*self.thread).id);
            let mut stands = false;
            crate::threads::each(|state| {
                stands |= std::ptr::eq(state, left)
                    && PyThreadState_GetID(state) == id
                    && std::ptr::eq(raw::current_frame(state), (*top).ptr);
            });
            if !stands || !std::ptr::eq(raw::frame_code((*top).ptr), (*(*top).code).object) {
                return;
            }
            let origin = ((*top).plan, self.capture.late.steps);
            self.tell_passed(top);
            // The other thread may have run for a while.
            self.doubt_changes(top, origin);
        }
    }

    /// As [`Self::tell_passed`], with the code unit.
    #[inline]
    pub(super) unsafe fn tell_passed_at(&mut self, frame: *mut Frame, unit: usize) {
        // SAFETY: as in `tell_passed`.
        unsafe {
            let elided = &(*(*frame).code).plans.elided;
            let elided = elided.get(unit).copied().unwrap_or(0);
            if elided != 0 && elided != (*frame).line && !(*(*frame).code).jumps {
                let origin = ((*frame).plan, self.capture.late.steps);
                let done = self.tell_passed_to(frame, elided);
                self.pass(frame, elided, origin, done);
            }
        }
    }

    /// Writes a line that was begun, and perhaps finished. `done` says whether earlier changes were read. Returns
    /// whether the line is written completely.
    #[inline(never)]
    unsafe fn pass(&mut self, frame: *mut Frame, line: u32, origin: Origin, done: bool) -> bool {
        // SAFETY: as in `tell_passed_to`.
        unsafe {
            if !done {
                self.observe_now(frame);
            }
            let plan = (*(*frame).code).plans.of(line);
            if self.runs_nothing(plan) {
                self.capture.ring.write(8, |out| put::line(out, line));
                self.capture.publish_step();
                ((*frame).line, (*frame).plan) = (line, plan);
                return true;
            }
            self.put_line_now(frame, line);
            if (*frame).pending || self.is_changed_by_reading(plan) {
                // The line has run code with unknown effects, which may have changed again what the last line with an
                // event changed.
                self.doubt_changes(frame, origin);
                Self::tell_all((*frame).code);
            }
            false
        }
    }

    /// Whether an elided line runs no code with unknown effects, whatever it reads.
    #[inline(always)]
    fn runs_nothing(&self, plan: &LinePlan) -> bool {
        plan.loads.is_empty()
            && self.capture.types.unjudged.is_empty()
            && (!self.any_foreign_attribute || plan.own_loads.is_empty())
            && self.any_foreign & plan.uses == 0
            && !self.is_changed_by_reading(plan)
    }

    /// A debugger makes a frame jump: from now on every line of its code has an event.
    ///
    /// # Safety
    /// Under the GIL; it is one of the running thread's.
    #[cold]
    pub unsafe fn jumped(&mut self, ptr: *mut u8) {
        // SAFETY: frames on the stack are boxed, their codes held.
        unsafe {
            self.enter();
            let stack = &mut (*self.thread).stack;
            if let Some(frame) = stack.iter_mut().rfind(|frame| std::ptr::eq(frame.ptr, ptr)) {
                (*frame.code).jumps = true;
                Self::tell_all(frame.code);
            }
        }
    }

    /// Makes every line of a code object have an event.
    unsafe fn tell_all(code: *mut CodeInfo) {
        // SAFETY: codes are held.
        unsafe {
            if !(*code).is_thin() && !std::mem::replace(&mut (*code).tells_all, true) {
                monitoring::rearm((*code).object);
            }
        }
    }

    /// Writes that the steps since then may show newer values of what a line changed.
    #[cold]
    unsafe fn doubt_changes(&mut self, frame: *mut Frame, (plan, then): Origin) {
        let steps = self.capture.late.steps - then;
        if steps == 0 {
            return;
        }
        // SAFETY: as in `tell_passed_to`.
        unsafe {
            for check in &(*plan).checks {
                if let Check::Touch(sym)
                | Check::Grow(sym)
                | Check::Attr(sym, _)
                | Check::Item(sym, _)
                | Check::InPlace(sym) = *check
                {
                    let object = self.peek(frame, sym);
                    self.capture.doubt_latest(object, steps);
                }
            }
            for slot in &(*plan).slots {
                self.capture.doubt_latest(Frame::slot(frame, *slot as usize), steps);
            }
        }
    }
}
