//! How much is recorded at most; the program goes on.

use std::time::{Duration, Instant};

use connie_recording::recorder::Recorder;

use crate::project::Settings;

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
    /// That of the project.
    pub fn of(settings: &Settings) -> Self {
        Self {
            steps: settings.max_steps,
            size: settings.max_size.map(|mib| mib << 20),
            time: settings.max_time.map(Duration::from_secs),
        }
    }

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
