//! The one engine of the process, and who may use it when.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};

use crate::engine::Engine;

const OFF: u8 = 0;
const ON: u8 = 1;
const BUSY: u8 = 2;

static STATE: AtomicU8 = AtomicU8::new(OFF);
static mut ENGINE: *mut Engine = std::ptr::null_mut();

/// Starts the engine; it lives as long as the process.
///
/// # Safety
/// Under the GIL, once.
pub unsafe fn install(engine: Engine) {
    // The default hook would print into the program's stderr.
    std::panic::set_hook(Box::new(|_| {}));
    // SAFETY: nobody uses it before STATE is ON; a forked child only reads STATE.
    unsafe {
        ENGINE = Box::into_raw(Box::new(engine));
        libc::pthread_atfork(None, None, Some(in_child));
    }
    STATE.store(ON, Ordering::Relaxed);
}

/// A forked child must leave its parent's ring alone.
extern "C" fn in_child() {
    STATE.store(OFF, Ordering::Relaxed);
}

/// Whether events are wanted.
#[inline(always)]
pub fn is_on() -> bool {
    STATE.load(Ordering::Relaxed) == ON
}

/// Whether the engine has given up (or this is a forked child).
pub fn is_off() -> bool {
    STATE.load(Ordering::Relaxed) == OFF
}

/// Runs `f` with the engine unless it is off or already at work (then the event is our own doing).
/// A panic switches the engine off; the program goes on.
///
/// # Safety
/// Under the GIL.
#[inline(always)]
pub unsafe fn with<R>(f: impl FnOnce(&mut Engine) -> R) -> Option<R> {
    if !is_on() {
        return None;
    }
    STATE.store(BUSY, Ordering::Relaxed);
    // SAFETY: ON means that the engine is there; BUSY that nobody else has it.
    let engine = unsafe { &mut *ENGINE };
    match catch_unwind(AssertUnwindSafe(|| f(engine))) {
        Ok(result) => {
            // Without a recorder the program goes on as if nobody watched.
            STATE.store(if engine.is_abandoned() { OFF } else { ON }, Ordering::Relaxed);
            while let Some(object) = engine.dying.pop() {
                // SAFETY: the reference is ours; what its end runs is recorded like anything else.
                unsafe { pyo3_ffi::Py_DecRef(object) };
            }
            Some(result)
        }
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
                .unwrap_or_default();
            STATE.store(OFF, Ordering::Relaxed);
            let _ = catch_unwind(AssertUnwindSafe(|| {
                engine.trouble(&format!("the tracer failed inside and stopped: {text}"))
            }));
            None
        }
    }
}
