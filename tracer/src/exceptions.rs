//! What `str` of an exception reads: the C function that computes it, and the fields of the builtin exceptions.
//!
//! The offsets of the fields come from the member descriptors of the types, and are checked at the start with
//! exceptions made here. `str` itself is never called, as a class of the program may define its own.

mod library;

use std::ffi::CStr;

use connie_wire::op::Text;
use pyo3_ffi as ffi;

use crate::layout::common as at;
use crate::raw::{self, Obj, Owned, field};

/// A function in `tp_str`, and the text that it makes.
type Maker = (usize, Text);

/// The offsets of the fields, in bytes from the start of the object.
#[derive(Clone, Copy, Default)]
struct Fields {
    /// `errno`, `strerror`, `filename`, `filename2`.
    os: [usize; 4],
    /// `msg`
    import: usize,
    /// `msg`, `filename`, `lineno`.
    syntax: [usize; 3],
    /// `encoding`, `object`, `reason`; start and end are between the last two.
    unicode: [usize; 3],
    /// `message`, `exceptions`.
    group: [usize; 2],
}

/// The builtin exceptions of this interpreter.
pub struct Exceptions {
    makers: Vec<Maker>,
    fields: Fields,
}

/// A field to encode.
pub enum Part {
    /// An object; null where the field is not set.
    Object(Obj),
    /// A number.
    Int(i64),
    /// A fixed text.
    Text(&'static str),
}

static mut KNOWN: Option<Exceptions> = None;

/// Finds the offsets of the fields. Fields that cannot be found stay unknown.
///
/// # Safety
/// Under the GIL, once.
pub unsafe fn find() {
    let mut fields = Fields::default();
    // SAFETY: the caller's promise: nothing reads KNOWN meanwhile. The types are builtin and live as long as the process.
    unsafe {
        let mut makers = vec![(ffi::PyExc_BaseException, Text::Args), (ffi::PyExc_KeyError, Text::Key)];
        find_plain(&mut fields, &mut makers);
        find_unicode(&mut fields, &mut makers);
        find_group(&mut fields, &mut makers);
        let makers = makers.into_iter().map(|(ty, text)| (field(ty, at::TYPE_STR), text)).collect();
        KNOWN = Some(Exceptions { makers, fields });
    }
}

/// Finds the fields of OSError, ImportError and SyntaxError.
///
/// # Safety
/// Under the GIL.
unsafe fn find_plain(fields: &mut Fields, makers: &mut Vec<(Obj, Text)>) {
    // SAFETY: the caller's promise; builtin types.
    unsafe {
        let os = members(ffi::PyExc_OSError, [c"errno", c"strerror", c"filename", c"filename2"]);
        if let Some(os) = os.filter(|os| is_os_error(os)) {
            fields.os = os;
            makers.push((ffi::PyExc_OSError, Text::Os));
        }
        if let Some([import]) = members(ffi::PyExc_ImportError, [c"msg"]) {
            fields.import = import;
            makers.push((ffi::PyExc_ImportError, Text::Import));
        }
        if let Some(syntax) = members(ffi::PyExc_SyntaxError, [c"msg", c"filename", c"lineno"]) {
            fields.syntax = syntax;
            makers.push((ffi::PyExc_SyntaxError, Text::Syntax));
        }
    }
}

/// Finds the fields of UnicodeErrors.
///
/// # Safety
/// Under the GIL.
unsafe fn find_unicode(fields: &mut Fields, makers: &mut Vec<(Obj, Text)>) {
    // SAFETY: the caller's promise; builtin types.
    unsafe {
        let unicode = members(ffi::PyExc_UnicodeDecodeError, [c"encoding", c"object", c"reason"]);
        if let Some(unicode) = unicode.filter(|unicode| is_decode_error(unicode)) {
            fields.unicode = unicode;
            makers.push((ffi::PyExc_UnicodeEncodeError, Text::Encode));
            makers.push((ffi::PyExc_UnicodeDecodeError, Text::Decode));
            makers.push((ffi::PyExc_UnicodeTranslateError, Text::Translate));
        }
    }
}

/// Finds the fields of exception groups, which 3.10 has not.
///
/// # Safety
/// Under the GIL.
unsafe fn find_group(fields: &mut Fields, makers: &mut Vec<(Obj, Text)>) {
    // SAFETY: the caller's promise; a builtin type.
    unsafe {
        let builtins = raw::loaded_module(c"builtins");
        if builtins.is_null() {
            return;
        }
        let group = raw::module_item(builtins, c"BaseExceptionGroup");
        if !group.is_null()
            && let Some(found) = members(group, [c"message", c"exceptions"])
        {
            fields.group = found;
            makers.push((group, Text::Group));
        }
    }
}

/// The offsets of a type's members; `None` if one is not a plain member.
unsafe fn members<const N: usize>(ty: Obj, names: [&CStr; N]) -> Option<[usize; N]> {
    let mut found = [0; N];
    for (place, name) in found.iter_mut().zip(names) {
        // SAFETY: an attribute of a builtin type.
        *place = unsafe { raw::member(ty, name) }?;
    }
    Some(found)
}

unsafe fn text(text: &CStr) -> Obj {
    // SAFETY: under the GIL.
    unsafe { ffi::PyUnicode_FromString(text.as_ptr()) }
}

/// Makes an exception; the references to the arguments are taken.
unsafe fn make<const N: usize>(ty: Obj, arguments: [Obj; N]) -> Option<Owned> {
    // SAFETY: under the GIL; the arguments are new references, or null, which the call refuses.
    unsafe {
        let tuple = Owned::take(ffi::PyTuple_New(N as ffi::Py_ssize_t))?;
        for (n, argument) in arguments.into_iter().enumerate() {
            ffi::PyTuple_SetItem(tuple.get(), n as ffi::Py_ssize_t, argument);
        }
        Owned::take(ffi::PyObject_CallObject(ty, tuple.get()))
    }
}

/// Whether an OSError has its fields at these offsets.
unsafe fn is_os_error(os: &[usize; 4]) -> bool {
    // SAFETY: under the GIL; an OSError is longer than its fields are far.
    unsafe {
        let arguments = [ffi::PyLong_FromLong(0), text(c"why"), text(c"one"), ffi::PyLong_FromLong(0), text(c"two")];
        make(ffi::PyExc_OSError, arguments).is_some_and(|error| {
            [(1, b"why"), (2, b"one"), (3, b"two")].iter().all(|(n, expected)| {
                let value: Obj = field(error.get(), os[*n]);
                raw::str_bytes(value) == expected.as_slice()
            })
        })
    }
}

/// Whether a UnicodeDecodeError has its fields at these offsets.
unsafe fn is_decode_error(unicode: &[usize; 3]) -> bool {
    // SAFETY: as in `is_os_error`.
    unsafe {
        let bytes = ffi::PyBytes_FromStringAndSize(c"abc".as_ptr(), 3);
        let arguments = [text(c"one"), bytes, ffi::PyLong_FromLong(1), ffi::PyLong_FromLong(2), text(c"why")];
        make(ffi::PyExc_UnicodeDecodeError, arguments).is_some_and(|error| {
            raw::str_bytes(field(error.get(), unicode[0])) == b"one"
                && raw::str_bytes(field(error.get(), unicode[2])) == b"why"
                && [1, 2].iter().all(|n| field::<isize>(error.get(), unicode[1] + 8 * *n as usize) == *n)
        })
    }
}

/// The function that makes the text of an exception, and what it reads.
///
/// # Safety
/// `exception` is a live exception; under the GIL.
pub unsafe fn text_of(exception: Obj, parts: &mut Vec<Part>) -> Text {
    // SAFETY: set once, before there is a recording.
    let Some(known) = (unsafe { (&raw const KNOWN).as_ref() }).and_then(Option::as_ref) else { return Text::Unknown };
    // SAFETY: the function in `tp_str` tells which builtin exception the object derives from; such functions are
    // inherited by subclasses alone, which have the same fields.
    unsafe {
        let maker: usize = field(raw::type_of(exception), at::TYPE_STR);
        let Some((_, how)) = known.makers.iter().find(|(function, _)| *function == maker) else {
            library::parts_of(exception, known.fields.os[1], parts);
            return Text::Unknown;
        };
        let fields = &known.fields;
        let object = |offset: usize| Part::Object(field(exception, offset));
        match how {
            Text::Os => parts.extend(fields.os.map(object)),
            Text::Import => parts.push(object(fields.import)),
            Text::Syntax => parts.extend(fields.syntax.map(object)),
            Text::Encode | Text::Decode | Text::Translate => unicode(exception, *how, fields.unicode, parts),
            Text::Group => parts.extend(group(exception, fields.group)),
            Text::Unknown | Text::Args | Text::Key => {}
        }
        *how
    }
}

/// The message of an exception group, and how many exceptions it has.
///
/// # Safety
/// `exception` is a live exception group, which has its fields there.
unsafe fn group(exception: Obj, [message, exceptions]: [usize; 2]) -> [Part; 2] {
    // SAFETY: the caller's promise; the type says what is read.
    unsafe {
        let all: Obj = field(exception, exceptions);
        let is_tuple = !all.is_null() && raw::has_flag(raw::type_of(all), raw::flag::TUPLE);
        let count = if is_tuple { raw::tuple_items(all).len() } else { 0 };
        [Part::Object(field(exception, message)), Part::Int(count as i64)]
    }
}

unsafe fn unicode(exception: Obj, how: Text, [encoding, subject, reason]: [usize; 3], parts: &mut Vec<Part>) {
    let layout = raw::layout();
    // SAFETY: the caller gives a UnicodeError, which has its fields there.
    let [subject, encoding, reason] = unsafe { [subject, encoding, reason].map(|at| field::<Obj>(exception, at)) };
    if subject.is_null() {
        return;
    }
    // SAFETY: as above; the exception holds its subject.
    let (start, end, unit) = unsafe {
        let [start, end]: [isize; 2] =
            [layout.unicode_error_start, layout.unicode_error_end].map(|at| field(exception, at));
        let unit = usize::try_from(start).ok().and_then(|start| unit_at(subject, how, start));
        (start, end, unit)
    };
    let nothing = std::ptr::null_mut();
    parts.push(Part::Object(if how == Text::Translate { nothing } else { encoding }));
    parts.push(unit.map_or(Part::Object(nothing), Part::Int));
    parts.extend([Part::Int(start as i64), Part::Int(end as i64), Part::Object(reason)]);
}

/// The byte, or code point, at an index of what could not be decoded, or encoded.
///
/// # Safety
/// `subject` is live.
unsafe fn unit_at(subject: Obj, how: Text, start: usize) -> Option<i64> {
    // SAFETY: the caller's promise; the type is checked before it is read.
    unsafe {
        let ty = raw::type_of(subject);
        if how == Text::Decode {
            let bytes = if raw::has_flag(ty, raw::flag::BYTES) { raw::bytes_data(subject) } else { return None };
            return bytes.get(start).map(|byte| i64::from(*byte));
        }
        if raw::has_flag(ty, raw::flag::STR) { raw::str_point(subject, start).map(i64::from) } else { None }
    }
}
