//! Recognises loops that misuse what they go over: a list that lost items during the loop, or an iterator that an earlier
//! loop had used up.

use connie_expression::{Expression, Got};
use connie_recording::error::Error;
use connie_recording::render::World;
use connie_source::python::slice;
use connie_wire::{Kind, Value};
use ruff_python_ast::{Expr, Stmt};

use super::{Slicer, unless_cancelled};
use crate::History;
use crate::answers::contents;
use crate::explain::quick::{Quick, QuickScope};
use crate::moment::Moment;
use crate::timeline::{Direction, Position};

/// How a loop misuses what it goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::explain) enum Misuse {
    /// A list lost items during the loop, which so skipped others.
    Shrunk,
    /// An earlier loop had used the iterator up.
    UsedUp,
}

/// A loop over an object.
pub(in crate::explain) struct Misused {
    /// The object.
    pub object: u64,
    /// Its name in the source.
    pub name: String,
    /// The misuse.
    pub misuse: Misuse,
}

/// The maximum number of changes during a loop that are examined.
const MAX_CHANGES: usize = 16;

/// The executions of a loop's lines.
struct Runs<'l> {
    lines: &'l [Position],
    head: u32,
    all: (u32, u32),
}

impl Runs<'_> {
    /// The lines of each execution of the loop.
    fn each(&self) -> Vec<&[Position]> {
        let is_within = |line: &Position| (self.all.0..=self.all.1).contains(&line.line);
        let runs = self.lines.chunk_by(|a, b| is_within(a) == is_within(b));
        runs.filter(|run| run.first().is_some_and(|first| first.line == self.head)).collect()
    }
}

/// Whether a run of a loop ended because there were no more items.
fn ran_out(run: &[Position], head: u32) -> bool {
    run.last().is_some_and(|last| last.line == head)
}

impl Slicer<'_, '_> {
    /// How the loop at a node misuses what it goes over.
    pub(in crate::explain) fn misused(&self, index: usize) -> Result<Option<Misused>, Error> {
        let node = &self.nodes[index];
        let Some(code) = self.code(node.source) else { return Ok(None) };
        let Some(stmt @ Stmt::For(each)) = code.statements.at(node.at.line) else { return Ok(None) };
        if !matches!(&*each.iter, Expr::Name(_) | Expr::Attribute(_)) {
            return Ok(None);
        }
        let name = slice(code.statements.text, &*each.iter).to_owned();
        let end = Position { step: self.nodes[0].at.step, ..node.at };
        let lines = self.frames.lines(self.history, &end)?;
        let runs = Runs { lines: &lines, head: node.at.line, all: code.lines(stmt) };
        let runs = runs.each();
        let is_own = |run: &&&[Position]| run.first().is_some_and(|first| first.step <= node.at.step);
        let Some(own) = runs.iter().rfind(is_own) else { return Ok(None) };
        let Some((object, kind, ty)) = self.goes_over(&own[0], &name)? else { return Ok(None) };
        if kind == Kind::List {
            let misuse = self.shrank(object, own, node.at.line)?.then_some(Misuse::Shrunk);
            return Ok(misuse.map(|misuse| Misused { object, name, misuse }));
        }
        let is_iterator = ty == "generator"
            || ty.ends_with("iterator")
            || matches!(ty.as_str(), "map" | "filter" | "zip" | "enumerate" | "reversed");
        if !is_iterator {
            return Ok(None);
        }
        let is_empty = |run: &&[Position]| run.len() == 1;
        let Some(later) = runs.iter().position(is_empty).filter(|later| *later > 0) else { return Ok(None) };
        let earlier = runs[later - 1];
        let is_same = ran_out(earlier, node.at.line)
            && self.goes_over(&earlier[0], &name)?.is_some_and(|(earlier, ..)| earlier == object)
            && self.goes_over(&runs[later][0], &name)?.is_some_and(|(later, ..)| later == object);
        Ok(is_same.then_some(Misused { object, name, misuse: Misuse::UsedUp }))
    }

    /// The object that a loop went over, its kind and the name of its type.
    fn goes_over(&self, at: &Position, text: &str) -> Result<Option<(u64, Kind, String)>, Error> {
        let Some(moment) = unless_cancelled(Moment::at(self.history.recording, at.step))? else { return Ok(None) };
        let Some(frame) = History::frame_at(&moment, at.frame) else { return Ok(None) };
        let place = self.place(&moment, frame, self.history.globals_of(frame), text, at.step)?;
        let Some((_, Some(Value::Object(object)))) = place else { return Ok(None) };
        let ty = moment.player.entity(object).and_then(|entity| moment.player.type_name(entity.ty?));
        Ok(ty.map(|ty| (object, ty.kind, ty.name.clone())))
    }

    /// The values that expressions had when a line began.
    pub(in crate::explain) fn evaluated(&self, at: &Position, texts: &[&str]) -> Result<Vec<Option<Got>>, Error> {
        let nothing = vec![None; texts.len()];
        let Some(moment) = unless_cancelled(Moment::at(self.history.recording, at.step))? else { return Ok(nothing) };
        let Some(frame) = History::frame_at(&moment, at.frame) else { return Ok(nothing) };
        let names = moment.scope(frame, self.history.globals_of(frame));
        let world = Quick { player: &moment.player, doubt: false };
        let scope = QuickScope { names: &names, world: &world };
        let value = |text: &&str| Some(Expression::parse(text).ok()?.eval_doubtful(&scope).ok()?.0);
        Ok(texts.iter().map(value).collect())
    }

    /// Whether a list lost items in a run of a loop that went on afterwards.
    fn shrank(&self, object: u64, run: &[Position], head: u32) -> Result<bool, Error> {
        let Some(last) = run.iter().rfind(|line| line.line == head) else { return Ok(false) };
        let mut step = last.step;
        for _ in 0..MAX_CHANGES {
            let near = contents::near(self.history.recording, object, step, Direction::Backward);
            let Some(version) = unless_cancelled(near)?.flatten().filter(|version| version.seen > run[0].step) else {
                return Ok(false);
            };
            if version.edits.iter().any(|edit| edit.lengths.1 < edit.lengths.0) {
                return Ok(true);
            }
            step = version.seen - 1;
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::{Runs, ran_out};
    use crate::timeline::{At, Position};

    fn lines(numbers: &[u32]) -> Vec<Position> {
        let at = |(step, line): (u64, &u32)| {
            let line = *line;
            Position { step, at: At::Line, thread: 1, depth: 1, frame: 1, code: 0, line, task: 0 }
        };
        (0..).zip(numbers).map(at).collect()
    }

    #[test]
    fn runs_of_a_loop_are_told_apart() {
        let lines = lines(&[1, 2, 3, 2, 3, 2, 5, 2, 5]);
        let runs = Runs { lines: &lines, head: 2, all: (2, 3) };
        let runs = runs.each();
        assert_eq!(runs.iter().map(|run| run.len()).collect::<Vec<_>>(), [5, 1]);
        assert!(ran_out(runs[0], 2) && ran_out(runs[1], 2));
        assert!(!ran_out(&lines[1..3], 2), "a loop that is left from within did not run out");
    }
}
