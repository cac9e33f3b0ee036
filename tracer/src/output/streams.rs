//! Streams of `_io`: their methods, the streams that they wrap, and their descriptors.

use std::ffi::CStr;
use std::os::raw::c_int;

use pyo3_ffi as ffi;

use super::Few;
use crate::layout::common as at;
use crate::layout::private::file_io;
use crate::raw::member;
use crate::raw::{self, Obj, field};

/// A method that gets its defining class as an argument.
pub type WithClass = unsafe extern "C" fn(Obj, *mut ffi::PyTypeObject, *const Obj, ffi::Py_ssize_t, Obj) -> Obj;

/// The offsets of wrapped streams.
struct Streams {
    /// `TextIOWrapper.buffer`, `BufferedWriter.raw` and `BufferedRandom.raw`.
    inner: [usize; 3],
    /// These classes, and `FileIO`.
    classes: [*mut ffi::PyTypeObject; 4],
}

/// Index of `TextIOWrapper`.
pub const BUFFER: usize = 0;
/// Index of `FileIO`.
pub const FILE: usize = 3;

static mut STREAMS: Option<Streams> = None;

/// Finds the classes and their fields. Returns false if they are not as expected.
///
/// # Safety
/// `io` is the module `_io`; under the GIL.
pub unsafe fn find(io: Obj) -> bool {
    // SAFETY: the classes live as long as the process.
    unsafe {
        let class = |name: &CStr| ffi::PyDict_GetItemString(ffi::PyModule_GetDict(io), name.as_ptr());
        let classes = [c"TextIOWrapper", c"BufferedWriter", c"BufferedRandom", c"FileIO"].map(class);
        if classes.iter().any(|class| class.is_null()) {
            return false;
        }
        let inner = [(1, c"raw"), (2, c"raw")].map(|(n, name)| member(classes[n], name));
        let [Some(raw), Some(random)] = inner else { return false };
        // From 3.14 on this is not a member.
        let buffer = member(classes[BUFFER], c"buffer").or_else(|| buffer_of(classes[BUFFER], class(c"BytesIO")));
        let Some(buffer) = buffer else { return false };
        if !has_descriptor(classes[FILE]) {
            return false;
        }
        STREAMS = Some(Streams { inner: [buffer, raw, random], classes: classes.map(|class| class.cast()) });
        true
    }
}

/// The offset of the buffer in a text stream, found with one made here.
unsafe fn buffer_of(text: Obj, memory: Obj) -> Option<usize> {
    // SAFETY: under the GIL; the object is longer than the fields that are looked at.
    unsafe {
        if memory.is_null() {
            return None;
        }
        let buffer = ffi::PyObject_CallObject(memory, std::ptr::null_mut());
        let arguments = ffi::PyTuple_New(2);
        ffi::Py_IncRef(buffer);
        ffi::PyTuple_SetItem(arguments, 0, buffer);
        ffi::PyTuple_SetItem(arguments, 1, ffi::PyUnicode_FromString(c"utf-8".as_ptr()));
        let stream = ffi::PyObject_CallObject(text, arguments);
        ffi::Py_DecRef(arguments);
        let mut found = None;
        if stream.is_null() {
            ffi::PyErr_Clear();
        } else {
            found = (16..128).step_by(8).find(|at| std::ptr::eq(field::<Obj>(stream, *at), buffer));
            ffi::Py_DecRef(stream);
        }
        ffi::Py_DecRef(buffer);
        found
    }
}

/// Whether a FileIO has its descriptor at the expected offset, checked with one made here.
unsafe fn has_descriptor(class: Obj) -> bool {
    // SAFETY: under the GIL; the descriptor is ours, and closed here.
    unsafe {
        let descriptor = libc::open(c"/dev/null".as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        if descriptor < 0 {
            return false;
        }
        let arguments = ffi::PyTuple_New(3);
        ffi::PyTuple_SetItem(arguments, 0, ffi::PyLong_FromLong(descriptor.into()));
        ffi::PyTuple_SetItem(arguments, 1, ffi::PyUnicode_FromString(c"w".as_ptr()));
        ffi::PyTuple_SetItem(arguments, 2, ffi::PyBool_FromLong(0));
        let file = ffi::PyObject_CallObject(class, arguments);
        ffi::Py_DecRef(arguments);
        let fine = !file.is_null() && field::<c_int>(file, file_io::DESCRIPTOR) == descriptor;
        if file.is_null() {
            ffi::PyErr_Clear();
        } else {
            ffi::Py_DecRef(file);
        }
        libc::close(descriptor);
        fine
    }
}

/// The stream that a stream of a class wraps; null if it is detached or has none.
///
/// # Safety
/// `stream` is a live object of that class, or of a subclass.
pub unsafe fn inner(stream: Obj, class: usize) -> Obj {
    // SAFETY: the caller's promise.
    unsafe {
        match (&raw const STREAMS).as_ref().and_then(Option::as_ref) {
            Some(streams) => field(stream, streams.inner[class]),
            None => std::ptr::null_mut(),
        }
    }
}

/// The descriptor that a FileIO, or a buffer around one, writes to; -1 if there is none, or it is not known.
///
/// # Safety
/// `stream` is live, or null.
pub unsafe fn descriptor(stream: Obj) -> c_int {
    // SAFETY: the classes say what the objects are.
    unsafe {
        let Some(streams) = (&raw const STREAMS).as_ref().and_then(Option::as_ref) else { return -1 };
        let is = |object: Obj, n: usize| {
            let (ty, class) = (raw::type_of(object), streams.classes[n]);
            std::ptr::eq(ty, class) || ffi::PyType_IsSubtype(ty, class) != 0
        };
        let mut stream = stream;
        for class in [1, 2] {
            if !stream.is_null() && !is(stream, FILE) && is(stream, class) {
                stream = field(stream, streams.inner[class]);
                break;
            }
        }
        if stream.is_null() || !is(stream, FILE) { -1 } else { field(stream, file_io::DESCRIPTOR) }
    }
}

/// A method in the table of its class.
pub struct Method {
    definition: *mut ffi::PyMethodDef,
    /// Its calling convention.
    pub flags: c_int,
}

impl Method {
    /// The method of a class in a module.
    ///
    /// # Safety
    /// Under the GIL; the class is written in C and lives as long as the process.
    pub unsafe fn of(module: Obj, class: &CStr, name: &CStr) -> Option<Self> {
        // SAFETY: a method descriptor points to its entry in a method table, which lies in writable data.
        unsafe {
            let class = ffi::PyDict_GetItemString(ffi::PyModule_GetDict(module), class.as_ptr());
            if class.is_null() {
                return None;
            }
            let descriptor = ffi::PyObject_GetAttrString(class, name.as_ptr());
            if descriptor.is_null() {
                ffi::PyErr_Clear();
                return None;
            }
            let own: Obj = field(descriptor, at::DESCRIPTOR_TYPE);
            let is_one = raw::is_method_descriptor(raw::type_of(descriptor)) && std::ptr::eq(own, class);
            let definition: *mut ffi::PyMethodDef = field(descriptor, at::DESCRIPTOR_METHOD);
            ffi::Py_DecRef(descriptor);
            is_one.then(|| Self { definition, flags: (*definition).ml_flags })
        }
    }

    /// Replaces the method by another function. Returns the original.
    ///
    /// # Safety
    /// Its flags say that it takes one argument or none.
    pub unsafe fn replace(&self, function: ffi::PyCFunction) -> Option<ffi::PyCFunction> {
        // SAFETY: the caller's promise.
        unsafe {
            let before = (*self.definition).ml_meth.PyCFunction;
            (*self.definition).ml_meth = ffi::PyMethodDefPointer { PyCFunction: function };
            Some(before)
        }
    }

    /// As [`Self::replace`], for a method with a few positional arguments.
    ///
    /// # Safety
    /// Under the GIL.
    pub unsafe fn replace_few(&self, function: Few) -> Option<Few> {
        // SAFETY: the flags say what it takes.
        unsafe {
            (self.flags == ffi::METH_FASTCALL).then(|| {
                let before = std::mem::transmute::<ffi::PyMethodDefPointer, Few>((*self.definition).ml_meth);
                (*self.definition).ml_meth = std::mem::transmute::<Few, ffi::PyMethodDefPointer>(function);
                before
            })
        }
    }

    /// As [`Self::replace`], for a method that gets its class.
    ///
    /// # Safety
    /// Under the GIL.
    pub unsafe fn replace_with_class(&self, function: WithClass) -> Option<WithClass> {
        // SAFETY: the flags say what it takes.
        unsafe {
            (self.flags == METHOD | ffi::METH_FASTCALL | ffi::METH_KEYWORDS).then(|| {
                let before = std::mem::transmute::<ffi::PyMethodDefPointer, WithClass>((*self.definition).ml_meth);
                (*self.definition).ml_meth = std::mem::transmute::<WithClass, ffi::PyMethodDefPointer>(function);
                before
            })
        }
    }
}

/// `METH_METHOD`, which is not in the limited API.
const METHOD: c_int = 0x200;
