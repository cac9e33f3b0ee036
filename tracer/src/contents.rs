//! Reads the items of containers and instances as arrays of pointers.

use connie_wire::Kind;
use pyo3_ffi as ffi;

use crate::layout::common as at;
use crate::layout::private::{default_dict, deque, ordered_dict};
use crate::raw::{self, Attributes, Obj, field, flag};
use crate::types::{TypeInfo, type_attribute};

pub mod named;

/// Number of pointers in one item.
pub fn width(kind: Kind) -> usize {
    match kind {
        Kind::Dict | Kind::FrozenDict | Kind::Instance | Kind::OrderedDict | Kind::Counter | Kind::NamedTuple => 2,
        Kind::Class | Kind::Function | Kind::Module => 2,
        _ => 1,
    }
}

/// A value that differs whenever the contents do, for kinds that have one; else 0.
///
/// # Safety
/// `object` is of this kind.
pub unsafe fn version(object: Obj, kind: Kind) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        match kind {
            Kind::Dict | Kind::DefaultDict | Kind::Counter => raw::dict_version(object),
            // The order has a counter of its own (`od_state`): move_to_end changes only that.
            Kind::OrderedDict => {
                raw::dict_version(object).wrapping_mul(31).wrapping_add(field(object, ordered_dict::STATE))
            }
            Kind::Deque => field(object, deque::STATE),
            Kind::Exception => field(object, at::EXCEPTION_ARGS),
            kind if kind.is_named() => named::version(object, kind),
            Kind::Instance => match raw::attributes(object) {
                Attributes::Dict(dict) => raw::dict_version(dict),
                _ => 0,
            },
            _ => 0,
        }
    }
}

/// Reads the items of an object into `out`, up to `limit`. Returns the true number of items.
///
/// # Safety
/// `object` is of the type that `info` describes.
pub unsafe fn read(object: Obj, info: &TypeInfo, limit: usize, namespace: bool, out: &mut Vec<Obj>) -> usize {
    // SAFETY: the kind says what the object is.
    unsafe {
        match info.kind {
            Kind::List => take(raw::list_items(object), limit, out),
            Kind::Tuple => take(raw::tuple_items(object), limit, out),
            Kind::Set | Kind::Frozenset => members(object, limit, out),
            Kind::Dict | Kind::Counter | Kind::FrozenDict => {
                dict_items(object, if namespace { usize::MAX } else { limit }, out)
            }
            Kind::DefaultDict => default_items(object, limit, out),
            Kind::OrderedDict => ordered_items(object, limit, out),
            Kind::Deque => deque_items(object, limit, out),
            Kind::NamedTuple => named_items(raw::tuple_items(info.fields), raw::tuple_items(object), limit, out),
            Kind::Exception => arguments(object, limit, out),
            Kind::Instance => instance(object, info, limit, out),
            Kind::Opaque | Kind::Template | Kind::ByteArray | Kind::Array => 0,
            // These are read by the capture, which knows whose they are.
            Kind::Class | Kind::Function | Kind::Module => 0,
        }
    }
}

/// Keys and values; how many there are.
#[inline(always)]
unsafe fn dict_items(dict: Obj, limit: usize, out: &mut Vec<Obj>) -> usize {
    // SAFETY: the caller gives a live dict, or of a subclass.
    unsafe {
        pairs(dict, limit, out);
        2 * raw::dict_len(dict)
    }
}

/// Keys and values in their order; how many there are.
#[inline(always)]
unsafe fn ordered_items(dict: Obj, limit: usize, out: &mut Vec<Obj>) -> usize {
    // SAFETY: the caller gives a live OrderedDict.
    unsafe {
        ordered_pairs(dict, limit, out);
        2 * raw::dict_len(dict)
    }
}

/// The arguments of an exception; how many there are.
#[inline(always)]
unsafe fn arguments(exception: Obj, limit: usize, out: &mut Vec<Obj>) -> usize {
    // SAFETY: the caller gives a live exception, whose arguments are a tuple or null.
    unsafe {
        let args: Obj = field(exception, at::EXCEPTION_ARGS);
        if args.is_null() { 0 } else { take(raw::tuple_items(args), limit, out) }
    }
}

/// What makes missing values, then keys and values; how many there are.
#[inline(always)]
unsafe fn default_items(dict: Obj, limit: usize, out: &mut Vec<Obj>) -> usize {
    // SAFETY: the caller gives a live defaultdict.
    unsafe {
        out.push(field(dict, default_dict::FACTORY));
        1 + dict_items(dict, limit, out)
    }
}

#[inline(always)]
unsafe fn members(set: Obj, limit: usize, out: &mut Vec<Obj>) -> usize {
    // SAFETY: the caller gives a live set.
    unsafe {
        raw::set_items(set, |item| {
            let room = out.len() < limit;
            if room {
                out.push(item);
            }
            room
        });
        raw::set_len(set)
    }
}

#[inline(always)]
fn named_items(names: &[Obj], items: &[Obj], limit: usize, out: &mut Vec<Obj>) -> usize {
    for (&name, &item) in names.iter().zip(items).take(limit) {
        out.extend([name, item]);
    }
    2 * items.len()
}

fn take(items: &[Obj], limit: usize, out: &mut Vec<Obj>) -> usize {
    out.extend_from_slice(&items[..items.len().min(limit)]);
    items.len()
}

unsafe fn pairs(dict: Obj, limit: usize, out: &mut Vec<Obj>) {
    let mut room = limit;
    // SAFETY: `dict` is a dict.
    unsafe {
        raw::dict_pairs(dict, |key, value| {
            if room == 0 {
                return false;
            }
            room -= 1;
            out.extend([key, value]);
            true
        });
    }
}

/// An OrderedDict has its own order in addition to the dict's.
unsafe fn ordered_pairs(object: Obj, limit: usize, out: &mut Vec<Obj>) {
    // SAFETY: the nodes are a list that ends with null. Values are found by the identity of the key, without comparing.
    unsafe {
        let mut values = rustc_hash::FxHashMap::default();
        raw::dict_pairs(object, |key, value| {
            values.insert(key as usize, value);
            true
        });
        let mut node: *const u8 = field(object, ordered_dict::FIRST);
        for _ in 0..limit.min(values.len()) {
            if node.is_null() {
                break;
            }
            let key: Obj = field(node, ordered_dict::NODE_KEY);
            if let Some(&value) = values.get(&(key as usize)) {
                out.extend([key, value]);
            }
            node = field(node, ordered_dict::NODE_NEXT);
        }
    }
}

unsafe fn deque_items(object: Obj, limit: usize, out: &mut Vec<Obj>) -> usize {
    // SAFETY: as many items as it is long lie in its blocks from the first index on.
    unsafe {
        let length: usize = field(object, at::VAR_SIZE);
        let maxlen: i64 = field(object, deque::MAXLEN);
        out.push(if maxlen < 0 { ffi::Py_None() } else { lasting_int(maxlen) });
        let mut block: *const u8 = field(object, deque::FIRST_BLOCK);
        let mut index: usize = field(object, deque::FIRST_INDEX);
        for _ in 0..length.min(limit) {
            out.push(field(block, deque::BLOCK_ITEMS + 8 * index));
            index += 1;
            if index == deque::BLOCK_LENGTH {
                block = field(block, deque::BLOCK_NEXT);
                index = 0;
            }
        }
        length + 1
    }
}

/// An int object that is kept alive, for a number that is not an object of the program.
///
/// # Safety
/// Under the GIL.
pub unsafe fn lasting_int(number: i64) -> Obj {
    use std::cell::RefCell;
    thread_local! {
        static INTS: RefCell<rustc_hash::FxHashMap<i64, usize>> = RefCell::default();
    }
    // SAFETY: under the GIL; an int is not tracked by the collector.
    unsafe {
        INTS.with_borrow_mut(|ints| {
            *ints.entry(number).or_insert_with(|| ffi::PyLong_FromLongLong(number) as usize) as Obj
        })
    }
}

unsafe fn instance(object: Obj, info: &TypeInfo, limit: usize, out: &mut Vec<Obj>) -> usize {
    // SAFETY: slots lie at the offsets their descriptors gave.
    unsafe {
        for &(name, offset) in &info.slots {
            let value: Obj = field(object, offset);
            if !value.is_null() {
                out.extend([name, value]);
            }
        }
        let mut count = 0;
        raw::instance_attributes(object, |name, value| {
            count += 1;
            // A `__dict__` may have keys that are not strs. These are counted, but not shown.
            if out.len() / 2 < limit && raw::is_str(raw::type_of(name)) {
                out.extend([name, value]);
            }
            true
        });
        out.len().max(2 * count)
    }
}

/// Whether an instance holds the same pointers as before.
///
/// # Safety
/// `object` is of the type that `info` describes.
#[inline]
pub unsafe fn same_instance(object: Obj, info: &TypeInfo, items: &[usize], version: u64) -> bool {
    // SAFETY: the caller's promise.
    let Some(at) = (unsafe { same_slots(object, info, items) }) else { return false };
    // SAFETY: as above; `attributes_here` says where the rest is, and how many there are.
    unsafe {
        match raw::attributes_here(object) {
            Attributes::Dict(dict) => version == raw::dict_version(dict),
            Attributes::Absent => at == items.len(),
            Attributes::Inline(keys, values, order, step, size) => {
                if items.len() != at + 2 * size {
                    return false;
                }
                for (n, seen) in items[at..].chunks_exact(2).enumerate() {
                    let index = usize::from(*order.offset(n as isize * step));
                    let (key, value) = ((*keys.add(index)).0 as usize, *values.add(index) as usize);
                    if ((seen[0] ^ key) | (seen[1] ^ value)) & !1 != 0 {
                        return false;
                    }
                }
                true
            }
        }
    }
}

/// How many items its slots are, if an instance holds the same pointers there as before.
///
/// # Safety
/// As for [`same_instance`].
#[inline(always)]
unsafe fn same_slots(object: Obj, info: &TypeInfo, items: &[usize]) -> Option<usize> {
    let mut at = 0;
    for &(name, offset) in &info.slots {
        // SAFETY: slots lie at the offsets that their descriptors gave.
        let value: usize = unsafe { field(object, offset) };
        if value != 0 {
            if items.get(at).is_none_or(|seen| seen & !1 != name as usize) || items[at + 1] & !1 != value {
                return None;
            }
            at += 2;
        }
    }
    Some(at)
}

/// `__qualname__` of a type.
///
/// # Safety
/// `ty` is a live type.
pub unsafe fn qualified_name(ty: *mut ffi::PyTypeObject) -> Vec<u8> {
    // SAFETY: heap types keep it as a str, others in their name.
    unsafe {
        if raw::has_flag(ty, flag::HEAP) {
            return raw::str_bytes(field(ty, raw::layout().qualname));
        }
        let name = raw::type_name(ty);
        name.rsplit(|byte| *byte == b'.').next().unwrap_or(name).to_vec()
    }
}

/// `__module__` of a type.
///
/// # Safety
/// `ty` is a live type.
pub unsafe fn type_module(ty: *mut ffi::PyTypeObject) -> Vec<u8> {
    // SAFETY: the caller's promise.
    unsafe {
        if raw::has_flag(ty, flag::HEAP) {
            let module = type_attribute(ty, c"__module__");
            return raw::str_bytes(module);
        }
        let name = raw::type_name(ty);
        match name.iter().rposition(|byte| *byte == b'.') {
            Some(dot) => name[..dot].to_vec(),
            None => b"builtins".to_vec(),
        }
    }
}

/// The name of a builtin function, and whether it is bound to an object.
///
/// # Safety
/// `function` is a builtin function or method.
pub unsafe fn cfunction_name(function: Obj) -> (Vec<u8>, bool) {
    // SAFETY: it has a definition with a name; who it is bound to may be null.
    unsafe {
        let definition: *const u8 = field(function, at::CFUNCTION_DEF);
        let name: *const std::os::raw::c_char = field(definition, at::DEFINITION_NAME);
        let name = std::ffi::CStr::from_ptr(name).to_bytes();
        let owner: Obj = field(function, at::CFUNCTION_SELF);
        if owner.is_null() || raw::is_module(raw::type_of(owner)) {
            return (name.to_vec(), false);
        }
        let is_type = raw::has_flag(raw::type_of(owner), flag::TYPE);
        let ty = if is_type { owner.cast() } else { raw::type_of(owner) };
        ([&qualified_name(ty), b".".as_slice(), name].concat(), true)
    }
}

/// The qualified name of a method or slot descriptor.
///
/// # Safety
/// `descriptor` is one.
pub unsafe fn descriptor_name(descriptor: Obj) -> Vec<u8> {
    // SAFETY: it has a live type and a name that is a str.
    unsafe {
        let ty: *mut ffi::PyTypeObject = field(descriptor, at::DESCRIPTOR_TYPE);
        [qualified_name(ty).as_slice(), b".", &raw::str_bytes(field(descriptor, at::DESCRIPTOR_NAME))].concat()
    }
}

/// The name of a method of a type written in C.
///
/// # Safety
/// `descriptor` is a live method descriptor; the name lives as long as its type.
pub unsafe fn method_name(descriptor: Obj) -> &'static [u8] {
    // SAFETY: a method descriptor points to its definition, which starts with the name; types in C that go away
    // are not asked for afterwards.
    unsafe {
        let definition: *const *const std::os::raw::c_char = field(descriptor, at::DESCRIPTOR_METHOD);
        std::ffi::CStr::from_ptr(*definition).to_bytes()
    }
}

/// `__name__` of a module, from its dict.
///
/// # Safety
/// `module` is a module (or of a subclass).
pub unsafe fn module_name(module: Obj) -> Vec<u8> {
    // SAFETY: the dict of a module has str keys; interning allocates nothing that is collected.
    unsafe {
        let dict = ffi::PyModule_GetDict(module);
        let key = ffi::PyUnicode_InternFromString(c"__name__".as_ptr());
        if dict.is_null() || key.is_null() {
            ffi::PyErr_Clear();
            return b"?".to_vec();
        }
        let name = raw::dict_get(dict, key);
        ffi::Py_DecRef(key);
        raw::str_bytes(name)
    }
}

/// Whether a key of a namespace belongs to the import system. Such values are of no interest, and lead everywhere.
///
/// # Safety
/// `key` is live.
pub unsafe fn is_machinery(key: Obj) -> bool {
    // SAFETY: checked to be a str before it is read.
    unsafe {
        if !raw::is_str(raw::type_of(key)) {
            return false;
        }
        match raw::str_data(key) {
            Some((1, data, length, _)) => {
                let bytes = std::slice::from_raw_parts(data, length);
                matches!(bytes, b"__builtins__" | b"__loader__" | b"__spec__")
            }
            _ => false,
        }
    }
}
