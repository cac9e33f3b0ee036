//! A stop at a step, used by the tools that travel in time.

use connie_history::History;
use connie_history::answers::Spot;
use connie_history::moment::Moment;
use connie_history::timeline::Position;
use schemars::JsonSchema;
use serde::Serialize;

use super::frames::{self, Variable};
use crate::answer::{Place, Recorded, Told};
use crate::refusal::Refusal;

/// The maximum number of variables shown.
const MOST: usize = 20;

/// Where the program stands at a step.
#[derive(Serialize, JsonSchema)]
pub struct Stop {
    /// The place; its step is the one to go on from.
    at: Place,
    /// What happens there: a line is about to run, a call begins, a return, a raise.
    event: &'static str,
    /// Recorded frames on the stack.
    depth: u32,
    /// The line of source, as it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Recorded>,
    /// Variables of the frame that runs, the first 20: the tool `variables` shows all.
    variables: Vec<Variable>,
}

impl Stop {
    /// Creates the stop at a position.
    pub fn of(history: &History<'_>, here: &Position) -> Result<Self, Refusal> {
        let moment = Moment::at(history.recording, here.step)?;
        let frame = moment.player.stack().last().copied();
        let mut variables = frame.map(|frame| frames::variables(&moment, &frame)).unwrap_or_default();
        variables.truncate(MOST);
        Ok(Self {
            at: Place::from(&Spot::of(history, here)),
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
    /// Where the program stands then; null if there is no such step.
    pub stop: Option<Stop>,
}

impl Told for Output {
    fn tell(&self, lines: &mut Vec<String>) {
        let Some(stop) = &self.stop else { return };
        lines.push(format!("{} ({}, depth {})", stop.at, stop.event, stop.depth));
        lines.extend(stop.code.iter().map(|code| format!("> {code}")));
        lines.extend(stop.variables.iter().map(ToString::to_string));
    }
}
