//! Room for one op in the ring.

use crate::codec::Sink;

/// Room for one op, while it is written. It is a separate value, so that the cursor stays in a register.
pub struct Room {
    start: *mut u8,
    cursor: *mut u8,
}

impl Room {
    #[inline(always)]
    pub(super) fn at(cursor: *mut u8) -> Self {
        Self { start: cursor, cursor }
    }

    /// The address after what was written.
    #[inline(always)]
    pub(super) fn end(&self) -> *mut u8 {
        self.cursor
    }

    /// The number of bytes written so far.
    #[inline(always)]
    pub fn written(&self) -> usize {
        self.cursor as usize - self.start as usize
    }

    /// Replaces a byte that was written, such as a count that is known only after what it counts.
    ///
    /// # Panics
    /// If no byte was written there.
    #[inline(always)]
    pub fn replace(&mut self, at: usize, byte: u8) {
        assert!(at < self.written(), "no byte was written there");
        // SAFETY: the byte is before the cursor, in the room for this op.
        unsafe { *self.start.add(at) = byte };
    }
}

impl Sink for Room {
    /// Numbers of one or two bytes, which are the most frequent, are written without a loop.
    #[inline(always)]
    fn varint(&mut self, mut n: u64) {
        if n < 0x80 {
            return self.put(n as u8);
        }
        while n >= 1 << 14 {
            self.put(n as u8 | 0x80);
            n >>= 7;
        }
        let both = (n & 0x7f) | 0x80 | (n >> 7) << 8;
        // SAFETY: as in `put`, for two bytes that belong to the op.
        unsafe {
            self.cursor.cast::<[u8; 2]>().write((both as u16).to_le_bytes());
            self.cursor = self.cursor.add(2);
        }
    }
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
