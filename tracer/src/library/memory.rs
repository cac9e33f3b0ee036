//! Where in memory the contents of an object lie.

use std::ops::Range;

use pyo3_ffi as ffi;

use super::Reader;
use super::arrays::NdArray;
use super::tensors;
use crate::layout::common as at;
use crate::raw::{self, Obj, field};

/// All memory: where it is not known which part of it an object shows.
pub const ANYWHERE: Range<usize> = 0..usize::MAX;

/// Where the contents of an object lie that is read from memory others may look at too; none where it is not.
///
/// # Safety
/// `object` is live, `reader` that of its type.
pub unsafe fn memory(object: Obj, reader: Reader) -> Option<Range<usize>> {
    // SAFETY: bytearray: its first byte at 40; arrayobject: items at 24, at 40 what describes them: type code, size.
    unsafe {
        // Only these are known to have a length: an object without attributes ends before it.
        let length = || field::<usize>(object, at::VAR_SIZE);
        match reader {
            Reader::ByteArray => {
                let start: usize = field(object, 40);
                Some(start..start + length())
            }
            Reader::Array => {
                let size: i32 = field(field::<*const u8>(object, 40), 4);
                let start: usize = field(object, 24);
                Some(start..start + length() * size.max(1) as usize)
            }
            Reader::NdArray => Some(NdArray::read(object).memory()),
            Reader::Tensor(kind) => tensors::memory(object, kind),
            Reader::Frame(_) => Some(ANYWHERE),
            _ => None,
        }
    }
}

/// Where the items of a memoryview lie, if they lie one after the other.
///
/// # Safety
/// `object` is live.
pub unsafe fn viewed(object: Obj) -> Option<Range<usize>> {
    /// Flag of a memoryview whose items lie in the order of C.
    const IN_ORDER: i32 = 2;
    // SAFETY: PyMemoryViewObject: flags at 40, its Py_buffer (address, owner, length) from 56.
    unsafe {
        if !std::ptr::eq(raw::type_of(object), &raw const ffi::PyMemoryView_Type) {
            return None;
        }
        let (flags, start, length): (i32, usize, usize) = (field(object, 40), field(object, 56), field(object, 72));
        (flags & IN_ORDER != 0).then(|| start..start + length)
    }
}
