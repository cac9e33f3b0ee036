//! Handles what the hooks report (lines, returns, exceptions; for calls see [`super::calls`]), and the stack of frames.

use connie_wire::codec::Sink;
use connie_wire::level::Level;
use connie_wire::op::put;
use connie_wire::ticks;

use super::Engine;
use super::frame::{Frame, Gives, drop_held, instruction};
use super::running::is_stop_iteration;
use crate::capture::{DIRECT, Quick, put_direct};
use crate::raw::{self, Obj};

/// Writes that a frame returns or yields. The value must follow, so that there is only one function that writes it.
#[inline(always)]
pub(super) fn put_gives<S: Sink>(out: &mut S, gives: Gives, time: i64) {
    match gives {
        Gives::Return => put::returns(out, time, |_| ()),
        Gives::Yield => put::yields(out, time, |_| ()),
    }
}

impl Engine {
    #[inline(always)]
    pub(super) fn top(&mut self) -> *mut Frame {
        // SAFETY: `thread` is set by `enter` and boxed.
        unsafe { (*self.thread).stack.last_mut().map_or(std::ptr::null_mut(), |frame| &raw mut **frame) }
    }

    /// The top frame of the last current stack, if it is this frame; else null.
    ///
    /// # Safety
    /// Under the GIL.
    #[inline(always)]
    pub unsafe fn running(&mut self, ptr: *mut u8, code: Obj) -> *mut Frame {
        // SAFETY: frames on the stack are boxed; their codes are held.
        unsafe {
            if self.thread.is_null() {
                return std::ptr::null_mut();
            }
            let top = self.top();
            let is_it = !top.is_null() && std::ptr::eq((*top).ptr, ptr) && std::ptr::eq((*(*top).code).object, code);
            if is_it { top } else { std::ptr::null_mut() }
        }
    }

    /// The recorded frame that an event belongs to. Frames above it ended without an event and are popped.
    #[inline(always)]
    pub(super) unsafe fn current(&mut self, ptr: *mut u8, code: Obj) -> *mut Frame {
        let top = self.top();
        // SAFETY: frames on the stack are boxed; their codes are held.
        unsafe {
            if !top.is_null() && std::ptr::eq((*top).ptr, ptr) && std::ptr::eq((*(*top).code).object, code) {
                return top;
            }
            self.resync(ptr, code)
        }
    }

    #[cold]
    pub(super) unsafe fn resync(&mut self, ptr: *mut u8, code: Obj) -> *mut Frame {
        // SAFETY: as in `current`.
        unsafe {
            let stack = &(*self.thread).stack;
            let found = stack
                .iter()
                .rposition(|frame| std::ptr::eq(frame.ptr, ptr) && std::ptr::eq((*frame.code).object, code));
            if let Some(found) = found {
                for _ in found + 1..stack.len() {
                    match (*(*self.top()).code).level {
                        Level::Exceptions => self.cut(),
                        _ => self.leave(true),
                    }
                }
                return self.top();
            }
            if !(*self.thread).inherits {
                return std::ptr::null_mut();
            }
            self.inherit_once(false);
            self.resync(ptr, code)
        }
    }

    /// The frame that a hook reports; null stands for the running one.
    #[inline(always)]
    pub(super) unsafe fn frame_at(&self, ptr: *mut u8) -> *mut u8 {
        // SAFETY: `state` was set by `enter`.
        if ptr.is_null() { unsafe { raw::current_frame(self.state) } } else { ptr }
    }

    /// As [`Self::put_line`], not inlined, for slow paths.
    #[inline(never)]
    pub(super) unsafe fn put_line_now(&mut self, frame: *mut Frame, line: u32) {
        // SAFETY: the caller's promise.
        unsafe { self.put_line(frame, line) }
    }

    /// Writes that a line of the top frame is about to run.
    #[inline(always)]
    pub(super) unsafe fn put_line(&mut self, frame: *mut Frame, line: u32) {
        self.capture.ring.write(8, |out| put::line(out, line));
        self.capture.publish_step();
        // SAFETY: `frame` is on the stack.
        unsafe { self.plan_line(frame, line) };
    }

    /// Handles a suspended frame that will not resume.
    #[allow(clippy::boxed_local)] // The table of suspended frames stores boxes.
    pub(super) unsafe fn gone(&mut self, mut frame: Box<Frame>) {
        if !self.thread.is_null() {
            // SAFETY: `thread` is current.
            unsafe { self.forget_cells(&frame) };
        }
        let ring = &mut self.capture.ring;
        ring.reserve(16);
        put::gone(ring, frame.id);
        // SAFETY: the frame's references are ours.
        unsafe {
            for seen in frame.seen.drain(..) {
                drop_held(seen);
            }
            self.drop_results(&raw mut *frame);
        }
    }

    /// Handles a line of recorded code that is about to run. A null `ptr` stands for the running frame. Returns false
    /// if this place needs no more events, because other events show that it is reached.
    ///
    /// # Safety
    /// As for [`Self::call`].
    #[inline(always)]
    pub unsafe fn line(&mut self, code: Obj, ptr: *mut u8, line: u32) -> bool {
        // SAFETY: as in `call`.
        unsafe {
            self.enter();
            let ptr = self.frame_at(ptr);
            let frame = self.current(ptr, code);
            if frame.is_null() {
                return true;
            }
            self.line_of(frame, line)
        }
    }

    /// As [`Self::line`], for the frame on top of the current stack.
    ///
    /// # Safety
    /// As for [`Self::call`].
    #[inline(always)]
    pub unsafe fn line_of(&mut self, frame: *mut Frame, line: u32) -> bool {
        // SAFETY: as in `call`.
        unsafe {
            if (*(*frame).code).is_thin() {
                return false;
            }
            if (*frame).begun && (*frame).line == line && Self::is_at_entry(frame) {
                return false;
            }
            if !(*(*frame).plan).has_ways || !self.tell_passed_to(frame, line) {
                self.observe(frame);
            }
            self.put_line(frame, line);
            self.capture.tidy();
            !self.may_elide(frame)
        }
    }

    /// Writes the line at which a frame is, if it may have moved there without an event.
    #[inline(always)]
    pub(super) unsafe fn tell_moved(&mut self, frame: *mut Frame) {
        // SAFETY: `frame` is on the stack, its interpreter's frame alive.
        unsafe {
            if (*(*frame).plan).moves {
                self.tell_moved_now(frame);
            }
        }
    }

    #[cold]
    unsafe fn tell_moved_now(&mut self, frame: *mut Frame) {
        // SAFETY: as in `tell_moved`.
        unsafe {
            let unit = instruction((*frame).ptr, (*(*frame).code).object);
            if let Some(line) = unit.and_then(|unit| (*(*frame).code).line_at(2 * unit as u32)) {
                self.put_moved(line);
            }
        }
    }

    #[cold]
    fn put_moved(&mut self, line: u32) {
        self.capture.ring.write(8, |out| put::moved(out, line));
    }

    /// Handles a line that begins again.
    ///
    /// # Safety
    /// As for [`Self::call`].
    pub unsafe fn line_again(&mut self, code: Obj, ptr: *mut u8, line: u32) {
        // SAFETY: as in `line`.
        unsafe {
            self.enter();
            let ptr = self.frame_at(ptr);
            let frame = self.current(ptr, code);
            if !frame.is_null() {
                let is_redirected = !(*frame).paths.is_empty() && self.is_redirected(frame);
                self.observe_now(frame);
                if is_redirected {
                    self.keep_paths(frame, true);
                }
                self.put_line_now(frame, line);
                self.capture.tidy();
            }
        }
    }

    #[inline(never)]
    unsafe fn is_at_entry(frame: *mut Frame) -> bool {
        // SAFETY: `frame` is on the stack, its code held.
        unsafe {
            let unit = instruction((*frame).ptr, (*(*frame).code).object);
            (*(*frame).code).plans.entry.is_some_and(|entry| unit == Some(entry.unit as usize))
        }
    }

    #[inline(always)]
    unsafe fn plan_line(&mut self, frame: *mut Frame, line: u32) {
        // SAFETY: `frame` is on the stack.
        unsafe {
            (*frame).line = line;
            let plan = (*(*frame).code).plans.of(line);
            (*frame).plan = plan;
            (*frame).pending = !plan.quiet && self.is_pending(frame)
                || Self::line_ends_something(frame)
                || self.may_end_foreign() && self.line_ends_foreign(frame);
        }
    }

    /// Continues the top frame, which was running before it was known, in the middle of a line.
    pub(super) unsafe fn continue_at(&mut self, line: u32) {
        let frame = self.top();
        // SAFETY: the frame was put there just now.
        unsafe {
            (*frame).at = line;
            if !(*(*frame).code).is_thin() {
                self.plan_line(frame, line);
            }
        }
    }

    /// Handles a return of the current frame.
    ///
    /// # Safety
    /// As for [`Self::call`]; `value` is live.
    #[inline(always)]
    pub unsafe fn ret(&mut self, code: Obj, ptr: *mut u8, value: Obj) {
        // SAFETY: as in `call`.
        unsafe { self.give(code, ptr, value, Gives::Return) }
    }

    /// Handles a yield of the current frame.
    ///
    /// # Safety
    /// As for [`Self::call`]; `value` is live.
    #[inline(always)]
    pub unsafe fn yields(&mut self, code: Obj, ptr: *mut u8, value: Obj) {
        // SAFETY: as in `call`.
        unsafe { self.give(code, ptr, value, Gives::Yield) }
    }

    #[inline(always)]
    pub(super) unsafe fn give(&mut self, code: Obj, ptr: *mut u8, value: Obj, gives: Gives) {
        // SAFETY: as in `call`.
        unsafe {
            self.enter();
            let ptr = self.frame_at(ptr);
            let frame = self.current(ptr, code);
            if !frame.is_null() {
                self.give_of(frame, value, gives);
            }
        }
    }

    /// Handles a value that the top frame of the current stack returns or yields.
    ///
    /// # Safety
    /// As for [`Self::call`]; `value` is live.
    #[inline(always)]
    pub unsafe fn give_of(&mut self, frame: *mut Frame, value: Obj, gives: Gives) {
        // SAFETY: as in `call`; codes are held.
        unsafe {
            match (*(*frame).code).is_thin() {
                true => self.give_of_thin(frame, value, gives),
                false => self.give_of_lines(frame, value, gives),
            }
        }
    }

    /// The same for a frame whose lines are recorded.
    #[inline(always)]
    unsafe fn give_of_lines(&mut self, frame: *mut Frame, value: Obj, gives: Gives) {
        // SAFETY: as in `give_of`.
        unsafe {
            let ptr = (*frame).ptr;
            self.tell_passed(frame);
            if gives == Gives::Yield && !(*frame).unknown_calls.is_empty() {
                self.keep_done(frame);
            }
            let is_redirected = gives == Gives::Yield && !(*frame).paths.is_empty() && self.is_redirected(frame);
            self.observe(frame);
            self.tell_moved(frame);
            self.write_given(frame, value, gives);
            if gives == Gives::Return {
                self.keep_result(ptr, value);
            }
            if gives == Gives::Yield {
                self.suspend(frame, is_redirected);
            } else {
                self.end_with(frame, value);
            }
            self.capture.tidy();
        }
    }

    /// Writes the value that a frame returns or yields.
    #[inline(always)]
    pub(super) unsafe fn write_given(&mut self, frame: *mut Frame, value: Obj, gives: Gives) {
        let depth = self.capture.limits.depth;
        // SAFETY: as in `give_of`. Nothing else is written while the room is used.
        unsafe {
            self.say_cut(frame);
            let now = ticks();
            let mut room = self.capture.ring.room(32 + DIRECT);
            put_gives(&mut room, gives, self.since(now));
            if self.capture.put_quick(&mut room, value, depth) != Quick::Not {
                self.capture.ring.commit(room);
                self.set_time(now);
                return self.capture.publish_step();
            }
            self.write_read(frame, value, gives);
        }
    }

    /// The same for a value that has to be read.
    #[inline(never)]
    pub(super) unsafe fn write_read(&mut self, frame: *mut Frame, value: Obj, gives: Gives) {
        let depth = self.capture.limits.depth;
        // SAFETY: as in `give_of`.
        let direct = unsafe { self.capture.direct(value, depth) };
        if let Some(number) = direct {
            // SAFETY: as in `give_of`; the number is that of this value.
            unsafe {
                self.say_cut(frame);
                let time = self.elapsed();
                let ring = &mut self.capture.ring;
                ring.write(32 + DIRECT, |out| {
                    put_gives(out, gives, time);
                    put_direct(out, value, number);
                });
            }
            self.capture.publish_step();
            return;
        }
        let mut out = self.capture.buffer();
        // SAFETY: as in `give_of`.
        unsafe {
            self.capture.encode(value, depth, &mut out);
            self.say_cut(frame);
        }
        let time = self.elapsed();
        let ring = &mut self.capture.ring;
        ring.reserve(out.len() + 32);
        put_gives(ring, gives, time);
        ring.put_all(&out);
        self.capture.publish_step();
        self.capture.give_back(out);
    }

    /// Suspends the top frame.
    #[inline(always)]
    pub(super) unsafe fn suspend(&mut self, frame: *mut Frame, is_redirected: bool) {
        // SAFETY: as in `give_of`; what is popped is this frame.
        unsafe {
            let ptr = (*frame).ptr;
            if (*(*frame).plan).again && !(*(*frame).plan).paths.is_empty() {
                self.keep_paths(frame, is_redirected);
            }
            if let Some(frame) = (*self.thread).stack.pop() {
                self.suspended.insert(ptr as usize, frame);
            }
        }
    }

    /// Ends the top frame with a value. That may run code for its caller.
    #[inline(always)]
    unsafe fn end_with(&mut self, frame: *mut Frame, value: Obj) {
        // SAFETY: as in `give_of`; frames on the stack are boxed.
        unsafe {
            let ends =
                Self::frame_ends_something(frame) || self.may_end_foreign() && self.frame_ends_foreign(frame, value);
            self.leave(false);
            if ends && !self.top().is_null() {
                (*self.top()).pending = true;
            }
        }
    }

    /// Handles an exception that appears in the current frame.
    ///
    /// # Safety
    /// As for [`Self::call`]; `exception` is live.
    pub unsafe fn raise(&mut self, code: Obj, ptr: *mut u8, exception: Obj) {
        // SAFETY: as in `call`; codes are held.
        let (info, unit, frame) = unsafe {
            let info = self.code(code);
            if info.is_null() {
                return;
            }
            self.enter();
            let ptr = self.frame_at(ptr);
            // The event's offset is not used: from 3.13 on it is the end of the previous instruction if a call raised.
            // The frame has the right one, as the traceback is made from it.
            let unit = instruction(ptr, code);
            let iterates = &(*info).iterates;
            if unit.and_then(|unit| iterates.get(unit)) == Some(&true) && is_stop_iteration(exception) {
                return;
            }
            (info, unit, self.current(ptr, code))
        };
        if frame.is_null() {
            return;
        }
        // SAFETY: as above; the current frame is on the stack.
        unsafe {
            if let Some(unit) = unit {
                self.tell_passed_at(frame, unit);
            }
            self.observe_now(frame);
            if (*info).is_thin() {
                self.tell_variables(frame);
            } else {
                // A context manager on the same line is called with it.
                (*frame).pending = (*(*frame).plan).dirty;
            }
            let line = unit.and_then(|unit| (*info).line_at(2 * unit as u32)).unwrap_or((*frame).line);
            self.write_raised(frame, exception, line);
            if (*info).is_thin() {
                (*frame).line = line;
            }
        }
    }

    /// Writes that an exception was raised at a line.
    #[inline(always)]
    pub(super) unsafe fn write_raised(&mut self, frame: *mut Frame, exception: Obj, line: u32) {
        let mut out = self.capture.buffer();
        let depth = self.capture.limits.depth;
        // SAFETY: as in `raise`.
        unsafe {
            self.capture.encode(exception, depth, &mut out);
            self.capture.tell_text(exception, 0);
            if self.capture.was_raised(exception) {
                self.capture.chain(exception);
            }
            self.say_cut(frame);
            if line != (*frame).line || (*(*frame).plan).moves {
                self.put_moved(line);
            }
        }
        let ring = &mut self.capture.ring;
        ring.reserve(out.len() + 32);
        put::raise(ring, line, |ring| ring.put_all(&out));
        self.capture.publish_step();
        self.capture.give_back(out);
    }

    /// Handles the end of the current frame by an exception.
    ///
    /// # Safety
    /// As for [`Self::call`].
    pub unsafe fn unwind(&mut self, code: Obj, ptr: *mut u8) {
        // SAFETY: as in `call`.
        unsafe {
            self.enter();
            let ptr = self.frame_at(ptr);
            let frame = self.current(ptr, code);
            if !frame.is_null() {
                self.observe_now(frame);
                self.leave(true);
                self.capture.ring.publish();
            }
        }
    }

    /// Pops the top frame.
    #[inline(always)]
    pub(super) unsafe fn leave(&mut self, unwinding: bool) {
        // SAFETY: `thread` is current; held references are ours to drop.
        unsafe {
            if unwinding {
                let time = self.elapsed();
                self.capture.ring.reserve(16);
                put::unwind(&mut self.capture.ring, time);
            }
            if let Some(mut frame) = (*self.thread).stack.pop() {
                frame.drop_seen();
                if !frame.results.is_empty() {
                    self.drop_results(&raw mut *frame);
                }
                if !frame.cells.is_empty() {
                    self.forget_cells(&frame);
                }
                if self.spare.len() < 64 {
                    self.spare.push(frame);
                }
            }
        }
    }
}
