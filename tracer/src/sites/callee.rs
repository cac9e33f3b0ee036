//! What a call can change, from its callee.

use pyo3_ffi as ffi;

use super::called::calls;
use super::given::is_holder;
use super::peek::{instance_attribute, instance_attribute_named, name_dicts};
use super::site::{Calls, NO, RECORDED_GENERATOR, Site, Verdict, YES};
use super::tables::{
    CHANGING_OPERATORS, REACHING, SAFE_C_MODULES, SAFE_MODULES, STR_ONLY, STR_TO_STR, UNSAFE_BUILTINS,
    derives_from_builtin, descriptor_owner, is_builtin_value, is_safe_c_type,
};
use super::verdicts::Access;
use crate::code::CodeInfo;
use crate::contents;
use crate::engine::{Engine, Frame};
use crate::layout::common as at;
use crate::layout::private::method_wrapper;
use crate::plan::{Sym, SymId};
use crate::raw::{self, Obj, code_flag, field, flag};
use crate::types::type_attribute;

/// Whether a method is known whose receiver the line has not made yet.
#[inline(always)]
unsafe fn method_of_nothing(code: &CodeInfo, base: SymId, name: Obj) -> Verdict {
    // SAFETY: the caller gives a live str.
    if STR_ONLY.contains(&unsafe { raw::str_bytes(name) }.as_slice()) {
        return YES;
    }
    // It is if the receiver is the result of a call, of a type that is certain.
    if let Sym::Call(site) = code.plans.symbols[base as usize] {
        let site = &code.sites[site as usize];
        if site.known && site.result > RECORDED_GENERATOR {
            // SAFETY: as in `is_pending`: above that mark it is the type that a known builtin returns.
            return unsafe { builtin_method(site.result as *mut ffi::PyTypeObject, name) };
        }
    }
    NO
}

impl Engine {
    /// Whether a call of a line is known.
    ///
    /// # Safety
    /// As for [`Self::is_pending`].
    #[inline(always)]
    pub(super) unsafe fn call_is_known(&mut self, frame: *mut Frame, call: u32) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            let site = &(&(*(*frame).code).sites)[call as usize];
            match self.frequent_key(frame, call) {
                Some(key) if site.key == key => site.known,
                _ => self.any_call_is_known(frame, call),
            }
        }
    }

    /// The key of the verdict on a call of a global function, or of a method of an object that a variable holds; `None`
    /// for other calls, and where the verdict cannot be remembered.
    #[inline(always)]
    unsafe fn frequent_key(&self, frame: *mut Frame, call: u32) -> Option<(usize, u64)> {
        // SAFETY: as in `is_pending`; what a slot holds is live, or null.
        unsafe {
            let plans = &(*(*frame).code).plans;
            match plans.symbols[plans.calls[call as usize] as usize] {
                Sym::Name(_) => match self.name_version(frame) {
                    0 => None,
                    version => Some((version, 1)),
                },
                Sym::Attr(base, _) => {
                    let Sym::Slot(slot) = plans.symbols[base as usize] else { return None };
                    let value = Frame::slot(frame, slot as usize);
                    if value.is_null() {
                        return None;
                    }
                    let (ty, version) = (raw::type_of(value), raw::type_version(raw::type_of(value)));
                    let is_instance = !raw::is_module(ty) && !raw::has_flag(ty, flag::TYPE);
                    (is_instance && version != 0).then_some((ty as usize, u64::from(version)))
                }
                _ => None,
            }
        }
    }

    /// The same for all calls, without what was remembered.
    #[inline(never)]
    unsafe fn any_call_is_known(&mut self, frame: *mut Frame, call: u32) -> bool {
        // SAFETY: as in `is_pending`; the plans name the callee of each call.
        let (callee, symbol, key) = unsafe {
            let plans = &(*(*frame).code).plans;
            let callee = plans.calls[call as usize];
            let symbol = plans.symbols[callee as usize];
            let key = match symbol {
                Sym::Made => return true,
                // In a module or class body, most lines change the namespace.
                Sym::Name(_) if !(*(*frame).code).namespace => (self.name_version(frame), 1),
                Sym::Name(_) | Sym::Slot(_) | Sym::Item(..) => (self.peek(frame, callee) as usize, 2),
                Sym::Attr(base, _) => self.attribute_key(frame, base),
                // The target of `await` and `yield from`.
                Sym::Iter(base) => return self.sends_known(frame, base),
                _ => return false,
            };
            (callee, symbol, key)
        };
        // SAFETY: as in `is_pending`; the code has a site for each call, which nothing else borrows.
        unsafe {
            let code = (*frame).code;
            let site = &raw mut (&mut (*code).sites)[call as usize];
            if key.0 == 0 || (*site).key != key {
                let (key, (known, result)) = self.judge_callee(frame, callee, key);

                let plans = &(*code).plans;
                let is_given = !plans.given[call as usize].is_empty() || plans.called[call as usize].is_any();
                let runs = is_given && !self.is_python(frame, symbol);
                let calls = if runs { calls(self.peek(frame, callee)) } else { Calls::None };
                *site = Site { key, known, runs, result, calls, ..Site::default() };
            }
            (*site).known
        }
    }

    /// Whether the callee of a call is known, and the key for which that holds: (0, 0) where it has to be asked again.
    #[inline(always)]
    unsafe fn judge_callee(&mut self, frame: *mut Frame, callee: SymId, key: (usize, u64)) -> ((usize, u64), Verdict) {
        // SAFETY: as in `is_pending`; what a symbol stands for is live, or null.
        unsafe {
            match (&(*(*frame).code).plans.symbols)[callee as usize] {
                // Not remembered: another object of this type may hold something else.
                Sym::Attr(base, _) if is_holder(self.peek(frame, base)) => {
                    ((0, 0), (self.holds_harmless(self.peek(frame, base)), 0))
                }
                Sym::Attr(base, name) => (key, self.cached_method(frame, base, name, key)),
                _ => {
                    let callee = self.peek(frame, callee);
                    (key, self.callable_is_known(callee))
                }
            }
        }
    }

    /// As [`Self::method_is_known`], remembering the answer for types that have a version.
    unsafe fn cached_method(&mut self, frame: *mut Frame, base: SymId, name: u32, key: (usize, u64)) -> Verdict {
        // SAFETY: as in `is_pending`.
        unsafe {
            // 1 stands for receivers that cannot be seen: the site alone remembers their verdict.
            if key.0 <= 1 || key.1 == 0 {
                return self.method_is_known(frame, base, name);
            }
            let text = (*(*frame).code).name(name);
            if let Some(verdict) = self.verdicts.get(key, text, Access::Call) {
                return verdict;
            }
            let verdict = self.method_is_known(frame, base, name);
            self.verdicts.put(key, text, Access::Call, verdict);
            verdict
        }
    }

    /// A value that changes whenever a global or builtin name may refer to something else.
    #[inline(always)]
    pub(super) unsafe fn name_version(&self, frame: *mut Frame) -> usize {
        // SAFETY: the frame's globals and builtins are dicts.
        unsafe {
            if (*(*frame).code).namespace {
                return 0;
            }
            let (globals, builtins) = name_dicts((*frame).ptr);
            (raw::dict_version(globals) as usize).wrapping_mul(31) ^ raw::dict_version(builtins) as usize | 1 << 63
        }
    }

    pub(super) unsafe fn attribute_key(&mut self, frame: *mut Frame, base: SymId) -> (usize, u64) {
        // SAFETY: as in `is_pending`.
        let (is_super, value) = unsafe {
            match (&(*(*frame).code).plans.symbols)[base as usize] {
                Sym::Super(_) => (true, Frame::slot(frame, 0)),
                _ => (false, self.peek_here(frame, base)),
            }
        };
        if value.is_null() {
            // Whatever the receiver is: the verdict rests on the name, or on another call.
            return if is_super { (0, 0) } else { (1, u64::from(base)) };
        }
        // The lowest bits keep apart what is found through `super()`, through a class and through an instance of it.
        let key = |address: usize, version: u32| if version == 0 { (0, 0) } else { (address, u64::from(version)) };
        // SAFETY: what a symbol stands for is live; its type says what is read.
        unsafe {
            if is_super {
                let class = class_of(value);
                return key(class as usize | 1, raw::type_version(class));
            }
            let ty = raw::type_of(value);
            if raw::is_module(ty) {
                return (value as usize, raw::dict_version(ffi::PyModule_GetDict(value)));
            }
            if raw::has_flag(ty, flag::TYPE) {
                return key(value as usize | 2, raw::type_version(value.cast()));
            }
            let version = raw::type_version(ty);
            if raw::has_flag(ty, flag::HEAP) { key(ty as usize, version) } else { (ty as usize, u64::from(version)) }
        }
    }

    pub(super) unsafe fn method_is_known(&mut self, frame: *mut Frame, base: SymId, name: u32) -> Verdict {
        // SAFETY: as in `is_pending`.
        unsafe {
            let code = &*(*frame).code;
            let name = code.name(name);
            if let Sym::Super(callee) = code.plans.symbols[base as usize] {
                return self.super_method_is_known(frame, callee, name);
            }
            let value = self.peek(frame, base);
            if value.is_null() { method_of_nothing(code, base, name) } else { self.method_of(value, name) }
        }
    }

    /// Whether the method of an object is known.
    #[inline(always)]
    unsafe fn method_of(&mut self, value: Obj, name: Obj) -> Verdict {
        if raw::is_none(value) {
            // None has no such method: the call raises, or is not reached.
            return (true, RECORDED_GENERATOR);
        }
        // SAFETY: the caller gives a live object and a live str; what types and dicts have lives as long as it is there.
        unsafe {
            let ty = raw::type_of(value);

            if is_builtin_value(ty) {
                return builtin_method(ty, name);
            }
            if raw::is_module(ty) {
                return self.callable_is_known(raw::module_value(value, name));
            }
            if raw::has_flag(ty, flag::TYPE) {
                return self.method_of_class(value.cast(), name);
            }
            if !self.capture.types.written_in_python(ty) {
                let reaches = REACHING.contains(&raw::str_bytes(name).as_slice());
                return if is_safe_c_type(ty) && !reaches { YES } else { NO };
            }
            let found = raw::lookup(ty, name);
            if found.is_null() { self.method_of_instance(value, name) } else { self.found_on_type(found) }
        }
    }

    /// Whether an attribute of a class is known when called: `list.append(xs, 1)`, `object.__setattr__(self, …)`. The
    /// receiver is an argument then.
    #[inline(always)]
    unsafe fn method_of_class(&mut self, class: *mut ffi::PyTypeObject, name: Obj) -> Verdict {
        // SAFETY: the caller gives a live type and a live str; what it has lives as long as it is there.
        unsafe {
            let found = raw::lookup(class, name);
            let is_c = !found.is_null()
                && (raw::is_method_descriptor(raw::type_of(found)) || raw::is_wrapper_descriptor(raw::type_of(found)));
            let harmless = raw::is_str(class) || raw::is_int(class) || raw::is_float(class) || raw::is_bytes(class);
            if is_c && !harmless { NO } else { self.found_on_type(found) }
        }
    }

    /// Whether an attribute of an instance of a Python class, which the class does not have, is known when called.
    #[inline(always)]
    unsafe fn method_of_instance(&mut self, value: Obj, name: Obj) -> Verdict {
        // SAFETY: the caller gives a live object and a live str.
        unsafe {
            let own = instance_attribute(value, name);
            if own.is_null() && derives_from_builtin(raw::type_of(value)) {
                return YES;
            }
            let (known, _) = self.callable_is_known(own);
            // Another instance may have another function with this name.
            if known && raw::builtin_name(raw::type_of(own)) == b"type" { YES } else { NO }
        }
    }

    /// Whether every method with a name that `super()` could find is known.
    unsafe fn super_method_is_known(&mut self, frame: *mut Frame, callee: SymId, name: Obj) -> Verdict {
        // SAFETY: as in `is_pending`.
        let (first, callee) = unsafe { (Frame::slot(frame, 0), self.peek(frame, callee)) };
        if first.is_null() || !std::ptr::eq(callee.cast(), &raw mut ffi::PySuper_Type) {
            return NO;
        }
        // SAFETY: the first argument is live, and so are its class and the types of that one's MRO.
        unsafe {
            let class = class_of(first);
            // A class that is being made has no MRO yet.
            if !self.capture.types.written_in_python(class) || raw::mro(class).is_empty() {
                return NO;
            }
            for &base in raw::mro(class) {
                let dict = raw::type_dict(base.cast());
                let found = if dict.is_null() { dict } else { raw::dict_get(dict, name) };
                if !found.is_null() && !self.found_on_type(found).0 {
                    return NO;
                }
            }
            YES
        }
    }

    /// Whether a class attribute is known when called through an instance or the class.
    pub(super) unsafe fn found_on_type(&mut self, found: Obj) -> Verdict {
        if found.is_null() {
            return NO;
        }
        // SAFETY: `found` is live; staticmethod and classmethod hold their callable at 16.
        unsafe {
            let ty = raw::type_of(found);
            if raw::is_method_descriptor(ty) || raw::is_wrapper_descriptor(ty) {
                if !is_safe_c_type(descriptor_owner(found)) {
                    return NO;
                }
                let reaches = raw::is_method_descriptor(ty) && REACHING.contains(&contents::method_name(found));
                return if reaches { NO } else { YES };
            }
            match raw::builtin_name(ty) {
                b"function" => self.callable_is_known(found),
                b"staticmethod" | b"classmethod" => self.callable_is_known(field(found, method_wrapper::CALLABLE)),
                b"type" => self.callable_is_known(found),
                _ => NO,
            }
        }
    }

    pub(super) unsafe fn callable_is_known(&mut self, callee: Obj) -> Verdict {
        if callee.is_null() {
            return NO;
        }
        // SAFETY: `callee` is live; its exact type says what is read.
        unsafe {
            let ty = raw::type_of(callee);
            if raw::is_cfunction(ty) {
                return c_function(callee);
            }
            if raw::has_flag(ty, flag::TYPE) {
                return self.class_is_known(callee.cast(), ty);
            }
            match raw::builtin_name(ty) {
                b"function" => self.function(callee),
                b"method" => self.function(field(callee, at::METHOD_FUNCTION)),
                b"functools._lru_cache_wrapper" => {
                    self.callable_is_known(instance_attribute_named(callee, "__wrapped__"))
                }
                // A class without `__call__` is not known.
                _ if self.capture.types.written_in_python(ty) => self.found_on_type(type_attribute(ty, c"__call__")),
                _ => NO,
            }
        }
    }

    unsafe fn function(&mut self, function: Obj) -> Verdict {
        // SAFETY: `function` is live; a known one is a function.
        unsafe {
            if !self.function_is_known(function) {
                return NO;
            }
            let code: Obj = field(function, at::FUNCTION_CODE);
            let makes = raw::code_flags(code) & (code_flag::GENERATOR | code_flag::COROUTINE) != 0;
            (true, if makes && self.records(code) { RECORDED_GENERATOR } else { 0 })
        }
    }

    pub(super) unsafe fn function_is_known(&mut self, function: Obj) -> bool {
        // SAFETY: the caller gives a live object or null; functions have a code object.
        let path = unsafe {
            if function.is_null() || raw::kind_name(function) != b"function" {
                return false;
            }
            let code: Obj = field(function, at::FUNCTION_CODE);
            if self.records(code) {
                return true;
            }

            raw::str_bytes(raw::code_filename(code))
        };
        let is_generated = path == b"<string>";
        if !is_generated && !self.filter.is_stdlib(&path) {
            return false;
        }
        // SAFETY: it is a function: its name is a str, its globals are a dict.
        let name = unsafe { raw::str_bytes(field(function, at::FUNCTION_NAME)) };
        match name.as_slice() {
            // What dataclass and namedtuple generate sets attributes of a new object.
            name if is_generated => {
                matches!(name, b"__init__" | b"__new__" | b"__repr__" | b"__eq__" | b"__lt__" | b"__hash__")
            }
            // What namedtuple gives its classes.
            b"_asdict" | b"_replace" => path.ends_with(b"/collections/__init__.py"),
            name => {
                // SAFETY: as above.
                let module = unsafe { module_of(function) };
                // These write to what they are given, or read from it.
                let moves = module == b"json" && matches!(name, b"dump" | b"load");
                SAFE_MODULES.contains(&module.as_slice()) && !moves
            }
        }
    }

    pub(super) unsafe fn class_is_known(
        &mut self,
        class: *mut ffi::PyTypeObject,
        meta: *mut ffi::PyTypeObject,
    ) -> Verdict {
        // SAFETY: the caller gives a live class and its type.
        unsafe {
            if matches!(raw::type_name(meta), b"EnumType" | b"EnumMeta") && contents::type_module(meta) == b"enum" {
                // Looks up a member, and calls `_missing_` if there is none.
                let [new, missing] = [c"__new__", c"_missing_"].map(|name| type_attribute(class, name));
                let is_fine =
                    |engine: &mut Self, found| engine.function_is_known(found) || engine.found_on_type(found).0;
                return (is_fine(self, new) && is_fine(self, missing), 0);
            }
            if !raw::is_type(meta) && raw::type_name(meta) != b"ABCMeta" {
                return NO;
            }
            if !raw::has_flag(class, flag::HEAP) || !self.capture.types.written_in_python(class) {
                let is_range = !raw::has_flag(class, flag::HEAP) && raw::type_name(class) == b"range";
                let makes_its_own = is_builtin_value(class) || is_range;
                let known = makes_its_own || is_safe_c_type(class) || raw::has_flag(class, flag::EXCEPTION);
                return (known, if makes_its_own { class as usize } else { 0 });
            }
            if self.makes_known(class) { YES } else { NO }
        }
    }

    /// Whether `__new__` and `__init__` of a class written in Python are known.
    unsafe fn makes_known(&mut self, class: *mut ffi::PyTypeObject) -> bool {
        [c"__new__", c"__init__"].into_iter().all(|name| {
            // SAFETY: the caller gives a live class; what it has lives as long as it is there, and its type says what
            // is read.
            unsafe {
                let found = type_attribute(class, name);
                found.is_null()
                    || raw::is_wrapper_descriptor(raw::type_of(found))
                    || raw::is_cfunction(raw::type_of(found))
                    || raw::kind_name(found) == b"staticmethod"
                        && self.function_is_known(field(found, method_wrapper::CALLABLE))
                    || self.function_is_known(found)
            }
        })
    }
}

/// The `__name__` in the globals of a function, as it is now.
///
/// # Safety
/// `function` is a function; under the GIL.
unsafe fn module_of(function: Obj) -> Vec<u8> {
    // SAFETY: the caller's promise; the globals of a function are a dict, and looking up a str runs nothing.
    unsafe {
        let globals: Obj = field(function, at::FUNCTION_GLOBALS);
        let key = ffi::PyUnicode_InternFromString(c"__name__".as_ptr());
        let module = raw::str_bytes(raw::dict_get(globals, key));
        ffi::Py_DecRef(key);
        module
    }
}

/// The class of an object; the object itself if it is a class.
unsafe fn class_of(object: Obj) -> *mut ffi::PyTypeObject {
    // SAFETY: `object` is live.
    unsafe {
        let ty = raw::type_of(object);
        if raw::has_flag(ty, flag::TYPE) { object.cast() } else { ty }
    }
}

pub(super) unsafe fn builtin_method(ty: *mut ffi::PyTypeObject, name: Obj) -> Verdict {
    // SAFETY: `name` is a str of co_names.
    let name = unsafe { raw::str_bytes(name) };
    if raw::is_str(ty) && STR_TO_STR.contains(&name.as_slice()) {
        return (true, ty as usize);
    }
    YES
}

pub(super) unsafe fn c_function(function: Obj) -> Verdict {
    // SAFETY: the caller gives a function written in C; what it is bound to lives as long as it does.
    let (name, module) = unsafe {
        let owner: Obj = field(function, at::CFUNCTION_SELF);
        if owner.is_null() {
            return NO;
        }
        let ty = raw::type_of(owner);
        if !raw::is_module(ty) {
            let on_type = raw::has_flag(ty, flag::TYPE) && is_builtin_value(owner.cast());
            return (on_type || raw::type_name(ty) == b"Random", 0);
        }
        (contents::cfunction_name(function).0, contents::module_name(owner))
    };
    match module.as_slice() {
        b"builtins" => (
            !UNSAFE_BUILTINS.contains(&name.as_slice()),
            if name == b"repr" { (&raw mut ffi::PyUnicode_Type) as usize } else { 0 },
        ),
        b"_operator" => (!CHANGING_OPERATORS.contains(&name.as_slice()), 0),
        module => (SAFE_C_MODULES.contains(&module) && !REACHING.contains(&name.as_slice()), 0),
    }
}
