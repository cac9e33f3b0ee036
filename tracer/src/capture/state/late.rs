//! Epochs: the steps after which code with unknown effects ran.

/// The number of epochs that are remembered.
const REMEMBERED: usize = 1 << 14;

/// Epochs, and the steps at which they ended.
pub struct LateChanges {
    /// The current epoch.
    pub epoch: u32,
    /// Number of steps that this process has written.
    pub steps: u64,
    /// The number of steps when each of the latest epochs ended.
    ended: Box<[u64]>,
}

impl Default for LateChanges {
    fn default() -> Self {
        Self { epoch: 1, steps: 0, ended: vec![0; REMEMBERED].into() }
    }
}

impl LateChanges {
    /// Begins a new epoch, as code with unknown effects has run or may have.
    #[inline]
    pub fn advance(&mut self) {
        self.ended[self.epoch as usize % REMEMBERED] = self.steps;
        self.epoch = self.epoch.wrapping_add(1);
    }

    /// Number of the latest steps that may have shown an object wrongly. The object was up to date in `epoch`, was read
    /// after step `seen_at`, and differs now.
    pub fn doubtful(&self, epoch: u32, seen_at: u64) -> u64 {
        match self.epoch.wrapping_sub(epoch) as usize {
            0 => 0,
            1..REMEMBERED => self.steps.saturating_sub(self.ended[epoch as usize % REMEMBERED]),
            _ => self.steps.saturating_sub(seen_at),
        }
    }
}
