//! Frames of code whose lines are not recorded: see [`connie_wire::level`].
//!
//! Between its events such code may do anything, as code that is not recorded. So a line that calls it becomes unknown
//! when it begins or resumes, and before each of its own events a new epoch begins. Its frames stay *pending*.

mod reads;

use connie_wire::codec::Sink;
use connie_wire::level::Level;
use connie_wire::op::put;
use connie_wire::ring::Room;
use connie_wire::ticks;

pub(super) use reads::Reads;

use super::Engine;
use super::calls::MAX_SLOTS;
use super::events::put_gives;
use super::frame::{Frame, Gives, drop_held, instruction};
use super::running::is_stop_iteration;
use crate::capture::{ALL, DIRECT, Quick};
use crate::code::{self, CodeInfo};
use crate::raw::{self, Obj};

impl Engine {
    /// Reads something for such code, within the limit of reads.
    #[inline(always)]
    pub(super) unsafe fn read_for_thin(&mut self, read: impl FnOnce(&mut Self)) {
        let reads = self.thin_reads.earn(ticks());
        let before = self.capture.limit(reads);
        read(self);
        if let Some(before) = before {
            self.thin_reads.left = self.capture.unlimit(before);
        }
    }

    /// Called before a frame of such code begins or resumes. What its caller sees may change from here on.
    pub(super) unsafe fn before_thin(&mut self) {
        // SAFETY: frames are boxed, their codes held.
        unsafe {
            self.cut_passed();
            let parent = self.top();
            if parent.is_null() {
                return self.capture.advance();
            }
            if (*(*parent).code).is_thin() {
                self.capture.advance();
                return self.tell_place(Self::place(parent));
            }
            self.before_thin_of_lines(parent);
        }
    }

    /// The same if its caller's lines are recorded.
    unsafe fn before_thin_of_lines(&mut self, parent: *mut Frame) {
        // SAFETY: `parent` is on the stack.
        unsafe {
            self.tell_passed(parent);
            if (*parent).pending || !(*parent).unknown_calls.is_empty() {
                self.capture.advance();
                self.look_at_given(parent);
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
            self.tell_moved(parent);
            (*parent).pending = true;
        }
    }

    /// Handles a frame of such code that begins.
    ///
    /// # Safety
    /// As for [`Self::call`].
    #[inline(always)]
    pub(super) unsafe fn call_of_thin(&mut self, code: *mut CodeInfo, ptr: *mut u8) {
        // SAFETY: as in `call`; codes are held.
        unsafe {
            let moved = self.place_before_thin();
            if (*code).id == code::UNKNOWN {
                self.announce(code, ptr);
            }
            let mut frame = self.new_frame(code, ptr, (*code).first_line);
            if (*code).suspends {
                self.before_generator(&*code, ptr);
            }
            if (*code).secrets || !self.put_thin_call(&mut frame, moved) {
                self.tell_place(moved);
                self.read_for_thin(|engine| engine.put_any_call(&mut frame));
            }
            (*self.thread).stack.push(frame);
        }
    }

    /// As [`Self::before_thin`]. The line of a caller without lines, if it is another one than the last, is returned and
    /// not written.
    #[inline(always)]
    unsafe fn place_before_thin(&mut self) -> Option<u32> {
        // SAFETY: frames are boxed, their codes held.
        unsafe {
            let parent = self.top();
            if !parent.is_null() && (*(*parent).code).level == Level::Calls {
                self.capture.advance();
                return Self::place(parent);
            }
            self.before_thin();
            None
        }
    }

    /// Writes a call whose arguments need no reading, and before it the caller's line. Returns false if it has others.
    #[inline(always)]
    unsafe fn put_thin_call(&mut self, frame: &mut Frame, moved: Option<u32>) -> bool {
        // SAFETY: codes are held.
        let info = unsafe { &*frame.code };
        if info.slots > MAX_SLOTS {
            return false;
        }
        // SAFETY: the frame begins: its slots are alive. Nothing is written while the room is used: `inherit_doubt` has
        // written what it has to before.
        unsafe {
            let now = ticks();
            let unread = self.reads_nothing(now) && self.doubt_caller(frame);
            if !unread {
                self.inherit_doubt(frame);
            }
            let mut room = self.capture.ring.room(64 + info.slots * (DIRECT + 8));
            moved.into_iter().for_each(|line| put::moved(&mut room, line));
            put::call(&mut room, frame.id, info.id, 0, self.since(now), frame.line, (0, |_| ()));
            let count_at = room.written() - 1;
            let count = match info.plain {
                true => self.put_plain_arguments(frame, info, &mut room, unread),
                false => self.put_arguments(frame, info, &mut room),
            };
            let Some(count) = count else { return false };
            room.replace(count_at, count);
            self.capture.ring.commit(room);
            self.set_time(now);
        }
        self.capture.publish_step();
        true
    }

    /// Writes the arguments of a frame that begins and whose variables are not compared. Returns their number; `None` if
    /// one of them cannot be written here. With `unread`, known objects are not read.
    #[inline(always)]
    unsafe fn put_plain_arguments(
        &mut self,
        frame: &Frame,
        info: &CodeInfo,
        room: &mut Room,
        unread: bool,
    ) -> Option<u8> {
        let depth = self.capture.limits.depth;
        let mut count = 0;
        // SAFETY: the interpreter's frame is alive; what its slots hold is live, or null.
        unsafe {
            for n in 0..info.arguments() {
                let value = Frame::begun_slot(frame, info, n);
                if value.is_null() {
                    continue;
                }
                room.put(n as u8);
                let is_put = self.capture.put_quick(room, value, depth) != Quick::Not;
                if !(is_put || unread && self.capture.put_unread(room, value)) {
                    return None;
                }
                count += 1;
            }
        }
        Some(count)
    }

    /// Whether what such code is given and gives is not read, as that has taken too much time.
    #[inline(always)]
    fn reads_nothing(&mut self, now: u64) -> bool {
        match self.capture.reads_left() {
            Some(left) => left <= 0,
            None => self.thin_reads.rests(now),
        }
    }

    /// Has what a frame that begins is given count as out of date, if its caller's lines are not recorded either. Returns
    /// false in other frames: their callers are to know what was read.
    #[inline(always)]
    unsafe fn doubt_caller(&mut self, frame: &mut Frame) -> bool {
        // SAFETY: frames on the stack are boxed, their codes held.
        unsafe {
            let caller = self.top();
            if caller.is_null() || !(*(*caller).code).is_thin() {
                return false;
            }
            if (*caller).sure != 0 {
                self.set_sure(caller, 0, Vec::new());
            }
            frame.sure = 0;
            true
        }
    }

    /// Handles a value that such a frame returns or yields.
    ///
    /// # Safety
    /// As for [`Self::give_of`].
    pub(super) unsafe fn give_of_thin(&mut self, frame: *mut Frame, value: Obj, gives: Gives) {
        // SAFETY: as in `give_of`.
        unsafe {
            if (*(*frame).code).level == Level::Exceptions {
                return self.cut();
            }
            self.capture.advance();
            let moved = Self::place(frame);
            if !self.put_thin_given(frame, value, gives, moved) {
                self.tell_place(moved);
                if (*frame).sure != ALL {
                    self.set_sure(frame, ALL, Vec::new());
                }
                self.read_for_thin(|engine| engine.write_read(frame, value, gives));
            }
            match gives {
                Gives::Yield => self.suspend(frame, false),
                Gives::Return => self.leave(false),
            }
            self.capture.tidy();
        }
    }

    /// Writes a value that needs no reading, and before it the frame's line. Returns false if it is another one.
    #[inline(always)]
    unsafe fn put_thin_given(&mut self, frame: *mut Frame, value: Obj, gives: Gives, moved: Option<u32>) -> bool {
        let depth = self.capture.limits.depth;
        // SAFETY: as in `give_of`. Nothing else is written while the room is used.
        unsafe {
            self.say_cut(frame);
            let now = ticks();
            let unread = self.reads_nothing(now);
            if unread && (*frame).sure != 0 && !is_text_or_number(value) {
                self.set_sure(frame, 0, Vec::new());
            }
            let mut room = self.capture.ring.room(40 + DIRECT);
            moved.into_iter().for_each(|line| put::moved(&mut room, line));
            put_gives(&mut room, gives, self.since(now));
            let is_put = self.capture.put_quick(&mut room, value, depth) != Quick::Not;
            if !(is_put || unread && self.capture.put_unread(&mut room, value)) {
                return false;
            }
            self.capture.ring.commit(room);
            self.set_time(now);
        }
        self.capture.publish_step();
        true
    }

    /// The line at which a frame of such code is, if that is another one than the last.
    #[inline(always)]
    pub(super) unsafe fn place(frame: *mut Frame) -> Option<u32> {
        // SAFETY: `frame` is on the stack, its interpreter's frame alive, its code held.
        unsafe {
            let code = &*(*frame).code;
            let line = code.line_of_unit(instruction((*frame).ptr, code.object)?)?;
            (line != std::mem::replace(&mut (*frame).line, line)).then_some(line)
        }
    }

    /// Writes the line at which the top frame is, if there is one.
    #[inline]
    pub(super) fn tell_place(&mut self, moved: Option<u32>) {
        if let Some(line) = moved {
            self.capture.ring.write(8, |out| put::moved(out, line));
        }
    }

    /// Writes the variables of a frame of such code as they are now.
    #[cold]
    pub(super) unsafe fn tell_variables(&mut self, frame: *mut Frame) {
        // SAFETY: `frame` is on the stack, its interpreter's frame alive, its code held.
        unsafe {
            let code = &*(*frame).code;
            self.capture.credit();
            self.capture.collect();
            // If nothing is noted, the arguments were bound when it began.
            let bound = if (*frame).seen.is_empty() { code.arguments() } else { 0 };
            (*frame).seen.resize(code.slots, 0);
            for n in 0..code.slots {
                let now = Frame::slot(frame, n);
                if !now.is_null() || (&(*frame).seen)[n] != 0 || n < bound {
                    self.slot_changed(frame, code, n, now);
                }
            }
            self.capture.look_again();
            self.say_cut(frame);
        }
    }

    /// Whether a code object is one of which only frames are recorded that an exception passes through.
    ///
    /// # Safety
    /// Under the GIL; `code` is a code object.
    pub(super) unsafe fn passes_only(&mut self, code: Obj) -> bool {
        // SAFETY: the caller's promise.
        self.filter.any_exceptions && unsafe { self.level_of(code) } == Level::Exceptions
    }

    /// How much is recorded of a code object.
    ///
    /// # Safety
    /// Under the GIL; `code` is a code object.
    pub(super) unsafe fn level_of(&mut self, code: Obj) -> Level {
        if self.filter.levels.is_empty() {
            return Level::Lines;
        }
        // SAFETY: the caller's promise.
        let name = unsafe { raw::str_bytes(raw::code_filename(code)) };
        let path = self.absolute(&name);
        match self.levels.get(&path) {
            Some(level) => *level,
            None => {
                let level = self.filter.level(&String::from_utf8_lossy(&path));
                self.levels.insert(path, level);
                level
            }
        }
    }

    /// Handles an exception in code whose calls are not recorded.
    ///
    /// # Safety
    /// As for [`Self::call`]; `exception` is live.
    #[cold]
    pub unsafe fn passes(&mut self, code: Obj, ptr: *mut u8, exception: Obj) {
        // SAFETY: as in `call`; codes are held.
        unsafe {
            let info = self.passing_code(code);
            if info.is_null() {
                return;
            }
            self.enter_frame();
            let ptr = self.frame_at(ptr);
            let unit = instruction(ptr, code);
            let iterates = &(*info).iterates;
            let iterates = unit.and_then(|unit| iterates.get(unit)) == Some(&true);
            if iterates && is_stop_iteration(exception) {
                return;
            }
            let line = unit.and_then(|unit| (*info).line_at(2 * unit as u32)).unwrap_or((*info).first_line);
            self.enters((info, line), ptr, exception);
        }
    }

    /// Writes that an exception is raised at a line of a frame, whose call was not recorded.
    unsafe fn enters(&mut self, (info, line): (*mut CodeInfo, u32), ptr: *mut u8, exception: Obj) {
        // SAFETY: as in `call`; codes are held.
        unsafe {
            if self.running(ptr, (*info).object).is_null() {
                self.before_thin();
                self.capture.ring.reserve(16);
                put::inherited(&mut self.capture.ring, 1);
                self.call_at(info, ptr, line);
            } else {
                self.capture.advance();
                let frame = self.top();
                self.tell_variables(frame);
            }
            let frame = self.top();
            self.write_raised(frame, exception, line);
            (*frame).line = line;
            (*frame).pending = true;
        }
    }

    /// Handles the end of a frame of such code by an exception.
    ///
    /// # Safety
    /// As for [`Self::call`].
    #[cold]
    pub unsafe fn passed(&mut self, code: Obj, ptr: *mut u8) {
        // SAFETY: as in `call`.
        unsafe {
            self.enter();
            let ptr = self.frame_at(ptr);
            let frame = self.running(ptr, code);
            if !frame.is_null() && (*(*frame).code).level == Level::Exceptions {
                self.capture.advance();
                self.leave(true);
                self.capture.ring.publish();
            }
        }
    }

    /// What is known of code whose calls are not recorded; null for other code.
    unsafe fn passing_code(&mut self, object: Obj) -> *mut CodeInfo {
        if let Some(info) = self.passing.get_mut(&(object as usize)) {
            return &raw mut **info;
        }
        // SAFETY: the caller gives a code object. It is held once it is examined.
        unsafe {
            let is_left_out = self.files.known(raw::code_filename(object)) == Some(None);
            if is_left_out || !self.passes_only(object) || !self.is_own(object) {
                return std::ptr::null_mut();
            }
            let Some(info) = code::examine(&mut self.capture, self.minor, object, Level::Exceptions) else {
                return std::ptr::null_mut();
            };
            &raw mut **self.passing.entry(object as usize).or_insert_with(|| Box::new(info))
        }
    }

    /// Frames on top that an exception passed through have caught it, as something else happens: what they do now is
    /// not recorded.
    #[inline]
    pub(super) unsafe fn cut_passed(&mut self) {
        // SAFETY: frames on the stack are boxed, their codes held.
        unsafe {
            while !self.top().is_null() && (*(*self.top()).code).level == Level::Exceptions {
                self.cut();
            }
        }
    }

    /// Ends the recording of the top frame, which may go on.
    #[cold]
    pub(super) unsafe fn cut(&mut self) {
        let time = self.elapsed();
        self.capture.ring.reserve(16);
        put::cut(&mut self.capture.ring, time);
        // SAFETY: `thread` is current; held references are ours to drop.
        unsafe {
            if let Some(mut frame) = (*self.thread).stack.pop() {
                frame.seen.drain(..).for_each(|seen| drop_held(seen));
            }
        }
        self.capture.advance();
    }
}

/// Whether a value is a text, a number, a bool or None, which are written as they are.
unsafe fn is_text_or_number(value: Obj) -> bool {
    // SAFETY: the caller gives a live object.
    let ty = unsafe { raw::type_of(value) };
    raw::is_int(ty) || raw::is_str(ty) || raw::is_none(value) || raw::is_bool(ty) || raw::is_float(ty)
}
