//! `evaluate`: evaluates a Python expression over recorded values.

use connie_expression::{Expression, text, with_doubt};
use connie_history::loaded::Loaded;
use connie_history::moment::Moment;
use connie_history::when;
use connie_recording::render::Bounds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::frames;
use crate::answer::{Answer, Location, Recorded, WriteLines};
use crate::arguments;
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Evaluate;

/// How much of a value is shown.
const SHOWN: Bounds = Bounds { string: 4000, items: 200, depth: 5 };
/// The maximum number of characters of its text.
const LENGTH: usize = 8000;

/// An expression, and where.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// A Python expression: `len(rows)`, `[r.name for r in rows if r.total < 0]`, `self.items[10:20]`.
    expression: String,
    /// Ask at this step. A line event is seen before the line runs.
    step: Option<u64>,
    /// Ask when a line is about to run: `FILE:LINE` for its last hit, `FILE:LINE:HIT` for one hit, counted from 1.
    /// Without `step` and `at`: at the exception that ended the run, else at its end.
    at: Option<String>,
    /// The frame: 0 (the default) is the running frame, 1 is its caller.
    #[serde(default)]
    frame: usize,
}

/// A value.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The current place of the frame.
    at: Location,
    /// The value, as Python writes it; `?` marks what is not known for sure.
    value: Recorded,
    /// The output of `print` calls in the expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    printed: Option<Recorded>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        lines.push(self.at.to_string());
        lines.extend(self.printed.iter().map(|printed| format!("printed: {printed}")));
        lines.push(self.value.to_string());
    }
}

impl Question for Evaluate {
    const ABOUT: About = About {
        name: "evaluate",
        title: "Evaluate an expression",
        description: "Evaluates a Python expression with the values that a frame had at a step. Nothing of the program runs: \
            what cannot be answered from the recording is refused with the reason. Use it to test an assumption, or to see \
            a part of a large value.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn answer(input: Input, loaded: &mut Loaded, _: &Stop) -> Result<Answer<Output>, Refusal> {
        let history = loaded.history();
        let here = when::position(&history, &arguments::when(input.step, input.at.as_deref())?)?;
        let moment = Moment::at(history.recording, here.step)?;
        let frame = frames::numbered(&moment, input.frame)?;
        let expression =
            Expression::parse(&input.expression).map_err(|problem| Refusal::argument("expression", problem))?;
        let scope = moment.scope(frame, history.globals_of(frame));
        let (got, doubtful, printed) =
            expression.eval_printing(&scope).map_err(|problem| Refusal::argument("expression", problem))?;
        let value = with_doubt(text(&moment.player, &got, SHOWN), doubtful);
        let is_cut = value.chars().nth(LENGTH).is_some();
        let note = is_cut.then(|| "the value was cut: evaluate a part of it, such as a slice".to_owned());
        let output = Output {
            at: frames::place(&history, &moment, &frame)?,
            value: Recorded::within(&value, LENGTH),
            printed: (!printed.is_empty()).then(|| Recorded::within(&printed, LENGTH)),
        };
        Ok(Answer::new(output).note(note))
    }
}
