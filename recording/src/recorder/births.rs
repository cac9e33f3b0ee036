//! Which numbers of frames and objects were assigned in which chunk.

use connie_wire::ring::BLOCK;
use rustc_hash::FxHashMap;

/// The numbers of frames and objects that were assigned in a chunk. Each process takes numbers from blocks, in order.
#[derive(Default)]
pub(super) struct Births {
    /// The first free number of each block.
    next: FxHashMap<u64, u64>,
    /// The first number assigned in this chunk, for each block that was used.
    starts: Vec<u64>,
    /// Blocks of child processes that were not stored yet, with the streams of these processes.
    pub(super) of_children: Vec<(u64, usize)>,
    /// The block of the last number, if it is in `starts`, and the block's first free number.
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

    /// Takes the first numbers that were assigned since the last call, in ascending order.
    pub(super) fn take(&mut self) -> Vec<u64> {
        let mut starts = std::mem::take(&mut self.starts);
        starts.sort_unstable();
        starts
    }
}
