//! Finds the writes of a class's first attributes, which happen where the class body runs.

use connie_wire::{Kind, Value};

use crate::moment::Moment;
use crate::timeline::{At, Direction, Timeline};
use crate::writes::{self, Seen, Target, Write};
use connie_recording::attributes::ClassView;
use connie_recording::error::Error;
use connie_recording::reader::Recording;
use connie_recording::render::World;

/// The write in a class body that gave a place of the class its first value.
pub struct Birth {
    /// The namespace in which the body ran.
    pub namespace: u64,
    /// The step at which the body ended.
    pub end: u64,
    /// The write from which the class has the value.
    pub write: Write,
}

/// The write in a class body that gave an attribute its first value. `None` if it is unknown, or if the class has
/// another value: a decorator or metaclass may have changed it.
///
/// # Errors
/// If the tables cannot be read.
pub fn in_body(
    recording: &Recording,
    timeline: &Timeline,
    class: u64,
    key: &Value,
    seen: u64,
    value: &Value,
) -> Result<Option<Birth>, Error> {
    let Ok(moment) = Moment::at(recording, seen.min(recording.last_step())) else { return Ok(None) };
    let Some(name) = ClassView::of(&moment.player, class).map(|view| view.name(&moment.player).to_owned()) else {
        return Ok(None);
    };
    let thread = moment.step.thread;
    let has_name = |code: u32| recording.function(code).is_some_and(|function| function.name == name);
    let ends = |p: &crate::timeline::Position| p.at == At::Return && p.thread == thread && has_name(p.code);
    let Some(end) = timeline.find(recording, seen, Direction::Backward, |_| true, ends)? else { return Ok(None) };
    let Ok(body) = Moment::at(recording, end.step) else { return Ok(None) };
    let Some(frame) = body.step.frame.filter(|frame| frame.namespace != 0) else { return Ok(None) };
    let namespace = frame.namespace;
    let target = Target::Item { object: namespace, key: key.clone() };
    let found = writes::near(recording, timeline, &target, end.step, Direction::Backward)?;
    let found = found.filter(|write| write.value.as_ref().is_some_and(|written| is_same(&moment, written, value)));
    Ok(found.map(|write| Birth { namespace, end: end.step, write }))
}

/// Like [`in_body`], for the first value that a class had at a place.
///
/// # Errors
/// If the tables cannot be read.
pub fn of(recording: &Recording, timeline: &Timeline, target: &Target) -> Result<Option<Birth>, Error> {
    let Target::Item { object, key } = target else { return Ok(None) };
    let Some(first) = recording.chunks_of(*object)?.first().copied() else { return Ok(None) };
    let Ok(written) = writes::in_chunk(recording, target, first) else { return Ok(None) };
    match written.into_iter().next() {
        Some(Seen { seen, value: Some(value), first: true }) => {
            in_body(recording, timeline, *object, key, seen, &value)
        }
        _ => Ok(None),
    }
}

/// Whether two values are the same; a function in a class is compared by its name.
fn is_same(moment: &Moment<'_>, left: &Value, right: &Value) -> bool {
    let named = |value: &Value| match value {
        Value::Object(object) => {
            let entity = moment.player.entity(*object)?;
            let kind = moment.player.type_name(entity.ty?)?.kind;
            entity.items.first().filter(|_| kind == Kind::Function).cloned()
        }
        _ => None,
    };
    left == right || named(left).as_ref() == Some(right)
}
