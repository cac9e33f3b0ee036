//! Hooks for 3.10 and 3.11: `PyEval_SetTrace` with a C function.

use std::os::raw::c_int;

use connie_wire::level::Level;
use pyo3_ffi as ffi;

use crate::code::CodeInfo;
use crate::engine::{Engine, Frame, Gives};
use crate::raw::{self, Obj, field};
use crate::{state, threads};

mod chain;

/// `_PyEval_SetTrace`, for a thread that is not running.
type SetOther = unsafe extern "C" fn(*mut ffi::PyThreadState, Option<TraceFunction>, Obj) -> c_int;
type TraceFunction = unsafe extern "C" fn(Obj, Obj, c_int, Obj) -> c_int;

unsafe extern "C" {
    /// Not in the limited API, but exported by every version.
    fn PyEval_SetTrace(function: Option<TraceFunction>, object: Obj);
}

const CALL: c_int = 0;
const EXCEPTION: c_int = 1;
const LINE: c_int = 2;
const RETURN: c_int = 3;

/// Makes sure that the program's trace functions do not replace the tracer's. `late` says that it has been running for
/// a while.
///
/// # Safety
/// Under the GIL, once.
pub unsafe fn prepare(late: bool) {
    // SAFETY: the caller's promise.
    unsafe {
        let thread = ffi::PyThreadState_Get();
        chain::install(late || current(thread).is_some());
    }
}

/// Traces the current thread.
///
/// # Safety
/// Under the GIL.
pub unsafe fn install() {
    // SAFETY: the caller's promise.
    unsafe {
        chain::take_back(ffi::PyThreadState_Get());
    }
}

/// Traces all threads, or none.
///
/// # Safety
/// Under the GIL.
pub unsafe fn switch(on: bool) {
    // SAFETY: the caller's promise.
    unsafe {
        threads::each(|thread| if on { chain::take_back(thread) } else { chain::leave(thread) });
    }
}

/// Switches tracing of a thread on or off.
///
/// # Safety
/// Under the GIL; `thread` is alive.
unsafe fn set(thread: *mut ffi::PyThreadState, on: bool) {
    // SAFETY: the caller's promise; 3.10 and 3.11 export this function.
    unsafe {
        let function = on.then_some(trace as TraceFunction);
        chain::knowing(|| {
            if std::ptr::eq(thread, ffi::PyThreadState_Get()) {
                return PyEval_SetTrace(function, std::ptr::null_mut());
            }
            let other = libc::dlsym(libc::RTLD_DEFAULT, c"_PyEval_SetTrace".as_ptr());
            let other = std::mem::transmute::<*mut libc::c_void, Option<SetOther>>(other);
            if other.is_some_and(|set| set(thread, function, std::ptr::null_mut()) != 0) {
                ffi::PyErr_Clear();
            }
        });
    }
}

/// The trace function of a thread.
///
/// # Safety
/// Under the GIL; `thread` is alive.
unsafe fn current(thread: *mut ffi::PyThreadState) -> Option<TraceFunction> {
    // SAFETY: the caller's promise; a null pointer is `None`.
    unsafe { field(thread, raw::layout().thread_trace) }
}

/// Whether a thread has the tracer's function.
///
/// # Safety
/// As for [`current`].
unsafe fn is_ours(thread: *mut ffi::PyThreadState) -> bool {
    // SAFETY: the caller's promise.
    unsafe { current(thread).is_some_and(|function| function as usize == trace as *const () as usize) }
}

/// Replaces a thread's trace function by another. Its object stays.
///
/// # Safety
/// As for [`current`].
unsafe fn put(thread: *mut ffi::PyThreadState, function: TraceFunction) {
    // SAFETY: the caller's promise; the interpreter reads the field at each event, under the GIL.
    unsafe { thread.cast::<u8>().add(raw::layout().thread_trace).cast::<TraceFunction>().write(function) }
}

/// Traces the current thread with a function that does nothing, to measure the cost of hooks alone.
///
/// # Safety
/// Under the GIL.
pub unsafe fn install_empty() {
    // SAFETY: the caller's promise.
    unsafe { PyEval_SetTrace(Some(nothing), std::ptr::null_mut()) }
}

unsafe extern "C" fn nothing(_: Obj, _: Obj, _: c_int, _: Obj) -> c_int {
    0
}

unsafe extern "C" fn trace(object: Obj, frame: Obj, what: c_int, arg: Obj) -> c_int {
    // SAFETY: called by the interpreter with a PyFrameObject of the running version.
    unsafe {
        let theirs = chain::kept();
        record(frame, what, arg, theirs.is_some());
        theirs.map_or(0, |theirs| chain::call(theirs, object, frame, what, arg))
    }
}

/// Records an event. With `is_shared`, the program's own trace function gets it too.
#[inline(always)]
unsafe fn record(pyframe: Obj, what: c_int, arg: Obj, is_shared: bool) {
    // SAFETY: the caller's promise: a live frame object.
    unsafe {
        let ptr = inner(pyframe);
        let code: Obj = raw::frame_code(ptr);
        if what == CALL {
            return begins(pyframe, ptr, code, is_shared);
        }

        state::with(|engine| record_in(engine, pyframe, (ptr, code), what, arg));
    }
}

/// Records an event of a frame that has begun.
#[inline(always)]
unsafe fn record_in(engine: &mut Engine, pyframe: Obj, (ptr, code): (*mut u8, Obj), what: c_int, arg: Obj) {
    // SAFETY: the caller gives a live frame object, its interpreter frame and the code of that.
    unsafe {
        let frame = engine.running(ptr, code);
        if !frame.is_null() && engine.is_entered() {
            // What happens most, without asking twice.
            match what {
                LINE => {
                    engine.line_of(frame, line_of(pyframe));
                    return;
                }
                RETURN if !arg.is_null() => {
                    let yields = yields_at((*frame).code, ptr, code);
                    return engine.give_of(frame, arg, if yields { Gives::Yield } else { Gives::Return });
                }
                _ => {}
            }
        }
        record_other(engine, pyframe, (frame, ptr, code), what, arg);
    }
}

/// Records an event that happens less often. `frame` is the running frame, if it is known.
#[inline(always)]
unsafe fn record_other(
    engine: &mut Engine,
    pyframe: Obj,
    (frame, ptr, code): (*mut Frame, *mut u8, Obj),
    what: c_int,
    arg: Obj,
) {
    // SAFETY: as in `record_in`.
    unsafe {
        let is_known = match frame.is_null() {
            false => (*(*frame).code).level != Level::Exceptions,
            true => is_known(engine, ptr, code),
        };
        if is_known {
            tell(engine, pyframe, ptr, what, arg);
        } else {
            passes(engine, (ptr, code), what, arg);
        }
    }
}

/// Handles an event of code whose calls are not recorded.
#[inline(always)]
unsafe fn passes(engine: &mut Engine, (ptr, code): (*mut u8, Obj), what: c_int, arg: Obj) {
    if !engine.filter.any_exceptions {
        return;
    }
    // SAFETY: as in `record_in`.
    unsafe {
        match what {
            RETURN if arg.is_null() => engine.passed(code, ptr),
            RETURN => engine.ret(code, ptr, arg),
            EXCEPTION => {
                if let &[_, value, _] = raw::tuple_items(arg) {
                    engine.passes(code, ptr, value);
                }
            }
            _ => {}
        }
    }
}

/// The line of a frame object.
#[inline(always)]
unsafe fn line_of(pyframe: Obj) -> u32 {
    // SAFETY: the caller's promise: a live frame object.
    let line: i32 = unsafe { field(pyframe, raw::layout().pyframe_lineno) };
    line.max(0) as u32
}

/// Whether a frame yields at the instruction where it is.
#[inline(always)]
unsafe fn yields_at(info: *const CodeInfo, ptr: *mut u8, code: Obj) -> bool {
    // SAFETY: the caller gives a frame, its code, and what is known of that.
    unsafe {
        let yields = &(*info).yields;
        yields.get(instruction(ptr, code)).copied().unwrap_or(false)
    }
}

/// Handles a frame that begins or resumes.
#[inline(always)]
unsafe fn begins(pyframe: Obj, ptr: *mut u8, code: Obj, is_shared: bool) {
    // SAFETY: the caller's promise: a live frame object, its frame and code.
    unsafe {
        if state::is_forked() {
            state::revive(true);
        }
        let recorded = state::with(|engine| {
            let info = engine.started_code(code);
            if info.is_null() {
                engine.foreign_begins(code);
                return false;
            }
            begins_in(engine, info, ptr);
            if (*info).is_thin() {
                leave_lines_out(pyframe, is_shared);
            }
            true
        });
        if recorded != Some(true) {
            leave_out(pyframe, is_shared);
        }
    }
}

/// Handles a frame of recorded code that begins or resumes.
#[inline(always)]
unsafe fn begins_in(engine: &mut Engine, info: *mut CodeInfo, ptr: *mut u8) {
    // SAFETY: as in `begins`.
    unsafe {
        if (engine.is_suspended(ptr) || engine.midway) && is_started(ptr, raw::layout().minor) {
            engine.resume(info, ptr);
        } else {
            engine.call(info, ptr);
        }
    }
}

/// Handles a frame that is not recorded.
#[inline(always)]
unsafe fn leave_out(pyframe: Obj, is_shared: bool) {
    // SAFETY: as in `begins`.
    unsafe {
        leave_lines_out(pyframe, is_shared);
        if state::is_idle() {
            chain::leave(ffi::PyThreadState_Get());
        }
    }
}

/// Handles a frame whose lines are not recorded: it has no line events, unless the program wants them.
#[inline(always)]
unsafe fn leave_lines_out(pyframe: Obj, is_shared: bool) {
    // SAFETY: as in `begins`.
    unsafe {
        if is_shared {
            chain::show_lines(pyframe);
        } else {
            *pyframe.cast::<u8>().add(raw::layout().pyframe_trace_lines) = 0;
        }
    }
}

/// Whether a frame that is not the running one has recorded code.
#[inline(always)]
unsafe fn is_known(engine: &mut Engine, ptr: *mut u8, code: Obj) -> bool {
    // SAFETY: as in `begins`.
    unsafe {
        if !engine.knows_code(code) {
            return false;
        }
        // `throw` ended what the frame was waiting for: 3.11 does not report that it resumes.
        if engine.is_suspended(ptr) {
            engine.resume_late(code, ptr);
        }
    }
    true
}

/// Passes an event of recorded code to the engine.
#[inline(always)]
unsafe fn tell(engine: &mut Engine, pyframe: Obj, ptr: *mut u8, what: c_int, arg: Obj) {
    // SAFETY: as in `begins`; `arg` is what the event has.
    unsafe {
        let code: Obj = raw::frame_code(ptr);
        match what {
            LINE => _ = engine.line(code, ptr, line_of(pyframe)),
            RETURN if arg.is_null() => engine.unwind(code, ptr),
            RETURN => {
                let yields = yields_at(engine.code(code), ptr, code);
                if yields { engine.yields(code, ptr, arg) } else { engine.ret(code, ptr, arg) }
            }
            EXCEPTION => {
                // (type, value, traceback)
                if let &[_, value, _] = raw::tuple_items(arg) {
                    engine.raise(code, ptr, value);
                }
            }
            _ => {}
        }
    }
}

/// The interpreter's frame of a frame object.
#[inline(always)]
unsafe fn inner(frame: Obj) -> *mut u8 {
    // SAFETY: the caller's promise: a live frame object.
    unsafe {
        match raw::layout().pyframe_frame {
            0 => frame.cast(),
            offset => field(frame, offset),
        }
    }
}

/// Whether the code of a frame is recorded.
unsafe fn is_recorded(frame: Obj) -> bool {
    // SAFETY: as for `inner`.
    unsafe { state::with(|engine| !engine.code(raw::frame_code(inner(frame))).is_null()).unwrap_or(false) }
}

/// Index of the instruction that a frame is at.
unsafe fn instruction(ptr: *mut u8, code: Obj) -> usize {
    // SAFETY: 3.10 has an index, 3.11 a pointer into the code's bytes.
    unsafe {
        let layout = raw::layout();
        if layout.minor == 10 {
            field::<i32>(ptr, layout.frame_instruction).max(0) as usize
        } else {
            let at: usize = field(ptr, layout.frame_instruction);
            at.wrapping_sub(code as usize + layout.code_bytes) / 2
        }
    }
}

/// Whether a frame has run before. A new generator may be at the address of an abandoned one.
unsafe fn is_started(ptr: *mut u8, minor: u32) -> bool {
    // SAFETY: as in `instruction`.
    unsafe {
        if minor == 10 {
            field::<i32>(ptr, raw::layout().frame_instruction) > 0
        } else {
            let code: Obj = raw::frame_code(ptr);
            let info = instruction(ptr, code);
            // The first instructions, up to RESUME, run before the first event.
            info > 4
        }
    }
}
