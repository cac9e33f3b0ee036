//! The recorder's side of a ring.

use std::sync::atomic::Ordering;

use super::{Header, Mapping, STRETCH};

/// The number of bytes ahead of the writer for which the recorder requests memory.
const AHEAD: usize = 2 << 20;

/// The recorder's side of a ring.
pub struct Reader {
    mapping: Mapping,
    at: u64,
    /// How much of the data is backed by memory so far.
    populated: usize,
}

impl Reader {
    pub(super) fn of(mapping: Mapping) -> Self {
        let mut reader = Self { mapping, at: 0, populated: 0 };
        reader.prepare();
        reader
    }

    /// Provides memory for what the writer writes next, so that the writer need not wait until it is allocated and
    /// cleared.
    fn prepare(&mut self) {
        let capacity = self.mapping.capacity;
        if self.populated < capacity {
            let head = self.header().head.load(Ordering::Relaxed) as usize;
            let wanted = head.saturating_add(AHEAD).min(capacity);
            if wanted >= self.populated + STRETCH || wanted == capacity {
                let done = self.mapping.populate(self.populated..wanted);
                self.populated = if done { wanted } else { capacity };
            }
        }
    }

    /// The header of the ring.
    pub fn header(&self) -> &Header {
        self.mapping.header()
    }

    /// The whole ops that were written and not consumed yet.
    pub fn available(&self) -> &[u8] {
        let head = self.header().head.load(Ordering::Acquire);
        let length = head.saturating_sub(self.at).min(self.mapping.capacity as u64) as usize;
        // SAFETY: the writer does not touch [tail, head) and the second copy makes it contiguous.
        unsafe {
            let start = self.mapping.data().add(self.at as usize & (self.mapping.capacity - 1));
            std::slice::from_raw_parts(start, length)
        }
    }

    /// Gives `n` bytes back to the writer.
    pub fn consume(&mut self, n: usize) {
        self.prepare();
        self.at += n as u64;
        self.header().tail.store(self.at, Ordering::Release);
    }

    /// Tells the writer that nothing is stored any more.
    pub fn close(&self) {
        self.header().closed.store(1, Ordering::Release);
    }
}
