//! Frames and events: the engine turns what the hooks report into ops on the wire.
//!
//! Each thread has a stack of recorded frames. Before an event of a frame is written, everything that changed since the
//! frame's last event is written (see [`Engine::observe`]): its slots, compared by pointer; the objects that the last
//! line changed according to its plan; and everything visible if code with unknown effects ran.

use connie_wire::config::Config;
use connie_wire::level::{Level, Rule};
use connie_wire::op::put;
use connie_wire::ring::Writer;
use connie_wire::secrets::Secrets;
use connie_wire::ticks;
use pyo3_ffi as ffi;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::capture::{Capture, Limits};
use crate::code::{self, CodeInfo};
use crate::filter::Filter;
use crate::raw::{self, Obj};
use crate::sites::Verdicts;
use crate::tasks::Tasks;
use crate::types::Types;
use crate::uses::Uses;

mod callees;
mod calls;
mod checks;
mod child;
mod contexts;
mod deaths;
mod doubt;
mod elided;
mod events;
mod files;
mod frame;
mod generated;
mod globals;
mod greenlets;
mod instructions;
mod judged;
mod methods;
mod midline;
mod observe;
mod paths;
mod restart;
mod resume;
mod running;
mod shared;
mod stacks;
mod suspended;
mod texts;
mod thin;
mod unfiled;
mod watched;

pub use frame::{Frame, Gives};
use suspended::Suspended;

unsafe extern "C" {
    /// In the limited API since 3.10.
    pub(super) fn PyThreadState_GetID(state: *mut ffi::PyThreadState) -> u64;
}

struct Thread {
    number: u32,
    /// The interpreter's own number of the thread, as addresses of thread states are reused.
    id: u64,
    /// Whether it may have frames that ran before the recording began and were not taken over yet.
    inherits: bool,
    /// Boxed: hooks keep pointers to frames while the stack grows.
    #[allow(clippy::vec_box)]
    stack: Vec<Box<Frame>>,
    /// For each cell, the outermost frame that has it: (index in the stack, number). An outdated entry names no frame.
    holders: FxHashMap<usize, (usize, u64)>,
}

/// Number of recently used code objects that are found without a table lookup.
const RECENT: usize = 256;

/// A code object that was looked up recently.
#[derive(Clone, Copy)]
struct RecentCode {
    object: Obj,
    info: *mut CodeInfo,
    filename: Obj,
}

impl Default for RecentCode {
    fn default() -> Self {
        Self { object: std::ptr::null_mut(), info: std::ptr::null_mut(), filename: std::ptr::null_mut() }
    }
}

impl RecentCode {
    #[inline(always)]
    fn place(object: Obj) -> usize {
        let address = object as usize;
        (address >> 4 ^ address >> 12) % RECENT
    }
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
    /// If the program was given with -c or on stdin: the first code with this name is the program's.
    command: Option<&'static [u8]>,
    /// Whether this process was started by the program and reads another stdin, so that its `<stdin>` is another
    /// source.
    pub gets_own_stdin: bool,
    /// The code with that name, and the code defined in it, which it holds. Other code may have the name too.
    command_codes: FxHashSet<usize>,
    files: files::Files,
    /// Files of code objects that name them by relative paths.
    relative_codes: FxHashMap<usize, std::rc::Rc<[u8]>>,
    generated: generated::Generated,
    /// Files whose module's namespace is known.
    bodies: FxHashSet<u32>,
    /// Numbers of the namespaces that readers use for files.
    homes: FxHashMap<u32, u64>,
    codes: FxHashMap<usize, Box<CodeInfo>>,
    /// Code whose calls are not recorded, but exceptions that pass through it.
    passing: FxHashMap<usize, Box<CodeInfo>>,
    /// How much may be read of what code without lines is given and gives.
    thin_reads: thin::Reads,
    /// How much is recorded of each file, by its path.
    levels: FxHashMap<Vec<u8>, Level>,
    recent_codes: Box<[RecentCode; RECENT]>,
    threads: FxHashMap<usize, Box<Thread>>,
    thread_count: u32,
    state: *mut ffi::PyThreadState,
    /// The thread state whose stack is `thread`'s; null if each event has to check.
    known_state: *mut ffi::PyThreadState,
    /// The system's pointer to the thread of that state ([`crate::threads::pointer`]); 0 if each event has to check.
    known_pointer: usize,
    /// The key of the running stack in `threads`.
    key: usize,
    greenlets: Option<greenlets::Greenlets>,
    thread: *mut Thread,
    suspended: Suspended,
    #[allow(clippy::vec_box)]
    spare: Vec<Box<Frame>>,
    /// Objects to release after the event.
    pub dying: Vec<Obj>,
    /// Methods that are not recorded and have an event when they run, by the address of their code.
    watched: FxHashMap<usize, methods::Watched>,
    /// Which uses of instances of some class that was seen run unrecorded code.
    pub any_foreign: Uses,
    /// Whether a class was seen that runs such code when an attribute is read.
    pub any_foreign_attribute: bool,
    /// Whether one was seen that does so for attributes of any name.
    pub foreign_hook: bool,
    /// The names of such attributes, as addresses of interned strings.
    pub foreign_names: FxHashSet<usize>,
    /// Whether a class was seen that runs unrecorded code when attributes are assigned.
    pub any_foreign_store: bool,
    /// What is known of attributes of types.
    pub verdicts: Verdicts,
    time: u64,
    /// Whether the recording began in the middle of the program.
    pub midway: bool,
    /// The state of asyncio's tasks.
    pub(super) tasks: Tasks,
    /// The settings it was made from. A forked child makes another engine from them.
    pub settings: Settings,
}

/// The settings of an engine.
#[derive(Clone)]
pub struct Settings {
    /// The configuration as the recorder wrote it.
    pub config: Config,
    /// Folders of the standard library.
    pub stdlib: Vec<String>,
    /// The `tp_dealloc` of classes written in Python. The class it was read from no longer exists at the time of a
    /// fork.
    pub subtype_dealloc: usize,
    /// Minor version of Python 3.
    pub minor: u32,
    /// The version as in the ring's header.
    pub python: u64,
}

impl Engine {
    /// Makes an engine that has seen nothing.
    ///
    /// # Safety
    /// Under the GIL.
    pub unsafe fn new(ring: Writer, settings: Settings) -> Self {
        let config = &settings.config;
        let limits = Limits {
            string: config.max_string as usize,
            items: config.max_items as usize,
            depth: config.max_depth.min(200) as u8,
            memory: config.memory as usize,
            recheck: config.recheck,
            is_faulty: config.fault == "walk",
        };
        let filter = Filter {
            root: config.root.clone(),
            include: config.include.clone(),
            exclude: config.exclude.clone(),
            levels: config.levels.iter().filter_map(|text| Rule::read(text)).collect(),
            stdlib: settings.stdlib.clone(),
            include_stdlib: config.include_stdlib,
            include_site_packages: config.include_site_packages,
            all: config.all,
            ..Filter::default()
        }
        .prepare();
        let types = Types::new(settings.subtype_dealloc);
        let time = ring.header().started.load(std::sync::atomic::Ordering::Relaxed);
        let capture = Capture::new(ring, limits, types, Secrets::new(&config.redact));
        Self {
            capture,
            filter,
            minor: settings.minor,
            cwd: config.cwd.clone(),
            command: files::command_name(config),
            gets_own_stdin: false,
            command_codes: FxHashSet::default(),
            files: files::Files::default(),
            relative_codes: FxHashMap::default(),
            generated: generated::Generated::default(),
            bodies: FxHashSet::default(),
            homes: FxHashMap::default(),
            codes: FxHashMap::default(),
            passing: FxHashMap::default(),
            thin_reads: thin::Reads::default(),
            levels: FxHashMap::default(),
            recent_codes: Box::new([RecentCode::default(); RECENT]),
            threads: FxHashMap::default(),
            thread_count: 0,
            state: std::ptr::null_mut(),
            known_state: std::ptr::null_mut(),
            known_pointer: 0,
            key: 0,
            greenlets: None,
            thread: std::ptr::null_mut(),
            suspended: Suspended::default(),
            spare: Vec::new(),
            dying: Vec::new(),
            any_foreign: 0,
            any_foreign_attribute: false,
            foreign_hook: false,
            foreign_names: FxHashSet::default(),
            any_foreign_store: false,
            watched: FxHashMap::default(),
            verdicts: Verdicts::default(),
            time,
            midway: false,
            tasks: Tasks::default(),
            settings,
        }
    }

    /// Whether a code object is recorded and has run before.
    pub fn knows_code(&self, object: Obj) -> bool {
        let recent = &self.recent_codes[RecentCode::place(object)];
        if std::ptr::eq(recent.object, object) && !recent.info.is_null() {
            return true;
        }
        self.codes.contains_key(&(object as usize))
    }

    /// All known code objects.
    pub fn codes_mut(&mut self) -> impl Iterator<Item = &mut CodeInfo> {
        self.codes.values_mut().map(|info| &mut **info)
    }

    /// Switches off the events of all code objects. Returns those that had events of their own.
    pub fn switch_off(&mut self) -> Vec<Obj> {
        let switched = |info: &mut CodeInfo| std::mem::take(&mut info.switched_on).then_some(info.object);
        self.codes_mut().filter_map(switched).collect()
    }

    /// The information about a code object; null if it is not recorded.
    ///
    /// # Safety
    /// `object` is a code object.
    #[inline]
    pub unsafe fn code(&mut self, object: Obj) -> *mut CodeInfo {
        // SAFETY: the caller's promise. Recorded code is held, so that its address stays its own; for
        // other code the file's name, which is held too, tells.
        unsafe {
            let recent = &self.recent_codes[RecentCode::place(object)];
            if std::ptr::eq(recent.object, object)
                && (!recent.info.is_null() || std::ptr::eq(recent.filename, raw::code_filename(object)))
            {
                return recent.info;
            }
            let info = self.find_code(object);
            let filename = raw::code_filename(object);
            if !info.is_null() || self.files.knows(filename) {
                self.recent_codes[RecentCode::place(object)] = RecentCode { object, info, filename };
            }
            info
        }
    }

    /// As [`Self::code`], for code that a hook reports as starting or resuming. Extension modules may report code that
    /// they made up (as Cython does for profilers). Such code has no frame, so that nothing can be read of it.
    ///
    /// # Safety
    /// `object` is a code object; under the GIL.
    #[inline(always)]
    pub unsafe fn started_code(&mut self, object: Obj) -> *mut CodeInfo {
        let recent = &self.recent_codes[RecentCode::place(object)];
        if std::ptr::eq(recent.object, object) && !recent.info.is_null() {
            return recent.info;
        }
        // SAFETY: the caller's promise.
        unsafe { self.find_started_code(object) }
    }

    /// The same for code that no recent event had.
    #[inline(never)]
    unsafe fn find_started_code(&mut self, object: Obj) -> *mut CodeInfo {
        // SAFETY: the caller's promise.
        unsafe {
            if !self.knows_code(object) && !running::is_running(object) {
                return std::ptr::null_mut();
            }
            self.code(object)
        }
    }

    /// Whether the calls of a code object are recorded.
    ///
    /// # Safety
    /// `object` is a code object.
    pub unsafe fn records(&mut self, object: Obj) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.is_own(object) && !self.passes_only(object) }
    }

    /// Whether anything is recorded of a code object.
    pub(super) unsafe fn is_own(&mut self, object: Obj) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            let filename = raw::code_filename(object);
            if self.file_of_code(object).is_none() {
                return false;
            }
            if self.command.is_none_or(|name| raw::str_bytes(filename) != name) {
                return true;
            }
            if self.command_codes.is_empty() {
                self.find_command(object);
            }
            self.command_codes.contains(&(object as usize))
        }
    }

    /// Notes a code object and the code objects among its constants.
    unsafe fn find_command(&mut self, object: Obj) {
        // SAFETY: constants are a tuple, which belongs to the code object; that is held once it is recorded.
        unsafe {
            self.command_codes.insert(object as usize);
            let consts = ffi::PyObject_GetAttrString(object, c"co_consts".as_ptr());
            if consts.is_null() {
                return ffi::PyErr_Clear();
            }
            for &constant in raw::tuple_items(consts) {
                if raw::builtin_name(raw::type_of(constant)) == b"code" {
                    self.find_command(constant);
                }
            }
            ffi::Py_DecRef(consts);
        }
    }

    /// As [`Self::code`], for code that no recent event had. Apart, so that that is inlined where it is called.
    #[inline(never)]
    unsafe fn find_code(&mut self, object: Obj) -> *mut CodeInfo {
        if let Some(info) = self.codes.get_mut(&(object as usize)) {
            return &raw mut **info;
        }
        // SAFETY: the caller's promise.
        unsafe {
            if !self.records(object) {
                return std::ptr::null_mut();
            }
            self.look_for_greenlets();
            let level = self.level_of(object);
            let Some(info) = code::examine(&mut self.capture, self.minor, object, level) else {
                return std::ptr::null_mut();
            };
            self.capture.own_file(raw::code_filename(object));
            let mut info = Box::new(info);
            let pointer = &raw mut *info;
            self.codes.insert(object as usize, info);
            pointer
        }
    }

    /// The time from the last op with a time to `now`.
    #[inline(always)]
    pub(super) fn since(&self, now: u64) -> i64 {
        now.wrapping_sub(self.time) as i64
    }

    /// Notes that an op was written with the time up to `now`.
    #[inline(always)]
    pub(super) fn set_time(&mut self, now: u64) {
        self.time = now;
    }

    #[inline]
    pub(super) fn elapsed(&mut self) -> i64 {
        let now = ticks();
        let elapsed = now.wrapping_sub(self.time) as i64;
        self.time = now;
        elapsed
    }

    /// Handles text that was written to descriptor 1 or 2.
    ///
    /// # Safety
    /// Under the GIL.
    pub unsafe fn output(&mut self, descriptor: u8, bytes: &[u8]) {
        // SAFETY: frames on the stack are live.
        unsafe {
            self.enter_frame();
            let frame = self.top();
            if !frame.is_null() {
                self.tell_passed(frame);
            }
            if !frame.is_null()
                && !(*frame).pending
                && (*frame).unknown_calls.is_empty()
                && std::ptr::eq((*frame).ptr, raw::current_frame(self.state))
            {
                self.look(frame, true);
            }
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let mut end = rest.len().min(1 << 19);
            // Not within a character.
            while end > 1 << 18 && rest.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
                end -= 1;
            }
            let piece;
            (piece, rest) = rest.split_at(end);
            let ring = &mut self.capture.ring;
            ring.reserve(piece.len() + 16);
            put::output(ring, descriptor, piece);
            self.capture.publish_step();
        }
    }

    /// Notes the orderly shutdown of the interpreter.
    pub fn end(&mut self) {
        self.capture.ring.reserve(8);
        put::end(&mut self.capture.ring);
        self.capture.ring.publish();
    }

    /// Whether nothing that is written is stored any more.
    #[inline(always)]
    pub fn is_abandoned(&self) -> bool {
        self.capture.ring.is_abandoned()
    }

    /// Reports why the tracer gives up.
    pub fn trouble(&mut self, text: &str) {
        self.capture.ring.reserve(text.len() + 16);
        put::trouble(&mut self.capture.ring, text.as_bytes());
        self.capture.ring.publish();
    }
}
