//! Values of the standard library that are shown as their repr prints them. They are read from C structs or attributes;
//! their own code is never called.

mod arrays;
mod contents;
pub mod contexts;
mod dates;
mod elements;
mod frames;
mod memory;
mod native;
pub mod proxies;
mod scalars;
mod tensors;
mod texts;
mod values;
mod wrappers;

use connie_wire::Kind;
use connie_wire::value;
use pyo3_ffi as ffi;

use crate::check;
use crate::layout::common as at;
use crate::layout::private::range;
use crate::raw::{self, Obj, field, flag, type_attribute};
use contents::attribute;
use texts::{decimal, found, is_decimal, pattern, shown_path, uuid};

pub use contents::Contents;
pub use memory::{ANYWHERE, memory, viewed};
pub use values::Values;

/// How values of a type are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// By value: a scalar of a builtin type.
    Scalar,
    /// By name.
    Function,
    /// By name.
    Method,
    /// By name.
    CFunction,
    /// By name.
    Descriptor,
    /// By name.
    Type,
    /// By name.
    Module,
    /// As an object whose contents are pointers, which can be compared.
    Pointers,
    /// As an object whose contents are read and encoded each time.
    Encoded(Reader),
}

/// How to read contents that are not a plain array of pointers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Reader {
    Subclass,
    ByteArray,
    Array,
    Range,
    Slice,
    Date,
    Time,
    DateTime,
    TimeDelta,
    TimeZone,
    ZoneInfo,
    Decimal,
    Fraction,
    Uuid,
    Path,
    Pattern,
    Match,
    Enum,
    NdArray,
    Scalar(u8),
    DataType,
    Frame(frames::FrameKind),
    Tensor(tensors::TensorKind),
    Wrapper(wrappers::WrapperKind),
    Context(contexts::ContextKind),
}

/// How instances of `base`, or of a class derived from it, are recorded, if that is known here. `python` says whether
/// `base` is written in Python: then it may have any name, which says nothing about its memory layout.
///
/// # Safety
/// `base` is a live type.
pub unsafe fn of(base: *mut ffi::PyTypeObject, python: bool) -> Option<(Class, Kind)> {
    let template = |reader| Some((Class::Encoded(reader), Kind::Template));
    // SAFETY: the caller's promise.
    let name = unsafe { raw::type_name(base) };
    if python {
        // SAFETY: the caller's promise.
        return unsafe { of_python(name, base) };
    }
    // SAFETY: the caller's promise.
    if !name.contains(&b'.') && unsafe { raw::has_flag(base, flag::HEAP) } {
        // A builtin's name, which classes of extensions may have too.
        return None;
    }
    // SAFETY: the caller's promise; it is written in C.
    if unsafe { !check::private::is_as_expected(name, base) } {
        return Some((Class::Pointers, Kind::Opaque));
    }
    match name {
        b"collections.deque" => Some((Class::Pointers, Kind::Deque)),
        b"collections.defaultdict" => Some((Class::Pointers, Kind::DefaultDict)),
        b"collections.OrderedDict" => Some((Class::Pointers, Kind::OrderedDict)),
        b"frozendict" => Some((Class::Pointers, Kind::FrozenDict)),
        b"bytearray" => Some((Class::Encoded(Reader::ByteArray), Kind::ByteArray)),
        b"array.array" => Some((Class::Encoded(Reader::Array), Kind::Array)),
        b"range" => template(Reader::Range),
        b"slice" => template(Reader::Slice),
        b"datetime.datetime" => template(Reader::DateTime),
        b"datetime.date" => template(Reader::Date),
        b"datetime.time" => template(Reader::Time),
        b"datetime.timedelta" => template(Reader::TimeDelta),
        b"datetime.timezone" => template(Reader::TimeZone),
        b"zoneinfo.ZoneInfo" => template(Reader::ZoneInfo),
        b"decimal.Decimal" => template(Reader::Decimal),
        b"re.Pattern" => template(Reader::Pattern),
        b"re.Match" => template(Reader::Match),
        b"numpy.ndarray" => template(Reader::NdArray),
        b"numpy.dtype" => template(Reader::DataType),
        // It has nothing but its `__dict__`.
        b"types.SimpleNamespace" => Some((Class::Pointers, Kind::Instance)),
        _ => {
            let wrapper = wrappers::of(name).map(Reader::Wrapper);
            wrapper.or_else(|| scalars::code_of(name).map(Reader::Scalar)).and_then(template)
        }
    }
}

/// As [`of`], for a class written in Python: those of the standard library, and of pandas and polars, whose attributes
/// are read.
unsafe fn of_python(name: &[u8], base: *mut ffi::PyTypeObject) -> Option<(Class, Kind)> {
    let template = |reader| Some((Class::Encoded(reader), Kind::Template));
    if !matches!(name, b"Counter" | b"Fraction" | b"UUID" | b"PurePath" | b"Enum" | b"DataFrame" | b"Series") {
        return None;
    }
    // SAFETY: the type is live; its dict has str keys.
    let (module, is_dict) =
        unsafe { (raw::str_bytes(type_attribute(base, c"__module__")), raw::has_flag(base, flag::DICT)) };
    match (name, module.as_slice()) {
        (b"Counter", b"collections") if is_dict => Some((Class::Pointers, Kind::Counter)),
        (b"Fraction", b"fractions") => template(Reader::Fraction),
        (b"UUID", b"uuid") => template(Reader::Uuid),
        (b"PurePath", b"pathlib" | b"pathlib._local") => template(Reader::Path),
        (b"Enum", b"enum") => template(Reader::Enum),
        _ => frames::of(name, &module).and_then(|kind| template(Reader::Frame(kind))),
    }
}

/// How instances of exactly this type are recorded, if that is known here. Subclasses may interpret the same fields in
/// another way.
///
/// # Safety
/// `ty` is a live type.
pub unsafe fn of_exactly(ty: *mut ffi::PyTypeObject) -> Option<(Class, Kind)> {
    // SAFETY: the caller's promise.
    let reader = unsafe { tensors::of(ty).map(Reader::Tensor).or_else(|| contexts::of(ty).map(Reader::Context)) }?;
    Some((Class::Encoded(reader), Kind::Template))
}

impl dyn Values {
    /// Reads the contents of an object of a type with a reader.
    ///
    /// # Safety
    /// `object` is live and of a type that [`of`] (or `classify`) gave this reader.
    pub unsafe fn contents(&mut self, object: Obj, reader: Reader, depth: u8) -> Contents {
        let mut out = Contents::default();
        // SAFETY: the reader says which struct the object has; its type lives as long as it does.
        let name = unsafe {
            match reader {
                Reader::Scalar(code) if scalars::is_number(code) => {
                    scalars::number(object, code, &mut out);
                    return out;
                }
                Reader::ByteArray => {
                    self.byte_array(object, &mut out);
                    return out;
                }
                Reader::Array => {
                    self.array(object, &mut out);
                    return out;
                }
                _ => String::from_utf8_lossy(raw::type_name(raw::type_of(object))).into_owned(),
            }
        };
        // SAFETY: as above.
        unsafe { self.template(object, reader, &name, depth, &mut out) };
        if !out.literal.is_empty() {
            out.flush();
        }
        out.length = out.count;
        out
    }

    /// Writes a value that is shown as literal text with values in it.
    unsafe fn template(&mut self, object: Obj, reader: Reader, name: &str, depth: u8, out: &mut Contents) {
        // SAFETY: the reader says which struct the object has, or which attributes.
        unsafe {
            match reader {
                Reader::Range => self.range(object, depth, out),
                Reader::Slice => self.slice(object, depth, out),
                Reader::Decimal if is_decimal(object) => {
                    out.text("Decimal('").text(&decimal(object)).text("')");
                }
                Reader::Fraction => self.fraction(object, name, depth, out),
                Reader::Uuid => uuid(attribute(object, "int"), name, out),
                Reader::Path => shown_path(object, name, out),
                Reader::Pattern => pattern(object, out),
                Reader::Match => found(object, out),
                Reader::Enum => self.member(object, name, depth, out),
                Reader::DataType => scalars::data_type(object, out),
                Reader::Wrapper(kind) => self.wrapper(object, kind, name, depth, out),
                _ => self.other(object, reader, name, depth, out),
            }
        }
    }

    /// The rest of [`Self::template`]: dates, arrays and tables, and scalars of subclasses.
    unsafe fn other(&mut self, object: Obj, reader: Reader, name: &str, depth: u8, out: &mut Contents) {
        // SAFETY: as in `template`.
        unsafe {
            match reader {
                Reader::Subclass => {
                    out.flush();
                    self.subclass_scalar(object, raw::type_of(object), &mut out.bytes);
                    out.count += 1;
                }
                // Its struct is not the expected one.
                Reader::Decimal => _ = out.text("Decimal(?)"),
                Reader::NdArray => self.ndarray(object, name, depth, out),
                Reader::Scalar(code) => scalars::other(object, code, name, out),
                Reader::Tensor(kind) => self.tensor(object, kind, name, depth, out),
                Reader::Frame(kind) => self.frame(object, kind, name, depth, out),
                Reader::Context(kind) => self.of_contexts(object, kind, depth, out),
                _ => self.date(object, reader, name, depth, out),
            }
        }
    }

    unsafe fn byte_array(&mut self, object: Obj, out: &mut Contents) {
        // SAFETY: a bytearray has as many bytes as it is long.
        let bytes = unsafe {
            let length: usize = field(object, at::VAR_SIZE);
            let start: *const u8 = field(object, at::BYTEARRAY_START);
            if length == 0 { &[] } else { std::slice::from_raw_parts(start, length) }
        };
        self.put_bytes(bytes, &mut out.bytes);
        (out.count, out.length) = (1, 1);
    }

    unsafe fn range(&mut self, object: Obj, depth: u8, out: &mut Contents) {
        // SAFETY: a range holds three ints.
        unsafe {
            let items: [Obj; 3] = [range::START, range::STOP, range::STEP].map(|at| field(object, at));
            out.text("range(");
            self.value_piece(items[0], depth, out);
            out.text(", ");
            self.value_piece(items[1], depth, out);
            if raw::small_int(items[2]) != Some(1) {
                out.text(", ");
                self.value_piece(items[2], depth, out);
            }
            out.text(")");
        }
    }

    unsafe fn slice(&mut self, object: Obj, depth: u8, out: &mut Contents) {
        for (n, offset) in [at::SLICE_START, at::SLICE_STOP, at::SLICE_STEP].into_iter().enumerate() {
            out.text(if n == 0 { "slice(" } else { ", " });
            // SAFETY: a slice holds three objects.
            unsafe { self.value_piece(field(object, offset), depth, out) };
        }
        out.text(")");
    }

    unsafe fn fraction(&mut self, object: Obj, name: &str, depth: u8, out: &mut Contents) {
        // SAFETY: attributes are read where they are kept.
        unsafe {
            out.text(name).text("(");
            self.value_piece(attribute(object, "_numerator"), depth, out);
            out.text(", ");
            self.value_piece(attribute(object, "_denominator"), depth, out);
            out.text(")");
        }
    }

    /// A member of an Enum.
    unsafe fn member(&mut self, object: Obj, name: &str, depth: u8, out: &mut Contents) {
        // SAFETY: attributes are read where they are kept.
        unsafe {
            let member = attribute(object, "_name_");
            out.text("<").text(name).text(".");
            out.text(&String::from_utf8_lossy(&raw::str_bytes(member)));
            out.text(": ");
            self.value_piece(attribute(object, "_value_"), depth, out);
            out.text(">");
        }
    }

    /// Ends the literal text and appends a value.
    unsafe fn value_piece(&mut self, object: Obj, depth: u8, out: &mut Contents) {
        out.flush();
        // SAFETY: `object` is a field of a live object, or null.
        unsafe { self.encode(object, depth.saturating_sub(1), &mut out.bytes) };
        out.count += 1;
    }

    /// An int, float, str or bytes object of a subclass, written as the builtin would be.
    unsafe fn subclass_scalar(&mut self, object: Obj, ty: *mut ffi::PyTypeObject, out: &mut Vec<u8>) {
        // SAFETY: the flags say what it derives from.
        unsafe {
            let bits = raw::flags(ty);
            if bits & flag::LONG != 0 {
                self.put_int(object, out);
            } else if bits & flag::STR != 0 {
                self.put_str(object, out);
            } else if bits & flag::BYTES != 0 {
                self.put_bytes(raw::bytes_data(object), out);
            } else {
                value::put_float(out, field(object, at::FLOAT_VALUE));
            }
        }
    }
}
