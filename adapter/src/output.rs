//! Output of the program, in pieces, each with the line that wrote it if that is known.
//!
//! Text arrives through a pipe at once, but without a place. The recording gives the step of every write, a moment
//! later. Both are matched here. Text that the recording does not know (from C code or other processes) is passed on
//! without a step.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use connie_recording::reader::Written;

/// A recording that was read this long after the text arrived contains the write of that text.
const BEHIND: Duration = Duration::from_millis(300);

/// How long text waits for a recording that does not grow: the recorder may be slow on a busy machine, or the program
/// may run code that is not recorded.
const PATIENCE: Duration = Duration::from_secs(2);

/// A piece for the console: text, and the step that wrote it.
pub type Piece = (String, Option<u64>);

/// One stream of the program.
#[derive(Default)]
pub struct Stream {
    pending: String,
    since: Option<Instant>,
    /// Whether the recording has grown since, late enough to contain the text.
    grown: bool,
    writes: VecDeque<Written>,
}

impl Stream {
    /// Handles text that came through the pipe.
    pub fn arrived(&mut self, text: &str) {
        self.pending.push_str(text);
        self.since.get_or_insert_with(Instant::now);
    }

    /// Notes that the recording has grown. Its new writes were given to [`Stream::recorded`].
    pub fn grew(&mut self) {
        self.grown = self.since.is_some_and(|since| since.elapsed() > BEHIND);
    }

    /// Adds a write from the recording. Consecutive writes of one line are joined into one piece.
    pub fn recorded(&mut self, write: Written) {
        match self.writes.back_mut() {
            Some(last) if last.last_step + 1 == write.step && !last.text.ends_with('\n') => {
                last.text.push_str(&write.text);
                last.last_step = write.step;
            }
            _ => self.writes.push_back(write),
        }
    }

    /// The pieces that can be printed now; with `all`, all of them.
    pub fn take(&mut self, all: bool) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut taken = 0;
        while taken < self.pending.len() {
            let Some(write) = self.writes.front() else { break };
            let rest = &self.pending[taken..];
            let Some(at) = rest.find(&write.text) else { break };
            if at > 0 {
                pieces.push((rest[..at].to_owned(), None));
            }
            pieces.push((write.text.clone(), Some(write.step)));
            taken += at + write.text.len();
            self.writes.pop_front();
        }
        self.pending.drain(..taken);
        let late = self.grown || self.since.is_some_and(|since| since.elapsed() > PATIENCE);
        if !self.pending.is_empty() && (all || late) {
            // The waiting text has come in other pieces: drops the writes that it covers.
            let mut covered = 0;
            while let Some(write) = self.writes.front().filter(|write| covered + write.text.len() <= self.pending.len())
            {
                covered += write.text.len();
                self.writes.pop_front();
            }
            pieces.push((std::mem::take(&mut self.pending), None));
        }
        if self.pending.is_empty() {
            self.since = None;
            self.grown = false;
        } else if !pieces.is_empty() {
            self.since = Some(Instant::now());
            self.grown = false;
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(step: u64, text: &str) -> Written {
        Written { step, last_step: step, stream: 1, text: text.into() }
    }

    #[test]
    fn text_meets_its_step() {
        let mut stream = Stream::default();
        stream.arrived("from C\na 1\nb");
        for (step, text) in [(5, "a"), (6, " "), (7, "1"), (8, "\n"), (12, "b\n")] {
            stream.recorded(write(step, text));
        }
        assert_eq!(stream.take(false), [("from C\n".into(), None), ("a 1\n".into(), Some(5))]);
        stream.arrived("\n");
        assert_eq!(stream.take(false), [("b\n".into(), Some(12))]);
        stream.arrived("nobody knows");
        assert_eq!(stream.take(false), []);
        assert_eq!(stream.take(true), [("nobody knows".into(), None)]);
    }
}
