//! Values of the standard library that are shown as their own repr prints them, read from their C
//! structs (the same in 3.10 to 3.13) or their attributes; their code is never called.

mod arrays;
mod elements;
mod frames;
mod memory;
mod native;
mod scalars;
mod tensors;
mod texts;
mod values;
mod wrappers;

use connie_wire::codec::Sink;
use connie_wire::value::{self, tag};
use connie_wire::{Kind, repr};
use pyo3_ffi as ffi;

use crate::check;
use crate::layout::common as at;
use crate::layout::private::{range, time_zone, zone_info};
use crate::raw::{self, Obj, field, flag, type_attribute};
use native::got;
use texts::{decimal, found, is_decimal, path, pattern, uuid};

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
    /// As an object whose contents are pointers that can be compared.
    Pointers,
    /// As an object whose contents are read and encoded each time.
    Encoded(Reader),
}

/// How to read what is not a plain array of pointers.
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
    Frame(frames::Kind),
    Tensor(tensors::Kind),
    Wrapper(wrappers::Kind),
}

/// How instances of `base` (or of what derives from it) are recorded, where it is known here; `python` says whether
/// it was written in Python: then its name is any, and says nothing of what lies in memory.
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
        // A builtin's name, which classes in other languages may have too.
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
        // All it has is its `__dict__`.
        b"types.SimpleNamespace" => Some((Class::Pointers, Kind::Instance)),
        _ => {
            let wrapper = wrappers::of(name).map(Reader::Wrapper);
            wrapper.or_else(|| scalars::code_of(name).map(Reader::Scalar)).and_then(template)
        }
    }
}

/// As [`of`], for a class written in Python: those of the standard library and of pandas and polars, whose attributes
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

/// How instances of exactly this type are recorded, where it is known here: what a subclass of it does with what is
/// read of them is its own.
///
/// # Safety
/// `ty` is a live type.
pub unsafe fn of_exactly(ty: *mut ffi::PyTypeObject) -> Option<(Class, Kind)> {
    // SAFETY: the caller's promise.
    let kind = unsafe { tensors::of(ty) }?;
    Some((Class::Encoded(Reader::Tensor(kind)), Kind::Template))
}

/// The encoded contents of one object: how many values, its true length.
#[derive(Default)]
pub struct Contents {
    /// Encoded values.
    pub bytes: Vec<u8>,
    /// How many.
    pub count: usize,
    /// How many items the object truly has.
    pub length: usize,
    /// A literal in the making (templates).
    literal: String,
}

impl Contents {
    fn text(&mut self, text: &str) -> &mut Self {
        self.literal.push_str(text);
        self
    }

    fn number(&mut self, n: impl std::fmt::Display) -> &mut Self {
        use std::fmt::Write;
        let _ = write!(self.literal, "{n}");
        self
    }

    /// Ends a list whose items each have a comma behind them.
    fn end_list(&mut self, more: bool) {
        if self.literal.ends_with(", ") {
            self.literal.truncate(self.literal.len() - 2);
            self.text(if more { ", …]" } else { "]" });
        } else {
            self.text(if more { "…]" } else { "]" });
        }
    }

    /// Ends the literal piece of a template.
    fn flush(&mut self) {
        self.bytes.put(tag::STR);
        self.bytes.sized(self.literal.as_bytes());
        self.literal.clear();
        self.count += 1;
    }
}

impl dyn Values {
    /// Reads the contents of an object whose type says so.
    ///
    /// # Safety
    /// `object` is live and of a type that [`of`] (or `classify`) gave this reader.
    pub unsafe fn contents(&mut self, object: Obj, reader: Reader, depth: u8) -> Contents {
        let mut out = Contents::default();
        // SAFETY: the type of the object selects the struct that is read.
        unsafe {
            if let Reader::Scalar(code) = reader
                && scalars::is_number(code)
            {
                scalars::number(object, code, &mut out);
                return out;
            }
            let ty = raw::type_of(object);
            let name = String::from_utf8_lossy(raw::type_name(ty)).into_owned();
            match reader {
                Reader::ByteArray => {
                    let length: usize = field(object, at::VAR_SIZE);
                    let start: *const u8 = field(object, at::BYTEARRAY_START);
                    let bytes = if length == 0 { &[] } else { std::slice::from_raw_parts(start, length) };
                    self.put_bytes(bytes, &mut out.bytes);
                    (out.count, out.length) = (1, 1);
                    return out;
                }
                Reader::Array => {
                    self.array(object, &mut out);
                    return out;
                }
                Reader::Subclass => {
                    out.flush();
                    self.subclass_scalar(object, ty, &mut out.bytes);
                    out.count += 1;
                }
                Reader::Range => {
                    let items: [Obj; 3] = [range::START, range::STOP, range::STEP].map(|at| field(object, at));
                    out.text("range(");
                    self.value_piece(items[0], depth, &mut out);
                    out.text(", ");
                    self.value_piece(items[1], depth, &mut out);
                    if raw::small_int(items[2]) != Some(1) {
                        out.text(", ");
                        self.value_piece(items[2], depth, &mut out);
                    }
                    out.text(")");
                }
                Reader::Slice => {
                    for (n, offset) in [at::SLICE_START, at::SLICE_STOP, at::SLICE_STEP].into_iter().enumerate() {
                        out.text(if n == 0 { "slice(" } else { ", " });
                        self.value_piece(field(object, offset), depth, &mut out);
                    }
                    out.text(")");
                }
                Reader::Date => {
                    let data: [u8; 4] = field(object, at::DATE_DATA);
                    let year = u16::from_be_bytes([data[0], data[1]]);
                    out.text(&name).number(format_args!("({year}, {}, {})", data[2], data[3]));
                }
                Reader::Time => {
                    let data: [u8; 6] = field(object, at::TIME_DATA);
                    out.text(&name).text("(");
                    clock(&data, 2, &mut out);
                    self.zone(object, field::<u8>(object, at::TIME_FOLD), at::TIME_ZONE, depth, &mut out);
                }
                Reader::DateTime if name == "NaTType" && got(object, c"_value").is_some() => {
                    out.text("NaT");
                }
                Reader::DateTime => {
                    let data: [u8; 10] = field(object, at::DATETIME_DATA);
                    let year = u16::from_be_bytes([data[0], data[1]]);
                    out.text(&name).number(format_args!("({year}, {}, {}, ", data[2], data[3]));
                    clock(&data[4..], 2, &mut out);
                    nanoseconds(object, c"nanosecond", ", ", &mut out);
                    self.zone(object, field::<u8>(object, at::DATETIME_FOLD), at::DATETIME_ZONE, depth, &mut out);
                }
                Reader::TimeDelta => {
                    let parts: [i32; 3] = field(object, at::DELTA_DAYS);
                    out.text(&name).text("(");
                    let mut separator = "";
                    for (label, n) in ["days", "seconds", "microseconds"].into_iter().zip(parts) {
                        if n != 0 {
                            out.number(format_args!("{separator}{label}={n}"));
                            separator = ", ";
                        }
                    }
                    let more = nanoseconds(object, c"nanoseconds", separator, &mut out);
                    out.text(if parts == [0; 3] && !more { "0)" } else { ")" });
                }
                Reader::TimeZone => {
                    let (offset, label): (Obj, Obj) =
                        (field(object, time_zone::OFFSET), field(object, time_zone::NAME));
                    let parts: [i32; 3] = field(offset, at::DELTA_DAYS);
                    if parts == [0; 3] && label.is_null() {
                        out.text("datetime.timezone.utc");
                    } else {
                        out.text(&name).text("(");
                        self.value_piece(offset, depth, &mut out);
                        if !label.is_null() {
                            out.text(", ");
                            self.value_piece(label, depth, &mut out);
                        }
                        out.text(")");
                    }
                }
                Reader::ZoneInfo => {
                    out.text("zoneinfo.ZoneInfo(key=");
                    self.value_piece(field(object, zone_info::KEY), depth, &mut out);
                    out.text(")");
                }
                Reader::Decimal if is_decimal(object) => {
                    out.text("Decimal('").text(&decimal(object)).text("')");
                }
                Reader::Decimal => {
                    out.text("Decimal(?)");
                }
                Reader::Fraction => {
                    out.text(&name).text("(");
                    self.value_piece(attribute(object, "_numerator"), depth, &mut out);
                    out.text(", ");
                    self.value_piece(attribute(object, "_denominator"), depth, &mut out);
                    out.text(")");
                }
                Reader::Uuid => uuid(attribute(object, "int"), &name, &mut out),
                Reader::Path => {
                    let mut shown = String::new();
                    repr::str(&path(object), &mut shown);
                    out.text(&name).text("(").text(&shown).text(")");
                }
                Reader::Pattern => pattern(object, &mut out),
                Reader::Match => found(object, &mut out),
                Reader::Enum => {
                    let member = attribute(object, "_name_");
                    out.text("<").text(&name).text(".");
                    out.text(&String::from_utf8_lossy(&raw::str_bytes(member)));
                    out.text(": ");
                    self.value_piece(attribute(object, "_value_"), depth, &mut out);
                    out.text(">");
                }
                Reader::NdArray => self.ndarray(object, &name, depth, &mut out),
                Reader::Scalar(code) => scalars::other(object, code, &name, &mut out),
                Reader::DataType => scalars::data_type(object, &mut out),
                Reader::Tensor(kind) => self.tensor(object, kind, &name, depth, &mut out),
                Reader::Wrapper(kind) => self.wrapper(object, kind, &name, depth, &mut out),
                Reader::Frame(kind) => self.frame(object, kind, &name, depth, &mut out),
            }
        }
        if !out.literal.is_empty() {
            out.flush();
        }
        out.length = out.count;
        out
    }

    /// Ends the literal and appends a value.
    unsafe fn value_piece(&mut self, object: Obj, depth: u8, out: &mut Contents) {
        out.flush();
        // SAFETY: `object` is a field of a live object, or null.
        unsafe { self.encode(object, depth.saturating_sub(1), &mut out.bytes) };
        out.count += 1;
    }

    unsafe fn zone(&mut self, object: Obj, fold: u8, offset: usize, depth: u8, out: &mut Contents) {
        if fold != 0 {
            out.number(format_args!(", fold={fold}"));
        }
        // SAFETY: hastzinfo says whether the field is there.
        unsafe {
            if field::<u8>(object, at::TIME_HAS_ZONE) != 0 {
                out.text(", tzinfo=");
                self.value_piece(field(object, offset), depth, out);
            }
        }
        out.text(")");
    }

    /// An int, float, str or bytes of a subclass, as the builtin would show it.
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

/// Hours, minutes, and seconds and microseconds where they are not zero.
fn clock(data: &[u8], least: usize, out: &mut Contents) {
    let micros = u32::from_be_bytes([0, data[3], data[4], data[5]]);
    let parts = [u32::from(data[0]), u32::from(data[1]), u32::from(data[2]), micros];
    let shown = parts.iter().rposition(|part| *part != 0).map_or(least, |last| (last + 1).max(least));
    let texts: Vec<String> = parts[..shown].iter().map(ToString::to_string).collect();
    out.text(&texts.join(", "));
}

/// Nanoseconds of a time of pandas, where it has any; whether it has.
unsafe fn nanoseconds(object: Obj, name: &std::ffi::CStr, separator: &str, out: &mut Contents) -> bool {
    // SAFETY: `object` is live; only a getter in C is asked.
    let found = unsafe {
        let derived = raw::has_flag(raw::type_of(object), flag::HEAP);
        if derived { got(object, name).and_then(|n| native::int(n.get())) } else { None }
    };
    if let Some(n @ 1..) = found {
        out.text(separator).text(&name.to_string_lossy()).text("=").number(n);
    }
    found.is_some_and(|n| n > 0)
}

/// An attribute of an instance, from its slots or its dict; null where it has none.
unsafe fn attribute(object: Obj, name: &str) -> Obj {
    let mut found: Obj = std::ptr::null_mut();
    if object.is_null() {
        return found;
    }
    // SAFETY: reads the instance's own storage; a member descriptor holds a PyMemberDef.
    unsafe {
        raw::instance_attributes(object, |key, value| {
            if raw::is_str(raw::type_of(key)) && raw::str_bytes(key) == name.as_bytes() {
                found = value;
            }
            found.is_null()
        });
        if found.is_null() {
            let name = std::ffi::CString::new(name).unwrap_or_default();
            let descriptor = type_attribute(raw::type_of(object), &name);
            if !descriptor.is_null() && raw::builtin_name(raw::type_of(descriptor)) == b"member_descriptor" {
                let member: *const u8 = field(descriptor, at::DESCRIPTOR_METHOD);
                if field::<i32>(member, at::MEMBER_TYPE) == ffi::Py_T_OBJECT_EX {
                    found = field(object, field(member, at::MEMBER_OFFSET));
                }
            }
        }
    }
    found
}
