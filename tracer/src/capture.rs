//! From Python objects to values on the wire: identities, versions, limits.
//!
//! Every mutable object that was seen has an entry with the pointers it held when it was last
//! read. An entry whose `epoch` is the current one is known to be true: nothing that we do not
//! understand has run since. Where the epoch is older, the object is read again when it is next
//! visible, and what differs is written.

use connie_wire::Kind;
use connie_wire::codec::Sink;
use connie_wire::op::code;
use connie_wire::ring::Writer;
use connie_wire::secrets::Secrets;
use connie_wire::value::{self, tag};
use pyo3_ffi as ffi;
use rustc_hash::FxHashMap;

use crate::contents;
use crate::layout::common as at;
use crate::names::Names;
use crate::raw::{self, Obj, field};
use crate::types::{Class, TypeInfo, Types};

/// How much of a value is recorded.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Code points of a str, bytes of bytes.
    pub string: usize,
    /// Items of a container.
    pub items: usize,
    /// Containers within containers, counted from a variable.
    pub depth: u8,
    /// Bytes of memory for what is known of the program's objects.
    pub memory: usize,
}

/// Bytes of encoded items after which a change is written in several ops.
const BATCH: usize = 1 << 20;

/// What is known of one object.
pub struct Tracked {
    /// Its number in the recording.
    pub id: u64,
    ty: *mut ffi::PyTypeObject,
    info: *mut TypeInfo,
    /// When it was last known to be true.
    epoch: u32,
    /// How many levels below it were read then; 0: not even itself.
    depth: u8,
    /// Whether all its items are values without contents of their own.
    leaf: bool,
    /// Whether it is the namespace of a module or class body.
    namespace: bool,
    /// The dict's version tag or the deque's state when it was read.
    version: u64,
    length: usize,
    /// The pointers it held, in order; the low bit says that we hold a reference.
    items: Vec<usize>,
    /// Hash of the encoded contents (types that are encoded each time).
    hash: u64,
    used: u32,
    /// Positions of a large dict's keys by their hash, if they are all str or int; made when first
    /// needed.
    index: Option<FxHashMap<isize, u32>>,
}

/// The capturing half of the tracer.
pub struct Capture {
    /// Where ops go.
    pub ring: Writer,
    /// What is kept of values.
    pub limits: Limits,
    /// Names of strings, files, types.
    pub names: Names,
    /// Types met.
    pub types: Types,
    /// Counts up whenever something ran whose effects are not known.
    pub epoch: u32,
    objects: FxHashMap<usize, Box<Tracked>>,
    next: u64,
    bytes: usize,
    clock: u32,
    buffers: Vec<Vec<u8>>,
    pointers: Vec<Vec<Obj>>,
}

/// Whether a reference to an object may be held: nothing of the user's happens when it dies.
#[inline(always)]
fn holdable(ty: *mut ffi::PyTypeObject) -> bool {
    raw::is_int(ty) || raw::is_str(ty) || raw::is_float(ty) || raw::is_bytes(ty) || raw::is_bool(ty)
}

impl Capture {
    /// Starts with nothing known.
    pub fn new(ring: Writer, limits: Limits, types: Types, secrets: Secrets) -> Self {
        Self {
            ring,
            limits,
            names: Names::new(secrets),
            types,
            epoch: 1,
            objects: FxHashMap::default(),
            next: 1,
            bytes: 0,
            clock: 0,
            buffers: Vec::new(),
            pointers: Vec::new(),
        }
    }

    /// A number for a new object or frame.
    #[inline]
    pub fn new_id(&mut self) -> u64 {
        let id = self.next;
        self.next += 1;
        id
    }

    /// A buffer to encode into; give it back with [`Self::give_back`].
    #[inline]
    pub fn buffer(&mut self) -> Vec<u8> {
        self.buffers.pop().unwrap_or_default()
    }

    /// Takes a buffer back.
    #[inline]
    pub fn give_back(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        if buffer.capacity() <= 1 << 16 {
            self.buffers.push(buffer);
        }
    }

    /// Writes a str.
    ///
    /// # Safety
    /// `text` is a str (or of a subclass).
    pub unsafe fn put_str(&mut self, text: Obj, out: &mut Vec<u8>) {
        // SAFETY: the caller's promise.
        unsafe {
            if let Some((_, data, length, true)) = raw::str_data(text) {
                let kept = length.min(self.limits.string);
                if kept < length {
                    out.put(tag::STR_CUT);
                    out.varint(length as u64);
                } else {
                    out.put(tag::STR);
                }
                out.sized(std::slice::from_raw_parts(data, kept));
                return;
            }
            let mut bytes = self.buffer();
            match raw::copy_str(text, self.limits.string, &mut bytes) {
                None => out.put(tag::STR),
                Some(length) => {
                    out.put(tag::STR_CUT);
                    out.varint(length);
                }
            }
            out.sized(&bytes);
            self.give_back(bytes);
        }
    }

    /// Writes bytes.
    pub fn put_bytes(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let kept = &bytes[..bytes.len().min(self.limits.string)];
        if kept.len() < bytes.len() {
            out.put(tag::BYTES_CUT);
            out.varint(bytes.len() as u64);
        } else {
            out.put(tag::BYTES);
        }
        out.sized(kept);
    }

    /// Appends the value of `object` to `out`; what it needs that was not seen before (or differs
    /// from what was) goes to the ring first. `depth` is how many levels of containers are read.
    ///
    /// # Safety
    /// `object` is live or null.
    #[inline]
    pub unsafe fn encode(&mut self, object: Obj, depth: u8, out: &mut Vec<u8>) {
        if object.is_null() {
            return out.put(tag::UNBOUND);
        }
        // SAFETY: the caller's promise; the exact type says what is read.
        unsafe {
            let ty = raw::type_of(object);
            if raw::is_int(ty) {
                raw::put_int(object, out);
            } else if raw::is_str(ty) {
                self.put_str(object, out);
            } else if raw::is_float(ty) {
                value::put_float(out, field(object, at::FLOAT_VALUE));
            } else if raw::is_list(ty) || raw::is_dict(ty) {
                let id = self.see(object, ty, depth, false);
                value::put_object(out, id);
            } else {
                self.encode_other(object, ty, depth, out);
            }
        }
    }

    unsafe fn encode_other(&mut self, object: Obj, ty: *mut ffi::PyTypeObject, depth: u8, out: &mut Vec<u8>) {
        // SAFETY: the caller's promise; the exact type says what is read.
        unsafe {
            if raw::is_bool(ty) {
                return out.put(if std::ptr::eq(object, ffi::Py_True()) { tag::TRUE } else { tag::FALSE });
            }
            if std::ptr::eq(object, ffi::Py_None()) {
                return out.put(tag::NONE);
            }
            if raw::is_tuple(ty) && self.put_short_tuple(object, out) {
                return;
            }
            if raw::is_bytes(ty) {
                return self.put_bytes(raw::bytes_data(object), out);
            }
            if raw::is_complex(ty) {
                let parts: [u64; 2] = field(object, at::COMPLEX_VALUE);
                out.put(tag::COMPLEX);
                out.put_all(&parts[0].to_le_bytes());
                return out.put_all(&parts[1].to_le_bytes());
            }
            let info = self.types.get(ty);
            match (*info).class {
                Class::Scalar if std::ptr::eq(object, ffi::Py_Ellipsis()) => out.put(tag::ELLIPSIS),
                Class::Scalar if std::ptr::eq(object, ffi::Py_NotImplemented()) => out.put(tag::NOT_IMPLEMENTED),
                Class::Scalar => {
                    let name = self.type_name_string(ty);
                    value::put_named(out, tag::UNKNOWN, name);
                }
                Class::Function => {
                    let name = self.names.string_of(&mut self.ring, field(object, at::FUNCTION_QUALNAME));
                    value::put_named(out, tag::FUNCTION, name);
                }
                Class::Method => {
                    let function: Obj = field(object, at::METHOD_FUNCTION);
                    let name = if raw::builtin_name(raw::type_of(function)) == b"function" {
                        self.names.string_of(&mut self.ring, field(function, at::FUNCTION_QUALNAME))
                    } else {
                        self.type_name_string(raw::type_of(function))
                    };
                    value::put_named(out, tag::METHOD, name);
                }
                Class::CFunction => {
                    let (text, bound) = contents::cfunction_name(object);
                    let name = self.names.string(&mut self.ring, &text);
                    value::put_named(out, if bound { tag::METHOD } else { tag::FUNCTION }, name);
                }
                Class::Descriptor => {
                    let text = contents::descriptor_name(object);
                    let name = self.names.string(&mut self.ring, &text);
                    value::put_named(out, tag::FUNCTION, name);
                }
                Class::Type => {
                    let name = self.type_name_string(object.cast());
                    value::put_named(out, tag::CLASS, name);
                }
                Class::Module => {
                    let text = contents::module_name(object);
                    let name = self.names.string(&mut self.ring, &text);
                    value::put_named(out, tag::MODULE, name);
                }
                Class::Pointers | Class::Encoded(_) => {
                    let id = self.see(object, ty, depth, false);
                    value::put_object(out, id);
                }
            }
        }
    }

    /// The number of the qualified name of a type.
    ///
    /// # Safety
    /// `ty` is a live type.
    pub unsafe fn type_name_string(&mut self, ty: *mut ffi::PyTypeObject) -> u32 {
        // SAFETY: the caller's promise.
        let name = unsafe { contents::qualified_name(ty) };
        self.names.string(&mut self.ring, &name)
    }

    /// Writes a tuple of a few scalars by value; false where it is not one.
    unsafe fn put_short_tuple(&mut self, tuple: Obj, out: &mut Vec<u8>) -> bool {
        // SAFETY: `tuple` is an exact tuple; its items are live.
        unsafe {
            let items = raw::tuple_items(tuple);
            let short = |item: &Obj| {
                let ty = raw::type_of(*item);
                raw::is_int(ty)
                    || raw::is_float(ty)
                    || raw::is_bool(ty)
                    || std::ptr::eq(*item, ffi::Py_None())
                    || raw::is_str(ty) && raw::str_data(*item).is_some_and(|(.., n, _)| n <= 64)
            };
            if items.len() > 8 || items.len() > self.limits.items || self.limits.string < 64 || !items.iter().all(short)
            {
                return false;
            }
            out.put(tag::TUPLE);
            out.varint(items.len() as u64);
            for &item in items {
                self.encode(item, 0, out);
            }
            true
        }
    }

    /// Makes sure that what the recording knows of an object is true now; its number.
    ///
    /// # Safety
    /// `object` is live, `ty` its type, of a class that is tracked.
    #[inline]
    pub unsafe fn see(&mut self, object: Obj, ty: *mut ffi::PyTypeObject, depth: u8, namespace: bool) -> u64 {
        let tracked: *mut Tracked = match self.objects.get_mut(&(object as usize)) {
            Some(tracked) => &raw mut **tracked,
            None => std::ptr::null_mut(),
        };
        // SAFETY: entries are boxed: the pointer is good while the entry stays in the table, and
        // entries leave it only here (another type) and in `forget`, between events.
        unsafe {
            if !tracked.is_null() {
                if std::ptr::eq((*tracked).ty, ty) {
                    let known = (*tracked).epoch == self.epoch && (*tracked).depth >= depth;
                    if !known || !self.same(&*tracked, object) {
                        self.refresh(tracked, object, depth.max((*tracked).depth));
                    }
                    return (*tracked).id;
                }
                self.remove(object as usize);
            }
            self.track(object, ty, depth, namespace)
        }
    }

    /// Whether an object looks the way it did; a cheap look, against reused addresses.
    unsafe fn same(&self, tracked: &Tracked, object: Obj) -> bool {
        if tracked.depth == 0 {
            return true;
        }
        // SAFETY: the type is the one that was tracked.
        unsafe {
            let info = &*tracked.info;
            match (info.class, info.kind) {
                (Class::Encoded(_), _) => false,
                (_, Kind::List) => equal(&tracked.items, raw::list_items(object), tracked.length),
                (_, Kind::Tuple | Kind::NamedTuple) => equal(&tracked.items, raw::tuple_items(object), tracked.length),
                (_, Kind::Set | Kind::Frozenset) => raw::set_len(object) == tracked.length,
                (_, Kind::Instance) => contents::same_instance(object, info, &tracked.items, tracked.version),
                _ => contents::version(object, info.kind) == tracked.version,
            }
        }
    }

    unsafe fn track(&mut self, object: Obj, ty: *mut ffi::PyTypeObject, depth: u8, namespace: bool) -> u64 {
        // SAFETY: the caller's promise.
        unsafe {
            let info = self.types.get(ty);
            let type_id = self.type_id(ty, info);
            let id = self.new_id();
            self.ring.reserve(32);
            self.ring.put(code::NEW);
            self.ring.varint(id);
            self.ring.varint(u64::from(type_id));
            self.ring.varint(u64::from((*info).kind != Kind::Opaque && depth == 0));
            self.ring.put(0);
            let mut entry = Box::new(Tracked {
                id,
                ty,
                info,
                epoch: self.epoch,
                depth: 0,
                leaf: true,
                namespace,
                version: 0,
                length: usize::MAX,
                items: Vec::new(),
                hash: 0,
                used: self.clock,
                index: None,
            });
            let tracked = &raw mut *entry;
            self.objects.insert(object as usize, entry);
            self.bytes += std::mem::size_of::<Tracked>() + 48;
            if depth > 0 {
                self.refresh(tracked, object, depth);
            }
            id
        }
    }

    unsafe fn type_id(&mut self, ty: *mut ffi::PyTypeObject, info: *mut TypeInfo) -> u32 {
        // SAFETY: `ty` is live and `info` is what is known of it.
        unsafe {
            if let Some(id) = (*info).id {
                return id;
            }
            let name = self.type_name_string(ty);
            let module = contents::type_module(ty);
            let module = self.names.string(&mut self.ring, &module);
            let id = self.names.new_type();
            self.ring.reserve(32);
            self.ring.put(code::TYPE);
            self.ring.put((*info).kind as u8);
            self.ring.varint(u64::from(module));
            self.ring.varint(u64::from(name));
            (*info).id = Some(id);
            id
        }
    }

    /// Reads an object again and writes what differs, then looks at what it holds.
    unsafe fn refresh(&mut self, tracked: *mut Tracked, object: Obj, depth: u8) {
        // SAFETY: the entry stays in the table meanwhile (see `see`); the object is live.
        unsafe {
            let deeper = depth > (*tracked).depth;
            let stale = (*tracked).epoch != self.epoch;
            (*tracked).epoch = self.epoch;
            (*tracked).depth = depth;
            (*tracked).used = self.clock;
            if depth == 0 {
                return;
            }
            let info = (*tracked).info;
            if let Class::Encoded(reader) = (*info).class {
                return self.refresh_encoded(tracked, object, reader, depth);
            }
            let mut now = self.pointers.pop().unwrap_or_default();
            now.clear();
            let length = contents::read(object, &*info, self.limits.items, (*tracked).namespace, &mut now);
            (*tracked).version = contents::version(object, (*info).kind);
            self.difference(tracked, &now, length, depth);
            if (deeper || stale) && !(*tracked).leaf {
                self.descend(tracked, &now, depth);
            }
            self.pointers.push(now);
        }
    }

    /// Writes the changed middle of an object's items.
    unsafe fn difference(&mut self, tracked: *mut Tracked, now: &[Obj], length: usize, depth: u8) {
        // SAFETY: as in `refresh`.
        unsafe {
            let before = &(*tracked).items;
            let width = contents::width((*(*tracked).info).kind);
            let same = |a: &usize, b: &Obj| *a & !1 == *b as usize;
            let mut start = before.iter().zip(now).take_while(|(a, b)| same(a, b)).count();
            if start == before.len() && start == now.len() && length == (*tracked).length {
                return;
            }
            start -= start % width;
            let rest = before.len().min(now.len()) - start;
            let mut end = before[start..]
                .iter()
                .rev()
                .zip(now[start..].iter().rev())
                .take(rest)
                .take_while(|(a, b)| same(a, b))
                .count();
            end -= end % width;
            let removed = before.len() - start - end;
            let inserted = &now[start..now.len() - end];
            for &item in &before[start..start + removed] {
                release(item, &mut self.bytes);
            }
            let held: Vec<usize> = inserted.iter().map(|&item| hold(item, &mut self.bytes)).collect();
            if held.iter().any(|item| *item & 1 == 0 && *item != 0) {
                (*tracked).leaf = false;
            }
            self.bytes += 8 * held.len();
            if removed != held.len() || removed > 1 {
                (*tracked).index = None;
            }
            (*tracked).items.splice(start..start + removed, held);
            (*tracked).length = length;
            let id = (*tracked).id;
            let mut out = self.buffer();
            let (mut removed, mut count, mut at) = (removed, 0, start);
            let names = (*(*tracked).info).kind == Kind::Instance;
            let pairs = width == 2;
            let namespace = (*tracked).namespace;
            for (n, &item) in inserted.iter().enumerate() {
                let is_value = pairs && n % 2 == 1;
                if is_value && self.hides(inserted[n - 1], item) {
                    let name = self.type_name_string(raw::type_of(item));
                    value::put_named(&mut out, tag::REDACTED, name);
                } else if names && !is_value {
                    self.put_str(item, &mut out);
                } else if namespace
                    && is_value
                    && contents::is_machinery(inserted[n - 1])
                    && !holdable(raw::type_of(item))
                {
                    let name = self.type_name_string(raw::type_of(item));
                    value::put_named(&mut out, tag::UNKNOWN, name);
                } else {
                    self.encode(item, depth - 1, &mut out);
                }
                count += 1;
                if out.len() > BATCH {
                    self.splice(id, at, removed, length, count, &out);
                    (at, removed, count) = (at + count, 0, 0);
                    out.clear();
                }
            }
            if count > 0 || removed > 0 || inserted.is_empty() {
                self.splice(id, at, removed, length, count, &out);
            }
            self.give_back(out);
        }
    }

    /// Whether a value under this key is a secret.
    unsafe fn hides(&mut self, key: Obj, value: Obj) -> bool {
        // SAFETY: both are live.
        unsafe {
            raw::is_str(raw::type_of(key))
                && !std::ptr::eq(value, ffi::Py_None())
                && self.names.is_secret(key)
                && !matches!(
                    (*self.types.get(raw::type_of(value))).class,
                    Class::Function
                        | Class::Method
                        | Class::Type
                        | Class::Module
                        | Class::CFunction
                        | Class::Descriptor
                )
        }
    }

    fn splice(&mut self, id: u64, at: usize, removed: usize, length: usize, count: usize, bytes: &[u8]) {
        self.ring.reserve(bytes.len() + 64);
        if removed == 1 && count == 1 {
            self.ring.put(code::SET);
            self.ring.varint(id);
            self.ring.varint(at as u64);
        } else {
            self.ring.put(code::SPLICE);
            self.ring.varint(id);
            self.ring.varint(at as u64);
            self.ring.varint(removed as u64);
            self.ring.varint(length as u64);
            self.ring.varint(count as u64);
        }
        self.ring.put_all(bytes);
    }

    /// Looks at the objects that an object holds.
    unsafe fn descend(&mut self, tracked: *mut Tracked, now: &[Obj], depth: u8) {
        // SAFETY: as in `refresh`; items are live as long as their container does not change.
        unsafe {
            let kind = (*(*tracked).info).kind;
            let pairs = contents::width(kind) == 2;
            let mut leaf = true;
            for (n, &item) in now.iter().enumerate() {
                if item.is_null() || (*tracked).items.get(n).is_none_or(|held| held & 1 == 1) {
                    continue;
                }
                let ty = raw::type_of(item);
                let entry = self.objects.get_mut(&(item as usize)).map(|entry| &raw mut **entry);
                match entry {
                    Some(entry) if std::ptr::eq((*entry).ty, ty) => {
                        leaf = false;
                        let known = (*entry).epoch == self.epoch && (*entry).depth >= depth - 1;
                        if !known {
                            self.refresh(entry, item, (depth - 1).max((*entry).depth));
                        }
                    }
                    _ => {
                        if !matches!((*self.types.get(ty)).class, Class::Pointers | Class::Encoded(_)) {
                            continue;
                        }
                        leaf = false;
                        let hidden = pairs
                            && n % 2 == 1
                            && (self.hides(now[n - 1], item)
                                || (*tracked).namespace && contents::is_machinery(now[n - 1]));
                        if hidden || raw::is_tuple(ty) && self.put_short_tuple(item, &mut Vec::new()) {
                            continue;
                        }
                        // Forgotten, or another object at an address we knew.
                        let mut out = self.buffer();
                        self.encode(item, depth - 1, &mut out);
                        let id = (*tracked).id;
                        self.ring.reserve(out.len() + 32);
                        self.ring.put(code::SET);
                        self.ring.varint(id);
                        self.ring.varint(n as u64);
                        self.ring.put_all(&out);
                        self.give_back(out);
                    }
                }
            }
            (*tracked).leaf = leaf;
        }
    }

    unsafe fn refresh_encoded(
        &mut self,
        tracked: *mut Tracked,
        object: Obj,
        reader: crate::library::Reader,
        depth: u8,
    ) {
        // SAFETY: as in `refresh`.
        unsafe {
            let contents = self.contents(object, reader, depth);
            let hash = fnv(&contents.bytes);
            if (*tracked).hash == hash && (*tracked).length == contents.length {
                return;
            }
            let before = (*tracked).items.pop().unwrap_or(0);
            (*tracked).hash = hash;
            (*tracked).length = contents.length;
            // The only use of `items` here is to remember how many values were written.
            (*tracked).items.push(contents.count);
            let id = (*tracked).id;
            self.ring.reserve(contents.bytes.len() + 64);
            self.ring.put(code::SPLICE);
            self.ring.varint(id);
            self.ring.varint(0);
            self.ring.varint(before as u64);
            self.ring.varint(contents.length as u64);
            self.ring.varint(contents.count as u64);
            self.ring.put_all(&contents.bytes);
        }
    }

    /// An object may have been changed by code we understand: writes what differs, if anyone sees it.
    ///
    /// # Safety
    /// `object` is live or null.
    #[inline]
    pub unsafe fn touch(&mut self, object: Obj) {
        if object.is_null() {
            return;
        }
        if let Some(tracked) = self.objects.get_mut(&(object as usize)) {
            let tracked = &raw mut **tracked;
            // SAFETY: as in `see`.
            unsafe {
                if (*tracked).depth == 0 || !std::ptr::eq((*tracked).ty, raw::type_of(object)) {
                    return;
                }
                // A set of the same size may hold other items.
                if matches!((*(*tracked).info).kind, Kind::Set) || !self.same(&*tracked, object) {
                    self.refresh(tracked, object, (*tracked).depth);
                }
            }
        }
    }

    /// One item of a list may have been changed.
    ///
    /// # Safety
    /// `list` is an exact list.
    #[inline]
    pub unsafe fn touch_item(&mut self, list: Obj, index: i64) {
        let Some(tracked) = self.objects.get_mut(&(list as usize)) else { return };
        let tracked = &raw mut **tracked;
        // SAFETY: as in `see`; the index is checked against both lengths.
        unsafe {
            if (*tracked).depth == 0 || !raw::is_list((*tracked).ty) {
                return;
            }
            let items = raw::list_items(list);
            let index = if index < 0 { index + items.len() as i64 } else { index };
            if items.len() != (*tracked).length || index < 0 {
                return self.touch(list);
            }
            let index = index as usize;
            let (Some(&now), Some(&before)) = (items.get(index), (*tracked).items.get(index)) else { return };
            if before & !1 == now as usize {
                return;
            }
            self.set_item(tracked, index, now);
        }
    }

    /// The value under one key of a dict may have changed.
    ///
    /// # Safety
    /// `dict` is an exact dict; `key` is live or null.
    pub unsafe fn touch_key(&mut self, dict: Obj, key: Obj) {
        let Some(tracked) = self.objects.get_mut(&(dict as usize)) else { return };
        let tracked = &raw mut **tracked;
        // SAFETY: as in `see`; only str and int keys are looked up, among str and int keys.
        unsafe {
            if (*tracked).depth == 0 || !raw::is_dict((*tracked).ty) {
                return;
            }
            let plain = |key: Obj| raw::is_str(raw::type_of(key)) || raw::is_int(raw::type_of(key));
            let items = &(*tracked).items;
            let small = items.len() < 16 || items.len() != (*tracked).length;
            if small || key.is_null() || !plain(key) || 2 * raw::dict_len(dict) != (*tracked).length {
                if (*tracked).version != raw::dict_version(dict) {
                    self.refresh(tracked, dict, (*tracked).depth);
                }
                return;
            }
            if (*tracked).index.is_none() {
                let keys = items.iter().step_by(2).map(|key| (key & !1) as Obj);
                if !items.iter().step_by(2).all(|key| key & 1 == 1 && plain((key & !1) as Obj)) {
                    return self.refresh(tracked, dict, (*tracked).depth);
                }
                (*tracked).index = Some(keys.enumerate().map(|(n, key)| (ffi::PyObject_Hash(key), n as u32)).collect());
            }
            let position = (*tracked).index.as_ref().and_then(|index| index.get(&ffi::PyObject_Hash(key))).copied();
            let Some(position) = position.map(|n| 2 * n as usize) else {
                return self.refresh(tracked, dict, (*tracked).depth);
            };
            let now = raw::dict_get(dict, key);
            let stored = (items[position] & !1) as Obj;
            // Another key may have the same hash.
            if now.is_null() || !std::ptr::eq(raw::dict_get(dict, stored), now) || self.hides(stored, now) {
                return self.refresh(tracked, dict, (*tracked).depth);
            }
            (*tracked).version = raw::dict_version(dict);
            if items[position + 1] & !1 != now as usize {
                self.set_item(tracked, position + 1, now);
            }
        }
    }

    /// One attribute of an instance may have changed.
    ///
    /// # Safety
    /// `object` is live, `name` an exact str.
    pub unsafe fn touch_attribute(&mut self, object: Obj, name: Obj) {
        let Some(tracked) = self.objects.get_mut(&(object as usize)) else { return };
        let tracked = &raw mut **tracked;
        // SAFETY: as in `see`.
        unsafe {
            if (*tracked).depth == 0 || !std::ptr::eq((*tracked).ty, raw::type_of(object)) {
                return;
            }
            let info = &*(*tracked).info;
            let at = (*tracked).items.chunks_exact(2).position(|pair| pair[0] & !1 == name as usize);
            let (Kind::Instance, Some(at), true) = (info.kind, at, info.slots.is_empty()) else {
                return self.touch(object);
            };
            let now = match raw::attributes(object) {
                raw::Attributes::Inline(keys, values, order, step, size) if 2 * size == (*tracked).items.len() => {
                    let index = usize::from(*order.offset(at as isize * step));
                    if std::ptr::eq((*keys.add(index)).0, name) { *values.add(index) } else { std::ptr::null_mut() }
                }
                raw::Attributes::Dict(dict) if 2 * raw::dict_len(dict) == (*tracked).length => {
                    (*tracked).version = raw::dict_version(dict);
                    raw::dict_get(dict, name)
                }
                _ => std::ptr::null_mut(),
            };
            if now.is_null() || self.names.is_secret_name(name) {
                (*tracked).version = 0;
                return self.touch(object);
            }
            if (&(*tracked).items)[2 * at + 1] & !1 != now as usize {
                self.set_item(tracked, 2 * at + 1, now);
            }
        }
    }

    /// Writes one changed item.
    unsafe fn set_item(&mut self, tracked: *mut Tracked, index: usize, now: Obj) {
        // SAFETY: as in `see`; `index` is within the items.
        unsafe {
            let id = (*tracked).id;
            let held = hold(now, &mut self.bytes);
            let before = std::mem::replace(&mut (&mut (*tracked).items)[index], held);
            release(before, &mut self.bytes);
            if held & 1 == 0 {
                (*tracked).leaf = false;
            }
            let ty = raw::type_of(now);
            if raw::is_int(ty) || raw::is_float(ty) {
                self.ring.reserve(64 + if raw::is_int(ty) { raw::int_bytes(now) } else { 0 });
                self.ring.put(code::SET);
                self.ring.varint(id);
                self.ring.varint(index as u64);
                if raw::is_int(ty) {
                    raw::put_int(now, &mut self.ring);
                } else {
                    value::put_float(&mut self.ring, field(now, at::FLOAT_VALUE));
                }
                return;
            }
            let depth = (*tracked).depth;
            let mut out = self.buffer();
            self.encode(now, depth - 1, &mut out);
            self.splice(id, index, 1, (*tracked).length, 1, &out);
            self.give_back(out);
        }
    }

    /// Makes sure that an object is true in the current epoch, whatever was known of it; for the
    /// values of variables after something unknown has run.
    ///
    /// # Safety
    /// `object` is live.
    #[inline]
    pub unsafe fn verify(&mut self, object: Obj, depth: u8) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            let ty = raw::type_of(object);
            match self.objects.get_mut(&(object as usize)) {
                Some(tracked) if std::ptr::eq(tracked.ty, ty) => {
                    let tracked = &raw mut **tracked;
                    if (*tracked).epoch != self.epoch || (*tracked).depth < depth {
                        self.refresh(tracked, object, depth.max((*tracked).depth));
                    }
                    true
                }
                _ => !matches!((*self.types.get(ty)).class, Class::Pointers | Class::Encoded(_)),
            }
        }
    }

    /// Whether an object is known.
    pub fn knows(&self, object: Obj) -> bool {
        self.objects.contains_key(&(object as usize))
    }

    fn remove(&mut self, address: usize) {
        if let Some(entry) = self.objects.remove(&address) {
            self.let_go(&entry);
        }
    }

    fn let_go(&mut self, entry: &Tracked) {
        // SAFETY: `info` outlives its entries; held references are ours.
        unsafe {
            if !matches!((*entry.info).class, Class::Encoded(_)) {
                for &item in &entry.items {
                    release(item, &mut self.bytes);
                }
            }
        }
        self.bytes = self.bytes.saturating_sub(std::mem::size_of::<Tracked>() + 48 + 8 * entry.items.len());
    }

    /// Between events: forgets what was not looked at for the longest time where memory is short.
    #[inline]
    pub fn tidy(&mut self) {
        self.clock = self.clock.wrapping_add(1);
        if self.bytes > self.limits.memory {
            self.forget();
        }
    }

    #[cold]
    fn forget(&mut self) {
        let mut ages: Vec<u32> = self.objects.values().map(|entry| self.clock.wrapping_sub(entry.used)).collect();
        let middle = ages.len() / 2;
        let (_, &mut median, _) = ages.select_nth_unstable(middle);
        let old: Vec<usize> = self
            .objects
            .iter()
            .filter(|(_, entry)| self.clock.wrapping_sub(entry.used) >= median.max(1))
            .map(|(address, _)| *address)
            .collect();
        for address in old {
            if let Some(entry) = self.objects.remove(&address) {
                self.let_go(&entry);
                self.ring.reserve(16);
                self.ring.put(code::EVICT);
                self.ring.varint(entry.id);
            }
        }
        // What was forgotten and is still visible has to be seen anew.
        self.epoch += 1;
        if self.bytes > self.limits.memory / 2 {
            // What is in use does not fit: go on with more rather than read it again at every line.
            self.limits.memory = (self.limits.memory * 2).min(self.bytes * 4);
        }
    }
}

/// Takes a reference where that is allowed; the pointer, marked.
fn hold(item: Obj, bytes: &mut usize) -> usize {
    if item.is_null() {
        return 0;
    }
    // SAFETY: `item` is live.
    unsafe {
        let ty = raw::type_of(item);
        if holdable(ty) || std::ptr::eq(item, ffi::Py_None()) {
            ffi::Py_IncRef(item);
            *bytes += size(item, ty);
            return item as usize | 1;
        }
    }
    item as usize
}

/// Drops the reference that [`hold`] took, if it did.
fn release(item: usize, bytes: &mut usize) {
    if item & 1 == 1 {
        let object = (item & !1) as Obj;
        // SAFETY: we hold a reference to a scalar of a builtin type, whose end runs no user code.
        unsafe {
            *bytes = bytes.saturating_sub(size(object, raw::type_of(object)));
            ffi::Py_DecRef(object);
        }
    }
}

/// Bytes that a held scalar keeps, roughly; large ones are what matters.
unsafe fn size(object: Obj, ty: *mut ffi::PyTypeObject) -> usize {
    // SAFETY: `object` is live.
    unsafe {
        if raw::is_str(ty) {
            raw::str_data(object).map_or(64, |(kind, _, length, _)| 64 + kind * length)
        } else if raw::is_bytes(ty) {
            field::<usize>(object, at::VAR_SIZE)
        } else {
            0
        }
    }
}

#[inline]
fn equal(before: &[usize], now: &[Obj], length: usize) -> bool {
    now.len() == length && before.iter().zip(now).all(|(a, b)| *a & !1 == *b as usize)
}

fn fnv(bytes: &[u8]) -> u64 {
    use std::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(bytes);
    hasher.finish() | 1
}
