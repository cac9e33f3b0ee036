//! Epochs: the steps after which code with unknown effects ran.

/// The number of epochs that are remembered.
const REMEMBERED: usize = 1 << 14;

/// Epochs, and the steps at which they ended.
pub struct LateChanges {
    /// The current epoch.
    pub epoch: u32,
    /// The first epoch since code with unknown effects ran.
    first: u32,
    /// Number of steps that this process has written.
    pub steps: u64,
    /// The number of steps when each of the latest epochs ended.
    ended: Box<[u64]>,
}

impl Default for LateChanges {
    fn default() -> Self {
        Self { epoch: 1, first: 1, steps: 0, ended: vec![0; REMEMBERED].into() }
    }
}

impl LateChanges {
    /// Begins a new epoch, as code with unknown effects has run or may have.
    #[inline]
    pub fn advance(&mut self) {
        self.advance_unread();
        self.first = self.epoch;
    }

    /// Begins a new epoch, as not everything that may have changed could be read. No code with unknown effects ran.
    #[inline]
    pub fn advance_unread(&mut self) {
        self.ended[self.epoch as usize % REMEMBERED] = self.steps;
        self.epoch = self.epoch.wrapping_add(1);
    }

    /// Whether no code with unknown effects has run since an object was read in `epoch`. What it holds may not have been
    /// read.
    #[inline(always)]
    pub fn is_calm_since(&self, epoch: u32) -> bool {
        self.epoch.wrapping_sub(epoch) <= self.epoch.wrapping_sub(self.first)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unknown_code_ends_the_calm() {
        let mut late = LateChanges { epoch: u32::MAX, first: u32::MAX, ..LateChanges::default() };
        let read_in = late.epoch;
        late.advance_unread();
        late.advance_unread();
        assert!(late.is_calm_since(read_in) && late.is_calm_since(late.epoch));
        assert!(!late.is_calm_since(read_in - 1));
        late.advance();
        assert!(!late.is_calm_since(read_in) && late.is_calm_since(late.epoch));
    }

    #[test]
    fn what_was_read_in_an_earlier_epoch_is_in_doubt_since_its_end() {
        let mut late = LateChanges { steps: 10, ..LateChanges::default() };
        let read_in = late.epoch;
        assert_eq!(late.doubtful(read_in, 5), 0);
        late.advance_unread();
        late.steps = 13;
        assert_eq!(late.doubtful(read_in, 5), 3);
        (0..REMEMBERED).for_each(|_| late.advance());
        assert_eq!(late.doubtful(read_in, 5), 8, "too long ago to be remembered");
    }
}
