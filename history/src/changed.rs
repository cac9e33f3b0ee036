//! What changed at a step: the variables of its frame that are not what they were at the frame's step before.

use connie_recording::chunk::STEPS;
use connie_recording::error::Error;
use connie_recording::player::Player;
use connie_recording::reader::ChunkInfo;
use connie_recording::render::Bounds;

use crate::History;
use crate::timeline::{At, Direction, Position};
use crate::variables::Variables;

/// How much of a value is compared.
const BOUNDS: Bounds = Bounds { string: 2000, items: 100, depth: 4 };

/// What changed at a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// The frame of the step; 0 outside of recorded code.
    pub frame: u64,
    /// The variables that changed, and their texts before; `None` if they had no value.
    pub variables: Vec<(String, Option<String>)>,
}

impl History<'_> {
    /// The step of a frame before a position of it; `None` if there is none, or it is far away and cannot be told quickly.
    ///
    /// # Errors
    /// If the search was interrupted.
    pub fn step_before(&self, position: &Position) -> Result<Option<Position>, Error> {
        let here = self.recording.chunk_of(position.step)?;
        let first = self.recording.chunks[here.saturating_sub(1)].first_step;
        // A frame that stays on the stack ran a line at its depth where it had a step, or has just begun.
        let stays = position.at != At::Resume;
        let chunks =
            |chunk: &ChunkInfo| chunk.first_step >= first || !stays || chunk.may_reach(position.thread, position.depth);
        let from = (position.step, Direction::Backward);
        self.timeline.find_frame(self.recording, position.frame, from, chunks, |_| true)
    }
}

/// What changed at a step.
///
/// # Errors
/// If there is no such step, the question was interrupted, or the recording cannot be read.
pub fn at(history: &History<'_>, step: u64) -> Result<Changed, Error> {
    let recording = history.recording;
    let position = history.timeline.position(recording, step)?;
    let mut changed = Changed { frame: position.frame, ..Changed::default() };
    // All that a call has is new.
    if position.frame == 0 || position.at == At::Call {
        return Ok(changed);
    }
    let Some(before) = history.step_before(&position)? else { return Ok(changed) };
    let mut variables = Variables::new(BOUNDS).limited(STEPS as usize);
    let (player, then) = Player::at(recording, before.step)?;
    let Some(frame) = then.frame else { return Ok(changed) };
    let known = variables.all(&player, &frame);
    variables.moved();
    let (player, now) = Player::at(recording, step)?;
    let Some(frame) = now.frame else { return Ok(changed) };
    let old = |name: &str| known.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone());
    changed.variables = variables
        .changed(&player, &frame)
        .into_iter()
        .map(|(name, _)| (old(&name), name))
        .map(|(old, name)| (name, old))
        .collect();
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, line, made, returns, thread};
    use connie_wire::{Op, Value};

    #[test]
    fn what_a_line_changed_is_told_also_after_a_call_in_it() {
        let slot = |slot, value| Op::Slot { slot, value: Value::Int(value) };
        let ops = vec![
            thread(1),
            call(1, 0, 1),
            line(2),
            slot(0, 1),
            line(3),
            slot(0, 2),
            slot(1, 7),
            call(2, 1, 5),
            slot(0, 9),
            line(6),
            returns(),
            slot(1, 8),
            line(4),
        ];
        let made = made("x = 1\n", &[("main", 1, &["x", "y"]), ("f", 5, &["x", "y"])], &[ops]);
        let told = |step| {
            let changed = at(&made.history(), step).unwrap();
            let one = |(name, old): &(String, Option<String>)| format!("{name} {}", old.as_deref().unwrap_or("-"));
            changed.variables.iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(told(2), [""; 0]);
        assert_eq!(told(3), ["x -"]);
        // The arguments of a call are no changes.
        assert_eq!(told(4), [""; 0]);
        assert_eq!(told(7), ["x 1", "y -"]);
    }
}
