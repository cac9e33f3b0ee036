//! Finds the writes of a class's first attributes, which happen where the class body runs.

use connie_wire::{Kind, Value};

use crate::moment::Moment;
use crate::timeline::{At, Direction, Position, Timeline};
use crate::writes::{self, Seen, Target, Write};
use connie_recording::attributes::ClassView;
use connie_recording::error::Error;
use connie_recording::reader::{ChunkInfo, Recording};
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
    let codes: Vec<u32> = (0u32..)
        .zip(&recording.functions)
        .filter(|(_, function)| function.name == name)
        .map(|(code, _)| code)
        .collect();
    let Some(end) = last_return(recording, timeline, &codes, moment.step.thread, seen)? else { return Ok(None) };
    let Ok(body) = Moment::at(recording, end.step) else { return Ok(None) };
    let Some(frame) = body.step.frame.filter(|frame| frame.namespace != 0) else { return Ok(None) };
    let namespace = frame.namespace;
    let target = Target::Item { object: namespace, key: key.clone() };
    let found = writes::near(recording, timeline, &target, end.step, Direction::Backward)?;
    let found = found.filter(|write| write.value.as_ref().is_some_and(|written| is_same(&moment, written, value)));
    Ok(found.map(|write| Birth { namespace, end: end.step, write }))
}

/// The maximum number of calls that are looked at for the latest return, before all events are.
const MAX_CALLS: usize = 8;

/// The latest return of one of these codes in a thread, before a step. Chunks are skipped by the codes that are called
/// in them.
fn last_return(
    recording: &Recording,
    timeline: &Timeline,
    codes: &[u32],
    thread: u32,
    before: u64,
) -> Result<Option<Position>, Error> {
    let returns = |p: &Position| p.at == At::Return && p.thread == thread && codes.contains(&p.code);
    let mut latest: Option<Position> = None;
    let mut from = before;
    for _ in 0..MAX_CALLS {
        let Some(call) = timeline.find_call(recording, codes, (from, Direction::Backward), |_| true, |_| true)? else {
            return Ok(latest);
        };
        let after = (call.step, Direction::Forward);
        let chunks = |chunk: &ChunkInfo| chunk.first_step < before;
        let end = timeline.find_frame(recording, call.frame, after, chunks, returns)?;
        latest = latest.into_iter().chain(end.filter(|end| end.step < before)).max_by_key(|end| end.step);
        if latest.is_some() && !goes_on(recording, codes, &call)? {
            return Ok(latest);
        }
        from = call.step;
    }
    timeline.find(recording, before, Direction::Backward, |_| true, returns)
}

/// Whether another frame of these codes had not ended when a call began: it may return later than that call.
fn goes_on(recording: &Recording, codes: &[u32], call: &Position) -> Result<bool, Error> {
    let moment = Moment::at(recording, call.step)?;
    let context = moment.player.context();
    let mut frames = context.stacks.frames().chain(context.suspended.values());
    Ok(frames.any(|frame| frame.frame != call.frame && codes.contains(&frame.code)))
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

#[cfg(test)]
mod tests {
    use connie_wire::Op;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{Function, call, line, made, returns, thread};

    const FUNCTIONS: &[Function<'static>] = &[("<module>", 1, &[]), ("A", 2, &[]), ("f", 3, &[])];

    /// Calls, returns, yields and resumptions of two threads, as numbers choose.
    fn ops(choices: &[u8]) -> Vec<Op> {
        let (mut ops, mut stacks, mut suspended) = (Vec::new(), [Vec::new(), Vec::new()], Vec::new());
        let mut at = 0;
        ops.push(thread(1));
        for (choice, frame) in choices.iter().zip(10u64..) {
            let stack: &mut Vec<u64> = &mut stacks[at];
            match choice % 8 {
                0..=2 => {
                    stack.push(frame);
                    ops.push(call(frame, u32::from(*choice) % 3, 1));
                    ops.push(line(1));
                }
                3 | 4 if stack.pop().is_some() => ops.push(returns()),
                5 if stack.len() > 1 => {
                    suspended.extend(stack.pop());
                    ops.push(Op::Yield { time: 1, value: Value::None });
                }
                6 => {
                    if let Some(frame) = suspended.pop() {
                        stack.push(frame);
                        ops.push(Op::Resume { frame, time: 1, line: 1 });
                    }
                }
                7 => {
                    at = 1 - at;
                    ops.push(thread(at as u32 + 1));
                }
                _ => {}
            }
        }
        ops
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn the_latest_return_is_found_by_the_calls(choices in prop::collection::vec(any::<u8>(), 60..120)) {
            let ops = ops(&choices);
            let pieces: Vec<Vec<Op>> = ops.chunks(ops.len().div_ceil(3)).map(<[Op]>::to_vec).collect();
            let made = made("", FUNCTIONS, &pieces);
            for (codes, thread) in [(vec![1], 1), (vec![1, 2], 1), (vec![2], 2)] {
                for before in 1..=made.recording.last_step() + 1 {
                    let found = last_return(&made.recording, &made.timeline, &codes, thread, before).unwrap();
                    let is_it = |p: &Position| p.at == At::Return && p.thread == thread && codes.contains(&p.code);
                    let expected =
                        made.timeline.find(&made.recording, before, Direction::Backward, |_| true, is_it).unwrap();
                    prop_assert_eq!(found, expected, "{:?} {} {}", codes, thread, before);
                }
            }
        }
    }

    #[test]
    fn chunks_without_a_call_are_not_read() {
        let others =
            |first: u64| (first..first + 8).flat_map(|frame| [call(frame, 2, 1), line(3), returns()]).collect();
        let mut pieces = vec![vec![thread(1), call(10, 0, 1), line(2), call(11, 1, 2), line(2), returns(), line(3)]];
        pieces.extend((1..12).map(|n| others(100 * n)));
        let made = made("", FUNCTIONS, &pieces);
        made.recording.learn_all(0..12, || false);
        let before = made.recording.decoded();
        let last = made.recording.last_step();
        let found = last_return(&made.recording, &made.timeline, &[1], 1, last).unwrap();
        assert_eq!(found.map(|found| found.step), Some(5));
        assert!(made.recording.decoded() - before <= 3, "{}", made.recording.decoded() - before);
    }
}
