//! Reads what a line changes according to its plan: attributes, items, and objects whose methods are called.

use pyo3_ffi as ffi;

use super::Engine;
use super::frame::Frame;
use crate::capture::Capture;
use crate::capture::named::is_function;
use crate::plan::{Check, LinePlan, Sym, SymId};
use crate::raw::{self, Obj, field};

impl Engine {
    /// Reads everything that the line changes according to its plan.
    #[inline(always)]
    pub(super) unsafe fn check_all(&mut self, frame: *mut Frame, plan: &LinePlan, partial: bool) {
        let alone = !partial && plan.checks.len() == 1 && !plan.globals;
        // Also done in a new epoch: the line may have changed what a callee has already read again in this epoch.
        for &check in &plan.checks {
            // Before a call of the line, its result does not exist yet and cannot have been changed.
            // SAFETY: as in `look`.
            if unsafe { !(self.check(frame, check, alone) || partial && (plan.results || (*frame).pending)) } {
                // SAFETY: as above.
                unsafe { self.distrust_all(frame, plan) };
                self.capture.advance();
                return;
            }
        }
        if !partial && self.capture.take_unsettled() {
            // SAFETY: as above.
            unsafe { self.settle(frame, plan) };
        }
    }

    /// Has the containers of which the line changed several items, or one item and something else, count as up to date.
    #[inline(never)]
    unsafe fn settle(&mut self, frame: *mut Frame, plan: &LinePlan) {
        // SAFETY: as in `distrust_all`.
        unsafe { self.each_of_single_items(frame, plan, Capture::settle_items_of) };
    }

    /// Has the containers of which single items were read compared as a whole: what the line changed cannot be found.
    #[cold]
    unsafe fn distrust_all(&mut self, frame: *mut Frame, plan: &LinePlan) {
        // SAFETY: as in `observe`; what a symbol stands for is live, or null, and so are namespaces.
        unsafe { self.each_of_single_items(frame, plan, Capture::distrust) };
    }

    /// Calls `each` for the containers of which a line changes single items.
    unsafe fn each_of_single_items(&mut self, frame: *mut Frame, plan: &LinePlan, each: unsafe fn(&mut Capture, Obj)) {
        // SAFETY: as in `distrust_all`.
        unsafe {
            for check in &plan.checks {
                if let Check::Item(sym, _) | Check::Attr(sym, _) = *check {
                    let object = self.peek(frame, sym);
                    each(&mut self.capture, object);
                }
            }
            if plan.globals {
                each(&mut self.capture, (*frame).namespace);
                each(&mut self.capture, field((*frame).ptr, raw::layout().frame_globals));
            }
        }
    }

    /// Reads one thing that a line changed; `alone` if it changes nothing else, and is done. Returns false if it cannot
    /// be found.
    #[inline]
    unsafe fn check(&mut self, frame: *mut Frame, check: Check, alone: bool) -> bool {
        // SAFETY: as in `observe`, for each.
        unsafe {
            match check {
                Check::Read(_) if !self.capture.types.seen_default_dict => true,
                Check::Read(sym) => self.check_read(frame, sym),
                Check::InPlace(sym) => self.check_in_place(frame, sym),
                Check::Touch(sym) => {
                    let object = self.peek_here(frame, sym);
                    self.capture.touch(object);
                    !object.is_null()
                }
                Check::Grow(sym) => {
                    let object = self.peek(frame, sym);
                    self.capture.touch_grown(object);
                    !object.is_null()
                }
                Check::Attr(sym, name) => self.check_attribute(frame, sym, name, alone),
                Check::Item(sym, key) => self.check_item(frame, sym, key, alone),
            }
        }
    }

    /// Handles a read that may have created an item.
    #[inline(always)]
    unsafe fn check_read(&mut self, frame: *mut Frame, sym: SymId) -> bool {
        // SAFETY: as in `observe`; what a symbol stands for is live, or null.
        unsafe {
            let object = self.peek(frame, sym);
            if object.is_null() {
                return false;
            }
            let ty = raw::type_of(object);
            if !raw::is_list(ty) && !raw::is_dict(ty) && !raw::is_str(ty) && !raw::is_tuple(ty) {
                self.capture.touch(object);
            }
            true
        }
    }

    /// Handles an object that was the left operand of an operator such as `+=`.
    #[inline(always)]
    unsafe fn check_in_place(&mut self, frame: *mut Frame, sym: SymId) -> bool {
        // SAFETY: as in `observe`; what a symbol stands for is live, or null.
        unsafe {
            let object = self.peek(frame, sym);
            if object.is_null() {
                return false;
            }
            let ty = raw::type_of(object);
            if !raw::is_int(ty) && !raw::is_float(ty) && !raw::is_str(ty) {
                self.capture.touch(object);
            }
            true
        }
    }

    /// Handles an attribute that was stored or deleted.
    #[inline(always)]
    unsafe fn check_attribute(&mut self, frame: *mut Frame, sym: SymId, name: u32, alone: bool) -> bool {
        // SAFETY: as in `observe`; what a symbol stands for is live, or null.
        let (object, ty) = unsafe {
            let object = self.peek_here(frame, sym);
            if object.is_null() {
                return false;
            }
            (object, raw::type_of(object))
        };
        // SAFETY: as in `observe`, of a live object and its type; a module has a dict, which is live as long.
        unsafe {
            if raw::is_module(ty) {
                self.capture.open(object);
                self.capture.touch(ffi::PyModule_GetDict(object));
                return true;
            }
            if raw::has_flag(ty, raw::flag::TYPE) {
                if !self.capture.knows(object) {
                    self.note_way(frame, sym);
                }
                self.capture.open(object);
            } else if is_function(ty) && !self.capture.knows(object) {
                self.capture.open_methods();
                return false;
            }
        }
        // SAFETY: codes are held, and so are their names.
        unsafe {
            let name = raw::tuple_items((*(*frame).code).names)[name as usize];
            self.capture.touch_attribute(object, name, alone);
            !self.any_foreign_store || self.store_is_known(raw::type_of(object), name)
        }
    }

    /// Handles an item that was stored or deleted.
    #[inline(always)]
    unsafe fn check_item(&mut self, frame: *mut Frame, sym: SymId, key: SymId, alone: bool) -> bool {
        // SAFETY: as in `observe`; what a symbol stands for is live, or null.
        unsafe {
            let object = self.peek(frame, sym);
            if object.is_null() {
                return false;
            }
            if raw::is_dict(raw::type_of(object)) {
                let key = self.peek(frame, key);
                self.capture.touch_key(object, key, alone);
                return true;
            }
            if raw::is_list(raw::type_of(object))
                && let Some(index) = self.peek_index(frame, key)
            {
                self.capture.touch_item(object, index);
                return true;
            }
            self.capture.touch(object);
            true
        }
    }

    /// The small int that a symbol refers to.
    #[inline(always)]
    unsafe fn peek_index(&mut self, frame: *mut Frame, key: SymId) -> Option<i64> {
        // SAFETY: as in `observe`; what a symbol stands for is live, or null.
        unsafe {
            let key = self.peek(frame, key);
            if key.is_null() || !raw::is_int(raw::type_of(key)) { None } else { raw::small_int(key) }
        }
    }

    /// Handles a change of an unknown object: the modules that lead to it are recorded from here on.
    #[cold]
    unsafe fn note_way(&mut self, frame: *mut Frame, sym: SymId) {
        // SAFETY: as in `observe`; codes are held, and so are their names.
        unsafe {
            let code = &*(*frame).code;
            let Sym::Attr(base, name) = code.plans.symbols[sym as usize] else { return };
            let module = self.peek(frame, base);
            if module.is_null() || !raw::is_module(raw::type_of(module)) {
                return;
            }
            if !self.capture.knows(module) {
                self.note_way(frame, base);
            }
            self.capture.note_in_module(module, raw::tuple_items(code.names)[name as usize]);
        }
    }
}
