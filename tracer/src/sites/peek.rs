//! Reads the value that a symbol of a plan refers to, without running code.

use pyo3_ffi as ffi;

use crate::engine::{Engine, Frame};
use crate::layout::common as at;
use crate::plan::{Sym, SymId};
use crate::raw::{self, Attributes, Obj, field, flag};
use crate::types::type_attribute;

/// The largest number of keys of a dict that are compared one by one.
const MAX_COMPARED: usize = 32;

/// The value of a name in a frame; null if it has none.
#[inline(always)]
unsafe fn peek_name(frame: *mut Frame, name: Obj) -> Obj {
    // SAFETY: the caller gives a running frame, whose dicts live as long as it does, and a live str.
    unsafe {
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
    }
    std::ptr::null_mut()
}

/// What the call at an offset returned, where that is held; null where it is not.
#[inline(always)]
unsafe fn peek_result(frame: *mut Frame, offset: u32) -> Obj {
    // SAFETY: the caller gives a frame of ours, which is boxed.
    let results = unsafe { &(*frame).results };
    let found = results.iter().rev().find(|(at, _)| *at == offset && offset != u32::MAX);
    found.map_or(std::ptr::null_mut(), |(_, object)| *object as Obj)
}

/// The attribute of an object; null where that cannot be told without running code.
#[inline(always)]
unsafe fn peek_attribute(value: Obj, name: Obj) -> Obj {
    let nothing: Obj = std::ptr::null_mut();
    // SAFETY: the caller gives a live object and a live str.
    unsafe {
        let ty = raw::type_of(value);
        if raw::is_module(ty) {
            return raw::module_value(value, name);
        }
        if raw::has_flag(ty, flag::TYPE) {
            return class_attribute(value.cast(), ty, name);
        }
        if !is_plain_getattr(ty) {
            return nothing;
        }
        // The instance's own storage is searched first. A data descriptor with that name has precedence, but rarely has
        // the name of a stored value.
        let own = instance_attribute(value, name);
        if own.is_null() { slot_attribute(value, ty, name).unwrap_or(nothing) } else { own }
    }
}

impl Engine {
    /// As [`Self::peek`], without a call for a variable, which is the most frequent symbol.
    ///
    /// # Safety
    /// As for [`Self::peek`].
    #[inline(always)]
    pub unsafe fn peek_here(&self, frame: *mut Frame, sym: SymId) -> Obj {
        // SAFETY: as in `peek`.
        unsafe {
            match (&(*(*frame).code).plans.symbols)[sym as usize] {
                Sym::Slot(slot) => Frame::slot(frame, slot as usize),
                _ => self.peek(frame, sym),
            }
        }
    }

    pub unsafe fn peek(&self, frame: *mut Frame, sym: SymId) -> Obj {
        let nothing: Obj = std::ptr::null_mut();
        // SAFETY: as in `is_pending`; every step reads plain storage.
        unsafe {
            let code = &*(*frame).code;
            match code.plans.symbols[sym as usize] {
                Sym::Slot(slot) => Frame::slot(frame, slot as usize),
                Sym::Const(n) => raw::tuple_items(code.consts).get(n as usize).copied().unwrap_or(nothing),
                // Small ints always exist, and no reference is counted.
                Sym::Int(n) => ffi::PyLong_FromLong(n.into()),
                Sym::Name(n) => peek_name(frame, code.name(n)),
                Sym::Attr(base, n) => {
                    let value = self.peek_here(frame, base);
                    if value.is_null() { nothing } else { peek_attribute(value, code.name(n)) }
                }
                Sym::Call(call) => peek_result(frame, code.plans.call_offsets[call as usize]),
                Sym::Item(container, key) => self.peek_item(frame, container, key),
                _ => nothing,
            }
        }
    }

    /// The item of a container under a key, both of them symbols; null where that cannot be told.
    #[inline(always)]
    unsafe fn peek_item(&self, frame: *mut Frame, container: SymId, key: SymId) -> Obj {
        // SAFETY: as in `peek`; what a symbol stands for is live, or null.
        unsafe {
            let (base, key) = (self.peek(frame, container), self.peek(frame, key));
            if key.is_null() {
                key
            } else if base.is_null() {
                self.built_item(frame, container, key)
            } else {
                item(base, key)
            }
        }
    }

    /// The item of a container that the line itself makes; null where that cannot be told.
    #[cold]
    unsafe fn built_item(&self, frame: *mut Frame, container: SymId, key: Obj) -> Obj {
        let nothing: Obj = std::ptr::null_mut();
        // SAFETY: as in `peek`; the key is live.
        unsafe {
            let plans = &(*(*frame).code).plans;
            let Sym::Built(n) = plans.symbols[container as usize] else { return nothing };
            let built = &plans.built[n as usize];
            let is_index = built.in_order && raw::is_int(raw::type_of(key));
            let index = if is_index { raw::small_int(key) } else { None };
            let item = index.and_then(|index| built.items.get(usize::try_from(index).ok()?));
            item.map_or(nothing, |item| self.peek(frame, *item))
        }
    }
}

/// The function that subscripts instances of a type, as an address; 0 if there is none.
///
/// # Safety
/// `ty` is a live type.
#[inline]
unsafe fn subscript(ty: *mut ffi::PyTypeObject) -> usize {
    // SAFETY: the caller's promise; a type's methods of mappings live as long as it does.
    unsafe {
        let methods: *const u8 = field(ty, at::TYPE_AS_MAPPING);
        if methods.is_null() { 0 } else { field(methods, at::MAPPING_SUBSCRIPT) }
    }
}

/// Whether subscripts of instances are those of a list or tuple, whose subclass this is.
unsafe fn is_indexed(ty: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: `ty` is a live type, and so are the builtin ones; its exact type says what is read of what it has.
    unsafe {
        let base = if raw::has_flag(ty, flag::LIST) {
            &raw mut ffi::PyList_Type
        } else if raw::has_flag(ty, flag::TUPLE) {
            &raw mut ffi::PyTuple_Type
        } else {
            return false;
        };
        if std::ptr::eq(ty, base) || subscript(ty) == subscript(base) {
            return true;
        }
        // `list.__getitem__` is a method that derived classes find by name. 3.12 and later hide the dicts of builtin
        // types: an attribute that is not found elsewhere is theirs.
        let found = type_attribute(ty, c"__getitem__");
        found.is_null()
            || raw::is_method_descriptor(raw::type_of(found))
                && field::<usize>(found, at::DESCRIPTOR_TYPE) == base as usize
    }
}

/// `container[key]` for lists, tuples and dicts with plain keys; else null.
pub(super) unsafe fn item(container: Obj, key: Obj) -> Obj {
    // SAFETY: exact types say what is read; a dict of str keys compares nothing of the user's.
    unsafe {
        let (ty, key_ty) = (raw::type_of(container), raw::type_of(key));
        if raw::is_int(key_ty) && is_indexed(ty) {
            return indexed(container, key);
        }
        if raw::is_dict(ty) && raw::is_str(key_ty) && raw::layout().minor >= 11 {
            let keys: *const u8 = field(container, at::DICT_KEYS);
            if field::<u8>(keys, at::KEYS_KIND) != 0 {
                return raw::dict_get(container, key);
            }
        }
        if raw::is_plain_key(key) && is_keyed(ty) { plain_item(container, key) } else { std::ptr::null_mut() }
    }
}

/// Whether subscripts of instances are those of a dict, whose subclass this may be.
unsafe fn is_keyed(ty: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: `ty` is a live type.
    unsafe { raw::has_flag(ty, flag::DICT) && subscript(ty) == subscript(&raw mut ffi::PyDict_Type) }
}

/// The item of a list or tuple; null if there is none.
unsafe fn indexed(container: Obj, key: Obj) -> Obj {
    // SAFETY: the caller gives an instance of list or tuple, or of a subclass, and an int.
    unsafe {
        let is_list = raw::has_flag(raw::type_of(container), flag::LIST);
        let items = if is_list { raw::list_items(container) } else { raw::tuple_items(container) };
        let index = raw::small_int(key).unwrap_or(i64::MAX);
        let index = if index < 0 { index + items.len() as i64 } else { index };
        usize::try_from(index).ok().and_then(|n| items.get(n)).copied().unwrap_or(std::ptr::null_mut())
    }
}

/// The item of a small dict whose keys are all strs and ints: its keys are compared one by one, as a lookup could run
/// the comparison of another key. Null for other dicts.
///
/// # Safety
/// `dict` is a dict, `key` an exact str or int.
#[inline(never)]
unsafe fn plain_item(dict: Obj, key: Obj) -> Obj {
    let (mut found, mut is_plain) = (std::ptr::null_mut(), true);
    // SAFETY: the caller's promise; exact types say what is compared, which runs nothing.
    unsafe {
        if raw::dict_len(dict) > MAX_COMPARED {
            return found;
        }
        raw::dict_pairs(dict, |known, value| {
            is_plain = raw::is_plain_key(known);
            if is_plain && is_same_key(known, key) {
                found = value;
            }
            is_plain
        });
    }
    if is_plain { found } else { std::ptr::null_mut() }
}

/// Whether two keys are equal.
///
/// # Safety
/// Both are exact strs or ints.
unsafe fn is_same_key(one: Obj, other: Obj) -> bool {
    // SAFETY: the caller's promise; comparing them runs nothing.
    unsafe {
        match (raw::is_str(raw::type_of(one)), raw::is_str(raw::type_of(other))) {
            (true, true) => std::ptr::eq(one, other) || ffi::PyUnicode_Compare(one, other) == 0,
            (false, false) => {
                std::ptr::eq(one, other) || raw::small_int(one).is_some_and(|n| raw::small_int(other) == Some(n))
            }
            _ => false,
        }
    }
}

/// The dicts of globals and builtins of a frame.
pub(super) unsafe fn name_dicts(frame: *mut u8) -> (Obj, Obj) {
    // SAFETY: every frame has both, perhaps null.
    unsafe { (field(frame, raw::layout().frame_globals), field(frame, raw::layout().frame_builtins)) }
}

/// Whether instances use the generic attribute access.
pub(super) unsafe fn is_plain_getattr(ty: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: `ty` is a live type.
    let getattr: usize = unsafe { field(ty, at::TYPE_GETATTRO) };
    getattr == ffi::PyObject_GenericGetAttr as *const () as usize
}

/// An attribute in a slot; `None` if the class has something else there, or nothing.
pub(super) unsafe fn slot_attribute(object: Obj, ty: *mut ffi::PyTypeObject, name: Obj) -> Option<Obj> {
    // SAFETY: a member descriptor holds a PyMemberDef, whose type says that an object pointer is there.
    unsafe {
        let found = raw::lookup(ty, name);
        if found.is_null() {
            return None;
        }
        if raw::builtin_name(raw::type_of(found)) == b"member_descriptor" {
            let member: *const u8 = field(found, at::DESCRIPTOR_METHOD);
            if field::<i32>(member, at::MEMBER_TYPE) == ffi::Py_T_OBJECT_EX {
                return Some(field(object, field(member, at::MEMBER_OFFSET)));
            }
        }
        // A data descriptor has precedence over the instance's own attributes.
        let [get, set]: [usize; 2] = [at::TYPE_DESCR_GET, at::TYPE_DESCR_SET].map(|at| field(raw::type_of(found), at));
        if get == 0 && set == 0 {
            // An attribute of the class, which all instances have.
            return Some(found);
        }
        if set != 0 { Some(std::ptr::null_mut()) } else { None }
    }
}

/// An attribute of a class, or of its metaclass, that is returned as it is; null if a descriptor computes it.
unsafe fn class_attribute(class: *mut ffi::PyTypeObject, meta: *mut ffi::PyTypeObject, name: Obj) -> Obj {
    // SAFETY: both are live types.
    unsafe {
        let nothing = std::ptr::null_mut();
        let getattr: usize = field(meta, at::TYPE_GETATTRO);
        if getattr != field::<usize>(&raw mut ffi::PyType_Type, at::TYPE_GETATTRO) {
            return nothing;
        }
        let hook = |found: Obj, at: usize| -> usize { field(raw::type_of(found), at) };
        let on_meta = raw::lookup(meta, name);
        if !on_meta.is_null() && hook(on_meta, at::TYPE_DESCR_SET) != 0 {
            return nothing;
        }
        let mut found = raw::lookup(class, name);
        if found.is_null() {
            found = on_meta;
        }
        if found.is_null() || hook(found, at::TYPE_DESCR_GET) != 0 { nothing } else { found }
    }
}

/// An attribute in the instance's own dict; null if there is none.
#[inline]
pub(super) unsafe fn instance_attribute(object: Obj, name: Obj) -> Obj {
    // SAFETY: reads the instance's own storage.
    unsafe {
        match raw::attributes_here(object) {
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

pub(super) unsafe fn instance_attribute_named(object: Obj, name: &str) -> Obj {
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
