//! Finds the two values that an assertion compared.

use connie_expression::{Expression, Got};
use connie_recording::error::Error;
use connie_source::python::{called_name, slice};
use connie_wire::Value;
use ruff_python_ast::{Expr, Stmt};

use super::{How, Slicer, unless_cancelled};
use crate::History;
use crate::explain::code::Code;
use crate::explain::pieces::{Pieces, sides};
use crate::explain::quick::{Quick, QuickScope};
use crate::moment::Moment;

impl Slicer<'_, '_> {
    /// Finds the wrong pieces by the values that an assertion compared, if the text of the exception does not tell them.
    /// The line of the assertion is expanded already.
    pub(super) fn asserted(&mut self, code: &Code<'_>, stmt: &Stmt) -> Result<(), Error> {
        let Some((left, right)) = sides(stmt).filter(|_| self.pieces.is_empty()) else { return Ok(()) };
        let (left, right) = (self.text_of(code, left)?, self.text_of(code, right)?);
        if let (Some(left), Some(right)) = (left, right) {
            self.pieces = Pieces::between(left, right, stmt);
            self.pieces.without(code.before(self.nodes[0].at.line));
        }
        Ok(())
    }

    /// The text that one side of an assertion was.
    fn text_of(&self, code: &Code<'_>, expr: &Expr) -> Result<Option<String>, Error> {
        let given = match expr {
            Expr::StringLiteral(text) => return Ok(Some(text.value.to_str().to_owned())),
            Expr::Call(call) => {
                let name = called_name(call);
                let is_result = |node: &&super::Node| {
                    node.parent == Some(0) && node.how == How::Returned && node.name.rsplit('.').next() == name
                };
                self.nodes
                    .iter()
                    .rev()
                    .find(is_result)
                    .and_then(|node| node.value.as_ref())
                    .map(|(value, _)| value.clone())
            }
            expr => {
                let at = self.nodes[0].at;
                let Some(moment) = unless_cancelled(Moment::at(self.history.recording, at.step))? else {
                    return Ok(None);
                };
                let Some(frame) = History::frame_at(&moment, at.frame) else { return Ok(None) };
                let names = moment.scope(frame, self.history.globals_of(frame));
                let world = Quick { player: &moment.player, doubt: false };
                let scope = QuickScope { names: &names, world: &world };
                let parsed = Expression::parse(slice(code.statements.text, expr)).ok();
                match parsed.and_then(|parsed| parsed.eval_doubtful(&scope).ok()) {
                    Some((Got::Value(value), _)) => Some(value),
                    _ => None,
                }
            }
        };
        Ok(given.and_then(|value| match value {
            Value::Str(text) => Some(String::from_utf8_lossy(&text.bytes).into_owned()),
            Value::Int(number) => Some(number.to_string()),
            _ => None,
        }))
    }
}
