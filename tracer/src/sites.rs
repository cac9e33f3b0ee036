//! What a call can change, from what it calls.
//!
//! A call is *known* when it goes to recorded code (which reports its own writes) or to builtin
//! code that changes nothing but its receiver (the plan looks at that). Everything else is
//! unknown: after it, all that is visible is read again.

use pyo3_ffi as ffi;

use crate::contents;
use crate::engine::{Engine, Frame};
use crate::layout::common as at;
use crate::plan::{Sym, SymId};
use crate::raw::{self, Attributes, Obj, field, flag};
use crate::types::type_attribute;

/// What was found out about one call, and for what it holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Site {
    key: (usize, u64),
    known: bool,
    /// The exact type of the result, where that is certain; else null (0).
    result: usize,
}

/// Whether a call is known, and the type of its result.
type Verdict = (bool, usize);
const NO: Verdict = (false, 0);
const YES: Verdict = (true, 0);

/// Builtin functions that can change what they are given, or run anything.
const UNSAFE_BUILTINS: [&[u8]; 10] = [
    b"exec",
    b"eval",
    b"__import__",
    b"setattr",
    b"delattr",
    b"__build_class__",
    b"breakpoint",
    b"next",
    b"anext",
    b"vars",
];

/// Modules written in C whose functions leave their arguments alone.
const SAFE_C_MODULES: [&[u8]; 22] = [
    b"math",
    b"cmath",
    b"time",
    b"posix",
    b"sys",
    b"_operator",
    b"_struct",
    b"binascii",
    b"zlib",
    b"_json",
    b"_random",
    b"_thread",
    b"unicodedata",
    b"_string",
    b"itertools",
    b"_sre",
    b"_hashlib",
    b"_socket",
    b"_datetime",
    b"_stat",
    b"_locale",
    b"_codecs",
];

/// Modules written in Python whose functions leave their arguments alone.
const SAFE_MODULES: [&[u8]; 16] = [
    b"re",
    b"json",
    b"posixpath",
    b"genericpath",
    b"ntpath",
    b"string",
    b"textwrap",
    b"fnmatch",
    b"bisect",
    b"statistics",
    b"stat",
    b"shlex",
    b"html",
    b"keyword",
    b"operator",
    b"os",
];

/// Methods that only str and bytes have: known whatever the receiver is.
const STR_ONLY: [&[u8]; 24] = [
    b"strip",
    b"lstrip",
    b"rstrip",
    b"lower",
    b"upper",
    b"title",
    b"startswith",
    b"endswith",
    b"split",
    b"rsplit",
    b"splitlines",
    b"isdigit",
    b"isalpha",
    b"isalnum",
    b"isspace",
    b"isidentifier",
    b"zfill",
    b"ljust",
    b"rjust",
    b"center",
    b"partition",
    b"rpartition",
    b"encode",
    b"casefold",
];

/// Methods of str that return a str.
const STR_TO_STR: [&[u8]; 22] = [
    b"strip",
    b"lstrip",
    b"rstrip",
    b"lower",
    b"upper",
    b"title",
    b"replace",
    b"join",
    b"format",
    b"capitalize",
    b"center",
    b"ljust",
    b"rjust",
    b"zfill",
    b"casefold",
    b"swapcase",
    b"expandtabs",
    b"translate",
    b"removeprefix",
    b"removesuffix",
    b"format_map",
    b"__str__",
];

impl Engine {
    /// Whether anything that line does leaves effects that we do not follow.
    ///
    /// # Safety
    /// `frame` is the running frame, about to run the line of its plan.
    pub unsafe fn is_pending(&mut self, frame: *mut Frame) -> bool {
        // SAFETY: frames and code infos live as long as their entries; see `Engine`.
        unsafe {
            let plan = &*(*frame).plan;
            (*frame).unknown_calls.clear();
            if plan.dirty {
                return true;
            }
            for &call in &plan.calls {
                if !self.call_is_known(frame, call) {
                    let offset = (&(*(*frame).code).plans.call_offsets)[call as usize];
                    if offset == u32::MAX {
                        return true;
                    }
                    // Known after all if a recorded function turns out to be its callee.
                    (*frame).unknown_calls.push(offset);
                }
            }
            if !self.capture.types.unjudged.is_empty() {
                for ty in std::mem::take(&mut self.capture.types.unjudged) {
                    self.any_foreign |= self.has_foreign_operators(ty as *mut ffi::PyTypeObject);
                    // Perhaps the last reference: it is let go after the event.
                    self.dying.push(ty as Obj);
                }
            }
            for &load in &plan.loads {
                if !self.load_is_known(frame, load) {
                    return true;
                }
            }
            if self.any_foreign {
                for &operand in &plan.operands {
                    if self.is_foreign(self.peek(frame, operand)) {
                        return true;
                    }
                }
            }
            plan.iterators.iter().any(|&iterator| !self.iterator_is_known(frame, iterator))
        }
    }

    /// Whether reading an attribute runs nothing that we do not record.
    unsafe fn load_is_known(&mut self, frame: *mut Frame, load: u32) -> bool {
        // SAFETY: as in `is_pending`; the site belongs to the frame's code.
        unsafe {
            let code = (*frame).code;
            let (base, name) = (&(*code).plans.loads)[load as usize];
            let object = self.peek(frame, base);
            if object.is_null() {
                return true;
            }
            let ty = raw::type_of(object);
            if !raw::has_flag(ty, flag::HEAP) {
                return true;
            }
            let key = (ty as usize, u64::from(field::<u32>(ty, at::TYPE_VERSION)));
            let site = &raw mut (&mut (*code).loads)[load as usize];
            if key.1 == 0 || (*site).key != key {
                let name = raw::tuple_items((*code).names)[name as usize];
                *site = Site { key, known: self.attribute_is_known(ty, name), result: 0 };
            }
            (*site).known
        }
    }

    unsafe fn attribute_is_known(&mut self, ty: *mut ffi::PyTypeObject, name: Obj) -> bool {
        // SAFETY: `ty` is a live type; a property holds its getter at 16.
        unsafe {
            if raw::has_flag(ty, flag::TYPE) || !(*self.capture.types.get(ty)).python {
                return true;
            }
            for hook in [c"__getattr__", c"__getattribute__"] {
                let found = type_attribute(ty, hook);
                if !found.is_null()
                    && raw::builtin_name(raw::type_of(found)) == b"function"
                    && !self.function_is_known(found)
                {
                    return false;
                }
            }
            let found = raw::lookup(ty, name);
            if found.is_null() {
                return true;
            }
            let kind = raw::type_of(found);
            if raw::builtin_name(kind) == b"property" {
                let getter: Obj = field(found, 16);
                return getter.is_null() || self.callable_is_known(getter).0;
            }
            // A descriptor written in Python that is not recorded, such as cached_property.
            let get: usize = field(kind, 272);
            get == 0 || !(*self.capture.types.get(kind)).python || {
                let getter = type_attribute(kind, c"__get__");
                self.callable_is_known(getter).0
            }
        }
    }

    /// Whether operators on an object run Python code that is not recorded.
    #[inline]
    unsafe fn is_foreign(&mut self, object: Obj) -> bool {
        // SAFETY: `object` is live or null.
        unsafe {
            if object.is_null() {
                return false;
            }
            let ty = raw::type_of(object);
            if !raw::has_flag(ty, flag::HEAP) || raw::has_flag(ty, flag::TYPE) {
                return false;
            }
            let info = self.capture.types.get(ty);
            let version: u32 = field(ty, at::TYPE_VERSION);
            match (*info).foreign {
                Some((known, verdict)) if known == version && version != 0 => verdict,
                _ => {
                    let verdict = (*info).python && self.has_foreign_operators(ty);
                    (*info).foreign = Some((version, verdict));
                    verdict
                }
            }
        }
    }

    unsafe fn has_foreign_operators(&mut self, ty: *mut ffi::PyTypeObject) -> bool {
        let mut functions = Vec::new();
        // SAFETY: an MRO is a tuple of live types; type dicts have str keys.
        unsafe {
            let mro: Obj = field(ty, at::TYPE_MRO);
            for &base in raw::tuple_items(mro) {
                let dict = raw::type_dict(base.cast());
                if dict.is_null() || !raw::has_flag(base.cast(), flag::HEAP) {
                    continue;
                }
                raw::dict_pairs(dict, |name, value| {
                    if raw::builtin_name(raw::type_of(value)) == b"function" && is_operator(&raw::str_bytes(name)) {
                        functions.push(value);
                    }
                    true
                });
            }
            functions.into_iter().any(|function| !self.function_is_known(function))
        }
    }

    unsafe fn iterator_is_known(&mut self, frame: *mut Frame, iterator: SymId) -> bool {
        // SAFETY: as in `is_pending`.
        unsafe {
            let code = &*(*frame).code;
            let Sym::Iter(base) = code.plans.symbols[iterator as usize] else { return false };
            match code.plans.symbols[base as usize] {
                Sym::Call(site) => code.sites[site as usize].known,
                Sym::Fresh => true,
                Sym::Unknown | Sym::Made | Sym::Iter(_) => false,
                _ => {
                    let value = self.peek(frame, base);
                    !value.is_null() && {
                        let ty = raw::type_of(value);
                        is_builtin_value(ty)
                            || !raw::has_flag(ty, flag::HEAP) && is_safe_c_type(ty)
                            || self.iterates_known(ty)
                    }
                }
            }
        }
    }

    /// Whether iterating over instances of a class runs C code or recorded generators only.
    unsafe fn iterates_known(&mut self, ty: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: `ty` is a live type.
        unsafe {
            let iter = type_attribute(ty, c"__iter__");
            if !(*self.capture.types.get(ty)).python {
                return false;
            }
            if iter.is_null() {
                // 3.12 and later hide the dicts of builtin types: what is not found elsewhere is theirs.
                return derives_from_builtin(ty);
            }
            if raw::is_wrapper_descriptor(raw::type_of(iter)) {
                return true;
            }
            let is_function = raw::builtin_name(raw::type_of(iter)) == b"function";
            is_function && self.function_is_known(iter) && raw::code_flags(field(iter, at::FUNCTION_CODE)) & 0x20 != 0
        }
    }

    unsafe fn call_is_known(&mut self, frame: *mut Frame, call: u32) -> bool {
        // SAFETY: as in `is_pending`; the site belongs to the frame's code.
        unsafe {
            let code = (*frame).code;
            let callee = (&(*code).plans.calls)[call as usize];
            let symbol = (&(*code).plans.symbols)[callee as usize];
            let key = match symbol {
                Sym::Made => return true,
                Sym::Name(_) => (self.name_version(frame), 1),
                Sym::Slot(_) => (self.peek(frame, callee) as usize, 2),
                Sym::Attr(base, _) => self.attribute_key(frame, base),
                _ => return false,
            };
            let site = &raw mut (&mut (*code).sites)[call as usize];
            if key.0 == 0 || (*site).key != key {
                let (known, result) = match symbol {
                    Sym::Attr(base, name) => self.method_is_known(frame, base, name),
                    _ => {
                        let callee = self.peek(frame, callee);
                        self.callable_is_known(callee)
                    }
                };
                *site = Site { key, known, result };
            }
            (*site).known
        }
    }

    /// Changes whenever a global or builtin name may mean something else.
    unsafe fn name_version(&self, frame: *mut Frame) -> usize {
        // SAFETY: the frame's globals and builtins are dicts.
        unsafe {
            if (*(*frame).code).namespace {
                return 0;
            }
            let (globals, builtins) = name_dicts((*frame).ptr);
            (raw::dict_version(globals) as usize).wrapping_mul(31) ^ raw::dict_version(builtins) as usize | 1 << 63
        }
    }

    unsafe fn attribute_key(&mut self, frame: *mut Frame, base: SymId) -> (usize, u64) {
        // SAFETY: as in `is_pending`.
        unsafe {
            let value = self.peek(frame, base);
            if value.is_null() {
                // Whatever the receiver is: the verdict rests on the name, or on another call.
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
                return if tag == 0 { (0, 0) } else { (value as usize, u64::from(tag)) };
            }
            if raw::has_flag(ty, flag::HEAP) && tag == 0 { (0, 0) } else { (ty as usize, u64::from(tag)) }
        }
    }

    unsafe fn method_is_known(&mut self, frame: *mut Frame, base: SymId, name: u32) -> Verdict {
        // SAFETY: as in `is_pending`.
        unsafe {
            let code = &*(*frame).code;
            let name = raw::tuple_items(code.names)[name as usize];
            let value = self.peek(frame, base);
            if value.is_null() {
                if STR_ONLY.contains(&raw::str_bytes(name).as_slice()) {
                    return YES;
                }
                // The result of a call whose type is certain will do.
                if let Sym::Call(site) = code.plans.symbols[base as usize] {
                    let site = &code.sites[site as usize];
                    if site.known && site.result != 0 {
                        return builtin_method(site.result as *mut ffi::PyTypeObject, name);
                    }
                }
                return NO;
            }
            let ty = raw::type_of(value);
            if is_builtin_value(ty) {
                return builtin_method(ty, name);
            }
            if raw::is_module(ty) {
                let found = raw::dict_get(ffi::PyModule_GetDict(value), name);
                return self.callable_is_known(found);
            }
            if raw::has_flag(ty, flag::TYPE) {
                // `list.append(xs, 1)`, `object.__setattr__(self, …)`: the receiver is an argument.
                let found = raw::lookup(value.cast(), name);
                let is_c = !found.is_null()
                    && (raw::is_method_descriptor(raw::type_of(found))
                        || raw::is_wrapper_descriptor(raw::type_of(found)));
                let class: *mut ffi::PyTypeObject = value.cast();
                let harmless = raw::is_str(class) || raw::is_int(class) || raw::is_float(class) || raw::is_bytes(class);
                return if is_c && !harmless { NO } else { self.found_on_type(found) };
            }
            if !(*self.capture.types.get(ty)).python {
                return if is_safe_c_type(ty) { YES } else { NO };
            }
            let found = raw::lookup(ty, name);
            if found.is_null() {
                let own = instance_attribute(value, name);
                if own.is_null() && derives_from_builtin(ty) {
                    return YES;
                }
                let (known, _) = self.callable_is_known(own);
                // Another instance may hold another function under this name.
                return if known && raw::builtin_name(raw::type_of(own)) == b"type" { YES } else { NO };
            }
            self.found_on_type(found)
        }
    }

    /// What a class attribute does when it is called through an instance or the class.
    unsafe fn found_on_type(&mut self, found: Obj) -> Verdict {
        if found.is_null() {
            return NO;
        }
        // SAFETY: `found` is live; staticmethod and classmethod hold their callable at 16.
        unsafe {
            let ty = raw::type_of(found);
            if raw::is_method_descriptor(ty) || raw::is_wrapper_descriptor(ty) {
                return YES;
            }
            match raw::builtin_name(ty) {
                b"function" => self.callable_is_known(found),
                b"staticmethod" | b"classmethod" => self.callable_is_known(field(found, 16)),
                b"type" => self.callable_is_known(found),
                _ => NO,
            }
        }
    }

    unsafe fn callable_is_known(&mut self, callee: Obj) -> Verdict {
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
                b"function" => (self.function_is_known(callee), 0),
                b"method" => (self.function_is_known(field(callee, at::METHOD_FUNCTION)), 0),
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

    unsafe fn function_is_known(&mut self, function: Obj) -> bool {
        // SAFETY: checked to be a function; its globals are a dict with str keys.
        unsafe {
            if function.is_null() || raw::builtin_name(raw::type_of(function)) != b"function" {
                return false;
            }
            let code: Obj = field(function, at::FUNCTION_CODE);
            let filename = raw::code_filename(code);
            if self.file_of(filename).is_some() {
                return true;
            }
            let path = raw::str_bytes(filename);
            if path == b"<string>" {
                // What dataclass and namedtuple generate sets attributes of a new object.
                let name = raw::str_bytes(field(function, 32));
                return matches!(
                    name.as_slice(),
                    b"__init__" | b"__new__" | b"__repr__" | b"__eq__" | b"__lt__" | b"__hash__"
                );
            }
            if !self.filter.is_stdlib(&path) {
                return false;
            }
            let globals: Obj = field(function, at::FUNCTION_GLOBALS);
            let key = ffi::PyUnicode_InternFromString(c"__name__".as_ptr());
            let module = raw::str_bytes(raw::dict_get(globals, key));
            ffi::Py_DecRef(key);
            SAFE_MODULES.contains(&module.as_slice())
        }
    }

    unsafe fn class_is_known(&mut self, class: *mut ffi::PyTypeObject, meta: *mut ffi::PyTypeObject) -> Verdict {
        // SAFETY: `class` is a live type.
        unsafe {
            if !raw::is_type(meta) && raw::type_name(meta) != b"ABCMeta" {
                return NO;
            }
            if !raw::has_flag(class, flag::HEAP) || !(*self.capture.types.get(instance_type(class))).python {
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
                    || raw::builtin_name(ty) == b"staticmethod" && self.function_is_known(field(found, 16))
                    || self.function_is_known(found);
                if !fine {
                    return NO;
                }
            }
            YES
        }
    }

    /// The value a symbol stands for now; null where that cannot be told without running code.
    ///
    /// # Safety
    /// `frame` is the running frame of its code.
    pub unsafe fn peek(&self, frame: *mut Frame, sym: SymId) -> Obj {
        let nothing: Obj = std::ptr::null_mut();
        // SAFETY: as in `is_pending`; every step reads plain storage.
        unsafe {
            let code = &*(*frame).code;
            match code.plans.symbols[sym as usize] {
                Sym::Slot(slot) => Frame::slot(frame, slot as usize),
                Sym::Const(n) => raw::tuple_items(code.consts).get(n as usize).copied().unwrap_or(nothing),
                Sym::Name(n) => {
                    let name = raw::tuple_items(code.names)[n as usize];
                    let (globals, builtins) = name_dicts((*frame).ptr);
                    let namespace = (*frame).namespace;
                    for dict in [namespace, globals, builtins] {
                        if !dict.is_null() {
                            let found = raw::dict_get(dict, name);
                            if !found.is_null() {
                                return found;
                            }
                        }
                    }
                    nothing
                }
                Sym::Attr(base, n) => {
                    let value = self.peek(frame, base);
                    if value.is_null() {
                        return nothing;
                    }
                    let name = raw::tuple_items(code.names)[n as usize];
                    let ty = raw::type_of(value);
                    if raw::is_module(ty) {
                        return raw::dict_get(ffi::PyModule_GetDict(value), name);
                    }
                    if raw::has_flag(ty, flag::TYPE) || !is_plain_getattr(ty) {
                        return nothing;
                    }
                    // Its own storage first: a data descriptor of that name would come before it,
                    // but hardly ever stands over a value of its own name.
                    let own = instance_attribute(value, name);
                    if own.is_null() { slot_attribute(value, ty, name).unwrap_or(nothing) } else { own }
                }
                Sym::Call(call) => {
                    let offset = code.plans.call_offsets[call as usize];
                    let found = (*frame).results.iter().rev().find(|(at, _)| *at == offset && offset != u32::MAX);
                    found.map_or(nothing, |(_, object)| *object as Obj)
                }
                Sym::Item(base, key) => {
                    let (base, key) = (self.peek(frame, base), self.peek(frame, key));
                    if base.is_null() || key.is_null() {
                        return nothing;
                    }
                    item(base, key)
                }
                _ => nothing,
            }
        }
    }
}

/// `container[key]` for exact lists, tuples and dicts with plain keys; else null.
unsafe fn item(container: Obj, key: Obj) -> Obj {
    // SAFETY: exact types say what is read; a dict of str keys compares nothing of the user's.
    unsafe {
        let (ty, key_ty) = (raw::type_of(container), raw::type_of(key));
        if raw::is_int(key_ty) && (raw::is_list(ty) || raw::is_tuple(ty)) {
            let items = if raw::is_list(ty) { raw::list_items(container) } else { raw::tuple_items(container) };
            let index = raw::small_int(key).unwrap_or(i64::MAX);
            let index = if index < 0 { index + items.len() as i64 } else { index };
            return usize::try_from(index).ok().and_then(|n| items.get(n)).copied().unwrap_or(std::ptr::null_mut());
        }
        if raw::is_dict(ty) && raw::is_str(key_ty) && raw::layout().minor >= 11 {
            let keys: *const u8 = field(container, 32);
            if field::<u8>(keys, at::KEYS_KIND) != 0 {
                return raw::dict_get(container, key);
            }
        }
        std::ptr::null_mut()
    }
}

/// The dicts of globals and builtins of a frame.
unsafe fn name_dicts(frame: *mut u8) -> (Obj, Obj) {
    // SAFETY: builtins lie beside globals: before them in 3.10, after them since.
    unsafe {
        let offset = raw::layout().frame_globals;
        let builtins = if raw::layout().minor == 10 { offset - 8 } else { offset + 8 };
        (field(frame, offset), field(frame, builtins))
    }
}

unsafe fn instance_type(class: *mut ffi::PyTypeObject) -> *mut ffi::PyTypeObject {
    class
}

/// Whether attribute access on instances is the generic one.
unsafe fn is_plain_getattr(ty: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: `ty` is a live type.
    let getattr: usize = unsafe { field(ty, at::TYPE_GETATTRO) };
    getattr == ffi::PyObject_GenericGetAttr as *const () as usize
}

/// An attribute that lies in a slot; None where the class has something else (or nothing) there.
unsafe fn slot_attribute(object: Obj, ty: *mut ffi::PyTypeObject, name: Obj) -> Option<Obj> {
    // SAFETY: a member descriptor holds a PyMemberDef whose type 16 is an object pointer.
    unsafe {
        let found = raw::lookup(ty, name);
        if found.is_null() {
            return None;
        }
        if raw::builtin_name(raw::type_of(found)) == b"member_descriptor" {
            let member: *const u8 = field(found, at::DESCRIPTOR_METHOD);
            if field::<i32>(member, 8) == 16 {
                return Some(field(object, field(member, 16)));
            }
        }
        // A data descriptor comes before the instance's own attributes.
        let set: usize = field(raw::type_of(found), 280);
        if set != 0 { Some(std::ptr::null_mut()) } else { None }
    }
}

/// An attribute in the instance's own dict; null where it is not.
unsafe fn instance_attribute(object: Obj, name: Obj) -> Obj {
    // SAFETY: reads the instance's own storage.
    unsafe {
        match raw::attributes(object) {
            Attributes::Dict(dict) => raw::dict_get(dict, name),
            Attributes::Absent => std::ptr::null_mut(),
            Attributes::Inline(keys, values, order, step, size) => {
                for n in 0..size {
                    let index = usize::from(*order.offset(n as isize * step));
                    if std::ptr::eq((*keys.add(index)).0, name) {
                        return *values.add(index);
                    }
                }
                std::ptr::null_mut()
            }
        }
    }
}

unsafe fn instance_attribute_named(object: Obj, name: &str) -> Obj {
    let mut found: Obj = std::ptr::null_mut();
    // SAFETY: reads the instance's own storage.
    unsafe {
        raw::instance_attributes(object, |key, value| {
            if raw::str_bytes(key) == name.as_bytes() {
                found = value;
            }
            found.is_null()
        });
    }
    found
}

/// Builtin value types: their methods change nothing but the receiver.
fn is_builtin_value(ty: *mut ffi::PyTypeObject) -> bool {
    raw::is_str(ty)
        || raw::is_int(ty)
        || raw::is_float(ty)
        || raw::is_list(ty)
        || raw::is_dict(ty)
        || raw::is_tuple(ty)
        || raw::is_set(ty)
        || raw::is_bytes(ty)
        || raw::is_bool(ty)
        || raw::is_frozenset(ty)
        || raw::is_complex(ty)
}

unsafe fn builtin_method(ty: *mut ffi::PyTypeObject, name: Obj) -> Verdict {
    // SAFETY: `name` is a str of co_names.
    let name = unsafe { raw::str_bytes(name) };
    if raw::is_str(ty) && STR_TO_STR.contains(&name.as_slice()) {
        return (true, ty as usize);
    }
    YES
}

/// C types whose methods change nothing but the receiver: builtins and the standard library.
unsafe fn is_safe_c_type(ty: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: `ty` is a live type.
    let name = unsafe { raw::type_name(ty) };
    match name.iter().position(|byte| *byte == b'.') {
        None => {
            !matches!(name, b"generator" | b"coroutine" | b"async_generator" | b"frame" | b"mappingproxy" | b"module")
        }
        Some(dot) => matches!(
            &name[..dot],
            b"collections"
                | b"datetime"
                | b"decimal"
                | b"re"
                | b"itertools"
                | b"_io"
                | b"array"
                | b"_random"
                | b"random"
                | b"_hashlib"
                | b"_struct"
                | b"struct"
                | b"_thread"
                | b"_socket"
                | b"_csv"
                | b"zoneinfo"
                | b"builtins"
        ),
    }
}

/// Whether a class derives from list, dict, tuple, int, str, bytes or an exception.
unsafe fn derives_from_builtin(ty: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: `ty` is a live type.
    unsafe {
        raw::has_flag(
            ty,
            flag::LIST | flag::DICT | flag::TUPLE | flag::LONG | flag::STR | flag::BYTES | flag::EXCEPTION,
        )
    }
}

/// Whether a method is what an operator, a comparison, a subscript or a conversion calls.
fn is_operator(name: &[u8]) -> bool {
    const OTHERS: [&[u8]; 20] = [
        b"__init__",
        b"__new__",
        b"__repr__",
        b"__del__",
        b"__class_getitem__",
        b"__init_subclass__",
        b"__subclasshook__",
        b"__enter__",
        b"__exit__",
        b"__call__",
        b"__getattr__",
        b"__getattribute__",
        b"__setattr__",
        b"__reduce__",
        b"__reduce_ex__",
        b"__getstate__",
        b"__setstate__",
        b"__dir__",
        b"__set_name__",
        b"__copy__",
    ];
    name.starts_with(b"__") && name.ends_with(b"__") && !OTHERS.contains(&name)
}

unsafe fn c_function(function: Obj) -> Verdict {
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
            module => (SAFE_C_MODULES.contains(&module), 0),
        }
    }
}
