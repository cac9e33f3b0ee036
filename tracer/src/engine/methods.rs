//! The code of methods that are watched (see [`super::watched`]).

use pyo3_ffi as ffi;

use crate::opcodes::{self, Opcode};
use crate::raw::{self, Obj};
use crate::uses::Uses;

/// The code of such a method.
pub(super) struct Watched {
    /// What its class is used for when it runs.
    pub uses: Uses,
    /// The code units at which its frames begin and resume.
    pub starts: Box<[u32]>,
    /// The number of events that told something, and of those that did not.
    pub news: (u32, u32),
    /// Whether it has no events any more.
    pub is_left: bool,
}

/// The code units at which frames of a code object begin and resume; `None` if there are none.
///
/// # Safety
/// Under the GIL; `code` is a code object.
pub(super) unsafe fn starts(code: Obj, minor: u32) -> Option<Box<[u32]>> {
    let table = opcodes::table(minor);
    // SAFETY: an attribute of a code object: a bytes object.
    let bytes = unsafe {
        let object = raw::Owned::take(ffi::PyObject_GetAttrString(code, c"co_code".as_ptr()))?;
        raw::bytes_data(object.get()).to_vec()
    };
    let (mut at, mut found) = (0, Vec::new());
    while let Some(&op) = bytes.get(2 * at) {
        let (op, caches) = table[usize::from(op)];
        let here = at as u32;
        at += 1 + usize::from(caches);
        if op == Opcode::Resume {
            // The one at which a frame begins has no instruction event.
            found.extend([here, at as u32]);
        }
    }
    (!found.is_empty()).then(|| found.into())
}
