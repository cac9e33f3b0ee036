//! How much is recorded at most; the program goes on.

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
    /// What is kept of the end, where that is not everything.
    pub last: Option<Tail>,
}

impl Budget {
    /// Tells a recorder what it does not find out by itself.
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
    /// That which options say.
    pub fn of(options: &RecordOptions) -> Self {
        Self {
            steps: options.max_steps,
            size: options.max_size.map(|mib| mib << 20),
            time: options.max_time.map(Duration::from_secs),
            last: options.last,
        }
    }

    /// The same; but of a recording that is looked at while it is made, all is kept.
    pub fn shown_live(self, is_live: bool) -> Self {
        Self { last: self.last.filter(|_| !is_live), ..self }
    }

    /// Which limit was reached, as a sentence.
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
