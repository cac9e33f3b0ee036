//! The one engine of the process, and who may use it when.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use connie_wire::ring::Writer;

use crate::engine::Engine;

const OFF: u8 = 0;
const ON: u8 = 1;
const BUSY: u8 = 2;
/// Between tests, each of which is a recording.
const PAUSED: u8 = 4;
/// In a forked child that has not done anything yet.
const FORKED: u8 = 3;

static STATE: AtomicU8 = AtomicU8::new(OFF);
/// Whether forked children are recorded.
static CHILDREN: AtomicBool = AtomicBool::new(false);
static mut ENGINE: *mut Engine = std::ptr::null_mut();

/// Starts the engine; it lives as long as the process.
///
/// # Safety
/// Under the GIL, once.
pub unsafe fn install(engine: Engine) {
    // The default hook would print into the program's stderr.
    std::panic::set_hook(Box::new(|_| {}));
    let tests = !engine.settings.config.tests.is_empty();
    CHILDREN.store(engine.settings.config.children && !tests, Ordering::Relaxed);
    // SAFETY: nobody uses it before STATE is ON; a forked child only reads STATE.
    unsafe {
        ENGINE = Box::into_raw(Box::new(engine));
        libc::pthread_atfork(None, None, Some(in_child));
    }
    STATE.store(if tests { PAUSED } else { ON }, Ordering::Relaxed);
}

/// Begins the recording of a test; false where the engine is off, or a test is under way.
///
/// # Safety
/// Under the GIL, outside of all events.
pub unsafe fn begin_test(id: &[u8], name: &[u8]) -> bool {
    let paused = STATE.compare_exchange(PAUSED, ON, Ordering::Relaxed, Ordering::Relaxed).is_ok();
    // SAFETY: the caller's promise.
    paused && unsafe { with(|engine| engine.begin_test(id, name)) }.is_some()
}

/// Ends the recording of a test.
///
/// # Safety
/// As for [`begin_test`].
pub unsafe fn end_test(keep: u8) {
    // SAFETY: the caller's promise.
    if unsafe { with(|engine| engine.end_test(keep)) }.is_some() {
        let _ = STATE.compare_exchange(ON, PAUSED, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// A forked child must leave its parent's ring alone.
extern "C" fn in_child() {
    // Only after this may Python be asked anything: the first event does the rest.
    let next = if CHILDREN.load(Ordering::Relaxed) && STATE.load(Ordering::Relaxed) != OFF { FORKED } else { OFF };
    STATE.store(next, Ordering::Relaxed);
}

/// Gives a forked child an engine and a ring of its own. With `starting`, the running frame is about to be
/// announced.
///
/// # Safety
/// Under the GIL.
#[cold]
pub unsafe fn revive(starting: bool) {
    STATE.store(BUSY, Ordering::Relaxed);
    let revived = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: nobody else runs in a child that was just forked; the parent's engine is left as it is: what it
        // holds belongs to objects that this process shares with nobody.
        unsafe {
            let mut settings = (*ENGINE).settings.clone();
            settings.config.command = false;
            let ring = Writer::child(settings.config.ring.as_ref()).ok()?;
            ring.header().python.store(settings.python, Ordering::Release);
            let mut engine = Engine::new(ring, settings);
            engine.introduce();
            engine.inherit(starting);
            Some(engine)
        }
    }));
    let Ok(Some(engine)) = revived else { return STATE.store(OFF, Ordering::Relaxed) };
    // SAFETY: the old engine is never used again, nor freed: its memory is its parent's, page by page.
    unsafe { ENGINE = Box::into_raw(Box::new(engine)) };
    STATE.store(ON, Ordering::Relaxed);
}

/// Whether this is a forked child that [`revive`] has to be called in.
#[inline(always)]
pub fn is_forked() -> bool {
    STATE.load(Ordering::Relaxed) == FORKED
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
    let state = STATE.load(Ordering::Relaxed);
    if state != ON {
        if state != FORKED {
            return None;
        }
        // SAFETY: the caller's promise.
        unsafe { revive(false) };
        if STATE.load(Ordering::Relaxed) != ON {
            return None;
        }
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
