//! Follows a text that came out of code that was not recorded, such as a stream, to the call that was last given it.

use connie_recording::chunk::Entry;
use connie_recording::error::Error;
use connie_recording::render::World;
use connie_wire::{Kind, Op, Value};

use super::{Edge, How, Slicer, unless_cancelled};
use crate::explain::frames::Frames;
use crate::explain::kinds::LineKind;
use crate::explain::reads::Focus;
use crate::moment::Moment;
use crate::timeline::{At, Position};

/// The maximum number of texts that are searched for, and of chunks in which one is.
const MAX_SEARCHES: u32 = 4;
const MAX_CHUNKS: usize = 64;
/// The maximum number of items of a value that are compared.
const MAX_ITEMS: usize = 64;
/// How much of a wrong piece a text must have.
const WHOLE: f64 = 0.9;

impl Slicer<'_, '_> {
    /// If a line's value has a wrong piece and nothing that it read has one: the last call before it that was given, or
    /// gave, a text with the piece.
    pub(super) fn streamed(&mut self, index: usize) -> Result<(), Error> {
        let node = self.nodes[index].clone();
        let has = |value: &Value| {
            matches!(value, Value::Str(_) | Value::Bytes(_))
                && self.pieces.within(value).is_some_and(|share| share >= WHOLE)
        };
        let is_made = |value: &(Value, u64)| has(&value.0);
        let comes_from_call =
            matches!(node.kind, LineKind::Calls | LineKind::Asks | LineKind::Applies | LineKind::Computes);
        if !comes_from_call || !node.value.as_ref().is_some_and(is_made) || self.searches >= MAX_SEARCHES {
            return Ok(());
        }
        let mut known = self.links.iter().filter(|(parent, _)| *parent == index);
        if known.any(|(_, child)| self.share(*child).is_some_and(|share| share > 0.3)) {
            return Ok(());
        }
        self.searches += 1;
        let Some(at) = self.last_with(&node.at, has)? else { return Ok(()) };
        let edge = |how: How| Edge::new(how, node.weight * 0.9);
        match at.0.at {
            At::Call => {
                let Some(line) = self.caller(&at.0)? else { return Ok(()) };
                let value = Some((at.1, at.0.step));
                self.add(Some(index), line, Focus::All, edge(How::Passed).named(at.2).with(value));
            }
            _ => {
                let end = at.0;
                let line = Frames::line_of(self.history, end.frame, end.thread, end.depth, end.step);
                let Some(line) = unless_cancelled(line)?.flatten() else { return Ok(()) };
                let (line, focus, _) = self.return_line(&end, line)?;
                let name = self.function_name(&end).to_owned();
                self.add(Some(index), line, focus, edge(How::Returned).named(name).with(Some((at.1, end.step))));
            }
        }
        Ok(())
    }

    /// How much of a wrong piece the value of a node, or one of its items, has; `None` if it has no text.
    pub fn share(&self, index: usize) -> Option<f64> {
        let (value, seen) = self.nodes[index].value.as_ref()?;
        let Value::Object(object) = value else { return self.pieces.within(value) };
        let step = (*seen).min(self.history.recording.last_step());
        let moment = Moment::at(self.history.recording, step).ok()?;
        let entity = moment.player.entity(*object)?;
        // A number or date whose text has the piece is no text: who makes a text of it makes the piece.
        let ty = entity.ty.and_then(|ty| moment.player.type_name(ty));
        if ty.is_some_and(|ty| ty.kind == Kind::Template) {
            return None;
        }
        entity.items.iter().rev().take(MAX_ITEMS).filter_map(|item| self.pieces.within(item)).reduce(f64::max)
    }

    /// The last call or return before a line with such a value, the value, and the name of the parameter.
    fn last_with(
        &self,
        before: &Position,
        has: impl Fn(&Value) -> bool,
    ) -> Result<Option<(Position, Value, String)>, Error> {
        let recording = self.history.recording;
        let here = recording.chunks.partition_point(|chunk| chunk.first_step < before.step);
        for index in (0..here).rev().take(MAX_CHUNKS) {
            if self.history.timeline.is_interrupted() {
                return Err(Error::Interrupted);
            }
            if self.budget.is_spent() {
                return Ok(None);
            }
            let Some(chunk) = unless_cancelled(recording.chunk(index))? else { continue };
            let mut walk = chunk.walk(recording.chunks[index].first_step);
            let mut last = None;
            while let Some(entry) = walk.next_entry() {
                if walk.step() >= before.step {
                    break;
                }
                match entry {
                    Entry::Op(Op::Call { slots, code, .. }) => {
                        if let Some((slot, value)) = slots.iter().find(|(_, value)| has(value)) {
                            last = Some((walk.step(), value, Some((*code, *slot))));
                        }
                    }
                    Entry::Op(Op::Return { value, .. }) if has(value) => last = Some((walk.step(), value, None)),
                    _ => {}
                }
            }
            let Some((step, value, slot)) = last else { continue };
            let Some(at) = unless_cancelled(self.history.timeline.position(recording, step))? else { return Ok(None) };
            let name = slot.and_then(|(code, slot)| recording.function(code)?.slots.get(slot as usize).cloned());
            return Ok(Some((at, value.clone(), name.unwrap_or_default())));
        }
        Ok(None)
    }
}
