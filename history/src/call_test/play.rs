//! Walks a recorded call from its beginning to its end.

use std::collections::BTreeSet;

use connie_recording::error::Error;
use connie_recording::player::{Event, Player, Step};
use connie_recording::reader::Recording;
use connie_wire::Value;

/// The maximum number of steps walked in a call.
const MAX_STEPS: u64 = 2_000_000;
/// The maximum number of a generator's values that are read.
pub const MAX_YIELDS: usize = 200;
/// The maximum number of output bytes that are kept.
const MAX_PRINTED: usize = 200;

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It returned this value.
    Returned(Value),
    /// This exception left it; with the step at which the exception appeared.
    Raised(Value, u64),
    /// The outcome is unknown, with the reason: the recording ended first, the call is too long, or its end is not
    /// recorded.
    Unknown(String),
}

/// The course of a call.
#[derive(Debug)]
pub struct Course {
    /// How it ended.
    pub outcome: Outcome,
    /// The lines that ran.
    pub lines: BTreeSet<u32>,
    /// The beginning of the output that its thread printed during the call.
    pub printed: Vec<u8>,
    /// Whether there was more output.
    pub printed_more: bool,
}

/// Walks a call to its end. `yields` gets the player and the value each time the frame yields, and returns whether to
/// continue. Afterwards the player is at the end of the call.
///
/// # Errors
/// If the recording is damaged there.
pub fn walk(
    recording: &Recording,
    player: &mut Player<'_>,
    start: &Step,
    frame: u64,
    mut yields: impl FnMut(&Player<'_>, &Value) -> bool,
) -> Result<Course, Error> {
    let mut course = Course {
        outcome: Outcome::Unknown("it had not ended when the recording did".to_owned()),
        lines: BTreeSet::new(),
        printed: Vec::new(),
        printed_more: false,
    };
    let mut raised: Vec<(u64, Value)> = Vec::new();
    let mut steps = 0;
    while let Some(step) = player.next_step() {
        steps += 1;
        if steps > MAX_STEPS {
            course.outcome = Outcome::Unknown(format!("it has more than {MAX_STEPS} steps"));
            return Ok(course);
        }
        let is_mine = step.frame.is_some_and(|top| top.frame == frame);
        if !is_mine && step.thread == start.thread && !is_alive(player, frame) {
            course.outcome = left(raised, Some(&step));
            return Ok(course);
        }
        match &step.event {
            Event::Line if is_mine => drop(course.lines.insert(step.frame.map_or(0, |top| top.line))),
            Event::Return(value) if is_mine => {
                course.outcome = Outcome::Returned(value.clone());
                return Ok(course);
            }
            Event::Yield(value) if is_mine && !yields(player, value) => {
                course.outcome = Outcome::Unknown("it gave more values than fit into a test".to_owned());
                return Ok(course);
            }
            Event::Raise(value) if is_mine => raised.push((step.number, value.clone())),
            // A suspended generator prints nothing.
            Event::Output(_) if player.stack().iter().any(|one| one.frame == frame) => {
                print(recording, &step, &mut course)?
            }
            _ => {}
        }
    }
    if let Some(error) = player.damaged.pop() {
        return Err(error);
    }
    if !is_alive(player, frame) {
        course.outcome = left(raised, None);
    }
    Ok(course)
}

fn is_alive(player: &Player<'_>, frame: u64) -> bool {
    let context = player.context();
    context.suspended.contains_key(&frame) || context.stacks.frames().any(|one| one.frame == frame)
}

/// The exception that left a frame that did not return: the next step, in a caller, tells; otherwise it is known only
/// if the frame raised a single exception.
fn left(mut raised: Vec<(u64, Value)>, after: Option<&Step>) -> Outcome {
    if let Some(Step { event: Event::Raise(value), number, .. }) = after {
        // The first sight has the text of that time.
        let first = raised.iter().find(|(_, known)| known == value).map_or(*number, |(step, _)| *step);
        return Outcome::Raised(value.clone(), first);
    }
    raised.dedup_by(|a, b| a.1 == b.1);
    match raised.pop() {
        Some((step, value)) if raised.is_empty() => Outcome::Raised(value, step),
        Some(_) => Outcome::Unknown("it is not known which of its exceptions ended it".to_owned()),
        None => Outcome::Unknown("how it ended is not known".to_owned()),
    }
}

fn print(recording: &Recording, step: &Step, course: &mut Course) -> Result<(), Error> {
    let text = recording.output_at(step.number)?;
    let room = MAX_PRINTED.saturating_sub(course.printed.len());
    course.printed_more |= text.len() > room;
    course.printed.extend(&text[..text.len().min(room)]);
    Ok(())
}
