//! How much is recorded at most; the program goes on.

use std::time::{Duration, Instant};

use connie_recording::recorder::Recorder;

/// Limits of a recording.
#[derive(Clone, Copy, Debug, Default)]
pub struct Budget {
    /// Steps.
    pub steps: Option<u64>,
    /// Bytes of the file.
    pub size: Option<u64>,
    /// Time from the start of the program.
    pub time: Option<Duration>,
}

impl Budget {
    /// Which limit was reached, as a sentence.
    pub fn spent(&self, recorder: &Recorder, started: Instant) -> Option<String> {
        let which = if self.steps.is_some_and(|most| recorder.steps() >= most) {
            "--max-steps"
        } else if self.size.is_some_and(|most| recorder.size() >= most) {
            "--max-size"
        } else if self.time.is_some_and(|most| started.elapsed() >= most) {
            "--max-time"
        } else {
            return None;
        };
        Some(format!("recording stopped at {which}; the program went on"))
    }
}
