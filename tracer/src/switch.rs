//! Hooks that exist only while something is recorded. Between segments the program runs at full speed.

use std::sync::atomic::{AtomicU32, Ordering};

use connie_wire::op::keep;
use pyo3_ffi as ffi;

use crate::code::LinesBy;
use crate::raw::{self, Obj};
use crate::state::Hooks;
use crate::{monitoring, settrace, state};

/// How to install and remove the hooks.
pub const HOOKS: Hooks = Hooks { on, off };

/// Installs hooks in all threads. `codes` are the recorded code objects that are running.
///
/// # Safety
/// Under the GIL.
unsafe fn on(codes: &[(Obj, LinesBy)]) {
    // SAFETY: the caller's promise.
    unsafe {
        if raw::layout().minor >= 12 {
            monitoring::switch(true);
            codes.iter().for_each(|(code, by)| monitoring::switch_on(*code, *by));
        } else {
            settrace::switch(true);
        }
    }
}

/// Removes the hooks. `codes` have events of their own.
///
/// # Safety
/// Under the GIL.
unsafe fn off(codes: Vec<Obj>) {
    // SAFETY: the caller's promise; the engine holds the codes.
    unsafe {
        if raw::layout().minor >= 12 {
            monitoring::switch(false);
            codes.into_iter().for_each(|code| monitoring::switch_off(code));
        } else {
            settrace::switch(false);
        }
    }
}

/// `begin(id, name, kept)`: begins a segment. Returns whether it is recorded.
pub unsafe extern "C" fn begin(_module: Obj, args: Obj) -> Obj {
    // SAFETY: called by the interpreter with a tuple of arguments, under the GIL.
    unsafe {
        let begun = match raw::tuple_items(args) {
            &[id, name, kept] => {
                let kept = raw::small_int(kept).unwrap_or(1) != 0;
                state::begin_segment(&raw::str_bytes(id), &raw::str_bytes(name), kept)
            }
            _ => false,
        };
        ffi::PyBool_FromLong(begun.into())
    }
}

/// `end(keep)`: ends the segment. Returns whether something was recorded.
pub unsafe extern "C" fn end(_module: Obj, args: Obj) -> Obj {
    // SAFETY: as in `begin`.
    unsafe {
        let ended = match raw::tuple_items(args) {
            &[keep] => state::end_segment(raw::small_int(keep).unwrap_or(0) as u8),
            _ => false,
        };
        ffi::PyBool_FromLong(ended.into())
    }
}

/// `stop()`: ends the segment, if there is one, and disconnects from the recorder. Another one may be started later.
pub unsafe extern "C" fn stop(_module: Obj, _args: Obj) -> Obj {
    // SAFETY: as in `begin`.
    unsafe {
        let ended = state::end_segment(keep::WISHED);
        state::uninstall();
        ffi::PyBool_FromLong(ended.into())
    }
}

/// `toggle(signal, frame)`: a signal handler. Begins a segment, or ends the running one.
pub unsafe extern "C" fn toggle(_module: Obj, _args: Obj) -> Obj {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    // SAFETY: as in `begin`; python calls handlers between two instructions, outside of all events.
    unsafe {
        if !state::end_segment(keep::WISHED)
            && let Some((prefix, first)) = state::segments()
        {
            let n = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
            let pid = std::process::id();
            let id = if first { format!("{prefix}-{n}") } else { format!("{prefix}-{pid}-{n}") };
            state::begin_segment(id.as_bytes(), b"", true);
        }
        ffi::Py_IncRef(ffi::Py_None());
        ffi::Py_None()
    }
}
