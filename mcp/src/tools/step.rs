//! `step`: performs one debugger step, forward or backward.

use connie_history::loaded::Loaded;
use connie_history::timeline::Reach as Far;
use connie_history::when;
use schemars::JsonSchema;
use serde::Deserialize;

use super::stop_at::{Output, Stop as Stops};
use crate::answer::Answer;
use crate::arguments::{self, Direction};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Step;

/// How far a step goes.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Reach {
    /// To the next line of this frame or of its callers; calls are not entered.
    #[default]
    Over,
    /// To the thread's next line, which may be in a called function.
    In,
    /// To the next line of a caller of this frame.
    Out,
}

/// From where, and how.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// Start at this step. A line event is seen before the line runs.
    step: Option<u64>,
    /// Start when a line is about to run: `FILE:LINE` for its last hit, `FILE:LINE:HIT` for one hit, counted from 1.
    /// Without
    /// `step` and `at`: at the exception that ended the run, else at its end.
    at: Option<String>,
    /// forward (the default) or backward in time.
    #[serde(default)]
    direction: Direction,
    /// over (the default), in, or out.
    #[serde(default)]
    reach: Reach,
}

impl Question for Step {
    const ABOUT: About = About {
        name: "step",
        title: "Step forward or backward",
        description: "Steps over, in or out like a debugger, forward or backward in time, and returns the new step, \
            its line and the variables there. Nothing runs, and the server keeps no position: pass the step of the \
            answer to go on.",
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
        let reach = match input.reach {
            Reach::Over => Far::Over,
            Reach::In => Far::In,
            Reach::Out => Far::Out,
        };
        let there = history.timeline.step(history.recording, &here, reach, input.direction.into())?;
        let stop = there.map(|there| Stops::of(&history, &there)).transpose()?;
        let note = stop.is_none().then(|| match input.direction {
            Direction::Forward => format!("there is no such line after step {}", here.step),
            Direction::Backward => format!("there is no such line before step {}", here.step),
        });
        Ok(Answer::new(Output { stop }).note(note))
    }
}
