//! A stop at a step, used by the tools that travel in time.

use connie_history::History;
use connie_history::answers::Spot;
use connie_history::moment::Moment;
use connie_history::timeline::Position;
use schemars::JsonSchema;
use serde::Serialize;

use super::frames::{self, Variable};
use crate::answer::{Location, Recorded, WriteLines};
use crate::refusal::Refusal;

/// The maximum number of variables shown.
const MAX_VARIABLES: usize = 20;

/// The state of the program at a step.
#[derive(Serialize, JsonSchema)]
pub struct Stop {
    /// The place. To go on from here, pass its step.
    at: Location,
    /// The event at this step: line (the line is about to run), call, return, raise, yield, resume or output.
    event: &'static str,
    /// The number of recorded frames on the stack.
    depth: u32,
    /// The line of source, as it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Recorded>,
    /// The first 20 variables of the running frame. The tool `variables` shows all.
    variables: Vec<Variable>,
}

impl Stop {
    /// Creates the stop at a position.
    pub fn of(history: &History<'_>, here: &Position) -> Result<Self, Refusal> {
        let moment = Moment::at(history.recording, here.step)?;
        let frame = moment.player.stack().last().copied();
        let mut variables = frame.map(|frame| frames::variables(&moment, &frame)).unwrap_or_default();
        variables.truncate(MAX_VARIABLES);
        Ok(Self {
            at: Location::from(&Spot::of(history, here)),
            event: frames::event(here.at),
            depth: here.depth,
            code: frames::code(history, here.code, here.line),
            variables,
        })
    }
}

/// A step, if there is one.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The state of the program at the new step; null if there is no such step.
    pub stop: Option<Stop>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        let Some(stop) = &self.stop else { return };
        lines.push(format!("{} ({}, depth {})", stop.at, stop.event, stop.depth));
        lines.extend(stop.code.iter().map(|code| format!("> {code}")));
        lines.extend(stop.variables.iter().map(ToString::to_string));
    }
}
