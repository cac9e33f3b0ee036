//! Finds stores that were not made: conditions that kept out what only one side of an assertion has.

use connie_expression::Got;
use connie_expression::field::Field;
use connie_recording::error::Error;
use connie_source::python::slice;
use connie_wire::Value;
use ruff_python_ast::{Expr, Stmt};

use super::{Edge, How, Node, Slicer, scalar, unless_cancelled};
use crate::breakpoint::Location;
use crate::explain::code::{Around, Code, Leaving};
use crate::explain::kinds::stored_value;
use crate::explain::pieces::{is_within, sides};
use crate::explain::reads::Focus;
use crate::timeline::Position;
use crate::trace::{self, Cell, Column};

/// The maximum number of members of which each may be kept out.
const MAX_ABSENT: usize = 16;
/// The maximum number of times that a condition is looked at.
const MAX_HITS: u64 = 50_000;
/// The maximum number of conditions of one store.
const MAX_CONDITIONS: usize = 4;
/// The maximum number of chunks before the failure that are searched.
const MAX_CHUNKS: usize = 128;
/// The factor for a condition that kept a member out.
const KEPT_OUT: f64 = 0.95;

impl Slicer<'_, '_> {
    /// Notes what only one side of the failed assertion has: members of a container, or what is not in it.
    pub(super) fn note_absent(&mut self, code: &Code<'_>, stmt: &Stmt, at: &Position) -> Result<(), Error> {
        let Some((left, right)) = sides(stmt) else { return Ok(()) };
        let text = |expr: &Expr| slice(code.statements.text, expr);
        let list = |expr: &Expr| format!("list({})", text(expr));
        if is_within(stmt) {
            let found = self.evaluated(at, &[text(left), &list(right)])?;
            if let [Some(Got::Value(member)), Some(_)] = &found[..] {
                self.absent = vec![member.clone()];
            }
        } else {
            let found = self.evaluated(at, &[text(left), &list(left), text(right), &list(right)])?;
            if let [left, left_items, right, right_items] = &found[..]
                && let (Some(left), Some(right)) = (members(left, left_items), members(right, right_items))
            {
                let only = |these: &[Got], those: &[Got]| -> Vec<Value> {
                    let of = |got: &Got| match got {
                        Got::Value(value) if !those.contains(got) => Some(value.clone()),
                        _ => None,
                    };
                    these.iter().filter_map(of).collect()
                };
                self.absent = [only(left, right), only(right, left)].concat();
            }
        }
        self.absent.retain(|value| scalar(value).is_some() && !matches!(value, Value::None | Value::Bool(_)));
        if self.absent.len() > MAX_ABSENT {
            self.absent.clear();
        }
        Ok(())
    }

    /// For a line that stores something into a container: adds the last time that a condition kept an absent member out.
    pub(super) fn kept_out(&mut self, index: usize, code: &Code<'_>, stmt: &Stmt) -> Result<(), Error> {
        let node = self.nodes[index].clone();
        let stores = matches!(node.how, How::Changed | How::Made | How::Wrote | How::Yielded);
        if self.absent.is_empty() || !stores || !self.examined.insert((node.source, node.at.line)) {
            return Ok(());
        }
        let Some(value) = stored_value(stmt) else { return Ok(()) };
        let Ok(field) = Field::parse(slice(code.statements.text, value)) else { return Ok(()) };
        let column = [Column { name: String::new(), field: Ok(Box::new(field)) }];
        for (line, is_taken) in conditions(code, &node).into_iter().take(MAX_CONDITIONS) {
            if self.budget.is_spent() {
                break;
            }
            let place = Location::Lines(vec![(node.source, line)]);
            let (mut last, mut count) = (None, 0);
            let until = self.nodes[0].at.step;
            let chunks = &self.history.recording.chunks;
            let here = chunks.partition_point(|chunk| chunk.first_step <= until);
            let after = chunks.get(here.saturating_sub(MAX_CHUNKS)).map_or(0, |chunk| chunk.first_step - 1);
            let traced = trace::trace_after(self.history, after, place, None, &column, |hit| {
                count += 1;
                let is_one = matches!(hit.cells.first(), Some((Cell::Scalar(value), _)) if self.absent.contains(value));
                if is_one && hit.step < until {
                    last = Some(hit.step);
                }
                count < MAX_HITS && hit.step < until && !self.budget.is_spent()
            });
            unless_cancelled(traced)?;
            let Some(step) = last else { continue };
            let position = unless_cancelled(self.history.timeline.position(self.history.recording, step))?;
            let Some(at) = position else { continue };
            if self.went_at(node.source, &at)? == Some(is_taken) {
                let edge = Edge::new(How::KeptOut, node.weight * KEPT_OUT).named(node.name.clone());
                self.add(Some(index), at, Focus::All, edge);
            }
        }
        Ok(())
    }
}

/// The members of a container, given also the list of them: the order of a set that is written out is not known.
fn members<'g>(container: &'g Option<Got>, list: &'g Option<Got>) -> Option<&'g [Got]> {
    match (container, list) {
        (Some(Got::Set(items)), _) | (_, Some(Got::List(items))) => Some(items),
        _ => None,
    }
}

/// The conditions that let a line run or not, with whether their body then does not lead to the line.
fn conditions(code: &Code<'_>, node: &Node) -> Vec<(u32, bool)> {
    let around = code.around(node.at.line).into_iter().find_map(|one| match one {
        Around::Condition(line) if line != node.at.line => Some((line, false)),
        _ => None,
    });
    let guards = code.guards(node.at.line);
    let leaves = guards.iter().rev().filter(|guard| {
        matches!(guard.leaves, Leaving::Jumps | Leaving::Returns)
            && guard.line < node.at.line
            && !(guard.body.0..=guard.body.1).contains(&node.at.line)
    });
    around.into_iter().chain(leaves.map(|guard| (guard.line, true))).collect()
}
