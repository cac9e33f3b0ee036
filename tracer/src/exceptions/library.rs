//! Exceptions of the standard library whose text is made by Python code: the attributes that this code reads.
//!
//! The code is not run. It is identified by the file of its function: a class of the program, or a function by which
//! the program replaced it, is in another file.

use pyo3_ffi as ffi;

use super::Part;
use crate::layout::common as at;
use crate::raw::{self, Obj, field};

/// A class that defines `__str__`.
struct Class {
    /// Its module and name, which the recorder knows.
    name: &'static str,
    /// The end of the file name of its function; empty if it is written in C.
    file: &'static str,
    /// The attributes that it reads from the instance.
    attributes: &'static [&'static str],
}

const fn class(name: &'static str, file: &'static str, attributes: &'static [&'static str]) -> Class {
    Class { name, file, attributes }
}

const CLASSES: [Class; 21] = [
    class("argparse.ArgumentError", "/argparse.py", &["argument_name", "message"]),
    class("concurrent.futures.process._RemoteTraceback", "/concurrent/futures/process.py", &["tb"]),
    class("configparser.Error", "/configparser.py", &["message"]),
    class("email.errors.NonPrintableDefect", "/email/errors.py", &["non_printables"]),
    class("getopt.GetoptError", "/getopt.py", &["msg"]),
    class("http.client.IncompleteRead", "/http/client.py", &["partial", "expected"]),
    class("importlib.metadata.PackageNotFoundError", "/importlib/metadata/__init__.py", &[]),
    class("multiprocessing.pool.MaybeEncodingError", "/multiprocessing/pool.py", &["value", "exc"]),
    class("multiprocessing.pool.RemoteTraceback", "/multiprocessing/pool.py", &["tb"]),
    class("optparse.BadOptionError", "/optparse.py", &["opt_str"]),
    class("optparse.OptParseError", "/optparse.py", &["msg"]),
    class("optparse.OptionError", "/optparse.py", &["option_id", "msg"]),
    class("ssl.SSLError", "", &[]),
    class("subprocess.CalledProcessError", "/subprocess.py", &["cmd", "returncode"]),
    class("subprocess.TimeoutExpired", "/subprocess.py", &["cmd", "timeout"]),
    class("urllib.error.HTTPError", "/urllib/error.py", &["code", "msg"]),
    class("urllib.error.URLError", "/urllib/error.py", &["reason"]),
    class("xml.sax._exceptions.SAXException", "/xml/sax/_exceptions.py", &["_msg"]),
    class(
        "xml.sax._exceptions.SAXParseException",
        "/xml/sax/_exceptions.py",
        &["_systemId", "_linenum", "_colnum", "_msg"],
    ),
    class("xmlrpc.client.Fault", "/xmlrpc/client.py", &["faultCode", "faultString"]),
    class("xmlrpc.client.ProtocolError", "/xmlrpc/client.py", &["url", "errcode", "errmsg"]),
];

/// What the `__str__` of an exception reads, if it is one of the standard library: its class, and its attributes.
/// `strerror` is the offset of that field of an OSError.
///
/// # Safety
/// `exception` is a live exception; under the GIL.
pub unsafe fn parts_of(exception: Obj, strerror: usize, parts: &mut Vec<Part>) {
    // SAFETY: types in an MRO are live; functions and descriptors are told by their types before they are read.
    let (name, file) = unsafe {
        let Some((mut ty, mut maker)) = defined(exception, c"__str__") else { return };
        if raw::kind_name(maker) == b"wrapper_descriptor" {
            let owner: Obj = field(maker, at::DESCRIPTOR_TYPE);
            if std::ptr::eq(owner, (&raw mut ffi::PyBaseObject_Type).cast()) {
                // `object.__str__` calls the repr.
                let Some(found) = defined(exception, c"__repr__") else { return };
                (ty, maker) = found;
            } else if std::ptr::eq(owner, ty.cast()) && raw::type_name(ty) == b"ssl.SSLError" && strerror != 0 {
                parts.extend([Part::Text("ssl.SSLError"), Part::Object(field(exception, strerror))]);
                return;
            }
        }
        if raw::kind_name(maker) != b"function" {
            return;
        }
        (raw::type_name(ty), raw::str_bytes(raw::code_filename(field(maker, at::FUNCTION_CODE))))
    };
    let is_it = |class: &&Class| {
        let own = class.name.rsplit('.').next().unwrap_or_default();
        !class.file.is_empty() && own.as_bytes() == name && file.ends_with(class.file.as_bytes())
    };
    let Some(class) = CLASSES.iter().find(is_it).filter(|_| is_library(&file)) else { return };
    parts.push(Part::Text(class.name));
    // SAFETY: the caller's promise.
    parts.extend(class.attributes.iter().map(|name| Part::Object(unsafe { kept(exception, name.as_bytes()) })));
}

/// Whether a file belongs to the standard library. Its tests are in `pythonX.Y`, as other packages are, but those have
/// folders of their own.
fn is_library(file: &[u8]) -> bool {
    let text = String::from_utf8_lossy(file);
    !text.contains("-packages/")
        && text.split('/').any(|part| part.starts_with("python3") || part.starts_with("Python"))
}

/// The first class in an exception's MRO that defines a name, and the value.
unsafe fn defined(exception: Obj, name: &std::ffi::CStr) -> Option<(*mut ffi::PyTypeObject, Obj)> {
    // SAFETY: types in an MRO are live; their dicts have str keys.
    unsafe {
        let key = ffi::PyUnicode_InternFromString(name.as_ptr());
        if key.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let found = raw::mro(raw::type_of(exception)).iter().find_map(|&base| {
            let ty: *mut ffi::PyTypeObject = base.cast();
            let dict = raw::type_dict(ty);
            let value = if dict.is_null() { dict } else { raw::dict_get(dict, key) };
            (!value.is_null()).then_some((ty, value))
        });
        ffi::Py_DecRef(key);
        found
    }
}

/// An attribute in an instance's own dict or slots; null if there is none.
unsafe fn kept(object: Obj, name: &[u8]) -> Obj {
    let mut found: Obj = std::ptr::null_mut();
    // SAFETY: `object` is live.
    unsafe {
        raw::instance_attributes(object, |key, value| {
            if raw::is_str(raw::type_of(key)) && raw::str_bytes(key) == name {
                found = value;
            }
            found.is_null()
        });
    }
    found
}
