//! Methods of classes that are not recorded, and that operators and C code run: `__eq__`, `__or__`, `__iter__` and so on.
//!
//! Such a method may have any effect. Its class could be looked for among the operands of every line, beforehand.
//! Instead its code tells when it runs, which makes the running line unknown. That also holds for what C code does with
//! an object that it was given earlier. From 3.12 on the code gets an event for this; before, all code has one.
//!
//! Libraries call such methods of their own classes, too, and every event costs. A method whose events mostly told
//! nothing new is left alone, and its class is looked for (`uses`) from then on. Up to 3.11 that would spare nothing.

use pyo3_ffi as ffi;

use super::Engine;
use super::methods::{Watched, starts};
use crate::layout::common as at;
use crate::monitoring;
use crate::raw::{Obj, field};
use crate::uses::{self, Uses};

/// The largest number of methods that are watched, as their code is held.
const MAX_WATCHED: usize = 1 << 12;

/// The number of events that tell nothing new, above which a method is left alone...
const IDLE_EVENTS: u32 = 500;
/// ...if they are so many times those that told something.
const IDLE_SHARE: u32 = 8;

impl Engine {
    /// Watches a method. Returns false if that is not possible.
    ///
    /// # Safety
    /// Under the GIL; `method` is a function.
    pub(crate) unsafe fn watch(&mut self, method: Obj, uses: Uses) -> bool {
        // Between segments there are no events.
        if self.settings.config.switched {
            return false;
        }
        // SAFETY: a function has a code object, which is held from here on, so that its address stays its own.
        unsafe {
            let code: Obj = field(method, at::FUNCTION_CODE);
            if let Some(watched) = self.watched.get_mut(&(code as usize)) {
                watched.uses |= uses;
                return !watched.is_left;
            }
            if self.watched.len() >= MAX_WATCHED {
                return false;
            }
            let starts = match self.minor {
                ..12 => Some(Box::default()),
                minor => starts(code, minor).filter(|_| monitoring::watch(code)),
            };
            let Some(starts) = starts else { return false };
            ffi::Py_IncRef(code);
            self.watched.insert(code as usize, Watched { uses, starts, news: (0, 0), is_left: false });
        }
        true
    }

    /// Handles an instruction of code that is not recorded. Returns whether it needs more events.
    ///
    /// # Safety
    /// Under the GIL; the code runs.
    #[cold]
    pub unsafe fn watched_runs(&mut self, code: Obj, unit: usize) -> bool {
        let is_start = |watched: &Watched| watched.starts.contains(&(unit as u32)) && !watched.is_left;
        if !self.watched.get(&(code as usize)).is_some_and(is_start) {
            return false;
        }
        // SAFETY: the caller's promise.
        let is_news = unsafe { self.line_becomes_unknown() };
        let Some(watched) = self.watched.get_mut(&(code as usize)) else { return false };
        *if is_news { &mut watched.news.0 } else { &mut watched.news.1 } += 1;
        if watched.news.1 > IDLE_EVENTS && watched.news.1 / IDLE_SHARE > watched.news.0 {
            watched.is_left = true;
            let uses = watched.uses;
            self.look_for(uses);
            // SAFETY: the caller's promise.
            unsafe { monitoring::switch_off(code) };
        }
        true
    }

    /// Handles code that is not recorded and begins or goes on, up to 3.11: all code has events there.
    ///
    /// # Safety
    /// Under the GIL.
    #[inline(always)]
    pub unsafe fn foreign_begins(&mut self, code: Obj) {
        if !self.watched.is_empty() && self.watched.contains_key(&(code as usize)) {
            // SAFETY: the caller's promise.
            unsafe { self.line_becomes_unknown() };
        }
    }

    /// Code with unknown effects runs within the running line. Returns whether that was not known.
    ///
    /// # Safety
    /// Under the GIL.
    #[cold]
    unsafe fn line_becomes_unknown(&mut self) -> bool {
        // SAFETY: the caller's promise; the top frame is on the stack.
        unsafe {
            self.enter();
            let top = self.top();
            let is_news = !top.is_null() && !(*top).pending;
            if is_news {
                self.tell_passed(top);
                (*top).pending = true;
            }
            is_news
        }
    }

    /// From now on looks for objects whose classes run unrecorded code in this way.
    fn look_for(&mut self, uses: Uses) {
        self.any_foreign |= uses;
        self.any_foreign_attribute |= uses & uses::ATTRIBUTE != 0;
        self.capture.types.forget_foreign();
        // Lines that run were judged without it.
        let stacks = self.threads.values_mut().flat_map(|thread| thread.stack.iter_mut());
        stacks.for_each(|frame| frame.pending = true);
        self.suspended.each_mut(|frame| frame.pending = true);
    }
}
