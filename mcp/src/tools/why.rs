//! `why`: shows which write made a value.

use connie_history::answers::{Answer as Found, Question as Asked, Spot};
use connie_history::loaded::Loaded;
use connie_history::when;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::version::Version;
use crate::answer::{Answer, Location, WriteLines};
use crate::arguments;
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Why;

/// A value, and the moment.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// A variable, attribute, item or key: `total`, `self.items`, `rows[3]`.
    expression: String,
    /// Ask at this step. A line event is seen before the line runs.
    step: Option<u64>,
    /// Ask when a line is about to run: `FILE:LINE` for its last hit, `FILE:LINE:HIT` for one hit, counted from 1.
    /// Without `step` and `at`: at the exception that ended the run, else at its end.
    at: Option<String>,
}

/// The writes that produced a value.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The moment of the question.
    at: Location,
    /// The latest change within the value if there was one, then the write of the value itself. Empty: no write is known.
    writes: Vec<Version>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        lines.push(format!("asked at {}", self.at));
        lines.extend(self.writes.iter().map(ToString::to_string));
    }
}

impl Question for Why {
    const ABOUT: About = About {
        name: "why",
        title: "Which line wrote a value",
        description: "Finds the line that gave a variable, attribute or item the value that it has at a moment. Use \
            it when a value is wrong and you want the line that wrote it; for a container, the latest change within \
            it comes first. Use origin to follow the value further back, history for all of its values.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn answer(input: Input, loaded: &mut Loaded, _: &Stop) -> Result<Answer<Output>, Refusal> {
        let history = loaded.history();
        let when = arguments::when(input.step, input.at.as_deref())?;
        let (here, found) = when::ask(&history, &input.expression, &when, Asked::Why)?;
        let Found::Why { writes } = found else { return Err(Refusal::Fault) };
        let writes: Vec<Version> = writes.iter().map(Version::from).collect();
        let note = writes.is_empty().then(|| "no earlier write of it is known".to_owned());
        Ok(Answer::new(Output { at: Location::from(&Spot::of(&history, &here)), writes }).note(note))
    }
}
