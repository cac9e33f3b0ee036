//! What `str` of an exception reads: the C function that computes it, and the fields of the builtin exceptions.
//!
//! The offsets of the fields come from the member descriptors of the types, and are checked at the start with
//! exceptions made here. `str` itself is never called, as a class of the program may define its own.

mod library;

use std::ffi::CStr;

use connie_wire::op::Text;
use pyo3_ffi as ffi;

use crate::layout::common as at;
use crate::raw::{self, Obj, field};

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
    // SAFETY: the caller's promise; the types are builtin and live as long as the process.
    unsafe {
        let mut known = Exceptions { makers: Vec::new(), fields: Fields::default() };
        let fields = &mut known.fields;
        let mut makers = vec![(ffi::PyExc_BaseException, Text::Args), (ffi::PyExc_KeyError, Text::Key)];
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
        let unicode = members(ffi::PyExc_UnicodeDecodeError, [c"encoding", c"object", c"reason"]);
        if let Some(unicode) = unicode.filter(|unicode| is_decode_error(unicode)) {
            fields.unicode = unicode;
            makers.push((ffi::PyExc_UnicodeEncodeError, Text::Encode));
            makers.push((ffi::PyExc_UnicodeDecodeError, Text::Decode));
            makers.push((ffi::PyExc_UnicodeTranslateError, Text::Translate));
        }
        let builtins = ffi::PyDict_GetItemString(ffi::PyImport_GetModuleDict(), c"builtins".as_ptr());
        let name = c"BaseExceptionGroup".as_ptr();
        let group = match builtins.is_null() {
            true => builtins,
            false => ffi::PyDict_GetItemString(ffi::PyModule_GetDict(builtins), name),
        };
        if !group.is_null()
            && let Some(found) = members(group, [c"message", c"exceptions"])
        {
            fields.group = found;
            makers.push((group, Text::Group));
        }
        known.makers = makers.into_iter().map(|(ty, text)| (field(ty, at::TYPE_STR), text)).collect();
        KNOWN = Some(known);
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

/// Makes an exception. Takes over the references to the arguments.
unsafe fn make<const N: usize>(ty: Obj, arguments: [Obj; N]) -> Obj {
    // SAFETY: under the GIL; the arguments are live.
    unsafe {
        let tuple = ffi::PyTuple_New(N as ffi::Py_ssize_t);
        for (n, argument) in arguments.into_iter().enumerate() {
            ffi::PyTuple_SetItem(tuple, n as ffi::Py_ssize_t, argument);
        }
        let made = ffi::PyObject_CallObject(ty, tuple);
        ffi::Py_DecRef(tuple);
        if made.is_null() {
            ffi::PyErr_Clear();
        }
        made
    }
}

/// Whether an OSError has its fields at these offsets.
unsafe fn is_os_error(os: &[usize; 4]) -> bool {
    // SAFETY: under the GIL; an OSError is longer than its fields are far.
    unsafe {
        let arguments = [ffi::PyLong_FromLong(0), text(c"why"), text(c"one"), ffi::PyLong_FromLong(0), text(c"two")];
        let error = make(ffi::PyExc_OSError, arguments);
        let fine = !error.is_null()
            && [(1, b"why"), (2, b"one"), (3, b"two")].iter().all(|(n, expected)| {
                let value: Obj = field(error, os[*n]);
                raw::str_bytes(value) == expected.as_slice()
            });
        ffi::Py_DecRef(error);
        fine
    }
}

/// Whether a UnicodeDecodeError has its fields at these offsets.
unsafe fn is_decode_error(unicode: &[usize; 3]) -> bool {
    // SAFETY: as in `is_os_error`.
    unsafe {
        let bytes = ffi::PyBytes_FromStringAndSize(c"abc".as_ptr(), 3);
        let arguments = [text(c"one"), bytes, ffi::PyLong_FromLong(1), ffi::PyLong_FromLong(2), text(c"why")];
        let error = make(ffi::PyExc_UnicodeDecodeError, arguments);
        let fine = !error.is_null()
            && raw::str_bytes(field(error, unicode[0])) == b"one"
            && raw::str_bytes(field(error, unicode[2])) == b"why"
            && [1, 2].iter().all(|n| field::<isize>(error, unicode[1] + 8 * *n as usize) == *n);
        ffi::Py_DecRef(error);
        fine
    }
}

/// The function that makes the text of an exception, and what it reads.
///
/// # Safety
/// `exception` is a live exception; under the GIL.
pub unsafe fn text_of(exception: Obj, parts: &mut Vec<Part>) -> Text {
    // SAFETY: the function in `tp_str` tells which builtin exception the object derives from; such functions are
    // inherited by subclasses alone, which have the same fields.
    unsafe {
        let Some(known) = (&raw const KNOWN).as_ref().and_then(Option::as_ref) else { return Text::Unknown };
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
            Text::Group => {
                parts.push(object(fields.group[0]));
                let all: Obj = field(exception, fields.group[1]);
                let is_tuple = !all.is_null() && raw::has_flag(raw::type_of(all), raw::flag::TUPLE);
                parts.push(Part::Int(if is_tuple { raw::tuple_items(all).len() as i64 } else { 0 }));
            }
            Text::Unknown | Text::Args | Text::Key => {}
        }
        *how
    }
}

unsafe fn unicode(exception: Obj, how: Text, [encoding, subject, reason]: [usize; 3], parts: &mut Vec<Part>) {
    // SAFETY: the fields of UnicodeErrors; the subject's type is checked before it is read.
    unsafe {
        let object: Obj = field(exception, subject);
        if object.is_null() {
            return;
        }
        let layout = raw::layout();
        let start: isize = field(exception, layout.unicode_error_start);
        let end: isize = field(exception, layout.unicode_error_end);
        let unit = usize::try_from(start).ok().and_then(|start| {
            if how == Text::Decode {
                let is_bytes = raw::has_flag(raw::type_of(object), raw::flag::BYTES);
                return is_bytes.then(|| raw::bytes_data(object).get(start).map(|byte| i64::from(*byte)))?;
            }
            let is_str = raw::has_flag(raw::type_of(object), raw::flag::STR);
            is_str.then(|| raw::str_point(object, start).map(i64::from))?
        });
        parts.push(Part::Object(if how == Text::Translate {
            std::ptr::null_mut()
        } else {
            field(exception, encoding)
        }));
        parts.push(unit.map_or(Part::Object(std::ptr::null_mut()), Part::Int));
        parts.extend([Part::Int(start as i64), Part::Int(end as i64), Part::Object(field(exception, reason))]);
    }
}
