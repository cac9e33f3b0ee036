//! Room for one op in the ring.

use crate::codec::Sink;

/// Room for one op, while it is written. It is a separate value, so that the cursor stays in a register.
pub struct Room {
    pub(super) cursor: *mut u8,
}

impl Sink for Room {
    #[inline(always)]
    fn put(&mut self, byte: u8) {
        // SAFETY: `Writer::write` reserved room for the whole op; the second copy covers what crosses the end.
        unsafe {
            *self.cursor = byte;
            self.cursor = self.cursor.add(1);
        }
    }
    #[inline(always)]
    fn put_all(&mut self, bytes: &[u8]) {
        // SAFETY: as in `put`.
        unsafe {
            copy(bytes, self.cursor);
            self.cursor = self.cursor.add(bytes.len());
        }
    }
}

/// Copies bytes. Short runs, such as names and numbers, are copied without a call.
///
/// # Safety
/// `to` must have room for the bytes, and must not overlap them.
#[inline(always)]
unsafe fn copy(bytes: &[u8], to: *mut u8) {
    let (from, n) = (bytes.as_ptr(), bytes.len());
    // SAFETY: the caller's promise; the halves overlap within the `n` bytes.
    unsafe {
        if n > 16 {
            std::ptr::copy_nonoverlapping(from, to, n);
        } else if n >= 8 {
            let (head, tail) = (from.cast::<u64>().read_unaligned(), from.add(n - 8).cast::<u64>().read_unaligned());
            to.cast::<u64>().write_unaligned(head);
            to.add(n - 8).cast::<u64>().write_unaligned(tail);
        } else if n >= 4 {
            let (head, tail) = (from.cast::<u32>().read_unaligned(), from.add(n - 4).cast::<u32>().read_unaligned());
            to.cast::<u32>().write_unaligned(head);
            to.add(n - 4).cast::<u32>().write_unaligned(tail);
        } else {
            for at in 0..n {
                *to.add(at) = *from.add(at);
            }
        }
    }
}
