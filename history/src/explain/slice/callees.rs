//! Follows a line to the results of its calls.

use connie_recording::error::Error;
use connie_wire::Value;
use ruff_python_ast::Stmt;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Edge, How, MAX_CALLEES, Slicer, unless_cancelled};
use crate::explain::calls;
use crate::explain::code::Code;
use crate::explain::frames::Frames;
use crate::explain::kinds::LineKind;
use crate::explain::reads::{Focus, Read, Reads};
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};
use crate::writes::{self, Target};

impl Slicer<'_, '_> {
    /// The step at which a line's statement is finished.
    pub(super) fn until(&self, index: usize) -> u64 {
        if index == 0 { self.until } else { self.nodes[0].at.step.max(self.until) }
    }

    /// Where a statement began whose line ran several times in a row, as with a comprehension.
    pub(super) fn begins(&self, at: &Position, is_same: impl Fn(u32) -> bool) -> Result<Position, Error> {
        let lines = self.frames.lines(self.history, at)?;
        let end = lines.partition_point(|line| line.step <= at.step);
        let own = lines[..end].iter().rev().take_while(|line| is_same(line.line));
        Ok(own.last().copied().unwrap_or(*at))
    }

    /// Follows the calls of a line to their return statements.
    pub(super) fn callees(
        &mut self,
        index: usize,
        code: &Code<'_>,
        stmt: &Stmt,
        reads: &Reads<'_>,
    ) -> Result<FxHashSet<String>, Error> {
        let mut names = FxHashSet::default();
        let node = self.nodes[index].clone();
        let (first, last) = calls::own_lines(code, stmt);
        let is_same = |line: u32| first <= line && line <= last && !matches!(stmt, Stmt::For(_) | Stmt::While(_));
        let begins = self.begins(&node.at, is_same)?;
        let calls = Frames::calls(self.history, &begins, self.until(index), is_same)?;
        let yields = calls.iter().filter(|callee| callee.end.at == At::Yield);
        let yielding: FxHashSet<u64> = yields.map(|callee| callee.end.frame).collect();
        let mut of_code: FxHashMap<u32, usize> = FxHashMap::default();
        let mut followed = 0;
        let own = node.value.as_ref().map(|(value, _)| value.clone());
        let passes = matches!(node.how, How::Returned | How::Yielded | How::Wrote | How::Appeared)
            && matches!(node.kind, LineKind::Calls | LineKind::Asks | LineKind::Applies);
        for callee in calls.iter().rev() {
            let count = of_code.entry(callee.end.code).or_default();
            *count += 1;
            if *count > 3 || followed >= MAX_CALLEES {
                continue;
            }
            let name = self.function_name(&callee.end);
            let mut match_ = calls::is_meant(name, reads);
            if index == 0
                && matches!(
                    name.rsplit('.').next(),
                    Some("__repr__" | "__str__" | "__len__" | "__iter__" | "<genexpr>")
                )
            {
                // The message of an assertion contains texts of values.
                match_ = 0.1;
            } else if index == 0 && matches!(name.rsplit('.').next(), Some("__eq__" | "__hash__")) {
                // They compare what was made before.
                match_ = 0.3;
            }
            // A generator that ends gives no value.
            if callee.end.at == At::Return && (name.ends_with("<genexpr>") || yielding.contains(&callee.end.frame)) {
                continue;
            }
            let Some(given) = self.given(&callee.end)? else { continue };
            // The result of a call that is passed on is the line's own, whatever the function is called.
            let is_same = passes && own.as_ref() == Some(&given);
            if is_same {
                match_ = 1.0;
            }
            if node.focus != Focus::All && match_ < 0.9 {
                continue;
            }
            followed += 1;
            let line =
                Frames::line_of(self.history, callee.end.frame, callee.end.thread, callee.end.depth, callee.end.step);
            let Some(line) = unless_cancelled(line)?.flatten() else { continue };
            let how = if callee.end.at == At::Yield { How::Yielded } else { How::Returned };
            let (line, focus, is_implicit) = self.return_line(&callee.end, line)?;
            let weight = node.weight * match_ * if is_same { 1.0 } else { 0.97 };
            self.attributes(index, reads, name, &given, callee.end.step, weight)?;
            names.extend(name.rsplit('.').next().filter(|_| match_ > 0.9).map(str::to_owned));
            let name = name.to_owned();
            let value = Some((given, callee.end.step));
            if let Some(added) =
                self.add(Some(index), line, focus, Edge { is_same, ..Edge::new(how, weight).named(name).with(value) })
            {
                self.nodes[added].is_implicit |= is_implicit;
            }
        }
        Ok(names)
    }

    /// Follows the attributes of a call's result that a line reads.
    pub(super) fn attributes(
        &mut self,
        index: usize,
        reads: &Reads<'_>,
        function: &str,
        given: &Value,
        step: u64,
        weight: f64,
    ) -> Result<(), Error> {
        let Value::Object(object) = given else { return Ok(()) };
        for (called, attribute) in &reads.attributes {
            if function.rsplit('.').next() != Some(called) {
                continue;
            }
            let target = Target::Item { object: *object, key: connie_expression::text_value(attribute) };
            let recording = self.history.recording;
            let near = writes::near(recording, self.history.timeline, &target, step, Direction::Backward);
            if let Some(write) = unless_cancelled(near)?.flatten() {
                let read = Read { text: format!("{called}().{attribute}"), weight: 1.0, via: None };
                self.written(index, &read, &write, weight)?;
            }
        }
        Ok(())
    }

    /// The value that a frame returned or yielded.
    pub(super) fn given(&self, end: &Position) -> Result<Option<Value>, Error> {
        use connie_recording::player::Event;
        let moment = unless_cancelled(Moment::at(self.history.recording, end.step))?;
        Ok(moment.and_then(|moment| match moment.step.event {
            Event::Return(value) | Event::Yield(value) => Some(value),
            _ => None,
        }))
    }

    /// The statement that returned, and whether the function ended without one.
    pub(super) fn return_line(&self, end: &Position, line: Position) -> Result<(Position, Focus, bool), Error> {
        let Some(code) = self.source_of(&line).and_then(|source| self.code(source)) else {
            return Ok((line, Focus::All, false));
        };
        let is_return = |line: u32| matches!(code.statements.at(line), Some(Stmt::Return(_)));
        let name = self.function_name(end);
        if end.at == At::Yield || is_return(line.line) || name.ends_with('>') {
            return Ok((line, Focus::All, false));
        }
        // Leaving a `with` or `finally` by a return runs its line again.
        let lines = self.frames.lines(self.history, &Position { step: end.step, ..line })?;
        let before = lines.iter().rev().take(4).find(|position| is_return(position.line));
        Ok(match before {
            Some(before)
                if !matches!(code.statements.at(line.line), Some(Stmt::If(_) | Stmt::For(_) | Stmt::While(_))) =>
            {
                (*before, Focus::All, false)
            }
            _ => (line, Focus::Part(0, 0), true),
        })
    }
}
