//! Builtin and library code by name: which functions do not change their arguments.

use pyo3_ffi as ffi;

use super::site::Calls;
use crate::layout::common as at;
use crate::raw::{self, Obj, flag};

/// Builtin functions that can change their arguments, or run any code.
pub(super) const UNSAFE_BUILTINS: [&[u8]; 10] = [
    b"exec",
    b"eval",
    b"__import__",
    b"setattr",
    b"delattr",
    b"__build_class__",
    b"breakpoint",
    b"next",
    b"anext",
    b"vars",
];

/// Functions of `operator` that change their arguments, or call them.
pub(super) const CHANGING_OPERATORS: [&[u8]; 17] = [
    b"iadd",
    b"iand",
    b"iconcat",
    b"ifloordiv",
    b"ilshift",
    b"imatmul",
    b"imod",
    b"imul",
    b"ior",
    b"ipow",
    b"irshift",
    b"isub",
    b"itruediv",
    b"ixor",
    b"setitem",
    b"delitem",
    b"call",
];

/// Functions and types in C that call an argument without a keyword, and which one. What they call with a keyword, such
/// as `key`, needs no entry.
pub(super) const CALLING: [(&[u8], Calls); 10] = [
    (b"map", Calls::First),
    (b"filter", Calls::First),
    (b"iter", Calls::First),
    (b"starmap", Calls::First),
    (b"takewhile", Calls::First),
    (b"dropwhile", Calls::First),
    (b"filterfalse", Calls::First),
    (b"partial", Calls::First),
    (b"accumulate", Calls::Second),
    (b"groupby", Calls::Second),
];

/// Functions and methods in C, of any module or type, that write into a buffer argument or let other threads run.
pub(super) const REACHING: [&[u8]; 9] = [
    b"pack_into",
    b"readinto",
    b"readinto1",
    b"readv",
    b"preadv",
    b"recv_into",
    b"recvfrom_into",
    b"recvmsg_into",
    b"sleep",
];

/// Modules written in C whose functions do not change their arguments.
pub(super) const SAFE_C_MODULES: [&[u8]; 21] = [
    b"math",
    b"cmath",
    b"time",
    b"posix",
    b"sys",
    b"_struct",
    b"binascii",
    b"zlib",
    b"_json",
    b"_random",
    b"_thread",
    b"unicodedata",
    b"_string",
    b"itertools",
    b"_sre",
    b"_hashlib",
    b"_socket",
    b"_datetime",
    b"_stat",
    b"_locale",
    b"_codecs",
];

/// Modules written in Python whose functions do not change their arguments.
pub(super) const SAFE_MODULES: [&[u8]; 16] = [
    b"re",
    b"json",
    b"posixpath",
    b"genericpath",
    b"ntpath",
    b"string",
    b"textwrap",
    b"fnmatch",
    b"statistics",
    b"stat",
    b"shlex",
    b"html",
    b"keyword",
    b"operator",
    b"os",
    // Its functions only make members of its own classes.
    b"enum",
];

/// Methods that only str and bytes have. They are known whatever the receiver is.
pub(super) const STR_ONLY: [&[u8]; 24] = [
    b"strip",
    b"lstrip",
    b"rstrip",
    b"lower",
    b"upper",
    b"title",
    b"startswith",
    b"endswith",
    b"split",
    b"rsplit",
    b"splitlines",
    b"isdigit",
    b"isalpha",
    b"isalnum",
    b"isspace",
    b"isidentifier",
    b"zfill",
    b"ljust",
    b"rjust",
    b"center",
    b"partition",
    b"rpartition",
    b"encode",
    b"casefold",
];

/// Methods of str that return a str.
pub(super) const STR_TO_STR: [&[u8]; 22] = [
    b"strip",
    b"lstrip",
    b"rstrip",
    b"lower",
    b"upper",
    b"title",
    b"replace",
    b"join",
    b"format",
    b"capitalize",
    b"center",
    b"ljust",
    b"rjust",
    b"zfill",
    b"casefold",
    b"swapcase",
    b"expandtabs",
    b"translate",
    b"removeprefix",
    b"removesuffix",
    b"format_map",
    b"__str__",
];

/// Builtin value types, whose methods change nothing but the receiver.
pub(super) fn is_builtin_value(ty: *mut ffi::PyTypeObject) -> bool {
    raw::is_str(ty)
        || raw::is_int(ty)
        || raw::is_float(ty)
        || raw::is_list(ty)
        || raw::is_dict(ty)
        || raw::is_tuple(ty)
        || raw::is_set(ty)
        || raw::is_bytes(ty)
        || raw::is_bool(ty)
        || raw::is_frozenset(ty)
        || raw::is_complex(ty)
}

/// C types whose methods change nothing but the receiver: builtins and the standard library.
pub(super) unsafe fn is_safe_c_type(ty: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: `ty` is a live type.
    let (name, heap) = unsafe { (raw::type_name(ty), raw::has_flag(ty, flag::HEAP)) };
    match name.iter().position(|byte| *byte == b'.') {
        // Classes of extensions may have names without a module too.
        None if heap => false,
        None => {
            !matches!(name, b"generator" | b"coroutine" | b"async_generator" | b"frame" | b"mappingproxy" | b"module")
                // Up to 3.11. What they change is the current context.
                && !matches!(name, b"ContextVar" | b"Context" | b"Token")
        }
        Some(dot) => matches!(
            &name[..dot],
            b"collections"
                | b"datetime"
                | b"decimal"
                | b"re"
                | b"itertools"
                | b"_io"
                | b"array"
                | b"_random"
                | b"random"
                | b"_hashlib"
                | b"_struct"
                | b"struct"
                | b"_thread"
                | b"_socket"
                | b"_csv"
                | b"zoneinfo"
                | b"builtins"
        ),
    }
}

/// The class that a method in C belongs to.
///
/// # Safety
/// `descriptor` is a live descriptor of a C type.
pub(super) unsafe fn descriptor_owner(descriptor: Obj) -> *mut ffi::PyTypeObject {
    // SAFETY: the caller's promise: a descriptor has a type.
    unsafe { raw::field(descriptor, at::DESCRIPTOR_TYPE) }
}

/// Whether a class derives from list, dict, tuple, int, str, bytes or an exception.
pub(super) unsafe fn derives_from_builtin(ty: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: `ty` is a live type.
    unsafe {
        raw::has_flag(
            ty,
            flag::LIST | flag::DICT | flag::TUPLE | flag::LONG | flag::STR | flag::BYTES | flag::EXCEPTION,
        )
    }
}
