//! `variables`: returns the variables of a frame at a step.

use connie_history::loaded::Loaded;
use connie_history::moment::Moment;
use connie_history::when;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::frames::{self, Variable};
use crate::answer::{Answer, Location, Recorded, WriteLines};
use crate::arguments;
use crate::bounds::{Cursor, Page};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Variables;

/// The moment, and the frame.
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
    /// The frame: 0 (the default) is the running frame, 1 is its caller.
    #[serde(default)]
    frame: usize,
    /// The `next` of the previous answer, to get the next page.
    cursor: Option<String>,
    /// How many variables, 1 to 200; 30 if not given.
    limit: Option<usize>,
}

/// The variables of a frame.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The current place of the frame.
    at: Location,
    /// The line of source, as it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Recorded>,
    /// Its variables.
    variables: Vec<Variable>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        lines.push(self.at.to_string());
        lines.extend(self.code.iter().map(|code| format!("> {code}")));
        lines.extend(self.variables.iter().map(ToString::to_string));
    }
}

impl Question for Variables {
    const ABOUT: About = About {
        name: "variables",
        title: "The variables of a frame",
        description: "Lists the variables of a frame at a step, with their values as Python writes them. Long values \
            are cut. Use evaluate for a part of a value, for globals and for attributes.",
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
        let frame = frames::numbered(&moment, input.frame)?;
        let _ = frames::variables(&moment, &frame).into_iter().all(|variable| page.push(0, || variable));
        let (variables, next) = page.done();
        let (at, code) = (frames::place(&history, &moment, &frame)?, frames::code(&history, frame.code, frame.line));
        Ok(Answer::new(Output { at, code, variables }).next(next))
    }
}
