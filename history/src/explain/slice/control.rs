//! Follows a line to the conditions, loops and calls that made it run, and to conditions that did not hold.

use std::rc::Rc;

use connie_recording::error::Error;
use connie_recording::reader::ChunkInfo;
use rustc_hash::FxHashSet;

use super::{Edge, How, MAX_GUARDS, Node, Slicer, Writes, unless_cancelled};
use crate::explain::code::{Around, Code, Handling, Leaving};
use crate::explain::kinds::LineKind;
use crate::explain::reads::{Focus, Read};
use crate::timeline::{At, Direction, Position};

/// The factor for what ran without an exception before a constant was given.
const UNRAISED: f64 = 0.85;

impl Slicer<'_, '_> {
    /// Follows what made a line run.
    pub(super) fn control(&mut self, index: usize, code: &Code<'_>, reads: (&[Read], &Writes)) -> Result<(), Error> {
        let node = self.nodes[index].clone();
        let lines = self.frames.lines(self.history, &node.at)?;
        let before = lines.partition_point(|line| line.step < node.at.step);
        let last_at = |line: u32| lines[..before].iter().rev().find(|position| position.line == line).copied();
        let around = code.around(node.at.line);
        let mut is_decided = false;
        for one in &around {
            let (line, how, factor) = match one {
                Around::Condition(line) => (*line, How::Decided, 0.8),
                Around::Head(line) => (*line, How::Decided, 0.6),
                Around::Handler(line) => {
                    let handled = last_at(*line).map_or(node.at.step, |at| at.step);
                    if self.handled(index, handled, 0.92)? {
                        is_decided = true;
                        break;
                    }
                    continue;
                }
            };
            if line != node.at.line
                && let Some(at) = last_at(line)
            {
                self.add(Some(index), at, Focus::All, Edge::new(how, node.weight * factor));
                is_decided = true;
                break;
            }
        }
        let is_handler = self.handlers(node.source, code).contains_key(&node.at.line);
        if is_handler {
            self.handled(index, node.at.step, 0.95)?;
        }
        if node.focus != Focus::Part(0, 0) || node.is_implicit {
            self.guards(index, code, &lines[..before], reads)?;
        }
        if node.kind == LineKind::Constant
            && let Some((first, last)) = code.attempted(node.at.line)
            && let Some(at) = lines[..before].iter().rev().find(|line| (first..=last).contains(&line.line))
        {
            // The constant tells that nothing was raised.
            self.add(Some(index), *at, Focus::All, Edge::new(How::Ran, node.weight * UNRAISED));
        }
        if !is_decided {
            self.called(index)?;
        }
        Ok(())
    }

    pub(super) fn handlers(&self, source: u32, code: &Code<'_>) -> Rc<Handling> {
        Rc::clone(self.handlers.borrow_mut().entry(source).or_insert_with(|| Rc::new(code.handlers())))
    }

    /// Adds conditions that did not hold, if a line or a value would otherwise have been different, and exceptions that
    /// were handled on the way.
    pub(super) fn guards(
        &mut self,
        index: usize,
        code: &Code<'_>,
        lines: &[Position],
        (reads, writes): (&[Read], &Writes),
    ) -> Result<(), Error> {
        let node = self.nodes[index].clone();
        let names: Vec<(&str, u64)> = reads
            .iter()
            .flat_map(|read| read.text.split(['[', '(', ' ']))
            .map(|name| (name, writes.get(name).copied().unwrap_or(0)))
            .collect();
        // What was stored before the value was written would have been lost.
        let stores = |store: &String, step: u64| match store.strip_prefix('.') {
            Some(attribute) => names.iter().any(|(name, written)| {
                *written < step && name.rsplit('.').next() == Some(attribute) && name.contains('.')
            }),
            None => names.iter().any(|(name, written)| *written < step && name.split('.').next() == Some(store)),
        };
        let guards = code.guards(node.at.line);
        let loop_around = code.loop_around(node.at.line);
        let handlers = self.handlers(node.source, code);
        let mut found = 0;
        let mut seen = FxHashSet::default();
        for (n, position) in lines.iter().enumerate().rev() {
            if found >= MAX_GUARDS {
                break;
            }
            if !seen.insert(position.line) {
                continue;
            }
            if let Some(body) = handlers.get(&position.line)
                && position.line != node.at.line
            {
                let next = lines.get(n + 1).map_or(node.at.line, |next| next.line);
                if !(body.0..=body.1).contains(&next) || (body.0..=body.1).contains(&node.at.line) {
                    continue;
                }
                found += 1;
                let weight = node.weight * 0.6;
                self.add(
                    Some(index),
                    *position,
                    Focus::All,
                    Edge::new(How::Handled, weight).named("an exception".to_owned()),
                );
                continue;
            }
            let Some(guard) = guards.iter().find(|guard| guard.line == position.line) else { continue };
            let is_within = (guard.body.0..=guard.body.1).contains(&node.at.line);
            let next = lines.get(n + 1).map_or(node.at.line, |next| next.line);
            let is_taken = (guard.body.0..=guard.body.1).contains(&next);
            let is_stored = guard.stores.iter().any(|store| stores(store, position.step));
            if is_within || is_taken || !(guard.leaves != Leaving::No || is_stored) {
                continue;
            }
            found += 1;
            let factor = match guard.leaves {
                _ if is_stored => 0.66,
                Leaving::Raises if !self.expects_exception => 0.15,
                Leaving::Raises | Leaving::No => 0.55,
                // What follows in the same turn of the loop is its other branch.
                Leaving::Jumps if code.loop_around(guard.line).is_some_and(|line| Some(line) == loop_around) => 0.6,
                Leaving::Jumps => 0.4,
                Leaving::Returns => 0.45,
            };
            let weight = node.weight * factor;
            self.add(Some(index), *position, Focus::on(guard.test), Edge::new(How::Skipped, weight));
        }
        Ok(())
    }

    /// Follows a line to the line that called its function.
    pub(super) fn called(&mut self, index: usize) -> Result<(), Error> {
        let node = self.nodes[index].clone();
        let recording = self.history.recording;
        if node.at.depth <= 1 {
            return Ok(());
        }
        let Some(birth) = recording.birth_of(node.at.frame) else { return Ok(()) };
        let Some(positions) = unless_cancelled(self.history.timeline.chunk(recording, birth))? else { return Ok(()) };
        let call = positions.iter().find(|p| p.at == At::Call && p.frame == node.at.frame).copied();
        let Some(call) = call else { return Ok(()) };
        let Some(line) = self.caller(&call)? else { return Ok(()) };
        let name = self.function_name(&call).to_owned();
        self.add(Some(index), line, Focus::Part(0, 0), Edge::new(How::Called, node.weight * 0.68).named(name));
        Ok(())
    }

    /// Whether the body of a condition ran next; `None` if unknown.
    ///
    /// # Errors
    /// If the question is cancelled.
    pub fn went(&self, node: &Node) -> Result<Option<bool>, Error> {
        self.went_at(node.source, &node.at)
    }

    /// The same, for a condition that is about to be evaluated.
    pub(super) fn went_at(&self, source: u32, at: &Position) -> Result<Option<bool>, Error> {
        let Some(code) = self.code(source) else { return Ok(None) };
        let Some((test, body)) = code.branch(at.line) else { return Ok(None) };
        let (first, last) = code.lines(test);
        let next = |p: &Position| {
            let is_within = p.at == At::Line && (first..=last).contains(&p.line);
            matches!(p.at, At::Line | At::Return | At::Raise) && !is_within
        };
        let recording = self.history.recording;
        let chunks = |chunk: &ChunkInfo| chunk.may_reach(at.thread, at.depth);
        let after = (at.step, Direction::Forward);
        let next = self.history.timeline.find_frame(recording, at.frame, after, chunks, next);
        Ok(unless_cancelled(next)?.flatten().and_then(|next| match next.at {
            At::Line => Some((body.0..=body.1).contains(&next.line)),
            At::Return => Some(false),
            _ => None,
        }))
    }
}
