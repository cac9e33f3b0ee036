//! What a bar says: the arguments of a call, and how it ended.

use connie_recording::error::Error;
use connie_recording::player::{Event, Player};
use connie_recording::reader::Recording;
use connie_recording::render::{Bounds, Renderer};
use connie_wire::Value;

use crate::moment::Moment;

/// The size of values.
const BOUNDS: Bounds = Bounds { string: 80, items: 8, depth: 2 };
/// The maximum number of arguments.
const MAX_ARGUMENTS: usize = 12;

/// How a call ended, with a value as Python writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It returned.
    Returned(String),
    /// It was suspended.
    Yielded(String),
    /// An exception ended it.
    Raised(String),
    /// The end is not recorded.
    Unknown,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its code.
    pub code: u32,
    /// Its parameters with their values when it began, or was resumed.
    pub arguments: Vec<(String, String)>,
    /// How it ended.
    pub ending: Ending,
}

fn text(player: &Player<'_>, value: &Value) -> String {
    Renderer::new(player, BOUNDS).text(value)
}

/// The call that is active from one step to another; `None` if no recorded code is active at the first one.
///
/// # Errors
/// If there is no such step, or its chunk is damaged.
pub fn call(recording: &Recording, first: u64, last: u64) -> Result<Option<Call>, Error> {
    let moment = Moment::at(recording, first)?;
    let Some(frame) = moment.step.frame else { return Ok(None) };
    let function = recording.function(frame.code);
    let parameters = function.map_or(&[][..], |f| &f.slots[..(f.arguments as usize).min(f.slots.len())]);
    let locals = moment.player.locals(&frame).into_iter().filter(|(name, _)| parameters.contains(name));
    let arguments = locals.take(MAX_ARGUMENTS).map(|(name, value)| (name, text(&moment.player, &value))).collect();
    let ending = if last > first { Moment::at(recording, last)? } else { moment };
    let is_same = ending.step.frame.is_some_and(|other| other.frame == frame.frame);
    let ending = match &ending.step.event {
        Event::Return(value) if is_same => Ending::Returned(text(&ending.player, value)),
        Event::Yield(value) if is_same => Ending::Yielded(text(&ending.player, value)),
        Event::Raise(value) if is_same => {
            let known = recording.exception_at(last)?.map(|raised| raised.to_string());
            Ending::Raised(known.unwrap_or_else(|| text(&ending.player, value)))
        }
        _ => Ending::Unknown,
    };
    Ok(Some(Call { code: frame.code, arguments, ending }))
}
