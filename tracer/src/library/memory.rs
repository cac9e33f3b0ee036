//! The memory ranges of objects' contents.

use std::ops::Range;

use pyo3_ffi as ffi;

use super::Reader;
use super::arrays::{NdArray, has_expected_struct};
use super::tensors;
use crate::layout::common as at;
use crate::layout::private::array;
use crate::raw::{self, Obj, field};

/// All memory: for an object of which the range is not known.
pub const ANYWHERE: Range<usize> = 0..usize::MAX;

/// The range of an object's contents if they are in memory that other objects may share; else `None`.
///
/// # Safety
/// `object` is live, `reader` that of its type.
pub unsafe fn memory(object: Obj, reader: Reader) -> Option<Range<usize>> {
    // SAFETY: the reader says which struct the object has.
    unsafe {
        // Only these have a length. For an object without attributes, it would be past its end.
        let length = || field::<usize>(object, at::VAR_SIZE);
        match reader {
            Reader::ByteArray => {
                let start: usize = field(object, at::BYTEARRAY_START);
                Some(start..start + length())
            }
            Reader::Array if !has_expected_struct(object) => Some(ANYWHERE),
            Reader::Array => {
                let size: i32 = field(field::<*const u8>(object, array::DESCRIPTION), array::ITEM_SIZE);
                let start: usize = field(object, array::ITEMS);
                Some(start..start + length() * size.max(1) as usize)
            }
            Reader::NdArray => Some(NdArray::read(object).memory()),
            Reader::Tensor(kind) => tensors::memory(object, kind),
            Reader::Frame(_) => Some(ANYWHERE),
            _ => None,
        }
    }
}

/// The range of a memoryview's items if they are contiguous.
///
/// # Safety
/// `object` is live.
pub unsafe fn viewed(object: Obj) -> Option<Range<usize>> {
    /// The flag of a memoryview whose items are in C order.
    const IN_ORDER: i32 = 2;
    // SAFETY: its exact type says which struct it has.
    unsafe {
        if !std::ptr::eq(raw::type_of(object), &raw const ffi::PyMemoryView_Type) {
            return None;
        }
        let (flags, start, length): (i32, usize, usize) =
            (field(object, at::VIEW_FLAGS), field(object, at::VIEW_ADDRESS), field(object, at::VIEW_LENGTH));
        (flags & IN_ORDER != 0).then(|| start..start + length)
    }
}
