//! Frames of the stack at a step: 0 is the running frame, 1 its caller.

use connie_history::answers::Spot;
use connie_history::moment::Moment;
use connie_history::timeline::At;
use connie_history::{History, variables};
use connie_recording::chunk::StackFrame;
use connie_recording::render::Bounds;
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::{Location, Recorded};
use crate::refusal::Refusal;

/// How much of a variable is shown in a list.
const SHOWN: Bounds = Bounds { string: 160, items: 12, depth: 3 };
/// The maximum number of characters of its value.
const LENGTH: usize = 300;

/// A variable.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Variable {
    /// Its name.
    name: Recorded,
    /// Its value, as Python writes it; `?` marks what is not known for sure.
    value: Recorded,
}

impl std::fmt::Display for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} = {}", self.name, self.value)
    }
}

/// The frame with a number, from 0 for the running one.
///
/// # Errors
/// If the stack has no such frame.
pub fn numbered(moment: &Moment<'_>, number: usize) -> Result<StackFrame, Refusal> {
    let stack = moment.player.stack();
    let at = stack.len().checked_sub(number + 1);
    at.and_then(|at| stack.get(at)).copied().ok_or_else(|| {
        let why = match stack.len() {
            0 => "no recorded code runs at this step".to_owned(),
            frames => format!("the stack has frames 0 to {} at this step", frames - 1),
        };
        Refusal::argument("frame", why)
    })
}

/// The variables of a frame, without modules and hidden names.
pub fn variables(moment: &Moment<'_>, frame: &StackFrame) -> Vec<Variable> {
    let all = variables::Variables::new(SHOWN).all(&moment.player, frame);
    let one = |(name, value): (String, String)| Variable {
        name: Recorded::new(&name),
        value: Recorded::within(&value, LENGTH),
    };
    all.into_iter().map(one).collect()
}

/// The recorded text of a line in a frame's source.
pub fn code(history: &History<'_>, code: u32, line: u32) -> Option<Recorded> {
    let source = history.recording.function(code)?.source;
    let text = history.recording.sources.get(source as usize)?.text.as_deref()?;
    text.lines().nth((line as usize).checked_sub(1)?).map(|line| Recorded::within(line.trim_end(), LENGTH))
}

/// The place of a frame at a moment.
pub fn place(history: &History<'_>, moment: &Moment<'_>, frame: &StackFrame) -> Result<Location, Refusal> {
    let mut at = history.timeline.position(history.recording, moment.step.number)?;
    (at.frame, at.code, at.line) = (frame.frame, frame.code, frame.line);
    Ok(Location::from(&Spot::of(history, &at)))
}

/// The name of an event.
pub fn event(at: At) -> &'static str {
    match at {
        At::Call => "call",
        At::Line => "line",
        At::Return => "return",
        At::Raise => "raise",
        At::Yield => "yield",
        At::Resume => "resume",
        At::Output => "output",
    }
}
