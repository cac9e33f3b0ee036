//! Classes, functions and modules: objects with a name and attributes, whose namespaces the program changes.
//!
//! A class is tracked by its own address, and its attributes are read from its dict, so that no descriptor is called.
//! The same holds for functions of recorded code, and for modules. Attributes are read of *open* objects: classes made
//! by recorded code (their `__module__` is that of recorded code), functions of recorded code, modules whose namespace
//! is recorded, and all objects into which recorded code stores an attribute. The version of the dict shows whether
//! anything has changed.
//!
//! Items: the name; for a class the number of further bases, and these bases; an empty item if the number would be odd;
//! then name and value of each attribute. A module has its name and its namespace.

use connie_wire::Kind;
use connie_wire::codec::Sink;
use connie_wire::value::{self, tag};
use pyo3_ffi as ffi;

use super::Capture;
use super::state::Tracked;
use crate::contents;
pub(super) use crate::contents::named::function_dict;
use crate::contents::named::version;
use crate::layout::common as at;
use crate::layout::private::method_wrapper;
use crate::raw::{self, Obj, field};
use crate::types::{Class, TypeInfo};

mod form;
mod noted;

use form::{Form, form, is_left_out};

pub use form::is_function;

/// The bases of a class, without itself and `object`.
unsafe fn bases<'a>(class: Obj) -> &'a [Obj] {
    // SAFETY: the caller holds a live class.
    let mro = unsafe { raw::mro(class.cast()) };
    let bases = mro.get(1..).unwrap_or_default();
    match bases.split_last() {
        Some((last, rest)) if std::ptr::eq((*last).cast(), &raw mut ffi::PyBaseObject_Type) => rest,
        _ => bases,
    }
}

/// `__qualname__` of a heap type, as an object.
unsafe fn class_name(class: Obj) -> Obj {
    // SAFETY: heap types keep it just before their shared keys.
    unsafe { field(class, raw::layout().qualname) }
}

/// Number of items before the attributes.
unsafe fn header(kind: Kind, items: &[usize]) -> usize {
    match (kind, items.get(1)) {
        // SAFETY: the count is an int that lives on.
        (Kind::Class, Some(count)) => unsafe {
            let count = raw::small_int((count & !1) as Obj).unwrap_or(0);
            (2 + usize::try_from(count).unwrap_or(0)).next_multiple_of(2)
        },
        _ => 2,
    }
}

/// Whether an object is a function without attributes.
///
/// # Safety
/// `object` is live.
#[inline(always)]
pub unsafe fn is_bare_function(object: Obj) -> bool {
    // SAFETY: the caller's promise.
    unsafe { is_function(raw::type_of(object)) && function_dict(object).is_null() }
}

/// The name of a function wrapper, such as `staticmethod`, and of the wrapped function.
///
/// # Safety
/// A live object of [`Form::Wrapper`].
unsafe fn wrapper_name(wrapper: Obj) -> Vec<u8> {
    // SAFETY: the caller's promise.
    unsafe {
        let (ty, inner): (_, Obj) = (raw::type_of(wrapper), field(wrapper, method_wrapper::CALLABLE));
        let mut text = raw::type_name(ty).to_vec();
        if !inner.is_null() && is_function(raw::type_of(inner)) {
            text.push(b' ');
            text.extend(raw::str_bytes(field(inner, at::FUNCTION_QUALNAME)));
        }
        text
    }
}

impl Capture {
    /// Notes that code of this file is recorded.
    ///
    /// # Safety
    /// Under the GIL; `filename` is a live str.
    pub unsafe fn own_file(&mut self, filename: Obj) {
        if self.own.files.insert(filename as usize) {
            // SAFETY: the caller's promise. It is held, so that its address stays its own.
            unsafe { ffi::Py_IncRef(filename) };
        }
    }

    /// Notes that recorded code runs in a module with these globals.
    ///
    /// # Safety
    /// `globals` is a live dict.
    pub unsafe fn own_module(&mut self, globals: Obj) {
        // SAFETY: the caller's promise; names are looked up in dicts of strs.
        unsafe {
            let key = self.own.word(1);
            let name = raw::dict_get(globals, key);
            if !name.is_null() && raw::is_str(raw::type_of(name)) {
                self.own.modules.insert(raw::str_bytes(name).into());
            }
        }
    }

    /// Whether a dict is the namespace of the module that it names.
    ///
    /// # Safety
    /// `globals` is a live dict.
    pub unsafe fn is_module_namespace(&mut self, globals: Obj) -> bool {
        // SAFETY: the caller's promise; modules are looked up by strs.
        unsafe {
            let key = self.own.word(1);
            let name = raw::dict_get(globals, key);
            let modules = ffi::PyImport_GetModuleDict();
            if name.is_null() || !raw::is_str(raw::type_of(name)) || !raw::is_dict(raw::type_of(modules)) {
                return false;
            }
            let module = raw::dict_get(modules, name);
            !module.is_null()
                && raw::is_module(raw::type_of(module))
                && std::ptr::eq(ffi::PyModule_GetDict(module), globals)
        }
    }

    /// Whether a class was made by a `class` statement or an equivalent, so that it is an object of the recording.
    pub(super) unsafe fn is_class_object(&self, class: Obj) -> bool {
        // SAFETY: `class` is a live type.
        unsafe { self.types.is_python(class.cast()) }
    }

    /// Whether the code of a function is recorded.
    pub(super) unsafe fn is_own_function(&self, function: Obj) -> bool {
        // SAFETY: `function` is a live function.
        unsafe { self.own.files.contains(&(raw::code_filename(field(function, at::FUNCTION_CODE)) as usize)) }
    }

    /// Whether an item is written as an object with a number.
    pub(super) unsafe fn is_tracked_kind(&mut self, item: Obj, ty: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: `item` is live and of this type.
        unsafe {
            match (*self.types.get(ty)).class {
                Class::Pointers | Class::Encoded(_) | Class::Module => true,
                Class::Type => self.is_class_object(item),
                Class::Function => self.is_own_function(item),
                _ => false,
            }
        }
    }

    /// Whether the attributes of a class, function or module are recorded from the start.
    pub(super) unsafe fn is_open(&mut self, object: Obj, kind: Kind) -> bool {
        // SAFETY: `object` is of this kind.
        unsafe {
            match kind {
                Kind::Function => true,
                Kind::Class => {
                    let key = self.own.word(0);
                    let dict = raw::type_dict(object.cast());
                    let module = if dict.is_null() { dict } else { raw::dict_get(dict, key) };
                    !module.is_null()
                        && raw::is_str(raw::type_of(module))
                        && self.own.modules.contains(raw::str_bytes(module).as_slice())
                }
                _ => false,
            }
        }
    }

    /// Reads the items of a class, function or module. Returns their number.
    pub(super) unsafe fn read_named(&mut self, object: Obj, kind: Kind, open: bool, out: &mut Vec<Obj>) -> usize {
        // SAFETY: `object` is of this kind; its dict lives as long as it does.
        let dict = unsafe {
            match kind {
                Kind::Class => {
                    // It may run code of its own where a line uses it, as `Box[int]` does, without any instance.
                    self.types.get(object.cast());
                    let bases = bases(object);
                    out.extend([class_name(object), contents::lasting_int(bases.len() as i64)]);
                    out.extend_from_slice(bases);
                    if bases.len() % 2 == 1 {
                        out.push(std::ptr::null_mut());
                    }
                    if open { raw::type_dict(object.cast()) } else { std::ptr::null_mut() }
                }
                Kind::Function => {
                    out.extend([field(object, at::FUNCTION_QUALNAME), std::ptr::null_mut()]);
                    function_dict(object)
                }
                _ => return self.read_module(object, open, out),
            }
        };
        // SAFETY: as above; nothing changes the dict meanwhile.
        unsafe {
            self.put_word_for_no_name(out);
            if !dict.is_null() {
                raw::dict_pairs(dict, |key, value| {
                    if !is_left_out(key) {
                        out.extend([key, value]);
                    }
                    true
                });
            }
        }
        out.len()
    }

    /// Reads the items of a module; how many there are.
    unsafe fn read_module(&mut self, module: Obj, open: bool, out: &mut Vec<Obj>) -> usize {
        // SAFETY: the caller gives a module.
        unsafe {
            out.extend(self.module_items(module, open));
            self.noted_items(module, out);
            self.put_word_for_no_name(out);
        }
        out.len()
    }

    /// The first item is a name: `?` where there is none.
    unsafe fn put_word_for_no_name(&mut self, items: &mut [Obj]) {
        if items[0].is_null() {
            // SAFETY: under the GIL.
            items[0] = unsafe { self.own.word(2) };
        }
    }

    /// The name of a module, and its namespace if that is recorded.
    unsafe fn module_items(&mut self, module: Obj, open: bool) -> [Obj; 2] {
        // SAFETY: `module` is a module.
        unsafe {
            let dict = ffi::PyModule_GetDict(module);
            let key = self.own.word(1);
            let name = if dict.is_null() { dict } else { raw::dict_get(dict, key) };
            let named = !name.is_null() && raw::is_str(raw::type_of(name));
            let recorded = open || self.objects.contains_key(&(dict as usize));
            let nothing = std::ptr::null_mut();
            [if named { name } else { self.own.word(2) }, if recorded { dict } else { nothing }]
        }
    }

    /// Whether a class, function or module is unchanged. This is exact, as versions of dicts are unique.
    pub(super) unsafe fn same_named(&self, tracked: &Tracked, object: Obj, kind: Kind) -> bool {
        let item = |n: usize| tracked.items.get(n).map_or(0, |item| item & !1);
        // SAFETY: `object` is of this kind.
        unsafe {
            match kind {
                Kind::Class => {
                    let bases = bases(object);
                    item(0) == class_name(object) as usize
                        && raw::small_int(item(1) as Obj) == Some(bases.len() as i64)
                        && bases.iter().enumerate().all(|(n, base)| item(2 + n) == *base as usize)
                        && (!tracked.open || tracked.version == version(object, kind))
                }
                Kind::Function => {
                    item(0) == field::<usize>(object, at::FUNCTION_QUALNAME) && tracked.version == version(object, kind)
                }
                _ => self.same_module(tracked, object, item(0), item(1)),
            }
        }
    }

    /// The same of a module, whose name and dict were these.
    unsafe fn same_module(&self, tracked: &Tracked, module: Obj, name: usize, namespace: usize) -> bool {
        let known = self.own.words[1] as Obj;
        // SAFETY: the caller gives a module; a word of ours is a str.
        unsafe {
            let dict = ffi::PyModule_GetDict(module) as usize;
            !known.is_null()
                && name == raw::dict_get(dict as Obj, known) as usize
                && (namespace == dict || !tracked.open && !self.objects.contains_key(&dict))
                && self.same_noted(tracked, module)
        }
    }

    /// Writes one item of a class, function or module.
    pub(super) unsafe fn put_member(
        &mut self,
        tracked: *mut Tracked,
        n: usize,
        item: Obj,
        depth: u8,
        out: &mut Vec<u8>,
    ) {
        // SAFETY: entries are boxed; `item` is what the object holds there, live or null.
        unsafe {
            let kind = (*(*tracked).info).kind;
            let items = &(*tracked).items;
            if n == 0 {
                let tag = match kind {
                    Kind::Class => tag::CLASS,
                    Kind::Function => tag::FUNCTION,
                    _ => tag::MODULE,
                };
                let name = self.names.string_of(&mut self.ring, item);
                return value::put_named(out, tag, name);
            }
            if item.is_null() {
                return out.put(tag::UNBOUND);
            }
            if n >= header(kind, items) {
                let key = (items[n - 1] & !1) as Obj;
                return if n.is_multiple_of(2) { self.put_str(item, out) } else { self.put_own(key, item, depth, out) };
            }
        }
        // SAFETY: as above.
        unsafe {
            if (*(*tracked).info).kind != Kind::Module {
                return self.encode(item, depth - 1, out);
            }
            // For a module that is not recorded, only the values themselves are read.
            let depth = if (*tracked).open { 2 } else { self.limits.depth.saturating_add(1) };
            let id = self.see(item, raw::type_of(item), depth, true);
            value::put_object(out, id);
        }
    }

    /// Writes the value of an attribute of a class, function or module.
    #[inline(always)]
    unsafe fn put_own(&mut self, key: Obj, item: Obj, depth: u8, out: &mut Vec<u8>) {
        // SAFETY: the caller gives a live str and a live object; its form says what is read of it.
        unsafe {
            if self.hides(key, item) {
                let name = self.type_name_string(raw::type_of(item));
                return value::put_named(out, tag::REDACTED, name);
            }
            match form(key, item) {
                Form::Whole => self.encode(item, depth - 1, out),
                Form::Function => {
                    let name = self.names.string_of(&mut self.ring, field(item, at::FUNCTION_QUALNAME));
                    value::put_named(out, tag::FUNCTION, name);
                }
                Form::Wrapper => {
                    let name = self.names.string(&mut self.ring, &wrapper_name(item));
                    value::put_named(out, tag::UNKNOWN, name);
                }
                Form::Type => {
                    let name = self.type_name_string(raw::type_of(item));
                    value::put_named(out, tag::UNKNOWN, name);
                }
            }
        }
    }

    /// Whether an item of a class, function or module was written by name only.
    pub(super) unsafe fn is_by_name(&self, tracked: *mut Tracked, now: &[Obj], n: usize) -> bool {
        // SAFETY: as in `put_member`.
        unsafe {
            let kind = (*(*tracked).info).kind;
            kind.is_named()
                && n % 2 == 1
                && n >= header(kind, &(*tracked).items)
                && form(now[n - 1], now[n]) != Form::Whole
        }
    }

    /// The number of the class object of a type.
    pub(super) unsafe fn class_number(&mut self, ty: *mut ffi::PyTypeObject) -> u64 {
        // SAFETY: `ty` is a live class made in Python.
        unsafe { self.see(ty.cast(), raw::type_of(ty.cast()), 1, false) }
    }

    /// Reads the class of an instance that is being read, once for each variable that leads to it.
    #[inline(always)]
    pub(super) unsafe fn look_at_class(&mut self, info: *mut TypeInfo, ty: *mut ffi::PyTypeObject, depth: u8) {
        // SAFETY: what is known of types is never freed.
        unsafe {
            let (pass, root) = self.recheck.place();
            let depth = depth.saturating_sub(1).max(1);
            let looked = (self.late.epoch, pass, root);
            if (*info).looked.0 == looked && (*info).looked.1 >= depth {
                return;
            }
            (*info).looked = (looked, depth);
            self.look_at_class_now(ty, depth);
        }
    }

    #[inline(never)]
    unsafe fn look_at_class_now(&mut self, ty: *mut ffi::PyTypeObject, depth: u8) {
        // SAFETY: entries are boxed; the class of a live instance is live.
        unsafe {
            let Some(entry) = self.entry(ty.cast()) else { return };
            if !(*entry).is(raw::type_of(ty.cast())) {
                return;
            }
            if (*entry).epoch == self.late.epoch && (*entry).depth >= depth {
                self.recheck.meet(&*entry);
            } else {
                self.put_off(entry, ty.cast(), depth.max((*entry).depth));
            }
        }
    }

    /// Opens a class, function or module, as recorded code stores an attribute into it. It is recorded from here on.
    ///
    /// # Safety
    /// `object` is live.
    pub unsafe fn open(&mut self, object: Obj) {
        // SAFETY: entries are boxed.
        unsafe {
            let Some(entry) = self.entry(object) else { return };
            let kind = (*(*entry).info).kind;
            let is_closed = kind.is_named() && !(*entry).open && (*entry).is(raw::type_of(object));
            if is_closed && !(kind == Kind::Module && self.knows(ffi::PyModule_GetDict(object))) {
                (*entry).open = true;
                self.refresh(entry, object, self.limits.depth.saturating_add(1));
            }
        }
    }

    /// Makes classes be searched for methods with attributes, as a method that was written by name got one.
    #[cold]
    pub fn open_methods(&mut self) {
        for entry in self.objects.values_mut() {
            // SAFETY: what is known of types is never freed.
            if unsafe { (*entry.info).kind } == Kind::Class {
                entry.leaf = false;
            }
        }
    }

    /// Reads the namespace of a module, whatever changed it.
    ///
    /// # Safety
    /// `module` is a live module.
    pub unsafe fn look_at_module(&mut self, module: Obj) {
        // SAFETY: a module has a dict; entries are boxed.
        unsafe {
            let dict = ffi::PyModule_GetDict(module);
            let Some(entry) = self.entry(dict) else { return };
            let now = (self.late.epoch, self.late.steps);
            let (epoch, seen_at) =
                self.own.looked.insert((*entry).id, now).unwrap_or(((*entry).epoch, (*entry).seen_at));
            if (*entry).version != raw::dict_version(dict) {
                self.touch(dict);
                self.tell_late_namespace(entry, epoch, seen_at);
            }
        }
    }
}
