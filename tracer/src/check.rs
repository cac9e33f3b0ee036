//! Checks that the tables of [`crate::layout`] are right for the running interpreter. What the public API says about
//! objects made here, and about builtin types, is compared with what is read.

use std::ffi::CStr;
use std::os::raw::c_int;

use pyo3_ffi as ffi;

use crate::layout::common as at;
use crate::layout::private::{method_wrapper, property};
use crate::raw::{self, Obj, field};

pub mod private;

unsafe extern "C" {
    /// Not in the limited API, like the next ones, but exported by every version.
    static mut PyFunction_Type: ffi::PyTypeObject;
    static mut PyMethod_Type: ffi::PyTypeObject;
    static mut PyStaticMethod_Type: ffi::PyTypeObject;
    static mut PyClassMethod_Type: ffi::PyTypeObject;
    static mut PyFrame_Type: ffi::PyTypeObject;
    fn PyCell_New(contents: Obj) -> Obj;
}

/// Compares the table of headers with the public API.
///
/// # Safety
/// Under the GIL, from code of Python.
///
/// # Errors
/// A message that names what has another layout.
pub unsafe fn headers(minor: u32) -> Result<(), String> {
    type Check = (&'static str, unsafe fn() -> bool);
    let checks: [Check; 9] = [
        ("strings", strings),
        ("ints", ints),
        ("floats", floats),
        ("dicts", dicts),
        ("containers", containers),
        ("memory", memory),
        ("types", types),
        ("functions", functions),
        ("exceptions", exceptions),
    ];
    // SAFETY: the caller's promise; objects made in a check are released in it. The collector is held off, as it could
    // run code of a program that runs already.
    let wrong = unsafe {
        let enabled = ffi::PyGC_Disable();
        let wrong = checks.iter().find(|(_, holds)| !holds()).map(|(what, _)| *what).or_else(|| frames().err());
        if enabled != 0 {
            ffi::PyGC_Enable();
        }
        wrong
    };
    match wrong {
        None => Ok(()),
        Some(what) => Err(format!("connie does not know where this build of Python 3.{minor} keeps {what}")),
    }
}

/// Checks an object made here, and releases it. If it could not be made, the check passes.
unsafe fn of_own(object: Obj, holds: impl FnOnce(Obj) -> bool) -> bool {
    // SAFETY: the reference is ours.
    unsafe {
        if object.is_null() {
            ffi::PyErr_Clear();
            return true;
        }
        let holds = holds(object);
        ffi::Py_DecRef(object);
        holds
    }
}

/// Whether members of a type written in C have the expected offsets.
unsafe fn has_members(ty: Obj, members: &[(&CStr, usize)]) -> bool {
    // SAFETY: the caller gives a live type.
    members.iter().all(|(name, offset)| unsafe { raw::member(ty, name) } == Some(*offset))
}

unsafe fn strings() -> bool {
    // SAFETY: texts of our own.
    unsafe {
        [c"connie", c"connie \xc3\xa9", c"\xe2\x82\xac", c"\xf0\x9f\x99\x82"].iter().all(|text| {
            of_own(ffi::PyUnicode_FromString(text.as_ptr()), |object| raw::str_bytes(object) == text.to_bytes())
        })
    }
}

unsafe fn ints() -> bool {
    // SAFETY: ints of our own.
    unsafe {
        [0, -1, 1 << 20, i64::MAX, i64::MIN + 1]
            .into_iter()
            .all(|n| of_own(ffi::PyLong_FromLongLong(n), |int| raw::small_int(int) == Some(n)))
    }
}

unsafe fn floats() -> bool {
    // SAFETY: objects of our own, of these types.
    unsafe {
        of_own(ffi::PyFloat_FromDouble(-1.5), |float| field::<f64>(float, at::FLOAT_VALUE) == -1.5)
            && of_own(ffi::PyComplex_FromDoubles(0.5, 2.0), |complex| {
                field::<[f64; 2]>(complex, at::COMPLEX_VALUE) == [0.5, 2.0]
            })
    }
}

unsafe fn dicts() -> bool {
    // SAFETY: a dict of our own.
    unsafe {
        of_own(ffi::PyDict_New(), |dict| {
            let before = raw::dict_version(dict);
            ffi::PyDict_SetItem(dict, ffi::Py_None(), ffi::Py_None());
            raw::dict_version(dict) != before && raw::dict_len(dict) == 1
        })
    }
}

unsafe fn containers() -> bool {
    // SAFETY: containers of our own, which hold None twice: it is immortal, or held by the interpreter.
    unsafe {
        let none = ffi::Py_None();
        of_own(ffi::PyList_New(0), |list| {
            ffi::PyList_Append(list, none);
            ffi::PyList_Append(list, none);
            raw::list_items(list) == [none, none]
        }) && of_own(ffi::PyTuple_Pack(2, none, none), |tuple| raw::tuple_items(tuple) == [none, none])
            && of_own(ffi::PySet_New(std::ptr::null_mut()), |set| has_in_set(set, none))
            && of_own(PyCell_New(none), |cell| std::ptr::eq(raw::cell_contents(cell), none))
            && of_own(ffi::PySlice_New(none, none, none), |slice| {
                [at::SLICE_START, at::SLICE_STOP, at::SLICE_STEP].map(|at| field::<Obj>(slice, at)) == [none; 3]
            })
    }
}

/// Whether an object is found in a set of our own once it was put there, and nothing else.
unsafe fn has_in_set(set: Obj, object: Obj) -> bool {
    let mut items = Vec::new();
    // SAFETY: the caller gives a set of our own, and a live object whose hash and comparison run no code.
    unsafe {
        ffi::PySet_Add(set, object);
        raw::set_items(set, |item| {
            items.push(item);
            true
        });
        items == [object] && raw::set_len(set) == 1
    }
}

/// Bytes, and views of them.
unsafe fn memory() -> bool {
    // SAFETY: objects of our own; the view holds what it shows.
    unsafe {
        let view = |bytes: Obj| {
            of_own(ffi::PyMemoryView_FromObject(bytes), |view| {
                std::ptr::eq(field::<Obj>(view, at::VIEW_OWNER), bytes)
                    && std::ptr::eq(field::<*const u8>(view, at::VIEW_ADDRESS), raw::bytes_data(bytes).as_ptr())
                    && field::<usize>(view, at::VIEW_LENGTH) == 4
            })
        };
        of_own(ffi::PyBytes_FromStringAndSize(c"text".as_ptr(), 4), |bytes| {
            raw::bytes_data(bytes) == b"text" && view(bytes)
        }) && of_own(ffi::PyByteArray_FromStringAndSize(c"text".as_ptr(), 4), |array| {
            let start: *const std::os::raw::c_char = field(array, at::BYTEARRAY_START);
            std::ptr::eq(start, ffi::PyByteArray_AsString(array)) && field::<usize>(array, at::VAR_SIZE) == 4
        })
    }
}

/// Checks slots and fields of types.
unsafe fn types() -> bool {
    const SLOTS: [(c_int, usize); 4] = [
        (ffi::Py_tp_dealloc, at::TYPE_DEALLOC),
        (ffi::Py_tp_str, at::TYPE_STR),
        (ffi::Py_tp_getattro, at::TYPE_GETATTRO),
        (ffi::Py_tp_traverse, at::TYPE_TRAVERSE),
    ];
    // SAFETY: builtin types, which live as long as the process.
    unsafe {
        let slot = |ty: *mut ffi::PyTypeObject, slot: c_int| ffi::PyType_GetSlot(ty, slot) as usize;
        let (list, property) = (&raw mut ffi::PyList_Type, &raw mut ffi::PyProperty_Type);
        let mapping: *const u8 = field(list, at::TYPE_AS_MAPPING);
        SLOTS.iter().all(|(n, at)| field::<usize>(list, *at) == slot(list, *n))
            && field::<usize>(property, at::TYPE_DESCR_GET) == slot(property, ffi::Py_tp_descr_get)
            && field::<usize>(property, at::TYPE_DESCR_SET) == slot(property, ffi::Py_tp_descr_set)
            && !mapping.is_null()
            && field::<usize>(mapping, at::MAPPING_SUBSCRIPT) == slot(list, ffi::Py_mp_subscript)
            && raw::flags(list) == ffi::PyType_GetFlags(list)
            && raw::type_name(list) == b"list"
            && raw::mro(list).first() == Some(&list.cast())
            && sizes()
    }
}

/// Checks the types' fields for the size of objects, and the offsets of dict and weak references.
unsafe fn sizes() -> bool {
    const SIZES: [(&CStr, usize); 4] = [
        (c"__basicsize__", at::TYPE_BASICSIZE),
        (c"__itemsize__", at::TYPE_ITEMSIZE),
        (c"__dictoffset__", at::TYPE_DICTOFFSET),
        (c"__weakrefoffset__", at::TYPE_WEAKLISTOFFSET),
    ];
    // SAFETY: builtin types, which live as long as the process; their attributes are ints.
    unsafe {
        // Functions have a dict and weak references; tuples have items.
        let types: [Obj; 2] = [(&raw mut PyFunction_Type).cast(), (&raw mut ffi::PyTuple_Type).cast()];
        types.iter().all(|ty| {
            SIZES.iter().all(|(name, at)| {
                of_own(ffi::PyObject_GetAttrString(*ty, name.as_ptr()), |size| {
                    raw::small_int(size) == Some(field(*ty, *at))
                })
            })
        })
    }
}

/// Checks functions, methods and wrappers.
unsafe fn functions() -> bool {
    // SAFETY: builtin types, which live as long as the process.
    unsafe {
        let wrapper = [(c"__func__", method_wrapper::CALLABLE)];
        let method = [(c"__func__", at::METHOD_FUNCTION), (c"__self__", at::METHOD_SELF)];
        let hooks = [(c"fget", property::GET), (c"fset", property::SET), (c"fdel", property::DELETE)];
        has_members((&raw mut PyFunction_Type).cast(), &[(c"__globals__", at::FUNCTION_GLOBALS)])
            && has_members((&raw mut PyMethod_Type).cast(), &method)
            && has_members((&raw mut PyStaticMethod_Type).cast(), &wrapper)
            && has_members((&raw mut PyClassMethod_Type).cast(), &wrapper)
            && has_members((&raw mut ffi::PyProperty_Type).cast(), &hooks)
    }
}

unsafe fn exceptions() -> bool {
    let layout = raw::layout();
    // SAFETY: an exception of our own; what it is given takes references that are ours.
    unsafe {
        let holds = |exception: Obj| {
            let other = ffi::PyObject_CallNoArgs(ffi::PyExc_ValueError);
            if other.is_null() {
                ffi::PyErr_Clear();
                return true;
            }
            ffi::Py_IncRef(other);
            ffi::PyException_SetContext(exception, other);
            ffi::PyException_SetCause(exception, other);
            let places = [layout.exception_context, layout.exception_cause];
            let args: Obj = field(exception, at::EXCEPTION_ARGS);
            // Setting a cause also suppresses the context.
            places.iter().all(|at| std::ptr::eq(field::<Obj>(exception, *at), other))
                && field::<u8>(exception, layout.exception_suppressed) != 0
                && !args.is_null()
                && raw::is_tuple(raw::type_of(args))
        };
        of_own(ffi::PyObject_CallNoArgs(ffi::PyExc_ValueError), holds)
    }
}

/// Checks the running frame and its code.
unsafe fn frames() -> Result<(), &'static str> {
    let layout = raw::layout();
    // SAFETY: under the GIL there is a thread state; a frame's code is looked at before it is used.
    let (frame, code) = unsafe {
        let frame = raw::current_frame(ffi::PyThreadState_Get());
        if frame.is_null() {
            return Err("frames");
        }
        let code: Obj = raw::frame_code(frame);
        if raw::kind_name(code) != b"code" || raw::str_bytes(raw::code_filename(code)).is_empty() {
            return Err("frames");
        }
        (frame, code)
    };
    let of_code =
        [(c"co_flags", layout.code_flags), (c"co_filename", layout.code_filename), (c"co_name", layout.code_name)];
    // SAFETY: the frame runs, and holds its code; types are live.
    unsafe {
        if !std::ptr::eq(field::<Obj>(frame, layout.frame_globals), ffi::PyEval_GetGlobals())
            || !std::ptr::eq(field::<Obj>(frame, layout.frame_builtins), ffi::PyEval_GetBuiltins())
        {
            return Err("globals");
        }
        if !has_members(raw::type_of(code).cast(), &of_code) {
            return Err("code");
        }
        if !has_members((&raw mut PyFrame_Type).cast(), &[(c"f_trace_lines", layout.pyframe_trace_lines)]) {
            return Err("frames");
        }
        is_within(frame, code).then_some(()).ok_or("instructions")
    }
}

/// Whether a frame's position is within its code's instructions.
unsafe fn is_within(frame: *mut u8, code: Obj) -> bool {
    let layout = raw::layout();
    // SAFETY: a live frame of that code; since 3.11 the code's size is how many instructions it has.
    unsafe {
        if layout.minor == 10 {
            return field::<i32>(frame, layout.frame_instruction) >= 0;
        }
        let at: usize = field(frame, layout.frame_instruction);
        let count: usize = field(code, at::VAR_SIZE);
        let start = code as usize + layout.code_bytes;
        (start..=start + 2 * count).contains(&at)
    }
}
