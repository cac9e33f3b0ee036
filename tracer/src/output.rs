//! Records output to the descriptors 1 and 2, at the step that wrote it.
//!
//! C methods are wrapped in the method tables, so that the types, the streams and their attributes stay the same. Text
//! passes through several layers, and is recorded at the first one:
//!
//! - `TextIOWrapper.write`; what it passes to its buffer, then or later (`flush`), is not recorded again;
//! - the `write` of `BufferedWriter` and `BufferedRandom`; what these pass to their file is not recorded again;
//! - `FileIO.write`, `os.write` and `os.writev`.
//!
//! Descriptors that are copies of 1 or 2 are detected at the last of these only, so that output of a stream with such a
//! descriptor is recorded when the stream is flushed.
//!
//! Output that C code writes itself is not seen.

use std::cell::RefCell;
use std::ffi::CStr;
use std::os::raw::c_int;

use pyo3_ffi as ffi;

use crate::methods::{NONE, Original, wrap};
use crate::raw::{self, Obj, flag};
use crate::state;

mod bytes;
mod copies;
mod streams;

use streams::{BUFFER, Method, WithClass};

static mut TEXT_WRITE: Option<ffi::PyCFunction> = None;
static mut TEXT_FLUSH: Option<ffi::PyCFunction> = None;
static mut TEXT_TELL: Option<ffi::PyCFunction> = None;
static mut TEXT_READ: Option<Few> = None;
static mut TEXT_READLINE: Option<Few> = None;
static mut BUFFERED_WRITE: Option<ffi::PyCFunction> = None;
static mut RANDOM_WRITE: Option<ffi::PyCFunction> = None;
static mut FILE_WRITE: Option<ffi::PyCFunction> = None;
static mut FILE_WRITE_CLASS: Option<WithClass> = None;
static mut OS_WRITE: Original = NONE;
static mut OS_WRITEV: Original = NONE;

/// A method that takes a few arguments by position.
type Few = unsafe extern "C" fn(Obj, *const Obj, ffi::Py_ssize_t) -> Obj;

thread_local! {
    /// Buffers of the text streams whose methods run in this thread. What is passed to them now was recorded already.
    static FILLED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Wraps the functions that write.
///
/// # Safety
/// Under the GIL, once.
pub unsafe fn install() {
    // SAFETY: the caller's promise; modules that live as long as the process.
    unsafe {
        let (io, posix) = (raw::loaded_module(c"_io"), raw::loaded_module(c"posix"));
        if io.is_null() || !streams::find(io) || !wrap_text(io) {
            return;
        }

        wrap_binary(io);
        if !posix.is_null() {
            wrap(posix, c"write", &raw mut OS_WRITE, os_write, None);
            wrap(posix, c"writev", &raw mut OS_WRITEV, os_writev, None);
        }
    }
}

/// Wraps the methods of text streams; false if that cannot be done: then binary streams are left as they are, too, as
/// text would be told twice or not at all.
///
/// # Safety
/// Under the GIL, once; `io` is the module `_io`.
unsafe fn wrap_text(io: Obj) -> bool {
    // SAFETY: the caller's promise. Each wrapper is put in only where the flags say that it takes what the method does;
    // nothing else borrows the originals.
    unsafe {
        let text = |name| Method::of(io, c"TextIOWrapper", name);
        let (Some(write), Some(flush)) = (text(c"write"), text(c"flush")) else { return false };
        if write.flags != ffi::METH_O || flush.flags != ffi::METH_NOARGS {
            return false;
        }
        TEXT_WRITE = write.replace(text_write);
        TEXT_FLUSH = flush.replace(text_flush);
        TEXT_TELL = text(c"tell").filter(|method| method.flags == ffi::METH_NOARGS).and_then(|m| m.replace(text_tell));
        TEXT_READ = text(c"read").and_then(|method| method.replace_few(text_read));
        TEXT_READLINE = text(c"readline").and_then(|method| method.replace_few(text_readline));
    }
    true
}

/// Wraps the methods of binary streams.
///
/// # Safety
/// As for [`wrap_text`].
unsafe fn wrap_binary(io: Obj) {
    // SAFETY: as in `wrap_text`.
    unsafe {
        let one = |class: &CStr| Method::of(io, class, c"write").filter(|method| method.flags == ffi::METH_O);
        BUFFERED_WRITE = one(c"BufferedWriter").and_then(|method| method.replace(buffered_write));
        RANDOM_WRITE = one(c"BufferedRandom").and_then(|method| method.replace(random_write));
        if let Some(method) = Method::of(io, c"FileIO", c"write") {
            match method.flags {
                ffi::METH_O => FILE_WRITE = method.replace(file_write),
                _ => FILE_WRITE_CLASS = method.replace_with_class(file_write_class),
            }
        }
    }
}

/// Runs `f`, a method of a text stream. What it passes to its buffer is not recorded again.
unsafe fn filling(stream: Obj, f: impl FnOnce() -> Obj) -> Obj {
    // SAFETY: `stream` is a live text stream.
    let buffer = unsafe { streams::inner(stream, BUFFER) } as usize;
    let _ = FILLED.try_with(|filled| filled.borrow_mut().push(buffer));
    let result = f();
    let _ = FILLED.try_with(|filled| filled.borrow_mut().pop());
    result
}

/// Whether the text stream of this buffer is passing text to it that was recorded already.
fn is_filled(buffer: Obj) -> bool {
    FILLED.try_with(|filled| filled.borrow().contains(&(buffer as usize))).unwrap_or(false)
}

fn tell(descriptor: c_int, bytes: &[u8]) {
    if !bytes.is_empty() {
        // SAFETY: called by wrappers, under the GIL.
        unsafe { state::with(|engine| engine.output(descriptor as u8, bytes)) };
    }
}

/// Whether output to a descriptor is recorded.
fn is_told(descriptor: c_int) -> bool {
    matches!(descriptor, 1 | 2) && !state::is_off()
}

unsafe extern "C" fn text_write(stream: Obj, text: Obj) -> Obj {
    // SAFETY: called by the interpreter in place of the function that TEXT_WRITE holds.
    unsafe {
        let Some(original) = TEXT_WRITE else { return std::ptr::null_mut() };
        let descriptor = streams::descriptor(streams::inner(stream, BUFFER));
        let result = filling(stream, || original(stream, text));
        if !result.is_null() && is_told(descriptor) && raw::has_flag(raw::type_of(text), flag::STR) {
            tell(descriptor, &raw::str_bytes(text));
        }
        result
    }
}

unsafe extern "C" fn text_flush(stream: Obj, nothing: Obj) -> Obj {
    // SAFETY: as in `text_write`.
    unsafe {
        let Some(original) = TEXT_FLUSH else { return std::ptr::null_mut() };
        filling(stream, || original(stream, nothing))
    }
}

unsafe extern "C" fn text_tell(stream: Obj, nothing: Obj) -> Obj {
    // SAFETY: as in `text_write`.
    unsafe {
        let Some(original) = TEXT_TELL else { return std::ptr::null_mut() };
        filling(stream, || original(stream, nothing))
    }
}

unsafe extern "C" fn text_read(stream: Obj, arguments: *const Obj, count: ffi::Py_ssize_t) -> Obj {
    // SAFETY: as in `text_write`.
    unsafe {
        let Some(original) = TEXT_READ else { return std::ptr::null_mut() };
        filling(stream, || original(stream, arguments, count))
    }
}

unsafe extern "C" fn text_readline(stream: Obj, arguments: *const Obj, count: ffi::Py_ssize_t) -> Obj {
    // SAFETY: as in `text_write`.
    unsafe {
        let Some(original) = TEXT_READLINE else { return std::ptr::null_mut() };
        filling(stream, || original(stream, arguments, count))
    }
}

/// Calls a `write` that takes `data`, and records as much of it as the result says was written.
unsafe fn written(descriptor: c_int, data: Obj, f: impl FnOnce() -> Obj) -> Obj {
    // SAFETY: `data` is live while its caller holds it.
    unsafe {
        if !is_told(descriptor) {
            return f();
        }
        // Read before the call, as other threads may change it meanwhile.
        let bytes = bytes::of(data);
        let result = f();
        let kept = if result.is_null() { bytes::taken_before_error() } else { bytes::count(result) };
        if let (Some(bytes), Some(kept)) = (bytes, kept) {
            tell(descriptor, &bytes[..kept.min(bytes.len())]);
        }
        result
    }
}

/// A buffer accepts all data at once, including data that it has not passed to its file yet.
unsafe fn write_to_buffer(buffer: Obj, data: Obj, original: ffi::PyCFunction) -> Obj {
    // SAFETY: `buffer` is a live BufferedWriter or BufferedRandom.
    unsafe {
        let descriptor = if is_filled(buffer) { -1 } else { streams::descriptor(buffer) };
        written(descriptor, data, || original(buffer, data))
    }
}

unsafe extern "C" fn buffered_write(buffer: Obj, data: Obj) -> Obj {
    // SAFETY: called by the interpreter in place of the function that BUFFERED_WRITE holds.
    unsafe {
        let Some(original) = BUFFERED_WRITE else { return std::ptr::null_mut() };
        write_to_buffer(buffer, data, original)
    }
}

unsafe extern "C" fn random_write(buffer: Obj, data: Obj) -> Obj {
    // SAFETY: called by the interpreter in place of the function that RANDOM_WRITE holds.
    unsafe {
        let Some(original) = RANDOM_WRITE else { return std::ptr::null_mut() };
        write_to_buffer(buffer, data, original)
    }
}

/// The descriptor of a file that is written to, 1 or 2; -1 for others, and for data that was recorded already.
unsafe fn descriptor_of_file(file: Obj, data: Obj) -> c_int {
    // SAFETY: both are live.
    unsafe {
        match streams::descriptor(file) {
            1 | 2 if is_filled(file) || bytes::is_from_buffer(data) => -1,
            descriptor => told_as(descriptor),
        }
    }
}

/// The standard descriptor (1 or 2) that this one is, or is a copy of; -1 if it is neither.
fn told_as(descriptor: c_int) -> c_int {
    match descriptor {
        1 | 2 => descriptor,
        _ if state::is_off() => -1,
        other => copies::of(other),
    }
}

unsafe extern "C" fn file_write(file: Obj, data: Obj) -> Obj {
    // SAFETY: called by the interpreter in place of the function that FILE_WRITE holds.
    unsafe {
        let Some(original) = FILE_WRITE else { return std::ptr::null_mut() };
        written(descriptor_of_file(file, data), data, || original(file, data))
    }
}

unsafe extern "C" fn file_write_class(
    file: Obj,
    class: *mut ffi::PyTypeObject,
    arguments: *const Obj,
    count: ffi::Py_ssize_t,
    names: Obj,
) -> Obj {
    // SAFETY: called by the interpreter in place of the function that FILE_WRITE_CLASS holds.
    unsafe {
        let Some(original) = FILE_WRITE_CLASS else { return std::ptr::null_mut() };
        let call = || original(file, class, arguments, count, names);
        if count != 1 {
            return call();
        }
        written(descriptor_of_file(file, *arguments), *arguments, call)
    }
}

/// The descriptor among the arguments of a function, and the arguments after it.
unsafe fn given<'a>(arguments: *const Obj, count: ffi::Py_ssize_t) -> (c_int, &'a [Obj]) {
    // SAFETY: the arguments are live; an int alone is read.
    unsafe {
        let own = std::slice::from_raw_parts(arguments, count.max(0) as usize);
        match own {
            [descriptor, rest @ ..] if raw::is_int(raw::type_of(*descriptor)) => {
                let descriptor = raw::small_int(*descriptor).and_then(|n| c_int::try_from(n).ok());
                (descriptor.unwrap_or(-1), rest)
            }
            _ => (-1, &[]),
        }
    }
}

unsafe extern "C" fn os_write(module: Obj, arguments: *const Obj, count: ffi::Py_ssize_t, names: Obj) -> Obj {
    // SAFETY: called by the interpreter in place of the function that OS_WRITE holds.
    unsafe {
        let Some(original) = OS_WRITE.fast else { return std::ptr::null_mut() };
        let call = || original(module, arguments, count, names);
        match given(arguments, count) {
            (descriptor, &[data]) => written(told_as(descriptor), data, call),
            _ => call(),
        }
    }
}

unsafe extern "C" fn os_writev(module: Obj, arguments: *const Obj, count: ffi::Py_ssize_t, names: Obj) -> Obj {
    // SAFETY: called by the interpreter in place of the function that OS_WRITEV holds.
    unsafe {
        let Some(original) = OS_WRITEV.fast else { return std::ptr::null_mut() };
        let call = || original(module, arguments, count, names);
        let (descriptor, rest) = given(arguments, count);
        match (told_as(descriptor), rest) {
            (descriptor, &[all]) if is_told(descriptor) => {
                let bytes = bytes::of_all(all);
                let result = call();
                if !result.is_null()
                    && let (Some(bytes), Some(kept)) = (bytes, bytes::count(result))
                {
                    tell(descriptor, &bytes[..kept.min(bytes.len())]);
                }
                result
            }
            _ => call(),
        }
    }
}
