//! Lines of output, put together from the pieces in which they come: `print` writes its arguments one by one, and other
//! threads may run in between.

use connie_recording::chunk::StackFrame;

use super::line::{Line, What};

/// The number of steps after which a line of output is told, even if it may go on.
pub(super) const MAX_STEPS: u64 = 500;

/// Where a piece of output was written.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub step: u64,
    pub thread: u32,
    pub frame: Option<StackFrame>,
    pub depth: usize,
}

/// A line of output that has not ended yet.
struct Unfinished {
    stream: u8,
    /// Where it begins.
    place: Place,
    /// Bytes, since a character may be split over two writes.
    text: Vec<u8>,
}

impl Unfinished {
    fn line(self) -> Line {
        let Place { step, thread, frame, depth } = self.place;
        let text = String::from_utf8_lossy(&self.text).trim_end().to_owned();
        Line {
            step,
            thread,
            task: frame.map_or(0, |frame| frame.task),
            frame: frame.map_or(0, |frame| frame.frame),
            depth,
            what: What::Output { stream: self.stream, text },
        }
    }
}

/// The lines of output that have not ended yet: at most one of each thread, in the order in which they begin.
#[derive(Default)]
pub(super) struct Printing(Vec<Unfinished>);

impl Printing {
    /// The step at which the first of them begins.
    pub fn first_step(&self) -> Option<u64> {
        self.0.first().map(|line| line.place.step)
    }

    /// Whether output of a thread goes on with a line.
    pub fn goes_on(&self, thread: u32, stream: u8) -> bool {
        self.0.iter().any(|line| line.place.thread == thread && line.stream == stream)
    }

    /// The lines that end at a step, because their thread does something else there, or because they wait for long.
    /// `stream` is that of the output of the step, if it has any.
    pub fn end_before(&mut self, step: u64, thread: u32, stream: Option<u8>) -> Vec<Line> {
        let ends = |line: &mut Unfinished| {
            line.place.thread == thread && Some(line.stream) != stream || step > line.place.step + MAX_STEPS
        };
        if self.0.is_empty() { Vec::new() } else { self.0.extract_if(.., ends).map(Unfinished::line).collect() }
    }

    /// Adds a piece of a line. Returns the line if it ends with the piece.
    pub fn add(&mut self, place: Place, stream: u8, piece: &[u8]) -> Option<Line> {
        let known = self.0.iter().position(|line| line.place.thread == place.thread);
        let at = known.unwrap_or_else(|| {
            self.0.push(Unfinished { stream, place, text: Vec::new() });
            self.0.len() - 1
        });
        self.0[at].text.extend_from_slice(piece);
        piece.ends_with(b"\n").then(|| self.0.remove(at).line())
    }

    /// All lines, which end now.
    pub fn end(&mut self) -> Vec<Line> {
        self.0.drain(..).map(Unfinished::line).collect()
    }
}

/// Puts a line behind those of its step and of earlier ones. Returns its index.
pub(super) fn insert(lines: &mut Vec<Line>, line: Line) -> usize {
    let at = lines.iter().rposition(|other| other.step <= line.step).map_or(0, |last| last + 1);
    lines.insert(at, line);
    at
}
