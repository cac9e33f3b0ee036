//! Epochs: after which steps something unknown ran.

/// So many epochs are remembered.
const REMEMBERED: usize = 1 << 14;

/// Epochs, and the steps at which they ended.
pub struct LateChanges {
    /// The current one.
    pub epoch: u32,
    /// Steps that this process has written.
    pub steps: u64,
    /// How many there were when the latest epochs ended.
    ended: Box<[u64]>,
}

impl Default for LateChanges {
    fn default() -> Self {
        Self { epoch: 1, steps: 0, ended: vec![0; REMEMBERED].into() }
    }
}

impl LateChanges {
    /// Something unknown has run, or may have.
    #[inline]
    pub fn advance(&mut self) {
        self.ended[self.epoch as usize % REMEMBERED] = self.steps;
        self.epoch = self.epoch.wrapping_add(1);
    }

    /// How many of the latest steps may have shown an object wrongly that was true in an epoch, when it was looked at
    /// after step `seen_at`, and differs now.
    pub fn doubtful(&self, epoch: u32, seen_at: u64) -> u64 {
        match self.epoch.wrapping_sub(epoch) as usize {
            0 => 0,
            1..REMEMBERED => self.steps.saturating_sub(self.ended[epoch as usize % REMEMBERED]),
            _ => self.steps.saturating_sub(seen_at),
        }
    }
}
