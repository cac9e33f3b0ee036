//! Shows a progress line on the terminal during long recordings.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::style;

/// The progress line. It is not shown in the first seconds, or if stderr is not a terminal.
pub struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
    shown: Instant,
    last_steps: u64,
}

impl Progress {
    /// Starts the clock.
    pub fn new(quiet: bool) -> Self {
        let visible = !quiet && std::io::IsTerminal::is_terminal(&std::io::stderr());
        let bar = visible.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            bar.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar
        });
        Self { bar, started: Instant::now(), shown: Instant::now(), last_steps: 0 }
    }

    /// Shows the progress; `size` is only called when the line is printed.
    pub fn tick(&mut self, steps: u64, size: impl FnOnce() -> u64) {
        let Some(bar) = &self.bar else { return };
        let elapsed = self.shown.elapsed();
        if self.started.elapsed() < Duration::from_secs(3) || elapsed < Duration::from_millis(500) {
            return;
        }
        if bar.is_hidden() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        let rate = (steps - self.last_steps) as f64 / elapsed.as_secs_f64();
        let text = format!(
            "connie: {} steps · {}/s · {}",
            style::grouped(steps),
            style::grouped(rate as u64),
            style::size(size())
        );
        bar.set_message(text);
        bar.tick();
        (self.shown, self.last_steps) = (Instant::now(), steps);
    }

    /// Removes the line.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
