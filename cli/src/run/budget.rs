//! How much is recorded at most; the program goes on.

use std::time::{Duration, Instant};

use connie_recording::recorder::{Recorder, Tail};

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
    /// What is kept of the end, where that is not everything.
    pub last: Option<Tail>,
}

/// What `--last` takes.
///
/// # Errors
/// Where it is neither a time nor a number of steps.
pub fn last(text: &str) -> Result<Tail, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    let number = digits.parse::<u64>().ok().filter(|n| (1..=1 << 32).contains(n));
    let seconds = |n: u64| Some(Tail::Time(Duration::from_secs(n)));
    let found = number.and_then(|n| match unit {
        "" => Some(Tail::Steps(n)),
        "k" => Some(Tail::Steps(n * 1000)),
        "M" => Some(Tail::Steps(n * 1_000_000)),
        "s" => seconds(n),
        "min" => seconds(n * 60),
        "h" => seconds(n * 3600),
        _ => None,
    });
    found.ok_or_else(|| "it is a time (30s, 5min, 1h) or a number of steps (200k, 5M)".into())
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
    /// That of the project.
    pub fn of(settings: &Settings) -> Self {
        Self {
            steps: settings.max_steps,
            size: settings.max_size.map(|mib| mib << 20),
            time: settings.max_time.map(Duration::from_secs),
            last: settings.last,
        }
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
