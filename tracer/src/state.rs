//! The only engine of the process, and when it may be used.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use connie_wire::ring::Writer;

use crate::code::LinesBy;
use crate::engine::Engine;
use crate::raw::Obj;

const OFF: u8 = 0;
const ON: u8 = 1;
const BUSY: u8 = 2;
/// Between segments, each of which has a recording of its own.
const PAUSED: u8 = 4;
/// As `PAUSED`, in a forked child that has no ring yet.
const LATER: u8 = 5;
/// In a forked child before its first event.
const FORKED: u8 = 3;

static STATE: AtomicU8 = AtomicU8::new(OFF);
/// Whether forked children are recorded.
static CHILDREN: AtomicBool = AtomicBool::new(false);
/// Whether a forked child may have the hooks of its parent, which was in a segment.
static HOOKED: AtomicBool = AtomicBool::new(false);
/// Whether hooks exist only within segments.
static SWITCHED: AtomicBool = AtomicBool::new(false);
static mut ENGINE: *mut Engine = std::ptr::null_mut();
/// How to install and remove hooks. Set together with the engine.
static mut HOOKS: Option<Hooks> = None;

/// How to install and remove hooks at the ends of segments. The functions use the engine by [`with`].
#[derive(Clone, Copy)]
pub struct Hooks {
    /// Installs hooks in all threads. Gets the recorded code objects that are running, each with the events that find its lines.
    pub on: unsafe fn(&[(Obj, LinesBy)]),
    /// Removes the hooks. Gets the code objects that have events of their own.
    pub off: unsafe fn(Vec<Obj>),
}

/// Installs the engine. It lives as long as the process, or until another one is installed in a forked child.
///
/// # Safety
/// Under the GIL.
pub unsafe fn install(engine: Engine, hooks: Hooks) {
    static ONCE: std::sync::Once = std::sync::Once::new();
    let config = &engine.settings.config;
    let (segments, switched) = (!config.segments.is_empty(), config.switched);
    SWITCHED.store(switched, Ordering::Relaxed);
    CHILDREN.store(config.children && (switched || !segments), Ordering::Relaxed);
    // SAFETY: nobody uses it before STATE is ON; a forked child only reads STATE.
    unsafe {
        ENGINE = Box::into_raw(Box::new(engine));
        HOOKS = Some(hooks);
        ONCE.call_once(|| {
            // The default panic hook would print to the program's stderr.
            std::panic::set_hook(Box::new(|_| {}));
            libc::pthread_atfork(None, None, Some(in_child));
        });
    }
    STATE.store(if segments { PAUSED } else { ON }, Ordering::Relaxed);
}

/// The prefix of the ids of segments, and whether this is the first process. `None` if the engine is off.
///
/// # Safety
/// Under the GIL.
pub unsafe fn segments() -> Option<(String, bool)> {
    if is_off() {
        return None;
    }
    // SAFETY: there is an engine; only what it was made of is read, which does not change.
    let (config, first) = unsafe { (&(*ENGINE).settings.config, (*ENGINE).capture.ring.is_first()) };
    let first = STATE.load(Ordering::Relaxed) != LATER && first;
    Some((config.segments.clone(), first))
}

/// Begins a segment. Returns false if the engine is off, or a segment is running.
///
/// # Safety
/// Under the GIL, outside of all events.
pub unsafe fn begin_segment(id: &[u8], name: &[u8], kept: bool) -> bool {
    if STATE.load(Ordering::Relaxed) == LATER && CHILDREN.load(Ordering::Relaxed) {
        // SAFETY: the caller's promise.
        unsafe {
            leave_hooks();
            renew();
        }
        let _ = STATE.compare_exchange(ON, PAUSED, Ordering::Relaxed, Ordering::Relaxed);
    }
    let paused = STATE.compare_exchange(PAUSED, ON, Ordering::Relaxed, Ordering::Relaxed).is_ok();
    // SAFETY: the caller's promise.
    let begun = paused && unsafe { with(|engine| engine.begin_segment(id, name, kept)) }.is_some();
    if begun && SWITCHED.load(Ordering::Relaxed) {
        // SAFETY: the caller's promise. The frames that run are told before anything else happens.
        unsafe {
            let codes = with(|engine| {
                let codes = engine.running_codes();
                engine.inherit(false);
                codes
            });
            if let Some(hooks) = HOOKS {
                (hooks.on)(&codes.unwrap_or_default());
            }
        }
    }
    begun
}

/// Ends the segment. Returns false if there is none.
///
/// # Safety
/// As for [`begin_segment`].
pub unsafe fn end_segment(keep: u8) -> bool {
    // SAFETY: the caller's promise.
    let ended = unsafe { with(|engine| engine.end_segment(keep)) }.is_some();
    if ended {
        let _ = STATE.compare_exchange(ON, PAUSED, Ordering::Relaxed, Ordering::Relaxed);
        if SWITCHED.load(Ordering::Relaxed) {
            // SAFETY: the caller's promise; between segments nobody else uses the engine.
            unsafe { unhook() };
        }
    }
    ended
}

/// Removes the hooks.
///
/// # Safety
/// Under the GIL; there is an engine that nobody else uses.
unsafe fn unhook() {
    // SAFETY: the caller's promise.
    unsafe {
        if let Some(hooks) = HOOKS {
            (hooks.off)((*ENGINE).switch_off());
        }
    }
}

/// Between segments: disconnects from the recorder for good.
///
/// # Safety
/// Under the GIL.
pub unsafe fn uninstall() {
    if STATE.compare_exchange(PAUSED, OFF, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
        // SAFETY: made by `install`; nobody uses it while the state is OFF, and the next one takes its place.
        unsafe {
            (*ENGINE).restart();
            drop(Box::from_raw(ENGINE));
        }
    }
}

/// A forked child must not use its parent's ring.
extern "C" fn in_child() {
    // Python must not be called here. The first event does the rest.
    let next = if STATE.load(Ordering::Relaxed) == OFF {
        OFF
    } else if SWITCHED.load(Ordering::Relaxed) {
        HOOKED.store(true, Ordering::Relaxed);
        LATER
    } else if !CHILDREN.load(Ordering::Relaxed) {
        // SAFETY: there is an engine, which is never used again here; unmapping may be done right after a fork.
        unsafe { (*ENGINE).capture.ring.release() };
        OFF
    } else {
        FORKED
    };
    STATE.store(next, Ordering::Relaxed);
}

/// Gives a forked child an engine and a ring of its own. With `starting`, a hook is about to report the running frame.
///
/// # Safety
/// Under the GIL.
#[cold]
pub unsafe fn revive(starting: bool) {
    // SAFETY: the caller's promise.
    unsafe {
        if renew() {
            with(|engine| engine.inherit(starting));
        }
    }
}

/// Makes a forked child's own engine and ring. Returns whether that succeeded.
unsafe fn renew() -> bool {
    STATE.store(BUSY, Ordering::Relaxed);
    let revived = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: nobody else runs in a child that was just forked; the parent's engine is left as it is: what it
        // holds belongs to objects that this process shares with nobody.
        unsafe {
            let mut settings = (*ENGINE).settings.clone();
            (settings.config.command, settings.config.stdin) = (false, false);
            let ring = match Writer::child(settings.config.ring.as_ref()) {
                Ok(ring) => ring,
                Err(error) => {
                    (*ENGINE).capture.ring.tell_lost(&error);
                    return None;
                }
            };
            ring.header().python.store(settings.python, Ordering::Release);
            let mut engine = Engine::new(ring, settings);
            engine.inherit_sources(&*ENGINE);
            engine.take_command(&*ENGINE);
            // It reports itself now. If it becomes another program, that has to do so too.
            engine.tell_started(std::process::id(), b"fork");
            engine.introduce();
            Some(engine)
        }
    }));
    // SAFETY: the old engine is never used again, nor freed: its memory is its parent's, page by page. Its ring is
    // another matter: each generation would hold those of all before it.
    unsafe { (*ENGINE).capture.ring.release() };
    let Ok(Some(engine)) = revived else {
        STATE.store(OFF, Ordering::Relaxed);
        return false;
    };
    // SAFETY: nobody else runs in a child that was just forked.
    unsafe { ENGINE = Box::into_raw(Box::new(engine)) };
    STATE.store(ON, Ordering::Relaxed);
    true
}

/// Removes the hooks that a forked child has from its parent, which was in a segment.
#[cold]
unsafe fn leave_hooks() {
    if HOOKED.swap(false, Ordering::Relaxed) {
        // SAFETY: under the GIL; the parent's engine is a copy of our own here, of which only codes are asked for.
        unsafe { unhook() };
    }
}

/// Whether this is a forked child in which [`revive`] has to be called.
#[inline(always)]
pub fn is_forked() -> bool {
    STATE.load(Ordering::Relaxed) == FORKED
}

/// Whether the engine has given up (or this is a forked child).
pub fn is_off() -> bool {
    STATE.load(Ordering::Relaxed) == OFF
}

/// Whether nothing is recorded at present and there are no hooks.
pub fn is_idle() -> bool {
    let state = STATE.load(Ordering::Relaxed);
    state == OFF || SWITCHED.load(Ordering::Relaxed) && matches!(state, PAUSED | LATER)
}

/// Whether there is an engine that has not given up. A parent's engine does not count if it records no children.
///
/// # Safety
/// Under the GIL.
pub unsafe fn is_installed() -> bool {
    match STATE.load(Ordering::Relaxed) {
        OFF => false,
        LATER if !CHILDREN.load(Ordering::Relaxed) => {
            // SAFETY: the caller's promise.
            unsafe { leave_hooks() };
            STATE.store(OFF, Ordering::Relaxed);
            false
        }
        _ => true,
    }
}

/// Runs `f` with the engine, unless the engine is off or already running (then the tracer itself caused the event). A
/// panic switches the engine off, and the program continues.
///
/// # Safety
/// Under the GIL.
#[inline(always)]
pub unsafe fn with<R>(f: impl FnOnce(&mut Engine) -> R) -> Option<R> {
    let state = STATE.load(Ordering::Relaxed);
    if state != ON {
        if state == LATER {
            // SAFETY: the caller's promise.
            unsafe { leave_hooks() };
        }
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
    match catch_unwind(AssertUnwindSafe(|| {
        engine.capture.begin_walk();
        engine.capture.bury_dead();
        f(engine)
    })) {
        Ok(result) => {
            // Without a recorder the program continues as without the tracer.
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
                engine.trouble(&format!("the tracer stopped because of an internal error: {text}"))
            }));
            None
        }
    }
}
