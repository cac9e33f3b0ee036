//! What a call can change, from its callee.

use pyo3_ffi as ffi;

use super::given::is_holder;
use super::peek::{instance_attribute, instance_attribute_named, name_dicts};
use super::site::{Makes, NO, RECORDED_GENERATOR, Site, Verdict, YES};
use super::tables::{
    CHANGING_OPERATORS, REACHING, SAFE_C_MODULES, SAFE_MODULES, STR_ONLY, STR_TO_STR, UNSAFE_BUILTINS,
    derives_from_builtin, descriptor_owner, is_builtin_value, is_safe_c_type,
};
use super::verdicts::Kind;
use crate::code::CodeInfo;
use crate::contents;
use crate::engine::{Engine, Frame};
use crate::layout::common as at;
use crate::layout::private::method_wrapper;
use crate::plan::{Sym, SymId};
use crate::raw::{self, Obj, code_flag, field, flag};
use crate::types::type_attribute;

/// Whether a method is known of an object that the line has not made yet.
#[inline(always)]
unsafe fn method_of_nothing(code: &CodeInfo, base: SymId, name: Obj) -> Verdict {
    // SAFETY: the caller gives a live str.
    if STR_ONLY.contains(&unsafe { raw::str_bytes(name) }.as_slice()) {
        return YES;
    }
    // The result of a call is enough if its type is certain.
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
    pub(super) unsafe fn call_is_known(&mut self, frame: *mut Frame, call: u32) -> bool {
        // SAFETY: as in `is_pending`; the site belongs to the frame's code.
        unsafe {
            let code = (*frame).code;
            let callee = (&(*code).plans.calls)[call as usize];
            let symbol = (&(*code).plans.symbols)[callee as usize];
            let key = match symbol {
                Sym::Made => return true,
                Sym::Name(_) => (self.name_version(frame), 1),
                Sym::Slot(_) | Sym::Item(..) => (self.peek(frame, callee) as usize, 2),
                Sym::Attr(base, _) => self.attribute_key(frame, base),
                // The target of `await` and `yield from`.
                Sym::Iter(base) => return self.sends_known(frame, base),
                _ => return false,
            };
            let site = &raw mut (&mut (*code).sites)[call as usize];
            if key.0 == 0 || (*site).key != key {
                let mut key = key;
                let (known, result) = match symbol {
                    Sym::Attr(base, _) if is_holder(self.peek(frame, base)) => {
                        // Another object may have other contents.
                        key = (0, 0);
                        (self.holds_harmless(self.peek(frame, base)), 0)
                    }
                    Sym::Attr(base, name) => self.cached_method(frame, base, name, key),
                    _ => {
                        let callee = self.peek(frame, callee);
                        self.callable_is_known(callee)
                    }
                };
                let runs = !(&(*code).plans.given)[call as usize].is_empty() && !self.is_python(frame, symbol);
                *site = Site { key, known, runs, result, foreign: false, makes: Makes::Unasked };
            }
            (*site).known
        }
    }

    /// As [`Self::method_is_known`], with a cache for types that have a version.
    unsafe fn cached_method(&mut self, frame: *mut Frame, base: SymId, name: u32, key: (usize, u64)) -> Verdict {
        // SAFETY: as in `is_pending`.
        unsafe {
            // 1 stands for receivers that cannot be read: the answer depends on the site only.
            if key.0 <= 1 || key.1 == 0 {
                return self.method_is_known(frame, base, name);
            }
            let text = raw::tuple_items((*(*frame).code).names)[name as usize];
            if let Some(verdict) = self.verdicts.get(key, text, Kind::Call) {
                return verdict;
            }
            let verdict = self.method_is_known(frame, base, name);
            self.verdicts.put(key, text, Kind::Call, verdict);
            verdict
        }
    }

    /// A value that changes whenever a global or builtin name may refer to something else.
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
        unsafe {
            if let Sym::Super(_) = (&(*(*frame).code).plans.symbols)[base as usize] {
                let first = Frame::slot(frame, 0);
                if first.is_null() {
                    return (0, 0);
                }
                let class: *mut ffi::PyTypeObject = class_of(first);
                let version: u32 = field(class, at::TYPE_VERSION);
                // The low bit distinguishes it from a lookup through the object itself.
                return if version == 0 { (0, 0) } else { (class as usize | 1, u64::from(version)) };
            }
            let value = self.peek(frame, base);
            if value.is_null() {
                // The receiver does not matter: the verdict depends on the name, or on another call.
                return (1, u64::from(base));
            }
            let ty = raw::type_of(value);
            if raw::is_module(ty) {
                let dict = ffi::PyModule_GetDict(value);
                return (value as usize, raw::dict_version(dict));
            }
            let tag: u32 = field(ty, at::TYPE_VERSION);
            if raw::has_flag(ty, flag::TYPE) {
                let tag: u32 = field(value, at::TYPE_VERSION);
                // This key differs from that of the class's instances.
                return if tag == 0 { (0, 0) } else { (value as usize | 2, u64::from(tag)) };
            }
            if raw::has_flag(ty, flag::HEAP) && tag == 0 { (0, 0) } else { (ty as usize, u64::from(tag)) }
        }
    }

    pub(super) unsafe fn method_is_known(&mut self, frame: *mut Frame, base: SymId, name: u32) -> Verdict {
        // SAFETY: as in `is_pending`.
        unsafe {
            let code = &*(*frame).code;
            let name = raw::tuple_items(code.names)[name as usize];
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
        // SAFETY: the caller gives a live object and a live str; what types and dicts have lives as long as it is there.
        unsafe {
            let ty = raw::type_of(value);
            if std::ptr::eq(value, ffi::Py_None()) {
                // It is not called, or raises: nothing is sent to its result.
                return (true, RECORDED_GENERATOR);
            }
            if is_builtin_value(ty) {
                return builtin_method(ty, name);
            }
            if raw::is_module(ty) {
                let found = raw::dict_get(ffi::PyModule_GetDict(value), name);
                return self.callable_is_known(found);
            }
            if raw::has_flag(ty, flag::TYPE) {
                return self.method_of_class(value.cast(), name);
            }
            if !(*self.capture.types.get(ty)).python {
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
        // SAFETY: as in `is_pending`; an MRO is a tuple of live types.
        unsafe {
            let first = Frame::slot(frame, 0);
            let callee = self.peek(frame, callee);
            if first.is_null() || !std::ptr::eq(callee.cast(), &raw mut ffi::PySuper_Type) {
                return NO;
            }
            let class = class_of(first);
            if !(*self.capture.types.get(class)).python {
                return NO;
            }
            // A class that is being created has none yet.
            if raw::mro(class).is_empty() {
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
                    let wrapped = instance_attribute_named(callee, "__wrapped__");
                    self.callable_is_known(wrapped)
                }
                _ if (*self.capture.types.get(ty)).python => {
                    let call = type_attribute(ty, c"__call__");
                    if call.is_null() { NO } else { self.found_on_type(call) }
                }
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
        // SAFETY: checked to be a function; its globals are a dict with str keys.
        unsafe {
            if function.is_null() || raw::builtin_name(raw::type_of(function)) != b"function" {
                return false;
            }
            let code: Obj = field(function, at::FUNCTION_CODE);
            let filename = raw::code_filename(code);
            if self.records(code) {
                return true;
            }
            let path = raw::str_bytes(filename);
            if path == b"<string>" {
                // Generated methods of dataclasses and named tuples set attributes of a new object.
                let name = raw::str_bytes(field(function, at::FUNCTION_NAME));
                return matches!(
                    name.as_slice(),
                    b"__init__" | b"__new__" | b"__repr__" | b"__eq__" | b"__lt__" | b"__hash__"
                );
            }
            if !self.filter.is_stdlib(&path) {
                return false;
            }
            // Methods that namedtuple gives its classes.
            if matches!(raw::str_bytes(field(function, at::FUNCTION_NAME)).as_slice(), b"_asdict" | b"_replace") {
                return path.ends_with(b"/collections/__init__.py");
            }
            let globals: Obj = field(function, at::FUNCTION_GLOBALS);
            let key = ffi::PyUnicode_InternFromString(c"__name__".as_ptr());
            let module = raw::str_bytes(raw::dict_get(globals, key));
            ffi::Py_DecRef(key);
            // These write to their arguments, or read from them.
            let moves = module == b"json"
                && matches!(raw::str_bytes(field(function, at::FUNCTION_NAME)).as_slice(), b"dump" | b"load");
            SAFE_MODULES.contains(&module.as_slice()) && !moves
        }
    }

    pub(super) unsafe fn class_is_known(
        &mut self,
        class: *mut ffi::PyTypeObject,
        meta: *mut ffi::PyTypeObject,
    ) -> Verdict {
        // SAFETY: `class` is a live type.
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
            if !raw::has_flag(class, flag::HEAP) || !(*self.capture.types.get(class)).python {
                let known = is_builtin_value(class) || is_safe_c_type(class) || raw::has_flag(class, 1 << 30);
                let result = if is_builtin_value(class) { class as usize } else { 0 };
                return (known, result);
            }
            for name in [c"__new__", c"__init__"] {
                let found = type_attribute(class, name);
                if found.is_null() {
                    continue;
                }
                let ty = raw::type_of(found);
                let fine = raw::is_wrapper_descriptor(ty)
                    || raw::is_cfunction(ty)
                    || raw::builtin_name(ty) == b"staticmethod"
                        && self.function_is_known(field(found, method_wrapper::CALLABLE))
                    || self.function_is_known(found);
                if !fine {
                    return NO;
                }
            }
            YES
        }
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
    // SAFETY: PyCFunctionObject.
    unsafe {
        let owner: Obj = field(function, at::CFUNCTION_SELF);
        let (name, _) = contents::cfunction_name(function);
        if owner.is_null() {
            return NO;
        }
        if !raw::is_module(raw::type_of(owner)) {
            let on_type = raw::has_flag(raw::type_of(owner), flag::TYPE) && is_builtin_value(owner.cast());
            let random = raw::type_name(raw::type_of(owner)) == b"Random";
            return (on_type || random, 0);
        }
        match contents::module_name(owner).as_slice() {
            b"builtins" => (
                !UNSAFE_BUILTINS.contains(&name.as_slice()),
                if name == b"repr" { (&raw mut ffi::PyUnicode_Type) as usize } else { 0 },
            ),
            b"_operator" => (!CHANGING_OPERATORS.contains(&name.as_slice()), 0),
            module => (SAFE_C_MODULES.contains(&module) && !REACHING.contains(&name.as_slice()), 0),
        }
    }
}
