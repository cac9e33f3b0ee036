//! Frames of generators and coroutines between two resumes.

use rustc_hash::FxHashMap;

use super::Frame;

const NEAR: usize = 32;

/// Suspended frames by the address of the interpreter's frame.
#[derive(Default)]
pub(super) struct Suspended {
    /// The one suspended last at each place: a loop over a generator finds it here.
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
                // An older one may have been left behind at this address.
                if !self.far.is_empty() {
                    self.far.remove(&ptr);
                }
                near.take().map(|(_, frame)| frame)
            }
            _ => self.far.remove(&ptr),
        }
    }

    /// All of them; nothing is left.
    #[allow(clippy::vec_box)] // As they are kept.
    pub(super) fn take(&mut self) -> Vec<Box<Frame>> {
        let near = self.near.iter_mut().filter_map(|place| place.take().map(|(_, frame)| frame));
        near.chain(self.far.drain().map(|(_, frame)| frame)).collect()
    }

    pub(super) fn contains(&self, ptr: usize) -> bool {
        matches!(&self.near[Self::place(ptr)], Some((at, _)) if *at == ptr) || self.far.contains_key(&ptr)
    }
}
