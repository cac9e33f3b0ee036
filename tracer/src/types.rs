//! How the instances of a type are recorded, decided once per type.

use std::cell::Cell;

use connie_wire::Kind;
use pyo3_ffi as ffi;
use rustc_hash::FxHashMap;

use crate::layout::common as at;
pub use crate::library::Class;
use crate::library::{self, Reader};
pub use crate::raw::type_attribute;
use crate::raw::{self, Obj, flag};

/// What is known of a type.
#[derive(Debug)]
pub struct TypeInfo {
    /// How its instances are recorded.
    pub class: Class,
    /// How their contents are read.
    pub kind: Kind,
    /// Number on the wire, assigned at first use.
    pub id: Option<u32>,
    /// `__slots__` along the MRO, base first: (name, offset).
    pub slots: Box<[(Obj, usize)]>,
    /// Whether instances are of a class written in Python.
    pub python: bool,
    /// Field names of a named tuple.
    pub fields: Obj,
    /// The uses of an instance that run unrecorded Python code, for a version of the type.
    pub foreign: Option<(u32, crate::uses::Uses)>,
    /// Whether iterating over an instance runs only C code or recorded generators, for a version of the type.
    pub iterates: Option<(u32, bool)>,
    /// Whether `append` of an instance, which is a list, is that of lists, for a version of the type.
    pub appends: Option<(u32, bool)>,
    /// When its class was last read for an instance (epoch, pass, root), and how deep.
    pub looked: ((u32, u32, u32), u8),
    /// How attributes are read that are not the contents of its instances, as in subclasses of list, and in exceptions.
    pub attributes: Option<Box<TypeInfo>>,
    /// Whether such attributes are recorded, as objects of their own.
    pub apart: bool,
    /// Whether instances are context variables, or proxies of what these hold.
    pub stands: bool,
    fingerprint: Fingerprint,
    /// The version of the type when this was last checked. No two types have the same version; 0 means none.
    version: Cell<u32>,
}

/// What distinguishes a type from another one at the same address: its dict, name, MRO, qualified name and size.
/// Classes are created and freed, so that addresses are reused.
type Fingerprint = [usize; 5];

/// # Safety
/// `ty` is a live type.
#[inline]
unsafe fn fingerprint(ty: *mut ffi::PyTypeObject) -> Fingerprint {
    // SAFETY: reads fields of a live type; heap types keep their qualified name before their shared keys.
    unsafe {
        let qualified = if raw::has_flag(ty, flag::HEAP) { raw::field(ty, raw::layout().qualname) } else { 0 };
        let [dict, name] = [at::TYPE_DICT, at::TYPE_NAME].map(|at| raw::field(ty, at));
        [dict, name, raw::field(ty, at::TYPE_MRO), raw::field(ty, at::TYPE_BASICSIZE), qualified]
    }
}

/// Compares without a function call, which comparing arrays would need.
#[inline(always)]
fn is_same(a: &Fingerprint, b: &Fingerprint) -> bool {
    a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// Whether iterating over instances of a type in C runs code of the objects that they were made from.
///
/// # Safety
/// `ty` is a live type.
pub unsafe fn runs_others(ty: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: the caller's promise.
    let name = unsafe { raw::type_name(ty) };
    matches!(
        name,
        b"generator"
            | b"coroutine"
            | b"async_generator"
            | b"map"
            | b"filter"
            | b"zip"
            | b"enumerate"
            | b"reversed"
            | b"callable_iterator"
    ) || name.starts_with(b"itertools.")
}

impl TypeInfo {
    /// Whether this is about `ty`, and not about a type that was at its address before.
    ///
    /// # Safety
    /// `ty` is a live type at the address that was examined.
    #[inline]
    pub unsafe fn is_of(&self, ty: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: the caller's promise. Classes in C are seldom freed, and then with their modules.
        !self.python
            || unsafe {
                let version: u32 = raw::field(ty, at::TYPE_VERSION);
                // A new qualified name does not change the version.
                let qualified: usize = raw::field(ty, raw::layout().qualname);
                version != 0 && version == self.version.get() && qualified == self.fingerprint[4]
                    || self.has_fingerprint(ty, version)
            }
    }

    #[inline(never)]
    unsafe fn has_fingerprint(&self, ty: *mut ffi::PyTypeObject, version: u32) -> bool {
        // SAFETY: as in `is_of`.
        let now = unsafe { fingerprint(ty) };
        let same = is_same(&self.fingerprint, &now);
        if same {
            self.version.set(version);
        }
        same
    }
}

/// The number of types that are found without a look-up in the table.
const NEAR: usize = 256;

/// Types that were looked up last.
type Near = Box<[(*mut ffi::PyTypeObject, *mut TypeInfo); NEAR]>;

fn near() -> Near {
    Box::new([(std::ptr::null_mut(), std::ptr::null_mut()); NEAR])
}

/// All types that were seen, by address.
pub struct Types {
    known: FxHashMap<usize, Box<TypeInfo>>,
    /// The entry that was found last for each place.
    near: Near,
    /// Entries of types whose address or name now belongs to another type.
    #[allow(clippy::vec_box)]
    retired: Vec<Box<TypeInfo>>,
    subtype_dealloc: usize,
    /// Whether a defaultdict was ever seen, as reading an item of one can change it.
    pub seen_default_dict: bool,
    /// Python classes, and iterators that run others, that were not judged yet. References are held.
    pub unjudged: Vec<usize>,
}

impl Types {
    /// Forgets all numbers.
    pub fn restart(&mut self) {
        for info in self.known.values_mut() {
            info.id = None;
            if let Some(attributes) = &mut info.attributes {
                attributes.id = None;
            }
        }
    }

    /// `subtype_dealloc` is the `tp_dealloc` of classes written in Python.
    pub fn new(subtype_dealloc: usize) -> Self {
        Self {
            known: FxHashMap::default(),
            near: near(),
            retired: Vec::new(),
            subtype_dealloc,
            seen_default_dict: false,
            unjudged: Vec::new(),
        }
    }

    /// The entry of `ty`. The pointer is valid until another type is at the same address.
    ///
    /// # Safety
    /// `ty` is a live type.
    #[inline]
    pub unsafe fn get(&mut self, ty: *mut ffi::PyTypeObject) -> *mut TypeInfo {
        // SAFETY: reads fields of a live type.
        let fingerprint = unsafe { fingerprint(ty) };
        let place = (ty as usize >> 4 ^ ty as usize >> 12) % NEAR;
        let (near, info) = self.near[place];
        // SAFETY: what is known of a type is boxed, and removed from here when it is removed from the table.
        if std::ptr::eq(near, ty) && !info.is_null() && unsafe { is_same(&(*info).fingerprint, &fingerprint) } {
            return info;
        }
        if let Some(info) = self.known.get_mut(&(ty as usize))
            && is_same(&info.fingerprint, &fingerprint)
        {
            self.near[place] = (ty, &raw mut **info);
            return &raw mut **info;
        }
        self.near[place] = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: the caller's promise.
        let info = Box::new(unsafe { self.examine(ty, fingerprint) });
        // SAFETY: the caller's promise.
        if info.python || unsafe { runs_others(ty) } {
            // Held until it is judged, within an event or two.
            // SAFETY: the caller's promise.
            unsafe { ffi::Py_IncRef(ty.cast()) };
            self.unjudged.push(ty as usize);
        }
        self.seen_default_dict |= info.kind == Kind::DefaultDict;
        if let Some(before) = self.known.insert(ty as usize, info) {
            // Entries of tracked objects still point to the old entry.
            self.retired.push(before);
        }
        self.known.get_mut(&(ty as usize)).map_or(std::ptr::null_mut(), |info| &raw mut **info)
    }

    /// Forgets which uses of instances run unrecorded code.
    pub fn forget_foreign(&mut self) {
        self.known.values_mut().for_each(|info| info.foreign = None);
    }

    /// Whether instances of `ty` are of a class written in Python.
    ///
    /// # Safety
    /// `ty` is a live type.
    #[inline]
    pub unsafe fn written_in_python(&mut self, ty: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: the caller's promise; what is known of a type is boxed, and stays while this is borrowed.
        unsafe { (*self.get(ty)).python }
    }

    /// A class is new to the recording: what was told of a type at its address was told of a dead one, whose dict, name and
    /// bases lay where its own do.
    pub(crate) fn retire(&mut self, class: Obj) {
        if self.known.get(&(class as usize)).is_some_and(|info| info.id.is_some())
            && let Some(before) = self.known.remove(&(class as usize))
        {
            self.retired.push(before);
            self.near = near();
        }
    }

    /// What is found out about a type that is new.
    ///
    /// # Safety
    /// `ty` is a live type.
    unsafe fn examine(&self, ty: *mut ffi::PyTypeObject, fingerprint: Fingerprint) -> TypeInfo {
        // SAFETY: the caller's promise.
        let (python, class, kind, fields, own_slots) = unsafe {
            let python = self.is_python(ty);
            let (class, kind) = self.classify(ty, raw::flags(ty), python);
            let fields = if kind == Kind::NamedTuple { type_attribute(ty, c"_fields") } else { std::ptr::null_mut() };
            (python, class, kind, fields, if kind == Kind::Instance { slots(ty) } else { Box::default() })
        };
        let describe = |class, kind, slots| TypeInfo {
            class,
            kind,
            id: None,
            slots,
            python,
            fields,
            foreign: None,
            iterates: None,
            appends: None,
            looked: ((0, 0, 0), 0),
            attributes: None,
            apart: false,
            stands: false,
            fingerprint,
            version: Cell::new(0),
        };
        let mut info = describe(class, kind, own_slots);
        // SAFETY: the caller's promise.
        info.stands = class == Class::Encoded(Reader::Context(library::contexts::ContextKind::Variable))
            || python && unsafe { library::proxies::is_proxy(ty) };
        // SAFETY: the caller's promise.
        unsafe {
            if python && kind.has_contents() || is_wrapper(ty) {
                let slots = slots(ty);
                let has_dict =
                    raw::has_flag(ty, flag::MANAGED_DICT) || raw::field::<isize>(ty, at::TYPE_DICTOFFSET) != 0;
                info.attributes =
                    (has_dict || !slots.is_empty()).then(|| Box::new(describe(Class::Pointers, Kind::Instance, slots)));
            }
        }
        info
    }

    /// Whether a class was made by a `class` statement, or an equivalent.
    pub(crate) unsafe fn is_python(&self, ty: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: `ty` is a live type.
        unsafe { raw::has_flag(ty, flag::HEAP) && raw::field::<usize>(ty, at::TYPE_DEALLOC) == self.subtype_dealloc }
    }

    unsafe fn classify(&self, ty: *mut ffi::PyTypeObject, bits: u64, python: bool) -> (Class, Kind) {
        let scalar = |kind| (Class::Scalar, kind);
        if raw::is_int(ty)
            || raw::is_str(ty)
            || raw::is_float(ty)
            || raw::is_bool(ty)
            || raw::is_bytes(ty)
            || raw::is_complex(ty)
        {
            return scalar(Kind::Opaque);
        }
        let exact = [
            (raw::is_list(ty), Kind::List),
            (raw::is_tuple(ty), Kind::Tuple),
            (raw::is_dict(ty), Kind::Dict),
            (raw::is_set(ty), Kind::Set),
            (raw::is_frozenset(ty), Kind::Frozenset),
        ];
        if let Some(&(_, kind)) = exact.iter().find(|(is, _)| *is) {
            return (Class::Pointers, kind);
        }
        if bits & flag::TYPE != 0 {
            return (Class::Type, Kind::Class);
        }
        // SAFETY: `ty` is a live type.
        if unsafe { ffi::PyType_IsSubtype(ty, &raw mut ffi::PyModule_Type) } != 0 {
            return (Class::Module, Kind::Module);
        }
        if raw::is_cfunction(ty) {
            return (Class::CFunction, Kind::Opaque);
        }
        if raw::is_method_descriptor(ty) || raw::is_wrapper_descriptor(ty) || raw::is_classmethod_descriptor(ty) {
            return (Class::Descriptor, Kind::Opaque);
        }
        // SAFETY: `ty` is a live type.
        let name = unsafe { raw::type_name(ty) };
        if bits & flag::HEAP == 0 {
            match name {
                b"function" => return (Class::Function, Kind::Function),
                b"method" => return (Class::Method, Kind::Opaque),
                b"module" => return (Class::Module, Kind::Module),
                b"NoneType" | b"ellipsis" | b"NotImplementedType" => return scalar(Kind::Opaque),
                _ => {}
            }
        }
        // SAFETY: `ty` is a live type.
        unsafe { self.classify_along_mro(ty, bits, python) }
    }

    unsafe fn classify_along_mro(&self, ty: *mut ffi::PyTypeObject, bits: u64, python: bool) -> (Class, Kind) {
        // SAFETY: the caller gives a live type; an MRO is a tuple of live types.
        unsafe {
            if let Some(found) = library::of_exactly(ty) {
                return found;
            }
            for &base in raw::mro(ty) {
                if let Some(found) = library::of(base.cast(), self.is_python(base.cast())) {
                    return found;
                }
            }
        }
        let builtin = [
            (flag::EXCEPTION, Class::Pointers, Kind::Exception),
            (flag::LIST, Class::Pointers, Kind::List),
            (flag::DICT, Class::Pointers, Kind::Dict),
            (flag::LONG, Class::Encoded(Reader::Subclass), Kind::Template),
            (flag::STR, Class::Encoded(Reader::Subclass), Kind::Template),
            (flag::BYTES, Class::Encoded(Reader::Subclass), Kind::Template),
        ];
        if let Some(&(_, class, kind)) = builtin.iter().find(|(bit, ..)| bits & bit != 0) {
            return (class, kind);
        }
        if bits & flag::TUPLE != 0 {
            // SAFETY: a live type holds what it has.
            let named = python
                && unsafe {
                    let fields = type_attribute(ty, c"_fields");
                    !fields.is_null() && raw::is_tuple(raw::type_of(fields))
                };
            return (Class::Pointers, if named { Kind::NamedTuple } else { Kind::Tuple });
        }
        let without_bit = [
            (&raw mut ffi::PyFloat_Type, Class::Encoded(Reader::Subclass), Kind::Template),
            (&raw mut ffi::PySet_Type, Class::Pointers, Kind::Set),
            (&raw mut ffi::PyFrozenSet_Type, Class::Pointers, Kind::Frozenset),
        ];
        for (base, class, kind) in without_bit {
            // SAFETY: both are live types.
            if unsafe { ffi::PyType_IsSubtype(ty, base) } != 0 {
                return (class, kind);
            }
        }
        (Class::Pointers, if python { Kind::Instance } else { Kind::Opaque })
    }
}

/// Whether a type is one of C objects that wrap a function and have attributes like one.
unsafe fn is_wrapper(ty: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: the caller holds a live type.
    unsafe {
        matches!(raw::type_name(ty), b"functools._lru_cache_wrapper" | b"functools.partial")
            && raw::field::<isize>(ty, at::TYPE_DICTOFFSET) > 0
    }
}

/// How instances of a type behave as class attributes, and how their own attributes are read.
///
/// # Safety
/// `ty` is a live type; under the GIL.
pub unsafe fn descriptor(ty: *mut ffi::PyTypeObject, python: bool) -> u8 {
    use connie_wire::op::descriptor::{GETS, LOOKS_UP, MAKES_UP, SETS};
    // SAFETY: the caller's promise.
    unsafe {
        let slot = |ty: *mut ffi::PyTypeObject, at: usize| -> usize { raw::field(ty, at) };
        let mut bits = GETS * u8::from(slot(ty, at::TYPE_DESCR_GET) != 0);
        bits |= SETS * u8::from(slot(ty, at::TYPE_DESCR_SET) != 0);
        let own = slot(ty, at::TYPE_GETATTRO);
        let usual = [&raw mut ffi::PyType_Type, &raw mut ffi::PyModule_Type];
        if own == ffi::PyObject_GenericGetAttr as *const () as usize
            || usual.into_iter().any(|base| slot(base, at::TYPE_GETATTRO) == own)
        {
            return bits;
        }
        if !python {
            return bits | LOOKS_UP | MAKES_UP;
        }
        let [looks, makes] = [c"__getattribute__", c"__getattr__"].map(|hook| type_attribute(ty, hook));
        let is_code = |hook: Obj| !hook.is_null() && !raw::is_wrapper_descriptor(raw::type_of(hook));
        bits |= LOOKS_UP * u8::from(is_code(looks));
        bits | (MAKES_UP * u8::from(is_code(makes)))
    }
}

/// The slots made by `__slots__`, base class first, in declared order.
unsafe fn slots(ty: *mut ffi::PyTypeObject) -> Box<[(Obj, usize)]> {
    let mut found = Vec::new();
    // SAFETY: the caller gives a live type; its MRO is a tuple of live types.
    let bases = unsafe { raw::mro(ty) };
    for &base in bases.iter().rev() {
        // SAFETY: as above; a class holds its dict, and that its values.
        let (mut members, order) = unsafe {
            let dict = raw::type_dict(base.cast());
            if dict.is_null() || !raw::has_flag(base.cast(), flag::HEAP) {
                continue;
            }
            let (members, declared) = own_slots(dict);
            (members, declared_names(declared))
        };
        members.sort_by_key(|(name, _)| {
            // SAFETY: the name is a key of that dict, and a str.
            let name = unsafe { raw::str_bytes(*name) };
            let is_it =
                |declared: &Vec<u8>| *declared == name || declared.starts_with(b"__") && name.ends_with(declared);
            order.iter().position(is_it).unwrap_or(usize::MAX)
        });
        found.extend(members);
    }
    found.into()
}

/// The slots of objects that a class itself has, as (name, offset), and its `__slots__` or null.
///
/// # Safety
/// `dict` is the dict of a live type.
unsafe fn own_slots(dict: Obj) -> (Vec<(Obj, usize)>, Obj) {
    let mut members = Vec::new();
    let mut declared = std::ptr::null_mut();
    // SAFETY: the caller's promise; a member descriptor holds a PyMemberDef.
    unsafe {
        raw::dict_pairs(dict, |key, value| {
            if !raw::is_str(raw::type_of(key)) {
                return true;
            }
            if raw::kind_name(value) == b"member_descriptor" {
                let member: *const u8 = raw::field(value, at::DESCRIPTOR_METHOD);
                if raw::field::<i32>(member, at::MEMBER_TYPE) == ffi::Py_T_OBJECT_EX {
                    members.push((key, raw::field(member, at::MEMBER_OFFSET)));
                }
            } else if raw::str_bytes(key) == b"__slots__" {
                declared = value;
            }
            true
        });
    }
    (members, declared)
}

/// The names in `__slots__` where it is a builtin container.
unsafe fn declared_names(declared: Obj) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    if declared.is_null() {
        return names;
    }
    // SAFETY: reads only exact builtin containers.
    unsafe {
        let ty = raw::type_of(declared);
        if raw::is_tuple(ty) {
            names.extend(raw::tuple_items(declared).iter().map(|&name| raw::str_bytes(name)));
        } else if raw::is_list(ty) {
            names.extend(raw::list_items(declared).iter().map(|&name| raw::str_bytes(name)));
        } else if raw::is_dict(ty) {
            raw::dict_pairs(declared, |name, _| {
                names.push(raw::str_bytes(name));
                true
            });
        }
    }
    names
}
