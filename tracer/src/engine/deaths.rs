//! Objects that die when a variable releases them, and whose death runs code: weak references with callbacks,
//! `__del__`.

use pyo3_ffi as ffi;

use super::Engine;
use super::frame::Frame;
use crate::layout::common as at;
use crate::plan::Check;
use crate::raw::{self, Obj, field};
use crate::uses;

/// `Py_TPFLAGS_HAVE_GC`
const GC: u64 = 1 << 14;
/// The largest number of objects that are examined to find out whether a line ends one.
const MAX_LOOKS: usize = 512;
/// The largest number of weak references to one object that are examined.
const MAX_WEAK_REFERENCES: usize = 8;

impl Engine {
    /// Whether a line releases the last reference to an object whose death runs other code.
    ///
    /// # Safety
    /// `frame` is on the stack, about to run the line of its plan.
    #[inline(always)]
    pub(super) unsafe fn line_ends_something(frame: *mut Frame) -> bool {
        // SAFETY: the caller's promise; what a slot was seen to hold when the line began, it holds.
        unsafe {
            let seen = &(*frame).seen;
            for slot in &(*(*frame).plan).slots {
                if seen.get(*slot as usize).is_some_and(|value| is_missed(*value)) {
                    return true;
                }
            }
            false
        }
    }

    /// The same for a frame that returns.
    ///
    /// # Safety
    /// `frame` is on the stack, its variables have just been looked at.
    #[inline(always)]
    pub(super) unsafe fn frame_ends_something(frame: *mut Frame) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            for value in &(*frame).seen {
                if is_missed(*value) {
                    return true;
                }
            }
            false
        }
    }

    /// Whether a class was seen whose `__del__` is not recorded.
    #[inline(always)]
    pub(super) unsafe fn may_end_foreign(&mut self) -> bool {
        if !self.capture.types.unjudged.is_empty() {
            // SAFETY: under the GIL.
            unsafe { self.judge_types() };
        }
        self.any_foreign & uses::END != 0
    }

    /// Whether a line may release the last reference to an object whose `__del__` is not recorded. Called only if a
    /// class with one was seen.
    #[cold]
    pub(super) unsafe fn line_ends_foreign(&mut self, frame: *mut Frame) -> bool {
        // SAFETY: as in `line_ends_something`.
        let (plan, seen) = unsafe { (&*(*frame).plan, &(*frame).seen) };
        let mut budget = MAX_LOOKS;
        let slots = plan.slots.iter().map(|slot| seen.get(*slot as usize).copied().unwrap_or(0));
        let mut objects = slots.filter(|seen| seen & 1 == 0 && *seen != 0);
        // SAFETY: as in `line_ends_something`; what is reached from live objects is live.
        let ends = unsafe {
            objects.any(|seen| self.ends_foreign(seen as Obj, &mut budget))
                || plan.globals && self.name_ends_foreign(frame, &mut budget)
        };
        ends || plan.checks.iter().any(|check| {
            // A list that grows loses nothing, but another object with such a method may.
            let (Check::Touch(sym)
            | Check::Grow(sym)
            | Check::Item(sym, _)
            | Check::InPlace(sym)
            | Check::Attr(sym, _)) = *check
            else {
                return false;
            };
            // SAFETY: as above; what a symbol stands for is live, or null.
            unsafe {
                let object = self.peek(frame, sym);
                object.is_null() || self.holds_ending(object, &mut budget)
            }
        })
    }

    /// The same for a frame that returns a value.
    #[cold]
    pub(super) unsafe fn frame_ends_foreign(&mut self, frame: *mut Frame, value: Obj) -> bool {
        // SAFETY: as above.
        unsafe {
            let mut budget = MAX_LOOKS;
            // The caller may ignore the return value, which ends then.
            let is_ending = |engine: &mut Self, object: Obj| engine.foreign_uses(object) & uses::END != 0;
            if is_ending(self, value) {
                return true;
            }
            let seen: Vec<usize> = (*frame).seen.clone();
            seen.into_iter().any(|seen| seen & 1 == 0 && seen != 0 && self.ends_foreign(seen as Obj, &mut budget))
        }
    }

    unsafe fn name_ends_foreign(&mut self, frame: *mut Frame, budget: &mut usize) -> bool {
        // SAFETY: as above; a namespace is a dict with str keys.
        unsafe {
            let names = raw::tuple_items((*(*frame).code).names);
            let globals: Obj = field((*frame).ptr, raw::layout().frame_globals);
            let namespace = if (*frame).namespace.is_null() { globals } else { (*frame).namespace };
            if (*(*frame).plan).names.is_empty() {
                return true;
            }
            (*(*frame).plan).names.iter().any(|name| {
                let value = raw::dict_get(namespace, names[*name as usize]);
                !value.is_null() && self.ends_foreign(value, budget)
            })
        }
    }

    /// Whether releasing one reference to an object ends it, and this runs such a method directly or indirectly.
    unsafe fn ends_foreign(&mut self, object: Obj, budget: &mut usize) -> bool {
        // SAFETY: as above.
        unsafe {
            let ty = raw::type_of(object);
            if raw::is_str(ty) || raw::is_int(ty) || raw::is_float(ty) || raw::refcount(object) != 1 {
                return false;
            }
            self.foreign_uses(object) & uses::END != 0 || self.holds_ending(object, budget)
        }
    }

    /// Whether an object holds the last reference to such an object.
    unsafe fn holds_ending(&mut self, object: Obj, budget: &mut usize) -> bool {
        let mut inner: Vec<Obj> = Vec::new();
        let mut note = |item: Obj| {
            *budget = budget.saturating_sub(1);
            // SAFETY: what a live object holds is live.
            if !item.is_null() && unsafe { raw::refcount(item) } == 1 {
                inner.push(item);
            }
            *budget > 0
        };
        // SAFETY: the caller gives a live object; its type says what is read.
        unsafe {
            let ty = raw::type_of(object);

            if !each_item(object, ty, &mut note) && !self.capture.types.written_in_python(ty) {
                // The contents of other types, such as deque, cannot be read here.
                return !raw::is_str(ty) && raw::has_flag(ty, GC);
            }
            for (_, offset) in &(*self.capture.types.get(ty)).slots {
                note(field(object, *offset));
            }
            raw::instance_attributes(object, |_, value| note(value));
        }
        // SAFETY: as above.
        *budget == 0 || inner.into_iter().any(|item| unsafe { self.ends_foreign(item, budget) })
    }
}

/// Calls `note` with what a list, tuple, dict or set holds, until it returns false; false for other objects.
///
/// # Safety
/// `object` is live and of type `ty`; nothing changes it meanwhile.
unsafe fn each_item(object: Obj, ty: *mut ffi::PyTypeObject, mut note: impl FnMut(Obj) -> bool) -> bool {
    // SAFETY: the caller's promise; the type says what is read.
    unsafe {
        if raw::has_flag(ty, raw::flag::LIST) {
            raw::list_items(object).iter().take_while(|item| note(**item)).count();
        } else if raw::has_flag(ty, raw::flag::TUPLE) {
            raw::tuple_items(object).iter().take_while(|item| note(**item)).count();
        } else if raw::has_flag(ty, raw::flag::DICT) {
            raw::dict_pairs(object, |key, value| note(key) && note(value));
        } else if raw::is_set(ty) {
            raw::set_items(object, note);
        } else {
            return false;
        }
    }
    true
}

/// Whether a weak reference has a callback for the object of this variable, which holds the last reference to it.
#[inline(always)]
unsafe fn is_missed(seen: usize) -> bool {
    // SAFETY: what is not held by us is an object that the variable refers to.
    seen & 1 == 0 && seen != 0 && unsafe { raw::refcount(seen as Obj) == 1 && has_callbacks(seen as Obj) }
}

#[inline(never)]
unsafe fn has_callbacks(object: Obj) -> bool {
    // SAFETY: a type says where its instances keep the list of their weak references, which are PyWeakReference.
    unsafe {
        let offset: isize = field(raw::type_of(object), at::TYPE_WEAKLISTOFFSET);
        if offset == 0 {
            return false;
        }
        let mut weak: Obj = field(object.cast::<u8>().offset(offset), 0);
        for _ in 0..MAX_WEAK_REFERENCES {
            if weak.is_null() {
                return false;
            }
            let callback: Obj = field(weak, at::WEAKREF_CALLBACK);
            if !callback.is_null() {
                return true;
            }
            weak = field(weak, at::WEAKREF_NEXT);
        }
        true
    }
}
