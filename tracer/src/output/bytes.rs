//! The bytes of a write, and how many of them were written.

use pyo3_ffi as ffi;

use crate::raw::{self, Obj, field, flag};

/// The offset of a memoryview's underlying object.
const VIEWED: usize = 64;
/// How many bytes of one write are recorded at most.
const MAX_WRITE_BYTES: usize = 1 << 26;

/// The bytes of an object, if reading them runs no code of the program.
///
/// # Safety
/// `data` is live; under the GIL.
pub unsafe fn of(data: Obj) -> Option<Vec<u8>> {
    // SAFETY: the caller's promise.
    unsafe {
        if raw::has_flag(raw::type_of(data), flag::BYTES) {
            let bytes = raw::bytes_data(data);
            return Some(bytes[..bytes.len().min(MAX_WRITE_BYTES)].to_vec());
        }
        if exports_quietly(data) { exported(data) } else { None }
    }
}

/// The bytes that an object exports.
///
/// # Safety
/// `data` is live, and exporting runs no code of the program; under the GIL.
unsafe fn exported(data: Obj) -> Option<Vec<u8>> {
    let mut view = std::mem::MaybeUninit::<Buffer>::zeroed();
    // SAFETY: the caller's promise; a buffer that was got has as many bytes as it says until it is released.
    unsafe {
        if PyObject_GetBuffer(data, view.as_mut_ptr(), SIMPLE) != 0 {
            ffi::PyErr_Clear();
            return None;
        }
        let buffer = view.assume_init_mut();
        let length = (buffer.length.max(0) as usize).min(MAX_WRITE_BYTES);
        let found = match buffer.data.is_null() {
            true => Vec::new(),
            false => std::slice::from_raw_parts(buffer.data, length).to_vec(),
        };
        PyBuffer_Release(view.as_mut_ptr());
        Some(found)
    }
}

/// `Py_buffer`, which is not in the limited API of 3.10.
#[repr(C)]
struct Buffer {
    data: *mut u8,
    object: Obj,
    length: isize,
    /// Item size, flags, dimensions, format, shape, strides, suboffsets, internal.
    rest: [usize; 7],
}

/// `PyBUF_SIMPLE`
const SIMPLE: std::os::raw::c_int = 0;

unsafe extern "C" {
    /// In the limited API since 3.11, but exported by every version.
    fn PyObject_GetBuffer(object: Obj, view: *mut Buffer, flags: std::os::raw::c_int) -> std::os::raw::c_int;
    fn PyBuffer_Release(view: *mut Buffer);
}

/// Whether an object's class is written in C, or does not define `__buffer__` (3.12 and later).
unsafe fn exports_quietly(data: Obj) -> bool {
    // SAFETY: `data` is live.
    unsafe {
        let ty = raw::type_of(data);
        if !raw::has_flag(ty, flag::HEAP) {
            return true;
        }
        let mut own = false;
        for &base in raw::mro(ty) {
            let dict = raw::type_dict(base.cast());
            if !raw::has_flag(base.cast(), flag::HEAP) || dict.is_null() {
                continue;
            }
            raw::dict_pairs(dict, |name, value| {
                let is_it = raw::is_str(raw::type_of(name)) && raw::str_bytes(name) == b"__buffer__";
                own |= is_it && !raw::is_wrapper_descriptor(raw::type_of(value));
                !is_it
            });
        }
        !own
    }
}

/// The bytes of all objects of a list or tuple, joined.
///
/// # Safety
/// `all` is live; under the GIL.
pub unsafe fn of_all(all: Obj) -> Option<Vec<u8>> {
    // SAFETY: the caller's promise.
    unsafe {
        let ty = raw::type_of(all);
        let items = if raw::is_list(ty) {
            raw::list_items(all)
        } else if raw::is_tuple(ty) {
            raw::tuple_items(all)
        } else {
            return None;
        };
        let mut found = Vec::new();
        for &item in items {
            found.extend(of(item)?);
        }
        Some(found)
    }
}

/// The number of bytes that were written: an int. A file returns None if it would have had to wait.
///
/// # Safety
/// `result` is live.
pub unsafe fn count(result: Obj) -> Option<usize> {
    // SAFETY: the caller's promise.
    unsafe {
        let is_int = raw::is_int(raw::type_of(result));
        is_int.then(|| raw::small_int(result).and_then(|n| usize::try_from(n).ok()))?
    }
}

/// The number of bytes that a buffer has accepted before it raised BlockingIOError, which is set.
///
/// # Safety
/// Under the GIL, with an exception set.
pub unsafe fn taken_before_error() -> Option<usize> {
    // SAFETY: the exception is put back as it was; the attribute is a getter of a builtin type.
    unsafe {
        if !std::ptr::eq(ffi::PyErr_Occurred(), ffi::PyExc_BlockingIOError) {
            return None;
        }
        let (mut ty, mut value, mut traceback) = (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
        ffi::PyErr_Fetch(&raw mut ty, &raw mut value, &raw mut traceback);
        let is_one = !value.is_null() && std::ptr::eq(raw::type_of(value).cast(), ffi::PyExc_BlockingIOError);
        let mut found = None;
        if is_one {
            let written = ffi::PyObject_GetAttrString(value, c"characters_written".as_ptr());
            if written.is_null() {
                ffi::PyErr_Clear();
            } else {
                found = count(written);
                ffi::Py_DecRef(written);
            }
        }
        ffi::PyErr_Restore(ty, value, traceback);
        found
    }
}

/// Whether this is the view of its own memory that a buffer passes to its file: a view without an underlying object, to
/// which only one reference exists.
///
/// # Safety
/// `data` is live.
pub unsafe fn is_from_buffer(data: Obj) -> bool {
    // SAFETY: the layout of memoryviews.
    unsafe {
        raw::builtin_name(raw::type_of(data)) == b"memoryview"
            && field::<Obj>(data, VIEWED).is_null()
            && raw::refcount(data) == 1
    }
}
