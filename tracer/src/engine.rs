//! Frames and events: what the hooks tell becomes ops on the wire.
//!
//! Each thread has a stack of recorded frames. Before an event of a frame is written, what changed
//! since the frame's last event is (see [`Engine::observe`]): its slots by pointer, the objects
//! that the last line changed by its plan, and everything visible where something unknown ran.

use connie_wire::codec::Sink;
use connie_wire::op::code as op;
use connie_wire::ticks;
use connie_wire::value::{self, tag};
use pyo3_ffi as ffi;
use rustc_hash::FxHashMap;

use crate::capture::Capture;
use crate::code::{self, CodeInfo};
use crate::filter::Filter;
use crate::plan::{Check, LinePlan, Sym};
use crate::raw::{self, Obj, field};

/// One activation of a recorded function, module or class body.
pub struct Frame {
    id: u64,
    /// Its code.
    pub code: *mut CodeInfo,
    /// The interpreter's frame.
    pub ptr: *mut u8,
    /// The line it runs.
    line: u32,
    /// What that line can change.
    pub plan: *const LinePlan,
    /// The line does something whose effects are not known.
    pending: bool,
    /// Offsets of the line's calls that are not known to be harmless; those whose callee turns out
    /// to be recorded are taken out.
    pub unknown_calls: Vec<u32>,
    /// What the line's calls returned: (offset of the call, object), where the line changes it. We
    /// hold references, to objects that others hold too, until the line is done.
    pub results: Vec<(u32, usize)>,
    /// When all that is visible from here was last true.
    epoch: u32,
    /// Pointers in its slots; the low bit says that we hold a reference.
    seen: Vec<usize>,
    /// The dict of a module or class frame, else null.
    pub namespace: Obj,
}

impl Frame {
    /// The value of a slot, cells looked through; null where it is unbound.
    ///
    /// # Safety
    /// The interpreter's frame is alive.
    #[inline(always)]
    pub unsafe fn slot(frame: *mut Frame, n: usize) -> Obj {
        // SAFETY: the caller's promise; the code says how many slots there are.
        unsafe {
            let code = &*(*frame).code;
            if n >= code.cells.len() {
                return std::ptr::null_mut();
            }
            let value = *(*frame).ptr.add(raw::layout().frame_slots).cast::<Obj>().add(n);
            if code.cells[n] { through_cell(value) } else { value }
        }
    }
}

#[inline]
unsafe fn through_cell(value: Obj) -> Obj {
    // SAFETY: `value` is live or null.
    unsafe {
        if !value.is_null() && std::ptr::eq(raw::type_of(value), &raw mut PyCell_Type) {
            raw::cell_contents(value)
        } else {
            value
        }
    }
}

unsafe extern "C" {
    /// Not in the limited API; exported by every version.
    static mut PyCell_Type: ffi::PyTypeObject;
    /// In the limited API since 3.10.
    fn PyThreadState_GetID(state: *mut ffi::PyThreadState) -> u64;
}

struct Thread {
    number: u32,
    /// The interpreter's own number of it: addresses of thread states are used again.
    id: u64,
    /// Boxed: hooks keep pointers to frames while the stack grows.
    #[allow(clippy::vec_box)]
    stack: Vec<Box<Frame>>,
}

/// The tracer of one process.
pub struct Engine {
    /// Values and objects.
    pub capture: Capture,
    /// Which files are recorded.
    pub filter: Filter,
    /// Minor version of Python 3.
    pub minor: u32,
    cwd: String,
    /// Record frames of `<string>` (the program was given with -c).
    command: bool,
    files: FxHashMap<usize, Option<u32>>,
    file_numbers: FxHashMap<Vec<u8>, Option<u32>>,
    codes: FxHashMap<usize, Box<CodeInfo>>,
    last_code: (Obj, *mut CodeInfo),
    threads: FxHashMap<usize, Box<Thread>>,
    thread_count: u32,
    state: *mut ffi::PyThreadState,
    thread: *mut Thread,
    suspended: FxHashMap<usize, Box<Frame>>,
    #[allow(clippy::vec_box)]
    spare: Vec<Box<Frame>>,
    /// Objects to let go of after the event.
    pub dying: Vec<Obj>,
    /// Whether a class was met whose operators run code that is not recorded.
    pub any_foreign: bool,
    time: u64,
    stdout: Obj,
    stderr: Obj,
}

impl Engine {
    /// Starts with nothing seen.
    pub fn new(capture: Capture, filter: Filter, minor: u32, cwd: String, command: bool) -> Self {
        Self {
            capture,
            filter,
            minor,
            cwd,
            command,
            files: FxHashMap::default(),
            file_numbers: FxHashMap::default(),
            codes: FxHashMap::default(),
            last_code: (std::ptr::null_mut(), std::ptr::null_mut()),
            threads: FxHashMap::default(),
            thread_count: 0,
            state: std::ptr::null_mut(),
            thread: std::ptr::null_mut(),
            suspended: FxHashMap::default(),
            spare: Vec::new(),
            dying: Vec::new(),
            any_foreign: false,
            time: ticks(),
            stdout: std::ptr::null_mut(),
            stderr: std::ptr::null_mut(),
        }
    }

    /// Says which objects are the standard streams.
    pub fn set_streams(&mut self, stdout: Obj, stderr: Obj) {
        (self.stdout, self.stderr) = (stdout, stderr);
    }

    /// The number of a file that is recorded; None for others.
    ///
    /// # Safety
    /// `filename` is the `co_filename` of a code object.
    pub unsafe fn file_of(&mut self, filename: Obj) -> Option<u32> {
        if let Some(&known) = self.files.get(&(filename as usize)) {
            return known;
        }
        // SAFETY: the caller's promise; a str is held so that its address stays its own.
        unsafe {
            let mut path = raw::str_bytes(filename);
            if !path.starts_with(b"/") && !path.starts_with(b"<") {
                path = [self.cwd.as_bytes(), b"/", &path].concat();
            }
            let number = match self.file_numbers.get(&path) {
                Some(&number) => number,
                None => {
                    let wanted = self.filter.records(&path) || self.command && path == b"<string>";
                    let number = wanted.then(|| self.capture.names.new_file(&mut self.capture.ring, &path));
                    // With -c only the first code of this name is the program's.
                    let kept = if path == b"<string>" { None } else { number };
                    self.file_numbers.insert(path.clone(), kept);
                    if path == b"<string>" {
                        self.command = false;
                    }
                    number
                }
            };
            if raw::is_str(raw::type_of(filename)) {
                ffi::Py_IncRef(filename);
                self.files.insert(filename as usize, number);
            }
            number
        }
    }

    /// Whether a code object is recorded and has run before.
    pub fn knows_code(&self, object: Obj) -> bool {
        std::ptr::eq(self.last_code.0, object) || self.codes.contains_key(&(object as usize))
    }

    /// What is known of a code object; null where it is not recorded.
    ///
    /// # Safety
    /// `object` is a code object.
    #[inline]
    pub unsafe fn code(&mut self, object: Obj) -> *mut CodeInfo {
        if std::ptr::eq(self.last_code.0, object) {
            return self.last_code.1;
        }
        // SAFETY: the caller's promise.
        let info = unsafe { self.find_code(object) };
        if !info.is_null() {
            self.last_code = (object, info);
        }
        info
    }

    unsafe fn find_code(&mut self, object: Obj) -> *mut CodeInfo {
        if let Some(info) = self.codes.get_mut(&(object as usize)) {
            return &raw mut **info;
        }
        // SAFETY: the caller's promise.
        unsafe {
            let Some(file) = self.file_of(raw::code_filename(object)) else { return std::ptr::null_mut() };
            let Some(info) = code::examine(&mut self.capture, self.minor, object, file) else {
                return std::ptr::null_mut();
            };
            let mut info = Box::new(info);
            let pointer = &raw mut *info;
            self.codes.insert(object as usize, info);
            pointer
        }
    }

    /// Makes the running thread the current one.
    #[inline(always)]
    unsafe fn enter(&mut self) {
        // SAFETY: under the GIL.
        let state = unsafe { ffi::PyThreadState_Get() };
        if !std::ptr::eq(state, self.state) {
            // SAFETY: as above.
            unsafe { self.switch(state) };
        }
    }

    #[cold]
    unsafe fn switch(&mut self, state: *mut ffi::PyThreadState) {
        self.state = state;
        // SAFETY: the state of the running thread.
        let id = unsafe { PyThreadState_GetID(state) };
        let mut announced = None;
        if self.threads.get(&(state as usize)).is_none_or(|thread| thread.id != id) {
            // SAFETY: under the GIL.
            announced = Some(unsafe { crate::threads::identity() });
            self.thread_count += 1;
            let thread = Thread { number: self.thread_count, id, stack: Vec::new() };
            self.threads.insert(state as usize, Box::new(thread));
        }
        if let Some(thread) = self.threads.get_mut(&(state as usize)) {
            self.thread = &raw mut **thread;
            let number = thread.number;
            let (ident, name) = announced.unwrap_or_default();
            let ring = &mut self.capture.ring;
            ring.reserve(name.len() + 32);
            ring.put(op::THREAD);
            ring.varint(u64::from(number));
            ring.varint(ident);
            ring.sized(&name);
        }
        // Whatever other threads did that we do not record may show from now on.
        self.capture.epoch += 1;
    }

    #[inline(always)]
    fn top(&mut self) -> *mut Frame {
        // SAFETY: `thread` is set by `enter` and boxed.
        unsafe { (*self.thread).stack.last_mut().map_or(std::ptr::null_mut(), |frame| &raw mut **frame) }
    }

    /// The recorded frame that an event belongs to; frames above it that ended unseen are left.
    #[inline(always)]
    unsafe fn current(&mut self, ptr: *mut u8, code: Obj) -> *mut Frame {
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
    unsafe fn resync(&mut self, ptr: *mut u8, code: Obj) -> *mut Frame {
        // SAFETY: as in `current`.
        unsafe {
            let stack = &(*self.thread).stack;
            let found = stack
                .iter()
                .rposition(|frame| std::ptr::eq(frame.ptr, ptr) && std::ptr::eq((*frame.code).object, code));
            let Some(found) = found else { return std::ptr::null_mut() };
            for _ in found + 1..stack.len() {
                self.leave(true);
            }
            self.top()
        }
    }

    #[inline]
    fn elapsed(&mut self) -> i64 {
        let now = ticks();
        let elapsed = now.wrapping_sub(self.time) as i64;
        self.time = now;
        elapsed
    }

    /// A frame of recorded code begins.
    ///
    /// # Safety
    /// Under the GIL; `ptr` is the running interpreter frame, of `code`.
    pub unsafe fn call(&mut self, code: *mut CodeInfo, ptr: *mut u8) {
        // SAFETY: the caller's promise; frames are boxed and codes held.
        unsafe {
            self.enter();
            self.before_callee(ptr);
            let id = self.capture.new_id();
            let mut frame = self.spare.pop().unwrap_or_else(|| {
                Box::new(Frame {
                    id: 0,
                    code,
                    ptr,
                    line: 0,
                    plan: std::ptr::null(),
                    pending: false,
                    unknown_calls: Vec::new(),
                    results: Vec::new(),
                    epoch: 0,
                    seen: Vec::new(),
                    namespace: std::ptr::null_mut(),
                })
            });
            let info = &*code;
            frame.id = id;
            frame.code = code;
            frame.ptr = ptr;
            frame.line = info.first_line;
            frame.plan = &raw const *EMPTY_PLAN;
            frame.pending = false;
            frame.unknown_calls.clear();
            frame.epoch = self.capture.epoch;
            frame.namespace = std::ptr::null_mut();
            frame.seen.clear();
            frame.seen.resize(info.slots, 0);
            let depth = self.capture.limits.depth;
            let mut namespace = 0;
            let mut out = self.capture.buffer();
            let mut count = 0u64;
            if info.namespace {
                let dict: Obj = field(ptr, raw::layout().frame_locals);
                if !dict.is_null() && raw::has_flag(raw::type_of(dict), raw::flag::DICT) {
                    frame.namespace = dict;
                    namespace = self.capture.see(dict, raw::type_of(dict), depth.saturating_add(1), true);
                }
            } else {
                let pointer = &raw mut *frame;
                for n in 0..info.slots {
                    let value = Frame::slot(pointer, n);
                    if !value.is_null() {
                        out.varint(n as u64);
                        self.put_slot(info, n, value, &mut out);
                        frame.seen[n] = hold(value);
                        count += 1;
                    }
                }
            }
            let time = self.elapsed();
            let ring = &mut self.capture.ring;
            ring.reserve(out.len() + 64);
            ring.put(op::CALL);
            ring.varint(id);
            ring.varint(u64::from(info.id));
            ring.varint(namespace);
            ring.zigzag(time);
            ring.varint(u64::from(info.first_line));
            ring.varint(count);
            ring.put_all(&out);
            ring.publish();
            self.capture.give_back(out);
            (*self.thread).stack.push(frame);
        }
    }

    unsafe fn put_slot(&mut self, info: &CodeInfo, n: usize, value: Obj, out: &mut Vec<u8>) {
        // SAFETY: `value` is live.
        unsafe {
            if info.secret[n] && !std::ptr::eq(value, ffi::Py_None()) && !is_callable(value) {
                let name = self.capture.type_name_string(raw::type_of(value));
                value::put_named(out, tag::REDACTED, name);
            } else {
                let depth = self.capture.limits.depth;
                self.capture.encode(value, depth, out);
            }
        }
    }

    /// Before a callee of the current frame starts or goes on: it must see what its caller's line
    /// has already changed.
    unsafe fn before_callee(&mut self, callee: *mut u8) {
        let parent = self.top();
        // SAFETY: frames are boxed; `callee` is the running interpreter frame.
        unsafe {
            if parent.is_null() || (*parent).pending {
                self.capture.epoch += 1;
                return;
            }
            if !(*parent).unknown_calls.is_empty() {
                let offset = self.called_at(parent, callee);
                let unknown = &mut (*parent).unknown_calls;
                let earlier = unknown.iter().any(|call| *call < offset);
                match unknown.iter().position(|call| *call == offset) {
                    Some(at) => {
                        unknown.remove(at);
                    }
                    None if offset == u32::MAX => self.capture.epoch += 1,
                    None => {}
                }
                if earlier {
                    self.capture.epoch += 1;
                }
            }
            if (*(*parent).plan).has_effects() {
                self.look(parent, true);
            }
        }
    }

    /// The top frame returns to a line that changes what it is given: keeps it until that is done.
    unsafe fn keep_result(&mut self, ptr: *mut u8, value: Obj) {
        // SAFETY: frames are boxed; `value` is live.
        unsafe {
            let stack = &mut (*self.thread).stack;
            let Some(parent) = stack.len().checked_sub(2).map(|n| &raw mut *stack[n]) else { return };
            // Whoever holds the only reference decides when it dies: that one is left alone.
            if !(*(*parent).plan).results || ffi::Py_REFCNT(value) < 2 || !self.capture.knows(value) {
                return;
            }
            let offset = self.called_at(parent, ptr);
            if offset != u32::MAX {
                ffi::Py_IncRef(value);
                (*parent).results.push((offset, value as usize));
            }
        }
    }

    /// Lets go of what [`Self::keep_result`] kept.
    unsafe fn drop_results(&mut self, frame: *mut Frame) {
        // SAFETY: the references are ours.
        unsafe {
            for (_, object) in std::mem::take(&mut (*frame).results) {
                let object = object as Obj;
                if ffi::Py_REFCNT(object) > 1 {
                    ffi::Py_DecRef(object);
                } else {
                    // Everybody else let go meanwhile: it ends after this event, outside of it.
                    self.dying.push(object);
                }
            }
        }
    }

    /// Offset of the call in `parent` that started `callee`, if its bytecode did so directly and
    /// not through C code that could do more; else `u32::MAX`.
    unsafe fn called_at(&self, parent: *mut Frame, callee: *mut u8) -> u32 {
        let layout = raw::layout();
        // SAFETY: both are live interpreter frames of the running version.
        unsafe {
            let previous: *mut u8 = field(callee, layout.frame_previous);
            let through_c = layout.minor == 11 && field::<u8>(callee, 68) != 0;
            if !std::ptr::eq(previous, (*parent).ptr) || through_c {
                return u32::MAX;
            }
            if layout.minor == 10 {
                // Nothing tells C code in between: the names have to agree.
                let offset = 2 * field::<i32>(previous, layout.frame_instruction).max(0) as u32;
                let plans = &(*(*parent).code).plans;
                let call = plans.call_offsets.iter().position(|call| *call == offset);
                let name = match call.map(|call| plans.symbols[plans.calls[call] as usize]) {
                    Some(Sym::Name(name) | Sym::Attr(_, name)) => {
                        raw::tuple_items((*(*parent).code).names)[name as usize]
                    }
                    _ => return u32::MAX,
                };
                let own: Obj = field(field::<Obj>(callee, layout.frame_code), layout.code_filename + 8);
                return if raw::str_bytes(own) == raw::str_bytes(name) { offset } else { u32::MAX };
            }
            let code = (*(*parent).code).object;
            let at: usize = field(previous, layout.frame_instruction);
            let offset = at.wrapping_sub(code as usize + layout.code_bytes) as u32;
            // Up to 3.12 it points behind the call, to one of its cache entries.
            let offsets = &(*(*parent).code).plans.call_offsets;
            let near = |call: &&u32| **call != u32::MAX && **call <= offset && offset - **call <= 8;
            offsets.iter().filter(near).max().copied().unwrap_or(u32::MAX)
        }
    }

    /// A suspended frame goes on.
    ///
    /// # Safety
    /// As for [`Self::call`].
    pub unsafe fn resume(&mut self, code: *mut CodeInfo, ptr: *mut u8) {
        // SAFETY: as in `call`.
        unsafe {
            self.enter();
            let frame = match self.suspended.remove(&(ptr as usize)) {
                Some(frame) if std::ptr::eq(frame.code, code) => frame,
                _ => return self.call(code, ptr),
            };
            self.before_callee(ptr);
            let time = self.elapsed();
            let ring = &mut self.capture.ring;
            ring.reserve(48);
            ring.put(op::RESUME);
            ring.varint(frame.id);
            ring.zigzag(time);
            ring.varint(u64::from(frame.line));
            (*self.thread).stack.push(frame);
            self.capture.ring.publish();
        }
    }

    /// Whether a frame is known and suspended.
    pub fn is_suspended(&self, ptr: *mut u8) -> bool {
        self.suspended.contains_key(&(ptr as usize))
    }

    /// A line of recorded code is about to run. A null `ptr` stands for the running frame.
    ///
    /// # Safety
    /// As for [`Self::call`].
    #[inline]
    pub unsafe fn line(&mut self, code: Obj, ptr: *mut u8, line: u32) {
        // SAFETY: as in `call`.
        unsafe {
            self.enter();
            let ptr = if ptr.is_null() { raw::current_frame(self.state) } else { ptr };
            let frame = self.current(ptr, code);
            if frame.is_null() {
                return;
            }
            self.observe(frame);
            let ring = &mut self.capture.ring;
            ring.reserve(8);
            ring.put(op::LINE);
            ring.varint(u64::from(line));
            ring.publish();
            (*frame).line = line;
            (*frame).plan = (*(*frame).code).plans.of(line);
            (*frame).pending = self.is_pending(frame);
            self.capture.tidy();
        }
    }

    /// The current frame returns.
    ///
    /// # Safety
    /// As for [`Self::call`]; `value` is live.
    pub unsafe fn ret(&mut self, code: Obj, ptr: *mut u8, value: Obj) {
        // SAFETY: as in `call`.
        unsafe { self.give(code, ptr, value, op::RETURN) }
    }

    /// The current frame yields.
    ///
    /// # Safety
    /// As for [`Self::call`]; `value` is live.
    pub unsafe fn yields(&mut self, code: Obj, ptr: *mut u8, value: Obj) {
        // SAFETY: as in `call`.
        unsafe { self.give(code, ptr, value, op::YIELD) }
    }

    unsafe fn give(&mut self, code: Obj, ptr: *mut u8, value: Obj, kind: u8) {
        // SAFETY: as in `call`.
        unsafe {
            self.enter();
            let frame = self.current(ptr, code);
            if frame.is_null() {
                return;
            }
            self.observe(frame);
            let mut out = self.capture.buffer();
            let depth = self.capture.limits.depth;
            self.capture.encode(value, depth, &mut out);
            let time = self.elapsed();
            let ring = &mut self.capture.ring;
            ring.reserve(out.len() + 32);
            ring.put(kind);
            ring.zigzag(time);
            ring.put_all(&out);
            ring.publish();
            self.capture.give_back(out);
            if kind == op::RETURN {
                self.keep_result(ptr, value);
            }
            if kind == op::YIELD {
                if let Some(frame) = (*self.thread).stack.pop() {
                    self.suspended.insert(ptr as usize, frame);
                }
            } else {
                self.leave(false);
            }
            self.capture.tidy();
        }
    }

    /// An exception appears in the current frame.
    ///
    /// # Safety
    /// As for [`Self::call`]; `exception` is live. `unit` is the index of the instruction.
    pub unsafe fn raise(&mut self, code: Obj, ptr: *mut u8, unit: usize, exception: Obj) {
        // SAFETY: as in `call`.
        unsafe {
            let info = self.code(code);
            if info.is_null() || (*info).iterates.get(unit) == Some(&true) && is_stop_iteration(exception) {
                return;
            }
            self.enter();
            let frame = self.current(ptr, code);
            if frame.is_null() {
                return;
            }
            self.observe(frame);
            let mut out = self.capture.buffer();
            let depth = self.capture.limits.depth;
            self.capture.encode(exception, depth, &mut out);
            let ring = &mut self.capture.ring;
            ring.reserve(out.len() + 32);
            ring.put(op::RAISE);
            ring.varint(u64::from((*frame).line));
            ring.put_all(&out);
            ring.publish();
            self.capture.give_back(out);
        }
    }

    /// The current frame ends with an exception.
    ///
    /// # Safety
    /// As for [`Self::call`].
    pub unsafe fn unwind(&mut self, code: Obj, ptr: *mut u8) {
        // SAFETY: as in `call`.
        unsafe {
            self.enter();
            let frame = self.current(ptr, code);
            if !frame.is_null() {
                self.observe(frame);
                self.leave(true);
                self.capture.ring.publish();
            }
        }
    }

    /// Takes the top frame off the stack.
    unsafe fn leave(&mut self, unwinding: bool) {
        // SAFETY: `thread` is current; held references are ours to drop.
        unsafe {
            if unwinding {
                let time = self.elapsed();
                self.capture.ring.reserve(16);
                self.capture.ring.put(op::UNWIND);
                self.capture.ring.zigzag(time);
            }
            if let Some(mut frame) = (*self.thread).stack.pop() {
                for seen in frame.seen.drain(..) {
                    drop_held(seen);
                }
                self.drop_results(&raw mut *frame);
                if self.spare.len() < 64 {
                    self.spare.push(frame);
                }
            }
        }
    }

    /// Text was written to a standard stream.
    ///
    /// # Safety
    /// Under the GIL; both are live.
    pub unsafe fn output(&mut self, stream: Obj, text: Obj) {
        let number = if std::ptr::eq(stream, self.stdout) {
            1
        } else if std::ptr::eq(stream, self.stderr) {
            2
        } else {
            return;
        };
        // SAFETY: `text` was checked to be a str by the caller.
        unsafe {
            self.enter();
            let frame = self.top();
            if !frame.is_null()
                && !(*frame).pending
                && (*frame).unknown_calls.is_empty()
                && std::ptr::eq((*frame).ptr, raw::current_frame(self.state))
            {
                self.look(frame, true);
            }
            let bytes = raw::str_bytes(text);
            for piece in bytes.chunks(1 << 19) {
                let ring = &mut self.capture.ring;
                ring.reserve(piece.len() + 16);
                ring.put(op::OUTPUT);
                ring.put(number);
                ring.sized(piece);
                ring.publish();
            }
        }
    }

    /// The interpreter shuts down in an orderly way.
    pub fn end(&mut self) {
        self.capture.ring.reserve(8);
        self.capture.ring.put(op::END);
        self.capture.ring.publish();
    }

    /// The tracer gives up: says why.
    pub fn trouble(&mut self, text: &str) {
        self.capture.ring.reserve(text.len() + 16);
        self.capture.ring.put(op::TROUBLE);
        self.capture.ring.sized(text.as_bytes());
        self.capture.ring.publish();
    }

    /// Writes what changed since the frame's last event: its line is done.
    #[inline]
    unsafe fn observe(&mut self, frame: *mut Frame) {
        // SAFETY: as in `look`.
        unsafe {
            if (*frame).pending || !(*frame).unknown_calls.is_empty() {
                (*frame).pending = false;
                (*frame).unknown_calls.clear();
                self.capture.epoch += 1;
            }
            self.look(frame, false);
            if !(*frame).results.is_empty() {
                self.drop_results(frame);
            }
        }
    }

    /// Writes what changed since the frame's last event; its line may still be running.
    #[inline]
    unsafe fn look(&mut self, frame: *mut Frame, partial: bool) {
        // SAFETY: `frame` is on the stack and its interpreter frame alive.
        unsafe {
            let code = &*(*frame).code;
            let plan = &*(*frame).plan;
            if code.namespace {
                self.observe_namespace(frame, plan);
            }
            self.observe_slots(frame, code, plan);
            // Also where the epoch has moved on: what a callee has already read again in this epoch,
            // this line may have changed since.
            for &check in &plan.checks {
                // Before a call of the line: what it will return is not there to be changed yet.
                if !(self.check(frame, check) || partial && plan.results) {
                    self.capture.epoch += 1;
                    break;
                }
            }
            if plan.globals {
                let globals: Obj = field((*frame).ptr, raw::layout().frame_globals);
                self.capture.touch(globals);
            }
            if (*frame).epoch != self.capture.epoch {
                self.verify(frame, code, plan);
            }
        }
    }

    #[inline(always)]
    unsafe fn observe_slots(&mut self, frame: *mut Frame, code: &CodeInfo, plan: &LinePlan) {
        // SAFETY: as in `observe`; the frame has `code.slots` slots.
        unsafe {
            let mut changed = 0u64;
            let seen = (*frame).seen.as_ptr();
            if code.plain {
                let slots = (*frame).ptr.add(raw::layout().frame_slots).cast::<usize>();
                for n in 0..code.slots {
                    let now = *slots.add(n);
                    if now != *seen.add(n) & !1 {
                        self.slot_changed(frame, code, n, now as Obj);
                        changed |= 1 << (n & 63);
                    }
                }
            } else {
                for n in 0..code.slots {
                    let now = Frame::slot(frame, n);
                    if now as usize != (&(*frame).seen)[n] & !1 {
                        self.slot_changed(frame, code, n, now);
                        changed |= 1 << (n & 63);
                    }
                }
            }
            for &slot in &plan.slots {
                let n = slot as usize;
                let Some(&before) = (*frame).seen.get(n) else { continue };
                if before & 1 == 1 || before == 0 || (n < 64 && changed & (1 << n) != 0) {
                    continue;
                }
                // The same address, and not held: another value may have taken it.
                let now = before as Obj;
                let ty = raw::type_of(now);
                if raw::is_str(ty) || raw::is_bytes(ty) || raw::is_tuple(ty) || !self.capture.knows(now) {
                    self.slot_changed(frame, code, n, now);
                } else {
                    self.capture.touch(now);
                }
            }
        }
    }

    #[inline]
    unsafe fn slot_changed(&mut self, frame: *mut Frame, code: &CodeInfo, n: usize, now: Obj) {
        // SAFETY: as in `observe`; `now` is live or null.
        unsafe {
            let before = (&(*frame).seen)[n];
            (&mut (*frame).seen)[n] = hold(now);
            drop_held(before);
            let ring = &mut self.capture.ring;
            if !now.is_null() && raw::is_int(raw::type_of(now)) && !code.secret[n] {
                ring.reserve(32 + raw::int_bytes(now));
                ring.put(op::SLOT);
                ring.varint(n as u64);
                return raw::put_int(now, ring);
            }
            let mut out = self.capture.buffer();
            if now.is_null() {
                out.put(tag::UNBOUND);
            } else {
                self.put_slot(code, n, now, &mut out);
            }
            let ring = &mut self.capture.ring;
            ring.reserve(out.len() + 16);
            ring.put(op::SLOT);
            ring.varint(n as u64);
            ring.put_all(&out);
            self.capture.give_back(out);
        }
    }

    unsafe fn observe_namespace(&mut self, frame: *mut Frame, _plan: &LinePlan) {
        // SAFETY: the frame's locals are a dict that lives as long as it does.
        unsafe {
            let dict = (*frame).namespace;
            if !dict.is_null() {
                self.capture.touch(dict);
            }
        }
    }

    /// Looks at what a line changed; false where that cannot be found.
    #[inline]
    unsafe fn check(&mut self, frame: *mut Frame, check: Check) -> bool {
        // SAFETY: as in `observe`.
        unsafe {
            match check {
                Check::Read(_) if !self.capture.types.seen_default_dict => true,
                Check::Read(sym) => {
                    let object = self.peek(frame, sym);
                    if object.is_null() {
                        return false;
                    }
                    let ty = raw::type_of(object);
                    if !raw::is_list(ty) && !raw::is_dict(ty) && !raw::is_str(ty) && !raw::is_tuple(ty) {
                        self.capture.touch(object);
                    }
                    true
                }
                Check::InPlace(sym) => {
                    let object = self.peek(frame, sym);
                    if object.is_null() {
                        return false;
                    }
                    let ty = raw::type_of(object);
                    if !raw::is_int(ty) && !raw::is_float(ty) && !raw::is_str(ty) {
                        self.capture.touch(object);
                    }
                    true
                }
                Check::Touch(sym) => {
                    let object = self.peek(frame, sym);
                    self.capture.touch(object);
                    !object.is_null()
                }
                Check::Attr(sym, name) => {
                    let object = self.peek(frame, sym);
                    if object.is_null() {
                        return false;
                    }
                    let name = raw::tuple_items((*(*frame).code).names)[name as usize];
                    self.capture.touch_attribute(object, name);
                    true
                }
                Check::Item(sym, key) => {
                    let object = self.peek(frame, sym);
                    if object.is_null() {
                        return false;
                    }
                    if raw::is_dict(raw::type_of(object)) {
                        let key = self.peek(frame, key);
                        self.capture.touch_key(object, key);
                        return true;
                    }
                    if raw::is_list(raw::type_of(object)) {
                        let key = self.peek(frame, key);
                        if !key.is_null()
                            && raw::is_int(raw::type_of(key))
                            && let Some(index) = raw::small_int(key)
                        {
                            self.capture.touch_item(object, index);
                            return true;
                        }
                    }
                    self.capture.touch(object);
                    true
                }
            }
        }
    }

    /// Something unknown has run: reads everything that is visible from a frame.
    #[inline(never)]
    unsafe fn verify(&mut self, frame: *mut Frame, code: &CodeInfo, _plan: &LinePlan) {
        // SAFETY: as in `observe`.
        unsafe {
            let depth = self.capture.limits.depth;
            if code.namespace {
                let dict = (*frame).namespace;
                if !dict.is_null() && !self.capture.verify(dict, depth.saturating_add(1)) {
                    self.capture.see(dict, raw::type_of(dict), depth.saturating_add(1), true);
                }
            }
            {
                for n in 0..code.slots {
                    let seen = (&(*frame).seen)[n];
                    if seen & 1 == 1 || seen == 0 || code.secret[n] {
                        continue;
                    }
                    let object = seen as Obj;
                    let ty = raw::type_of(object);
                    if raw::is_str(ty) || raw::is_tuple(ty) && !self.capture.knows(object) {
                        continue;
                    }
                    if !self.capture.verify(object, depth) {
                        self.slot_changed(frame, code, n, object);
                    }
                }
            }
            (*frame).epoch = self.capture.epoch;
        }
    }
}

static EMPTY_PLAN: std::sync::LazyLock<LinePlan> = std::sync::LazyLock::new(LinePlan::default);

unsafe fn is_stop_iteration(exception: Obj) -> bool {
    // SAFETY: `exception` is live.
    unsafe { std::ptr::eq(raw::type_of(exception).cast(), ffi::PyExc_StopIteration) }
}

/// Functions, methods and classes are shown by name: they hide no secret.
unsafe fn is_callable(value: Obj) -> bool {
    // SAFETY: `value` is live.
    unsafe {
        let ty = raw::type_of(value);
        raw::has_flag(ty, raw::flag::TYPE)
            || matches!(raw::builtin_name(ty), b"function" | b"method" | b"module" | b"builtin_function_or_method")
    }
}

/// Holds an int, float, bool or None (nothing notices that they live longer); marks the pointer.
#[inline(always)]
unsafe fn hold(value: Obj) -> usize {
    // SAFETY: `value` is live or null.
    unsafe {
        if value.is_null() {
            return 0;
        }
        let ty = raw::type_of(value);
        if raw::is_int(ty) || raw::is_float(ty) || raw::is_bool(ty) || std::ptr::eq(value, ffi::Py_None()) {
            ffi::Py_IncRef(value);
            return value as usize | 1;
        }
        value as usize
    }
}

#[inline(always)]
unsafe fn drop_held(seen: usize) {
    if seen & 1 == 1 {
        // SAFETY: `hold` took a reference to a scalar of a builtin type.
        unsafe { ffi::Py_DecRef((seen & !1) as Obj) };
    }
}
