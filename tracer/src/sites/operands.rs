//! Which methods of its class the use of a value in a line runs.

use pyo3_ffi as ffi;

use super::members;
use super::results::is_scalar;
use super::site::{Makes, RECORDED_GENERATOR};
use super::tables::is_builtin_value;
use crate::engine::{Engine, Frame};
use crate::layout::common as at;
use crate::layout::private::method_wrapper;
use crate::plan::{Operand, Sym, SymId, root};
use crate::raw::{self, Obj, field, flag};
use crate::uses::{self, Uses};

/// The depth to which nested containers are examined.
const DEEPEST: u32 = 4;
/// The largest number of items that are examined in all.
const MAX_ITEMS: usize = 1 << 16;

impl Engine {
    /// Whether the use of an operand in a line runs unrecorded Python code.
    ///
    /// # Safety
    /// `frame` is the running frame of its code.
    pub(super) unsafe fn operand_is_foreign(&mut self, frame: *mut Frame, operand: Operand) -> bool {
        let uses = operand.uses & self.any_foreign;
        if uses == 0 {
            return false;
        }
        // SAFETY: the caller's promise.
        unsafe {
            let object = self.peek(frame, operand.sym);
            if object.is_null() {
                // C code mostly makes tuples where something is unpacked.
                return uses != uses::UNPACK && self.blind_operand_is_foreign(frame, operand.sym, uses);
            }
            if uses & uses::GENERATE != 0 && !is_builtin_value(raw::type_of(object)) && !self.is_harmless(object, 0) {
                return true;
            }
            // C code may take items out of what it is given, and use them.
            let inner = if operand.uses == uses::ANY { uses } else { uses & uses::INNER };
            if uses == uses::UNPACK {
                return self.holds_foreign(object, uses::ITERATE, None, &mut 0);
            }
            self.foreign_uses(object) & uses != 0
                || inner != 0 && self.holds_foreign(object, inner, Some(DEEPEST), &mut 0)
        }
    }

    /// Whether C code that gets a value may run unrecorded Python code by using it.
    pub(super) unsafe fn is_used_by_foreign(&mut self, value: Obj) -> bool {
        let uses = uses::ANY & self.any_foreign;
        // SAFETY: `value` is live.
        uses != 0
            && unsafe { self.foreign_uses(value) & uses != 0 || self.holds_foreign(value, uses, Some(DEEPEST), &mut 0) }
    }

    /// The same for a value that cannot be read beforehand. The result of a recorded function is judged after the call.
    unsafe fn blind_operand_is_foreign(&mut self, frame: *mut Frame, sym: SymId, uses: Uses) -> bool {
        // SAFETY: the caller gives the running frame; its code is held, and the line's plan belongs to that.
        let (code, plan) = unsafe { (&*(*frame).code, &*(*frame).plan) };
        let symbols = &code.plans.symbols;
        if let Sym::Item(base, _) = symbols[sym as usize] {
            // SAFETY: as above; what a symbol stands for is live, or null.
            let is_scalar = unsafe {
                // Items of text and bytes, and those of a container of nothing but scalars.
                let base = self.peek(frame, base);
                !base.is_null() && has_scalar_items(base)
            };
            if is_scalar {
                return false;
            }
        }
        let root = root(symbols, sym);
        let Sym::Call(call) = symbols[root as usize] else {
            // A variable without a value runs nothing.
            return !matches!(symbols[sym as usize], Sym::Slot(_) | Sym::Name(_));
        };
        if !plan.calls.contains(&call) {
            return true;
        }
        let (known, result) = (code.sites[call as usize].known, code.sites[call as usize].result);
        // SAFETY: as above; the class that a call makes instances of is live.
        unsafe {
            match self.makes(frame, call) {
                // It is unknown itself, unless it turns out to be recorded.
                _ if !known => false,

                Makes::Told => false,
                Makes::Instance(ty) if root == sym => self.foreign_uses_of(ty as *mut ffi::PyTypeObject) & uses != 0,
                _ => {
                    let is_plain = uses & uses::INNER == 0 || is_scalar(result);
                    !(result >= RECORDED_GENERATOR && root == sym && is_plain)
                }
            }
        }
    }

    /// What runs Python code that is not recorded where it is done with an object.
    #[inline]
    pub(crate) unsafe fn foreign_uses(&mut self, object: Obj) -> Uses {
        // SAFETY: `object` is live.
        unsafe {
            let ty = raw::type_of(object);
            let own = if raw::has_flag(ty, flag::HEAP) { self.foreign_uses_of(ty) } else { 0 };
            // `__class_getitem__`
            let is_class = raw::has_flag(ty, flag::TYPE) && raw::has_flag(object.cast(), flag::HEAP);
            own | if is_class { self.foreign_uses_of(object.cast()) & uses::ITEM } else { 0 }
        }
    }

    /// The same for instances of a type.
    pub(super) unsafe fn foreign_uses_of(&mut self, ty: *mut ffi::PyTypeObject) -> Uses {
        // SAFETY: `ty` is a live type.
        unsafe {
            let info = self.capture.types.get(ty);
            let version = raw::type_version(ty);
            match (*info).foreign {
                Some((known, uses)) if known == version && version != 0 => uses,
                _ => {
                    let uses = if (*info).python { self.find_foreign_uses(ty) } else { 0 };
                    (*info).foreign = Some((version, uses));
                    uses
                }
            }
        }
    }

    /// As [`Self::foreign_uses_of`], from the class itself.
    pub(super) unsafe fn find_foreign_uses(&mut self, ty: *mut ffi::PyTypeObject) -> Uses {
        let mut methods = Vec::new();
        // SAFETY: `ty` is a live type.
        unsafe {
            members(ty, |name, value| {
                let uses = uses::of_method(&raw::str_bytes(name));
                if uses != 0 {
                    methods.push((value, uses));
                }
            });
            let mut all = if self.has_foreign_attributes(ty) { uses::ATTRIBUTE } else { 0 };
            for (method, uses) in methods {
                if all & uses != uses && !self.method_is_harmless(method, uses) {
                    all |= uses;
                }
            }
            all
        }
    }

    /// Whether a class attribute with the name of such a method runs no unrecorded code, or such that tells when it runs.
    unsafe fn method_is_harmless(&mut self, method: Obj, uses: Uses) -> bool {
        // SAFETY: `method` is live; its exact type says what is read.
        unsafe {
            let ty = raw::type_of(method);
            match raw::builtin_name(ty) {
                b"function" => self.function_is_known(method) || self.watch(method, uses),
                b"staticmethod" | b"classmethod" => {
                    let callable: Obj = field(method, method_wrapper::CALLABLE);
                    is_generic_alias(callable)
                        || self.callable_is_known(callable).0
                        || raw::kind_name(callable) == b"function" && self.watch(callable, uses)
                }
                // An object that can be called, or a descriptor: of a mock, for example.
                _ => !(*self.capture.types.get(ty)).python || is_data(method) || self.callable_is_known(method).0,
            }
        }
    }

    /// Whether a builtin container holds an object that runs such code when used in this way: among its items, or at
    /// any of `levels` levels. Below these, nothing is known.
    unsafe fn holds_foreign(&mut self, object: Obj, uses: Uses, levels: Option<u32>, seen: &mut usize) -> bool {
        // SAFETY: the caller gives a live object.
        let Some(inner) = (unsafe { items_to_judge(object, seen) }) else { return false };
        if *seen >= MAX_ITEMS {
            return true;
        }
        inner.into_iter().any(|item| {
            // SAFETY: what a live container holds is live, and nothing runs meanwhile.
            unsafe {
                self.foreign_uses(item) & uses != 0
                    || levels
                        .is_some_and(|levels| levels == 0 || self.holds_foreign(item, uses, Some(levels - 1), seen))
            }
        })
    }

    /// Whether reading an attribute of a class runs no unrecorded code.
    pub(super) unsafe fn class_attribute_is_known(&mut self, class: *mut ffi::PyTypeObject, name: Obj) -> bool {
        // SAFETY: `class` is a live class, `name` a str.
        unsafe {
            let meta = raw::type_of(class.cast());
            if raw::has_flag(meta, flag::HEAP) && !self.attribute_is_known(meta, name) {
                return false;
            }
            if !raw::has_flag(class, flag::HEAP) {
                return true;
            }
            let found = raw::lookup(class, name);
            if found.is_null() {
                return true;
            }
            let kind = raw::type_of(found);
            let get: usize = field(kind, at::TYPE_DESCR_GET);
            get == 0
                || !raw::has_flag(kind, flag::HEAP)
                || !self.capture.types.written_in_python(kind)
                || self.getter_is_known(kind)
        }
    }
}

/// Whether an object is neither called nor asked for a value where it is found in a class, such as the
/// `__dataclass_params__` of dataclasses.
///
/// # Safety
/// `object` is live.
unsafe fn is_data(object: Obj) -> bool {
    // SAFETY: the caller's promise; both read the type of an object.
    unsafe { ffi::PyCallable_Check(object) == 0 && field::<usize>(raw::type_of(object), at::TYPE_DESCR_GET) == 0 }
}

/// Whether an object is the class of `list[int]`. Classes of the standard library have it as `__class_getitem__`. It only
/// keeps what it is given.
///
/// # Safety
/// `object` is live.
unsafe fn is_generic_alias(object: Obj) -> bool {
    // SAFETY: the caller's promise; the flag says that it is a type.
    unsafe { raw::has_flag(raw::type_of(object), flag::TYPE) && raw::type_name(object.cast()) == b"types.GenericAlias" }
}

/// What a list, tuple, dict or set holds, values of scalar types left out; None for other objects. `seen` counts what
/// was looked at: no more than [`MAX_ITEMS`] in all.
///
/// # Safety
/// `object` is live, and does not change meanwhile.
unsafe fn items_to_judge(object: Obj, seen: &mut usize) -> Option<Vec<Obj>> {
    let mut inner: Vec<Obj> = Vec::new();
    let mut note = |item: Obj| {
        *seen += 1;
        // SAFETY: what a live container holds is live.
        let ty = unsafe { raw::type_of(item) };
        if !raw::is_str(ty) && !raw::is_int(ty) && !raw::is_float(ty) && !raw::is_bool(ty) {
            inner.push(item);
        }
        *seen < MAX_ITEMS
    };
    // SAFETY: the caller's promise; the type says what is read. A tuple that is being filled has room left.
    unsafe {
        let ty = raw::type_of(object);
        if raw::has_flag(ty, flag::LIST) {
            raw::list_items(object).iter().take_while(|item| note(**item)).count();
        } else if raw::has_flag(ty, flag::TUPLE) {
            raw::tuple_items(object).iter().take_while(|item| !item.is_null() && note(**item)).count();
        } else if raw::has_flag(ty, flag::DICT) {
            raw::dict_pairs(object, |key, value| note(key) && note(value));
        } else if raw::is_set(ty) || raw::is_frozenset(ty) {
            raw::set_items(object, note);
        } else {
            return None;
        }
    }
    Some(inner)
}

/// Whether the items of an object are values that run no code.
unsafe fn has_scalar_items(object: Obj) -> bool {
    // SAFETY: `object` is live.
    unsafe {
        let ty = raw::type_of(object);
        if raw::is_str(ty) || raw::is_bytes(ty) {
            return true;
        }
        if !is_builtin_value(ty) {
            return matches!(raw::type_name(ty), b"range" | b"bytearray" | b"array.array" | b"memoryview");
        }
        let mut all = true;
        if raw::is_dict(ty) && raw::dict_len(object) < 64 {
            raw::dict_pairs(object, |_, value| {
                all = is_scalar(raw::type_of(value) as usize);
                all
            });
            return all;
        }
        false
    }
}
