//! Handles frames that begin: what is recorded of a call.

use connie_wire::codec::Sink;
use connie_wire::op::put;
use connie_wire::ring::{Room, Writer};
use connie_wire::ticks;
use connie_wire::value::{self, tag};
use pyo3_ffi as ffi;

use super::Engine;
use super::frame::{Frame, STARTS, drop_held, hold, hold_quick};
use crate::capture::{DIRECT, Quick};
use crate::code::{self, CodeInfo};
use crate::raw::{self, Obj, field};

/// The largest number of slots of a frame whose call is written at once. The number of a slot has one byte then.
pub(super) const MAX_SLOTS: usize = 12;

impl Engine {
    /// Handles a frame of recorded code that begins.
    ///
    /// # Safety
    /// Under the GIL; `ptr` is the running interpreter frame, of `code` (or null, which stands for it).
    pub unsafe fn call(&mut self, code: *mut CodeInfo, ptr: *mut u8) {
        // SAFETY: the caller's promise.
        unsafe {
            self.enter_frame();
            if (*self.thread).inherits {
                self.inherit_once(true);
            }
            let ptr = self.frame_at(ptr);
            match (*code).is_thin() {
                true => self.call_of_thin(code, ptr),
                false => self.call_of_lines(code, ptr),
            }
        }
    }

    /// The same for code whose lines are recorded.
    #[inline(always)]
    unsafe fn call_of_lines(&mut self, code: *mut CodeInfo, ptr: *mut u8) {
        // SAFETY: as in `call`.
        unsafe {
            self.before_callee(ptr);
            if !self.top().is_null() {
                let caller = self.top();
                self.tell_moved(caller);
            }
            self.call_at(code, ptr, (*code).first_line);
            if let Some(entry) = (*code).plans.entry {
                let frame = self.top();
                (*frame).begun = true;
                self.put_line(frame, entry.line);
            }
        }
    }

    /// Pushes a frame that is at `line`.
    #[inline(always)]
    pub(super) unsafe fn call_at(&mut self, code: *mut CodeInfo, ptr: *mut u8, line: u32) {
        // SAFETY: codes are held; `ptr` is a live frame of that code, and the thread that runs is known.
        let (mut frame, outermost) = unsafe {
            if (*code).id == code::UNKNOWN {
                self.announce(code, ptr);
            }
            (self.new_frame(code, ptr, line), (*self.thread).stack.is_empty())
        };
        // An outermost frame has no caller that could say what of its arguments is in doubt: all are looked at.
        // SAFETY: codes are held.
        let outermost = outermost && unsafe { !(*code).is_thin() };
        let credit = if outermost { self.capture.borrow() } else { 0 };
        // SAFETY: as above.
        unsafe {
            let info = &*code;
            if info.suspends {
                self.before_generator(info, ptr);
            }
            if !info.namespace && !info.is_thin() {
                self.look_at_globals(code, ptr);
                if (*code).globals.home != field::<usize>(ptr, raw::layout().frame_globals) {
                    frame.globals = self.other_globals(code, ptr);
                }
            }
            if !info.plain && !info.is_thin() {
                frame.keep_cells();
                self.hold_cells(&frame);
            }
            let is_wide = info.namespace || frame.globals != 0 || self.capture.reads_contexts();
            let is_long = info.secrets || is_wide && !info.is_thin();
            if is_long || !(self.put_call(&mut frame) || self.put_call_again(&mut frame)) {
                self.put_long_call(&mut frame);
            }
        }
        if outermost {
            self.capture.lend(credit);
        }
        frame.seen_at = self.capture.late.steps;
        for n in 0..frame.cells.len() {
            let slot = frame.cells[n].slot as usize;
            // SAFETY: a cell of the frame lies in one of its slots.
            unsafe {
                let value = Frame::slot(&raw mut *frame, slot);
                self.keep_cell_value(&raw mut *frame, slot, value);
            }
        }
        frame.told = self.capture.told();
        // SAFETY: the thread that runs is known.
        unsafe { (*self.thread).stack.push(frame) };
    }

    /// Makes a frame that begins at a line.
    #[inline(always)]
    pub(super) unsafe fn new_frame(&mut self, code: *mut CodeInfo, ptr: *mut u8, line: u32) -> Box<Frame> {
        let id = self.capture.new_id();
        // SAFETY: the caller gives a code that is held.
        let info = unsafe { &*code };
        let mut frame = self.spare.pop().unwrap_or_else(|| Frame::new(code, ptr));
        frame.id = id;
        frame.code = code;
        frame.ptr = ptr;
        (frame.line, frame.at) = (line, STARTS);
        frame.begun = false;
        frame.plan = &raw const info.plans.before;
        frame.pending = info.is_thin();
        frame.unknown_calls.clear();
        frame.delegate = (0, 0);
        frame.cells.clear();
        frame.epoch = self.capture.late.epoch;
        (frame.namespace, frame.globals, frame.context) = (std::ptr::null_mut(), 0, None);
        frame
    }

    /// A generator or coroutine begins. An abandoned one may have had its frame at this address.
    #[inline(never)]
    pub(super) unsafe fn before_generator(&mut self, info: &CodeInfo, ptr: *mut u8) {
        if let Some(left) = self.suspended.remove(ptr as usize) {
            // SAFETY: what it holds is ours to drop.
            unsafe { self.gone(left) };
        }
        if info.is_async {
            // SAFETY: hooks run with no exception set.
            let Some(task) = (unsafe { self.tasks.running() }) else { return };
            let name = task.name.unwrap_or_default();
            let name = &name[..name.len().min(1 << 12)];
            let ring = &mut self.capture.ring;
            ring.reserve(name.len() + 32);
            put::task(ring, task.number, name);
        }
    }

    #[cold]
    pub(super) unsafe fn announce(&mut self, code: *mut CodeInfo, ptr: *mut u8) {
        // SAFETY: codes are held; `ptr` is a live frame of this one.
        unsafe {
            // Its file is recorded, as its code is known; `<string>` counts once.
            let file = self.file_of_code((*code).object).unwrap_or(0);
            (*code).announce(&mut self.capture, file);
            self.capture.own_module(field(ptr, raw::layout().frame_globals));
        }
    }

    /// Writes a call with few and short arguments that are up to date. Returns false if they are not.
    #[inline(always)]
    unsafe fn put_call(&mut self, frame: &mut Frame) -> bool {
        // SAFETY: codes are held.
        let info = unsafe { &*frame.code };
        if info.slots > MAX_SLOTS {
            return false;
        }
        // SAFETY: the frame begins: its slots are alive. Nothing is written while the room is used: `inherit_doubt` has
        // written what it has to before.
        unsafe {
            self.inherit_doubt(frame);
            let now = ticks();
            let mut room = self.capture.ring.room(64 + info.slots * (DIRECT + 8));
            let time = self.since(now);
            put::call(&mut room, frame.id, info.id, 0, time, frame.line, (0, |_| ()));
            let count_at = room.written() - 1;
            let Some(count) = self.put_arguments(frame, info, &mut room) else { return false };
            room.replace(count_at, count);
            self.capture.ring.commit(room);
            self.set_time(now);
        }
        self.capture.publish_step();
        true
    }

    /// Writes a call with any arguments.
    #[inline(never)]
    pub(super) unsafe fn put_any_call(&mut self, frame: &mut Frame) {
        // SAFETY: codes are held; the frame begins.
        unsafe {
            if (*frame.code).secrets || !self.put_call_again(frame) {
                self.put_long_call(frame);
            }
        }
    }

    /// Reads the arguments that are not up to date, then tries again. Returns false if some are new or long.
    #[inline(never)]
    unsafe fn put_call_again(&mut self, frame: &mut Frame) -> bool {
        let depth = self.capture.limits.depth;
        // SAFETY: codes are held; the frame begins: what its slots hold is live, or null.
        unsafe {
            let info = &*frame.code;
            for n in 0..info.slots.min(MAX_SLOTS) {
                let value = Frame::begun_slot(frame, info, n);
                if !value.is_null() && self.capture.direct(value, depth).is_none() {
                    return false;
                }
            }
            self.put_call(frame)
        }
    }

    /// Writes the slots of a frame that begins. Returns their number; `None` if one of them cannot be written here.
    #[inline(always)]
    pub(super) unsafe fn put_arguments(&mut self, frame: &mut Frame, info: &CodeInfo, room: &mut Room) -> Option<u8> {
        let depth = self.capture.limits.depth;
        let mut count = 0;
        frame.seen.clear();
        // SAFETY: the interpreter's frame is alive; what its slots hold is live, or null. There is room for as many.
        unsafe {
            frame.seen.reserve(info.slots);
            let seen = frame.seen.as_mut_ptr();
            for n in 0..info.slots {
                let value = Frame::begun_slot(frame, info, n);
                *seen.add(n) = 0;
                if value.is_null() {
                    continue;
                }
                room.put(n as u8);
                let put = self.capture.put_quick(room, value, depth);
                if put == Quick::Not {
                    (0..n).for_each(|n| drop_held(*seen.add(n)));
                    return None;
                }
                *seen.add(n) = hold_quick(value, put);
                count += 1;
            }
            frame.seen.set_len(info.slots);
        }
        Some(count)
    }

    #[inline(never)]
    unsafe fn put_long_call(&mut self, frame: &mut Frame) {
        let mut out = self.capture.buffer();
        // SAFETY: codes are held.
        let info = unsafe { &*frame.code };
        let (mut namespace, mut count) = (0, 0u64);
        frame.seen.clear();
        frame.seen.resize(info.slots, 0);
        // SAFETY: the interpreter's frame is alive; what its slots hold is live, or null.
        unsafe {
            if info.namespace && !info.is_thin() {
                namespace = self.see_namespace(frame);
            } else {
                for n in 0..info.slots {
                    let value = Frame::slot(frame, n);
                    if !value.is_null() {
                        out.varint(n as u64);
                        self.put_slot(info, n, value, &mut out);
                        frame.seen[n] = hold(value);
                        count += 1;
                    }
                }
            }
        }
        if frame.globals != 0 {
            // Behind its variables, as one that has no name.
            out.varint(info.slots as u64);
            value::put_object(&mut out, frame.globals);
            count += 1;
        }
        // SAFETY: the frame begins, and the running thread is known.
        count += u64::from(!info.is_thin() && unsafe { self.put_context_of_call(frame, &mut out) });
        // SAFETY: as above.
        unsafe { self.inherit_doubt(frame) };
        let time = self.elapsed();
        let ring = &mut self.capture.ring;
        ring.reserve(out.len() + 64);
        let slots = (count, |ring: &mut Writer| ring.put_all(&out));
        put::call(ring, frame.id, info.id, namespace, time, frame.line, slots);
        self.capture.publish_step();
        self.capture.give_back(out);
    }

    /// Writes what the dict of a module's or class's body holds; returns its number, or 0 if it is not a dict.
    unsafe fn see_namespace(&mut self, frame: &mut Frame) -> u64 {
        let depth = self.capture.limits.depth;
        // SAFETY: as in `call`; the locals of such a frame are an object that lives as long as it does.
        unsafe {
            let dict: Obj = field(frame.ptr, raw::layout().frame_locals);
            if dict.is_null() || !raw::has_flag(raw::type_of(dict), raw::flag::DICT) {
                return 0;
            }
            frame.namespace = dict;
            if std::ptr::eq(dict, field(frame.ptr, raw::layout().frame_globals))
                && let Some(file) = self.file_of_code((*frame.code).object)
            {
                self.bodies.insert(file);
            }
            let namespace = self.capture.see(dict, raw::type_of(dict), depth.saturating_add(1), true);
            frame.globals = self.globals_of_body(frame.code, frame.ptr, namespace);
            namespace
        }
    }

    pub(super) unsafe fn put_slot(&mut self, info: &CodeInfo, n: usize, value: Obj, out: &mut Vec<u8>) {
        // SAFETY: `value` is live.
        unsafe {
            if info.secret[n] && !is_harmless(value) {
                let name = self.capture.type_name_string(raw::type_of(value));
                value::put_named(out, tag::REDACTED, name);
            } else {
                let depth = self.capture.limits.depth;
                self.capture.encode(value, depth, out);
            }
        }
    }
}

/// Whether a value under a secret name is shown. Functions, methods and classes are shown by their names; None and bools
/// tell nothing. The recorder redacts texts, as it looks for them elsewhere, too.
unsafe fn is_harmless(value: Obj) -> bool {
    // SAFETY: `value` is live.
    unsafe {
        let ty = raw::type_of(value);
        raw::is_str(ty)
            || raw::is_bytes(ty)
            || raw::is_bool(ty)
            || std::ptr::eq(value, ffi::Py_None())
            || raw::has_flag(ty, raw::flag::TYPE)
            || matches!(raw::builtin_name(ty), b"function" | b"method" | b"module" | b"builtin_function_or_method")
    }
}
