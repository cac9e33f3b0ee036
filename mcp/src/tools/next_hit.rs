//! `next_hit`: goes to the next hit of a breakpoint, forward or backward.

use connie_expression::Expression;
use connie_history::breakpoint::Breakpoint;
use connie_history::loaded::Loaded;
use connie_history::places;
use schemars::JsonSchema;
use serde::Deserialize;

use super::stop_at::{Output, Stop as Stops};
use crate::answer::Answer;
use crate::arguments::Direction;
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct NextHit;

/// A place, and from where.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// The place: `FILE:LINE` (FILE may be the end of a path), or a function by its name or qualified name.
    place: String,
    /// Search from this step on. Without it: forward from the beginning, or backward from the end.
    step: Option<u64>,
    /// forward (the default) or backward in time.
    #[serde(default)]
    direction: Direction,
    /// Only hits at which this Python expression is true. It is evaluated on recorded values; nothing runs.
    #[serde(rename = "where")]
    condition: Option<String>,
}

impl Question for NextHit {
    const ABOUT: About = About {
        name: "next_hit",
        title: "Continue to a breakpoint",
        description: "Goes forward or backward in time from a step to the nearest one at which a line is about to run or a \
            function begins, where a condition holds if one is given; gives the step, its line and the variables there. \
            Use trace to see all hits at once.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn answer(input: Input, loaded: &mut Loaded, stop: &Stop) -> Result<Answer<Output>, Refusal> {
        let history = loaded.history();
        let place = places::place(history.recording, &input.place)?;
        let condition = input.condition.as_deref().map(Expression::parse).transpose();
        let condition = condition.map_err(|problem| Refusal::argument("where", problem))?;
        let breakpoint = Breakpoint::new(place, condition, None);
        let (from, where_from) = match (input.step, input.direction) {
            (Some(step), Direction::Forward) => (step, format!("after step {step}")),
            (Some(step), Direction::Backward) => (step, format!("before step {step}")),
            (None, Direction::Forward) => (0, "in this recording".to_owned()),
            (None, Direction::Backward) => (u64::MAX, "in this recording".to_owned()),
        };
        let found = breakpoint.near(&history, from, input.direction.into());
        if stop.is_stopped() {
            return Err(Refusal::Cancelled);
        }
        let position = found.map(|step| history.timeline.position(history.recording, step)).transpose()?;
        let stop = position.map(|there| Stops::of(&history, &there)).transpose()?;
        let none = stop.is_none().then(|| format!("there is no hit {where_from}"));
        let failed = breakpoint.has_failed().then(|| {
            "the condition could not be evaluated at some hits, which were skipped: trace says why".to_owned()
        });
        Ok(Answer::new(Output { stop }).note(none).note(failed))
    }
}
