//! `output`: returns the program's output.

use connie_history::loaded::Loaded;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Recorded, WriteLines};
use crate::bounds::{Cursor, Page};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Output;

/// The maximum number of characters of a piece of output.
const LENGTH: usize = 2000;

/// From where.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// Only output written after this step.
    after: Option<u64>,
    /// The `next` of the previous answer, to get the next page.
    cursor: Option<String>,
    /// How many pieces, 1 to 200; 30 if not given.
    limit: Option<usize>,
}

/// A piece of output.
#[derive(Serialize, JsonSchema)]
struct Piece {
    /// The step at which it was written.
    step: u64,
    /// stdout or stderr.
    stream: &'static str,
    /// What was written.
    text: Recorded,
}

/// What the program wrote.
#[derive(Serialize, JsonSchema)]
pub struct Written {
    /// In order.
    pieces: Vec<Piece>,
}

impl WriteLines for Written {
    fn write_lines(&self, lines: &mut Vec<String>) {
        lines.extend(self.pieces.iter().map(|piece| format!("step {}  {}: {}", piece.step, piece.stream, piece.text)));
    }
}

impl Question for Output {
    const ABOUT: About = About {
        name: "output",
        title: "What the program wrote",
        description: "Lists what the program wrote to stdout and stderr, with the step of each piece. Use it to get \
            from a printed line to the step at which it was printed. Output of C code and of other programs is not \
            recorded.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Written;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn answer(input: Input, loaded: &mut Loaded, _: &Stop) -> Result<Answer<Written>, Refusal> {
        let cursor = Cursor::read(input.cursor.as_deref())?;
        let mut page = Page::new(cursor, input.limit)?;
        // Pieces of the cursor's step that were returned already are found again, and skipped.
        let after = input.after.unwrap_or(0).max(cursor.step.saturating_sub(1));
        let after = after.min(loaded.recording.last_step());
        for written in loaded.recording.output_after(after, page.wanted())? {
            let stream = if written.stream == 2 { "stderr" } else { "stdout" };
            let piece = || Piece { step: written.step, stream, text: Recorded::within(&written.text, LENGTH) };
            if !page.push(written.step, piece) {
                break;
            }
        }
        let (pieces, next) = page.done();
        let note = pieces.is_empty().then(|| "no output was recorded there".to_owned());
        Ok(Answer::new(Written { pieces }).next(next).note(note))
    }
}
