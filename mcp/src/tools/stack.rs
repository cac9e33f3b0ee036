//! `stack`: returns the call stack at a step.

use connie_history::loaded::Loaded;
use connie_history::moment::Moment;
use connie_history::when;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::frames;
use crate::answer::{Answer, Location, Recorded, WriteLines};
use crate::arguments;
use crate::bounds::{Cursor, Page};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Stack;

/// The moment.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// Ask at this step. A line event is seen before the line runs.
    step: Option<u64>,
    /// Ask when a line is about to run: `FILE:LINE` for its last hit, `FILE:LINE:HIT` for one hit, counted from 1.
    /// Without `step` and `at`: at the exception that ended the run, else at its end.
    at: Option<String>,
    /// The `next` of the previous answer, to get the next page.
    cursor: Option<String>,
    /// How many frames, 1 to 200; 30 if not given.
    limit: Option<usize>,
}

/// A frame.
#[derive(Serialize, JsonSchema)]
struct Frame {
    /// Its number, for `variables` and `evaluate`: 0 is the running frame.
    frame: usize,
    /// Its current place.
    at: Location,
    /// The line of source, as it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Recorded>,
}

/// The stack.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The step.
    step: u64,
    /// The event at this step: line, call, return, raise, yield, resume or output.
    event: &'static str,
    /// The frames of recorded code, the running frame first.
    frames: Vec<Frame>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        lines.push(format!("step {} ({})", self.step, self.event));
        for Frame { frame, at, code } in &self.frames {
            let code = code.as_ref().map_or_else(String::new, |code| format!("  {code}"));
            lines.push(format!("#{frame} {}:{} in {}{code}", at.file, at.line, at.function));
        }
    }
}

impl Question for Stack {
    const ABOUT: About = About {
        name: "stack",
        title: "The call stack at a step",
        description: "Lists the frames of recorded code at a step: function, file, line and source of each. Pass \
            their numbers to variables and evaluate.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn answer(input: Input, loaded: &mut Loaded, _: &Stop) -> Result<Answer<Output>, Refusal> {
        let history = loaded.history();
        let mut page = Page::new(Cursor::read(input.cursor.as_deref())?, input.limit)?;
        let here = when::position(&history, &arguments::when(input.step, input.at.as_deref())?)?;
        let moment = Moment::at(history.recording, here.step)?;
        for (number, frame) in moment.player.stack().iter().rev().enumerate() {
            let at = frames::place(&history, &moment, frame)?;
            let code = frames::code(&history, frame.code, frame.line);
            if !page.push(0, || Frame { frame: number, at, code }) {
                break;
            }
        }
        let (frames, next) = page.done();
        Ok(Answer::new(Output { step: here.step, event: frames::event(here.at), frames }).next(next))
    }
}
