//! Limits of a recording. At a limit, recording stops and the program continues.

use std::time::{Duration, Instant};

use connie_recording::options::RecordOptions;
use connie_recording::recorder::{Recorder, Tail};

/// Limits of a recording.
#[derive(Clone, Copy, Debug, Default)]
pub struct Budget {
    /// Steps.
    pub steps: Option<u64>,
    /// Bytes of the file.
    pub size: Option<u64>,
    /// Time from the start of the program.
    pub time: Option<Duration>,
    /// How much of the end is kept; `None` to keep everything.
    pub last: Option<Tail>,
}

impl Budget {
    /// Sets the limits that the recorder itself observes.
    pub fn apply(&self, recorder: &mut Recorder) {
        if let Some(most) = self.steps {
            recorder.limit_steps(most);
        }
        if let Some(last) = self.last {
            recorder.keep_last(last);
        }
    }
}

impl Budget {
    /// The limits given by options.
    pub fn of(options: &RecordOptions) -> Self {
        Self {
            steps: options.max_steps,
            size: options.max_size.map(|mib| mib << 20),
            time: options.max_time.map(Duration::from_secs),
            last: options.last,
        }
    }

    /// The same limits without dropping steps, for a recording that a reader follows live.
    pub fn shown_live(self, is_live: bool) -> Self {
        Self { last: self.last.filter(|_| !is_live), ..self }
    }

    /// A message that names the limit that was reached.
    pub fn spent(&self, recorder: &Recorder, started: Instant) -> Option<String> {
        if recorder.is_unwanted() {
            return Some("connie delete ended the recording; the program went on".into());
        }
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
