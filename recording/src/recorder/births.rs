//! Which numbers were given out in which chunk.

use connie_wire::ring::BLOCK;
use rustc_hash::FxHashMap;

/// Which numbers of frames and objects were given out in a chunk. Each process takes them in blocks, in order.
#[derive(Default)]
pub(super) struct Births {
    /// The first number not given out yet, of each block.
    next: FxHashMap<u64, u64>,
    /// Where the numbers begin that were given out in this chunk, once a block.
    starts: Vec<u64>,
    /// Blocks of processes that the program started, with their streams: those that were not stored yet.
    pub(super) of_children: Vec<(u64, usize)>,
    /// The block of the last number, if it is in `starts`, and the first number of it not given out.
    block: (u64, u64),
}

impl Births {
    #[inline]
    pub(super) fn add(&mut self, id: u64, stream: usize) {
        let block = id / BLOCK;
        if self.block.0 != block || self.starts.is_empty() {
            self.change_block(block, stream);
        }
        self.block.1 = self.block.1.max(id + 1);
    }

    #[cold]
    fn change_block(&mut self, block: u64, stream: usize) {
        let before = self.block;
        self.next.insert(before.0, before.1);
        let known = self.next.get(&block).copied();
        if known.is_none() && stream > 0 {
            self.of_children.push((block, stream));
        }
        let first = known.unwrap_or(0).max(block * BLOCK);
        self.block = (block, first);
        if !self.starts.iter().any(|start| start / BLOCK == block) {
            self.starts.push(first);
        }
    }

    /// Where the numbers begin that were given out since this was last asked, ascending.
    pub(super) fn take(&mut self) -> Vec<u64> {
        let mut starts = std::mem::take(&mut self.starts);
        starts.sort_unstable();
        starts
    }
}
