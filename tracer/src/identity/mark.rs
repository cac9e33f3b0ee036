//! 3.14 and later: a bit in the header of known objects.
//!
//! The first eight bytes of an object are its reference count (four bytes, changed separately), an overflow (two bytes)
//! and flags (two bytes), of which CPython uses the lowest ones. `_Py_NewReference`, which is called for every new
//! object, sets all eight bytes.

use pyo3_ffi as ffi;

use crate::raw::{self, Obj, Owned};

/// The mark: bit 13 of the flags.
const MARK: u64 = 1 << (48 + 13);
/// `_Py_STATICALLY_ALLOCATED_FLAG`: such objects never die, and may be in read-only memory.
const STATIC: u64 = 1 << (48 + 2);

/// Whether identity is shown by a mark in the object, and not by noticing its death.
#[inline(always)]
pub fn has_marks() -> bool {
    raw::layout().minor >= 14
}

/// Whether an object has the mark or needs none. True for all objects in versions without marks.
///
/// # Safety
/// Under the GIL; `object` is live.
#[inline(always)]
pub unsafe fn is_marked(object: Obj) -> bool {
    // SAFETY: the caller's promise.
    !has_marks() || unsafe { raw::field::<u64>(object, 0) } & (MARK | STATIC) != 0
}

/// Whether the known object that was at an address is still there. Its memory may have been given to anything, or back to
/// the system, as nobody tells when an object with a mark dies. `words` are the first three words that it then has, or
/// `None` if they cannot be read.
fn is_still(words: Option<[u64; 3]>, ty: usize, has_third: bool) -> bool {
    // A dead object keeps its type and its mark until its memory is used again, but not its references.
    words.is_some_and(|[head, class, third]| {
        let is_held = head as u32 != 0 || head & STATIC != 0;
        is_held && head & (MARK | STATIC) != 0 && class == ty as u64 && (!has_third || third != 0)
    })
}

/// Whether a known object of this type still lives at an address. True in versions without marks, where the dead are
/// told. `has_third`: its third word is never null while it lives.
pub fn lives(address: usize, ty: usize, has_third: bool) -> bool {
    !has_marks() || is_still(words_at(address), ty, has_third)
}

/// The first three words at an address, read by the system, which tells if nothing is there.
fn words_at(address: usize) -> Option<[u64; 3]> {
    let mut words = [0u64; 3];
    let size = size_of_val(&words);
    let (own, there) = (
        libc::iovec { iov_base: words.as_mut_ptr().cast(), iov_len: size },
        libc::iovec { iov_base: address as *mut libc::c_void, iov_len: size },
    );
    // SAFETY: the system writes at most `size` bytes into `words`, and checks the address that it reads from.
    let read = unsafe { libc::process_vm_readv(libc::getpid(), &raw const own, 1, &raw const there, 1, 0) };
    (usize::try_from(read) == Ok(size)).then_some(words)
}

/// # Safety
/// As for [`is_marked`].
#[inline(always)]
pub(super) unsafe fn set(object: Obj) {
    // SAFETY: the caller's promise; nobody else uses the bit (see `try_out`).
    unsafe {
        let header = object.cast::<u64>();
        if *header & STATIC == 0 {
            *header |= MARK;
        }
    }
}

/// Tests if marks stay while an object lives, and are missing in new objects at its address.
///
/// # Safety
/// Under the GIL.
pub(super) unsafe fn try_out() -> bool {
    let makers: [unsafe fn() -> Obj; 4] = [
        // SAFETY: called under the GIL, as are those below.
        || unsafe { ffi::PyList_New(0) },
        // SAFETY: as above.
        || unsafe { ffi::PyTuple_New(2) },
        // SAFETY: as above.
        || unsafe { ffi::PyDict_New() },
        // SAFETY: as above; null stands for no items.
        || unsafe { ffi::PySet_New(std::ptr::null_mut()) },
    ];
    // SAFETY: the caller's promise.
    makers.iter().all(|make| unsafe { keeps_mark(*make) } == Some(true))
}

/// Whether an object of our own keeps the mark, and the next one has none; None if there is no memory.
///
/// # Safety
/// Under the GIL; `make` makes a new object.
unsafe fn keeps_mark(make: unsafe fn() -> Obj) -> Option<bool> {
    // SAFETY: the caller's promise; both objects are ours.
    unsafe {
        let object = Owned::take(make())?;
        let fresh = !is_marked(object.get());
        set(object.get());
        ffi::Py_IncRef(object.get());
        ffi::Py_DecRef(object.get());
        let stays = is_marked(object.get()) && raw::refcount(object.get()) == 1;
        drop(object);
        let next = Owned::take(make())?;
        Some(fresh && stays && !is_marked(next.get()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_as_it_was_has_died() {
        let (ty, alive) = (0x5000usize, MARK | 2);
        assert!(is_still(Some([alive, 0x5000, 0x6000]), ty, true));
        assert!(is_still(Some([STATIC, 0x5000, 0]), ty, false));
        for dead in [
            None,
            Some([MARK, 0x5000, 0x6000]),
            Some([2, 0x5000, 0x6000]),
            Some([alive, 0x5010, 0x6000]),
            Some([alive, 0x5000, 0]),
            Some([0xdddd_dddd_dddd_dddd; 3]),
        ] {
            assert!(!is_still(dead, ty, true), "{dead:?}");
        }
    }

    #[test]
    fn memory_is_read_where_there_is_some() {
        let words = [1u64, 2, 3];
        assert_eq!(words_at(words.as_ptr() as usize), Some(words));
        assert_eq!(words_at(8), None);
    }
}
