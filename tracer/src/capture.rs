//! Encodes Python objects as values on the wire: identities, versions, limits.
//!
//! Each mutable object that was seen has an entry with the pointers that it held when it was last read. An entry whose
//! `epoch` is the current one is up to date: no code with unknown effects has run since. If the epoch is older, the
//! object is read again when it is next visible, and the differences are written.

use connie_wire::codec::Sink;
use connie_wire::ring::{BLOCK, Writer};
use connie_wire::secrets::Secrets;
use connie_wire::texts::Texts;
use connie_wire::value::{self, tag};
use pyo3_ffi as ffi;

use crate::contents;
use crate::layout::common as at;
use crate::names::Names;
use crate::raw::{self, Obj, field};
use crate::types::{Class, Types};

mod apart;
mod contexts;
mod difference;
mod direct;
mod exceptions;
mod graves;
mod held;
mod late;
mod memory;
pub mod named;
pub mod recheck;
mod reclass;
mod refresh;
mod shared;
mod state;
mod texts;
mod touch;
mod track;
mod values;
mod views;
mod walk;

use held::{SHORT_STR, is_short_tuple};
use state::{Graves, Objects, Own, Recheck, Shared, Standings, Tracked, Views, Walk};

pub use direct::{DIRECT, Quick, put_direct};
pub use state::{ALL, LateChanges};

/// How much of a value is recorded.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest number of code points of a str, or of bytes.
    pub string: usize,
    /// Largest number of items of a container.
    pub items: usize,
    /// Largest nesting of containers, counted from a variable.
    pub depth: u8,
    /// Memory for the knowledge about the program's objects, in bytes.
    pub memory: usize,
    /// Number of objects that are read again after code with unknown effects; `None`: as many as time allows.
    pub recheck: Option<i64>,
    /// For tests: the first long walk is treated as endless.
    pub is_faulty: bool,
}

/// Bytes of encoded items after which a change is split into several ops.
const BATCH: usize = 1 << 18;

/// The capturing part of the tracer.
pub struct Capture {
    /// The ring for ops.
    pub ring: Writer,
    /// What is kept of values.
    pub limits: Limits,
    /// Numbers of strings, files and types.
    pub names: Names,
    /// The types that were seen.
    pub types: Types,
    /// The current epoch. It is incremented whenever code with unknown effects ran; see [`LateChanges`].
    pub late: LateChanges,
    objects: Objects,
    next: u64,
    /// The end of this process's block of numbers.
    block_end: u64,
    bytes: usize,
    clock: u32,
    buffers: Vec<Vec<u8>>,
    pointers: Vec<Vec<Obj>>,
    shared: Shared,
    standings: Standings,
    views: Views,
    graves: Graves,
    walk: Walk,
    own: Own,
    /// The nesting of reads that are running.
    nesting: u32,
    /// Objects that are read when less of the stack is used: address and depth.
    deferred: Vec<(usize, u8)>,
    recheck: Recheck,
    /// Whether single items were read of a container that others may have changed too.
    unsettled: bool,
    /// The last op that was written about the text of an exception.
    told: Vec<u8>,
    /// The last long texts that were written.
    texts: Texts,
}

/// The deepest nesting of reads; deeper ones are deferred. Chains of objects may be longer than the C stack.
const NESTED: u32 = 32;

impl Capture {
    /// A capture that knows no objects.
    pub fn new(ring: Writer, limits: Limits, types: Types, secrets: Secrets) -> Self {
        Self {
            ring,
            limits,
            names: Names::new(secrets),
            types,
            late: LateChanges::default(),
            objects: Objects::default(),
            next: 0,
            block_end: 0,
            bytes: 0,
            clock: 0,
            buffers: Vec::new(),
            pointers: Vec::new(),
            shared: Shared::default(),
            standings: Standings::default(),
            views: Views::default(),
            graves: Graves::default(),
            walk: Walk::new(limits.is_faulty),
            own: Own::default(),
            nesting: 0,
            deferred: Vec::new(),
            recheck: Recheck::new(limits.recheck),
            unsettled: false,
            told: Vec::new(),
            texts: Texts::default(),
        }
    }

    /// Assigns a number for a new object or frame.
    #[inline]
    pub fn new_id(&mut self) -> u64 {
        if self.next == self.block_end {
            self.next_block();
        }
        let id = self.next;
        self.next += 1;
        id
    }

    /// Assigns two consecutive numbers. Returns the first.
    fn new_pair(&mut self) -> u64 {
        if self.next + 1 >= self.block_end {
            self.next_block();
        }
        let id = self.next;
        self.next += 2;
        id
    }

    #[cold]
    fn next_block(&mut self) {
        self.next = self.ring.block();
        self.block_end = self.next + BLOCK;
        // 0 means no object.
        self.next = self.next.max(1);
    }

    /// A buffer to encode into. Return it with [`Self::give_back`].
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
        if let Some((_, data, length, true)) = unsafe { raw::str_data(text) } {
            let kept = length.min(self.limits.string);
            if kept < length {
                out.put(tag::STR_CUT);
                out.varint(length as u64);
            } else {
                out.put(tag::STR);
            }
            // SAFETY: a str of ASCII has `length` bytes, which live as long as it does.
            return out.sized(unsafe { std::slice::from_raw_parts(data, kept) });
        }
        let mut bytes = self.buffer();
        // SAFETY: the caller's promise.
        match unsafe { raw::copy_str(text, self.limits.string, &mut bytes) } {
            None => out.put(tag::STR),
            Some(length) => {
                out.put(tag::STR_CUT);
                out.varint(length);
            }
        }
        out.sized(&bytes);
        self.give_back(bytes);
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

    /// Appends the value of `object` to `out`. Objects that it needs are written to the ring first, if they are new or
    /// have changed. `depth` is the number of levels of containers that are read.
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
                self.put_int(object, out);
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

    /// Appends an int. For an int that is too large for an op, its number of digits is written instead.
    ///
    /// # Safety
    /// `int` is an int.
    #[inline]
    pub unsafe fn put_int(&mut self, int: Obj, out: &mut Vec<u8>) {
        // SAFETY: the caller's promise; what `put_int` refuses is larger than 64 bits.
        unsafe {
            if !raw::put_int(int, out) {
                let words = raw::int_in_words(int);
                let name = self.names.string(&mut self.ring, words.as_bytes());
                value::put_named(out, tag::UNKNOWN, name);
            }
        }
    }

    pub(super) unsafe fn encode_other(
        &mut self,
        object: Obj,
        ty: *mut ffi::PyTypeObject,
        depth: u8,
        out: &mut Vec<u8>,
    ) {
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
            self.encode_by_class(object, ty, depth, out);
        }
    }

    /// The same for other values: by name, or as an object with a number.
    #[inline(always)]
    unsafe fn encode_by_class(&mut self, object: Obj, ty: *mut ffi::PyTypeObject, depth: u8, out: &mut Vec<u8>) {
        // SAFETY: the caller's promise; what is known of a type is boxed.
        unsafe {
            let (class, stands) = {
                let info = self.types.get(ty);
                ((*info).class, (*info).stands)
            };
            if self.put_by_name(object, ty, class, out) {
                return;
            }
            let is_named = matches!(class, Class::Function | Class::Type | Class::Module);
            let id = self.see(object, ty, if is_named { depth.max(1) } else { depth }, false);
            value::put_object(out, id);
            if stands && !self.standings.quiet {
                self.name_standing(object);
            }
        }
    }

    /// Encodes an object that is told by its name alone; false if it is told as an object of its own.
    #[inline(always)]
    unsafe fn put_by_name(&mut self, object: Obj, ty: *mut ffi::PyTypeObject, class: Class, out: &mut Vec<u8>) -> bool {
        // SAFETY: the caller gives a live object, its type and how instances of that are recorded.
        unsafe {
            match class {
                Class::Scalar => self.put_single(object, ty, out),
                Class::Function if !self.is_own_function(object) => {
                    let name = self.names.string_of(&mut self.ring, field(object, at::FUNCTION_QUALNAME));
                    value::put_named(out, tag::FUNCTION, name);
                }
                Class::Method => self.put_method(object, out),
                Class::CFunction => {
                    let (text, bound) = contents::cfunction_name(object);
                    self.put_c_function(&text, if bound { tag::METHOD } else { tag::FUNCTION }, out);
                }
                Class::Descriptor => self.put_c_function(&contents::descriptor_name(object), tag::FUNCTION, out),
                Class::Type if !self.is_class_object(object) => {
                    let name = self.type_name_string(object.cast());
                    value::put_named(out, tag::CLASS, name);
                }
                Class::Function | Class::Type | Class::Module | Class::Pointers | Class::Encoded(_) => return false,
            }
        }
        true
    }

    /// Encodes a singleton, or an object whose contents are not read.
    unsafe fn put_single(&mut self, object: Obj, ty: *mut ffi::PyTypeObject, out: &mut Vec<u8>) {
        // SAFETY: the caller gives a live object and its type.
        unsafe {
            if std::ptr::eq(object, ffi::Py_Ellipsis()) {
                out.put(tag::ELLIPSIS);
            } else if std::ptr::eq(object, ffi::Py_NotImplemented()) {
                out.put(tag::NOT_IMPLEMENTED);
            } else {
                let name = self.type_name_string(ty);
                value::put_named(out, tag::UNKNOWN, name);
            }
        }
    }

    /// Encodes a bound method by the name of its function.
    unsafe fn put_method(&mut self, object: Obj, out: &mut Vec<u8>) {
        // SAFETY: the caller gives a live bound method, whose function lives as long.
        let name = unsafe {
            let function: Obj = field(object, at::METHOD_FUNCTION);
            if raw::builtin_name(raw::type_of(function)) == b"function" {
                self.names.string_of(&mut self.ring, field(function, at::FUNCTION_QUALNAME))
            } else {
                self.type_name_string(raw::type_of(function))
            }
        };
        value::put_named(out, tag::METHOD, name);
    }

    /// Encodes a function, method or descriptor written in C by its name.
    fn put_c_function(&mut self, text: &[u8], tag: u8, out: &mut Vec<u8>) {
        let name = self.names.string(&mut self.ring, text);
        value::put_named(out, tag, name);
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

    /// Writes a tuple of a few scalars by value. Returns false if it is not such a tuple.
    pub(super) unsafe fn put_short_tuple(&mut self, tuple: Obj, out: &mut Vec<u8>) -> bool {
        // SAFETY: `tuple` is an exact tuple; its items are live.
        unsafe {
            let items = raw::tuple_items(tuple);
            if items.len() > self.limits.items || self.limits.string < SHORT_STR || !is_short_tuple(tuple) {
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
}
