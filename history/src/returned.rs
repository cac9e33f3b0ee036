//! Finds the values that calls returned within a step over or out.

use connie_recording::player::Event;
use connie_wire::Value;

use crate::History;
use crate::moment::Moment;
use crate::timeline::{At, Position};

/// The number of chunks that are searched, backwards from the end of the step.
const CHUNKS: usize = 64;

/// The values returned by functions that a frame called, or that a step left, between two positions: the name of each
/// function and its latest value, the latest first. At most `most` functions.
#[must_use]
pub fn between(history: &History<'_>, from: &Position, to: &Position, most: usize) -> Vec<(String, Value)> {
    let recording = history.recording;
    let depth = to.depth + 1;
    let is_it = |p: &&Position| {
        p.step > from.step
            && p.step < to.step
            && p.at == At::Return
            && p.thread == to.thread
            && p.task == from.task
            && p.depth == depth
    };
    let first = recording.chunks.partition_point(|chunk| chunk.first_step <= from.step).saturating_sub(1);
    let end = recording.chunks.partition_point(|chunk| chunk.first_step <= to.step);
    // While a callee runs deeper code for long, nothing returns to the frame.
    let may_return = |index: &usize| recording.chunks[*index].may_reach(to.thread, depth);
    let mut values: Vec<(String, Value)> = Vec::new();
    for index in (first..end).rev().filter(may_return).take(CHUNKS) {
        let Ok(positions) = history.timeline.chunk(recording, index) else { break };
        for position in positions.iter().rev().filter(is_it) {
            let Some(function) = recording.functions.get(position.code as usize) else { continue };
            let name = function.name.rsplit('.').next().unwrap_or(&function.name);
            let is_comprehension = matches!(name, "<listcomp>" | "<setcomp>" | "<dictcomp>" | "<genexpr>");
            if is_comprehension || values.len() >= most || values.iter().any(|(known, _)| known == name) {
                continue;
            }
            if let Ok(moment) = Moment::at(recording, position.step)
                && let Event::Return(value) = &moment.step.event
            {
                values.push((name.to_owned(), value.clone()));
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use connie_wire::{Op, Value};

    use super::between;
    use crate::testing::{call, line, made, returns, thread};
    use crate::timeline::{At, Direction};

    #[test]
    fn chunks_of_deeper_calls_are_not_read() {
        // 0 calls 1, which calls 2 again and again.
        let mut pieces = vec![vec![thread(1), call(10, 0, 1), line(2), call(11, 1, 2), line(3)]];
        let deep = |n: u64| (n..n + 5).flat_map(|frame| [call(frame, 2, 3), line(4), returns()]).collect();
        pieces.extend((1..12).map(|n| deep(100 * n)));
        pieces.push(vec![Op::Return { time: 10, value: Value::Int(7) }, line(5), returns()]);
        let made = made("", &[("<module>", 1, &[]), ("f", 2, &[]), ("g", 3, &[])], &pieces);
        let at = |step| made.timeline.position(&made.recording, step).unwrap();
        let from = at(2);
        let wanted = |p: &crate::timeline::Position| p.at == At::Line && p.line == 5;
        let to = made.timeline.find(&made.recording, 2, Direction::Forward, |_| true, wanted).unwrap().unwrap();
        let (history, before) = (made.history(), made.recording.decoded());
        assert_eq!(between(&history, &from, &to, 20), [("f".to_owned(), Value::Int(7))]);
        assert!(made.recording.decoded() - before <= 3, "{}", made.recording.decoded() - before);
    }
}
