//! Hooks for 3.12 and later: `sys.monitoring` with C callbacks.
//!
//! `PY_START` is on for all code. For code that is not recorded it disables itself at the first event, so that such
//! code runs at full speed. The events of recorded code are switched on for that code only. Raise, unwind and throw
//! cannot be set per code in 3.12 and 3.13. Code that is too long for line events has instruction events instead (see
//! [`crate::plan::positions`]).

use std::ffi::CStr;

use pyo3_ffi as ffi;

use crate::code::LinesBy;
use crate::engine::Engine;
use crate::raw::{self, Obj};
use crate::state;

/// Tool ids that no known tool uses (0 debugger, 1 coverage, 2 profiler, 5 optimizer).
const TOOLS: [i64; 2] = [4, 3];

struct Hooks {
    disable: Obj,
    set_local_events: Obj,
    tool: Obj,
    local: Obj,
    /// As `local`, with instruction events instead of line events.
    local_by_instruction: Obj,
    /// As `local`, without events of lines.
    local_without_lines: Obj,
    /// The events of methods that are watched.
    watched: Obj,
    set_events: Obj,
    global: Obj,
}

static mut HOOKS: Hooks = Hooks {
    disable: std::ptr::null_mut(),
    set_local_events: std::ptr::null_mut(),
    tool: std::ptr::null_mut(),
    local: std::ptr::null_mut(),
    local_by_instruction: std::ptr::null_mut(),
    local_without_lines: std::ptr::null_mut(),
    watched: std::ptr::null_mut(),
    set_events: std::ptr::null_mut(),
    global: std::ptr::null_mut(),
};

/// Stands for the running frame.
const RUNNING: *mut u8 = std::ptr::null_mut();

type Fast = unsafe extern "C" fn(Obj, *mut Obj, ffi::Py_ssize_t) -> Obj;

/// Registers the callbacks. With `empty`, they do nothing and are switched on at once, to measure the cost of hooks
/// alone. With `midway`, frames that were suspended before are reported when they resume.
///
/// # Safety
/// Under the GIL.
pub unsafe fn install(empty: bool, midway: bool) -> Result<(), String> {
    // SAFETY: calls into sys.monitoring, with arguments of the types it takes.
    unsafe {
        if !(&raw const HOOKS.global).read().is_null() {
            // In a child of a process that was recorded before.
            return Ok(());
        }
        let monitoring = ffi::PySys_GetObject(c"monitoring".as_ptr());
        if monitoring.is_null() {
            return Err(refused());
        }
        HOOKS = Hooks {
            tool: take_tool(monitoring)?,
            disable: attribute(monitoring, c"DISABLE"),
            set_local_events: attribute(monitoring, c"set_local_events"),
            set_events: attribute(monitoring, c"set_events"),
            ..HOOKS
        };
        register_all(monitoring, empty, midway)?;
        if empty && !switch(true) { Err(refused()) } else { Ok(()) }
    }
}

fn refused() -> String {
    "sys.monitoring refused connie".into()
}

/// An attribute, or null. The reference is never released.
unsafe fn attribute(object: Obj, name: &CStr) -> Obj {
    // SAFETY: the caller gives a live object of the interpreter's.
    unsafe { ffi::PyObject_GetAttrString(object, name.as_ptr()) }
}

/// Takes an id for the tool.
unsafe fn take_tool(monitoring: Obj) -> Result<Obj, String> {
    // SAFETY: `use_tool_id` takes an int and a str.
    unsafe {
        let use_tool = attribute(monitoring, c"use_tool_id");
        let name = ffi::PyUnicode_FromString(c"connie".as_ptr());
        for id in TOOLS {
            let id = ffi::PyLong_FromLongLong(id);
            let result = ffi::PyObject_CallFunctionObjArgs(use_tool, id, name, std::ptr::null_mut::<ffi::PyObject>());
            if !result.is_null() {
                return Ok(id);
            }
            ffi::PyErr_Clear();
        }
    }
    Err("other tools occupy all ids of sys.monitoring that connie can use".into())
}

/// Registers a callback for each event, and notes which events are set per code object.
unsafe fn register_all(monitoring: Obj, empty: bool, midway: bool) -> Result<(), String> {
    let callbacks: [(&CStr, &'static CStr, Fast, bool); 10] = [
        (c"PY_START", c"py_start", py_start, true),
        (c"PY_RESUME", c"py_resume", py_resume, midway),
        (c"PY_RETURN", c"py_return", py_return, false),
        (c"PY_YIELD", c"py_yield", py_yield, false),
        (c"LINE", c"line", line, false),
        (c"INSTRUCTION", c"instruction", instruction, false),
        (c"JUMP", c"jump", jump, false),
        (c"RAISE", c"raise", py_raise, true),
        (c"PY_UNWIND", c"py_unwind", py_unwind, true),
        (c"PY_THROW", c"py_throw", py_throw, true),
    ];
    // SAFETY: attributes of sys.monitoring.
    let (events, register_callback) =
        unsafe { (attribute(monitoring, c"events"), attribute(monitoring, c"register_callback")) };
    let (mut global, mut local, mut lines, mut jumps, mut instructions) = (0, 0, 0, 0, 0);
    for (event, name, callback, is_global) in callbacks {
        let callback = match (empty, name.to_bytes()) {
            (false, _) => callback,
            (true, b"py_start") => start_nothing,
            (true, _) => nothing,
        };
        // SAFETY: as above.
        let bit = unsafe { register(register_callback, attribute(events, event), name, callback) };
        *match (is_global, name.to_bytes()) {
            (true, _) => &mut global,
            (_, b"line") => &mut lines,
            (_, b"jump") => &mut jumps,
            (_, b"instruction") => &mut instructions,
            _ => &mut local,
        } |= bit.ok_or_else(refused)?;
    }
    // SAFETY: HOOKS is ours alone.
    unsafe {
        HOOKS.local = ffi::PyLong_FromLongLong(local | jumps | lines);
        HOOKS.local_by_instruction = ffi::PyLong_FromLongLong(local | jumps | instructions);
        HOOKS.local_without_lines = ffi::PyLong_FromLongLong(local);
        HOOKS.watched = ffi::PyLong_FromLongLong(instructions);
        HOOKS.global = ffi::PyLong_FromLongLong(global);
    }
    Ok(())
}

/// Registers a callback for an event. Returns the event's bit; `None` if registration failed.
unsafe fn register(register_callback: Obj, event: Obj, name: &'static CStr, callback: Fast) -> Option<i64> {
    if event.is_null() {
        return None;
    }
    let definition = Box::new(ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFast: callback },
        ml_flags: ffi::METH_FASTCALL,
        ml_doc: std::ptr::null(),
    });
    let null = std::ptr::null_mut::<ffi::PyObject>();
    // SAFETY: the definition lives for ever; `register_callback` takes these three, and null ends them.
    unsafe {
        let function = ffi::PyCFunction_NewEx(Box::into_raw(definition), null, null);
        let result = ffi::PyObject_CallFunctionObjArgs(register_callback, HOOKS.tool, event, function, null);
        (!result.is_null()).then(|| raw::small_int(event).unwrap_or(0))
    }
}

/// Switches global events on or off. Returns false if that failed.
///
/// # Safety
/// Under the GIL, after [`install`].
pub unsafe fn switch(on: bool) -> bool {
    // SAFETY: HOOKS was filled by `install`.
    unsafe {
        let none = ffi::PyLong_FromLongLong(0);
        let mask = if on { HOOKS.global } else { none };
        let done = call(HOOKS.set_events, mask, std::ptr::null_mut());
        ffi::Py_DecRef(none);
        done
    }
}

/// Calls a function of `sys.monitoring` with the tool's id and one or two arguments. Returns whether it succeeded.
unsafe fn call(function: Obj, first: Obj, second: Obj) -> bool {
    // SAFETY: the caller gives arguments that the function takes; a null ends them.
    unsafe {
        let end = std::ptr::null_mut::<ffi::PyObject>();
        let result = ffi::PyObject_CallFunctionObjArgs(function, HOOKS.tool, first, second, end);
        if result.is_null() {
            ffi::PyErr_Clear();
            return false;
        }
        ffi::Py_DecRef(result);
        true
    }
}

#[inline(always)]
unsafe fn none() -> Obj {
    // SAFETY: None is immortal in 3.12 and later.
    unsafe { ffi::Py_None() }
}

unsafe fn disable() -> Obj {
    // SAFETY: set by `install`.
    unsafe {
        ffi::Py_IncRef(HOOKS.disable);
        HOOKS.disable
    }
}

unsafe extern "C" fn nothing(_: Obj, _: *mut Obj, _: ffi::Py_ssize_t) -> Obj {
    // SAFETY: None is immortal.
    unsafe { none() }
}

/// Switches the events of recorded code on, and does nothing else.
unsafe extern "C" fn start_nothing(_: Obj, args: *mut Obj, _: ffi::Py_ssize_t) -> Obj {
    // SAFETY: called by the interpreter: (code, offset).
    unsafe {
        let code = *args;
        let known = state::with(|engine| {
            let info = engine.code(code);
            (!info.is_null()).then(|| (*info).newly_on())
        });
        match known {
            Some(Some(new)) => new.into_iter().for_each(|by| switch_on(code, by)),
            Some(None) => return disable(),
            None => {}
        }
        none()
    }
}

/// Switches the events of a code object on.
///
/// # Safety
/// Under the GIL; `code` is a code object.
pub unsafe fn switch_on(code: Obj, by: LinesBy) {
    // SAFETY: HOOKS was filled by `install`.
    unsafe {
        let events = match by {
            LinesBy::Line => HOOKS.local,
            LinesBy::Instruction => HOOKS.local_by_instruction,
            LinesBy::Nothing => HOOKS.local_without_lines,
        };
        call(HOOKS.set_local_events, code, events);
    }
}

/// Switches the events of a code object off.
///
/// # Safety
/// As for [`switch_on`].
pub unsafe fn switch_off(code: Obj) {
    // SAFETY: HOOKS was filled by `install`.
    unsafe {
        let none = ffi::PyLong_FromLongLong(0);
        call(HOOKS.set_local_events, code, none);
        ffi::Py_DecRef(none);
    }
}

/// Switches on the events of a method that is not recorded. Returns whether that succeeded.
///
/// # Safety
/// As for [`switch_on`].
pub unsafe fn watch(code: Obj) -> bool {
    // SAFETY: HOOKS was filled by `install`.
    unsafe { call(HOOKS.set_local_events, code, HOOKS.watched) }
}

/// Makes all lines of a code object with line events have events again.
///
/// # Safety
/// As for [`switch_on`].
pub unsafe fn rearm(code: Obj) {
    // SAFETY: the caller's promise. What is switched off and on again forgets what was disabled.
    unsafe {
        switch_off(code);
        switch_on(code, LinesBy::Line);
    }
}

unsafe extern "C" fn py_start(_: Obj, args: *mut Obj, _: ffi::Py_ssize_t) -> Obj {
    // SAFETY: called by the interpreter: (code, offset).
    unsafe {
        let code = *args;
        if state::is_off() {
            return disable();
        }
        if state::is_forked() {
            state::revive(true);
        }
        match state::with(|engine| begin(engine, code)) {
            Some(None) => disable(),
            Some(Some(Some(by))) => {
                switch_on(code, by);
                none()
            }
            _ => none(),
        }
    }
}

/// A frame begins: `None` if its code is not recorded; else the events that are to be switched on, if they are not on.
///
/// # Safety
/// Under the GIL; the running frame is of this code.
#[inline(always)]
unsafe fn begin(engine: &mut Engine, code: Obj) -> Option<Option<LinesBy>> {
    // SAFETY: the caller's promise; codes are held.
    unsafe {
        let info = engine.started_code(code);
        if info.is_null() {
            return None;
        }
        let new = (*info).newly_on();
        engine.call(info, RUNNING);
        Some(new)
    }
}

unsafe extern "C" fn line(_: Obj, args: *mut Obj, _: ffi::Py_ssize_t) -> Obj {
    // SAFETY: called by the interpreter: (code, line).
    unsafe {
        let (code, number) = (*args, *args.add(1));
        let news = state::with(|engine| engine.line(code, RUNNING, raw::small_int(number).unwrap_or(0) as u32));
        match news {
            Some(true) => none(),
            None if !state::is_off() => none(),
            _ => disable(),
        }
    }
}

/// Stands in for [`line`] in long code, and tells that a watched method runs.
unsafe extern "C" fn instruction(_: Obj, args: *mut Obj, _: ffi::Py_ssize_t) -> Obj {
    // SAFETY: called by the interpreter: (code, offset).
    unsafe {
        if state::is_off() {
            return disable();
        }
        let (code, offset) = (*args, *args.add(1));
        let unit = raw::small_int(offset).unwrap_or(0) as usize / 2;
        let news = state::with(|engine| {
            if engine.knows_code(code) {
                engine.at_instruction(code, RUNNING, unit)
            } else {
                engine.watched_runs(code, unit)
            }
        });
        if news == Some(false) { disable() } else { none() }
    }
}

/// A loop on one line runs that line again at each jump back, which sys.settrace reports. A jump to another line is
/// reported by that line's event.
unsafe extern "C" fn jump(_: Obj, args: *mut Obj, _: ffi::Py_ssize_t) -> Obj {
    // SAFETY: called by the interpreter: (code, offset, destination).
    unsafe {
        if state::is_off() {
            return disable();
        }
        let code = *args;
        let offset = |n: usize| raw::small_int(*args.add(n)).unwrap_or(0) as u32;
        let (from, to) = (offset(1), offset(2));
        if to > from {
            return disable();
        }
        let again = state::with(|engine| runs_again(engine, code, from, to));
        if again == Some(false) { disable() } else { none() }
    }
}

/// Tells that a line runs again, if a jump between these offsets stays on it; whether it does.
///
/// # Safety
/// Under the GIL; the running frame is of this code.
#[inline(always)]
unsafe fn runs_again(engine: &mut Engine, code: Obj, from: u32, to: u32) -> bool {
    // SAFETY: the caller's promise; codes are held.
    unsafe {
        let info = engine.code(code);
        if info.is_null() {
            return false;
        }
        match ((*info).line_at(from), (*info).line_at(to)) {
            (Some(line), Some(same)) if line == same => {
                engine.line_again(code, RUNNING, line);
                true
            }
            _ => false,
        }
    }
}

unsafe extern "C" fn py_resume(_: Obj, args: *mut Obj, _: ffi::Py_ssize_t) -> Obj {
    // SAFETY: called by the interpreter: (code, offset).
    unsafe {
        if state::is_off() {
            return disable();
        }
        if resume_frame(*args) { none() } else { disable() }
    }
}

unsafe extern "C" fn py_throw(_: Obj, args: *mut Obj, _: ffi::Py_ssize_t) -> Obj {
    // SAFETY: called by the interpreter: (code, offset, exception).
    unsafe {
        resume_frame(*args);
        none()
    }
}

/// Resumes a frame. Returns whether it may be recorded.
unsafe fn resume_frame(code: Obj) -> bool {
    // SAFETY: under the GIL.
    unsafe {
        if state::is_forked() {
            state::revive(true);
        }
        let known = state::with(|engine| {
            if !engine.midway && !engine.knows_code(code) {
                return (true, None);
            }
            let info = engine.started_code(code);
            if info.is_null() {
                return (false, None);
            }
            engine.resume(info, RUNNING);
            (true, (*info).newly_on())
        });
        if let Some((_, Some(by))) = known {
            switch_on(code, by);
        }
        known.is_none_or(|(recorded, _)| recorded)
    }
}

unsafe extern "C" fn py_return(_: Obj, args: *mut Obj, _: ffi::Py_ssize_t) -> Obj {
    // SAFETY: called by the interpreter: (code, offset, value).
    unsafe {
        state::with(|engine| engine.ret(*args, RUNNING, *args.add(2)));
        none()
    }
}

unsafe extern "C" fn py_yield(_: Obj, args: *mut Obj, _: ffi::Py_ssize_t) -> Obj {
    // SAFETY: called by the interpreter: (code, offset, value).
    unsafe {
        state::with(|engine| engine.yields(*args, RUNNING, *args.add(2)));
        none()
    }
}

/// Passes an event to the engine: with `f` if the code's calls are recorded, else with `other`.
unsafe fn for_recorded(code: Obj, f: impl FnOnce(&mut Engine), other: impl FnOnce(&mut Engine)) -> Obj {
    // SAFETY: under the GIL.
    unsafe {
        state::with(|engine| {
            if engine.knows_code(code) {
                f(engine);
            } else if engine.filter.any_exceptions {
                other(engine);
            }
        });
        none()
    }
}

unsafe extern "C" fn py_raise(_: Obj, args: *mut Obj, _: ffi::Py_ssize_t) -> Obj {
    // SAFETY: called by the interpreter: (code, offset, exception).
    unsafe {
        let raise = |engine: &mut Engine| {
            engine.raise(*args, RUNNING, *args.add(2));
            engine.raised_at(*args, RUNNING, raw::small_int(*args.add(1)).unwrap_or(0) as usize / 2);
        };
        for_recorded(*args, raise, |engine| engine.passes(*args, RUNNING, *args.add(2)))
    }
}

unsafe extern "C" fn py_unwind(_: Obj, args: *mut Obj, _: ffi::Py_ssize_t) -> Obj {
    // SAFETY: called by the interpreter: (code, offset, exception).
    unsafe { for_recorded(*args, |engine| engine.unwind(*args, RUNNING), |engine| engine.passed(*args, RUNNING)) }
}
