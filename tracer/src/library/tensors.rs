//! Tensors of torch and arrays of jax: shape, type, device, first items.
//!
//! Their C++ code is called, as for frames: getters and methods that make plain values. Items are read if they are in
//! the program's own memory. Items on a device are not fetched, as the program would have to wait.

use pyo3_ffi as ffi;

use super::arrays::{NdArray, SHOWN};
use super::contents::{Contents, attribute};
use super::native::{Owned, call, called, got, int};
use super::values::Values;
use crate::layout::private;
use crate::raw::{self, Obj, field, flag, type_attribute};

/// A class of one of the libraries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TensorKind {
    Torch,
    Jax,
}

/// The kind of exactly this class. Attributes of subclasses of torch's tensors may be computed in Python.
pub(super) unsafe fn of(ty: *mut ffi::PyTypeObject) -> Option<TensorKind> {
    // SAFETY: `ty` is a live type.
    unsafe {
        if !raw::has_flag(ty, flag::HEAP) {
            return None;
        }
        let module = || raw::str_bytes(type_attribute(ty, c"__module__"));
        match raw::type_name(ty) {
            b"Tensor" if module() == b"torch" => Some(TensorKind::Torch),
            b"Parameter" | b"Buffer" if module() == b"torch.nn.parameter" => Some(TensorKind::Torch),
            b"jaxlib._jax.ArrayImpl" | b"jaxlib.xla_extension.ArrayImpl" => Some(TensorKind::Jax),
            _ => None,
        }
    }
}

/// The range of a tensor's items, if they can be written to.
///
/// # Safety
/// `object` is a live one of this kind.
pub(super) unsafe fn memory(object: Obj, kind: TensorKind) -> Option<std::ops::Range<usize>> {
    // SAFETY: the caller's promise.
    unsafe {
        match kind {
            TensorKind::Torch => {
                torch(object).filter(|tensor| tensor.array.is_read()).map(|tensor| tensor.array.memory())
            }
            TensorKind::Jax => None,
        }
    }
}

/// The parts of a tensor that are shown.
struct Tensor {
    array: NdArray,
    /// The text after its shape and type.
    more: String,
}

impl dyn Values {
    /// Writes shape, type, device and first items.
    ///
    /// # Safety
    /// `object` is a live one of this kind.
    pub(super) unsafe fn tensor(&mut self, object: Obj, kind: TensorKind, name: &str, depth: u8, out: &mut Contents) {
        // SAFETY: the caller's promise.
        unsafe {
            let tensor = match kind {
                TensorKind::Torch => torch(object),
                TensorKind::Jax => jax(object),
            };
            let name = name.rsplit('.').next().unwrap_or(name);
            out.text("<").text(if kind == TensorKind::Jax { "Array" } else { name });
            if let Some(Tensor { array, more }) = tensor {
                out.text(&array.head()).text(&more);
                if array.is_read() && array.total() > 0 {
                    out.text(" ");
                    self.put_items(&array, 0..array.total(), SHOWN, depth, out);
                }
            }
            out.text(">");
        }
    }
}

/// Reads a torch tensor.
unsafe fn torch(tensor: Obj) -> Option<Tensor> {
    // SAFETY: as in `memory`; under the GIL, and nothing that is called here lets it go.
    let (_plain, shape, dtype, device, layout, requires_grad) = unsafe {
        let plain = Plain::new()?;
        let shape = sizes(got(tensor, c"shape")?.get())?;
        let [dtype, device, layout] = [c"dtype", c"device", c"layout"].map(|name| text_of(&got(tensor, name)?));
        (plain, shape, dtype?, device?, layout?, is_true(got(tensor, c"requires_grad")))
    };
    let mut more = String::new();
    if device != "cpu" {
        more += &format!(" device={device}");
    }
    if layout != "torch.strided" {
        more += &format!(" layout={}", layout.trim_start_matches("torch."));
    }
    if requires_grad {
        more += " requires_grad=True";
    }
    let (strides, data) = if device == "cpu" && layout == "torch.strided" {
        // SAFETY: as above.
        unsafe { torch_memory(tensor, shape.len()) }?
    } else {
        (vec![0; shape.len()], std::ptr::null())
    };
    let dtype = dtype.trim_start_matches("torch.");
    let mut array = NdArray::new(data, shape, strides, dtype);
    array.count_in_bytes();
    Some(Tensor { array, more })
}

/// The strides and the memory of a tensor; null where it has none that holds its values as they are.
///
/// # Safety
/// As for [`torch`].
unsafe fn torch_memory(tensor: Obj, dimensions: usize) -> Option<(Vec<isize>, *const u8)> {
    let nothing = (vec![0; dimensions], std::ptr::null());
    // SAFETY: the caller's promise.
    unsafe {
        if is_true(called(tensor, c"is_neg", None)) || is_true(called(tensor, c"is_conj", None)) {
            return Some(nothing);
        }
        // Tensors of a transformation (`vmap`) have no memory, and say so by an exception.
        match called(tensor, c"stride", None).zip(called(tensor, c"data_ptr", None)) {
            Some((steps, start)) => Some((sizes(steps.get())?, int(start.get())? as *const u8)),
            None => Some(nothing),
        }
    }
}

/// Reads a jax array. It never changes, but its items may not be computed yet. Then they are not shown.
unsafe fn jax(array: Obj) -> Option<Tensor> {
    // SAFETY: as in `memory`.
    let (shape, dtype) = unsafe { jax_type(array) }?;
    let mut more = String::new();
    let mut data = std::ptr::null();
    // SAFETY: as above; what is asked is written in C++.
    unsafe {
        let platform = native(array, c"platform").and_then(|name| text_of(&name));
        if platform.as_deref() == Some("cpu") {
            if is_true(native(array, c"is_ready"))
                && let Some(start) = native(array, c"unsafe_buffer_pointer")
            {
                data = int(start.get())? as *const u8;
            }
        } else if let Some(platform) = platform {
            more = format!(" device={platform}");
        }
    }
    let mut strides = vec![1; shape.len()];
    for n in (1..shape.len()).rev() {
        strides[n - 1] = strides[n] * shape[n].max(1);
    }
    let mut array = NdArray::new(data, shape, strides, &dtype);
    array.count_in_bytes();
    Some(Tensor { array, more })
}

/// The shape of a jax array, and the name of its type.
///
/// # Safety
/// As for [`jax`].
unsafe fn jax_type(array: Obj) -> Option<(Vec<isize>, String)> {
    // SAFETY: the caller's promise; an `aval` is an instance with slots, and is held.
    unsafe {
        let aval = property(array, c"aval")?;
        let shape = sizes(attribute(aval.get(), "shape"))?;
        let dtype = attribute(aval.get(), "dtype");
        let is_dtype = |base: &Obj| raw::builtin_name(base.cast()) == b"numpy.dtype";
        if dtype.is_null() || !raw::mro(raw::type_of(dtype)).iter().any(is_dtype) {
            return None;
        }
        let scalar = String::from_utf8_lossy(raw::type_name(field(dtype, private::numpy_dtype::SCALAR))).into_owned();
        let name = scalar.rsplit('.').next().unwrap_or(&scalar).trim_end_matches('_').to_owned();
        Some((shape, name))
    }
}

/// While it exists, torch's getters have no other effect: neither the program's modes (`__torch_function__`) nor a
/// trace that is being made notice them.
struct Plain {
    modes: Vec<Owned>,
    trace: Option<Owned>,
}

impl Plain {
    unsafe fn new() -> Option<Self> {
        // SAFETY: these are functions in C++ that take plain values; see `core`.
        unsafe {
            let mut plain = Self { modes: Vec::new(), trace: None };
            for _ in 0..int(call(core(c"_len_torch_function_stack")?, None)?.get())? {
                plain.modes.push(call(core(c"_pop_torch_function_stack")?, None)?);
            }
            let trace = call(core(c"_get_tracing_state")?, None)?;
            if !std::ptr::eq(trace.get(), ffi::Py_None()) {
                call(core(c"_set_tracing_state")?, Some(ffi::Py_None()))?;
                plain.trace = Some(trace);
            }
            Some(plain)
        }
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        // SAFETY: as in `new`.
        unsafe {
            if let Some(trace) = self.trace.take() {
                core(c"_set_tracing_state").and_then(|set| call(set, Some(trace.get())));
            }
            while let Some(mode) = self.modes.pop() {
                core(c"_push_on_torch_function_stack").and_then(|push| call(push, Some(mode.get())));
            }
        }
    }
}

/// A function of `torch._C`; `None` if it is not written in C++.
unsafe fn core(name: &std::ffi::CStr) -> Option<Obj> {
    // SAFETY: borrowed references, under the GIL.
    unsafe {
        let module = raw::loaded_module(c"torch._C");
        if module.is_null() || !raw::is_module(raw::type_of(module)) {
            return None;
        }
        let found = raw::module_item(module, name);
        (!found.is_null() && raw::is_cfunction(raw::type_of(found))).then_some(found)
    }
}

/// The value of a property whose getter is in C++.
unsafe fn property(object: Obj, name: &std::ffi::CStr) -> Option<Owned> {
    // SAFETY: a property holds its getter, perhaps null.
    unsafe {
        let found = type_attribute(raw::type_of(object), name);
        if found.is_null() || raw::builtin_name(raw::type_of(found)) != b"property" {
            return None;
        }
        let getter: Obj = field(found, private::property::GET);
        if getter.is_null() || !is_nanobind(getter) { None } else { call(getter, Some(object)) }
    }
}

/// The result of a method in C++.
unsafe fn native(object: Obj, name: &std::ffi::CStr) -> Option<Owned> {
    // SAFETY: `object` is live.
    unsafe {
        let method = type_attribute(raw::type_of(object), name);
        if method.is_null() || !is_nanobind(method) { None } else { call(method, Some(object)) }
    }
}

unsafe fn is_nanobind(function: Obj) -> bool {
    // SAFETY: `function` is live.
    let name = unsafe { raw::type_name(raw::type_of(function)) };
    matches!(name, b"nanobind.nb_method" | b"nanobind.nb_func" | b"nb_method" | b"nb_func")
}

fn is_true(answer: Option<Owned>) -> bool {
    // SAFETY: compares addresses.
    answer.is_some_and(|answer| std::ptr::eq(answer.get(), unsafe { ffi::Py_True() }))
}

/// The `str()` of a str, or of an object whose `str()` is C code.
unsafe fn text_of(object: &Owned) -> Option<String> {
    // SAFETY: the types of torch's dtypes, devices and layouts are in C++.
    unsafe {
        let text = super::native::quietly(|| ffi::PyObject_Str(object.get()))?;
        Some(String::from_utf8_lossy(&raw::str_bytes(text.get())).into_owned())
    }
}

/// The ints of a tuple (torch.Size is one).
unsafe fn sizes(tuple: Obj) -> Option<Vec<isize>> {
    // SAFETY: `tuple` is live or null; the flag says what it is.
    unsafe {
        if tuple.is_null() || !raw::has_flag(raw::type_of(tuple), flag::TUPLE) {
            return None;
        }
        raw::tuple_items(tuple).iter().map(|&size| int(size).and_then(|n| isize::try_from(n).ok())).collect()
    }
}
