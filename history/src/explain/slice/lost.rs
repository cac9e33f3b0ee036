//! Finds where a piece was lost that a test expected: the last variable that had it, and the lines that read this variable
//! afterwards.

use connie_recording::chunk::Entry;
use connie_recording::error::Error;
use connie_wire::{Op, Value};
use rustc_hash::FxHashSet;

use super::{Edge, How, Slicer, unless_cancelled};
use crate::explain::places::is_test;
use crate::explain::reads::{Focus, Reads};
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};

/// The maximum number of pieces that are searched for, and of chunks in which they are.
const MAX_PIECES: usize = 8;
const MAX_CHUNKS: usize = 24;
/// The maximum number of lines that may have lost a piece.
const MAX_LINES: usize = 5;
/// The weight of the line that gave the variable another value, of others that read it, and the factor for each piece
/// after the first.
const REPLACED: f64 = 0.9;
const READ: f64 = 0.6;
const EACH: f64 = 0.8;
/// The factor if there are also wrong pieces, which tell more.
const BESIDE: f64 = 0.7;

/// The last time that a variable got a value with a piece.
#[derive(Clone)]
struct Sight {
    step: u64,
    frame: u64,
    code: u32,
    slot: u32,
    value: Value,
}

impl Slicer<'_, '_> {
    /// Adds the lines that read the last variable which had a piece that is missing in the value that a test got. Nothing
    /// after them had the piece, so one of them may have lost it.
    pub(super) fn lost(&mut self) -> Result<(), Error> {
        let wanted: Vec<String> = self.pieces.missing().take(MAX_PIECES).map(str::to_owned).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let mut seen: FxHashSet<(u64, u32)> = FxHashSet::default();
        for (piece, sight) in wanted.iter().zip(self.last_sights(&wanted)?) {
            let Some(sight) = sight else { continue };
            let beside = if self.pieces.is_empty() { 1.0 } else { BESIDE };
            let factor = beside * EACH.powi(seen.len() as i32);
            if seen.insert((sight.frame, sight.slot)) {
                self.lost_by(piece, &sight, factor)?;
            }
        }
        Ok(())
    }

    /// The lines of a frame that read a variable after it was last seen with a piece.
    fn lost_by(&mut self, piece: &str, sight: &Sight, factor: f64) -> Result<(), Error> {
        let recording = self.history.recording;
        let Some(function) = recording.function(sight.code) else { return Ok(()) };
        let Some(name) = function.slots.get(sight.slot as usize) else { return Ok(()) };
        let Some(code) = self.code(function.source) else { return Ok(()) };
        let Some(at) = self.line_near(sight)? else { return Ok(()) };
        let end = Position { step: self.nodes[0].at.step, ..at };
        let lines = self.frames.lines(self.history, &end)?;
        let from = lines.partition_point(|line| line.step < sight.step);
        let mut known = FxHashSet::default();
        for line in lines[from..].iter().copied() {
            if known.len() >= MAX_LINES {
                break;
            }
            let Some(stmt) = code.statements.at(line.line) else { continue };
            let reads = Reads::of(&code, stmt, line.line, Focus::All, false);
            let is_read = reads.reads.iter().any(|read| read.text.split(['.', '[', '(']).next() == Some(name));
            if !is_read || !known.insert(line.line) {
                continue;
            }
            let replaces = crate::answers::binds(stmt, name);
            let weight = factor * if replaces { REPLACED } else { READ };
            let value = Some((sight.value.clone(), sight.step));
            let edge = Edge::new(How::Lost, weight).named(format!("{name} with {piece:?}")).with(value);
            self.add(Some(0), line, Focus::All, edge);
            if replaces {
                break;
            }
        }
        Ok(())
    }

    /// A line of the frame in which a piece was seen.
    fn line_near(&self, sight: &Sight) -> Result<Option<Position>, Error> {
        let is_line = |p: &Position| p.at == At::Line;
        for (step, direction) in [(sight.step + 1, Direction::Backward), (sight.step, Direction::Forward)] {
            let from = (step, direction);
            let recording = self.history.recording;
            let near = self.history.timeline.find_frame(recording, sight.frame, from, |_| true, is_line);
            if let Some(near) = unless_cancelled(near)?.flatten() {
                return Ok(Some(near));
            }
        }
        Ok(None)
    }

    /// The last time that a variable got a text with each piece, in code that is neither a test nor still running.
    fn last_sights(&self, wanted: &[String]) -> Result<Vec<Option<Sight>>, Error> {
        let recording = self.history.recording;
        let at = self.nodes[0].at.step;
        let mut found: Vec<Option<Sight>> = vec![None; wanted.len()];
        let Some(moment) = unless_cancelled(Moment::at(recording, at))? else { return Ok(found) };
        let running: FxHashSet<u64> = moment.player.context().stacks.frames().map(|frame| frame.frame).collect();
        let is_asked = |frame: u64, code: u32| {
            !running.contains(&frame)
                && recording
                    .function(code)
                    .is_some_and(|function| !is_test(recording.short(function.source), &function.name))
        };
        let here = recording.chunks.partition_point(|chunk| chunk.first_step < at);
        for index in (0..here).rev().take(MAX_CHUNKS) {
            if self.history.timeline.is_interrupted() {
                return Err(Error::Interrupted);
            }
            if self.budget.is_spent() || found.iter().all(Option::is_some) {
                break;
            }
            let Some(chunk) = unless_cancelled(recording.chunk(index))? else { continue };
            let mut walk = chunk.walk(recording.chunks[index].first_step);
            let mut last: Vec<Option<Sight>> = vec![None; wanted.len()];
            while let Some(entry) = walk.next_entry() {
                let step = walk.step();
                if step >= at {
                    break;
                }
                let mut note = |frame: u64, code: u32, slot: u32, value: &Value| {
                    let Value::Str(text) = value else { return };
                    let text = String::from_utf8_lossy(&text.bytes);
                    for (place, piece) in last.iter_mut().zip(wanted) {
                        if text.contains(piece.as_str()) && !self.pieces.is_whole(&text, piece) && is_asked(frame, code)
                        {
                            *place = Some(Sight { step, frame, code, slot, value: value.clone() });
                        }
                    }
                };
                match entry {
                    Entry::Op(Op::Call { frame, code, slots, .. }) => {
                        slots.iter().for_each(|(slot, value)| note(*frame, *code, *slot, value));
                    }
                    Entry::Op(Op::Slot { slot, value }) => {
                        if let Some(top) = walk.context().top() {
                            note(top.frame, top.code, *slot, value);
                        }
                    }
                    _ => {}
                }
            }
            for (place, last) in found.iter_mut().zip(last) {
                *place = place.take().or(last);
            }
        }
        Ok(found)
    }
}
