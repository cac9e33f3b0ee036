//! From the result of another task or thread to the line that returned it: `await task`, `gather`, `future.result()`.

use connie_recording::error::Error;
use connie_wire::{Op, Value};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt};

use super::given::Item;
use super::returns::Back;
use super::{How, Next};
use crate::History;
use crate::answers::closures;
use crate::timeline::Position;

/// Chunks that are looked through for the return.
const MAX_CHUNKS: usize = 64;

impl History<'_> {
    /// From a line that took a result of another task or thread to the return there: of the very object, the latest one
    /// before it was seen. `None` where the line takes no such result, or nothing returned the object.
    pub(super) fn through_task(&self, line: &Position, seen: u64, value: &Value) -> Result<Option<Next>, Error> {
        let Value::Object(object) = value else { return Ok(None) };
        let statements = self.statements(line.code);
        if !statements.is_some_and(|statements| statements.at(line.line).is_some_and(takes_result)) {
            return Ok(None);
        }
        let Some(step) = self.returned_elsewhere(line, seen, value, *object)? else { return Ok(None) };
        let at = self.timeline.position(self.recording, step)?;
        let name = self.recording.function(at.code).map_or("?", |function| function.name.as_str()).to_owned();
        self.through_back(Back { how: How::Returned, at, name, item: Item::Whole }, value).map(Some)
    }

    /// The latest step at which another task or thread returned an object.
    fn returned_elsewhere(&self, line: &Position, seen: u64, value: &Value, object: u64) -> Result<Option<u64>, Error> {
        let recording = self.recording;
        let first = closures::first_sight(self, object)?.unwrap_or(1);
        let last = recording.chunks.partition_point(|chunk| chunk.first_step <= seen);
        for index in (0..last).rev().take(MAX_CHUNKS) {
            let info = &recording.chunks[index];
            if info.first_step + info.steps <= first || self.timeline.is_interrupted() {
                break;
            }
            if !recording.may_have(index, value) {
                continue;
            }
            let Ok(chunk) = recording.chunk(index) else { continue };
            let mut walk = chunk.walk(info.first_step);
            let mut found = None;
            while let Some(op) = walk.next_op() {
                if walk.step() > seen {
                    break;
                }
                let Op::Return { value: Value::Object(returned), .. } = op else { continue };
                let context = walk.context();
                let is_elsewhere = context.thread != line.thread || context.task != line.task;
                if *returned == object && is_elsewhere {
                    found = Some(walk.step());
                }
            }
            if found.is_some() {
                return Ok(found);
            }
            recording.learn(index, &chunk);
        }
        Ok(None)
    }
}

/// Whether a statement waits for something, or asks a future for its result.
fn takes_result(statement: &Stmt) -> bool {
    struct Takes(bool);
    impl<'s> Visitor<'s> for Takes {
        fn visit_expr(&mut self, expr: &'s Expr) {
            self.0 |= match expr {
                Expr::Await(_) => true,
                Expr::Call(call) => {
                    matches!(&*call.func, Expr::Attribute(attribute) if attribute.attr.as_str() == "result")
                }
                _ => false,
            };
            visitor::walk_expr(self, expr);
        }
    }
    let mut takes = Takes(matches!(statement, Stmt::For(statement) if statement.is_async));
    takes.visit_stmt(statement);
    takes.0
}
