//! The program's own trace functions, in 3.10 and 3.11, where a thread has only one.
//!
//! `sys.settrace` of the program and `PyEval_SetTrace` of its extensions replace the tracer's function. As soon as that
//! has happened, the tracer puts its function back. After its own work this calls the program's function, which sees
//! the same events as without the tracer. The thread state keeps the program's object, so that `sys.gettrace` returns
//! it.

use std::cell::Cell;
use std::os::raw::{c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicBool, Ordering};

use connie_wire::files;
use pyo3_ffi as ffi;

use super::{TraceFunction, current, is_ours, is_recorded, put, set};
use crate::layout::common as at;
use crate::methods::{self, NONE, Original};
use crate::raw::{self, Obj, field};
use crate::{state, threads};

type ThreadState = *mut ffi::PyThreadState;
type AuditHook = unsafe extern "C" fn(*const c_char, Obj, *mut c_void) -> c_int;

unsafe extern "C" {
    /// None is in the limited API of 3.10, but all are exported by every version.
    fn PySys_AddAuditHook(hook: AuditHook, data: *mut c_void) -> c_int;
    fn PyThreadState_GetFrame(state: ThreadState) -> Obj;
    fn PyFrame_GetBack(frame: Obj) -> Obj;
    fn Py_AddPendingCall(function: unsafe extern "C" fn(*mut c_void) -> c_int, data: *mut c_void) -> c_int;
}

/// The program's functions that the tracer's function calls, by thread. Few threads have one.
static mut KEPT: Vec<(ThreadState, TraceFunction)> = Vec::new();
/// The original `sys.settrace`.
static mut SETTRACE: Option<ffi::PyCFunction> = None;
/// The original `_imp.create_dynamic`.
static mut CREATE: Original = NONE;

thread_local! {
    /// Whether a replacement of this thread's function is handled anyway.
    static IS_KNOWN: Cell<bool> = const { Cell::new(false) };
}

/// Runs code that may replace the function of this thread. The caller checks afterwards.
pub(super) fn knowing<R>(run: impl FnOnce() -> R) -> R {
    let before = IS_KNOWN.replace(true);
    let result = run();
    IS_KNOWN.set(before);
    result
}

/// For use under the GIL. No reference to it may be kept over a call.
fn kept_by_all() -> *mut Vec<(ThreadState, TraceFunction)> {
    &raw mut KEPT
}

/// The program's function for this thread.
///
/// # Safety
/// Under the GIL.
#[inline(always)]
pub(super) unsafe fn kept() -> Option<TraceFunction> {
    // SAFETY: only used under the GIL.
    unsafe { if (*kept_by_all()).is_empty() { None } else { kept_by(ffi::PyThreadState_Get()) } }
}

/// The program's function for a thread.
///
/// # Safety
/// Under the GIL.
#[cold]
pub(super) unsafe fn kept_by(thread: ThreadState) -> Option<TraceFunction> {
    // SAFETY: only used under the GIL.
    let all = unsafe { &*kept_by_all() };
    all.iter().find(|(of, _)| *of == thread).map(|(_, function)| *function)
}

/// Forgets the program's function for a thread.
///
/// # Safety
/// Under the GIL.
pub(super) unsafe fn forget(thread: ThreadState) {
    // SAFETY: only used under the GIL; nobody iterates meanwhile.
    unsafe { (*kept_by_all()).retain(|(of, _)| *of != thread) }
}

/// Passes an event to the program's function, as the interpreter would.
///
/// # Safety
/// As for a trace function of the interpreter.
#[cold]
pub(super) unsafe fn call(theirs: TraceFunction, object: Obj, frame: Obj, what: c_int, arg: Obj) -> c_int {
    // SAFETY: the caller's promise; it may replace itself, which must not free its object under its feet.
    unsafe {
        let thread = ffi::PyThreadState_Get();
        let was_ours = is_ours(thread);
        ffi::Py_XINCREF(object);
        let result = knowing(|| theirs(object, frame, what, arg));
        if was_ours {
            take_back(thread);
        }
        ffi::Py_XDECREF(object);
        result
    }
}

/// If the program's function has replaced the tracer's, keeps it and puts the tracer's back.
///
/// # Safety
/// Under the GIL; `thread` is alive.
pub(super) unsafe fn take_back(thread: ThreadState) {
    // SAFETY: the caller's promise; the thread state keeps their object.
    unsafe {
        if is_ours(thread) || state::is_idle() {
            return;
        }
        let had_one = kept_by(thread).is_some();
        forget(thread);
        let Some(theirs) = current(thread) else { return set_again(thread) };
        (*kept_by_all()).push((thread, theirs));
        put(thread, super::trace);
        if !had_one {
            show_all_lines(thread);
        }
    }
}

/// Sets our function in a thread that has none; an exception that is set stays set.
///
/// # Safety
/// Under the GIL; `thread` is alive.
unsafe fn set_again(thread: ThreadState) {
    let (mut kind, mut value, mut traceback) = (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: the caller's promise; fetch and restore are a pair.
    unsafe {
        ffi::PyErr_Fetch(&raw mut kind, &raw mut value, &raw mut traceback);
        set(thread, true);
        ffi::PyErr_Restore(kind, value, traceback);
    }
}

/// Switches on the line events of all frames of a thread that are not recorded: the program's function gets them.
///
/// # Safety
/// Under the GIL; `thread` is alive.
unsafe fn show_all_lines(thread: ThreadState) {
    // SAFETY: the caller's promise; each frame object is held until the next one is.
    unsafe {
        let mut frame = PyThreadState_GetFrame(thread);
        while !frame.is_null() {
            if !is_recorded(frame) {
                *frame.cast::<u8>().add(raw::layout().pyframe_trace_lines) = 1;
            }
            let back = PyFrame_GetBack(frame);
            ffi::Py_DecRef(frame);
            frame = back;
        }
    }
}

/// Gives a frame that is not recorded, and resumes, the line events that were switched off before.
///
/// # Safety
/// `frame` is a live frame object.
pub(super) unsafe fn show_lines(frame: Obj) {
    // SAFETY: the caller's promise. One with a function of its own was seen by theirs already.
    unsafe {
        if field::<Obj>(frame, raw::layout().pyframe_trace).is_null() {
            *frame.cast::<u8>().add(raw::layout().pyframe_trace_lines) = 1;
        }
    }
}

/// Makes functions of the program be noticed. `late` says that extensions have been loaded already.
///
/// # Safety
/// Under the GIL, once.
pub(super) unsafe fn install(late: bool) {
    // SAFETY: the method table of `sys` lies in writable data and lives as long as the process; the function found
    // there takes what its flags say.
    unsafe {
        let function = ffi::PySys_GetObject(c"settrace".as_ptr());
        if !function.is_null() && raw::is_cfunction(raw::type_of(function)) {
            let definition: *mut ffi::PyMethodDef = field(function, at::CFUNCTION_DEF);
            if (*definition).ml_flags == ffi::METH_O {
                SETTRACE = Some((*definition).ml_meth.PyCFunction);
                (*definition).ml_meth = ffi::PyMethodDefPointer { PyCFunction: settrace };
            }
        }
        let imp = ffi::PyDict_GetItemString(ffi::PyImport_GetModuleDict(), c"_imp".as_ptr());
        if late || imp.is_null() {
            listen();
        } else {
            methods::wrap(imp, c"create_dynamic", &raw mut CREATE, create_dynamic, None);
        }
    }
}

/// Makes extensions that replace trace functions be noticed. Only done when there is one, as it slows down `id()` and
/// others.
unsafe fn listen() {
    static DONE: AtomicBool = AtomicBool::new(false);
    // SAFETY: under the GIL; the hook lives as long as the process.
    unsafe {
        if !DONE.swap(true, Ordering::Relaxed) && PySys_AddAuditHook(audit, std::ptr::null_mut()) != 0 {
            ffi::PyErr_Clear();
        }
    }
}

/// Handles the loading of an extension.
unsafe extern "C" fn create_dynamic(module: Obj, args: *const Obj, count: ffi::Py_ssize_t, names: Obj) -> Obj {
    // SAFETY: called by the interpreter with `count` arguments; CREATE was set when this was installed.
    unsafe {
        let Some(original) = (&raw const CREATE).read().fast else { return std::ptr::null_mut() };
        let result = original(module, args, count, names);
        if !result.is_null() && count > 0 {
            let mut path = Vec::new();
            raw::instance_attributes(*args, |key, value| {
                let is_it = raw::str_bytes(key) == b"origin";
                if is_it {
                    path = raw::str_bytes(value);
                }
                !is_it
            });
            if may_trace(&path).unwrap_or(true) {
                listen();
            }
        }
        result
    }
}

/// Whether an extension calls `PyEval_SetTrace`. Libraries have the names of functions near their start.
fn may_trace(path: &[u8]) -> std::io::Result<bool> {
    const NAMES_END: u64 = 16 << 20;
    let start = files::head(std::ffi::OsStr::from_bytes(path).as_ref(), NAMES_END)?;
    let name = c"PyEval_SetTrace".to_bytes_with_nul();
    // SAFETY: both are as long as said.
    Ok(unsafe { !libc::memmem(start.as_ptr().cast(), start.len(), name.as_ptr().cast(), name.len()).is_null() })
}

/// Replaces `sys.settrace(function)` for the program.
unsafe extern "C" fn settrace(module: Obj, function: Obj) -> Obj {
    // SAFETY: called by the interpreter; SETTRACE was set when this was installed.
    unsafe {
        let Some(original) = SETTRACE else { return std::ptr::null_mut() };
        let thread = ffi::PyThreadState_Get();
        let was_ours = is_ours(thread);
        let result = knowing(|| original(module, function));
        if was_ours {
            take_back(thread);
        }
        result
    }
}

/// Called by `PyEval_SetTrace`, which extensions call, before it replaces the function of this thread.
unsafe extern "C" fn audit(event: *const c_char, _: Obj, _: *mut c_void) -> c_int {
    // SAFETY: the interpreter gives a string; that event comes under the GIL.
    unsafe {
        if libc::strcmp(event, c"sys.settrace".as_ptr()) != 0 || IS_KNOWN.get() {
            return 0;
        }
        let thread = ffi::PyThreadState_Get();
        if is_ours(thread) {
            // The main thread puts the function back before its next instruction.
            let asked = Py_AddPendingCall(later, thread.cast()) == 0;
            if !asked || !is_main() {
                state::with(|engine| {
                    engine.trouble(
                        "an extension replaced the trace function of a thread: some of its steps are not recorded",
                    );
                });
            }
        }
        0
    }
}

/// Puts the tracer's function back in a thread, if the thread still exists.
unsafe extern "C" fn later(thread: *mut c_void) -> c_int {
    // SAFETY: called by the interpreter under the GIL.
    unsafe {
        threads::each(|found| {
            if std::ptr::eq(found, thread.cast()) {
                take_back(found);
            }
        });
    }
    0
}

fn is_main() -> bool {
    // SAFETY: both always succeed.
    unsafe { libc::syscall(libc::SYS_gettid) == i64::from(libc::getpid()) }
}

/// Leaves a thread to the program's function, or without a function.
///
/// # Safety
/// Under the GIL; `thread` is alive.
pub(super) unsafe fn leave(thread: ThreadState) {
    // SAFETY: the caller's promise.
    unsafe {
        if !is_ours(thread) {
            return;
        }
        match kept_by(thread) {
            Some(theirs) => put(thread, theirs),
            None => set(thread, false),
        }
        forget(thread);
    }
}
