//! The recorder's side of a ring.

use std::sync::atomic::Ordering;

use super::{Header, Mapping, STRETCH};

/// Bytes before the writer that the recorder asks memory for.
const AHEAD: usize = 2 << 20;

/// The recorder's side.
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

    /// Has memory there for what the writer writes next, which then need not wait for it to be found and cleared.
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

    /// What is shared beside the data.
    pub fn header(&self) -> &Header {
        self.mapping.header()
    }

    /// What was written and not yet consumed: whole ops.
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
