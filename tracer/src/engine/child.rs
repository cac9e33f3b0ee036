//! A process that another process of the recording started: its report about itself, and the frames that it inherits.

use connie_wire::op::put;
use pyo3_ffi as ffi;

use super::Engine;
use super::frame::instruction;
use super::running::is_code;
use crate::code::{CodeInfo, LinesBy};
use crate::raw::{self, Obj, field};

/// The largest number of frames of a stack that are visited, in case a chain has no end.
const DEEPEST: usize = 1 << 20;

/// The interpreter frames of a thread, innermost first.
///
/// # Safety
/// `state` is the state of a thread whose stack stays as it is while the result is used.
unsafe fn stack_of(state: *mut ffi::PyThreadState) -> impl Iterator<Item = *mut u8> {
    let some = |frame: *mut u8| (!frame.is_null()).then_some(frame);
    // SAFETY: the caller's promise.
    let innermost = some(unsafe { raw::current_frame(state) });
    // SAFETY: a frame of that stack is alive, and leads to the one before it.
    std::iter::successors(innermost, move |at| some(unsafe { field(*at, raw::layout().frame_previous) })).take(DEEPEST)
}

impl Engine {
    /// Writes that a Python process was started.
    pub fn tell_started(&mut self, pid: u32, line: &[u8]) {
        let ring = &mut self.capture.ring;
        ring.reserve(line.len() + 32);
        put::started(ring, pid, line);
        ring.publish();
    }

    /// Writes which process this is, as the first op in its ring.
    pub fn introduce(&mut self) {
        let read = |path: &str| std::fs::read(path).unwrap_or_default();
        let executable = std::fs::read_link("/proc/self/exe").map(|path| path.to_string_lossy().into_owned());
        let executable = executable.unwrap_or_default();
        let mut arguments = read("/proc/self/cmdline");
        arguments.truncate(1 << 16);
        if arguments.last() == Some(&0) {
            arguments.pop();
        }
        // SAFETY: getppid has no preconditions.
        let parent = unsafe { libc::getppid() } as u32;
        let ring = &mut self.capture.ring;
        ring.reserve(executable.len() + arguments.len() + 64);
        put::process(ring, std::process::id(), parent, executable.as_bytes(), &arguments);
        ring.publish();
    }

    pub unsafe fn inherit(&mut self, without_top: bool) {
        // SAFETY: the caller's promise: the thread runs.
        let mut frames = unsafe { stack_of(ffi::PyThreadState_Get()) };
        if without_top {
            frames.next();
        }
        let mut found = Vec::new();
        // SAFETY: frames of the running thread's stack are alive, and so is the code they run.
        unsafe {
            for at in frames {
                let code: Obj = raw::frame_code(at);
                if is_code(code) && instruction(at, code).is_some() {
                    let info = self.code(code);
                    if !info.is_null() {
                        found.push((info, at));
                    }
                }
            }
        }
        if found.is_empty() {
            return;
        }
        // SAFETY: as above; `enter` finds the running thread.
        unsafe {
            self.enter();
            (*self.thread).inherits = false;
            self.take_on(&found);
        }
    }

    /// As [`Self::inherit`], for a thread that may have such frames.
    ///
    /// # Safety
    /// Under the GIL; the running thread is the current one.
    #[cold]
    pub(super) unsafe fn inherit_once(&mut self, without_top: bool) {
        // SAFETY: the caller's promise.
        unsafe {
            (*self.thread).inherits = false;
            self.inherit(without_top);
        }
    }

    /// Handles a frame that was suspended before the recording began and resumes now.
    ///
    /// # Safety
    /// Under the GIL; `ptr` is the running frame, of `code`.
    #[cold]
    pub(super) unsafe fn continue_suspended(&mut self, code: *mut CodeInfo, ptr: *mut u8) {
        // SAFETY: the caller's promise.
        unsafe {
            if (*self.thread).inherits {
                self.inherit_once(true);
            }
            self.before_callee(ptr);
            self.take_on(&[(code, ptr)]);
        }
    }

    /// Takes over running frames, innermost first.
    unsafe fn take_on(&mut self, frames: &[(*mut CodeInfo, *mut u8)]) {
        // SAFETY: as in `inherit`.
        unsafe {
            self.capture.ring.reserve(16);
            put::inherited(&mut self.capture.ring, frames.len() as u32);
            for &(info, at) in frames.iter().rev() {
                let line = instruction(at, (*info).object).and_then(|unit| (*info).line_at(2 * unit as u32));
                self.call_at(info, at, line.unwrap_or((*info).first_line));
                self.continue_at(line.unwrap_or((*info).first_line));
            }
        }
    }

    /// The recorded code objects of the frames of all threads whose events are not on, and which those are.
    ///
    /// # Safety
    /// Under the GIL.
    pub unsafe fn running_codes(&mut self) -> Vec<(Obj, LinesBy)> {
        let mut found = Vec::new();
        // SAFETY: nothing changes while we hold the GIL; a thread that is about to start has no frame.
        unsafe {
            crate::threads::each(|state| {
                let codes = stack_of(state).map(|at| raw::frame_code(at)).filter(|code| is_code(*code));
                let codes: Vec<Obj> = codes.collect();
                // The outermost first: with -c it tells which code of that name is the program's.
                for code in codes.into_iter().rev() {
                    let info = self.code(code);
                    if !info.is_null() {
                        found.extend((*info).newly_on().map(|by| (code, by)));
                    }
                }
            });
        }
        found
    }
}
