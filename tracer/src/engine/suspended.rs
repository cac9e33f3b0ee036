//! Frames of suspended generators and coroutines.

use rustc_hash::FxHashMap;

use super::Frame;

const NEAR: usize = 32;

/// Suspended frames, by the address of the interpreter's frame.
#[derive(Default)]
pub(super) struct Suspended {
    /// The frame suspended last for each hash: a loop over a generator finds its frame here.
    near: [Option<(usize, Box<Frame>)>; NEAR],
    far: FxHashMap<usize, Box<Frame>>,
}

impl Suspended {
    #[inline(always)]
    fn place(ptr: usize) -> usize {
        (ptr >> 4 ^ ptr >> 10) % NEAR
    }

    #[inline]
    pub(super) fn insert(&mut self, ptr: usize, frame: Box<Frame>) {
        if let Some((before, frame)) = self.near[Self::place(ptr)].replace((ptr, frame))
            && before != ptr
        {
            self.far.insert(before, frame);
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, ptr: usize) -> Option<Box<Frame>> {
        let near = &mut self.near[Self::place(ptr)];
        match near {
            Some((at, _)) if *at == ptr => {
                // An older frame with this address may have been abandoned.
                if !self.far.is_empty() {
                    self.far.remove(&ptr);
                }
                near.take().map(|(_, frame)| frame)
            }
            _ => self.far.remove(&ptr),
        }
    }

    /// Takes all frames.
    #[allow(clippy::vec_box)] // The table stores boxes.
    pub(super) fn take(&mut self) -> Vec<Box<Frame>> {
        let near = self.near.iter_mut().filter_map(|place| place.take().map(|(_, frame)| frame));
        near.chain(self.far.drain().map(|(_, frame)| frame)).collect()
    }

    /// Changes all frames.
    pub(super) fn each_mut(&mut self, mut change: impl FnMut(&mut Frame)) {
        let near = self.near.iter_mut().flatten().map(|(_, frame)| frame);
        near.chain(self.far.values_mut()).for_each(|frame| change(frame));
    }

    pub(super) fn contains(&self, ptr: usize) -> bool {
        matches!(&self.near[Self::place(ptr)], Some((at, _)) if *at == ptr) || self.far.contains_key(&ptr)
    }
}
